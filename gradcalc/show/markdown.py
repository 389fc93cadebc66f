"""Blocks as Markdown for GitHub: tables, with arrays as lists on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gradcalc.show.blocks import (
    PLAIN,
    Blank,
    Block,
    Cell,
    Drawing,
    Facts,
    Grid,
    Heading,
    Line,
    Look,
    Note,
    Pairs,
    Row,
    Table,
    Value,
    Words,
    plain,
)
from gradcalc.show.numbers import inline
from gradcalc.show.safe import safe_text, to_ascii

# Signs that begin a list, a heading, a quotation or an underline; and those that mean something anywhere.
_AT_START = re.compile(r"^(?=[=+\-#>](?!\d))|^(\d+)(?=[.)])")
_ANYWHERE = re.compile(r"(?=[\\`*|$~])|(?<!\w)(?=_)|(?=_(?!\w))|(?<=\])(?=[(\[:])")


def write(blocks: Iterable[Block], look: Look = PLAIN) -> str:
    """`blocks` as Markdown; a paragraph is one line, whatever the width."""
    parts = ["\n".join(_lines(block, look)) for block in blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lines(block: Block, look: Look) -> Iterator[str]:
    match block:
        case Table():
            yield from _table(block, look)
        case Pairs(rows):
            yield from (f"- {escape(name, look)}: {_cell(cell, look)}" for name, cell in rows)
        case Facts(texts):
            yield from (f"- {escape(text, look)}" for text in texts)
        case Line(text, style):
            yield {"title": "# {}", "bold": "**{}**"}.get(style, "{}").format(escape(text, look)) if text else ""
        case Note(text):
            yield escape(text, look)
        case Heading(text):
            yield f"## {escape(text, look)}"
        case Drawing(draw):
            yield from ("```text", *map(safe_text, draw(None, look.ascii)), "```")
        case Blank():
            return


def _table(table: Table, look: Look) -> Iterator[str]:
    if table.title is not None:
        yield f"**{escape(table.title, look)}**"
        yield ""
    yield _row([escape(column.header, look) for column in table.columns])
    yield _row(["---" if column.align == "left" else "---:" for column in table.columns])
    for row in table.rows:
        yield _row(_cells(row, look))


def _cells(row: Row, look: Look) -> list[str]:
    texts = [_cell(cell, look) for cell in row.cells]
    return [f"**{text}**" if text else "" for text in texts] if row.style == "bold" else texts


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _cell(cell: Cell, look: Look) -> str:
    if isinstance(cell, Grid):
        rows = [f"[{', '.join(escape(text, look) for text in row)}]" for row in cell.texts()]
        return rows[0] if cell.entries.ndim == 1 else f"[{', '.join(rows)}]"
    if not isinstance(cell, Value):
        return escape(cell, look)
    text = inline(cell.array, look.shown)
    return to_ascii(text) if look.ascii else text


def escape(words: Words, look: Look = PLAIN) -> str:
    r"""Words so that Markdown shows it as it is.

    >>> print(escape("a|b <img> `x` W_H *"))
    a\|b &lt;img> \`x\` W_H \*
    """
    text = safe_text(plain(words))
    if look.ascii:
        text = to_ascii(text)
    text = _ANYWHERE.sub(r"\\", text.replace("&", "&amp;"))
    return _AT_START.sub(lambda start: (start[1] or "") + "\\", text).replace("<", "&lt;")
