"""Steps along the gradient: plain, with a velocity, or as long as the loss allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Hyper, Optimizer, Row, Rule, State
from gradcalc.training.optimizers.rows import rate

SGD = Optimizer(
    "sgd",
    "SGD",
    update=lambda w, g, t, state, lr: {"update": -lr * g},
    rules=lambda hyper: (("update", "-lr * g"),),
    hyper={"lr": rate(1e-3)},
    state=lambda hyper: (),
    doc="A step against the gradient (Robbins and Monro 1951).",
)

# what a gradient adds to the velocity, and what of the velocity is taken off the parameters
_SHARES = {"classical": "lr * g", "torch": "g", "ema": "(1 - beta) * g"}
_FACTORS = {"classical": "", "torch": "lr * ", "ema": "lr * "}


def _share(g: Array, lr: float, beta: float, form: str) -> Array:
    if form == "classical":
        return lr * g
    return g if form == "torch" else (1 - beta) * g


def _velocity(v: Array, share: Array, t: int, beta: float, dampening: float) -> Array:
    return beta * v + ((1 - dampening) * share if dampening and t > 1 else share)


def _velocity_rule(hyper: Mapping[str, Any]) -> Rule:
    share = _SHARES[hyper["form"]]
    return "v", f"beta * v + where(t > 1, 1 - dampening, 1) * {share}" if hyper["dampening"] else f"beta * v + {share}"


def _momentum(_w: Array, g: Array, t: int, state: State, lr: float, beta: float, form: str, dampening: float) -> Row:
    v = _velocity(state["v"], _share(g, lr, beta, form), t, beta, dampening)
    return {"v": v, "update": -v if form == "classical" else -lr * v}


def _nesterov(_w: Array, g: Array, t: int, state: State, lr: float, beta: float, form: str, dampening: float) -> Row:
    share = _share(g, lr, beta, form)
    v = _velocity(state["v"], share, t, beta, dampening)
    ahead = beta * v + share
    return {"v": v, "update": -ahead if form == "classical" else -lr * ahead}


_MOMENTUM_HYPER = {
    "lr": rate(1e-3),
    "beta": Hyper(0.9, "β", "share of the velocity that is kept", least=0, most=1, aliases=("momentum",)),
    "form": Hyper("classical", "form", "what the velocity sums up", choices=tuple(_SHARES)),
    "dampening": Hyper(0.0, "τ", "share of the gradient held back from the second step on", least=0, most=1),
}

MOMENTUM = Optimizer(
    "momentum",
    "momentum",
    update=_momentum,
    rules=lambda hyper: (_velocity_rule(hyper), ("update", f"-{_FACTORS[hyper['form']]}v")),
    hyper=_MOMENTUM_HYPER,
    state=lambda hyper: ("v",),
    doc=(
        "A velocity sums up the gradients: times η (classical, Polyak 1964), as they are (torch), or as a mean (ema)."
        " At one rate, classical and torch take the same steps."
    ),
)

NESTEROV = Optimizer(
    "nesterov",
    "Nesterov momentum",
    update=_nesterov,
    rules=lambda hyper: (
        _velocity_rule(hyper),
        ("update", f"-{_FACTORS[hyper['form']]}(beta * v + {_SHARES[hyper['form']]})"),
    ),
    hyper=_MOMENTUM_HYPER,
    state=lambda hyper: ("v",),
    doc=(
        "Momentum that looks one step of its velocity ahead, written for the parameters at which the gradient is taken"
        " (Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013)."
    ),
)


def _polyak(_w: Array, g: Array, _t: int, _state: State, loss: float, max_lr: float, f_min: float) -> Row:
    square = float(np.vdot(g, g))
    lr_t = min(max_lr, (loss - f_min) / square) if square else max_lr
    return {"lr_t": lr_t, "update": -lr_t * g}


POLYAK = Optimizer(
    "polyak",
    "Polyak's step",
    update=_polyak,
    rules=lambda hyper: (("lr_t", "min(max_lr, (loss - f_min) / norm(g)**2)"), ("update", "-lr_t * g")),
    hyper={
        "max_lr": Hyper(1.0, "η_max", "the largest rate", above=0),
        "f_min": Hyper(0.0, "f_min", "the smallest value that the loss can take"),
    },
    state=lambda hyper: (),
    doc="The rate at which a linear model of the loss would reach f_min, over all trained parameters (Polyak 1987).",
    needs_loss=True,
)
