"""Losses that take z in place of probabilities: activation and loss in one, finite for every z."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form
from gradcalc.engine.ops.classification import (
    BALANCE,
    CLIP,
    FOCAL_ALPHA,
    GAMMA,
    SMOOTHING,
    Focus,
    binary,
    binary_focal_form,
    hold,
    inside,
    smooth,
    smooth_text,
    target_text,
)
from gradcalc.engine.ops.rows import LOG_BASE, in_base, ln, log_text, loss, of_output, of_sample
from gradcalc.engine.ops.stable import (
    less_softmax,
    log_sigmoid,
    log_softmax,
    rest,
    row_sum,
    sigmoid,
    sigmoid_less,
    sigmoid_slope,
    softmax,
    times,
    units,
)

ERROR = "distributes: z gets the error ŷ − y itself"


def _logs(z: Array, clip: float | None = None) -> tuple[Array, Array]:
    return hold(log_sigmoid(z), log_sigmoid(-z), sigmoid(z), clip)


def _bce(z: Array, t: Array, clip: float | None, log_base: float | None) -> Array:
    """ln(1 + eᶻ) − t z, added up so that nothing cancels where σ(z) has reached a t of 0 or 1."""
    if clip is not None:
        return binary(*_logs(z, clip), t) / ln(log_base)
    bend: Array = np.log1p(np.exp(-np.abs(z)))
    natural = (np.maximum(z, 0) - t * z) + bend
    return natural if log_base is None else natural / ln(log_base)


def _bce_by_logit(z: Array, t: Array, clip: float | None, log_base: float | None) -> Array:
    error = sigmoid_less(z, t)
    error = error if clip is None else error * inside(sigmoid(z), clip)
    return error if log_base is None else error / ln(log_base)


def _bce_by_target(z: Array, _t: Array, clip: float | None, log_base: float | None) -> Array:
    log_p, log_q = _logs(z, clip)
    return (log_q - log_p if clip is not None else -z) / ln(log_base)


def _bce_form(attrs: Attrs) -> Form:
    p, q, held = "sigmoid(p)", "sigmoid(-p)", ""
    if attrs["clip"] is not None:
        held = f"({p} >= clip) * ({p} <= 1 - clip) * "
        p, q = (f"min(max({x}, clip), 1 - clip)" for x in (p, q))
    log_p, log_q = log_text(p, attrs), log_text(q, attrs)
    by_t = in_base("-p", attrs) if attrs["clip"] is None else f"{log_q} - {log_p}"
    return of_output(f"-t * {log_p} - (1 - t) * {log_q}", in_base(f"{held}(sigmoid(p) - t)", attrs), by_t)


BCE_WITH_LOGITS = loss(
    "bce_with_logits",
    _bce,
    (_bce_by_logit, _bce_by_target),
    _bce_form,
    title="binary cross-entropy of a logit",
    pattern=ERROR,
    flat="σ(z) has reached its target, or is held by clip",
    options={"clip": CLIP, "log_base": LOG_BASE},
    kinks=lambda p, _t, clip, **_: (
        np.zeros(p.shape, bool) if clip is None else (sigmoid(p) == clip) | (sigmoid(p) == 1 - clip)
    ),
    doc="ŷ, y and e (N, K): ŷ is z, before the sigmoid; 1 − σ(z) is written σ(−z).",
)


def _focus(z: Array, t: Array, gamma: float, alpha: float | None) -> Focus:
    return Focus(t, alpha, gamma, t * sigmoid(-z) + (1 - t) * sigmoid(z), binary(*_logs(z), t))


def _binary_focal_slope(z: Array, t: Array, gamma: float, alpha: float | None, log_base: float | None) -> Array:
    return _focus(z, t, gamma, alpha).by(sigmoid_less(z, t), (1 - 2 * t) * sigmoid_slope(z)) / ln(log_base)


def _binary_focal_by_target(z: Array, t: Array, gamma: float, alpha: float | None, log_base: float | None) -> Array:
    return _focus(z, t, gamma, alpha).by_target(-z, sigmoid(-z) - sigmoid(z)) / ln(log_base)


BINARY_FOCAL_WITH_LOGITS = loss(
    "binary_focal_with_logits",
    lambda p, t, gamma, alpha, log_base: _focus(p, t, gamma, alpha).value / ln(log_base),
    (_binary_focal_slope, _binary_focal_by_target),
    lambda attrs: binary_focal_form(
        attrs,
        "sigmoid(p)",
        "sigmoid(-p)",
        ("sigmoid(p) - t", "(1 - 2 * t) * sigmoid(p) * (1 - sigmoid(p))"),
        "-p",
    ),
    title="binary focal loss of a logit",
    pattern="scales: g times the slope, small where σ(z) is right already",
    flat="σ(z) has reached its target",
    options={"gamma": GAMMA, "alpha": BALANCE, "log_base": LOG_BASE},
    doc="ŷ, y and e (N, K): ŷ is z, before the sigmoid (Lin et al. 2017).",
)


def _cross_entropy_form(attrs: Attrs) -> Form:
    t, log = smooth_text(attrs), log_text("softmax(p)", attrs)
    by_p = in_base(f"softmax(p) * spread(units({t})) - {t}", attrs)
    return of_sample(f"-units({t} * {log})", by_p, target_text(f"-{log}", attrs))


# it also stands in for nll, which lacks its options, and for cross_entropy, whose `normalize` a softmax does not need
def _cross_entropy(z: Array, t: Array, label_smoothing: float = 0, log_base: float | None = None, **_: object) -> Array:
    return -units(times(smooth(t, label_smoothing), log_softmax(z))) / ln(log_base)


def _cross_entropy_slope(
    z: Array, t: Array, label_smoothing: float = 0, log_base: float | None = None, **_: object
) -> Array:
    return -less_softmax(smooth(t, label_smoothing), z) / ln(log_base)


def _cross_entropy_by_target(
    z: Array, _t: Array, label_smoothing: float = 0, log_base: float | None = None, **_: object
) -> Array:
    return (label_smoothing - 1) * log_softmax(z) / ln(log_base)


CROSS_ENTROPY_WITH_LOGITS = loss(
    "cross_entropy_with_logits",
    _cross_entropy,
    (_cross_entropy_slope, _cross_entropy_by_target),
    _cross_entropy_form,
    per_sample=True,
    title="cross-entropy of logits",
    pattern=ERROR,
    flat="softmax(z) has reached its target",
    options={"label_smoothing": SMOOTHING, "log_base": LOG_BASE},
    doc="ŷ and y (N, K), ℓ (N,): ŷ is z, before the softmax; y is one-hot or any distribution.",
)


def _focal(z: Array, t: Array, gamma: float, alpha: float, log_base: float | None) -> Array:
    return -units(times(alpha * rest(z) ** gamma * t, log_softmax(z))) / ln(log_base)


def _focal_slope(z: Array, t: Array, gamma: float, alpha: float, log_base: float | None) -> Array:
    p, miss = softmax(z), rest(z)
    entropy = times(p, log_softmax(z))
    steepness = np.where(miss == 0, 0, gamma * miss ** (gamma - 1) * entropy) if gamma else np.zeros_like(p)
    pull = alpha * t * (steepness - miss**gamma)
    others = row_sum(pull) - pull
    return (pull * miss - p * others) / ln(log_base)


def _focal_form(attrs: Attrs) -> Form:
    p, log = "softmax(p)", log_text("softmax(p)", attrs)
    pull = f"alpha * t * (gamma * (1 - {p})**(gamma - 1) * {p} * log({p}) - (1 - {p})**gamma)"
    by_p = in_base(f"{pull} - {p} * spread(units({pull}))", attrs)
    return of_sample(f"-units(alpha * (1 - {p})**gamma * t * {log})", by_p, f"-alpha * (1 - {p})**gamma * {log}")


FOCAL_WITH_LOGITS = loss(
    "focal_with_logits",
    _focal,
    (
        _focal_slope,
        lambda p, _t, gamma, alpha, log_base: -times(alpha * rest(p) ** gamma, log_softmax(p)) / ln(log_base),
    ),
    _focal_form,
    per_sample=True,
    title="focal loss of logits",
    pattern="mixes: every z of a sample moves all its probabilities",
    flat="softmax(z) has reached its target",
    options={"gamma": GAMMA, "alpha": FOCAL_ALPHA, "log_base": LOG_BASE},
    doc="ŷ and y (N, K), ℓ (N,): ŷ is z, before the softmax (Lin et al. 2017).",
)


def _log_excess(z: Array, t: Array) -> Array:
    """ln t − ln softmax(z)."""
    return np.log(t) - log_softmax(z)


def _kl_form(attrs: Attrs) -> Form:
    by_p = in_base("softmax(p) * spread(units(t)) - t", attrs)
    by_t = in_base("log(t / softmax(p)) + 1", attrs)
    return of_sample(f"units(t * {log_text('t / softmax(p)', attrs)})", by_p, by_t)


KL_DIV_WITH_LOGITS = loss(
    "kl_div_with_logits",
    lambda p, t, log_base: units(times(t, _log_excess(p, t))) / ln(log_base),
    (
        lambda p, t, log_base: -less_softmax(t, p) / ln(log_base),
        lambda p, t, log_base: np.where(t == 0, 0, _log_excess(p, t) + 1) / ln(log_base),
    ),
    _kl_form,
    per_sample=True,
    title="Kullback–Leibler divergence of logits",
    pattern=ERROR,
    flat="softmax(z) has reached its target",
    options={"log_base": LOG_BASE},
    doc="ŷ and y (N, K), ℓ (N,): what kl_div after a softmax is computed by; ŷ is z, before the softmax.",
)
