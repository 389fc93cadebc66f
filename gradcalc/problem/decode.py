"""A tree of nodes becomes a Problem, or one error with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gradcalc.errors import LimitError
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.fields import FILE_OF_PROBLEM
from gradcalc.problem.model import Problem, Target
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer import MAX_RUNS, MAX_STEPS
from gradcalc.problem.records import Values

_WRITTEN_OUT = 10**18


def decode(root: Node, folder: str = ".") -> Problem:
    """The problem that the tree `root` describes; files that it names are looked for in `folder`.

    Classes come out counted from 0, single numbers of input and target as arrays of shape (1,).
    Raises one ProblemError that holds every fault, in the order of the text; LimitError for too many steps.
    """
    faults = Faults()
    values: Values = {}
    with suppress(Refused):
        values = FILE_OF_PROBLEM.decode(root, faults)
    faults.check(root.source)
    problem = Problem(**_meant(values), origin=root, folder=folder)
    _refuse_too_long(problem)
    if problem.parameters:
        from gradcalc.problem.given import check_training  # noqa: PLC0415 - networks have no parameters of their own

        check_training(problem, {name: array.shape for name, array in problem.parameters.items()})
    return problem


def _refuse_too_long(problem: Problem) -> None:
    if problem.steps is not None and problem.steps > MAX_STEPS:
        steps = problem.steps if problem.steps < _WRITTEN_OUT else f"{problem.steps:.4g}"
        message = f"{steps} steps are more than the {MAX_STEPS} that gradcalc takes on"
        raise LimitError(message, problem.place("steps"), "make fewer; --every N keeps every N-th of them")
    if len(problem.optimizers) > MAX_RUNS:
        message = f"{len(problem.optimizers)} optimizers are more than the {MAX_RUNS} that gradcalc compares"
        raise LimitError(message, problem.place("optimizer"))


def _meant(values: Values) -> dict[str, Any]:
    """The values as the model has them: classes from 0, the reduction in the loss, inputs with numbers as data,
    optimizers always several."""
    meant = {key: value for key, value in values.items() if key != "reduction"}
    target: Target | None = values.get("target")
    if target is not None and target.classes is not None:
        base = values.get("index_base", 1)
        meant["target"] = Target(classes=tuple(number - base for number in target.classes))
    if "reduction" in values:
        meant["loss"] = replace(values["loss"], reduction=values["reduction"])
    if isinstance(meant.get("inputs"), Mapping):
        meant["data"] = meant.pop("inputs")
    gradients, optimizer = meant.get("gradients"), meant.pop("optimizer", None)
    if isinstance(gradients, Mapping):
        meant["every_gradient"] = meant.pop("gradients")
    if optimizer is not None:
        meant["optimizers"] = optimizer if isinstance(optimizer, tuple) else (optimizer,)
    return meant
