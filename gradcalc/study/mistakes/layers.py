"""Mistakes where weights and biases act: a factor, a path or a sample missing, a transpose, the wrong object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gradcalc.engine.graph import Arrays, BookEquation, Equation, backward
from gradcalc.study.mistakes.row import Change, Mistake, Other, of_op, stepwise
from gradcalc.study.working import Scene

# how the gradient reaches the weights, by layout
_WEIGHTS = {"linear": "g.T @ x", "linear_in_out": "x.T @ g"}
_LAYOUTS = ("linear", "linear_in_out")


def _turned(name: str, text: str) -> str:
    """A text about weights (out, in) for those of the step `name`."""
    return text if name == "linear" else f"({text}).T"


def _is_square(equation: Equation, scene: Scene) -> bool:
    weights = scene.leaves.get(equation.inputs[1])
    return weights is not None and weights.ndim == 2 and weights.shape[0] == weights.shape[1] > 1


def _linear(equation: Equation) -> bool:
    return equation.op.name in _LAYOUTS


def _weight_missing(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "linear":
        yield Other(rules={0: "g @ (0 * W + 1)"})
    elif equation.op.name == "linear_in_out":
        yield Other(rules={0: "g @ (0 * W.T + 1)"})


def _one_path(equation: Equation, scene: Scene) -> Iterator[Other]:
    """One unit's share alone, where each input feeds several."""
    if not _linear(equation):
        return
    rows = "W.T" if equation.op.name == "linear" else "W"
    units = scene.leaves[equation.inputs[1]].shape[0 if equation.op.name == "linear" else 1]
    for k in range(units) if 1 < units <= _FEW else ():
        yield Other(rules={0: f"spread(unit(g, {k})) * unit({rows}, {k})"}, where=f"{equation.line}[{_at(k, scene)}]")
    for k in range(units) if 2 < units <= _FEW else ():
        without = f"(g @ {rows}.T - spread(unit(g, {k})) * unit({rows}, {k}))"
        yield Other(rules={0: without}, where=f"all but {equation.line}[{_at(k, scene)}]")


_FEW = 6


def _at(k: int, scene: Scene) -> int:
    return k + scene.problem.index_base


def _one_use(equation: Equation, scene: Scene) -> Iterator[Other]:
    """What is used several times gets the gradient of all uses but this one, or of this one alone."""
    for k, name in enumerate(equation.inputs):
        uses = sum(other.inputs.count(name) for other in scene.graph.equations)
        if uses > 1 and name not in scene.graph.constants and equation.op.vjps[k] is not None:
            yield Other(rules={k: None}, where=f"{name} in {equation.line}")


def _overwritten(mistake: Mistake, scene: Scene) -> Iterator[Change]:
    """Of a quantity that is used several times only one use gives a gradient."""
    equations = scene.graph.equations
    for name in dict.fromkeys(name for equation in equations for name in equation.inputs):
        uses = [(p, k) for p, e in enumerate(equations) for k, own in enumerate(e.inputs) if own == name]
        if len(uses) < 3 or name in scene.graph.constants or len(uses) > _FEW:
            continue
        for kept in uses:
            others = [(p, k) for p, k in uses if (p, k) != kept]
            where = f"{name} in all but {equations[kept[0]].line}"
            yield Change(mistake, where, _without(others), False, frozenset(equations[p].name for p, _ in others))


def _without(uses: list[tuple[int, int]]) -> Callable[[Scene], Scene]:
    def make(scene: Scene) -> Scene:
        equations = [*scene.graph.equations]
        for position, k in uses:
            own = equations[position]
            op = replace(own.op, vjps=tuple(None if j == k else vjp for j, vjp in enumerate(own.op.vjps)))
            form = own.op.form(own.attrs)
            rules = tuple(None if j == k else rule for j, rule in enumerate(form.rules))
            op = replace(op, rules=rules, form_for=None, formula=form.formula)
            equations[position] = BookEquation(own.name, op, own.inputs, own.attrs, own.line)
        return replace(scene, graph=replace(scene.graph, equations=tuple(equations)))

    return make


def _transposed_ahead(equation: Equation, scene: Scene) -> Iterator[Other]:
    if _linear(equation) and _is_square(equation, scene):
        formula = "x @ W" if equation.op.name == "linear" else "x @ W.T"
        yield Other(formula)
        back = "g @ W.T" if equation.op.name == "linear" else "g @ W"
        yield Other(formula, {0: back})
        yield Other(formula, {0: back, 1: "x.T @ g" if equation.op.name == "linear" else "g.T @ x"})


