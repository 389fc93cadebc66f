"""A picture as lines of text: from the result back, each node once, the longest way straight down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gradcalc.show.drawing.labels import Said, edge_lines, in_ascii, node_lines
from gradcalc.show.numbers import DEFAULT, Shown
from gradcalc.study.picture import Edge, Node, Picture


class Signs(NamedTuple):
    """What the branches are drawn with, and the sign between a gradient and its factor."""

    branch: str
    last: str
    down: str
    arrow: str
    times: str


UNICODE, ASCII = Signs("├─ ", "└─ ", "│", "▼", "×"), Signs("|- ", "`- ", "|", "v", "x")


def tree(picture: Picture, shown: Shown = DEFAULT, *, ascii_only: bool = False) -> list[str]:
    """The lines. A node that other nodes use as well is told where it comes first, and named in the other places."""
    writer = _Writer(picture, shown, ascii_only=ascii_only)
    used = {edge.source for edge in picture.edges}
    ends = [node for node in picture.nodes if node.name not in used]
    return [line for end in ends for line in (*writer.told(end, ""), "")][:-1]


class _Writer:
    def __init__(self, picture: Picture, shown: Shown, *, ascii_only: bool) -> None:
        self._shown, self._ascii = shown, ascii_only
        self._signs = ASCII if ascii_only else UNICODE
        self._nodes = {node.name: node for node in picture.nodes}
        self._uses = _by_target(picture.edges)
        self._height = _heights(picture, self._uses)
        self._told: set[str] = set()

    def told(self, node: Node, prefix: str, start: str = "", factor: str = "") -> Iterator[str]:
        """A node, behind `start` and before the `factor` to it, and everything that it is computed from."""
        while True:
            self._told.add(node.name)
            uses = sorted(self._uses.get(node.name, ()), key=lambda edge: self._height[edge.source])
            name, *rest = self._lines(node_lines(node, self._shown))
            yield f"{start or prefix}{name}{factor}"
            yield from (f"{prefix}{self._signs.down if uses else ' '}  {line}" for line in rest)
            for edge in uses[:-1]:
                yield from self._branch(edge, prefix, self._signs.branch, self._signs.down)
            if not uses:
                return
            last = uses[-1]
            if not self._continues(last):
                yield from self._branch(last, prefix, self._signs.last, " ")
                return
            yield from (f"{prefix}{self._signs.down} {line}".rstrip() for line in ("", *self._factor(last)))
            yield prefix + self._signs.arrow
            node, start, factor = self._nodes[last.source], "", ""

    def _branch(self, edge: Edge, prefix: str, sign: str, beside: str) -> Iterator[str]:
        node, factor = self._nodes[edge.source], "".join(f"   {part}" for part in self._factor(edge))
        if edge.source in self._told:
            yield f"{prefix}{sign}{self._lines([Said(node.label, 'name')])[0]}{factor}   (told above)"
        else:
            yield from self.told(node, f"{prefix}{beside}  ", f"{prefix}{sign}", factor)

    def _continues(self, edge: Edge) -> bool:
        return edge.source not in self._told and bool(self._uses.get(edge.source))

    def _factor(self, edge: Edge) -> list[str]:
        lines = self._lines(edge_lines(edge, self._shown))
        return [f"{self._signs.times} {lines[0]}", *lines[1:]] if lines and not edge.parts else lines

    def _lines(self, lines: Sequence[Said]) -> list[str]:
        return [line.text for line in (in_ascii(lines) if self._ascii else lines)]


def _by_target(edges: Sequence[Edge]) -> Mapping[str, list[Edge]]:
    found = defaultdict[str, list[Edge]](list)
    for edge in edges:
        found[edge.target].append(edge)
    return found


def _heights(picture: Picture, uses: Mapping[str, Sequence[Edge]]) -> dict[str, int]:
    """How long the longest way from what is given to each node is; nodes come after what they are computed from."""
    heights: dict[str, int] = {}
    for node in picture.nodes:
        heights[node.name] = 1 + max((heights[edge.source] for edge in uses.get(node.name, ())), default=-1)
    return heights
