"""What kind of exercise is wanted: the sizes of a network, its activations and its loss, or an optimizer alone."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.ops import LOSSES
from gradcalc.engine.ops.losses import Loss
from gradcalc.errors import UsageError
from gradcalc.problem.choices import ACTIVATION, LOSS
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.model import Activation, Rounding
from gradcalc.problem.named import NAME, Named
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer_flags import OptimizerFlags

T = TypeVar("T")
_NO_TRAINING = OptimizerFlags()


@dataclass(frozen=True, eq=False)
class Network:
    """The inputs and the units of each layer, an activation for each layer, the loss, and how many samples.

    `dead`: units of both kinds where an activation is flat on one side, some off beside some on; else all are on.
    """

    sizes: tuple[int, ...]
    activations: tuple[Node, ...]
    loss: Node
    samples: int = 1
    dead: bool = False

    @property
    def ops(self) -> list[Activation]:
        return [decoded(ACTIVATION, node) for node in self.activations]

    @property
    def target(self) -> str:
        """What the loss asks of a target."""
        return row_of(self.loss).target

    @property
    def words(self) -> list[str]:
        """The same as flags."""
        words = ["--layers", "-".join(map(str, self.sizes)), "--activation", _flags(self.activations)]
        words += ["--loss", _flags([self.loss])]
        words += ["--samples", str(self.samples)] if self.samples > 1 else []
        return [*words, "--dead"] if self.dead else words


@dataclass(frozen=True, eq=False)
class Kind:
    """What all exercises of one call have in common. Without a `network`: parameters with given gradients.

    `decimals` says how many the given numbers have, `asked` how exact the answers are to be.
    """

    network: Network | None
    decimals: int
    asked: Rounding
    training: OptimizerFlags = _NO_TRAINING
    sets: tuple[str, ...] = ()

    @property
    def dead(self) -> bool:
        return self.network is not None and self.network.dead

    def command(self, seed: int) -> str:
        """The command line that makes the exercise of a seed."""
        words = ["gradcalc", "exercise", *(self.network.words if self.network is not None else ())]
        training = self.training
        for flag, text in (("optimizer", training.optimizer), ("steps", training.steps), ("lr", training.lr)):
            words += [f"--{flag}", str(text)] if text is not None else []
        for key, text in training.hyper.items():
            words += [f"--{key.replace('_', '-')}", text]
        for text in self.sets:
            words += ["--set", text]
        words += ["--decimals", str(self.decimals), "--digits", f"{self.asked.digits}{self.asked.unit}"]
        return shlex.join([*words, "--seed", str(seed)])


def slopes_of(activation: Activation, z: Array) -> Array:
    """The derivative of an activation that acts entry by entry."""
    vjp = activation.op.vjps[0]
    y = activation.op.forward(z, **activation.attrs)
    return np.zeros(z.shape) if vjp is None else np.asarray(vjp(np.ones(z.shape), y, z, **activation.attrs))


def row_of(loss: Node) -> Loss:
    """The row of the table that a loss names."""
    return LOSSES[decoded(LOSS, loss).name]


def decoded(kind: Named[T], node: Node) -> T:
    """What a flag says; raises UsageError with everything that is wrong with it."""
    faults = Faults(node.source.name)
    try:
        found = kind.decode(node, faults)
    except Refused:
        raise UsageError(faults.found) from None
    if faults.found:
        raise UsageError(faults.found)
    return found


def _flags(nodes: Sequence[Node]) -> str:
    """The nodes as a flag names them: `leaky_relu:slope=0.1,sigmoid`."""
    return ",".join(map(_flag, nodes))


def _flag(node: Node) -> str:
    if node.kind == "scalar":
        return node.text
    options = ",".join(f"{key}={value.text}" for key, (_, value) in node.entries.items() if key != NAME)
    name = node.entries[NAME][1].text
    return f"{name}:{options}" if options else name
