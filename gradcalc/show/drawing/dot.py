"""A picture in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable

from gradcalc.show.drawing.labels import edge_lines, node_lines
from gradcalc.show.numbers import DEFAULT, Shown
from gradcalc.show.safe import safe_text
from gradcalc.study.picture import Picture

_SHAPES = {"unit": "ellipse", "more": "ellipse"}


def dot(picture: Picture, title: str | None = None, shown: Shown = DEFAULT) -> str:
    """The picture as DOT. Names stand in quotes, where nothing of them is obeyed."""
    direction = "LR" if picture.across else "TB"
    lines = ["digraph gradcalc {", f"  rankdir={direction};", '  node [shape=box, fontname="monospace", fontsize=10];']
    lines.append('  edge [fontname="monospace", fontsize=9];')
    if title:
        lines.append(f"  label={_quoted([title])}; labelloc=t;")
    names = {node.name: f"n{number}" for number, node in enumerate(picture.nodes, 1)}
    for node in picture.nodes:
        said = _quoted(line.text for line in node_lines(node, shown))
        look = [f"label={said}", *([f"shape={_SHAPES[node.kind]}"] if node.kind in _SHAPES else [])]
        look += ["color=gray60, fontcolor=gray50"] if node.idle else []
        lines.append(f"  {names[node.name]} [{', '.join(look)}];")
    for edge in picture.edges:
        said = _quoted(line.text for line in edge_lines(edge, shown))
        look = [f"label={said}"] if said != '""' else []
        look += ["color=gray60, fontcolor=gray50"] if edge.idle else []
        attributes = f" [{', '.join(look)}]" if look else ""
        lines.append(f"  {names[edge.source]} -> {names[edge.target]}{attributes};")
    return "\n".join([*lines, "}", ""])


def _quoted(lines: Iterable[str]) -> str:
    texts = [safe_text(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return '"' + "".join(f"{text}\\l" for text in texts) + '"'
