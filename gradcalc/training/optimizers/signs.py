"""Steps that go by the sign of a gradient and not by its size."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Hyper, Optimizer, Row, State
from gradcalc.training.optimizers.rows import rate


def _rprop(
    _w: Array,
    g: Array,
    _t: int,
    state: State,
    eta_minus: float,
    eta_plus: float,
    step_min: float,
    step_max: float,
    **_: float,
) -> Row:
    turn = g * state["g_prev"]
    factor = np.where(turn > 0, eta_plus, np.where(turn < 0, eta_minus, 1))
    step_size = np.minimum(np.maximum(state["step_size"] * factor, step_min), step_max)
    g_prev = np.where(turn < 0, 0, g)
    return {"factor": factor, "step_size": step_size, "g_prev": g_prev, "update": -step_size * np.sign(g_prev)}


RPROP = Optimizer(
    "rprop",
    "Rprop",
    update=_rprop,
    rules=lambda hyper: (
        ("factor", "where(g * g_prev > 0, eta_plus, where(g * g_prev < 0, eta_minus, 1))"),
        ("step_size", "min(max(step_size * factor, step_min), step_max)"),
        ("g_prev", "where(g * g_prev < 0, 0, g)"),
        ("update", "-step_size * sign(g_prev)"),
    ),
    hyper={
        "lr": rate(1e-2)._replace(doc="the step sizes of the start"),
        "eta_minus": Hyper(0.5, "η⁻", "factor of a step size after a change of sign", above=0, below=1),
        "eta_plus": Hyper(1.2, "η⁺", "factor of a step size while the sign stays", above=1),
        "step_min": Hyper(1e-6, "Δ_min", "the smallest step size", least=0),
        "step_max": Hyper(50.0, "Δ_max", "the largest step size", above=0),
    },
    state=lambda hyper: ("step_size", "g_prev"),
    doc="Each entry has its own step size; after a change of sign it waits for one step (Riedmiller and Braun 1993).",
    start=lambda name, hyper: float(hyper["lr"]) if name == "step_size" else 0.0,
    signs={"step_size": "Δ", "factor": "f"},
)


def _lion(_w: Array, g: Array, _t: int, state: State, lr: float, beta1: float, beta2: float) -> Row:
    c = beta1 * state["m"] + (1 - beta1) * g
    m = beta2 * state["m"] + (1 - beta2) * g
    return {"c": c, "m": m, "update": -lr * np.sign(c)}


LION = Optimizer(
    "lion",
    "Lion",
    update=_lion,
    rules=lambda hyper: (
        ("c", "beta1 * m + (1 - beta1) * g"),
        ("m", "beta2 * m + (1 - beta2) * g"),
        ("update", "-lr * sign(c)"),
    ),
    hyper={
        "lr": rate(1e-4),
        "beta1": Hyper(0.9, "β1", "share of the mean in the step", least=0, most=1),
        "beta2": Hyper(0.99, "β2", "memory of the mean", least=0, most=1),
    },
    state=lambda hyper: ("m",),
    doc="The sign of a mean that leans towards the newest gradient (Chen et al. 2023, whose defaults these are).",
)
