"""A network as a picture of its units: circles, with the weights on the edges between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.sizes import SizedLayer
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.picture import Edge, Node, Picture
from gradcalc.study.rules import YHAT, Rules

# a layer of more units is folded to the first of them and the last
MOST_UNITS = 6
FIRST_UNITS = 3
# a number for each sample is shown up to so many samples
MOST_SAMPLES = 3


class Column(NamedTuple):
    """The units of one layer that are shown, counted from 0; None stands for those between."""

    quantity: str
    units: int
    shown: Sequence[int | None]


class Known(NamedTuple):
    """A solution with what its properties would compute anew at each question."""

    solution: Solution
    rules: Rules
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]


def neurons(solution: Solution) -> Picture:
    """A node for each unit; a layer with many is folded. UsageError where there are no layers."""
    if not solution.built.layers:
        raise UsageError("the view of neurons needs layers", hint="--view equations draws any computation")
    layers = solution.built.layers
    known = Known(solution, Rules(solution), solution.values, solution.gradients)
    columns = [_column(solution.built.names.input, int(layers[0].fan_in))]
    columns += [_column(sized.names.post, int(sized.units)) for sized in layers if sized.names.post in known.values]
    nodes = [_node(known, columns[0], unit, None) for unit in columns[0].shown]
    edges: list[Edge] = []
    for sized, before, column in zip(layers, columns, columns[1:], strict=False):
        nodes += [_node(known, column, unit, sized) for unit in column.shown]
        edges += _edges(known, sized, before, column)
    result = solution.built.names.loss
    if result in known.values:
        nodes.append(
            Node(result, result, "result", "loss", known.rules.formula(result), [(result, known.values[result])])
        )
        edges += [Edge(_name(solution, columns[-1], unit), result) for unit in columns[-1].shown]
    return Picture("neurons", nodes, edges, across=True, notes=_notes(solution, columns))


def _column(quantity: str, units: int) -> Column:
    if units <= MOST_UNITS:
        return Column(quantity, units, range(units))
    return Column(quantity, units, [*range(FIRST_UNITS), None, units - 1])


def _name(solution: Solution, column: Column, unit: int | None) -> str:
    return f"{column.quantity}[…]" if unit is None else entry(solution, column.quantity, (unit,))


def _node(known: Known, column: Column, unit: int | None, sized: SizedLayer | None) -> Node:
    name, role = _name(known.solution, column, unit), "input" if sized is None else "post"
    if unit is None:
        more = column.units - len(column.shown) + 1
        return Node(name, f"{more} more", "more", role, more=more)
    output = known.solution.built.cost is not None and column.quantity == known.solution.built.output
    label = (entry(known.solution, YHAT, (unit,)) if column.units > 1 else YHAT) if output else name
    quantities = [column.quantity] if sized is None else [sized.names.pre, sized.names.post]
    parts = [part for quantity in quantities for part in _numbers(known, quantity, unit)]
    parts += _bias(known, sized, unit) if sized is not None else []
    arriving = known.solution.back.get(quantities[0])
    idle = arriving is not None and not arriving[..., unit].any()
    return Node(name, label, "unit", role, _activation(sized, unit), parts, idle=idle)


def _activation(sized: SizedLayer | None, unit: int) -> str:
    chosen = sized.activations if sized is not None else ()
    return chosen[unit if len(chosen) > 1 else 0].op.name if chosen else ""


def _numbers(known: Known, quantity: str, unit: int) -> Iterator[tuple[str, Array]]:
    """The value of a unit's quantity, and its gradient."""
    if quantity not in known.values or (
        not known.solution.built.single and int(known.solution.built.samples) > MOST_SAMPLES
    ):
        return
    number = unit + known.solution.problem.index_base
    where = f"[{number}]" if known.solution.built.single else f"[·,{number}]"
    yield f"{quantity}{where}", known.values[quantity][..., unit]
    if quantity in known.gradients:
        yield f"{known.rules.gradient(quantity)}{where}", known.gradients[quantity][..., unit]


def _bias(known: Known, sized: SizedLayer, unit: int) -> Iterator[tuple[str, Array]]:
    own = sized.names
    if sized.layer.bias_column is not None:
        column = 0 if sized.layer.bias_column == "first" else int(sized.columns) - 1
        yield from _parameter(known, own.weights, _place(known.solution, unit, column))
    elif own.bias in known.values:
        yield from _parameter(known, own.bias, () if sized.layer.bias_shared else (unit,))


def _parameter(known: Known, name: str, at: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    yield entry(known.solution, name, at), known.values[name][at]
    if name in known.gradients:
        yield entry(known.solution, known.rules.gradient(name), at), known.gradients[name][at]


def _place(solution: Solution, unit: int, column: int) -> tuple[int, int]:
    """Where a weight stands in the layout in which the weights were written."""
    return (unit, column) if solution.problem.weight_layout == "out_in" else (column, unit)


def _edges(known: Known, sized: SizedLayer, before: Column, column: Column) -> Iterator[Edge]:
    first = 1 if sized.layer.bias_column == "first" else 0
    one_to_one = sized.weights is None and all(chosen.op.elementwise for chosen in sized.activations)
    for unit in column.shown:
        for feed in before.shown:
            source, target = _name(known.solution, before, feed), _name(known.solution, column, unit)
            if one_to_one and feed != unit:
                continue
            if unit is None or feed is None or sized.weights is None:
                yield Edge(source, target)
                continue
            parts = list(_parameter(known, sized.names.weights, _place(known.solution, unit, feed + first)))
            idle = len(parts) > 1 and not np.any(parts[1][1])
            yield Edge(source, target, parts=parts, idle=idle)


def _notes(solution: Solution, columns: Sequence[Column]) -> list[str]:
    folded = [f"{c.quantity} has {c.units} units" for c in columns if None in c.shown]
    notes = [f"{', '.join(folded)}: the first {FIRST_UNITS} and the last are drawn"] if folded else []
    samples = int(solution.built.samples)
    if not solution.built.single and samples > MOST_SAMPLES:
        notes.append(f"values of {samples} samples are not drawn; gradients of weights are those of the whole batch")
    return notes
