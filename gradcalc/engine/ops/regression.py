"""Losses for numbers: how far a prediction p is from a target t, and what that asks of p."""

from __future__ import annotations

import math

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form, Option
from gradcalc.engine.ops import stable
from gradcalc.engine.ops.rows import LOG_BASE, always, in_base, ln, log_text, loss, of_output, of_sample

LEAST = 1e-7  # Keras holds denominators and logarithms at it

SQUARED_ERROR = loss(
    "squared_error",
    lambda p, t: (p - t) ** 2,
    (lambda p, t: 2 * (p - t), lambda p, t: 2 * (t - p)),
    always(of_output("(p - t)**2", "2 * (p - t)", "2 * (t - p)")),
    title="squared error",
    pattern="scales: g times twice the error",
    flat="ŷ has reached y",
    doc="ŷ, y and e (N, K), without the factor ½ that some texts put in front.",
)

HALF_SQUARED_ERROR = loss(
    "half_squared_error",
    lambda p, t: (p - t) ** 2 / 2,
    (lambda p, t: p - t, lambda p, t: t - p),
    always(of_output("(p - t)**2 / 2", "p - t", "t - p")),
    title="half squared error",
    pattern="scales: g times the error",
    flat="ŷ has reached y",
    doc="ŷ, y and e (N, K): the ½ cancels the 2 of the derivative.",
)

_ABSOLUTE_FORM = of_output("abs(p - t)", "sign(p - t)", "sign(t - p)")

ABSOLUTE_ERROR = loss(
    "absolute_error",
    lambda p, t: np.abs(p - t),
    (lambda p, t: np.sign(p - t), lambda p, t: np.sign(t - p)),
    always(_ABSOLUTE_FORM),
    title="absolute error",
    pattern="scales: g times the sign of the error",
    flat="ŷ has reached y",
    kinks=lambda p, t: p == t,
    doc="ŷ, y and e (N, K); the slope at ŷ = y is 0, as in PyTorch.",
)


def _huber(p: Array, t: Array, delta: float) -> Array:
    size = np.abs(p - t)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


_HUBER_INSIDE = "abs(p - t) <= delta"

HUBER = loss(
    "huber",
    _huber,
    (lambda p, t, delta: np.clip(p - t, -delta, delta), lambda p, t, delta: np.clip(t - p, -delta, delta)),
    always(
        of_output(
            f"where({_HUBER_INSIDE}, (p - t)**2 / 2, delta * (abs(p - t) - delta / 2))",
            f"where({_HUBER_INSIDE}, p - t, delta * sign(p - t))",
            f"where({_HUBER_INSIDE}, t - p, delta * sign(t - p))",
        )
    ),
    title="Huber loss",
    pattern="scales: g times the error, held at ±delta",
    flat="ŷ has reached y",
    options={"delta": Option(1.0, "size of the error from which on the loss is a line", above=0)},
    doc="ŷ, y and e (N, K), smooth everywhere (Huber 1964).",
)


def _smooth_l1(p: Array, t: Array, beta: float) -> Array:
    size = np.abs(p - t)
    return np.where(size < beta, size**2 / 2 / beta, size - beta / 2)


_SMOOTH_INSIDE = "abs(p - t) < beta"
_SMOOTH_FORM = of_output(
    f"where({_SMOOTH_INSIDE}, (p - t)**2 / (2 * beta), abs(p - t) - beta / 2)",
    f"where({_SMOOTH_INSIDE}, (p - t) / beta, sign(p - t))",
    f"where({_SMOOTH_INSIDE}, (t - p) / beta, sign(t - p))",
)

SMOOTH_L1 = loss(
    "smooth_l1",
    _smooth_l1,
    (
        lambda p, t, beta: np.where(np.abs(p - t) < beta, (p - t) / beta, np.sign(p - t)),
        lambda p, t, beta: np.where(np.abs(p - t) < beta, (t - p) / beta, np.sign(t - p)),
    ),
    lambda attrs: _SMOOTH_FORM if attrs["beta"] else _ABSOLUTE_FORM,
    title="smooth L1",
    pattern="scales: g times the error over beta, held at ±1",
    flat="ŷ has reached y",
    options={
        "beta": Option(1.0, "size of the error from which on the loss is a line; 0 is the absolute error", least=0)
    },
    kinks=lambda p, t, beta: (p == t) & (beta == 0),
    doc="ŷ, y and e (N, K): Huber's loss over delta, as in PyTorch (Girshick 2015).",
)

