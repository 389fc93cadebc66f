"""The rows of the engine's tables as a problem file names them: activations and losses with their options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradcalc.engine.op import Op
from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.engine.ops.losses import Loss
from gradcalc.problem.atoms import Choice
from gradcalc.problem.faults import Faults
from gradcalc.problem.model import Activation, LossChoice
from gradcalc.problem.named import Entry, Named, options
from gradcalc.problem.node import Node
from gradcalc.problem.records import Field, Values

REDUCTION = Field(
    Choice("sum", "mean", "weighted_mean"),
    "how the losses of the samples are added up; `weighted_mean` divides by the sum of `sample_weights`",
    "that of the loss",
)
OUTPUTS = Field(Choice("sum", "mean"), "how the losses of the outputs of one sample are added up", "that of the loss")


def _activations() -> Iterator[Entry]:
    for op, names in _by_row(ACTIVATIONS):
        yield Entry(op, names, options(op.options), _defaults(op), {})


def _losses() -> Iterator[Entry]:
    for row, names in _by_row(LOSSES):
        own: dict[str, Field] = {"outputs": OUTPUTS} if row.outputs_choice else {}
        if row.reduction is not None:
            own["reduction"] = REDUCTION
        without = {
            "outputs": f"{row.name} is not a sum over outputs",
            "reduction": f"{row.name} is not a sum over samples",
        }
        yield Entry(row, names, {**options(row.op.options), **own}, _defaults(row.op), without)


def _by_row(table: Mapping[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Every row once, with its name first and its other names after it."""
    for name, row in table.items():
        if name == row.name:
            yield row, (name, *(other for other, same in table.items() if same is row and other != name))


def _defaults(op: Op) -> Values:
    return {key: option.default for key, option in op.options.items()}


def _activation(op: Op, values: Values) -> Activation:
    return Activation(op, {**_defaults(op), **values})


def _loss(row: Loss, values: Values) -> LossChoice:
    attrs = {key: value for key, value in values.items() if key in row.op.options}
    return LossChoice(row.name, attrs, values.get("outputs"), values.get("reduction"))


def _ordered(node: Node, values: Values, faults: Faults) -> None:
    """A range has its lower end below its upper one."""
    if "min" in values and "max" in values and not values["min"] < values["max"]:
        ends = f"{values['min']:g} and {values['max']:g}"
        faults.add(f"min of {faults.subject} must be below max, and they are {ends}", node)


ACTIVATION = Named("an activation", _activations, _activation, _ordered)
LOSS = Named("a loss", _losses, _loss)
