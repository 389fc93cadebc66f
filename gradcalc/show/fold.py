"""Folding: how texts and arrays are broken into lines of a given width, at spaces and between entries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradcalc.show.numbers import Cells, line_up
from gradcalc.show.safe import display_width

Content = str | Cells

# From here on it is no formula that anybody reads.
_MOST_CHUNKS = 200

# How far the further lines of a formula stand to the right of its first.
HANG = 2

# A sign that stands between two terms: a line does not end with it, the next one starts with it.
_BETWEEN = frozenset(["=", "+", "−", "-", "⊙", "·", "*", "/", "×", "←", "→", "<-", "->", "≤", "≥", "<", ">"])
# The order in which a formula is broken at its signs: before each, but after a comma.
_WEAKEST_FIRST = ({"="}, {",", "if", "else"}, {"+", "−", "-"}, _BETWEEN)


def least_width(content: Content, formula: bool = False) -> int:
    """The width below which a word, or an entry of an array, would be cut."""
    if isinstance(content, str):
        hang = HANG if formula else 0
        return max(display_width(chunk) + (hang if number else 0) for number, chunk in enumerate(_chunks(content)))
    if content.rank == 0:
        return len(content.rows[0][0])
    return max(_entry_width(content) + 2, *map(len, content.labels), 2)


def folded(content: Content, width: int | None = None, formula: bool = False) -> list[str]:
    """The lines of `content`, none wider than `width` unless a single word or number is.

    A `formula` is not broken inside brackets where that can be helped, and its further lines hang to the right.
    """
    if isinstance(content, str):
        return [content] if width is None or display_width(content) <= width else _fold_text(content, width, formula)
    lines = _whole(content)
    return lines if width is None or widest(lines) <= width else _fold_rows(content, width)


def widest(lines: Sequence[str]) -> int:
    """The width of the widest line."""
    return max(map(display_width, lines), default=0)


def _fold_text(text: str, width: int, formula: bool) -> list[str]:
    hang = HANG if formula else 0
    pieces = _terms(_chunks(text), width - hang) if formula else _chunks(text)
    lines = pieces[:1]
    for piece in pieces[1:]:
        if display_width(lines[-1]) + 1 + display_width(piece) <= width:
            lines[-1] += " " + piece
        else:
            lines.append(" " * hang + piece)
    return lines


def _chunks(text: str) -> list[str]:
    """The words of a text, each sign between two terms, and each sign of a sum, together with the word after it."""
    chunks: list[str] = []
    for word in text.split(" "):
        if chunks and (chunks[-1] in _BETWEEN or chunks[-1].rsplit(" ", 1)[-1].startswith("Σ_")):
            chunks[-1] += " " + word
        else:
            chunks.append(word)
    return chunks


def _terms(chunks: Sequence[str], width: int) -> list[str]:
    """A formula in parts that fit, if that can be: broken outside brackets first, and there at the weakest sign."""
    text = " ".join(chunks)
    if len(chunks) == 1 or display_width(text) <= width:
        return [text]
    if len(chunks) > _MOST_CHUNKS:
        return list(chunks)
    depths = _depths(chunks)
    outside = [place for place in range(1, len(chunks)) if depths[place] == min(depths[1:])]
    signs = ["," if chunks[place - 1].endswith(",") else chunks[place].split(" ", 1)[0] for place in outside]
    weakest = next((kind for kind in _WEAKEST_FIRST if kind & set(signs)), set(signs))
    cuts = [0, *(place for place, sign in zip(outside, signs, strict=True) if sign in weakest), len(chunks)]
    return [term for start, stop in pairwise(cuts) for term in _terms(chunks[start:stop], width)]


def _depths(chunks: Sequence[str]) -> list[int]:
    """In how many brackets, bars included, each chunk begins."""
    depths, depth, bar = [], 0, 0
    for chunk in chunks:
        depths.append(depth + bar)
        depth += sum(map(chunk.count, "([{")) - sum(map(chunk.count, ")]}"))
        bar = (bar + chunk.count("|")) % 2
    return depths


def _whole(cells: Cells) -> list[str]:
    """Every row of the array on a line of its own, its columns lined up."""
    if cells.rank == 0:
        return [cells.rows[0][0]]
    if cells.rank == 1:
        return [_bracketed(cells.rows[0])]
    columns = [line_up(column) for column in zip(*cells.rows, strict=True)]
    return _labelled(cells, [[_bracketed(row)] for row in zip(*columns, strict=True)]) or ["[]"]


def _fold_rows(cells: Cells, width: int) -> list[str]:
    """Every row of the array over several lines, all entries of one width."""
    if cells.rank == 0:
        return [cells.rows[0][0]]
    entries = line_up([text for row in cells.rows for text in row])
    size = max(len(entries) // len(cells.rows), 1)
    across = max(width // (len(entries[0]) + 2), 1)
    return _labelled(cells, [_parts(entries[at : at + size], across) for at in range(0, len(entries), size)])


def _parts(row: Sequence[str], across: int) -> list[str]:
    """The lines of a row that takes several, `across` entries on each."""
    return [
        _bracketed(row[at : at + across], "[" if at == 0 else " ", "]" if at + across >= len(row) else ",")
        for at in range(0, len(row), across)
    ]


def _bracketed(entries: Sequence[str], opening: str = "[", ending: str = "]") -> str:
    """Entries parted by commas that follow the number, whatever room the column has behind it."""
    parts = []
    for entry in entries[:-1]:
        number = entry.rstrip()
        parts.append(f"{number}, {' ' * (len(entry) - len(number))}")
    last = entries[-1] if entries else ""
    return f"{opening}{''.join(parts)}{last.rstrip() if ending == ',' else last}{ending}"


def _labelled(cells: Cells, rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of all rows, those of each matrix under its label."""
    labels = cells.labels or [""]
    size = len(rows) // len(labels)
    lines = []
    for number, label in enumerate(labels):
        lines += [label] if label else []
        lines += [line for row in rows[number * size : (number + 1) * size] for line in row]
    return lines


def _entry_width(cells: Cells) -> int:
    return max(map(len, line_up([text for row in cells.rows for text in row])), default=0)
