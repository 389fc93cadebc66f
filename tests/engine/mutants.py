"""Broken rows, each with one mistake that people or programs make; the checks of the table must refuse every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcalc.engine.op import Attrs, Form, Op
from gradcalc.engine.ops import OPS


def rule(name: str, *rules: str | None) -> Op:
    """The row with other rule texts."""
    return _told(OPS[name], OPS[name].formula, rules) if OPS[name].form_for else replace(OPS[name], rules=rules)


def formula(name: str, text: str) -> Op:
    """The row with another formula text."""
    return _told(OPS[name], text, OPS[name].rules) if OPS[name].form_for else replace(OPS[name], formula=text)


def _told(op: Op, text: str, rules: tuple[str | None, ...]) -> Op:
    return replace(op, formula=text, rules=rules, form_for=lambda _: Form(text, rules))


def share(name: str, k: int, vjp: Callable[..., Any]) -> Op:
    """The row with other code for the gradient of input k."""
    op = OPS[name]
    return replace(op, vjps=(*op.vjps[:k], vjp, *op.vjps[k + 1 :]))


def both(name: str, k: int, vjp: Callable[..., Any], text: str) -> Op:
    """The row with the same mistake in code and rule, which only differences can find."""
    op = share(name, k, vjp)
    return _told(op, op.formula, (*op.rules[:k], text, *op.rules[k + 1 :]))


def _softmax(axis: int) -> Callable[..., Any]:
    return lambda x: np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


def scaled(op: Op, factor: float) -> Mapping[str, Op]:
    """The row with its shares, or else its rules, multiplied by a factor."""

    def scale(vjp: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *inputs, **attrs: factor * vjp(*inputs, **attrs)

    def form(attrs: Attrs) -> Form:
        text, rules = op.form(attrs)
        return Form(text, tuple(r and f"{factor} * ({r})" for r in rules))

    return {
        "shares": replace(op, vjps=tuple(vjp and scale(vjp) for vjp in op.vjps)),
        "rules": replace(op, form_for=form),
    }


MUTANTS: Mapping[str, Op] = {
    # signs and factors
    "the error has the wrong sign": both("squared_error", 0, lambda g, y, p, t: 2 * g * (t - p), "g * 2 * (t - p)"),
    "the factor 2 of a square is lost": both("squared_error", 0, lambda g, y, p, t: g * (p - t), "g * (p - t)"),
    "the factor 2 is lost in the rule only": rule("squared_error", "g * (p - t)", "g * 2 * (t - p)"),
    "the half of half the square is lost": formula("half_squared_error", "(p - t)**2"),
    "the target gets the gradient of the prediction": share("absolute_error", 1, lambda g, y, p, t: g * np.sign(p - t)),
    "the minus of a cosine is lost": both("cos", 0, lambda g, y, x: g * np.sin(x), "g * sin(x)"),
    "the factor of the penalty is lost": both("penalty_l2", 0, lambda g, y, W, factor: 2 * g * W, "g * 2 * W"),
    # matrices
    "the factors of a product are swapped": rule("linear", "W @ g", "g.T @ x"),
    "W is not transposed on the way back": both("linear_in_out", 0, lambda g, y, x, W: g @ W, "g @ W"),
    "the gradient of W is transposed": both("linear", 1, lambda g, y, x, W: x.T @ g, "x.T @ g"),
    "the column form forgets a transpose": replace(OPS["linear"], column=Form("W @ x", ("W @ g", "g @ x.T"))),
    "the column form of in_out is that of out_in": replace(OPS["linear_in_out"], column=OPS["linear"].column),
    "a product forgets its other factor": both("multiply", 0, lambda g, y, p, q: g, "g"),
    "the slope of a quotient forgets its minus": both("divide", 1, lambda g, y, p, q: g * y / q, "g * p / q**2"),
    "the divisor of a quotient's slope is not squared": rule("divide", "g / q", "-g * p / q"),
    "the exponent stays as it is": both("power_of", 0, lambda g, y, x, n: g * n * x**n, "g * n * x**n"),
    "the exponent does not come down": both("power_of", 0, lambda g, y, x, n: g * x ** (n - 1), "g * x**(n - 1)"),
    "the power of the base for the logarithm": rule("power", "g * y * log(p)", "g * q * p**(q - 1)"),
    "an inner product gives back a matrix": both("dot", 0, lambda g, y, p, q: np.outer(g * q, q), "outer(g * q, q)"),
    "the matrix of a product is not transposed": both("matmul", 0, lambda g, y, p, q: g @ q, "g @ q"),
    "a matrix gets the outer product the other way round": both(
        "matrix_vector", 0, lambda g, y, p, q: np.outer(q, g), "outer(q, g)"
    ),
    # the form of arrays
    "what is stretched gets g of one place": both(
        "stretch", 0, lambda g, y, x, shape: np.resize(g, x.shape), "gather(g, x) / 2"
    ),
    "the entries that are not chosen get g": both("entry", 0, lambda g, y, x, key: np.ones_like(x), "1"),
    "the parts change places": rule("concat", "part(g, 2, axis, x1, x2)", "part(g, 1, axis, x1, x2)"),
    # sums and means
    "a mean passes g undivided": both(
        "mean", 0, lambda g, y, x, axis, count: np.broadcast_to(g, x.shape), "fill(g, x)"
    ),
    "the product's slope divides by what may be 0": rule("prod", "g * y / x"),
    "the norm is not divided by": both("norm", 0, lambda g, y, x, axis: g * x, "g * x"),
    "the bias is not summed over the samples": both("add_bias", 1, lambda g, y, x, b: g, "g"),
    "the bias gets the mean of the samples": both("add_bias", 1, lambda g, y, x, b: g.mean(axis=0), "samples(g) / 3"),
    "a shared bias is not summed over the units": both(
        "add_shared_bias", 1, lambda g, y, x, b: g.sum(axis=0), "samples(g)"
    ),
    "a mean in the rule, a sum in the code": rule("over_outputs", "spread(g) / count"),
    "the divisor is lost on the way back": both(
        "over_outputs", 0, lambda g, y, x, count, divisor: np.repeat(g[:, None], count, axis=-1), "spread(g)"
    ),
    "the sample weights are not used": both("weighted_samples", 0, lambda g, y, x, s, divisor: g + 0 * s, "g"),
    "the bias column takes the gradient of the first weight": both(
        "bias_first", 0, lambda g, y, x: g[:, :-1], "init(g)"
    ),
    # slopes at the wrong place
    "σ′ is taken from z": rule("sigmoid", "g * x * (1 - x)"),
    "σ′ is taken from z in the code": both("sigmoid", 0, lambda g, y, x: g * x * (1 - x), "g * x * (1 - x)"),
    "σ′ is taken from a, once more": rule("sigmoid", "g * y * (1 - y) * (1 - y)"),
    "tanh′ is 1 − z²": rule("tanh", "g * (1 - x**2)"),
    "tanh′ is left out": both("tanh", 0, lambda g, y, x: g, "g"),
    "σ is the formula of tanh": formula("tanh", "1 / (1 + exp(-x))"),
    "the slope of leaky ReLU is lost": both("leaky_relu", 0, lambda g, y, x, slope: g * (x > 0), "g * (x > 0)"),
    "alpha is lost in ELU's rule": rule("elu", "g * where(x > 0, 1, y + 1)"),
    "GELU is its tanh form": replace(OPS["gelu"], forward=OPS["gelu_tanh"].forward, vjps=OPS["gelu_tanh"].vjps),
    "the formula of softplus is broken, its rule right": formula("softplus", "log(1 + exp(x)) / beta"),
    # softmax
    "softmax runs along the samples": replace(OPS["softmax"], forward=_softmax(0)),
    "softmax is told along the samples": formula("softmax", "exp(x) / samples(exp(x))"),
    "only the diagonal of softmax's Jacobian": both("softmax", 0, lambda g, y, x: g * y * (1 - y), "g * y * (1 - y)"),
    "softmax's exponentials are not divided": formula("softmax", "exp(x)"),
    "log softmax passes g without its sum": both("log_softmax", 0, lambda g, y, x: g - np.exp(y), "g - exp(y)"),
    # losses
    "the logarithm has base 10": formula("bce", "-t * logb(p, 10) - (1 - t) * logb(1 - p, 10)"),
    "ln(1 − p) is 1 − ln p": formula("bce", "-t * log(p) - (1 - t) * (1 - log(p))"),
    "cross-entropy has the terms of the other classes": formula(
        "cross_entropy", "-units(t * log(p) + (1 - t) * log(1 - p))"
    ),
    "p − t where the activation is not joined": rule("bce", "g * (p - t)", "g * (log(1 - p) - log(p))"),
    "softmax is joined twice": rule(
        "cross_entropy_with_logits", "spread(g) * softmax(p) * (softmax(p) - t)", "-spread(g) * log(softmax(p))"
    ),
    "the sum of the target is taken for 1": rule(
        "cross_entropy_with_logits", "spread(g) * (softmax(p) - t)", "-spread(g) * log(softmax(p))"
    ),
    "g is not spread over the units": share("nll", 0, lambda g, y, p, t: -t * g),
    "the right class stays in the maximum": formula("categorical_hinge", "max(0, 1 + top(p) - units(t * p))"),
    "hinge forgets the target": both(
        "hinge", 0, lambda g, y, p, t, margin: -g * (t * p < margin), "-g * (t * p < margin)"
    ),
    "the variance is not divided by": rule("gaussian_nll", "g * (p - t)", "g * (t - p)"),
    "dice keeps the whole constant": both(
        "dice", 0, lambda g, y, p, t: -2 * g * t / (t + p).sum(), "-2 * g * t / (total(t) + total(p))"
    ),
    # kinks
    "a tie of max is the second's": both("maximum", 0, lambda g, y, p, q, split: g * (p > q), "g * (p > q)"),
    "the largest entries all get g": both("max", 0, lambda g, y, x, axis, split: g * (x == y), "g * (x == y)"),
    "the smaller input gets g": both("maximum", 0, lambda g, y, p, q, split: g * (p <= q), "g * (p <= q)"),
    "ReLU′ is 1 at 0": both("relu", 0, lambda g, y, x: g * (x >= 0), "g * (x >= 0)"),
    "ReLU′ is told as 1 at 0": rule("relu", "g * (x >= 0)"),
    "the kink of ReLU is not marked": replace(OPS["relu"], kinks=None),
    "hard tanh lets the gradient through at its ends": both(
        "hardtanh", 0, lambda g, y, x, **ends: g * (abs(x) <= 1), "g * (abs(x) <= 1)"
    ),
    "the slope of |error| at 0 is 1": both(
        "absolute_error", 0, lambda g, y, p, t: g * np.where(p >= t, 1.0, -1.0), "g * where(p >= t, 1, -1)"
    ),
    # the row itself
    "a rule without a share": replace(OPS["nll"], vjps=(OPS["nll"].vjps[0], None)),
    "a share without a rule": rule("nll", "-spread(g) * t", None),
    "no word about the way back": replace(OPS["relu"], pattern=""),
}
