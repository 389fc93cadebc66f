"""A problem becomes a graph of named equations and the numbers of its leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np

from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.engine.ops.arithmetic import ADD_BIAS, ADD_SHARED_BIAS, BIAS_FIRST, BIAS_LAST, LINEAR, LINEAR_IN_OUT
from gradcalc.errors import LimitError, Place, ProblemError
from gradcalc.problem.cost import Cost, cost_of, loss_equations
from gradcalc.problem.model import Activation, Problem
from gradcalc.problem.quantity import Names, Quantity, Size, names_of
from gradcalc.problem.sizes import SizedLayer, has_numbers, size_layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.engine.expression.called import CalledLoss
    from gradcalc.engine.expression.written import Written
    from gradcalc.problem.equations import Body

MAX_VALUES = 10_000_000

_LINEAR = {"out_in": LINEAR, "in_out": LINEAR_IN_OUT}
_BIAS_COLUMN = {"first": BIAS_FIRST, "last": BIAS_LAST}


@dataclass(frozen=True, eq=False)
class Built:
    """A graph with its leaves, and what people know its quantities as.

    `quantities` has every one that is shown, in the order of the computation, and the shape in which it is shown:
    inside, arrays of a network are (N, units), those of formulas have the shape shown. `result` is what is
    differentiated, None where that is not one number; `output` is ŷ: what the last layer gives, or of formulas what the
    loss judges, else the last line. `formulas` has what people wrote, by line: of equations, or of an objective, which
    is an equation with a name of our own; empty for layers, and for parameters alone. `also` has other names of
    quantities, without spaces.
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
    formulas: Mapping[str, Written] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)


def build(problem: Problem) -> Built:
    """The graph of a network whose numbers are all there, of equations, or of parameters alone.

    Raises ProblemError with every fault of shape or meaning, LimitError for a network that is too large.
    """
    if problem.functions:
        hint = "`gradcalc jacobian` shows functions and their derivatives"
        raise ProblemError("this problem is functions, which have no values of their own", _body(problem), hint)
    if not problem.layers:
        return _of_formulas(problem) if problem.equations or problem.objective is not None else _of_parameters(problem)
    names = names_of(problem)
    layers = size_layers(problem, names)
    if not has_numbers(problem):
        raise ProblemError(
            "this network has no numbers, only sizes",
            problem.place("layers"),
            "add `input` and `weights`; letters are for `shapes`, `graph`, `explain --symbolic`, `solve --symbolic`",
        )
    if problem.input is None:
        raise ProblemError("the problem has no input", problem.place("layers"), "add `input: [1, 2]` or -x '1 2'")
    x = np.atleast_1d(problem.input)
    single = x.ndim == 1
    x = np.atleast_2d(x)
    _refuse_too_much(x, layers)
    leaves = {names.input: x, **_parameters(layers)}
    equations, output = layer_equations(layers, problem, names.input)
    cost = cost_of(problem, names, x.shape[0], layers, output)
    if cost is not None:
        leaves.update(cost.leaves)
        equations += loss_equations(cost, layers, problem, names, output, x.shape[0])
    graph = Graph(tuple(equations), frozenset(cost.leaves if cost else ()))
    return Built(
        graph=joined(graph, cost),
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


def _body(problem: Problem) -> Place | None:
    """Where the functions of a problem begin."""
    return next(iter(problem.functions.values())).place


def _of_parameters(problem: Problem) -> Built:
    """Parameters with nothing but their gradients."""
    parameters = _floats(problem.parameters)
    return Built(
        graph=Graph(()),
        leaves=parameters,
        quantities={name: Quantity(name, "parameter", None, value.shape) for name, value in parameters.items()},
        names=Names("", "", "", ()),
        output="",
        result=None,
        single=False,
        cost=None,
        layers=(),
        samples=1,
    )


def _of_formulas(problem: Problem) -> Built:
    """Inputs, parameters and lines; a result with one entry is the loss."""
    from gradcalc.engine.expression.written import Written  # noqa: PLC0415 - networks have no formulas

    if problem.abstract:
        names = ", ".join(problem.abstract)
        message = f"{names} {'is' if len(problem.abstract) == 1 else 'are'} not given: there are no numbers to compute"
        hint = "`gradcalc explain --symbolic` derives in letters, `graph` draws, `shapes` tells what there is"
        raise ProblemError(message, problem.place("abstract"), hint)
    inputs, parameters = _floats(problem.data), _floats(problem.parameters)
    if problem.objective is not None:
        from gradcalc.problem.objective import objective  # noqa: PLC0415 - likewise

        written = Written(problem.objective, problem.place("objective"))
        made = objective(written, parameters, problem.index_base)
        formulas = {made.result: written}
    else:
        from gradcalc.problem.equations import body  # noqa: PLC0415 - likewise

        formulas = {name: Written(text, problem.place("equations", name)) for name, text in problem.equations.items()}
        made = body(formulas, inputs, parameters, problem.index_base, _places(problem))
    is_number = prod(made.shapes[made.result]) == 1
    found = [Quantity(name, "input", None, value.shape) for name, value in inputs.items()]
    found += [Quantity(name, "parameter", None, value.shape) for name, value in parameters.items()]
    roles = dict.fromkeys(made.shapes, "line") | ({made.result: "loss"} if is_number else {})
    found += [Quantity(name, roles[name], None, shape) for name, shape in made.shapes.items()]
    return Built(
        graph=made.graph,
        leaves=made.leaves,
        quantities={quantity.name: quantity for quantity in found},
        names=Names("", _target(made, inputs), made.result if is_number else "", ()),
        output=made.loss.prediction if made.loss and made.loss.prediction in made.shapes else made.result,
        result=made.result if is_number else None,
        single=False,
        cost=called(made.loss),
        layers=(),
        samples=made.loss.samples if made.loss else 1,
        formulas=formulas,
    )


def _floats(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: np.asarray(value, dtype=np.float64) for name, value in arrays.items()}


def _places(problem: Problem) -> dict[str, Place | None]:
    """Where the names of inputs, parameters and lines stand; that of the line where two are alike."""
    tables = {"inputs": problem.data, "parameters": problem.parameters, "equations": problem.equations}
    return {name: problem.key(table, name) for table, names in tables.items() for name in names}


def _target(made: Body, inputs: Mapping[str, Array]) -> str:
    """The input that the last line judges by, if it is a loss by name."""
    return made.loss.target if made.loss and made.loss.target in inputs else ""


def called(loss: CalledLoss | None) -> Cost | None:
    """The loss that the last line calls by its name."""
    if loss is None:
        return None
    return Cost(
        row=loss.row,
        attrs=loss.attrs,
        outputs=loss.outputs,
        reduction=loss.reduction,
        divisor=loss.divisor,
        leaves={},
        errors=loss.errors,
        sample_losses=loss.sample_losses,
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


def layer_equations(layers: tuple[SizedLayer, ...], problem: Problem, feed: str) -> tuple[list[Equation], str]:
    """The equations of all layers, told from what the layers have, and the name of what the last one gives."""
    equations: list[Equation] = []
    for sized in layers:
        if sized.weighted:
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
    if sized.layer.bias is None:
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


def joined(graph: Graph, cost: Cost | None) -> Graph:
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
