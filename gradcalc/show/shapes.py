"""The dimensions of a problem: as blocks, as a record for machines, as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.engine.maths import Phrase, Words, named
from gradcalc.problem.model import Problem
from gradcalc.show.blocks import Block, Column, Heading, Line, Row, Table
from gradcalc.show.prose import prose
from gradcalc.study.shapes import DerivativeShape, Shape, derivative_shapes, dimensions, shapes


def blocks(problem: Problem, *, derivatives: bool = False) -> list[Block]:
    """The page that `gradcalc shapes` prints."""
    found = shapes(problem)
    page: list[Block] = [Line(problem.title, "title")] if problem.title else []
    page.append(Table(_columns("quantity", found, "role", found), [_row(shape, shape.role, found) for shape in found]))
    if derivatives:
        rows = derivative_shapes(problem)
        page.append(Heading("Derivatives"))
        page.append(Table(_columns("derivative", rows, "why", found), [_row(row, row.why, found) for row in rows]))
    return page


def record(problem: Problem, *, derivatives: bool = False) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it; a size that is only a letter is null in `shape`."""
    found: dict[str, Any] = {
        "schema": "gradcalc.shapes/1",
        "version": __version__,
        "title": problem.title,
        "quantities": [
            {"name": s.name, "role": s.role, "layer": s.layer, "shape": list(s.numbers), "letters": list(s.letters)}
            for s in shapes(problem)
        ],
    }
    if derivatives:
        found["derivatives"] = [
            {"name": d.name.replace("∂", "d"), "shape": list(d.numbers), "letters": list(d.letters), "why": d.why}
            for d in derivative_shapes(problem)
        ]
    return found


def cells(problem: Problem, *, derivatives: bool = False) -> Iterator[tuple[str, str, str]]:
    """Every dimension, a row each: quantity, letters, shape."""
    rows: list[Shape | DerivativeShape] = [*shapes(problem), *(derivative_shapes(problem) if derivatives else [])]
    for row in rows:
        yield (
            row.name.replace("∂", "d"),
            "×".join(row.letters),
            "" if None in row.numbers else "×".join(map(str, row.numbers)),
        )


def _columns(first: str, rows: Sequence[Shape | DerivativeShape], last: str, found: Sequence[Shape]) -> list[Column]:
    letters = [Column("letters")] if _lettered(found) else []
    numbers = [Column("numbers" if letters else "shape")] if _numbered(rows) else []
    return [Column(first), *letters, *numbers, Column(last)]


def _lettered(found: Sequence[Shape]) -> bool:
    """Whether sizes have letters; those of formulas have none."""
    return found[0].column is not None


def _numbered(rows: Sequence[Shape | DerivativeShape]) -> bool:
    return all(number is not None for row in rows for number in row.numbers)


def _row(row: Shape | DerivativeShape, last: str, found: Sequence[Shape]) -> Row:
    column = found[0].column
    letters = [sizes(dimensions(row.letters, column=column))] if _lettered(found) else []
    numbers = [dimensions(row.numbers, column=column)] if _numbered(found) else []
    return Row((named(row.name), *letters, *numbers, prose(last, [shape.name for shape in found])))


def sizes(told: str) -> Words:
    """Sizes whose letters are mathematics: `N·H1×K`; a word stays one."""
    if "×" not in told:
        return told
    parts = [part for part in re.split(r"([×·()])", told) if part]
    return Phrase([named(part) if part[0].isalpha() else part for part in parts])
