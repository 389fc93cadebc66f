"""Curves in a terminal: points of braille, or letters where there is only ASCII."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from gradcalc.show.scale import Scale, mark, scale, steps_scale
from gradcalc.study.run import Run

WIDEST, HEIGHT, NARROWEST = 72, 14, 12
LETTERS = "*o+x#@%&"
# the dots of a sign of braille, by their column and row
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
BRAILLE = 0x2800


class Series(NamedTuple):
    """A curve with its name: (steps made, loss) in order."""

    name: str
    points: Sequence[tuple[int, float]]


def curves(runs: Sequence[Run]) -> list[Series]:
    """The loss of each run over the steps."""
    return [Series(run.figures.name, run.curve.points()) for run in runs]


def plot(series: Sequence[Series], width: int | None = None, ascii_only: bool = False) -> list[str]:
    """The curves as lines of text no longer than `width`, the axes marked.

    One curve is a line of dots. Several are told apart by letters, of which the last drawn stands in front.
    """
    drawn = [one for one in series if one.points]
    if not drawn:
        return []
    up = scale([y for one in drawn for _, y in one.points])
    along = steps_scale(min(one.points[0][0] for one in drawn), max(one.points[-1][0] for one in drawn))
    margin = max(len(mark(value)) for value in up.marks) + 1
    across = max(NARROWEST, min(WIDEST, (width or WIDEST + margin) - margin - 2))
    lettered = ascii_only or len(drawn) > 1
    cells = _letters(drawn, along, up, across) if lettered else _braille(drawn[0], along, up, across)
    title = "L, on a logarithmic scale" if up.log else "L"
    legend = [f"{LETTERS[i % len(LETTERS)]} {one.name}" for i, one in enumerate(drawn)] if len(drawn) > 1 else []
    return [title, *_framed(cells, up, along, margin, ascii_only=ascii_only), *legend]


def _letters(series: Sequence[Series], along: Scale, up: Scale, across: int) -> list[str]:
    rows = [[" "] * across for _ in range(HEIGHT)]
    for number, one in enumerate(series):
        for x, y in _path(one, along, up, across, HEIGHT):
            rows[y][x] = LETTERS[number % len(LETTERS)]
    return ["".join(row) for row in rows]


def _braille(one: Series, along: Scale, up: Scale, across: int) -> list[str]:
    rows = [[0] * across for _ in range(HEIGHT)]
    for x, y in _path(one, along, up, 2 * across, 4 * HEIGHT):
        rows[y // 4][x // 2] |= DOTS[x % 2][y % 4]
    return ["".join(chr(BRAILLE + dots) if dots else " " for dots in row) for row in rows]


def _path(one: Series, along: Scale, up: Scale, width: int, height: int) -> set[tuple[int, int]]:
    """The cells that the curve goes through, columns from the left and rows from the top."""
    places = [(along.share(x) * (width - 1), (1 - up.share(y)) * (height - 1)) for x, y in one.points]
    cells = {(round(x), round(y)) for x, y in places}
    for (x0, y0), (x1, y1) in pairwise(places):
        pieces = math.ceil(max(abs(x1 - x0), abs(y1 - y0)))
        for k in range(1, pieces):
            cells.add((round(x0 + (x1 - x0) * k / pieces), round(y0 + (y1 - y0) * k / pieces)))
    return cells


def _framed(rows: Sequence[str], up: Scale, along: Scale, margin: int, *, ascii_only: bool) -> list[str]:
    """The rows with an axis at the left and one below, and the marks beside them."""
    bar, tick, corner, line, down = ("|", "+", "+", "-", "+") if ascii_only else ("│", "┤", "└", "─", "┬")
    at = {round((1 - up.share(value)) * (len(rows) - 1)): mark(value) for value in up.marks}
    lines = []
    for number, row in enumerate(rows):
        label = at.get(number, "")
        lines.append(f"{label.rjust(margin - 1)} {tick if label else bar}{row}".rstrip())
    below, names = _steps_axis(along, len(rows[0]), line, down)
    start = " " * (margin + 1)
    return [
        *lines,
        f"{' ' * margin}{corner}{below}",
        f"{start}{names}",
        f"{start}{'steps made':^{len(rows[0])}}".rstrip(),
    ]


def _steps_axis(along: Scale, across: int, line: str, down: str) -> tuple[str, str]:
    """The axis of the steps, and the numbers below it as far as they have room."""
    below, names, free = [line] * across, [" "] * across, 0
    for value in along.marks:
        column, text = round(along.share(value) * (across - 1)), mark(value)
        start = min(max(0, column - len(text) // 2), across - len(text))
        if start >= free:
            below[column] = down
            names[start : start + len(text)] = text
            free = start + len(text) + 2
    return "".join(below), "".join(names).rstrip()
