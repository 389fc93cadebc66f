"""The rows of the engine's tables as a problem file names them: activations and losses with their options."""

from __future__ import annotations

from collections.abc import Iterator

from gradcalc.engine.op import Op
from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.engine.ops.losses import Loss
from gradcalc.problem.atoms import Choice
from gradcalc.problem.faults import Faults
from gradcalc.problem.model import Activation, LossChoice
from gradcalc.problem.named import Entry, Named, by_row, options
from gradcalc.problem.node import Node
from gradcalc.problem.records import Field, Values

REDUCTION = Field(
    Choice("sum", "mean", "weighted_mean"),
    "how the losses of the samples are added up; `weighted_mean` divides by the sum of `sample_weights`",
    "that of the loss",
)
OUTPUTS = Field(Choice("sum", "mean"), "how the losses of the outputs of one sample are added up", "that of the loss")


def _activations() -> Iterator[Entry]:
    for op, names in by_row(ACTIVATIONS):
        yield Entry(op, names, options(op.options), _defaults(op), {}, _ordered)


def _losses() -> Iterator[Entry]:
    for row, names in by_row(LOSSES):
        own: dict[str, Field] = {"outputs": OUTPUTS} if row.outputs_choice else {}
        if row.reduction is not None:
            own["reduction"] = REDUCTION
        without = {
            "outputs": f"{row.name} is not a sum over outputs",
            "reduction": f"{row.name} is not a sum over samples",
        }
        yield Entry(row, names, {**options(row.op.options), **own}, _defaults(row.op), without)


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


ACTIVATION = Named("an activation", _activations, _activation)
LOSS = Named("a loss", _losses, _loss)
