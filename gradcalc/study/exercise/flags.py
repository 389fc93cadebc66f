"""The flags that describe a kind of exercise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gradcalc.errors import LimitError, Source, UsageError
from gradcalc.problem import inline
from gradcalc.problem.choices import ACTIVATION, LOSS
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer import ROWS
from gradcalc.problem.optimizer_flags import OptimizerFlags, overlay
from gradcalc.problem.scalars import Unreadable, whole
from gradcalc.study.exercise.kind import decoded, row_of, slopes_of
from gradcalc.study.exercise.tree import tree
from gradcalc.training.optimizers import OPTIMIZERS

# more than that is nothing for a hand
MOST_WEIGHTS, MOST_STEPS = 400, 20
# a rate at which no usual slip of it leads to the same numbers as another
RATE = "0.05"
# what the last layer has where nothing is said, by what the loss asks of a target
_LAST = {"probability": "sigmoid", "distribution": "softmax"}
_HIDDEN, _PLAIN = "relu", "identity"
_ANYWHERE = (-2.5, -0.5, 0.5, 2.5)


def sizes_of(text: str) -> tuple[int, ...]:
    """The sizes that `2-3-1` says: the inputs, and the units of each layer.

    >>> sizes_of("2-3-1")
    (2, 3, 1)
    """
    try:
        sizes = tuple(whole(part) for part in text.split("-"))
    except Unreadable:
        sizes = ()
    if len(sizes) < 2 or any(size < 1 for size in sizes):
        raise UsageError(f"--layers {text} names no layers", hint="inputs and the units of each layer, such as 2-3-1")
    if sum((fed + 1) * units for fed, units in pairwise(sizes)) > MOST_WEIGHTS:
        raise LimitError(f"--layers {text} has more than {MOST_WEIGHTS} weights", hint="fewer units in a layer")
    return sizes


def activations_of(text: str | None, layers: int, loss: Node) -> tuple[Node, ...]:
    """One activation for each layer: `relu,sigmoid`. Where nothing is said, ReLU, and last what suits the loss."""
    if text is None:
        row = row_of(loss)
        last = _PLAIN if row.logits else _LAST.get(row.target, _PLAIN)
        return tuple(inline.named(Source("--activation", name)) for name in [*[_HIDDEN] * (layers - 1), last])
    nodes = inline.several(Source("--activation", text))
    for node in nodes:
        _refuse_flat(node)
    if len(nodes) != layers:
        raise UsageError(
            f"--activation names {len(nodes)} for {layers} layer{'' if layers == 1 else 's'}",
            hint="one for each layer, parted by commas: relu,sigmoid",
        )
    return tuple(nodes)


def loss_of(text: str) -> Node:
    """The loss that a flag names."""
    node = inline.named(Source("--loss", text))
    decoded(LOSS, node)
    return node


def training_of(flags: OptimizerFlags) -> OptimizerFlags:
    """The flags of one optimizer, with a rate and a number of steps; as they are where they name no optimizer.

    Raises UsageError for what is wrong in a flag.
    """
    if flags.optimizer is None:
        given = {"steps": flags.steps, "lr": flags.lr, **flags.hyper}
        for name, text in given.items():
            if text is not None:
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(f"{flag} belongs to an optimizer", hint=f"--optimizer adam {flag} {text}")
        return flags
    written = overlay(tree({}), flags).root.entries["optimizer"][1]
    if written.kind == "list":
        raise UsageError("an exercise has one optimizer, with one rate", hint="make another exercise for each")
    steps = int(flags.steps or 1)
    if steps > MOST_STEPS:
        raise LimitError(f"--steps {steps} is more than a hand works", hint=f"at most {MOST_STEPS}")
    rated = flags.lr is not None or "lr" not in OPTIMIZERS[decoded(ROWS, written).name].hyper
    return flags._replace(steps=steps, lr=flags.lr if rated else RATE)


def _refuse_flat(node: Node) -> None:
    """Refuse an activation that passes no gradient back."""
    activation = decoded(ACTIVATION, node)
    if activation.op.elementwise and not slopes_of(activation, np.array(_ANYWHERE)).any():
        message = f"{activation.op.name} passes no gradient back, so that there is nothing to work"
        raise UsageError(message, node.place, "another activation")
