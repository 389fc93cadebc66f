"""The row type of the optimizers table: a pure update rule, its state, its constants, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gradcalc.engine.op import Array


class Hyper(NamedTuple):
    """A constant of an optimizer: its default (PyTorch's), its sign in formulas, its bounds, other names it goes by.

    `above` and `below` must not be touched, `least` and `most` may; `choices` are the words of a named variant.
    """

    default: float | bool | str | None
    sign: str
    doc: str
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Optimizer:
    """A rule that turns a gradient into a step.

    `update(w, g, t, state, **hyper)` takes the parameters and their gradient as arrays of one shape, the step number t from
    1, and the arrays of the step before by the names in `state`. It returns, in the order in which a hand computes
    them, the new state, what is derived from it, and last `update`, which is added to w. It changes nothing.

    `rules(hyper)` says the same as assignments in the language of `engine.book`, one for each entry of what is
    returned: on the right a name of the state is its old value until the rule that assigns it has been read.
    """

    name: str
    title: str
    update: Callable[..., dict[str, Array]]
    rules: Callable[[Mapping[str, Any]], tuple[tuple[str, str], ...]]
    hyper: Mapping[str, Hyper]
    state: Callable[[Mapping[str, Any]], tuple[str, ...]]
    doc: str
    aliases: tuple[str, ...] = ()
    start: Callable[[str, Mapping[str, Any]], float] = lambda name, hyper: 0.0
    needs_loss: bool = False
