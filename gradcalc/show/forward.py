"""Every value of a solution: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcalc import __version__
from gradcalc.engine.maths import named
from gradcalc.engine.op import Array
from gradcalc.problem.model import File, Init, Problem
from gradcalc.problem.sizes import SizedLayer
from gradcalc.show.blocks import Block, Column, Maths, Note, Row, Table, Value, Words
from gradcalc.show.head import head
from gradcalc.show.prose import prose
from gradcalc.solution import Solution
from gradcalc.study.conventions import conventions
from gradcalc.study.notes import notes
from gradcalc.study.rules import YHAT, Rules

COLUMNS = (
    Column("layer"),
    Column("quantity"),
    Column("formula", role="formula"),
    Column("shape"),
    Column("value", role="value"),
)


def blocks(solution: Solution) -> list[Block]:
    """The page that `gradcalc forward` prints."""
    rules = Rules(solution)
    rows = [*_given(solution), *_layers(solution, rules), *_lines(solution, rules), *_loss(solution, rules)]
    table = Table(COLUMNS, rows)
    if not solution.built.layers:  # no layer, no column of layers
        table = Table(COLUMNS[1:], [row._replace(cells=row.cells[1:]) for row in rows])
    return [*head(solution, rules), table, *said(solution)]


def said(solution: Solution) -> list[Block]:
    """The notes of a solution, with the names in them as mathematics."""
    return [Note(prose(note, solution.built.quantities)) for note in notes(solution)]


def record(solution: Solution) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    return {"schema": "gradcalc.forward/1", "version": __version__, **body(solution)}


def body(solution: Solution) -> dict[str, Any]:
    """What the records of `forward` and `backward` share."""
    built = solution.built
    quantities = built.quantities.values()
    values = solution.values
    return {
        "title": solution.problem.title,
        "conventions": conventions(solution, Rules(solution)),
        "inputs": [q.name for q in quantities if q.role == "input"],
        "parameters": [q.name for q in quantities if q.role in ("weights", "bias", "parameter")],
        "output": built.output or None,
        "names": {q.name: {"layer": q.layer, "role": q.role} for q in quantities},
        "values": values,
        "shapes": {name: list(value.shape) for name, value in values.items()},
        "loss": solution.loss,
        "sample_losses": solution.sample_losses,
        "output_losses": solution.output_losses,
        "warnings": notes(solution),
    }


def cells(solution: Solution) -> Iterator[tuple[str, str, float]]:
    """Every value, an entry a row: quantity, index, value."""
    for name, value in solution.values.items():
        yield from entries(name, value, solution.problem.index_base)


def entries(name: str, array: Array, base: int) -> Iterator[tuple[str, str, float]]:
    """An array, an entry a row, its index counted from `base`."""
    for index, value in np.ndenumerate(array):
        yield name, ",".join(str(i + base) for i in index), float(value)


def sides(shape: tuple[int, ...]) -> str:
    """A shape as the tables show it."""
    return "×".join(map(str, shape)) or "scalar"


def _given(solution: Solution) -> list[Row]:
    built, values = solution.built, solution.values
    given = [q for q in built.quantities.values() if q.role in ("input", "target", "parameter") and q.name in values]
    return [_row(solution, "", named(q.name), q.role, values[q.name]) for q in given]


def _layers(solution: Solution, rules: Rules) -> Iterator[Row]:
    values = solution.values
    for sized in solution.built.layers:
        label, own, layer = sized.layer.name or str(sized.number), sized.names, sized.layer
        for name, numbers in ((own.weights, layer.weights), (own.bias, layer.bias)):
            if isinstance(numbers, Init | File):
                yield _row(solution, label, named(name), origin(numbers), values[name])
                label = ""
        for name in (own.pre, own.post):
            if name in values:
                is_output = name == solution.built.output and solution.built.cost is not None
                shown = named(name, YHAT) if is_output else named(name)
                yield _row(solution, label, shown, Maths([rules.formula_tree(name)], rules.style), values[name])
                label = ""


def _lines(solution: Solution, rules: Rules) -> Iterator[Row]:
    """The lines of formulas but the last, which is the loss if it is one number."""
    for quantity in solution.built.quantities.values():
        if quantity.role == "line":
            formula = Maths([rules.formula_tree(quantity.name)], rules.style)
            yield _row(solution, "", named(quantity.name), formula, solution.values[quantity.name])


def _loss(solution: Solution, rules: Rules) -> Iterator[Row]:
    built = solution.built
    if built.names.loss not in built.quantities:
        return
    label = "loss"
    each = solution.output_losses
    if each is not None and each.shape[-1:] not in ((), (1,)) and "e" not in built.quantities:
        yield _row(solution, label, named("e"), "loss of each output", each)
        label = ""
    if solution.sample_losses is not None and solution.sample_losses.size > 1:
        yield _row(solution, label, named("ℓ"), "loss of each sample", solution.sample_losses)
        label = ""
    name = built.names.loss
    formula = Maths([rules.formula_tree(name)], rules.style)
    yield _row(solution, label, named(name), formula, solution.values[name])._replace(style="bold")


def _row(solution: Solution, label: str, name: Words, formula: Words, value: Array) -> Row:
    return Row((label, name, formula, sides(value.shape), Value(value, solution.built.single)))


def origins(problem: Problem, layers: tuple[SizedLayer, ...]) -> dict[str, str]:
    """Where the weights and biases come from that the file does not spell out."""
    found: dict[str, str] = {}
    for sized, layer in zip(layers, problem.layers, strict=True):
        for name, numbers in ((sized.names.weights, layer.weights), (sized.names.bias, layer.bias)):
            if isinstance(numbers, Init | File):
                found[name] = origin(numbers)
    return found


def origin(numbers: Init | File) -> str:
    """Where numbers come from that the file does not spell out."""
    if isinstance(numbers, Init):
        std = f", std {numbers.std:g}" if numbers.std is not None else ""
        return f"{numbers.scheme}{std}, seed {numbers.seed}"
    return f"{numbers.path}, {numbers.key}" if numbers.key else numbers.path
