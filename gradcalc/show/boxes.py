"""Mathematics over several lines of text: arrays with a row on each line, and what stands below the names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gradcalc.engine.notation import text
from gradcalc.engine.trees import array_of
from gradcalc.show.blocks import Maths, Shaped, Value
from gradcalc.show.safe import display_width

Clean = Callable[[str], str]


class Box(NamedTuple):
    """Lines of one width, and which of them a sign in front belongs to."""

    lines: Sequence[str]
    middle: int

    @property
    def width(self) -> int:
        return max(map(display_width, self.lines), default=0)


def with_arrays(maths: Maths, laid_out: Callable[[Value], Sequence[str]], clean: Clean) -> Box | None:
    """Expressions with every array laid out; None where there is none in them."""
    whole = maths.text
    found = [leaf for form in maths.forms for leaf in _arrays(form)]
    pieces = _cut(whole, [text(leaf, maths.style) for leaf in found]) if found else None
    if pieces is None:
        return None
    boxes = [_box([clean(pieces[0])])]
    for leaf, piece in zip(found, pieces[1:], strict=True):
        boxes += [_box(laid_out(Value(leaf.value))), _box([clean(piece)])]
    return _beside(boxes)


def with_shapes(shaped: Shaped, clean: Clean) -> Box:
    """An expression with the shape of each of its parts below it."""
    maths = shaped.maths
    pieces = _cut(maths.text, [text(part, maths.style) for part, _ in shaped.shapes])
    if pieces is None:
        return Box([clean(maths.text)], 0)
    above, below = clean(pieces[0]), ""
    for (part, shape), piece in zip(shaped.shapes, pieces[1:], strict=True):
        name, size = clean(text(part, maths.style)), clean(shape)
        start = max(display_width(above), display_width(below) + 1 if below else 0)
        above += " " * (start - display_width(above))
        below += " " * (start - display_width(below))
        width = max(display_width(name), display_width(size))
        above += _centred(name, width)
        below += _centred(size, width)
        above += clean(piece)
    return Box([above.rstrip(), below.rstrip()], 0)


def _arrays(tree: ast.AST) -> Iterator[ast.Constant]:
    """The arrays in a tree in the order in which they are set."""
    if isinstance(tree, ast.Constant) and array_of(tree) is not None:
        yield tree
    for part in ast.iter_child_nodes(tree):
        yield from _arrays(part)


def _cut(whole: str, parts: Sequence[str]) -> list[str] | None:
    """What stands before, between and behind parts of a text that follow each other in it."""
    pieces = []
    for part in parts:
        before, found, whole = whole.partition(part)
        if not found:
            return None
        pieces.append(before)
    return [*pieces, whole]


def _box(lines: Sequence[str]) -> Box:
    width = max(map(display_width, lines), default=0)
    return Box([line + " " * (width - display_width(line)) for line in lines], (len(lines) - 1) // 2)


def _beside(boxes: Sequence[Box]) -> Box:
    """Boxes side by side, their middles on one line."""
    above = max(box.middle for box in boxes)
    below = max(len(box.lines) - box.middle for box in boxes)
    rows = [""] * (above + below)
    for box in boxes:
        for number in range(above + below):
            at = number - above + box.middle
            rows[number] += box.lines[at] if 0 <= at < len(box.lines) else " " * box.width
    return Box([row.rstrip() for row in rows], above)


def _centred(name: str, width: int) -> str:
    room = width - display_width(name)
    return " " * (room // 2) + name + " " * (room - room // 2)
