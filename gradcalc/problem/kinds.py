"""The kinds of value that a problem file holds: each decodes a node, tells what is wrong, and gives its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from gradcalc.problem import scalars
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.node import Node
from gradcalc.problem.suggest import OTHER_VALUES, hint

T = TypeVar("T")
Schema = dict[str, Any]
NOTHING = "none"


def looks(node: Node) -> str:
    """What a node is, in the words of a message: `a list`, `nothing`, `'relu'`."""
    if node.kind != "scalar":
        return f"a {node.kind}"
    return "nothing" if node.is_null else f"'{node.text}'"


class Kind(Generic[T]):
    """How one kind of value is read.

    `says` tells a reader what to write. `decode` gives the value, or notes what is wrong and raises Refused.
    """

    says = ""

    def decode(self, node: Node, faults: Faults) -> T:
        raise NotImplementedError

    def schema(self) -> Schema:
        raise NotImplementedError

    def refuse(self, node: Node, faults: Faults, hint: str | None = None) -> Refused:
        return faults.refuse(f"{faults.subject} must be {self.says}, not {looks(node)}", node, hint)


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

    read: Callable[[str], T]

    def decode(self, node: Node, faults: Faults) -> T:
        if node.kind != "scalar" or node.is_null:
            raise self.refuse(node, faults)
        if node.quoted:
            raise self.refuse(node, faults, "remove the quotes")
        try:
            return self.parse(node.text)
        except scalars.Unreadable as reason:
            raise self.refuse(node, faults, reason.hint) from None

    def parse(self, text: str) -> T:
        """The value of `text`; raises Unreadable."""
        raise NotImplementedError


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

    says = "text"

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
        self.says = f"one of {', '.join(words)}" if len(words) > 3 else " or ".join(words)

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


class Made(Kind[T]):
    """A value of another kind, made into what it stands for."""

    def __init__(self, kind: Kind[Any], make: Callable[[Any], T], says: str = "") -> None:
        self.kind, self.make = kind, make
        self.says = says or kind.says

    def decode(self, node: Node, faults: Faults) -> T:
        return self.make(self.kind.decode(node, faults))

    def schema(self) -> Schema:
        return self.kind.schema()


class Maybe(Kind[T | None]):
    """A value, or `none` for its absence."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.says = f"{kind.says}, or {NOTHING}"

    def decode(self, node: Node, faults: Faults) -> T | None:
        return None if is_nothing(node) else self.kind.decode(node, faults)

    def schema(self) -> Schema:
        return {"anyOf": [self.kind.schema(), {"enum": [None, NOTHING]}]}


def is_nothing(node: Node) -> bool:
    """Whether the node says that there is nothing: `null`, `~` or `none`."""
    return node.is_null or (node.kind == "scalar" and node.text == NOTHING)


class ListOf(Kind[tuple[T, ...]]):
    """A list with at least one entry, each of one kind; `label` names an entry in messages."""

    def __init__(self, kind: Kind[T], says: str, label: Callable[[int, Node], str] | None = None) -> None:
        self.kind, self.says, self.label = kind, says, label

    def decode(self, node: Node, faults: Faults) -> tuple[T, ...]:
        if node.kind != "list":
            raise self.refuse(node, faults)
        if not node.items:
            raise faults.refuse(f"{faults.subject} is empty", node, f"write {self.says}")
        values: list[T] = []
        for position, item in enumerate(node.items):
            with suppress(Refused):
                values.append(
                    self.kind.decode(item, faults.named(self.label(position, item)) if self.label else faults)
                )
        if len(values) < len(node.items):
            raise Refused(self.says)
        return tuple(values)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.kind.schema(), "minItems": 1}


class Either(Kind[Any]):
    """One of several kinds, told apart by the form of the node.

    `rows` is for a list of lists; without it every list goes to `list`, and without `list` to `rows`.
    """

    def __init__(
        self,
        *,
        scalar: Kind[Any] | None = None,
        list: Kind[Any] | None = None,  # noqa: A002  the forms have the names that nodes give them
        rows: Kind[Any] | None = None,
        mapping: Kind[Any] | None = None,
    ) -> None:
        kinds = {"rows": rows or list, "list": list or rows, "scalar": scalar, "mapping": mapping}
        self.kinds: Mapping[str, Kind[Any]] = {form: kind for form, kind in kinds.items() if kind}
        self.says = _enumerated([kind.says for kind in self._distinct()])

    def decode(self, node: Node, faults: Faults) -> Any:
        kind = self.kinds.get(_form(node))
        if kind is None or node.is_null:
            raise self.refuse(node, faults)
        return kind.decode(node, faults)

    def schema(self) -> Schema:
        return {"anyOf": [kind.schema() for kind in self._distinct()]}

    def _distinct(self) -> Sequence[Kind[Any]]:
        return [
            kind for position, kind in enumerate(self.kinds.values()) if kind not in [*self.kinds.values()][:position]
        ]


def _form(node: Node) -> str:
    return "rows" if node.items and node.items[0].kind == "list" else node.kind


def _enumerated(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
