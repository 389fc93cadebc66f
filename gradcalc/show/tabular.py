"""Tables as LaTeX, fitted to the page: cells are wrapped, the type gets smaller, or columns go below each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradcalc.show.blocks import Cell, Column, Grid, Maths, Pairs, Row, Table, Value, plain
from gradcalc.show.extent import extent_of_text, least_width
from gradcalc.show.numbers import Shown
from gradcalc.show.tex import MOST_ROWS, Part, escape, parts, words

# What parts two columns, and the least that a cell is wrapped to, in em.
_GAP, _LEAST = 1.2, 9.0
# the ways to fit a table to the page, the best one first: the size of the type, and what is wrapped
_SMALL = r"\footnotesize", 0.87
_WAYS = (("", 1.0, "nothing"), ("", 1.0, "texts"), (*_SMALL, "nothing"), ("", 1.0, "all"), (*_SMALL, "all"))
# what is too little to see, in em
_EXACT = 0.05
# A table with more rows, or with more lines in them, may go on on the next page.
_MOST_ROWS, _MOST_LINES = 25, 36
_CHUNK = 1000


class Made(NamedTuple):
    """A cell as it is set: its LaTeX, how wide it is and how wide it must be, whether it is higher than a line.

    `array`: to make it less wide is to take it to pieces. `apart`: it is too large for a table; `lines`: about how many
    lines it takes.
    """

    tex: str
    width: float
    least: float
    tall: bool = False
    array: bool = False
    apart: bool = False
    lines: float = 1


def table(block: Table, shown: Shown, room: float) -> str:
    """A table with its head, and with its title if it has one."""
    title = rf"\textbf{{{words(block.title)}}}\par" + "\n" if block.title is not None else ""
    return title + _fitted(block, shown, room, head=any(plain(column.header) for column in block.columns))


def pairs(block: Pairs, shown: Shown, room: float) -> str:
    """Two columns without a head."""
    rows = [Row((name, cell)) for name, cell in block.rows]
    return _fitted(Table((Column(""), Column("")), rows), shown, room, head=False)


def _fitted(block: Table, shown: Shown, room: float, *, head: bool) -> str:
    if not block.rows:
        return ""
    made = _made(block, shown, room)
    if any(cell.apart for row in made for cell in row):
        return _records(block, shown, room)
    for size, scale, less in _WAYS:
        widths = _widths(block, made, room / scale, less, head=head)
        if widths is not None:
            return _set(block, _made(block, shown, room / scale, widths), widths, head=head, size=size)
    split = max(2, len(block.columns) // 2 + 1)
    halves = [range(split), [0, *range(split, len(block.columns))]]
    if len(block.columns) < 3:
        return _records(block, shown, room)
    return "\n\n".join(_fitted(_columns_of(block, half), shown, room, head=head) for half in halves)


def _columns_of(block: Table, numbers: Sequence[int]) -> Table:
    rows = [row._replace(cells=tuple(row.cells[number] for number in numbers)) for row in block.rows]
    return Table([block.columns[number] for number in numbers], rows)


def _made(block: Table, shown: Shown, room: float, widths: Sequence[float] | None = None) -> list[list[Made]]:
    limits = widths or [room] * len(block.columns)
    return [[_cell(cell, shown, limit) for cell, limit in zip(row.cells, limits, strict=True)] for row in block.rows]


def _cell(cell: Cell, shown: Shown, room: float) -> Made:
    if isinstance(cell, Value | Grid):
        return _value(parts(cell, shown, room), room)
    tex = words(cell, display=True)
    width, height = extent_of_text(tex)
    needed = min(width, least_width(tex)) if isinstance(cell, Maths) else min(width, _LEAST)
    if width > room + _EXACT:
        lines = height * (width // room + 1)
        return Made(rf"\parbox{{{room:.4g}em}}{{\raggedright {tex}}}", room, needed, tall=True, lines=lines)
    return Made(tex, width, needed, height > 1, lines=height)


def _value(found: Sequence[Part], room: float) -> Made:
    lines = sum(part.rows for part in found)
    texts = [f"{escape(part.label)}: ${part.tex}$" if part.label else f"${part.tex}$" for part in found]
    width = max(part.width for part in found)
    if len(found) == 1 and width <= room + _EXACT:
        return Made(
            texts[0], width, width if lines == 1 else min(width, _LEAST), r"\begin" in texts[0], array=True, lines=lines
        )
    stacked = r"\\[2pt] ".join(texts)
    box = rf"\parbox{{{room:.4g}em}}{{\raggedright {stacked}}}"
    return Made(box, room, _LEAST, tall=True, array=True, apart=lines > MOST_ROWS, lines=lines)


def _widths(block: Table, made: Sequence[Sequence[Made]], room: float, less: str, *, head: bool) -> list[float] | None:
    """How wide each column is: as it likes, or, of what is wrapped, less; None where that is not enough."""
    heads = [extent_of_text(words(column.header)).width if head else 0.0 for column in block.columns]
    natural = [max(first, *(row[i].width for row in made)) for i, first in enumerate(heads)]
    least = [max(first, *(_least(row[i], less) for row in made)) for i, first in enumerate(heads)]
    left = room - _GAP * (len(natural) - 1)
    if sum(natural) <= left:
        return natural
    if sum(least) > left:
        return None
    low, high = 0.0, max(natural)
    while high - low > _EXACT:
        level = (low + high) / 2
        low, high = (low, level) if sum(_between(least, level, natural)) > left else (level, high)
    return _between(least, low, natural)


def _least(cell: Made, less: str) -> float:
    return cell.width if less == "nothing" or (less == "texts" and cell.array) else cell.least


def _between(least: Sequence[float], level: float, most: Sequence[float]) -> list[float]:
    return [min(max(a, level), b) for a, b in zip(least, most, strict=True)]


def _set(block: Table, made: Sequence[Sequence[Made]], widths: Sequence[float], *, head: bool, size: str) -> str:
    long = len(made) > _MOST_ROWS or sum(max(cell.lines for cell in row) for row in made) > _MOST_LINES
    sides = ["l" if column.align == "left" else "r" for column in block.columns]
    lines = []
    if head:
        lines += [_row(_fixed([words(column.header) for column in block.columns], widths, sides, long=long))]
        lines += [r"\hline\noalign{\vskip 4pt}" + (r"\endhead" if long else "")]
    before = False
    for number, (row, cells) in enumerate(zip(block.rows, made, strict=True)):
        tall = any(cell.tall for cell in cells)
        if row.gap or ((tall or before) and number):
            lines.append(rf"\noalign{{\vskip {8 if row.gap else 5}pt}}")
        texts = [_bold(cell.tex) if row.style == "bold" else cell.tex for cell in cells]
        lines.append(_row(_fixed(texts, widths, sides, long=long and not number)))
        before = tall
    name, start = (
        ("longtable", f"{size}\\setcounter{{LTchunksize}}{{{_CHUNK}}}") if long else ("tabular", rf"{size}\noindent")
    )
    begin = rf"\begin{{{name}}}{'[l]' if long else ''}{{@{{}}{''.join(sides)}@{{}}}}"
    return "\n".join([f"{{{start}", begin, *lines, rf"\end{{{name}}}\par}}"])


def _fixed(texts: list[str], widths: Sequence[float], sides: Sequence[str], *, long: bool) -> list[str]:
    """Cells that are as wide as their columns: on its first run TeX makes head and body of a long table apart."""
    if not long:
        return texts
    return [
        rf"\makebox[{width:.4g}em][{side}]{{{text}}}" for text, width, side in zip(texts, widths, sides, strict=True)
    ]


def _row(cells: Sequence[str]) -> str:
    # a bracket or a star behind the end of a row would belong to that
    first = "{}" if cells[0].startswith(("[", "*")) else ""
    return f"{first}{' & '.join(cells)} \\\\"


def _bold(tex: str) -> str:
    return tex if not tex or tex.startswith(("$", r"\parbox")) else rf"\textbf{{{tex}}}"


def _records(block: Table, shown: Shown, room: float) -> str:
    """Each row for itself: what is short on a line, an array that is too large for a cell below it."""
    said = []
    for row in block.rows:
        line, below = [], []
        for column, cell in zip(block.columns, row.cells, strict=True):
            made = _cell(cell, shown, room)
            if not made.tex:
                continue
            if isinstance(cell, Value | Grid) and (made.apart or made.width > room / 2):
                below += parts(cell, shown, room)
            else:
                line.append(f"{words(column.header)}: {made.tex}" if plain(column.header) else made.tex)
        said.append(r"{\raggedright\noindent " + r" \qquad ".join(line) + r"\par}")
        said += [rf"{{\raggedright {escape(part.label)} ${part.tex}$\par}}" for part in below]
    return "\n".join(said)