LOG_COSH = loss(
    "log_cosh",
    lambda p, t: stable.log_cosh(p - t),
    (lambda p, t: np.tanh(p - t), lambda p, t: np.tanh(t - p)),
    always(of_output("log(cosh(p - t))", "tanh(p - t)", "tanh(t - p)")),
    title="log-cosh",
    pattern="scales: g times the tanh of the error",
    flat="ŷ has reached y",
    doc="ŷ, y and e (N, K): half the square of small errors, the size of large ones less ln 2.",
)


def _size(t: Array) -> Array:
    return np.maximum(np.abs(t), LEAST)


_SIZE = "max(abs(t), 1e-7)"

MAPE = loss(
    "mape",
    lambda p, t: 100 * np.abs(p - t) / _size(t),
    (
        lambda p, t: 100 * np.sign(p - t) / _size(t),
        lambda p, t: 100 * (np.sign(t - p) - np.where(np.abs(t) > LEAST, np.abs(p - t) / t, 0)) / _size(t),
    ),
    always(
        of_output(
            f"100 * abs(p - t) / {_SIZE}",
            f"100 * sign(p - t) / {_SIZE}",
            f"100 * sign(t - p) / {_SIZE} - where(abs(t) > 1e-7, y / t, 0)",
        )
    ),
    title="absolute percentage error",
    pattern="scales: g times the sign of the error, in percent of the target",
    flat="ŷ has reached y",
    kinks=lambda p, t: (p == t) | (np.abs(t) == LEAST),
    doc="ŷ, y and e (N, K), in percent; a target nearer to 0 than 1e-7 counts as 1e-7, as in Keras.",
)


def _log_error(p: Array, t: Array) -> Array:
    """ln(1 + p) − ln(1 + t), both held at 1e-7."""
    held = np.maximum(t, LEAST)
    error: Array = np.log1p((np.maximum(p, LEAST) - held) / (1 + held))
    return error


def _msle_form(attrs: Attrs) -> Form:
    error = "log(1 + max({}, 1e-7)) - log(1 + max({}, 1e-7))".format
    formula = " - ".join(log_text(f"1 + max({name}, 1e-7)", attrs) for name in "pt")
    twice = "2 * ({1} >= 1e-7) * ({0}) / (1 + max({1}, 1e-7))".format
    by_p, by_t = twice(error("p", "t"), "p"), twice(error("t", "p"), "t")
    return of_output(f"({formula})**2", *(in_base(in_base(slope, attrs), attrs) for slope in (by_p, by_t)))


MSLE = loss(
    "msle",
    lambda p, t, log_base: (_log_error(p, t) / ln(log_base)) ** 2,
    (
        lambda p, t, log_base: 2 * (p >= LEAST) * _log_error(p, t) / (1 + np.maximum(p, LEAST)) / ln(log_base) ** 2,
        lambda p, t, log_base: 2 * (t >= LEAST) * _log_error(t, p) / (1 + np.maximum(t, LEAST)) / ln(log_base) ** 2,
    ),
    _msle_form,
    title="squared logarithmic error",
    pattern="scales: g times twice the error of the logarithms over 1 + ŷ",
    flat="ŷ has reached y, or is held at 1e-7",
    options={"log_base": LOG_BASE},
    kinks=lambda p, t, **_: (p == LEAST) | (t == LEAST),
    doc="ŷ, y and e (N, K), ŷ and y held at 1e-7 or more, below which the slope is 0, as in Keras.",
)

_STIRLING = "where(t > 1, t * log(t) - t + log(2 * pi * t) / 2, 0)"


def _poisson_nll(p: Array, t: Array, *, log_input: bool, full: bool, eps: float) -> Array:
    value = np.exp(p) - t * p if log_input else p - t * np.log(p + eps)
    return value + np.where(t > 1, t * np.log(t) - t + np.log(2 * math.pi * t) / 2, 0) if full else value


def _poisson_by_target(p: Array, t: Array, *, log_input: bool, full: bool, eps: float) -> Array:
    slope = -p if log_input else -np.log(p + eps)
    return slope + np.where(t > 1, np.log(t) + 1 / (2 * t), 0) if full else slope


def _poisson_form(attrs: Attrs) -> Form:
    value, by_p, by_t = "p - t * log(p + eps)", "1 - t / (p + eps)", "-log(p + eps)"
    if attrs["log_input"]:
        value, by_p, by_t = "exp(p) - t * p", "exp(p) - t", "-p"
    if attrs["full"]:
        value, by_t = f"{value} + {_STIRLING}", f"{by_t} + where(t > 1, log(t) + 1 / (2 * t), 0)"
    return of_output(value, by_p, by_t)


