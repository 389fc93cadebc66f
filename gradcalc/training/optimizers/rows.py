"""What the rows of the optimizers table share: constants and their bounds, ε at a root, and the decay of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Hyper, Optimizer, Row, Rule, State


def rate(default: float) -> Hyper:
    return Hyper(default, "η", "learning rate", least=0, aliases=("learning_rate",))


def memory(default: float, sign: str, doc: str, *aliases: str) -> Hyper:
    """The share of the old value in a running average; 1 would never let a new one in."""
    return Hyper(default, sign, doc, least=0, below=1, aliases=aliases)


def small(default: float) -> Hyper:
    return Hyper(default, "ε", "keeps the divisor away from 0", least=0)


def place(default: str, *others: str) -> Hyper:
    return Hyper(default, "place of ε", "where ε is added", choices=(default, *others))


def switch(*, default: bool, sign: str, doc: str) -> Hyper:
    return Hyper(default, sign, doc)


def root(x: Array, eps: float, eps_place: str) -> Array:
    """√x with ε added to it, or to x where the place is `inside`."""
    y: Array = np.sqrt(x + eps) if eps_place == "inside" else np.sqrt(x) + eps
    return y


def root_rule(x: str, eps_place: str) -> str:
    return f"sqrt({x} + eps)" if eps_place == "inside" else f"(sqrt({x}) + eps)"


def decaying(row: Optimizer, default: float = 0.0, *, apart: bool = False) -> Optimizer:
    """The row with the decay of weights: λ w is added to the gradient, or η λ w taken off w where it is `decoupled`."""

    def update(w: Array, g: Array, t: int, state: State, *, weight_decay: float, decoupled: bool, **hyper: Any) -> Row:
        if not weight_decay:
            return row.update(w, g, t, state, **hyper)
        if not decoupled:
            g = g + weight_decay * w
            return {"g": g, **row.update(w, g, t, state, **hyper)}
        found = row.update(w, g, t, state, **hyper)
        lr = hyper["lr"] if "lr" in hyper else found["lr_t"]
        found["update"] = found["update"] - lr * weight_decay * w
        return found

    def rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
        told = row.rules(hyper)
        if not hyper["weight_decay"]:
            return told
        if not hyper["decoupled"]:
            return ("g", "g + weight_decay * w"), *told
        lr = "lr" if "lr" in row.hyper else "lr_t"
        *before, (name, step) = told
        return *before, (name, f"{step} - {lr} * weight_decay * w")

    own = {
        "weight_decay": Hyper(default, "λ", "decay of the weights", least=0),
        "decoupled": switch(default=apart, sign="decoupled", doc="the decay is taken off w, not added to the gradient"),
    }
    return replace(row, update=update, rules=rules, hyper={**row.hyper, **own})
