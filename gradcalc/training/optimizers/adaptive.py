"""A rate for each parameter, from the squares of its gradients so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Hyper, Optimizer, Row, Rule, State
from gradcalc.training.optimizers.rows import memory, place, rate, root, root_rule, small, switch


def _adagrad(_w: Array, g: Array, t: int, state: State, lr: float, eps: float, eps_place: str, lr_decay: float) -> Row:
    G = state["G"] + g * g
    if not lr_decay:
        return {"G": G, "update": -lr * g / root(G, eps, eps_place)}
    lr_t = lr / (1 + (t - 1) * lr_decay)
    return {"G": G, "lr_t": lr_t, "update": -lr_t * g / root(G, eps, eps_place)}


def _adagrad_rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    total, divisor = ("G", "G + g**2"), root_rule("G", hyper["eps_place"])
    if not hyper["lr_decay"]:
        return total, ("update", f"-lr * g / {divisor}")
    return total, ("lr_t", "lr / (1 + (t - 1) * lr_decay)"), ("update", f"-lr_t * g / {divisor}")


ADAGRAD = Optimizer(
    "adagrad",
    "AdaGrad",
    update=_adagrad,
    rules=_adagrad_rules,
    hyper={
        "lr": rate(1e-2),
        "eps": small(1e-10),
        "eps_place": place("outside", "inside"),
        "lr_decay": Hyper(0.0, "κ", "how fast the rate falls with the steps", least=0),
    },
    state=lambda hyper: ("G",),
    doc="Divides by the root of the sum of all squares so far (Duchi, Hazan and Singer 2011).",
)


def _adadelta(_w: Array, g: Array, _t: int, state: State, lr: float, rho: float, eps: float) -> Row:
    s = rho * state["s"] + (1 - rho) * (g * g)
    delta = g * np.sqrt(state["d"] + eps) / np.sqrt(s + eps)
    d = rho * state["d"] + (1 - rho) * (delta * delta)
    return {"s": s, "delta": delta, "d": d, "update": -lr * delta}


ADADELTA = Optimizer(
    "adadelta",
    "AdaDelta",
    update=_adadelta,
    rules=lambda hyper: (
        ("s", "rho * s + (1 - rho) * g**2"),
        ("delta", "g * sqrt(d + eps) / sqrt(s + eps)"),
        ("d", "rho * d + (1 - rho) * delta**2"),
        ("update", "-lr * delta"),
    ),
    hyper={
        "lr": rate(1.0),
        "rho": memory(0.9, "ρ", "memory of both averages"),
        "eps": small(1e-6),
    },
    state=lambda hyper: ("s", "d"),
    doc="The steps are in units of the steps before: root mean squares of both are compared (Zeiler 2012).",
    signs={"delta": "δ"},
)


def _rmsprop(
    _w: Array,
    g: Array,
    _t: int,
    state: State,
    lr: float,
    rho: float,
    eps: float,
    eps_place: str,
    centered: bool,
    momentum: float,
) -> Row:
    s = variance = rho * state["s"] + (1 - rho) * (g * g)
    row = {"s": s}
    if centered:
        row["g_mean"] = g_mean = rho * state["g_mean"] + (1 - rho) * g
        variance = np.maximum(s - g_mean * g_mean, 0)
    if not momentum:
        row["update"] = -lr * g / root(variance, eps, eps_place)
        return row
    row["v"] = v = momentum * state["v"] + g / root(variance, eps, eps_place)
    row["update"] = -lr * v
    return row


def _rmsprop_rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    divisor = root_rule("max(0, s - g_mean**2)" if hyper["centered"] else "s", hyper["eps_place"])
    averages: tuple[Rule, ...] = (("s", "rho * s + (1 - rho) * g**2"),)
    if hyper["centered"]:
        averages += (("g_mean", "rho * g_mean + (1 - rho) * g"),)
    if not hyper["momentum"]:
        return *averages, ("update", f"-lr * g / {divisor}")
    return *averages, ("v", f"momentum * v + g / {divisor}"), ("update", "-lr * v")


RMSPROP = Optimizer(
    "rmsprop",
    "RMSProp",
    update=_rmsprop,
    rules=_rmsprop_rules,
    hyper={
        "lr": rate(1e-2),
        "rho": memory(0.99, "ρ", "memory of the mean square", "alpha"),
        "eps": small(1e-8),
        "eps_place": place("outside", "inside"),
        "centered": switch(default=False, sign="centered", doc="the variance in place of the mean square"),
        "momentum": Hyper(0.0, "μ", "share of the velocity that is kept", least=0, most=1),
    },
    state=lambda hyper: ("s", *(("g_mean",) if hyper["centered"] else ()), *(("v",) if hyper["momentum"] else ())),
    doc="Divides by the root of a running mean of squares (Hinton 2012; centered: Graves 2013).",
    signs={"g_mean": "ḡ"},
)
