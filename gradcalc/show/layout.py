"""From blocks to lines of painted text; the writers for people differ only in what they make of the paint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Literal

from gradcalc.engine import notation
from gradcalc.show.blocks import (
    PLAIN,
    Blank,
    Blanks,
    Block,
    Cell,
    Column,
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
    Row,
    Shaped,
    Table,
    Value,
    Words,
    plain,
)
from gradcalc.show.boxes import Box, with_arrays, with_shapes
from gradcalc.show.columns import APART, Fitted, Sheet, fit
from gradcalc.show.fold import Content, folded, least_width, widest
from gradcalc.show.numbers import Cells, line_up, show_array
from gradcalc.show.safe import display_width, safe_text, to_ascii

Paint = Literal["plain", "dim", "bold", "wrong"]
Span = tuple[str, Paint]
Painted = list[Span]
Named = tuple[str, Content, bool, Paint]

# The room between a name and what is said of it.
_BESIDE = 2
_TEXTS = (Line, Facts, Note)


def layout(blocks: Iterable[Block], look: Look = PLAIN) -> Iterator[Painted]:
    """The lines of `blocks`, each a list of texts with the way each is painted, with no spaces at the end."""
    before: Block | None = None
    for block in blocks:
        if before is not None and _apart(before, block):
            yield []
        yield from _lines(block, look)
        before = block


def _apart(before: Block, block: Block) -> bool:
    """Whether an empty line goes between two blocks: not between texts, and not after a heading."""
    if isinstance(before, Heading | Blank) or isinstance(block, Blank):
        return False
    return not (isinstance(before, _TEXTS) and isinstance(block, _TEXTS))


def _lines(block: Block, look: Look) -> Iterator[Painted]:
    match block:
        case Table():
            yield from _table(block, look)
        case Blanks():
            yield from _table(block.table, look)
        case Pairs():
            yield from _pairs(block, look)
        case Equal():
            yield from _equal(block, look)
        case Facts():
            yield from _facts(block, look)
        case Line(Maths() as said, style):
            yield from _equations(said, style, look)
        case Line(text, style):
            yield from _text(text, "bold" if style == "title" else style, look, formula=isinstance(text, Maths))
        case Note(text):
            yield from _text(text, "plain", look)
        case Heading(text):
            yield from _text(text, "bold", look)
        case Drawing(draw):
            yield from (_trimmed([(_clean(line, look), "plain")]) for line in draw(look.width, look.ascii))
        case Blank():
            yield []


def _clean(words: Words, look: Look) -> str:
    text = safe_text(plain(words))
    return to_ascii(text) if look.ascii else text


def _text(text: Words, paint: Paint, look: Look, *, formula: bool = False) -> Iterator[Painted]:
    for line in folded(_clean(text, look), look.width, formula):
        yield _trimmed([(line, paint)])


def _equations(said: Maths, style: str, look: Look) -> Iterator[Painted]:
    """Equal expressions on one line, or else below each other, lined up on their signs."""
    paint: Paint = "bold" if style in ("title", "bold") else "dim" if style == "dim" else "plain"
    parts = said.said([notation.text(form, said.style) for form in said.forms])
    result = _matrix(said, look)
    whole = _clean(said, look)
    if len(parts) == 1 or (result is None and display_width(whole) <= (look.width or _BROAD)):
        yield from _text(said, paint, look, formula=True)
        return
    first, *others = [(_clean(sign, look), _clean(text, look)) for sign, text in parts]
    start = display_width(first[1]) + 1
    for number, (sign, text) in enumerate(others):
        lead = (" " * start if number else f"{first[1]} ") + f"{sign} "
        indent = display_width(lead)
        content = result if result is not None and number == len(others) - 1 else text
        room = None if look.width is None else max(look.width - indent, least_width(content, formula=True))
        for line in folded(content, room, formula=True):
            yield _trimmed([(lead, "plain"), (line, paint)])
            lead = " " * indent


# how far equal expressions reach on one line where no width is asked for
_BROAD = 80


def _matrix(said: Maths, look: Look) -> Cells | None:
    """The last of equal expressions, if it is a matrix of several rows, or several matrices."""
    last: Any = getattr(said.forms[-1], "value", None)
    rank = getattr(last, "ndim", 0)
    if rank < _MATRIX or (rank == _MATRIX and len(last) == 1):
        return None
    content = _content(Value(last), look)
    return content if isinstance(content, Cells) else None


_MATRIX = 2


def _facts(block: Facts, look: Look) -> Iterator[Painted]:
    """Statements side by side while they fit."""
    line = ""
    for text in (_clean(text, look) for text in block.texts):
        beside = f"{line}{' ' * APART}{text}" if line else text
        if line and look.width is not None and display_width(beside) > look.width:
            yield from _text(line, "plain", look, formula=True)
            beside = text
        line = beside
    yield from _text(line, "plain", look, formula=True)


def _table(table: Table, look: Look) -> Iterator[Painted]:
    if table.title is not None:
        yield from _text(table.title, "bold", look)
    heads = [_clean(column.header, look) for column in table.columns]
    sheet = Sheet(heads, _contents(table, look), [column.role == "formula" for column in table.columns])
    fitted = fit(sheet, look.width)
    if fitted is None:
        halves = _halves(table, look)
        if halves is None:
            yield from _records(table, sheet, look)
        else:
            yield from _table(halves[0], look)
            yield []
            yield from _table(halves[1], look)
        return
    yield _side_by_side([(head, "plain") for head in heads], table.columns, fitted)
    yield [(("-" if look.ascii else "─") * fitted.width, "dim")]
    for row, lines in zip(table.rows, fitted.cells, strict=True):
        if row.gap:
            yield []
        paints = _paints(table.columns, row, lines)
        for parts in zip_longest(*lines, fillvalue=""):
            yield _side_by_side(list(zip(parts, paints, strict=True)), table.columns, fitted)


def _halves(table: Table, look: Look) -> tuple[Table, Table] | None:
    """A table of numbers as two below each other, both with the first column; None if it is no such table."""
    count = len(table.columns)
    if count <= _FEWEST or any(column.align != "number" for column in table.columns[1:]):
        return None
    for size in range(count // 2 + 1, 1, -1):
        first = _columns_of(table, [*range(size)])
        heads = [_clean(column.header, look) for column in first.columns]
        if fit(Sheet(heads, _contents(first, look), [False] * size), look.width) is not None:
            return first, _columns_of(table, [0, *range(size, count)])
    return None


_FEWEST = 2


def _columns_of(table: Table, numbers: Sequence[int]) -> Table:
    rows = [row._replace(cells=tuple(row.cells[number] for number in numbers)) for row in table.rows]
    return Table([table.columns[number] for number in numbers], rows)


def _contents(table: Table, look: Look) -> list[list[Content]]:
    """What stands in the cells, row by row; single numbers of a `number` column lined up with each other."""
    columns: list[list[Content]] = []
    for number, column in enumerate(table.columns):
        contents = [_content(row.cells[number], look) for row in table.rows]
        columns.append(_lined_up(contents) if column.align == "number" else contents)
    return [list(row) for row in zip(*columns, strict=True)]


def _content(cell: Cell, look: Look) -> Content:
    if isinstance(cell, Grid):
        return Cells(cell.entries.ndim, [[_clean(text, look) for text in row] for row in cell.texts()])
    if not isinstance(cell, Value):
        return _clean(cell, look)
    cells = show_array(cell.array, look.shown)
    if not look.ascii:
        return cells
    rows = [[to_ascii(text) for text in row] for row in cells.rows]
    return Cells(cells.rank, rows, [to_ascii(label) for label in cells.labels])


def _lined_up(contents: list[Content]) -> list[Content]:
    numbers = [content.rows[0][0] for content in contents if isinstance(content, Cells) and content.rank == 0]
    lined = iter(line_up(numbers))
    return [next(lined) if isinstance(content, Cells) and content.rank == 0 else content for content in contents]


def _paints(columns: Sequence[Column], row: Row, lines: Sequence[list[str]]) -> list[Paint]:
    """The loss and the verdicts bold, formulas dim, results plain; what is wrong is also said in words."""
    paints: list[Paint] = []
    for column, text in zip(columns, lines, strict=True):
        if column.role == "verdict":
            paints.append("wrong" if text[0].startswith("wrong") else "bold")
        elif row.style == "bold":
            paints.append("bold")
        else:
            paints.append("dim" if column.role == "formula" else "plain")
    return paints


def _side_by_side(parts: Sequence[Span], columns: Sequence[Column], fitted: Fitted) -> Painted:
    """One line of a table."""
    spans: Painted = []
    start = reached = 0
    for (text, paint), column, width in zip(parts, columns, fitted.widths, strict=True):
        if text:
            size = display_width(text)
            at = start if column.align == "left" else start + width - size
            spans += [(" " * (at - reached), "plain"), (text, paint)]
            reached = at + size
        start += width + fitted.gap
    return _trimmed(spans)


def _trimmed(spans: Painted) -> Painted:
    while spans:
        text, paint = spans.pop()
        if text := text.rstrip(" "):
            spans.append((text, paint))
            break
    return [span for span in spans if span[0]]


def _records(table: Table, sheet: Sheet, look: Look) -> Iterator[Painted]:
    """Each row as a list of its cells, below each other, where the width does not hold them side by side."""
    rows = [[content.strip(" ") if isinstance(content, str) else content for content in row] for row in sheet.contents]
    said = [part for row in rows for part in zip(row, sheet.formulas, strict=True)]
    start = _start(sheet.heads, said, look)
    for number, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
        if number:
            yield []
        paints = _paints(table.columns, row, [[cell] if isinstance(cell, str) else [""] for cell in cells])
        parts = zip(sheet.heads, cells, sheet.formulas, paints, strict=True)
        yield from _named([part for part in parts if part[1] != ""], start, look)


def _pairs(block: Pairs, look: Look) -> Iterator[Painted]:
    parts: list[Named] = [(_clean(name, look), _content(cell, look), False, "plain") for name, cell in block.rows]
    start = _start([part[0] for part in parts], [(part[1], False) for part in parts], look)
    yield from _named(parts, start, look)


def _equal(block: Equal, look: Look) -> Iterator[Painted]:
    """Equal forms below each other, their signs in one column: behind the name, or below it where that is long."""
    name = _pictured(block.name, look, None)
    indent = name.width + 1
    if look.width is not None and indent > look.width // _NAME:
        yield from (_trimmed([(line, "plain")]) for line in name.lines)
        name, indent = Box([""], 0), _BESIDE
    for sign, cell in block.forms:
        start = indent + len(sign) + 1
        shown = _pictured(cell, look, None if look.width is None else look.width - start)
        height, middle = max(len(name.lines), len(shown.lines)), shown.middle
        for number in range(height):
            front = name.lines[number - middle] if 0 <= number - middle < len(name.lines) else ""
            front += " " * (indent - display_width(front)) + (_clean(sign, look) if number == middle else "")
            line = shown.lines[number] if number < len(shown.lines) else ""
            yield _trimmed([(front + " " * (start - display_width(front)), "plain"), (line, "plain")])
        name = Box([""], 0)


# a name that takes more than this part of the width stands on a line of its own
_NAME = 3


def _pictured(cell: Cell | Shaped, look: Look, room: int | None) -> Box:
    """A form over as many lines as it takes, arrays laid out where that fits."""

    def clean(text: str) -> str:
        return _clean(text, look)

    match cell:
        case Shaped():
            found = with_shapes(cell, clean)
            return (
                found
                if room is None or found.width <= room
                else Box(folded(clean(cell.maths.text), room, formula=True), 0)
            )
        case Maths():
            arrays = with_arrays(cell, lambda value: folded(_content(value, look)), clean)
            if arrays is not None and (room is None or arrays.width <= room):
                return arrays
    lines = folded(_content(cell, look), room, formula=True)
    return Box(lines, (len(lines) - 1) // 2 if isinstance(cell, Value) else 0)


def _start(names: Sequence[str], said: Iterable[tuple[Content, bool]], look: Look) -> int | None:
    """Where begins what stands beside the names; None: it stands below them, as the width does not hold both."""
    start = widest(names) + _BESIDE
    if look.width is None:
        return start
    needed = max((least_width(content, formula) for content, formula in said), default=0)
    return start if start + needed <= look.width and 2 * start <= look.width else None


def _named(parts: Iterable[Named], start: int | None, look: Look) -> Iterator[Painted]:
    """Names, and what is said of each, beside it or below it."""
    indent = _BESIDE if start is None else start
    room = None if look.width is None else look.width - indent
    for name, content, formula, paint in parts:
        lines = folded(content, room, formula)
        if start is None:
            yield from _text(name, "plain", look)
        else:
            first, *lines = lines
            yield _trimmed([(name, "plain"), (" " * (start - display_width(name)), "plain"), (first, paint)])
        for line in lines:
            yield _trimmed([(" " * indent, "plain"), (line, paint)])
