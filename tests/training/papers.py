"""Every optimizer once more, for one parameter, in plain numbers and as its paper writes it: a reference for the table.

Each function takes the gradient, the step number from 1, what it kept of the steps before (`s`, by any names) and the
constants by their names in the table, and returns what is taken off the parameter. Where a paper says nothing of a
variant, the comment says what is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Kept = dict[str, Any]


def divisor(square: float, eps: float, where: str) -> float:
    return math.sqrt(square + eps) if where == "inside" else math.sqrt(square) + eps


def sgd(g, t, s, lr):
    return lr * g


def velocity(g, t, s, lr, beta, form, dampening):
    # dampening holds back a part of each gradient but the first, as torch.optim.SGD does
    part = {"classical": lr * g, "torch": g, "ema": (1 - beta) * g}[form]
    s["v"] = beta * s.get("v", 0.0) + part * (1.0 if t == 1 else 1 - dampening)
    return part


def momentum(g, t, s, lr, beta, form, dampening):
    velocity(g, t, s, lr, beta, form, dampening)
    return s["v"] * (1 if form == "classical" else lr)


def nesterov(g, t, s, lr, beta, form, dampening):
    part = velocity(g, t, s, lr, beta, form, dampening)
    return (part + beta * s["v"]) * (1 if form == "classical" else lr)


def adagrad(g, t, s, lr, eps, eps_place, lr_decay):
    """Duchi et al. 2011, algorithm 1 with the diagonal of G; the rate decays as in torch."""
    s.setdefault("gradients", []).append(g)
    G = math.fsum(each**2 for each in s["gradients"])
    return lr / (1 + (t - 1) * lr_decay) * g / divisor(G, eps, eps_place)


def adadelta(g, t, s, lr, rho, eps):
    """Zeiler 2012, algorithm 1; Δx = −RMS[Δx] / RMS[g] · g, times a rate that the paper does not have."""
    s["E_g"] = rho * s.get("E_g", 0.0) + (1 - rho) * g**2
    step = math.sqrt((s.get("E_x", 0.0) + eps) / (s["E_g"] + eps)) * g
    s["E_x"] = rho * s.get("E_x", 0.0) + (1 - rho) * step**2
    return lr * step


def rmsprop(g, t, s, lr, rho, eps, eps_place, centered, momentum):
    """Hinton 2012, lecture 6e; centered and with momentum as in Graves 2013, equations 38 to 41, without their rate."""
    s["n"] = rho * s.get("n", 0.0) + (1 - rho) * g**2
    s["mean"] = rho * s.get("mean", 0.0) + (1 - rho) * g
    n = s["n"] - s["mean"] ** 2 if centered else s["n"]
    s["Delta"] = momentum * s.get("Delta", 0.0) + g / divisor(max(n, 0.0), eps, eps_place)
    return lr * s["Delta"]


def moments(g, s, beta1, beta2):
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0.0) + (1 - beta2) * g**2
    return s["m"], s["v"]


def adam_step(m, v, t, lr, beta1, beta2, eps, eps_place, bias_correction):
    """Kingma and Ba 2015: algorithm 1 for ε outside, the end of section 2 for `hat`."""
    if not bias_correction:
        return lr * m / divisor(v, eps, eps_place)
    if eps_place == "hat":
        return lr * math.sqrt(1 - beta2**t) / (1 - beta1**t) * (m / (math.sqrt(v) + eps))
    return lr * (m / (1 - beta1**t)) / divisor(v / (1 - beta2**t), eps, eps_place)


def adam(g, t, s, lr, beta1, beta2, eps, eps_place, bias_correction):
    m, v = moments(g, s, beta1, beta2)
    return adam_step(m, v, t, lr, beta1, beta2, eps, eps_place, bias_correction)


def amsgrad(g, t, s, lr, beta1, beta2, eps, eps_place, bias_correction):
    """Reddi et al. 2018, algorithm 2; the correction, which it does not have, comes after the maximum."""
    m, v = moments(g, s, beta1, beta2)
    s["all"] = [*s.get("all", []), v]
    return adam_step(m, max(s["all"]), t, lr, beta1, beta2, eps, eps_place, bias_correction)


def adamax(g, t, s, lr, beta1, beta2, eps, bias_correction):
    """Kingma and Ba 2015, algorithm 2: u is the largest of |g_i| β2^(t − i), here with ε added to each |g_i|."""
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["sizes"] = [*s.get("sizes", []), abs(g) + eps]
    u = max(size * beta2 ** (t - i) for i, size in enumerate(s["sizes"], start=1))
    return lr / (1 - beta1**t if bias_correction else 1) * s["m"] / u


def nadam(g, t, s, lr, beta1, beta2, eps, eps_place, bias_correction, momentum_decay):
    """Dozat 2016, algorithm 2, with μ_i = β1 (1 − 0.96^(i ψ) / 2) and m with the constant β1, as torch has it."""
    m, v = moments(g, s, beta1, beta2)
    mu = [beta1 * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in range(1, t + 2)]
    if not bias_correction:
        return lr * (mu[t] * m + (1 - mu[t - 1]) * g) / divisor(v, eps, eps_place)
    ahead = mu[t] * m / (1 - math.prod(mu)) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
    if eps_place == "hat":
        return lr * math.sqrt(1 - beta2**t) * ahead / (math.sqrt(v) + eps)
    return lr * ahead / divisor(v / (1 - beta2**t), eps, eps_place)


def radam(g, t, s, lr, beta1, beta2, eps, eps_place, bias_correction):
    """Liu et al. 2020, algorithm 2; ε, which it does not have, beside √v (hat) or the corrected root."""
    m, v = moments(g, s, beta1, beta2)
    whole = 2 / (1 - beta2) - 1
    rho = whole - 2 * t * beta2**t / (1 - beta2**t)
    m = m / (1 - beta1**t) if bias_correction else m
    if rho <= 5:
        return lr * m
    r = math.sqrt((rho - 4) / (whole - 4) * (rho - 2) / (whole - 2) * whole / rho)
    if not bias_correction:
        return lr * r * m / divisor(v, eps, eps_place)
    if eps_place == "hat":
        return lr * r * m * math.sqrt(1 - beta2**t) / (math.sqrt(v) + eps)
    return lr * r * m / divisor(v / (1 - beta2**t), eps, eps_place)


def rprop(g, t, s, lr, eta_minus, eta_plus, step_min, step_max):
    """Riedmiller and Braun 1993 without going back after a change of sign (Igel and Hüsken 2000: iRprop−)."""
    before, size = s.get("g", 0.0), s.get("size", lr)
    if before * g > 0:
        size *= eta_plus
    elif before * g < 0:
        size, g = size * eta_minus, 0.0
    s["size"], s["g"] = min(max(size, step_min), step_max), g
    return s["size"] * (math.copysign(1, g) if g else 0.0)


def lion(g, t, s, lr, beta1, beta2):
    """Chen et al. 2023, algorithm 2."""
    c = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["m"] = beta2 * s.get("m", 0.0) + (1 - beta2) * g
    return lr * (math.copysign(1, c) if c else 0.0)


PAPERS: dict[str, Callable[..., float]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
    "amsgrad": amsgrad,
    "adamax": adamax,
    "nadam": nadam,
    "radam": radam,
    "rprop": rprop,
    "lion": lion,
}


def descend(name: str, start: float, gradients: Sequence[float], weight_decay: float, decoupled: bool, **hyper: Any):
    """The parameter after each step; the decay as in Loshchilov and Hutter 2019, algorithms 1 and 2."""
    w, kept, path = start, {}, []
    for t, gradient in enumerate(gradients, start=1):
        g = gradient if decoupled else gradient + weight_decay * w
        shrunk = w * (1 - hyper["lr"] * weight_decay) if decoupled else w
        w = shrunk - PAPERS[name](g, t, kept, **hyper)
        path.append(w)
    return path


def polyak(
    start: Sequence[float],
    losses: Sequence[float],
    gradients: Sequence[Sequence[float]],
    max_lr: float,
    f_min: float,
    weight_decay: float,
    decoupled: bool,
):
    """Polyak 1987, section 5.3.2, over a whole vector, with a largest rate."""
    w, path = list(start), []
    for loss, gradient in zip(losses, gradients, strict=True):
        g = [each if decoupled else each + weight_decay * at for each, at in zip(gradient, w, strict=True)]
        rate = min(max_lr, (loss - f_min) / math.fsum(each**2 for each in g))
        shrink = rate * weight_decay if decoupled else 0.0
        w = [at - rate * each - shrink * at for each, at in zip(g, w, strict=True)]
        path.append(w)
    return path
