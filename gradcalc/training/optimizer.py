"""The row type of the optimizers table: a pure update rule, its state, its constants, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.op import Array

State = Mapping[str, Array]
Row = dict[str, Any]
Rule = tuple[str, str]


class Hyper(NamedTuple):
    """A constant of an optimizer or a schedule: its default (PyTorch's), its sign in formulas, its bounds, other names.

    `above` and `below` must not be touched, `least` and `most` may; `choices` are the words of a named variant. A
    `whole` one is a whole number; a default of None means that it is filled in by what it belongs to, or `needed`.
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
    whole: bool = False
    needed: bool = False


@dataclass(frozen=True, eq=False)
class Optimizer:
    """A rule that turns a gradient into a step.

    `update(w, g, t, state, **hyper)` takes the parameters and their gradient as arrays of one shape, the step number t
    from 1, and the arrays of the step before by the names in `state`. It returns, in the order in which a hand computes
    them, the new state, what is derived on the way, and last `update`, which is added to w. It changes nothing. What is
    one number for all entries (NAdam's μ) is a float, everything else has the shape of w; `lr_t` is the rate of a rule
    that makes its own, and `g` the gradient with the decay of w in it, where there is such a decay.

    `rules(hyper)` says the same as assignments in the language of `engine.book`, one for each entry of what is
    returned: on the right a name of the state is its old value until the rule that assigns it has been read.
    `signs` has those of its names that are not written as they are.
    """

    name: str
    title: str
    update: Callable[..., Row]
    rules: Callable[[Mapping[str, Any]], tuple[Rule, ...]]
    hyper: Mapping[str, Hyper]
    state: Callable[[Mapping[str, Any]], tuple[str, ...]]
    doc: str
    aliases: tuple[str, ...] = ()
    start: Callable[[str, Mapping[str, Any]], float] = lambda name, hyper: 0.0
    needs_loss: bool = False
    signs: Mapping[str, str] = field(default_factory=dict)


def by_rules(optimizer: Optimizer, settle: Callable[[Array], Array] = lambda value: value) -> Optimizer:
    """The same optimizer run by its rules; `settle` gives each quantity as it is used further on."""

    def update(w: Array, g: Array, t: int, state: State, **hyper: Any) -> Row:
        names: Row = {"w": w, "g": settle(g), "t": t, **state, **hyper}
        found: Row = {}
        for name, rule in optimizer.rules(hyper):
            names[name] = found[name] = settle(np.broadcast_to(book.run(rule, names), w.shape))
        return found

    return replace(optimizer, update=update)
