"""Columns of a table: how wide each is, and the cells folded to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gradcalc.show.fold import Content, folded, least_width, widest
from gradcalc.show.safe import display_width

Folding = Sequence[Sequence[list[str]]]

# The room between columns, and where that is too much.
APART, _TIGHT = 3, 2


class Sheet(NamedTuple):
    """The heads of columns, what stands below them row by row, and which columns hold formulas."""

    heads: Sequence[str]
    contents: Sequence[Sequence[Content]]
    formulas: Sequence[bool]


class Fitted(NamedTuple):
    """The lines of every cell, the width of every column, and the room between two."""

    cells: Folding
    widths: Sequence[int]
    gap: int

    @property
    def width(self) -> int:
        """How wide the whole table is."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1)


def fit(sheet: Sheet, width: int | None) -> Fitted | None:
    """The cells side by side within `width`, folded as little as can be; None where a word or a number would be cut."""
    cells = [[folded(content) for content in row] for row in sheet.contents]
    widths = _widths(sheet.heads, cells)
    whole = Fitted(cells, widths, APART)
    if width is None or whole.width <= width:
        return whole
    whole = Fitted(cells, widths, _TIGHT)
    if whole.width <= width:
        return whole
    room = width - _TIGHT * (len(widths) - 1)
    least = _least(sheet)
    if sum(least) > room:
        return None
    ways = sorted({tuple(shares) for shares in _shares(widths, least, room)})
    best = min((_refolded(sheet, whole, shares, room) for shares in ways), key=_height)
    return Fitted(best, _widths(sheet.heads, best), _TIGHT)


def _widths(heads: Sequence[str], cells: Folding) -> list[int]:
    """The width of each column: of its head, or of its widest line."""
    columns = zip(*cells, strict=True) if cells else [()] * len(heads)
    return [max(display_width(head), *map(widest, column), 0) for head, column in zip(heads, columns, strict=True)]


def _least(sheet: Sheet) -> list[int]:
    columns = zip(sheet.heads, sheet.formulas, zip(*sheet.contents, strict=True), strict=True)
    return [
        max(display_width(head), *(least_width(content, formula) for content in column))
        for head, formula, column in columns
    ]


def _height(cells: Folding) -> int:
    return sum(max(map(len, row)) for row in cells)


def _shares(natural: Sequence[int], least: Sequence[int], room: int) -> Iterator[list[int]]:
    """Ways to share out `room`: the widest columns cut to one width, or what there is to the first, or the last."""
    cap, shares = min(max(natural), room) + 1, list(natural)
    while sum(shares) > room:
        cap -= 1
        shares = [min(whole, max(low, cap)) for whole, low in zip(natural, least, strict=True)]
    yield shares
    for order in (range(len(natural)), reversed(range(len(natural)))):
        shares = list(least)
        for number in order:
            shares[number] = min(natural[number], least[number] + room - sum(shares))
        yield shares


def _refolded(sheet: Sheet, whole: Fitted, shares: Sequence[int], room: int) -> Folding:
    """The cells folded to their shares; what one column leaves over goes to the others in turn."""
    cells = [list(row) for row in whole.cells]
    cut = [number for number, (width, share) in enumerate(zip(whole.widths, shares, strict=True)) if share < width]
    for number in cut:
        _fold_column(sheet, cells, number, shares[number])
    for number in cut if len(cut) > 1 else ():
        widths = _widths(sheet.heads, cells)
        if spare := room - sum(widths):
            _fold_column(sheet, cells, number, widths[number] + spare)
    return cells


def _fold_column(sheet: Sheet, cells: list[list[list[str]]], number: int, width: int) -> None:
    for row, lines in zip(sheet.contents, cells, strict=True):
        lines[number] = folded(row[number], width, sheet.formulas[number])