POISSON_NLL = loss(
    "poisson_nll",
    _poisson_nll,
    (
        lambda p, t, log_input, eps, **_: np.exp(p) - t if log_input else 1 - t / (p + eps),
        _poisson_by_target,
    ),
    _poisson_form,
    title="Poisson negative log-likelihood",
    pattern="scales: g times the expected count less the target",
    flat="the expected count is the target",
    options={
        "log_input": Option(True, "whether ŷ is the logarithm of the expected count"),
        "full": Option(False, "whether Stirling's approximation of ln y! is added"),
        "eps": Option(1e-8, "added to ŷ under the logarithm, without log_input", above=0),
    },
    kinks=lambda _p, t, full, **_: (t == 1) & full,
    doc="ŷ, y and e (N, K), options and approximation as in PyTorch; a count y is not negative.",
)


def _variance(var: float, eps: float) -> float:
    return max(var, eps)


def _gaussian_nll(p: Array, t: Array, *, var: float, full: bool, eps: float) -> Array:
    held = _variance(var, eps)
    return (math.log(held) + (p - t) ** 2 / held + (math.log(2 * math.pi) if full else 0)) / 2


def _gaussian_form(attrs: Attrs) -> Form:
    held = "var" if attrs["var"] >= attrs["eps"] else "eps"
    constant = f"2 * pi * {held}" if attrs["full"] else held
    return of_output(f"(log({constant}) + (p - t)**2 / {held}) / 2", f"(p - t) / {held}", f"(t - p) / {held}")


GAUSSIAN_NLL = loss(
    "gaussian_nll",
    _gaussian_nll,
    (
        lambda p, t, var, eps, **_: (p - t) / _variance(var, eps),
        lambda p, t, var, eps, **_: (t - p) / _variance(var, eps),
    ),
    _gaussian_form,
    title="Gaussian negative log-likelihood",
    pattern="scales: g times the error over the variance",
    flat="ŷ has reached y",
    options={
        "var": Option(1.0, "variance of every output", least=0),
        "full": Option(False, "whether the constant ln(2π)/2 is added"),
        "eps": Option(1e-6, "the variance is at least this", above=0),
    },
    doc="ŷ, y and e (N, K): ŷ is the mean of y, the variance is given (Nix and Weigend 1994; as in PyTorch).",
)


def _directions(p: Array, t: Array) -> tuple[Array, Array, Array, Array]:
    """p and t as unit vectors, and their lengths."""
    lengths = [_length(p), _length(t)]
    return p / lengths[0], t / lengths[1], lengths[0], lengths[1]


def _length(x: Array) -> Array:
    largest = np.abs(x).max(axis=-1, keepdims=True)
    length: Array = largest * np.sqrt(stable.row_sum((x / largest) ** 2))
    return length


def _turned(p: Array, t: Array) -> Array:
    """The derivative of −cos towards p: p is turned away from what it has in excess of t's direction."""
    p, t, length, _ = _directions(p, t)
    return (stable.row_sum(p * t) * p - t) / length


def _cosine_distance(p: Array, t: Array) -> Array:
    p, t, _, _ = _directions(p, t)
    return stable.units((p - t) ** 2) / 2


def _cosine_form(cosine: str, front: str) -> Form:
    lengths = "(sqrt(units(p**2)) * sqrt(units(t**2)))"
    by = "spread({cosine}) * {0} / spread(units({0}**2)) - {1} / spread({lengths})".format
    return of_sample(
        f"{front}units(p * t) / {lengths}",
        by("p", "t", cosine=cosine, lengths=lengths),
        by("t", "p", cosine=cosine, lengths=lengths),
    )


COSINE_SIMILARITY = loss(
    "cosine_similarity",
    lambda p, t: -stable.units(np.multiply(*_directions(p, t)[:2])),
    (_turned, lambda p, t: _turned(t, p)),
    always(_cosine_form("-y", "-")),
    per_sample=True,
    title="negative cosine similarity",
    pattern="mixes: ŷ is turned towards y, its length is left alone",
    flat="ŷ turns no nearer to y that way",
    doc="ŷ and y (N, K), ℓ (N,): −1 where they point the same way, as in Keras; not defined where ŷ or y is 0.",
)

COSINE_DISTANCE = loss(
    "cosine_distance",
    _cosine_distance,
    (_turned, lambda p, t: _turned(t, p)),
    always(_cosine_form("1 - y", "1 - ")),
    per_sample=True,
    title="cosine distance",
    pattern="mixes: ŷ is turned towards y, its length is left alone",
    flat="ŷ turns no nearer to y that way",
    doc="ŷ and y (N, K), ℓ (N,): 0 where they point the same way; not defined where ŷ or y is 0.",
)