def _transposed_back(equation: Equation, scene: Scene) -> Iterator[Other]:
    if _linear(equation) and _is_square(equation, scene):
        yield Other(rules={0: "g @ W.T" if equation.op.name == "linear" else "g @ W"})


def _gradient_transposed(equation: Equation, scene: Scene) -> Iterator[Other]:
    if _linear(equation) and _is_square(equation, scene):
        yield Other(rules={1: f"({_WEIGHTS[equation.op.name]}).T"})


def _of_batch(equation: Equation, scene: Scene) -> Iterator[Other]:
    """The gradient of one sample alone for the sum over all of them."""
    samples = scene.built.samples
    if not isinstance(samples, int) or not 1 < samples <= _FEW:
        return
    for n in range(samples):
        pick = np.zeros((samples, 1))
        pick[n] = 1
        if _linear(equation):
            text = "(g * pick).T @ x" if equation.op.name == "linear" else "x.T @ (g * pick)"
            yield Other(rules={1: text}, attrs={"pick": pick}, where=f"sample {n + 1}")
        elif equation.op.name == "add_bias":
            yield Other(rules={1: "samples(g * pick)"}, attrs={"pick": pick}, where=f"sample {n + 1}")


def _averaged(equation: Equation, scene: Scene) -> Iterator[Other]:
    """A mean over the samples at the parameters, where the loss has its divisor already."""
    samples = scene.built.samples
    if not isinstance(samples, int) or samples < 2:
        return
    if _linear(equation):
        text = _WEIGHTS[equation.op.name]
        yield Other(rules={1: f"({text}) / n"}, attrs={"n": samples})
        yield Other(rules={1: f"({text}) * n"}, attrs={"n": samples})
    elif equation.op.name == "add_bias":
        yield Other(rules={1: "samples(g) / n"}, attrs={"n": samples})
        yield Other(rules={1: "samples(g) * n"}, attrs={"n": samples})


def _wrong_factor(equation: Equation, scene: Scene) -> Iterator[Other]:
    """A weight's gradient with the wrong thing in place of its input."""
    name = equation.op.name
    if not _linear(equation):
        return
    yield Other(rules={1: _turned(name, f"({_WEIGHTS['linear']}) * W" if name == "linear" else "(g.T @ x) * W.T")})
    spread = "spread(samples(g))"
    yield Other(rules={1: f"{spread} * W" if name == "linear" else "samples(g) * W"})
    if _is_square(equation, scene):
        yield Other(rules={1: _turned(name, "g.T @ y")})


