"""A problem becomes a graph of named equations and the numbers of its leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.engine.ops.arithmetic import ADD_BIAS, ADD_SHARED_BIAS, BIAS_FIRST, BIAS_LAST, LINEAR, LINEAR_IN_OUT
from gradcalc.errors import LimitError, ProblemError
from gradcalc.problem.cost import Cost, cost_of, loss_equations
from gradcalc.problem.model import Activation, Problem
from gradcalc.problem.quantity import Names, Quantity, Size, names_of
from gradcalc.problem.sizes import SizedLayer, has_numbers, size_layers

MAX_VALUES = 10_000_000

_LINEAR = {"out_in": LINEAR, "in_out": LINEAR_IN_OUT}
_BIAS_COLUMN = {"first": BIAS_FIRST, "last": BIAS_LAST}


@dataclass(frozen=True, eq=False)
class Built:
    """A graph with its leaves, and what people know its quantities as.

    Inside, arrays of a network are (N, units); `quantities` holds the shapes in which they are shown.
    """

    graph: Graph
    leaves: Mapping[str, Array]
    quantities: Mapping[str, Quantity]
    names: Names
    output: str
    result: str | None
    single: bool
    cost: Cost | None
    layers: tuple[SizedLayer, ...]
    samples: Size


def build(problem: Problem) -> Built:
    """The graph of a network whose numbers are all there.

    Raises ProblemError with every fault of shape or meaning, LimitError for a network that is too large.
    """
    if not problem.layers:
        return _of_parameters(problem)
    names = names_of(problem)
    layers = size_layers(problem, names)
    if not has_numbers(problem):
        raise ProblemError(
            "this network has no numbers, only sizes",
            problem.place("layers"),
            "`gradcalc shapes` works with letters; forward and backward need `input` and `weights`",
        )
    if problem.input is None:
        raise ProblemError("the problem has no input", problem.place("layers"), "add `input: [1, 2]` or -x '1 2'")
    x = np.atleast_1d(problem.input)
    single = x.ndim == 1
    x = np.atleast_2d(x)
    _refuse_too_much(x, layers)
    leaves = {names.input: x, **_parameters(layers)}
    equations, output = _layer_equations(layers, problem, names.input)
    cost = cost_of(problem, names, x.shape[0], layers, output)
    if cost is not None:
        leaves.update(cost.leaves)
        equations += loss_equations(cost, layers, problem, names, output)
    graph = Graph(tuple(equations), frozenset(cost.leaves if cost else ()))
    return Built(
        graph=_joined(graph, cost),
        leaves=leaves,
        quantities={q.name: q for q in quantities(problem, names, layers, None if single else x.shape[0])},
        names=names,
        output=output,
        result=names.loss if cost else None,
        single=single,
        cost=cost,
        layers=layers,
        samples=x.shape[0],
    )


def _of_parameters(problem: Problem) -> Built:
    """Parameters without layers: an objective that is computed from them, or nothing but their gradients."""
    parameters = {name: np.asarray(value, dtype=np.float64) for name, value in problem.parameters.items()}
    known = {name: Quantity(name, "parameter", None, value.shape) for name, value in parameters.items()}
    from gradcalc.problem.objective import Objective, objective_graph  # noqa: PLC0415 - networks have no formulas

    objective = Objective(Graph(()), parameters, "")
    if problem.objective is not None:
        objective = objective_graph(problem.objective, parameters, problem.place("objective"), problem.index_base)
        known[objective.result] = Quantity(objective.result, "loss", None, ())
    return Built(
        graph=objective.graph,
        leaves=objective.leaves,
        quantities=known,
        names=Names("", "", objective.result, ()),
        output=objective.result,
        result=objective.result or None,
        single=False,
        cost=None,
        layers=(),
        samples=1,
    )


def quantities(
    problem: Problem, names: Names, layers: tuple[SizedLayer, ...], samples: Size | None
) -> tuple[Quantity, ...]:
    """Every quantity in the order of the computation; `samples` None is one sample, shown without that axis."""
    batch = () if samples is None else (samples,)
    found = [Quantity(names.input, "input", None, (*batch, layers[0].fan_in))]
    if problem.target is not None or problem.loss is not None:
        found.append(Quantity(names.target, "target", None, (*batch, layers[-1].units)))
    for sized in layers:
        own, layer = sized.names, sized.layer
        if sized.weighted:
            matrix = (sized.units, sized.columns)
            matrix = matrix if problem.weight_layout == "out_in" else matrix[::-1]
            found.append(Quantity(own.weights, "weights", sized.number, matrix))
            if layer.bias is not None:
                shape = () if layer.bias_shared else (sized.units,)
                found.append(Quantity(own.bias, "bias", sized.number, shape))
            found.append(Quantity(own.pre, "pre", sized.number, (*batch, sized.units)))
        found.append(Quantity(own.post, "post", sized.number, (*batch, sized.units)))
    if problem.loss is not None and (problem.target is not None or not has_numbers(problem)):
        found.append(Quantity(names.loss, "loss", None, ()))
    return tuple(found)


def _parameters(layers: tuple[SizedLayer, ...]) -> dict[str, Array]:
    leaves = {}
    for sized in layers:
        if sized.weights is not None:
            leaves[sized.names.weights] = sized.weights
        if sized.bias is not None:
            leaves[sized.names.bias] = sized.bias
    return leaves


def _layer_equations(layers: tuple[SizedLayer, ...], problem: Problem, feed: str) -> tuple[list[Equation], str]:
    equations: list[Equation] = []
    for sized in layers:
        if sized.weights is not None:
            equations += _affine(sized, problem, feed)
            feed = sized.names.pre
        chosen = _activation(sized)
        equations.append(Equation(sized.names.post, chosen.op, (feed,), chosen.attrs, sized.names.post))
        feed = sized.names.post
    return equations, feed


def _affine(sized: SizedLayer, problem: Problem, feed: str) -> list[Equation]:
    """z = W x + b as the primitives that this layer needs, all of them on the line z."""
    steps: list[Equation] = []
    z, own = sized.names.pre, sized.names
    if sized.layer.bias_column is not None:
        steps.append(Equation(f"{z}·1", _BIAS_COLUMN[sized.layer.bias_column], (feed,), {}, z))
        feed = f"{z}·1"
    linear = _LINEAR[problem.weight_layout]
    if sized.bias is None:
        return [*steps, Equation(z, linear, (feed, own.weights), {}, z)]
    steps.append(Equation(f"{z}·W", linear, (feed, own.weights), {}, z))
    add = ADD_SHARED_BIAS if sized.layer.bias_shared else ADD_BIAS
    return [*steps, Equation(z, add, (f"{z}·W", own.bias), {}, z)]


def _activation(sized: SizedLayer) -> Activation:
    chosen = sized.activations
    if isinstance(sized.layer.activation, tuple):
        from gradcalc.engine.ops.per_unit import per_unit  # noqa: PLC0415 - few layers have units of different kinds

        return Activation(per_unit([(one.op, one.attrs) for one in chosen]), {})
    if chosen:
        return chosen[0]
    from gradcalc.engine.ops import ACTIVATIONS  # noqa: PLC0415 - the table is large, and every layer may name its own

    return Activation(ACTIVATIONS["identity"], {})


def _joined(graph: Graph, cost: Cost | None) -> Graph:
    """The graph with a loss that is fed whole by its activation computed from z in the stable joint form."""
    if cost is None:
        return graph
    by_name = {equation.name: equation for equation in graph.equations}

    def join(equation: Equation) -> Equation:
        if equation.op is not cost.row.op:
            return equation
        source = by_name.get(equation.inputs[0])
        joint = cost.row.joint_for(source.op.name, equation.attrs) if source is not None else None
        if joint is None or source is None:
            return equation
        inputs = (source.inputs[0], *equation.inputs[1:])
        chosen = {key: value for key, value in equation.attrs.items() if key in joint.options}
        attrs = {**{key: option.default for key, option in joint.options.items()}, **chosen}
        return Equation(equation.name, joint, inputs, attrs, equation.line, shown_as=equation)

    return Graph(tuple(join(equation) for equation in graph.equations), graph.constants)


def _refuse_too_much(x: Array, layers: tuple[SizedLayer, ...]) -> None:
    values = x.shape[0] * sum(sized.units for sized in layers if isinstance(sized.units, int))
    if values > MAX_VALUES:
        raise LimitError(f"{x.shape[0]} samples make {values} values; the limit is {MAX_VALUES}")
