"""What a reader should know beside the numbers: kinks, unusual pairs, conventions that fell back on a default."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcalc.engine.graph import Equation
from gradcalc.solution import Solution
from gradcalc.study.entry import entry, shown_index

# pairs that run, and that hardly anybody means
_UNUSUAL = {
    (
        "softmax",
        "squared_error",
    ): "softmax with a squared error learns slowly where it is confidently wrong; cross_entropy is the usual partner",
    (
        "sigmoid",
        "cross_entropy",
    ): "cross_entropy takes a distribution, and sigmoid outputs need not add up to 1; bce is the usual partner",
    (
        "identity",
        "bce",
    ): "bce takes probabilities, and this output is not held in (0, 1); bce_with_logits takes it as it is",
    ("softmax", "bce"): "bce judges every output on its own; after softmax, cross_entropy is the usual partner",
}


# what a formula's own functions do where the derivative jumps; those of the table of activations follow PyTorch
_IN_FORMULAS = {
    "maximum": "the first of two equal numbers gets the gradient",
    "minimum": "the first of two equal numbers gets the gradient",
    "max": "the first of equal entries gets the gradient",
    "min": "the first of equal entries gets the gradient",
    "norm": "the slope of a norm at 0 is taken as 0",
}


def notes(solution: Solution) -> list[str]:
    """The warnings of a solution, in the order of the computation."""
    return [*_kinks(solution), *_pairs(solution), *_bypassed(solution), *_missing(solution)]


def _kinks(solution: Solution) -> Iterator[str]:
    for equation in solution.built.graph.equations:
        step = equation.shown_as or equation
        if step.op.kinks is None:
            continue
        inputs = [solution.flow[name] for name in step.inputs]
        marks = np.argwhere(np.broadcast_to(step.op.kinks(*inputs, **step.attrs), inputs[0].shape)).tolist()
        if marks:
            yield _kink(solution, step, tuple(marks[0]), len(marks) - 1)


def _kink(solution: Solution, step: Equation, index: tuple[int, ...], more: int) -> str:
    name = step.inputs[0]
    others = f" (and {more} more)" if more else ""
    if solution.built.formulas:
        part = step.name.partition("·")[2] or solution.built.formulas[step.line].text.strip()
        others = others if step.op.elementwise else ""
        return f"{part} sits exactly on a kink{others}; {_at_kink(solution, step, index)}"
    if name in solution.built.quantities:
        shown = entry(solution, name, shown_index(solution, name, index))
    else:
        made = next(e for e in solution.built.graph.equations if e.name == name)
        shown = f"an entry of {made.inputs[0]}"
    value = float(solution.flow[name][index])
    said = f"{shown} = {value:.6g}{others} sits exactly on a kink of {step.op.title or step.op.name}"
    return f"{said}; {_at_kink(solution, step, index)}"


def _at_kink(solution: Solution, step: Equation, index: tuple[int, ...]) -> str:
    if step.attrs.get("split"):
        return "the gradient is split evenly"
    if not step.op.elementwise:
        return _IN_FORMULAS.get(step.op.name) or step.op.flat or "the gradient follows PyTorch's convention"
    ones = np.ones_like(solution.flow[step.name])
    with np.errstate(all="ignore"):
        slope = float(step.shares(ones, solution.flow)[0][index])
    return f"the slope there is taken as {slope:.6g}"


def _pairs(solution: Solution) -> Iterator[str]:
    built = solution.built
    if built.cost is None:
        return
    last = next(e for e in built.graph.equations if e.name == built.output)
    for (activation, loss), text in _UNUSUAL.items():
        if last.op.name == activation and loss in built.cost.row.op.name and not built.cost.row.logits:
            yield text
    if last.op.name in ("softmax", "log_softmax") and solution.flow[built.output].shape[-1] == 1:
        yield f"{last.op.name} of a single output is always {1 if last.op.name == 'softmax' else 0}: its gradient is 0"


def _bypassed(solution: Solution) -> Iterator[str]:
    for name, g in solution.gradients.items():
        if not np.isfinite(g).all():
            yield (
                f"∂{solution.result}/∂{name} is beyond the range of a float; the gradients before it are right, "
                "because loss and activation are differentiated together"
            )


def _missing(solution: Solution) -> Iterator[str]:
    if solution.problem.loss is not None and solution.problem.target is None:
        yield "there is a loss but no target, so the loss is left out"
