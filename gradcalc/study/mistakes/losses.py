"""Mistakes at the loss: its formula, its factors, its sign, its logarithm, and how samples are added up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import exp

import numpy as np

from gradcalc.engine.graph import Equation
from gradcalc.engine.op import Array
from gradcalc.study.mistakes.row import Change, Mistake, Other, exchanged, of_op, stepwise
from gradcalc.study.working import Scene, ahead


def _rule(equation: Equation) -> str:
    return equation.op.form(equation.attrs).rules[0] or "0 * p"


def _formula(equation: Equation) -> str:
    return equation.op.form(equation.attrs).formula


def _halved(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "squared_error":
        yield Other(rules={0: "g * (p - t)"})
        yield Other("(p - t)**2 / 2", {0: "g * (p - t)"})
        yield Other("(p - t)**2 / 2")


def _doubled(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "half_squared_error":
        yield Other(rules={0: "g * 2 * (p - t)"})
        yield Other("(p - t)**2", {0: "g * 2 * (p - t)"})
        yield Other("(p - t)**2")


def _against(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.family == "loss":
        yield Other(rules={0: f"-({_rule(equation)})"})


def _negative(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.family == "loss":
        yield Other(f"-({_formula(equation)})")
        yield Other(f"-({_formula(equation)})", {0: f"-({_rule(equation)})"})


def _in_base(base: int) -> Mistake:
    def applies(equation: Equation, _scene: Scene) -> Iterator[Other]:
        option = equation.op.options.get("log_base")
        if option is not None and equation.attrs.get("log_base") is None:
            form = equation.op.form({**equation.attrs, "log_base": base})
            yield Other(form.formula, attrs={"log_base": base})
            yield Other(form.formula, {0: form.rules[0]}, attrs={"log_base": base})
        elif equation.op.name == "log":
            yield Other(f"log(x) / log({base})")
            yield Other(f"log(x) / log({base})", {0: f"g / x / log({base})"})

    said = f"the logarithm to base {base} in place of the natural one"
    return stepwise("M11", f"log{base}", said, applies, together=False)


def _natural(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.attrs.get("log_base") is not None:
        form = equation.op.form({**equation.attrs, "log_base": None})
        yield Other(form.formula)
        yield Other(form.formula, {0: form.rules[0]})


def _divided(equation: Equation, scene: Scene) -> Iterator[Other]:
    """Another divisor of a sum over samples or outputs: that of a mean, of a sum, or of both together."""
    if equation.op.family != "reduction" or "divisor" not in equation.attrs or equation.op.name == "divided":
        return
    cost = scene.built.cost
    own, count = float(equation.attrs["divisor"]), float(equation.attrs.get("count", 1))
    target = cost.leaves.get(scene.built.names.target) if cost else None
    outputs = float(target.shape[-1]) if target is not None and target.ndim else 1.0
    sample = float(scene.built.samples) if isinstance(scene.built.samples, int) else 1.0
    for divisor in dict.fromkeys((1.0, count, sample, outputs, sample * outputs, max(count - 1, 1.0))):
        if divisor != own:
            told = equation.op.form({**equation.attrs, "divisor": 0})
            attrs = {"divisor": divisor}
            yield Other(told.formula, {0: told.rules[0]}, attrs=attrs)
            yield Other(told.formula, {0: _with(_rule(equation), own)}, attrs=attrs)
            yield Other(rules={0: _with(str(told.rules[0]), divisor)})


def _with(text: str, divisor: float) -> str:
    return exchanged(text, "divisor", repr(divisor))


def _halved_mean(equation: Equation, _scene: Scene) -> Iterator[Other]:
    """½ before the whole, where the problem has none."""
    if equation.op.name in ("over_samples", "sum", "mean"):
        form = equation.op.form(equation.attrs)
        yield Other(f"({form.formula}) / 2", {0: f"({form.rules[0]}) / 2"})
        yield Other(f"({form.formula}) / 2")
        yield Other(f"2 * ({form.formula})", {0: f"2 * ({form.rules[0]})"})
        yield Other(f"2 * ({form.formula})")


def _no_target(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.family == "loss":
        yield Other(rules={0: exchanged(_rule(equation), "t", "0 * t")})
        yield Other(exchanged(_formula(equation), "t", "0 * t"), {0: exchanged(_rule(equation), "t", "0 * t")})


def _rolled(role: str, name: str, text: str) -> Mistake:
    """The input or the target of another sample."""

    def changes(mistake: Mistake, scene: Scene) -> Iterator[Change]:
        own = scene.built.names.input if role == "input" else scene.built.names.target
        array = scene.leaves.get(own)
        if array is None or array.ndim != 2 or len(array) < 2:
            return
        for first in range(len(array)):
            for second in range(len(array)):
                if first != second and len(array) <= _FEW:
                    rows = array.copy()
                    rows[first] = array[second]
                    yield _with_leaf(mistake, own, rows, f"sample {first + 1}")
        yield _with_leaf(mistake, own, np.roll(array, 1, axis=0), "every sample")
        yield _with_leaf(mistake, own, np.roll(array, -1, axis=0), "every sample")

    return Mistake("M32", name, text, changes)


_FEW = 5


def _with_leaf(mistake: Mistake, name: str, rows: Array, where: str) -> Change:
    def make(scene: Scene) -> Scene:
        return replace(scene, leaves={**scene.leaves, name: rows})

    return Change(mistake, where, make, True, frozenset([name]))


def _of_output(mistake: Mistake, scene: Scene) -> Iterator[Change]:
    """The gradients of the output where those of the loss belong: the backward walk begins there."""
    output = scene.built.output
    losses = frozenset(e.name for e in scene.graph.equations if output in e.inputs and e.op.family == "loss")
    if scene.seed is not None and losses and output is not None:
        shape = tuple(int(side) for side in scene.built.quantities[output].shape)

        def make(scene: Scene) -> Scene:
            return replace(scene, result=output, seed=np.ones(shape))

        yield Change(mistake, "", make, False, losses)


def _weights_of_samples(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.name == "weighted_samples":
        form = equation.op.form(equation.attrs)
        yield Other(exchanged(form.formula, "s", "1 + 0 * s"), {0: exchanged(str(form.rules[0]), "s", "1 + 0 * s")})


def _penalty_missing(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.family == "penalty" and equation.op.name.startswith("penalty"):
        yield Other(rules={0: "0 * W"})


def _penalty_not_in_loss(equation: Equation, _scene: Scene) -> Iterator[Other]:
    if equation.op.family == "penalty" and equation.op.name.startswith("penalty"):
        yield Other("0 * total(W)")
        yield Other("0 * total(W)", {0: "0 * W"})


def _penalty_on_bias(equation: Equation, scene: Scene) -> Iterator[Other]:
    factors = scene.problem.penalty
    if equation.op.name in ("add_bias", "add_shared_bias") and factors:
        rule = equation.op.form(equation.attrs).rules[1]
        share = {"l2": "2 * factor * b", "half_l2": "factor * b", "l1": "factor * sign(b)"}
        for kind, factor in factors.items():
            yield Other(rules={1: f"{rule} + {share[kind]}"}, attrs={"factor": factor})


def _where_saturated(row: Mistake, least: float) -> Mistake:
    """The mistake in problems where a probability, or what it leaves to 1, is less than `least`."""

    def changes(mistake: Mistake, scene: Scene) -> Iterator[Change]:
        found = list(row.changes(mistake, scene))
        flow = ahead(scene, lambda _key, value: value) if found else {}
        steps = {equation.name: equation for equation in scene.graph.equations}
        for change in found:
            told = [flow[steps[str(name)].inputs[0]] for name in change.touched]
            if any(((p < least) | (1 - p < least)).any() for p in told):
                yield change

    return row._replace(changes=changes)


# the probability as Keras holds it, and the binary cross-entropy of that
_HELD = "min(max(p, 1e-7), 1 - 1e-7)"
_CLIPPED = f"-t * log({_HELD}) - (1 - t) * log(1 - {_HELD})"

ROWS = (
    stepwise("M2", "factor_two_lost", "the factor 2 of the square lost", _halved, together=False),
    stepwise("M2", "factor_two_kept", "a factor 2 that the ½ in front of the square cancels", _doubled, together=False),
    stepwise("M2", "factor_of_the_whole", "a factor 2 or ½ too much in front of the sum", _halved_mean, together=False),
    stepwise(
        "M3", "other_divisor", "a sum in place of a mean, or the mean over another number", _divided, together=False
    ),
    stepwise("M4", "sign_of_the_error", "the sign of the error wrong: y − ŷ for ŷ − y", _against),
    stepwise("M4", "sign_of_the_loss", "the sign in front of the loss wrong", _negative, together=False),
    _in_base(10),
    _in_base(2),
    stepwise(
        "M11", "natural_logarithm", "the natural logarithm in place of that of the problem", _natural, together=False
    ),
    stepwise(
        "M22",
        "second_term_lost",
        "one term of the binary cross-entropy left out",
        of_op(
            bce=[
                Other("-t * log(p)", {0: "-g * t / p"}),
                Other("-t * log(p)"),
                Other(rules={0: "-g * t / p"}),
                Other("-(1 - t) * log(1 - p)", {0: "g * (1 - t) / (1 - p)"}),
                Other("-(1 - t) * log(1 - p)"),
            ]
        ),
        together=False,
    ),
    stepwise(
        "M22",
        "one_minus_logarithm",
        "1 − ln ŷ in place of ln(1 − ŷ)",
        of_op(bce=[Other("-t * log(p) - (1 - t) * (1 - log(p))")]),
    ),
    stepwise(
        "M22",
        "logarithm_of_the_other",
        "ln(1 − ŷ) and ln ŷ confused",
        of_op(bce=[Other("-t * log(1 - p) - (1 - t) * log(p)"), Other("-t * log(p) + (1 - t) * log(1 - p)")]),
        together=False,
    ),
    stepwise(
        "M22",
        "no_logarithm",
        "the logarithm left out",
        of_op(bce=[Other("-t * p - (1 - t) * (1 - p)")], cross_entropy=[Other("-units(t * p)")]),
    ),
    stepwise(
        "M22",
        "binary_terms",
        "the terms of the binary loss added to the categorical one",
        of_op(
            cross_entropy=[
                Other("-units(t * log(p) + (1 - t) * log(1 - p))"),
                Other("-units(t * log(p) + (1 - t) * log(1 - p))", {0: "spread(g) * (p - t) / (p * (1 - p))"}),
            ]
        ),
        together=False,
    ),
    stepwise(
        "M22",
        "square_left_out",
        "the square of the error left out",
        of_op(
            squared_error=[Other("p - t"), Other("abs(p - t)"), Other("t - p")],
            half_squared_error=[Other("(p - t) / 2"), Other("abs(p - t) / 2")],
        ),
        together=False,
    ),
    stepwise(
        "M22",
        "true_class_kept",
        "the true class kept in the maximum of the hinge loss",
        of_op(multiclass_hinge=Other("units(max(0, p - spread(units(t * p)) + margin))")),
    ),
    stepwise(
        "M15",
        "softmax_multiplied_out",
        "ŷ − y taken for ∂L/∂ŷ, and the softmax Jacobian multiplied to it once more",
        of_op(cross_entropy=Other(rules={0: "spread(g) * (p - t)"})),
    ),
    Mistake("M19", "gradient_of_output", "the gradient of the output in place of that of the loss", _of_output),
    _where_saturated(
        stepwise(
            "M20",
            "logarithm_clamped",
            "the logarithms held at −100, as PyTorch does",
            of_op(
                bce=Other(
                    "-t * max(log(p), -100) - (1 - t) * max(log(1 - p), -100)",
                    {0: "g * (p - t) / max(p * (1 - p), 1e-12)"},
                ),
            ),
        ),
        exp(-100),
    ),
    _where_saturated(
        stepwise(
            "M20",
            "probability_clipped",
            "the probability held between 1e-7 and 1 − 1e-7, as Keras does",
            of_op(
                bce=[
                    Other(_CLIPPED, {0: f"g * (p == {_HELD}) * (p - t) / ({_HELD} * (1 - {_HELD}))"}),
                    Other(_CLIPPED, {0: f"g * ({_HELD} - t) / ({_HELD} * (1 - {_HELD}))"}),
                    Other(_CLIPPED),
                ],
                cross_entropy=[
                    Other(f"-units(t * log({_HELD}))", {0: f"-spread(g) * (p == {_HELD}) * t / p"}),
                    Other(f"-units(t * log({_HELD}))", {0: f"-spread(g) * t / {_HELD}"}),
                    Other(f"-units(t * log({_HELD}))"),
                ],
            ),
            together=False,
        ),
        1e-7,
    ),
    stepwise("M24", "target_not_used", "the target never used", _no_target, together=False),
    _rolled("input", "input_of_another_sample", "the input of another sample"),
    _rolled("target", "target_of_another_sample", "the target of another sample"),
    stepwise("M30", "sample_weights_left_out", "the weights of the samples left out", _weights_of_samples),
    stepwise("M27", "penalty_missing", "the gradient of the penalty left out", _penalty_missing),
    stepwise("M27", "penalty_not_in_loss", "the penalty left out of the loss", _penalty_not_in_loss),
    stepwise(
        "M27",
        "penalty_factor",
        "the factor 2 of the penalty's square lost, or one too much",
        of_op(penalty_l2=Other(rules={0: "g * factor * W"}), penalty_half_l2=Other(rules={0: "g * 2 * factor * W"})),
    ),
    stepwise("M27", "penalty_on_bias", "the penalty put on the biases, too", _penalty_on_bias),
)
