"""The kinds that hold a single scalar: numbers, truths, texts, letters, words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from gradcalc.problem import scalars
from gradcalc.problem.faults import Faults
from gradcalc.problem.kinds import Kind, Schema, enumerated
from gradcalc.problem.node import Node
from gradcalc.problem.suggest import OTHER_VALUES, hint

T = TypeVar("T")


class Bounds:
    """The range of a number: `above` and `below` are outside of it, `least` and `most` inside."""

    def __init__(
        self,
        above: float | None = None,
        least: float | None = None,
        below: float | None = None,
        most: float | None = None,
    ) -> None:
        self.above, self.least, self.below, self.most = above, least, below, most
        self.free = above is least is below is most is None

    def hold(self, value: float) -> bool:
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        rows = (("above", self.above), ("at least", self.least), ("below", self.below), ("at most", self.most))
        return " and ".join(f"{word} {bound:g}" for word, bound in rows if bound is not None)

    def schema(self) -> Schema:
        rows = (
            ("exclusiveMinimum", self.above),
            ("minimum", self.least),
            ("exclusiveMaximum", self.below),
            ("maximum", self.most),
        )
        return {word: bound for word, bound in rows if bound is not None}


class Number(Kind[float]):
    """A number, or an expression of numbers such as `1/3`."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.says = f"a number {self.bounds}".strip()

    def decode(self, node: Node, faults: Faults) -> float:
        if node.kind != "scalar" or node.is_null:
            raise self.refuse(node, faults)
        try:
            value = scalars.number_of(node)
        except scalars.Unreadable as reason:
            raise faults.refuse(reason.message, node, reason.hint) from None
        if not self.bounds.hold(value):
            raise self.refuse(node, faults)
        return value

    def schema(self) -> Schema:
        bounds = self.bounds.schema()
        if not bounds:
            return {"$ref": "#/definitions/number"}
        return {"anyOf": [{"type": "number", **bounds}, {"$ref": "#/definitions/expression"}]}


class Plain(Kind[T]):
    """A scalar that is read from its text and may not be in quotes."""

    def decode(self, node: Node, faults: Faults) -> T:
        if node.kind != "scalar" or node.is_null:
            raise self.refuse(node, faults)
        if node.quoted:
            raise self.refuse(node, faults, "remove the quotes")
        try:
            return self.parse(node.text)
        except scalars.Unreadable as reason:
            raise self.refuse(node, faults, reason.hint) from None

    @abstractmethod
    def parse(self, text: str) -> T:
        """The value of `text`; raises Unreadable."""


class Whole(Plain[int]):
    """A whole number from `least` to `most`."""

    def __init__(self, least: int = 0, most: int | None = None) -> None:
        self.bounds = Bounds(least=least, most=most)
        self.says = f"{least} or {most}" if most == least + 1 else f"a whole number {self.bounds}"

    def parse(self, text: str) -> int:
        value = scalars.whole(text)
        if not self.bounds.hold(value):
            raise scalars.Unreadable("out of range")
        return value

    def schema(self) -> Schema:
        return {"type": "integer", **self.bounds.schema()}


class Truth(Plain[bool]):
    """`true` or `false`, and nothing else that other languages take for them."""

    says = "true or false"

    def parse(self, text: str) -> bool:
        return scalars.truth(text)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Text(Kind[str]):
    """Any text; a number there is the text of the number."""

    def __init__(self, says: str = "text") -> None:
        self.says = says

    def decode(self, node: Node, faults: Faults) -> str:
        if node.kind != "scalar" or node.is_null or not node.text.strip():
            raise self.refuse(node, faults)
        return node.text

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"], "pattern": r"\S"}


class Letter(Kind[str]):
    """A letter, or a word, that stands for a number in symbolic results."""

    says = "a letter"

    def decode(self, node: Node, faults: Faults) -> str:
        if not self.takes(node):
            raise self.refuse(node, faults)
        return node.text

    @staticmethod
    def takes(node: Node) -> bool:
        return node.kind == "scalar" and node.text.isidentifier() and node.text.lower() not in ("true", "false", "null")

    def schema(self) -> Schema:
        return {"$ref": "#/definitions/letter"}


class Size(Kind[int | str]):
    """How many there are of something: a whole number from 1, or a letter where no numbers are meant."""

    says = "a whole number at least 1, or a letter"
    _whole = Whole(least=1)

    def __init__(self, instead: str | None = None) -> None:
        self.instead = instead

    def decode(self, node: Node, faults: Faults) -> int | str:
        if Letter.takes(node):
            return node.text
        if node.kind != "scalar":
            raise self.refuse(node, faults, self.instead)
        return self._whole.decode(node, faults)

    def schema(self) -> Schema:
        return {"anyOf": [self._whole.schema(), {"$ref": "#/definitions/letter"}]}


class Choice(Kind[str]):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.says = f"one of {', '.join(words)}" if len(words) > 3 else enumerated(words)

    def decode(self, node: Node, faults: Faults) -> str:
        if node.kind == "scalar" and node.text in self.words:
            return node.text
        raise self.refuse(node, faults, hint(node.text, self.words, OTHER_VALUES) if node.text else None)

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


class Pattern(Kind[T]):
    """A scalar in a form of its own: `says` and `regex` describe it, `parse` gives its value or None."""

    def __init__(self, says: str, regex: str, parse: Callable[[str], T | None]) -> None:
        self.says, self.regex, self.parse = says, regex, parse

    def decode(self, node: Node, faults: Faults) -> T:
        value = self.parse(node.text) if node.kind == "scalar" else None
        if value is None:
            raise self.refuse(node, faults)
        return value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.regex}
