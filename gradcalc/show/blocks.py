"""The few kinds of block that every result is made of; each human format is a writer of blocks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from gradcalc.engine import notation
from gradcalc.engine.maths import Maths, Phrase, Words, plain
from gradcalc.show.numbers import DEFAULT, Shown

__all__ = [
    "PLAIN",
    "Align",
    "Blank",
    "Blanks",
    "Block",
    "Cell",
    "Column",
    "Drawing",
    "Facts",
    "Grid",
    "Heading",
    "Line",
    "Look",
    "Maths",
    "Note",
    "Pairs",
    "Phrase",
    "Role",
    "Row",
    "Shaped",
    "Style",
    "Table",
    "Value",
    "Words",
    "plain",
]

Align = Literal["left", "right", "number"]
Role = Literal["text", "formula", "value", "verdict"]
Style = Literal["plain", "dim", "bold", "title"]


class Value(NamedTuple):
    """A number or an array of any rank. How it is laid out is the writer's business, who knows the width.

    `upright`: a vector stands as a column where a notation can show it, as for a single sample; else as a row.
    """

    array: Any
    upright: bool = True


class Shaped(NamedTuple):
    """An expression with the shapes of its parts, which follow each other in it."""

    maths: Maths
    shapes: Sequence[tuple[ast.expr, str]]


class Grid(NamedTuple):
    """A vector or a matrix of expressions, as an array of trees."""

    entries: Any
    style: notation.Style = notation.Style()

    def rows(self) -> Sequence[Sequence[ast.expr]]:
        """The entries row by row; a vector is one row."""
        return self.entries if self.entries.ndim == 2 else [self.entries]

    def texts(self) -> list[list[str]]:
        """The same as text."""
        return [[notation.text(entry, self.style) for entry in row] for row in self.rows()]


Cell = Words | Value | Grid


class Column(NamedTuple):
    """The head of a column, and how its cells stand: `number` lines single numbers up on the decimal point."""

    header: Words
    align: Align = "left"
    role: Role = "text"


class Row(NamedTuple):
    """A cell for each column. `gap`: a blank line sets the row apart from the one above."""

    cells: tuple[Cell, ...]
    style: Literal["plain", "bold"] = "plain"
    gap: bool = False


class Table(NamedTuple):
    """Rows under one head."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str | None = None


class Pairs(NamedTuple):
    """Two columns without a head: what, and what about it."""

    rows: Sequence[tuple[Words, Cell]]


class Equal(NamedTuple):
    """An expression and its equal forms below each other, each behind its sign."""

    name: Words | Shaped
    forms: Sequence[tuple[str, Cell | Shaped]]


class Facts(NamedTuple):
    """Short statements that stand beside each other: the conventions of a result."""

    texts: Sequence[Words]


class Line(NamedTuple):
    """One line of text, or of mathematics."""

    text: Words
    style: Style = "plain"


class Note(NamedTuple):
    """A sentence or more, folded between words where the width is known."""

    text: Words


class Heading(NamedTuple):
    """The name of the block that follows."""

    text: Words


class Drawing(NamedTuple):
    """A picture made of signs: `draw(width, ascii)` gives its lines for that width (None: any), kept as they are."""

    draw: Callable[[int | None, bool], Sequence[str]]


class Blanks(NamedTuple):
    """Places for answers: what each is called where answers are read, and what it is called on the page."""

    places: Sequence[tuple[str, Words]]

    @property
    def table(self) -> Table:
        """The same as a table whose last column is to be filled in."""
        return Table([Column("quantity"), Column("answer")], [Row((name, "")) for name, _ in self.places])


class Blank(NamedTuple):
    """An empty line between two texts that would otherwise stand together."""


Block = Table | Blanks | Pairs | Equal | Facts | Line | Note | Heading | Drawing | Blank


class Look(NamedTuple):
    """How a reader wants blocks: the digits of numbers, how far a line may reach (None: any length), in which signs."""

    shown: Shown = DEFAULT
    width: int | None = None
    ascii: bool = False


PLAIN = Look()
