"""A problem put together as the tree of a problem file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcalc.errors import Source
from gradcalc.problem.node import Node

_SOURCE = Source("the exercise", "")

Plain = Node | str | float | Sequence["Plain"] | Mapping[str, "Plain"]


def tree(value: Plain) -> Node:
    """Mappings, lists, texts and numbers as nodes; a node stays what it is."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        entries = {key: (tree(key), tree(inner)) for key, inner in value.items()}
        return Node("mapping", _SOURCE, 1, 1, entries=entries)
    if isinstance(value, str):
        return Node("scalar", _SOURCE, 1, 1, text=value)
    if isinstance(value, Sequence):
        return Node("list", _SOURCE, 1, 1, items=[tree(item) for item in value])
    return Node("scalar", _SOURCE, 1, 1, text=f"{value:g}")
