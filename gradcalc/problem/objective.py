"""An objective: one formula over parameters, as a graph with one number for a result."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import chain, count
from typing import NamedTuple

import numpy as np

from gradcalc.engine.expression.equations import Line, equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.engine.expression.writer import Operand, sides
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import Equation, Graph, backward, forward
from gradcalc.engine.op import Array
from gradcalc.engine.ops.arrays import ONLY
from gradcalc.errors import NumericError, Place, ProblemError


class Objective(NamedTuple):
    """The graph of a formula, the numbers of its leaves (parameters and those in the formula), and its result."""

    graph: Graph
    leaves: Mapping[str, Array]
    result: str


def objective_graph(text: str, parameters: Mapping[str, Array], place: Place | None = None, base: int = 1) -> Objective:
    """The graph of the formula `text` over `parameters`, which stands at `place`; indices and axes count from `base`.

    The result is a number, `L` unless a parameter has that name. Raises ExpressionError for what is not a formula of
    these parameters, ProblemError where it is not one number.

    >>> graph, leaves, result = objective_graph("(1 - x)**2", {"x": np.array(3.0)})
    >>> values = forward(graph, leaves)
    >>> float(values["L"]), float(backward(graph, values, {"L": np.ones(())})["x"])
    (4.0, 4.0)
    """
    formula = parse(text, place, FUNCTIONS)
    result = next(
        name for name in chain(["L", "objective"], map("objective{}".format, count(2))) if name not in parameters
    )
    line = equations(formula, result, _operands(parameters, place), base=base)
    _refuse(line, formula)
    graph = Graph((*line.equations[:-1], *_number(line)), line.constants)
    return Objective(graph, {**parameters, **line.leaves}, result)


def _operands(parameters: Mapping[str, Array], place: Place | None) -> dict[str, Operand]:
    """The parameters by the names that a formula has for them."""
    known: dict[str, Operand] = {}
    for name, value in parameters.items():
        if "·" in name:
            raise ProblemError(f"the name '{name}' holds a '·'", place)
        plain = unicodedata.normalize("NFKC", name)
        if plain in known:
            raise ProblemError(
                f"in a formula '{known[plain].name}' and '{name}' are the same name", place, "rename one"
            )
        known[plain] = Operand(name, value.shape, value=value)
    return known


def _refuse(line: Line, formula: Formula) -> None:
    """Refuse what can't be an objective: an array, or a number that nothing changes."""
    if line.result.constant:
        raise formula.error("the objective depends on no parameter", formula.tree)
    shape = line.result.shape
    if any(side != 1 for side in shape):
        hint = "add its entries up, as in sum((x - y)**2)"
        raise formula.error(f"the objective must be one number, and this is {sides(shape)}", formula.tree, hint)


def _number(line: Line) -> tuple[Equation, ...]:
    """The last equation; where it gives an array of one entry, the number in it comes last."""
    last = line.equations[-1]
    if line.result.shape == ():
        return (last,)
    inner = Equation(f"{last.name}·array", last.op, last.inputs, last.attrs, last.line, last.shown_as)
    return inner, Equation(last.name, ONLY, (inner.name,), {}, last.line)


def not_finite(text: str, graph: Graph, leaves: Mapping[str, Array], place: Place | None = None) -> NumericError | None:
    """The error of an objective by the part of the formula that has no value, or no slope; None if all are finite."""
    values = forward(graph, leaves)
    for step in graph.equations:
        if not np.isfinite(values[step.name]).all():
            what = "is not defined" if np.isnan(values[step.name]).any() else "is infinite"
            return _error(what, step, graph, values, Written(text, place))
    grads = backward(graph, values, {graph.equations[-1].name: np.ones(())})
    for step in reversed(graph.equations):
        with np.errstate(all="ignore"):
            shares = step.shares(grads.get(step.name, np.zeros(())), values)
        if any(not np.isfinite(g).all() for k, g in shares.items() if step.inputs[k] not in graph.constants):
            return _error("has no finite slope", step, graph, values, Written(text, place))
    return None


def _error(what: str, step: Equation, graph: Graph, values: Mapping[str, Array], written: Written) -> NumericError:
    part = _part(step.name, graph, written)
    inputs = {_part(name, graph, written): values[name] for name in step.inputs if name not in graph.constants}
    where = " and ".join(f"{name} = {float(value):.6g}" for name, value in inputs.items() if np.ndim(value) == 0)
    hint = None
    if what == "is not defined" and step.op.name in ("power", "power_of") and np.any(values[step.inputs[0]] < 0):
        hint = "an odd root of a negative number is written with the minus outside: -(8^(1/3))"
    start = max(written.text.find(part), 0)
    message = f"{part} {what}{' where ' if where else ''}{where}"
    return NumericError(message, written.place(start, start + len(part)), hint)


def _part(name: str, graph: Graph, written: Written) -> str:
    """What a step is called in a message: the part of the formula that it stands for; a parameter has its name."""
    return written.text.strip() if name == graph.equations[-1].name else name.partition("·")[2] or name
