"""The loss of a network: which op, which target, how outputs and samples are added up, which penalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcalc.engine.graph import Equation
from gradcalc.engine.op import Array
from gradcalc.engine.ops import LOSSES
from gradcalc.engine.ops.arithmetic import ADD
from gradcalc.engine.ops.losses import Loss, Reduction
from gradcalc.engine.ops.reductions import (
    DIVIDED,
    OVER_OUTPUTS,
    OVER_SAMPLES,
    PENALTIES,
    WEIGHTED_SAMPLES,
    WITHOUT_BIAS,
)
from gradcalc.errors import Place, ProblemError
from gradcalc.problem.model import LossChoice, Problem
from gradcalc.problem.quantity import Names, Size
from gradcalc.problem.sizes import SizedLayer

SAMPLE_WEIGHTS = "s·weights"


@dataclass(frozen=True, eq=False)
class Cost:
    """The chosen row of the losses table with every default filled in.

    `divisor` is what the sum over samples is divided by: a letter where there are no numbers, None where it is
    computed. `errors` and `sample_losses` name the equations that hold the loss of each output and of each sample,
    None where the loss has no such part.
    """

    row: Loss
    attrs: Mapping[str, Any]
    outputs: str | None
    reduction: Reduction | None
    divisor: float | str | None
    leaves: Mapping[str, Array]
    errors: str | None
    sample_losses: str | None


def cost_of(problem: Problem, names: Names, samples: int, layers: tuple[SizedLayer, ...], output: str) -> Cost | None:
    """The loss, or None where the problem has none; ProblemError where loss and target do not go together."""
    choice = problem.loss
    if choice is None:
        if problem.target is not None:
            message = "there is a target but no loss"
            raise ProblemError(
                message, problem.place("target"), "add `loss: mse`, or another; `gradcalc ops` lists them"
            )
        return None
    if problem.target is None:
        return None
    row = LOSSES[choice.name]
    units = layers[-1].units
    if not isinstance(units, int):
        raise TypeError("a network with numbers has sizes in numbers")
    target = _target(problem, row, samples, units, output)
    leaves = {names.target: target}
    weights = _sample_weights(problem, row, samples)
    if weights is not None:
        leaves[SAMPLE_WEIGHTS] = weights
    return _cost(choice, names, leaves, _divisor(choice.reduction or row.reduction, samples, weights))


def cost_in_letters(problem: Problem, names: Names, samples: Size) -> Cost | None:
    """The loss of a network without numbers, its target a letter too; None where the problem has none."""
    choice = problem.loss
    if choice is None:
        return None
    unknown = np.empty(0)
    weighted = problem.sample_weights is not None
    leaves = {names.target: unknown, **({SAMPLE_WEIGHTS: unknown} if weighted else {})}
    reduction = choice.reduction or LOSSES[choice.name].reduction
    divisor = {"mean": samples, "weighted_mean": "S" if weighted else samples}.get(reduction or "", 1)
    return _cost(choice, names, leaves, divisor)


def _cost(choice: LossChoice, names: Names, leaves: Mapping[str, Array], divisor: float | str) -> Cost:
    row = LOSSES[choice.name]
    return Cost(
        row=row,
        attrs={**{key: option.default for key, option in row.op.options.items()}, **choice.attrs},
        outputs=choice.outputs or row.outputs,
        reduction=choice.reduction or row.reduction,
        divisor=divisor,
        leaves=leaves,
        errors=f"{names.loss}·e" if row.level == "output" else None,
        sample_losses=f"{names.loss}·l" if row.level != "all" else None,
    )


def loss_equations(
    cost: Cost, layers: tuple[SizedLayer, ...], problem: Problem, names: Names, output: str, samples: Size
) -> list[Equation]:
    """The line L: loss of each output, of each sample, of all of them, and the penalty."""
    steps: list[Equation] = []

    def then(name: str, op: Any, inputs: tuple[str, ...], **attrs: object) -> str:
        steps.append(Equation(name, op, inputs, attrs, names.loss))
        return name

    units = layers[-1].units
    level, mean = cost.row.level, cost.outputs == "mean"
    first = {"output": cost.errors, "sample": f"{names.loss}·u" if mean else cost.sample_losses, "all": None}[level]
    last = then(first or f"{names.loss}·d", cost.row.op, (output, names.target), **cost.attrs)
    if level == "output":
        last = then(f"{names.loss}·l", OVER_OUTPUTS, (last,), count=units, divisor=units if mean else 1)
    elif level == "sample" and mean:
        last = then(f"{names.loss}·l", DIVIDED, (last,), divisor=units)
    if level != "all":
        if SAMPLE_WEIGHTS in cost.leaves:
            last = then(f"{names.loss}·d", WEIGHTED_SAMPLES, (last, SAMPLE_WEIGHTS), divisor=cost.divisor)
        else:
            last = then(f"{names.loss}·d", OVER_SAMPLES, (last,), count=samples, divisor=cost.divisor)
    for kind, factor in problem.penalty.items():
        for sized in layers:
            if not sized.weighted:
                continue
            weights = sized.names.weights
            if sized.layer.bias_column is not None:
                cut = WITHOUT_BIAS[problem.weight_layout, sized.layer.bias_column]
                weights = then(f"{names.loss}·{kind}·cut·{weights}", cut, (weights,))
            term = then(f"{names.loss}·{kind}·{sized.names.weights}", PENALTIES[kind], (weights,), factor=factor)
            last = then(f"{names.loss}·+{kind}·{sized.names.weights}", ADD, (last, term))
    final = steps[-1]
    steps[-1] = Equation(names.loss, final.op, final.inputs, final.attrs, names.loss)
    return steps


def _divisor(reduction: str | None, samples: int, weights: Array | None) -> float:
    if reduction == "mean":
        return samples
    if reduction == "weighted_mean":
        return float(weights.sum()) if weights is not None else samples
    return 1


def _sample_weights(problem: Problem, row: Loss, samples: int) -> Array | None:
    weights = problem.sample_weights
    if weights is None:
        return None
    place = problem.place("sample_weights")
    if row.level == "all":
        raise ProblemError(f"{row.name} is one number for all samples: it takes no sample weights", place)
    if weights.shape != (samples,):
        raise ProblemError(f"{weights.size} sample weights for {_count(samples, 'sample')}", place)
    if not weights.sum() > 0:
        raise ProblemError("the sample weights add up to 0", place)
    return weights


def _target(problem: Problem, row: Loss, samples: int, units: int, output: str) -> Array:
    """The target as (N, K), or a ProblemError that says how target and output differ."""
    given = problem.target
    place = problem.place("target")
    if given is None:
        raise TypeError("no target")
    if given.classes is not None:
        return _one_hot(problem, given.classes, samples, units, place)
    target = given.values if given.values is not None else np.zeros(0)
    shape = target.shape
    if target.ndim == 1 and units == 1 and problem.input is not None and problem.input.ndim == 2:
        target = target[:, None]
    target = np.atleast_2d(target)
    if target.shape != (samples, units):
        entries = "×".join(map(str, shape)) if len(shape) > 1 else str(int(np.prod(shape)))
        needs = f"{samples}×{units}" if problem.input is not None and problem.input.ndim == 2 else str(units)
        raise ProblemError(
            f"the target has {entries} {'entry' if entries == '1' else 'entries'} but {output} has {needs}", place
        )
    _check_values(row, target, place)
    return target


def _one_hot(problem: Problem, classes: tuple[int, ...], samples: int, units: int, place: Place | None) -> Array:
    if len(classes) != samples:
        raise ProblemError(f"{_count(len(classes), 'class')} for {_count(samples, 'sample')}", place)
    worst = max(classes)
    if worst >= units:
        base = problem.index_base
        raise ProblemError(
            f"class {worst + base} of {_count(units, 'output')}",
            place,
            f"classes count from {base} to {units - 1 + base}",
        )
    return np.eye(units)[list(classes)]


def _check_values(row: Loss, target: Array, place: Place | None) -> None:
    fault = row.refuses(target)
    if fault is not None:
        raise ProblemError(f"{row.name}: {fault}", place)


def _count(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
