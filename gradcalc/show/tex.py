"""Words, numbers and arrays as LaTeX: text is escaped, mathematics is set from its trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from unicodedata import normalize

from gradcalc.engine.latex import ROW, SIGNS, latex, matrix, name, number
from gradcalc.show.blocks import Grid, Maths, Phrase, Value, Words
from gradcalc.show.extent import BETWEEN, BRACKETS, extent
from gradcalc.show.numbers import Shown, show_array

# What TeX, or a font of it, would take for something else; an empty group keeps signs from joining.
_TEXT: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "<": r"$<$", ">": r"$>$",
    "|": r"$|$", '"': "''", "`": r"\textasciigrave{}", "-": "{-}", "–": "--", "—": "---", "‘": "{`}", "’": "'",
    "“": "``", "”": "''", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}",
    "Ø": r"\O{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "\u00a0": "~", "§": r"\S{}",
}  # fmt: skip
_LIGATURES = "-,'"
_ACCENTS: Mapping[str, str] = {
    "\u0300": r"\`", "\u0301": r"\'", "\u0302": r"\^", "\u0303": r"\~", "\u0304": r"\=", "\u0306": r"\u",
    "\u0307": r"\.", "\u0308": r'\"', "\u030a": r"\r", "\u030c": r"\v", "\u0327": r"\c",
}  # fmt: skip


def escape(text: str) -> str:
    r"""Any text as LaTeX in ASCII, shown and never obeyed.

    >>> print(escape("50% of é, ∂L: \\input{x}"))
    50\% of \'{e}, $\partial$L: \textbackslash{}input\{x\}
    """
    letters = re.findall(r".[\u0300-\u036f]*", normalize("NFC", text), re.DOTALL)
    shown = ""
    for before, letter in pairwise(["", *letters]):
        shown += ("{}" if letter == before and letter in _LIGATURES else "") + _letter(letter)
    return shown


def _letter(sign: str) -> str:
    letter, *marks = list(normalize("NFD", sign))
    if letter in SIGNS:
        return f"${name(sign)}$"
    known = _TEXT.get(letter) or (letter if letter.isascii() and letter.isprintable() else None)
    if known is None or not all(mark in _ACCENTS for mark in marks):
        return r"\textbackslash{}" + sign.encode("unicode_escape").decode()[1:].replace("\\", r"\textbackslash{}")
    for mark in marks:
        known = f"{_ACCENTS[mark]}{{{known}}}"
    return known


def words(said: Words, row: str = ROW, *, display: bool = False) -> str:
    """Words as LaTeX for a text, the mathematics in them between dollars; `display` gives it room."""
    if isinstance(said, str):
        return escape(said)
    if isinstance(said, Phrase):
        return "".join(words(part, row, display=display) for part in said.parts)
    return rf"$\displaystyle {maths(said, row)}$" if display else f"${maths(said, row)}$"


def maths(said: Maths, row: str = ROW) -> str:
    """Equal expressions as LaTeX for mathematics mode."""
    return f" {sign(said)} ".join(forms(said, row))


def sign(said: Maths) -> str:
    """The sign between equal expressions."""
    return SIGNS.get(said.sign, said.sign)


def forms(said: Maths, row: str = ROW) -> list[str]:
    """The expressions; what looks the same is set once."""
    return list(dict.fromkeys(latex(form, said.style, row) for form in said.forms))


class Part(NamedTuple):
    """One piece of an array: what it is of it, the LaTeX for mathematics mode, its size in em and in rows."""

    label: str
    tex: str
    width: float
    rows: int = 1


# more rows than these are hard to read at a glance, and would not stand on one page with others
TALLEST = 12
MOST_ROWS = 24


def parts(value: Value | Grid, shown: Shown, room: float, row: str = ROW) -> list[Part]:
    """An array as one matrix, or as several that are at most `room` em wide and have no more rows than a page."""
    if isinstance(value, Grid):
        expressions = [[latex(entry, value.style, row) for entry in line] for line in value.rows()]
        if value.entries.ndim == 1:
            return [_vector(expressions[0], room, row, upright=False)]
        return [*_blocks("", expressions, room, row, shown.index_base)]
    cells = show_array(value.array, shown)
    texts = [[number(text) for text in line] for line in cells.rows]
    if cells.rank == 0:
        return [Part("", texts[0][0], extent(texts[0][0]).width)]
    if cells.rank == 1:
        return [_vector(texts[0], room, row, upright=value.upright)]
    count = len(cells.labels) or 1
    size = len(texts) // count
    found: list[Part] = []
    for number_of, label in enumerate(cells.labels or [""]):
        found += _blocks(label, texts[number_of * size : (number_of + 1) * size], room, row, shown.index_base)
    return found


def _vector(entries: Sequence[str], room: float, row: str, *, upright: bool) -> Part:
    """A column, a row, or, where it is too long for either, a list that may go on in the next line."""
    widths = [extent(entry).width for entry in entries]
    if upright and len(entries) <= TALLEST:
        tex = matrix([[entry] for entry in entries], row)
        return Part("", tex, max(widths, default=0.0) + BRACKETS, len(entries))
    width = sum(widths) + BETWEEN * len(entries) + BRACKETS
    turned = r"^{\top}" if upright else ""
    if width <= room:
        return Part("", matrix([entries], row) + turned, width)
    listed = r", \allowbreak ".join(entries)
    return Part("", f"({listed}){turned}", room, int(width / room) + 1)


def _blocks(label: str, rows: Sequence[Sequence[str]], room: float, row: str, base: int) -> Iterator[Part]:
    """A matrix, or blocks of it."""
    widths = [max(extent(entry).width for entry in column) + BETWEEN for column in zip(*rows, strict=True)]
    columns = list(_chunks(widths, room - BRACKETS))
    lines = [(top, min(top + MOST_ROWS, len(rows))) for top in range(0, len(rows), MOST_ROWS)]
    for top, bottom in lines:
        for left, right in columns:
            said = [label] if label else []
            said += [_span("row", top, bottom, base)] if len(lines) > 1 else []
            said += [_span("column", left, right, base)] if len(columns) > 1 else []
            entries = [line[left:right] for line in rows[top:bottom]]
            yield Part(", ".join(said), matrix(entries, row), sum(widths[left:right]) + BRACKETS, bottom - top)


def _chunks(widths: Sequence[float], room: float) -> Iterator[tuple[int, int]]:
    start, used = 0, 0.0
    for place, width in enumerate(widths):
        if used + width > room and place > start:
            yield start, place
            start, used = place, 0.0
        used += width
    yield start, len(widths)


def _span(what: str, first: int, last: int, base: int) -> str:
    return f"{what} {first + base}" if last == first + 1 else f"{what}s {first + base}–{last - 1 + base}"
