"""How one quantity of a network changes with another: as blocks, as a record for machines, as rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from gradcalc import __version__
from gradcalc.engine.notation import Style, text
from gradcalc.problem.reference import Reference
from gradcalc.show.blocks import Block, Column, Line, Maths, Note, Row, Table, Value
from gradcalc.show.forward import sides
from gradcalc.show.head import head
from gradcalc.show.numbers import Shown, show_number
from gradcalc.study.conventions import conventions
from gradcalc.study.functions import is_close
from gradcalc.study.rules import Rules
from gradcalc.study.sensitivity import Sensitivity, differences


def blocks(found: Sensitivity) -> list[Block]:
    """The page that `gradcalc jacobian` prints of a network."""
    solution = found.solution
    rules = Rules(solution)
    page = head(solution, rules)
    if found.formula is not None:
        page.append(Line(Maths((ast.Name(_whole(found)), found.formula), Style(base=solution.problem.index_base))))
    rows = [
        Row((_named(called(named, found)), sides(np.shape(value)), Value(value)))
        for named, value in ((named, value_of(named, found)) for named in (found.wrt, found.of))
    ]
    rows.append(Row((_named(label(found)), sides(found.array.shape), Value(found.array, upright=False))))
    page.append(Table([Column("quantity"), Column("shape"), Column("value", role="value")], rows))
    return [*page, *(Note(note) for note in _notes(found))]


def _named(name: str) -> Maths:
    """A name that a notation may set in its own way."""
    return Maths((ast.Name(name),))


def label(found: Sensitivity) -> str:
    """`∂a2/∂x`, `∂a2[1]/∂W1`."""
    return f"∂{called(found.of, found)}/∂{called(found.wrt, found)}"


def called(named: Reference, found: Sensitivity) -> str:
    """A quantity with the entry that was asked for."""
    base = found.solution.problem.index_base
    return named.name + (f"[{','.join(str(i + base) for i in named.index)}]" if named.index else "")


def value_of(named: Reference, found: Sensitivity) -> Any:
    """The value of a quantity, or of the entry that was asked for."""
    value = found.solution.values[named.name]
    return value[named.index] if named.index else value


def _whole(found: Sensitivity) -> str:
    return f"∂{found.of.name}/∂{found.wrt.name}"


def _notes(found: Sensitivity) -> list[str]:
    notes = []
    if found.batch:
        notes.append("Samples come first: one Jacobian for each, since they do not depend on each other.")
    shape = found.solution.values[found.wrt.name].shape
    if len(shape) > 1 and not found.wrt.index and found.solution.built.quantities[found.wrt.name].role == "weights":
        entry, name = called(found.of, found), found.wrt.name
        notes.append(
            f"For each entry of {entry} an array in the shape of {name}: written row by row, {prod(shape)} columns."
        )
    apart = differences(found)
    if apart is not None and is_close(apart, found.array):
        notes.append("Reverse mode agrees with central differences.")
    elif apart is not None:
        size = show_number(apart, Shown(2))
        notes.append(f"Reverse mode is {size} from central differences: is there a corner or a jump here?")
    return notes


def record(found: Sensitivity) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    solution = found.solution
    style = Style(base=solution.problem.index_base)
    return {
        "schema": "gradcalc.jacobian/1",
        "version": __version__,
        "title": solution.problem.title,
        "conventions": conventions(solution, Rules(solution)),
        "functions": {
            called(found.of, found): {
                "args": [called(found.wrt, found)],
                "symbolic": None,
                "formula": None if found.formula is None else text(found.formula, style),
                "at": {found.wrt.name: solution.values[found.wrt.name]},
                "value": np.atleast_1d(value_of(found.of, found)),
                "jacobian": found.matrix,
                "differences": {"symbolic": None, "central": differences(found)},
            }
        },
        "composition": None,
        "boundary": None,
    }


def cells(found: Sensitivity) -> Iterator[tuple[str, str, str, float]]:
    """Every entry of the Jacobian: quantity, index, nothing in letters, value."""
    base = found.solution.problem.index_base
    name = f"d{called(found.of, found)}/d{called(found.wrt, found)}"
    for index, value in np.ndenumerate(found.matrix):
        yield name, ",".join(str(i + base) for i in index), "", float(value)
