"""A piece of a problem file that remembers where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradcalc.errors import Place, Source

Kind = Literal["mapping", "list", "scalar"]


class Node:
    """A mapping, a list or a scalar of a file, with its place.

    `entries` holds a mapping's (key node, value node) pairs by key; `items` a list's nodes; `text` a scalar's text
    as it was written. `quoted` tells `"1"` from `1`. Nodes are never changed; an edit makes new ones.
    """

    __slots__ = ("column", "entries", "items", "kind", "length", "line", "quoted", "source", "text")

    def __init__(
        self,
        kind: Kind,
        source: Source,
        line: int,
        column: int,
        length: int = 1,
        *,
        entries: dict[str, tuple[Node, Node]] | None = None,
        items: list[Node] | None = None,
        text: str = "",
        quoted: bool = False,
    ) -> None:
        self.kind: Kind = kind
        self.source = source
        self.line = line
        self.column = column
        self.length = length
        self.entries = entries if entries is not None else {}
        self.items = items if items is not None else []
        self.text = text
        self.quoted = quoted

    @property
    def place(self) -> Place:
        return Place(self.source, self.line, self.column, self.length)

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and not self.quoted and self.text in ("", "~", "null")

    def get(self, key: str) -> Node | None:
        """The value under `key` of a mapping, or None."""
        found = self.entries.get(key)
        return found[1] if found else None

    def at(self, *path: str | int) -> Node:
        """The deepest node that exists along `path` (keys of mappings, positions in lists from 0)."""
        node = self
        for step in path:
            inner = node._step(step)
            if inner is None:
                break
            node = inner
        return node

    def _step(self, step: str | int) -> Node | None:
        if isinstance(step, str):
            return self.get(step)
        return self.items[step] if step < len(self.items) else None

    def moved(self, source: Source, line: int, length: int) -> Node:
        """The same node as if all of it stood in one line of another text."""
        items = [item.moved(source, line, length) for item in self.items]
        entries = {
            key: (name.moved(source, line, length), value.moved(source, line, length))
            for key, (name, value) in self.entries.items()
        }
        return Node(
            self.kind, source, line, 1, length, entries=entries, items=items, text=self.text, quoted=self.quoted
        )

    def scalars(self) -> Iterator[Node]:
        """Every scalar below this node, in the order of the text."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.kind == "scalar":
                yield node
            stack.extend(reversed(node.items or [value for _, value in node.entries.values()]))
