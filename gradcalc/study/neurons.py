"""A network as a picture of its units: circles, with the weights on the edges between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.quantity import Size
from gradcalc.problem.sizes import SizedLayer
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.picture import BIAS, Edge, Node, Picture
from gradcalc.study.rules import YHAT, Rules

# a layer of more units is folded to the first of them and the last
MOST_UNITS = 6
FIRST_UNITS = 3
# and one with a letter for their number so
FIRST_OF_LETTER = 2
# a number for each sample is shown up to so many samples
MOST_SAMPLES = 3


class Column(NamedTuple):
    """The units of one layer that are shown, counted from 0, the last by its letter; None stands for those between."""

    quantity: str
    units: Size
    shown: Sequence[Size | None]


class Place(NamedTuple):
    """A parameter, and where in it something stands."""

    name: str
    at: tuple[Size, ...]


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
    columns = [_column(solution.built.names.input, layers[0].fan_in)]
    columns += [
        _column(sized.names.post, sized.units) for sized in layers if sized.names.post in solution.built.quantities
    ]
    nodes = [_node(known, columns[0], unit, None) for unit in columns[0].shown]
    edges: list[Edge] = []
    for sized, before, column in zip(layers, columns, columns[1:], strict=False):
        nodes += [_node(known, column, unit, sized) for unit in column.shown]
        edges += _edges(known, sized, before, column)
    result = solution.built.names.loss
    if result in solution.built.quantities:
        parts = [(result, known.values[result])] if result in known.values else []
        nodes.append(Node(result, result, "result", "loss", known.rules.formula(result), parts))
        edges += [Edge(_name(solution, columns[-1], unit), result) for unit in columns[-1].shown]
    in_letters, notes = not known.values, _notes(solution, columns)
    return Picture("neurons", nodes, edges, across=True, in_letters=in_letters, notes=notes)


def _column(quantity: str, units: Size) -> Column:
    if isinstance(units, str):
        return Column(quantity, units, [*range(FIRST_OF_LETTER), None, units])
    if units <= MOST_UNITS:
        return Column(quantity, units, range(units))
    return Column(quantity, units, [*range(FIRST_UNITS), None, units - 1])


def _name(solution: Solution, column: Column, unit: Size | None) -> str:
    return f"{column.quantity}[…]" if unit is None else _entry(solution, column.quantity, unit)


def _entry(solution: Solution, name: str, *at: Size) -> str:
    """An entry; the last along an axis that has a letter for its length is told by that."""
    base = solution.problem.index_base
    places = [i + base if isinstance(i, int) else i if base else f"{i}−1" for i in at]
    return f"{name}[{','.join(map(str, places))}]" if at else name


def _node(known: Known, column: Column, unit: Size | None, sized: SizedLayer | None) -> Node:
    name, role = _name(known.solution, column, unit), "input" if sized is None else "post"
    if unit is None:
        more = column.units - len(column.shown) + 1 if isinstance(column.units, int) else 0
        return Node(name, f"{more} more" if more else "…", "more", role, more=more)
    output = known.solution.built.cost is not None and column.quantity == known.solution.built.output
    label = (_entry(known.solution, YHAT, unit) if column.units != 1 else YHAT) if output else name
    bias = _bias(known, sized, unit) if sized is not None else None
    if isinstance(unit, str) or not known.values:
        letters = {BIAS: _entry(known.solution, bias.name, *bias.at)} if bias else {}
        return Node(name, label, "unit", role, _activation(sized, unit), letters=letters)
    quantities = [column.quantity] if sized is None else [sized.names.pre, sized.names.post]
    parts = [part for quantity in quantities for part in _numbers(known, quantity, unit)]
    parts += _parameter(known, bias) if bias else []
    arriving = known.solution.back.get(quantities[0])
    idle = arriving is not None and not arriving[..., unit].any()
    return Node(name, label, "unit", role, _activation(sized, unit), parts, idle=idle)


def _activation(sized: SizedLayer | None, unit: Size) -> str:
    chosen = sized.activations if sized is not None else ()
    return chosen[unit if isinstance(unit, int) and len(chosen) > 1 else 0].op.name if chosen else ""


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


def _bias(known: Known, sized: SizedLayer, unit: Size) -> Place | None:
    """Where the bias of a unit stands, if it has one."""
    own = sized.names
    if sized.layer.bias_column is not None:
        column = 0 if sized.layer.bias_column == "first" else _beyond(sized.columns, -1)
        return Place(own.weights, _placed(known.solution, unit, column))
    if own.bias in known.solution.built.quantities:
        return Place(own.bias, () if sized.layer.bias_shared else (unit,))
    return None


def _weight(known: Known, sized: SizedLayer, unit: Size, feed: Size) -> Place:
    """Where the weight from a unit of the layer before stands."""
    column = _beyond(feed, 1) if sized.layer.bias_column == "first" else feed
    return Place(sized.names.weights, _placed(known.solution, unit, column))


def _beyond(size: Size, by: int) -> Size:
    """A number or a letter and one more; the last of the columns that a bias was added to is the letter and one."""
    return size + by if isinstance(size, int) else f"{size}+{by}" if by > 0 else size


def _placed(solution: Solution, unit: Size, column: Size) -> tuple[Size, ...]:
    """Unit and column in the layout in which the weights were written."""
    return (unit, column) if solution.problem.weight_layout == "out_in" else (column, unit)


def _parameter(known: Known, place: Place) -> Iterator[tuple[str, Array]]:
    """A parameter and its gradient, by their numbers."""
    name, at = place.name, tuple(i for i in place.at if isinstance(i, int))
    yield entry(known.solution, name, at), known.values[name][at]
    if name in known.gradients:
        yield entry(known.solution, known.rules.gradient(name), at), known.gradients[name][at]


def _edges(known: Known, sized: SizedLayer, before: Column, column: Column) -> Iterator[Edge]:
    one_to_one = not sized.weighted and all(chosen.op.elementwise for chosen in sized.activations)
    for unit in column.shown:
        for feed in before.shown:
            source, target = _name(known.solution, before, feed), _name(known.solution, column, unit)
            if one_to_one and feed != unit:
                continue
            if unit is None or feed is None or not sized.weighted:
                yield Edge(source, target)
                continue
            weight = _weight(known, sized, unit, feed)
            if not known.values:
                yield Edge(source, target, said=_entry(known.solution, weight.name, *weight.at))
                continue
            parts = list(_parameter(known, weight))
            idle = len(parts) > 1 and not np.any(parts[1][1])
            yield Edge(source, target, parts=parts, idle=idle)


def _notes(solution: Solution, columns: Sequence[Column]) -> list[str]:
    folded = [f"{c.quantity} has {c.units} units" for c in columns if None in c.shown]
    samples, first = solution.built.samples, FIRST_UNITS if solution.values else FIRST_OF_LETTER
    notes = [f"{', '.join(folded)}: the first {first} and the last are drawn"] if folded else []
    if isinstance(samples, int) and not solution.built.single and samples > MOST_SAMPLES:
        notes.append(f"values of {samples} samples are not drawn; gradients of weights are those of the whole batch")
    return notes
