"""What stands at a node and at an edge of a drawing, line by line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from gradcalc.engine.notation import hatted
from gradcalc.show.fold import folded
from gradcalc.show.numbers import Shown, show_array, show_number
from gradcalc.show.safe import safe_text, to_ascii
from gradcalc.study.picture import SHAPE, Edge, Node

Tone = Literal["name", "formula", "value", "gradient", "flow"]

# a larger array is told by its shape and its length
MOST_ENTRIES = 24
# signs of a formula beside which its number has room
SHORT = 8
# signs in a line of words, and in one of numbers
WIDE, WIDE_ARRAY = 40, 56
# and at an edge of a drawing, where others stand beside it
NARROW = 30


class Said(NamedTuple):
    """A line, and what it says."""

    text: str
    tone: Tone


def node_lines(node: Node, shown: Shown) -> list[Said]:
    """Name and formula, the value, the gradient, and how gradient flows back through it."""
    head = f"{node.label} = {node.said}" if node.said and node.kind != "unit" else node.label
    lines = [Said(text, "name") for text in folded(safe_text(head), WIDE, formula=True)]
    if node.kind == "unit":
        lines += [Said(node.said, "formula")] if node.said else []
        lines += [line for part in node.parts for line in part_lines(*part, shown)]
        return lines + [Said(f"+ {safe_text(told)}", "value") for told in node.letters.values()]
    for number, (name, array) in enumerate(node.parts):
        tone: Tone = "value" if number == 0 else "gradient"
        named = "" if number == 0 else f"{hatted(name)} = "
        lines += [Said(text, tone) for text in array_lines(named, array, shown)]
    for name, told in node.letters.items():
        tone, text = ("value", told) if name == SHAPE else ("gradient", f"{hatted(name)} = {told}")
        lines += [Said(line, tone) for line in folded(safe_text(text), WIDE, formula=True)]
    return lines + [Said(text, "flow") for sentence in node.flow for text in folded(safe_text(sentence), WIDE)]


def edge_lines(edge: Edge, shown: Shown, *, stacked: bool = False) -> list[Said]:
    """The local derivative as a formula and as a number (`stacked`: below it), or the weight with its gradient."""
    if edge.parts:
        return [line for part in edge.parts for line in part_lines(*part, shown)]
    if not edge.said:
        return []
    number = "" if edge.value is None else show_number(edge.value, shown)
    told = [edge.said] if number in ("", edge.said) else [edge.said, f"= {number}"]
    texts = told if stacked and len(edge.said) > SHORT else [" ".join(told)]
    wide = NARROW if stacked else WIDE
    return [Said(line, "formula") for text in texts for line in folded(safe_text(text), wide, formula=True)]


def part_lines(name: str, array: Any, shown: Shown) -> list[Said]:
    """`W1[1,2] = 4`, a gradient in its own tone."""
    tone: Tone = "gradient" if name.startswith("∂") else "value"
    return [Said(text, tone) for text in array_lines(f"{hatted(name)} = ", array, shown)]


def array_lines(before: str, array: Any, shown: Shown) -> list[str]:
    """An array behind its name; a matrix in rows below each other; a large one by its shape."""
    before = safe_text(before)
    if array.size > MOST_ENTRIES:
        size = "×".join(map(str, array.shape))
        return [f"{before}{size}, ‖·‖ = {show_number(math.sqrt(float((array * array).sum())), shown)}"]
    rows = folded(show_array(array, shown), WIDE_ARRAY)
    return [f"{before if number == 0 else ' ' * len(before)}{row}" for number, row in enumerate(rows)]


def in_ascii(lines: Sequence[Said]) -> list[Said]:
    """The same in ASCII."""
    return [Said(to_ascii(text), tone) for text, tone in lines]
