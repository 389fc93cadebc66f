"""The table of schedules: the learning rate of each step, step 1 having the rate that the optimizer was given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from gradcalc.training.optimizer import Hyper


class Choice(Protocol):
    """A row of the table with what is set of it, or a list of rates; `warmup` may be set for either."""

    @property
    def name(self) -> str: ...

    @property
    def values(self) -> Mapping[str, Any]: ...

    @property
    def rates(self) -> tuple[float, ...]: ...


class Schedule(NamedTuple):
    """A rule for the rate after k steps.

    `rate(lr, k, **hyper)` gives it; `rule` says the same in the language of `engine.book`, and `first` what it
    starts with.

    >>> [SCHEDULES["step"].rate(1.0, k, every=2, factor=0.5) for k in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    name: str
    title: str
    rate: Callable[..., float]
    rule: str
    hyper: Mapping[str, Hyper]
    doc: str
    first: str = "lr"


WARMUP = Hyper(0, "t₀", "steps in which the rate rises to the first one of the schedule", least=0, whole=True)


def _span() -> Hyper:
    return Hyper(None, "T", "over how many steps; all of them", least=1, aliases=("T_max", "total_iters"), whole=True)


ROWS = (
    Schedule(
        "constant",
        "constant rate",
        lambda lr, k: lr,
        "lr",
        {},
        "The same rate at every step, for `warmup` to stand before it (torch's ConstantLR with factor 1).",
    ),
    Schedule(
        "step",
        "steps",
        lambda lr, k, every, factor: lr * factor ** (k // every),
        "lr * factor**floor(k / every)",
        {
            "every": Hyper(None, "n", "after how many steps", least=1, aliases=("step_size",), whole=True, needed=True),
            "factor": Hyper(0.1, "γ", "what the rate is multiplied by", above=0, aliases=("gamma",)),
        },
        "The rate falls every n steps (torch's StepLR).",
    ),
    Schedule(
        "exponential",
        "exponential decay",
        lambda lr, k, factor: lr * factor**k,
        "lr * factor**k",
        {"factor": Hyper(None, "γ", "what the rate is multiplied by", above=0, aliases=("gamma",), needed=True)},
        "The rate falls at every step (torch's ExponentialLR).",
    ),
    Schedule(
        "cosine",
        "cosine annealing",
        lambda lr, k, steps, lr_min: lr_min + (lr - lr_min) * (1 + math.cos(math.pi * k / steps)) / 2,
        "lr_min + (lr - lr_min) * (1 + cos(pi * k / steps)) / 2",
        {"steps": _span(), "lr_min": Hyper(0.0, "η_min", "the lowest rate", least=0, aliases=("eta_min",))},
        "Half a wave down to η_min; past T it rises again (torch's CosineAnnealingLR, Loshchilov and Hutter 2017).",
    ),
    Schedule(
        "linear",
        "linear",
        lambda lr, k, steps, start, end: lr * (start + (end - start) * min(k, steps) / steps),
        "lr * (start + (end - start) * min(k, steps) / steps)",
        {
            "start": Hyper(1.0, "f₀", "factor of the rate at the start", above=0, aliases=("start_factor",)),
            "end": Hyper(0.0, "f₁", "factor of the rate after T steps and later", least=0, aliases=("end_factor",)),
            "steps": _span(),
        },
        "A straight line, then level (torch's LinearLR; here it falls to 0 over all steps if nothing else is said).",
        first="lr * start",
    ),
    Schedule(
        "inverse_time",
        "inverse time decay",
        lambda lr, k, rate: lr / (1 + rate * k),
        "lr / (1 + rate * k)",
        {"rate": Hyper(None, "κ", "how fast the rate falls", least=0, aliases=("decay_rate",), needed=True)},
        "The rate falls as 1 / t in the end (Robbins and Monro 1951).",
    ),
)

SCHEDULES: Mapping[str, Schedule] = {row.name: row for row in ROWS}


def constants(choice: Choice, steps: int) -> dict[str, Any]:
    """The constants of the chosen row without `warmup`, those that are not set filled in for a run of `steps` steps."""
    row = SCHEDULES[choice.name]
    rest = max(steps - warmup(choice), 1)
    return {name: choice.values.get(name, rest if name == "steps" else h.default) for name, h in row.hyper.items()}


def warmup(choice: Choice) -> int:
    """The number of steps before the schedule proper."""
    return int(choice.values.get("warmup", 0))


def rates(choice: Choice, lr: float, steps: int) -> Callable[[int], float]:
    """The learning rate as a function of the step from 1, for a run of `steps` steps.

    In w steps of warm-up, step t has t / w of the first rate of the schedule, which starts afterwards. After the
    last one of a list its last rate stays.
    """
    proper, first = _proper(choice, lr, steps), warmup(choice)
    if not first:
        return lambda step: proper(step - 1)
    full = proper(0)
    return lambda step: full * (step / first) if step <= first else proper(step - 1 - first)


def rate(choice: Choice, lr: float, step: int, steps: int) -> float:
    """The learning rate of one step."""
    return rates(choice, lr, steps)(step)


def _proper(choice: Choice, lr: float, steps: int) -> Callable[[int], float]:
    """The rate after k steps of the schedule proper."""
    listed = choice.rates
    if listed:
        return lambda k: listed[min(k, len(listed) - 1)]
    row, values = SCHEDULES[choice.name].rate, constants(choice, steps)

    def after(k: int) -> float:
        try:
            return row(lr, k, **values)
        except OverflowError:
            return math.inf

    return after
