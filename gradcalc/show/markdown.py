"""Blocks as Markdown for GitHub and Jupyter: tables, and mathematics between dollars."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from gradcalc.show.aligned import aligned
from gradcalc.show.blocks import (
    PLAIN,
    Blank,
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
    Shaped,
    Table,
    Value,
    Words,
    plain,
)
from gradcalc.show.numbers import inline
from gradcalc.show.safe import safe_text, to_ascii
from gradcalc.show.tex import maths, parts

# Signs that begin a list, a heading, a quotation or an underline; and those that mean something anywhere.
_AT_START = re.compile(r"^(?=[=+\-#>](?!\d))|^(\d+)(?=[.)])")
_ANYWHERE = re.compile(r"(?=[\\`*|$~])|(?<!\w)(?=_)|(?=_(?!\w))|(?<=\])(?=[(\[:])")

# Parts the rows of a matrix: two backslashes would be one.
ROW = r"\cr"
# In a formula: an escape that would be taken away, a bar that ends a cell, emphasis, code, a link.
_READ_OTHERWISE = re.compile(r"\\[^A-Za-z]|[|*`$~]|\}_(?! )|\]\(")
_BEFORE, _AFTER = " (", " ,.;:)"


def write(blocks: Iterable[Block], look: Look = PLAIN) -> str:
    """`blocks` as Markdown; a paragraph is one line, whatever the width."""
    parts = ["\n".join(_lines(block, look)) for block in blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lines(block: Block, look: Look) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block, look)
        case Blanks():
            yield from _table(block.table, look)
        case Pairs(rows):
            yield from (f"- {said(name, look)}: {_cell(cell, look)}" for name, cell in rows)
        case Equal():
            yield from _equal(block, look)
        case Facts(texts):
            yield from (f"- {said(text, look)}" for text in texts)
        case Line(Maths() as text, _) if (formula := _safe(maths(text, ROW))) is not None:
            yield from ("$$", formula, "$$")
        case Line(text, style):
            yield _line(said(text, look), style)
        case Note(text):
            yield said(text, look)
        case Heading(text):
            yield f"## {said(text, look)}"
        case Drawing(draw):
            yield from ("```text", *map(safe_text, draw(None, look.ascii)), "```")
        case Blank():
            return


def _equal(block: Equal, look: Look) -> Iterator[str]:
    formula = _safe(aligned(block, look.shown, ROW))
    if formula is not None:
        yield from ("$$", formula, "$$")
        return
    lines = [f"{sign} {_form(form, look)}" for sign, form in block.forms]
    # a backslash at the end of a line keeps the line break
    yield "\\\n".join(escape(line, look) for line in [f"{_form(block.name, look)} {lines[0]}", *lines[1:]])


def _line(text: str, style: str) -> str:
    """A line in its style; what has mathematics in it is not made bold, which not every reader takes."""
    if not text or style not in ("title", "bold"):
        return text
    return f"# {text}" if style == "title" else _bold(text)


def _bold(text: str) -> str:
    return f"**{text}**" if text and "$" not in text.replace(r"\$", "") else text


def _table(table: Table, look: Look) -> Iterator[str]:
    if table.title is not None:
        yield _bold(said(table.title, look))
        yield ""
    yield _row([said(column.header, look) for column in table.columns])
    yield _row(["---" if column.align == "left" else "---:" for column in table.columns])
    for row in table.rows:
        yield _row(_cells(row, look))


def _cells(row: Row, look: Look) -> list[str]:
    texts = [_cell(cell, look) for cell in row.cells]
    return [*map(_bold, texts)] if row.style == "bold" else texts


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _form(form: Cell | Shaped, look: Look) -> str:
    """A form of an expression, with its shapes in brackets behind it; nothing in it is escaped yet."""
    match form:
        case Shaped(whole, shapes):
            return f"{whole.text} ({', '.join(shape for _, shape in shapes)})"
        case Value():
            return inline(form.array, look.shown)
        case Grid():
            return _grid(form.texts(), form.entries.ndim)
    return plain(form)


def _grid(texts: Sequence[Sequence[str]], rank: int) -> str:
    """Expressions in rows, on one line."""
    rows = [f"[{', '.join(row)}]" for row in texts]
    return rows[0] if rank == 1 else f"[{', '.join(rows)}]"


def _cell(cell: Cell, look: Look) -> str:
    if not isinstance(cell, Value | Grid):
        return said(cell, look)
    found = [(escape(part.label, look), _safe(part.tex)) for part in parts(cell, look.shown, math.inf, ROW)]
    if any(tex is None for _, tex in found):
        return escape(_form(cell, look), look)
    return "; ".join(f"{label}: ${tex}$" if label else f"${tex}$" for label, tex in found)


def said(words: Words, look: Look = PLAIN) -> str:
    """Words with their mathematics between dollars, or as text where that could be taken for something else."""
    if isinstance(words, str):
        return escape(words, look)
    pieces = words.parts if isinstance(words, Phrase) else [words]
    shown = [piece if isinstance(piece, str) else _safe(maths(piece, ROW)) for piece in pieces]
    if None in shown or not all(map(_stands_apart, pieces, [*pieces[1:], ""])):
        return escape(words, look)
    texts = [piece if isinstance(piece, str) else f"${tex}$" for piece, tex in zip(pieces, shown, strict=True)]
    return "".join(
        (escape(text, look) if not i else _escaped(text, look)) if isinstance(piece, str) else text
        for i, (piece, text) in enumerate(zip(pieces, texts, strict=True))
    )


def _stands_apart(piece: str | Maths, after: str | Maths) -> bool:
    """Whether there is a space or a stop between mathematics and words, without which a dollar is a dollar."""
    if isinstance(piece, str):
        return isinstance(after, str) or not piece or piece[-1] in _BEFORE
    return isinstance(after, str) and (not after or after[0] in _AFTER)


def _safe(tex: str) -> str | None:
    """A formula, unless a reader takes something in it for Markdown before it comes to the dollars."""
    return None if _READ_OTHERWISE.search(tex) else tex


def escape(words: Words, look: Look = PLAIN) -> str:
    r"""Words so that Markdown shows it as it is.

    >>> print(escape("a|b <img> `x` W_H *"))
    a\|b &lt;img> \`x\` W_H \*
    """
    return _AT_START.sub(lambda start: (start[1] or "") + "\\", _escaped(plain(words), look))


def _escaped(text: str, look: Look) -> str:
    """The same for what does not stand at the beginning of a line."""
    text = safe_text(text)
    if look.ascii:
        text = to_ascii(text)
    return _ANYWHERE.sub(r"\\", text.replace("&", "&amp;")).replace("<", "&lt;")
