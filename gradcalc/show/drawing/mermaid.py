"""A picture in the language of Mermaid, which GitHub and many notebooks draw."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradcalc.show.drawing.labels import Said, edge_lines, node_lines
from gradcalc.show.numbers import DEFAULT, Shown
from gradcalc.show.safe import safe_text
from gradcalc.study.picture import Node, Picture

# a sign that could mean something in Mermaid or in the HTML that it makes
_MEANING = re.compile(r"[^\w ()\[\]=+\-.,·⊙−∂ŷᵀ⁰¹²³⁴⁵⁶⁷⁸⁹⁻Σ√×‖δσ]|_|^[-=]")


def mermaid(picture: Picture, shown: Shown = DEFAULT) -> str:
    """The picture as a flowchart. Names stand in quotes, and what could be obeyed is written as a number."""
    names = {node.name: f"n{number}" for number, node in enumerate(picture.nodes, 1)}
    lines = [f"flowchart {'LR' if picture.across else 'TB'}"]
    lines += [f"  {names[node.name]}{_shaped(node, shown)}" for node in picture.nodes]
    for edge in picture.edges:
        said = _quoted(edge_lines(edge, shown))
        label = f"|{said}|" if said != '""' else ""
        lines.append(f"  {names[edge.source]} -->{label} {names[edge.target]}")
    idle = [names[node.name] for node in picture.nodes if node.idle]
    if idle:
        lines += ["  classDef idle opacity:0.45", f"  class {','.join(idle)} idle"]
    return "\n".join([*lines, ""])


def _shaped(node: Node, shown: Shown) -> str:
    said = _quoted(node_lines(node, shown))
    return f"(({said}))" if node.kind in ("unit", "more") else f"[{said}]"


def _quoted(lines: Sequence[Said]) -> str:
    texts = [_MEANING.sub(lambda sign: f"#{ord(sign[0])};", safe_text(line.text)) for line in lines]
    return '"' + "<br/>".join(texts) + '"'
