"""Blocks as HTML for notebooks: everything escaped, mathematics between dollars, which a notebook sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape as quoted

from gradcalc.show.aligned import aligned
from gradcalc.show.blocks import (
    PLAIN,
    Blanks,
    Block,
    Cell,
    Drawing,
    Equal,
    Facts,
    Grid,
    Heading,
    Line,
    Look,
    Maths,
    Note,
    Pairs,
    Phrase,
    Row,
    Table,
    Value,
    Words,
)
from gradcalc.show.safe import safe_text
from gradcalc.show.tex import maths, parts

ROW = r"\cr"
_SIDES = {"left": "left", "right": "right", "number": "right"}


def write(blocks: Iterable[Block], look: Look = PLAIN) -> str:
    """`blocks` as a piece of a page."""
    return f"<div>\n{''.join(f'{line}{chr(10)}' for block in blocks for line in _block(block, look))}</div>\n"


def escape(text: str) -> str:
    """Any text as HTML; a dollar in it begins no formula.

    >>> escape("a < $5")
    'a &lt; <span class="tex2jax_ignore mathjax_ignore">$</span>5'
    """
    return quoted(safe_text(text)).replace("$", '<span class="tex2jax_ignore mathjax_ignore">$</span>')


def _block(block: Block, look: Look) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block, look)
        case Blanks():
            yield from _table(block.table, look)
        case Pairs(rows):
            yield from _rows([Row((name, cell)) for name, cell in rows], ["left", "left"], look)
        case Equal():
            yield f"<p>$${quoted(aligned(block, look.shown, ROW), quote=False)}$$</p>"
        case Facts(texts):
            yield f"<p>{' &emsp; '.join(map(_words, texts))}</p>"
        case Line(Maths() as text, _):
            yield f"<p>$${quoted(maths(text, ROW), quote=False)}$$</p>"
        case Line(text, "title") | Heading(text):
            yield f"<h4>{_words(text)}</h4>"
        case Line(text, _) | Note(text):
            yield f"<p>{_words(text)}</p>"
        case Drawing(draw):
            yield "<pre>" + "\n".join(map(escape, draw(None, False))) + "</pre>"


def _words(said: Words) -> str:
    if isinstance(said, str):
        return escape(said)
    if isinstance(said, Phrase):
        return "".join(map(_words, said.parts))
    return f"${quoted(maths(said, ROW), quote=False)}$"


def _table(table: Table, look: Look) -> Iterator[str]:
    if table.title is not None:
        yield f"<p><b>{_words(table.title)}</b></p>"
    sides = [_SIDES[column.align] for column in table.columns]
    heads = [f'<th style="text-align: {s}">{_words(c.header)}</th>' for c, s in zip(table.columns, sides, strict=True)]
    yield from _rows(table.rows, sides, look, head=f"<tr>{''.join(heads)}</tr>")


def _rows(rows: Sequence[Row], sides: Sequence[str], look: Look, head: str = "") -> Iterator[str]:
    yield f"<table>{head}"
    for row in rows:
        cells = [f'<td style="text-align: {s}">{_cell(c, look)}</td>' for c, s in zip(row.cells, sides, strict=True)]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _cell(cell: Cell, look: Look) -> str:
    if not isinstance(cell, Value | Grid):
        return _words(cell)
    found = parts(cell, look.shown, math.inf, ROW)
    return "<br>".join(f"{escape(part.label)} ${quoted(part.tex, quote=False)}$" for part in found)
