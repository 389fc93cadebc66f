"""Many steps of an optimizer, one after the other, over one vector of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Optimizer

# the loss (None where there is none) and the gradient at the parameters, for step t
Source = Callable[[Array, int], tuple[float | None, Array]]
# the step with a number and a rate from the parameters and the state, or None where it is not for this to make
Make = Callable[[int, float | None, Array, Mapping[str, Array]], "Step | None"]
Kind = Literal["steps", "tolerance", "diverged"]

LARGEST_LOSS = 1e100
ORDINARY = 1e100


class Step(NamedTuple):
    """What one step computed, each as one vector over all trained parameters.

    `loss` and `gradient` belong to the parameters `before` the step, `parameters` are those after it; `clipped` is the
    gradient that was used where clipping changed it; `shown` has the state and what is derived from it.
    """

    number: int
    rate: float | None
    loss: float | None
    gradient: Array
    clipped: Array | None
    shown: Mapping[str, Array]
    update: Array
    parameters: Array
    before: Array


class Stop(NamedTuple):
    """Why the descent ended, and after how many steps; for `diverged`, `what` is no longer a finite number."""

    reason: Kind
    step: int
    what: str | None = None


class Tolerance(NamedTuple):
    """Stop when the change of the loss, the step, or the gradient is below `size`."""

    size: float
    on: Literal["loss", "parameters", "gradient"] = "loss"


@dataclass
class Descent:
    """An iterator of steps. When it has ended, `stop` says why, and `parameters` and `state` are where it stands.

    `rate(t)` is the learning rate of step t; None where it is the `lr` of `hyper` all along, or the rule finds its own.
    `first` is the number of steps that were made before, in another descent whose `state` is given;
    `before` is the loss of the step before. `settle` gives the parameters as they are written down after a step.
    `floats` makes in less time what `step` makes by arrays.
    """

    source: Source
    optimizer: Optimizer
    hyper: Mapping[str, Any]
    parameters: Array
    state: dict[str, Array]
    steps: int
    rate: Callable[[int], float] | None = None
    clip: Mapping[str, float] = field(default_factory=dict)
    maximize: bool = False
    tolerance: Tolerance | None = None
    first: int = 0
    before: float | None = None
    settle: Callable[[Array], Array] | None = None
    floats: Make | None = None
    stop: Stop = field(init=False)

    def __post_init__(self) -> None:
        self.stop = Stop("steps", self.first)

    def __iter__(self) -> Iterator[Step]:
        for number in range(self.first + 1, self.first + self.steps + 1):
            step, what = self._next(number)
            if what is not None:
                self.stop = Stop("diverged", number, what)
                return
            self.parameters = step.parameters
            self.state = {name: step.shown[name] for name in self.state}
            self.stop = Stop("steps", number)
            before, self.before = self.before, step.loss
            yield step
            if self.tolerance is not None and _settled(self.tolerance, step, before):
                self.stop = Stop("tolerance", number)
                return

    def _next(self, number: int) -> tuple[Step, str | None]:
        """The step, and the first of its quantities that is no finite number."""
        rate = self.rate(number) if self.rate is not None else None
        if self.floats is not None:
            step = self.floats(number, rate, self.parameters, self.state)
            if step is not None:
                return step, None
        with np.errstate(all="ignore"):
            step = self.step(number, rate)
            return step, _not_finite(step)

    def step(self, number: int, rate: float | None) -> Step:
        """What the step with this number and rate makes of the parameters and the state."""
        loss, gradient = self.source(self.parameters, number)
        clipped = held(gradient, self.clip) if self.clip else gradient
        g = -clipped if self.maximize else clipped
        hyper = self.hyper if rate is None else {**self.hyper, "lr": rate}
        extra = {"loss": -loss if self.maximize and loss is not None else loss} if self.optimizer.needs_loss else {}
        found = self.optimizer.update(self.parameters, g, number, self.state, **hyper, **extra)
        update = found.pop("update")
        shown = {name: _whole(value, update) for name, value in found.items()}
        if rate is None:
            rate = self.hyper["lr"] if "lr" in self.hyper else shown["lr_t"].item(0)
        used = clipped if clipped is not gradient else None
        parameters = self.parameters + update
        if self.settle is not None:
            parameters = self.settle(parameters)
        return Step(number, rate, loss, gradient, used, shown, update, parameters, self.parameters)


def _whole(value: Array | float, like: Array) -> Array:
    """What a rule has one number of for all parameters, as an array with one for each."""
    return value if isinstance(value, np.ndarray) else np.full_like(like, value)


def held(gradient: Array, clip: Mapping[str, float]) -> Array:
    """The gradient no longer than `norm`, or each entry no larger than `value`; the same array if it is so already."""
    if "norm" in clip:
        norm = float(np.sqrt(gradient @ gradient))
        return gradient * (clip["norm"] / norm) if norm > clip["norm"] else gradient
    clipped = np.clip(gradient, -clip["value"], clip["value"])
    return gradient if np.array_equal(clipped, gradient) else clipped


def _not_finite(step: Step) -> str | None:
    """The first of a step's quantities that is no finite number, in the order in which they are computed."""
    # where these are of an ordinary size, so is everything between them: a state sums up gradients and their squares
    size = step.parameters.dot(step.parameters) + step.gradient.dot(step.gradient)
    if size < ORDINARY and (step.loss is None or abs(step.loss) < LARGEST_LOSS):
        return None
    if step.loss is not None and not abs(step.loss) < LARGEST_LOSS:
        return "the loss"
    named = {"the gradient": step.gradient, **step.shown, "the update": step.update, "the parameters": step.parameters}
    return next((name for name, array in named.items() if not np.isfinite(array).all()), None)


def _settled(tolerance: Tolerance, step: Step, before: float | None) -> bool:
    if tolerance.on == "loss":
        return before is not None and step.loss is not None and abs(step.loss - before) < tolerance.size
    vector = step.update if tolerance.on == "parameters" else step.gradient
    return float(np.sqrt(vector @ vector)) < tolerance.size
