"""The kinds of value that a problem file holds: each decodes a node, tells what is wrong, and gives its schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from gradcalc.problem.faults import Faults, Refused, quoted
from gradcalc.problem.node import Node

T = TypeVar("T")
Schema = dict[str, Any]
NOTHING = "none"


def looks(node: Node) -> str:
    """What a node is, in the words of a message: `a list`, `nothing`, `'relu'`."""
    if node.kind != "scalar":
        return f"a {node.kind}"
    return "nothing" if node.is_null else quoted(node.text)


class Kind(ABC, Generic[T]):
    """How one kind of value is read.

    `says` tells a reader what to write. `decode` gives the value, or notes what is wrong and raises Refused.
    """

    says = ""

    @abstractmethod
    def decode(self, node: Node, faults: Faults) -> T:
        """The value of the node."""

    @abstractmethod
    def schema(self) -> Schema:
        """The same for other programs, as JSON Schema."""

    def refuse(self, node: Node, faults: Faults, hint: str | None = None) -> Refused:
        return faults.refuse(f"{faults.subject} must be {self.says}, not {looks(node)}", node, hint)


class Made(Kind[T]):
    """A value of another kind, made into what it stands for."""

    def __init__(self, kind: Kind[Any], make: Callable[[Any], T], says: str = "") -> None:
        self.kind, self.make = kind, make
        self.says = says or kind.says

    def decode(self, node: Node, faults: Faults) -> T:
        return self.make(self.kind.decode(node, faults))

    def schema(self) -> Schema:
        return self.kind.schema()


class Shared(Kind[T]):
    """A kind whose schema stands once, among the definitions, under a name."""

    def __init__(self, name: str, kind: Kind[T]) -> None:
        self.name, self.kind = name, kind
        self.says = kind.says

    def decode(self, node: Node, faults: Faults) -> T:
        return self.kind.decode(node, faults)

    def schema(self) -> Schema:
        return {"$ref": f"#/definitions/{self.name}"}


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
    """A list with at least `least` entries, each of one kind; `label` names an entry in messages."""

    def __init__(
        self, kind: Kind[T], says: str, label: Callable[[int, Node], str] | None = None, least: int = 1
    ) -> None:
        self.kind, self.says, self.label, self.least = kind, says, label, least

    def decode(self, node: Node, faults: Faults) -> tuple[T, ...]:
        if node.kind != "list":
            raise self.refuse(node, faults, "begin each of them with '- '" if node.kind == "mapping" else None)
        if len(node.items) < self.least:
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
        return {"type": "array", "items": self.kind.schema(), "minItems": self.least}


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
        self.says = enumerated([kind.says for kind in self._distinct()])

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


def enumerated(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
