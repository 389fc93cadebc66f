"""Adam and its relatives: a running mean of gradients over the root of a running mean of their squares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.optimizer import Hyper, Optimizer, Row, Rule, State
from gradcalc.training.optimizers.rows import memory, place, rate, root, root_rule, small, switch

M = ("m", "beta1 * m + (1 - beta1) * g")
V = ("v", "beta2 * v + (1 - beta2) * g**2")
M_HAT = ("m_hat", "m / (1 - beta1**t)")
V_HAT = ("v_hat", "v / (1 - beta2**t)")


def _moments(g: Array, state: State, beta1: float, beta2: float) -> tuple[Array, Array]:
    return beta1 * state["m"] + (1 - beta1) * g, beta2 * state["v"] + (1 - beta2) * (g * g)


def _hyper(lr: float) -> dict[str, Hyper]:
    return {
        "lr": rate(lr),
        "beta1": memory(0.9, "β1", "memory of the mean"),
        "beta2": memory(0.999, "β2", "memory of the mean square"),
        "eps": small(1e-8),
        "eps_place": place("outside", "inside", "hat"),
        "bias_correction": switch(default=True, sign="bias correction", doc="divide by 1 − βᵗ what has started at 0"),
    }


def _adam(
    _w: Array,
    g: Array,
    t: int,
    state: State,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    eps_place: str,
    bias_correction: bool,
) -> Row:
    m, v = _moments(g, state, beta1, beta2)
    row: Row = {"m": m, "v": v}
    if "v_max" in state:
        row["v_max"] = v = np.maximum(state["v_max"], v)
    if not bias_correction:
        row["update"] = -lr * m / root(v, eps, eps_place)
    elif eps_place == "hat":
        row["lr_t"] = lr_t = lr * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        row["update"] = -lr_t * m / root(v, eps, eps_place)
    else:
        row["m_hat"] = m_hat = m / (1 - beta1**t)
        row["v_hat"] = v_hat = v / (1 - beta2**t)
        row["update"] = -lr * m_hat / root(v_hat, eps, eps_place)
    return row


def _step_rules(v: str, hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    divisor = root_rule(v, hyper["eps_place"])
    if not hyper["bias_correction"]:
        return (("update", f"-lr * m / {divisor}"),)
    if hyper["eps_place"] == "hat":
        return ("lr_t", "lr * sqrt(1 - beta2**t) / (1 - beta1**t)"), ("update", f"-lr_t * m / {divisor}")
    step = f"-lr * m_hat / {root_rule('v_hat', hyper['eps_place'])}"
    return M_HAT, ("v_hat", f"{v} / (1 - beta2**t)"), ("update", step)


ADAM = Optimizer(
    "adam",
    "Adam",
    update=_adam,
    rules=lambda hyper: (M, V, *_step_rules("v", hyper)),
    hyper=_hyper(1e-3),
    state=lambda hyper: ("m", "v"),
    doc="Both means start at 0 and are corrected for it; `hat` folds that into the rate (Kingma and Ba 2015).",
)

ADAMW = replace(
    ADAM,
    name="adamw",
    title="AdamW",
    doc="Adam whose weights decay apart from the gradient (Loshchilov and Hutter 2019).",
)

AMSGRAD = replace(
    ADAM,
    name="amsgrad",
    title="AMSGrad",
    rules=lambda hyper: (M, V, ("v_max", "max(v_max, v)"), *_step_rules("v_max", hyper)),
    state=lambda hyper: ("m", "v", "v_max"),
    doc=(
        "Adam with the largest v so far, so that no rate grows again (Reddi, Kale and Kumar 2018);"
        " the largest is taken before the correction, as in PyTorch."
    ),
)


def _adamax(
    _w: Array,
    g: Array,
    t: int,
    state: State,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    bias_correction: bool,
) -> Row:
    m = beta1 * state["m"] + (1 - beta1) * g
    u = np.maximum(beta2 * state["u"], np.abs(g) + eps)
    if not bias_correction:
        return {"m": m, "u": u, "update": -lr * m / u}
    m_hat = m / (1 - beta1**t)
    return {"m": m, "u": u, "m_hat": m_hat, "update": -lr * m_hat / u}


def _adamax_rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    norm = ("u", "max(beta2 * u, abs(g) + eps)")
    if not hyper["bias_correction"]:
        return M, norm, ("update", "-lr * m / u")
    return M, norm, M_HAT, ("update", "-lr * m_hat / u")


ADAMAX = Optimizer(
    "adamax",
    "AdaMax",
    update=_adamax,
    rules=_adamax_rules,
    hyper={name: row for name, row in _hyper(2e-3).items() if name != "eps_place"},
    state=lambda hyper: ("m", "u"),
    doc="Adam with a decaying maximum of |g| for the root; ε is added to |g|, as in PyTorch (Kingma and Ba 2015).",
)


def _nadam(
    _w: Array,
    g: Array,
    t: int,
    state: State,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    eps_place: str,
    bias_correction: bool,
    momentum_decay: float,
) -> Row:
    mu = beta1 * (1 - 0.96 ** (t * momentum_decay) / 2)
    mu_next = beta1 * (1 - 0.96 ** ((t + 1) * momentum_decay) / 2)
    m, v = _moments(g, state, beta1, beta2)
    row: Row = {"m": m, "v": v, "mu": mu, "mu_next": mu_next}
    if not bias_correction:
        row["m_bar"] = m_bar = mu_next * m + (1 - mu) * g
        row["update"] = -lr * m_bar / root(v, eps, eps_place)
        return row
    row["mu_product"] = mu_product = state["mu_product"] * mu
    row["m_bar"] = m_bar = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
    if eps_place == "hat":
        row["lr_t"] = lr_t = lr * math.sqrt(1 - beta2**t)
        row["update"] = -lr_t * m_bar / root(v, eps, eps_place)
    else:
        row["v_hat"] = v_hat = v / (1 - beta2**t)
        row["update"] = -lr * m_bar / root(v_hat, eps, eps_place)
    return row


def _nadam_rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    means = (
        M,
        V,
        ("mu", "beta1 * (1 - 0.96**(t * momentum_decay) / 2)"),
        ("mu_next", "beta1 * (1 - 0.96**((t + 1) * momentum_decay) / 2)"),
    )
    divisor = root_rule("v", hyper["eps_place"])
    if not hyper["bias_correction"]:
        return *means, ("m_bar", "mu_next * m + (1 - mu) * g"), ("update", f"-lr * m_bar / {divisor}")
    corrected = (
        ("mu_product", "mu_product * mu"),
        ("m_bar", "mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)"),
    )
    if hyper["eps_place"] == "hat":
        return *means, *corrected, ("lr_t", "lr * sqrt(1 - beta2**t)"), ("update", f"-lr_t * m_bar / {divisor}")
    return *means, *corrected, V_HAT, ("update", f"-lr * m_bar / {root_rule('v_hat', hyper['eps_place'])}")


NADAM = Optimizer(
    "nadam",
    "NAdam",
    update=_nadam,
    rules=_nadam_rules,
    hyper={
        **_hyper(2e-3),
        "momentum_decay": Hyper(4e-3, "ψ", "how fast the momentum μ rises to β1", least=0),
    },
    state=lambda hyper: ("m", "v", "mu_product") if hyper["bias_correction"] else ("m", "v"),
    doc="Adam that looks one step of its mean ahead, as Nesterov's momentum does (Dozat 2016).",
    start=lambda name, hyper: 1.0 if name == "mu_product" else 0.0,
    signs={"mu": "μ", "mu_next": "μ′", "mu_product": "Πμ"},
)


def _radam(
    _w: Array,
    g: Array,
    t: int,
    state: State,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    eps_place: str,
    bias_correction: bool,
) -> Row:
    m, v = _moments(g, state, beta1, beta2)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    tame = rho > RECTIFIED
    r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)) if tame else 0.0
    row: Row = {"m": m, "v": v, "rho_inf": rho_inf, "rho": rho, "r": r}
    if bias_correction:
        row["m_hat"] = m = m / (1 - beta1**t)
        if eps_place == "hat":
            r *= math.sqrt(1 - beta2**t)
        else:
            row["v_hat"] = v = v / (1 - beta2**t)
    row["update"] = -lr * m * (r / root(v, eps, eps_place)) if tame else -lr * m
    return row


RECTIFIED = 5

_RADAM_R = "sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))"


def _radam_rules(hyper: Mapping[str, Any]) -> tuple[Rule, ...]:
    length = (
        ("rho_inf", "2 / (1 - beta2) - 1"),
        ("rho", "rho_inf - 2 * t * beta2**t / (1 - beta2**t)"),
        ("r", f"where(rho > {RECTIFIED}, {_RADAM_R}, 0)"),
    )

    def step(m: str, factor: str, v: str) -> Rule:
        divisor = root_rule(v, hyper["eps_place"])
        return "update", f"-lr * {m} * where(rho > {RECTIFIED}, {factor} / {divisor}, 1)"

    if not hyper["bias_correction"]:
        return M, V, *length, step("m", "r", "v")
    if hyper["eps_place"] == "hat":
        return M, V, *length, M_HAT, step("m_hat", "r * sqrt(1 - beta2**t)", "v")
    return M, V, *length, M_HAT, V_HAT, step("m_hat", "r", "v_hat")


RADAM = Optimizer(
    "radam",
    "RAdam",
    update=_radam,
    rules=_radam_rules,
    hyper={**_hyper(1e-3), "eps_place": place("hat", "outside", "inside")},
    state=lambda hyper: ("m", "v"),
    doc=(
        "Adam whose root is left out until enough squares have been seen, and then enters by degrees; ε is added to √v"
        " before the correction, as in PyTorch (Liu et al. 2020)."
    ),
    signs={"rho": "ρ", "rho_inf": "ρ∞"},
)