def _input_forgotten(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "linear":
        yield Other(rules={1: "0 * W + spread(samples(g))"})
    elif equation.op.name == "linear_in_out":
        yield Other(rules={1: "0 * W + samples(g)"})


def _z_for_a(equation: Equation, scene: Scene) -> Iterator[Other]:
    """The gradient of weights with the z of the layer before in place of its a."""
    before = next((e for e in scene.graph.equations if e.name == equation.inputs[0]), None)
    if not _linear(equation) or before is None or before.op.family != "activation":
        return
    text = "g.T @ other" if equation.op.name == "linear" else "other.T @ g"
    yield Other(rules={1: text}, reads={"other": before.inputs[0]})


def _bias_factor(equation: Equation, _scene: Scene) -> Iterator[Other]:
    """The gradient of a bias multiplied by what it is not."""
    if equation.op.name not in ("add_bias", "add_shared_bias"):
        return
    yield Other(rules={1: f"({equation.op.form(equation.attrs).rules[1]}) * b"})


def _bias_times_input(equation: Equation, scene: Scene) -> Iterator[Other]:
    linear = next((e for e in scene.graph.equations if e.name == equation.inputs[0]), None)
    if equation.op.name != "add_bias" or linear is None or not _linear(linear):
        return
    fed = linear.inputs[0]
    units = scene.built.quantities.get(fed)
    width = units.shape[-1] if units is not None and units.shape else None
    if width in (1, len(scene.leaves[equation.inputs[1]])):
        yield Other(rules={1: "samples(g * other)"}, reads={"other": fed})
    for k in range(int(width)) if isinstance(width, int) and 1 < width <= _FEW else ():
        yield Other(rules={1: f"samples(g * spread(unit(other, {k})))"}, reads={"other": fed}, where=f"{equation.line}")


def _bias_zero(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name in ("add_bias", "add_shared_bias"):
        yield Other(rules={1: "0 * b"})


def _shared_bias(equation: Equation, scene: Scene) -> Iterator[Other]:
    if equation.op.name == "add_shared_bias":
        units = int(scene.built.quantities[equation.name].shape[-1])
        yield Other(rules={1: "total(g) / k"}, attrs={"k": units})
        for k in range(units) if 1 < units <= _FEW else ():
            yield Other(rules={1: f"total(unit(g, {k}))"})


def _bias_left_out(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name in ("add_bias", "add_shared_bias"):
        yield Other("x")


def _weight_and_bias(equation: Equation, scene: Scene) -> Iterator[Other]:
    """Bias and weight read the wrong way round: w + b x."""
    linear = next((e for e in scene.graph.equations if e.name == equation.inputs[0]), None)
    if equation.op.name != "add_bias" or linear is None or not _linear(linear):
        return
    weights = scene.leaves.get(linear.inputs[1])
    if weights is not None and 1 in weights.shape and len(scene.leaves[equation.inputs[1]]) == max(weights.shape):
        flat = "samples(W)" if weights.shape[0] == 1 else "samples(W.T)"
        yield Other(f"other * b + {flat}", reads={"other": linear.inputs[0], "W": linear.inputs[1]})


def _folded_bias(equation: Equation, _scene: Scene) -> Iterator[Other]:
    other = {"bias_first": ("zero_before(x)", "one_after(x)"), "bias_last": ("zero_after(x)", "one_before(x)")}
    if equation.op.name in other:
        yield Other(other[equation.op.name][0])


def _folded_at_the_other_end(equation: Equation, _scene: Scene) -> Iterator[Other]:
    other = {"bias_first": ("one_after(x)", "init(g)"), "bias_last": ("one_before(x)", "tail(g)")}
    if equation.op.name in other:
        formula, rule = other[equation.op.name]
        yield Other(formula, {0: rule})


def rates_of(scene: Scene) -> list[float]:
    """The learning rates of the problem."""
    rates = {float(c.hyper["lr"]) for c in scene.courses if "lr" in c.hyper}
    return sorted(rates | {float(o.hyper["lr"]) for o in scene.problem.optimizers if "lr" in o.hyper})


def _updated_weights(mistake: Mistake, scene: Scene) -> Iterator[Change]:
    """The backward walk with weights that were updated on the way."""
    weights = [name for name, q in scene.built.quantities.items() if q.role == "weights"]
    for rate in rates_of(scene):
        if len(weights) > 1 and scene.seed is not None and scene.result is not None:
            yield Change(mistake, "", _behind(rate, weights[1:]), False, frozenset(["behind"]))


def _behind(rate: float, weights: list[str]) -> Callable[[Scene], Scene]:
    def make(scene: Scene) -> Scene:
        def behind(flow: Arrays) -> Arrays:
            grads = backward(scene.graph, flow, {str(scene.result): np.asarray(scene.seed)})
            moved = {name: flow[name] - rate * grads[name] for name in weights if name in grads}
            return {**flow, **moved}

        return replace(scene, behind=behind)

    return make


def _constant_factor(equation: Equation, scene: Scene) -> Iterator[Other]:
    """A number that multiplies or divides left out."""
    constants = [name in scene.graph.constants for name in equation.inputs]
    if equation.op.name == "multiply" and constants in ([True, False], [False, True]):
        at = constants.index(False)
        arg = equation.op.args[at]
        yield Other(arg, {at: "g"})
        yield Other(rules={at: "g"})
    elif equation.op.name == "divide" and constants == [False, True]:
        yield Other("p", {0: "g"})
        yield Other(rules={0: "g"})


def _sign_in_sum(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "subtract":
        yield Other(rules={1: "g"})
        yield Other("p + q", {1: "g"})
    elif equation.op.name == "negate":
        yield Other(rules={0: "g"})
        yield Other("x", {0: "g"})
    elif equation.op.name in ("add_bias", "add_shared_bias"):
        yield Other("x - b")
    elif equation.op.name == "add":
        yield Other("p - q")
        yield Other("p - q", {1: "-g"})


def _factors(equation: Equation, _scene: Scene) -> Iterator[Other]:
    """The rule of a product taken for that of a sum, and the like."""
    if equation.op.name == "multiply":
        yield Other(rules={0: "g", 1: "g"})
        yield Other(rules={0: "g * p", 1: "g * q"})
    elif equation.op.name == "divide":
        yield Other(rules={1: "g * p / q**2"})
        yield Other(rules={1: "-g * p / q"})


ROWS = (
    stepwise("M5", "weight_missing", "the weights left out on the way back through the layer", _weight_missing),
    stepwise(
        "M6", "one_path_only", "one path only, where the gradient is a sum over several", _one_path, together=False
    ),
    stepwise("M6", "one_use_only", "the gradient of one use left out", _one_use, together=False),
    Mistake("M6", "overwritten", "gradients overwritten where they add up", _overwritten),
    stepwise(
        "M9", "weights_transposed", "the weights read the other way round, W for Wᵀ", _transposed_ahead, together=False
    ),
    stepwise("M9", "weights_not_transposed", "W in place of Wᵀ on the way back", _transposed_back),
    stepwise("M9", "gradient_transposed", "the gradient of the weights transposed", _gradient_transposed),
    stepwise("M23", "samples_not_added", "one sample alone where all are added up", _of_batch, together=False),
    stepwise(
        "M3",
        "divided_at_parameters",
        "the number of samples divided or multiplied once more",
        _averaged,
        together=False,
    ),
    stepwise("M25", "weight_as_factor", "the weight itself as a factor of its gradient", _wrong_factor, together=False),
    stepwise("M25", "input_forgotten", "the input left out of the gradient of the weights", _input_forgotten),
    stepwise("M25", "z_for_a", "the layer's z in place of its a in the gradient of the next weights", _z_for_a),
    stepwise(
        "M23",
        "outer_product_summed",
        "the outer product added up to one number",
        of_op(
            linear=Other(rules={1: "0 * W + total(g.T @ x)"}), linear_in_out=Other(rules={1: "0 * W + total(g.T @ x)"})
        ),
    ),
    stepwise("M25", "bias_as_factor", "the bias itself as a factor of its gradient", _bias_factor),
    stepwise(
        "M8", "bias_times_input", "the gradient of the bias multiplied by the input", _bias_times_input, together=False
    ),
    stepwise("M8", "bias_gradient_zero", "the gradient of the bias taken as 0", _bias_zero),
    stepwise(
        "M8",
        "shared_bias_not_summed",
        "the gradient of the shared bias not added up over the units",
        _shared_bias,
        together=False,
    ),
    stepwise("M8", "bias_left_out", "the bias left out", _bias_left_out),
    stepwise("M8", "folded_bias_left_out", "the bias left out", _folded_bias),
    stepwise("M25", "weight_and_bias_swapped", "weight and bias read the wrong way round", _weight_and_bias),
    stepwise(
        "M25", "bias_column_at_other_end", "the bias read from the other end of the weights", _folded_at_the_other_end
    ),
    stepwise(
        "M24",
        "input_not_used",
        "the input never used",
        of_op(linear=Other("0 * (x @ W.T)"), linear_in_out=Other("0 * (x @ W)")),
    ),
    stepwise("M30", "constant_factor_left_out", "a constant factor left out", _constant_factor, together=False),
    stepwise("M4", "sign_in_sum", "a sign in a sum wrong", _sign_in_sum, together=False),
    stepwise(
        "M25", "rule_of_product", "the rule of another operation for a product or a quotient", _factors, together=False
    ),
    stepwise(
        "M2",
        "power_factor_lost",
        "the exponent not brought down as a factor",
        of_op(power_of=Other(rules={0: "g * x**(n - 1)"})),
    ),
    stepwise("M26", "power_kept", "the exponent not lowered by one", of_op(power_of=Other(rules={0: "g * n * x**n"}))),
    stepwise(
        "M3",
        "mean_for_sum",
        "a mean in place of the sum",
        of_op(sum=Other("along(x, axis) / (along(0 * x + 1, axis))")),
    ),
    stepwise(
        "M3",
        "sum_for_mean",
        "a sum in place of the mean",
        of_op(mean=[Other("along(x, axis)"), Other("along(x, axis)", {0: "g * (0 * x + 1)"})]),
        together=False,
    ),
    Mistake("M10", "updated_weights", "already updated weights in the backward pass", _updated_weights),
)
