"""Losses for probabilities: what a prediction p says of the classes, against a target t."""

from __future__ import annotations

import math

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form, Option
from gradcalc.engine.ops.rows import LOG_BASE, always, in_base, ln, log_text, loss, of_output, of_sample
from gradcalc.engine.ops.stable import over, row_sum, times, units

CLIP = Option(None, "ŷ is held in [clip, 1 − clip]; none: not held", above=0, below=0.5)
GAMMA = Option(2.0, "how much samples that are right already count less", least=0)
BALANCE = Option(None, "weight of the positive class, 1 − alpha that of the other; none: no weights", least=0, most=1)
FOCAL_ALPHA = Option(0.25, "weight of every class", above=0)
SMOOTHING = Option(0.0, "share of the target that is spread evenly over the classes", least=0, most=1)


def hold(log_p: Array, log_q: Array, p: Array, clip: float | None) -> tuple[Array, Array]:
    """ln p and ln(1 − p), where p is held in [clip, 1 − clip]."""
    if clip is None:
        return log_p, log_q
    low, high, least, most = p < clip, p > 1 - clip, math.log(clip), math.log1p(-clip)
    return np.where(low, least, np.where(high, most, log_p)), np.where(low, most, np.where(high, least, log_q))


def inside(p: Array, clip: float | None) -> Array:
    """1 where p is not held, 0 where it is."""
    return np.ones_like(p) if clip is None else np.where(np.logical_and(p >= clip, p <= 1 - clip), 1.0, 0.0)


def binary(log_p: Array, log_q: Array, t: Array) -> Array:
    """−t ln p − (1 − t) ln(1 − p)."""
    return -times(t, log_p) - times(1 - t, log_q)


def _logs(p: Array, clip: float | None = None) -> tuple[Array, Array]:
    return hold(np.log(p), np.log1p(-p), p, clip)


def _binary_slope(p: Array, t: Array) -> Array:
    spread = p * (1 - p)
    return np.where(spread == 0, over(1 - t, 1 - p) - over(t, p), (p - t) / spread)


def _bce_by_target(p: Array, _t: Array, clip: float | None, log_base: float | None) -> Array:
    log_p, log_q = _logs(p, clip)
    return (log_q - log_p) / ln(log_base)


def _bce_form(attrs: Attrs) -> Form:
    p, held = "p", ""
    if attrs["clip"] is not None:
        p, held = "min(max(p, clip), 1 - clip)", "(p >= clip) * (p <= 1 - clip) * "
    log_p, log_q = log_text(p, attrs), log_text(f"1 - {p}", attrs)
    by_p = in_base(f"{held}(p - t) / (p * (1 - p))", attrs)
    return of_output(f"-t * {log_p} - (1 - t) * {log_q}", by_p, f"{log_q} - {log_p}")


BCE = loss(
    "bce",
    lambda p, t, clip, log_base: binary(*_logs(p, clip), t) / ln(log_base),
    (
        lambda p, t, clip, log_base: times(inside(p, clip), _binary_slope(p, t)) / ln(log_base),
        _bce_by_target,
    ),
    _bce_form,
    title="binary cross-entropy",
    pattern="scales: g times the error over the variance ŷ (1 − ŷ)",
    flat="ŷ has reached y, or is held by clip",
    options={"clip": CLIP, "log_base": LOG_BASE},
    kinks=lambda p, _t, clip, **_: np.zeros(p.shape, bool) if clip is None else (p == clip) | (p == 1 - clip),
    doc="ŷ, y and e (N, K), ŷ and y in [0, 1]; 0 · ln 0 is 0, and so is its slope. `clip` is Keras's.",
)


class Focus:
    """The parts of the binary focal loss: α_t, 1 − p_t, the cross-entropy, and their derivatives."""

    def __init__(self, t: Array, alpha: float | None, gamma: float, miss: Array, entropy: Array) -> None:
        self.weight: Array | float = 1.0 if alpha is None else alpha * t + (1 - alpha) * (1 - t)
        self.tilt = 0.0 if alpha is None else 2 * alpha - 1
        self.entropy = entropy
        self.factor = miss**gamma
        # where nothing is missed the cross-entropy is 0, too, and wins over the power
        self.steepness = np.where(miss == 0, 0, gamma * miss ** (gamma - 1) * entropy) if gamma else np.zeros_like(miss)

    @property
    def value(self) -> Array:
        return self.weight * self.factor * self.entropy

    def by(self, entropy_slope: Array, miss_slope: Array) -> Array:
        """The derivative towards something that moves the cross-entropy and the miss so fast, and α_t not at all."""
        return self.weight * (self.factor * entropy_slope + times(miss_slope, self.steepness))

    def by_target(self, entropy_slope: Array, miss_slope: Array) -> Array:
        return self.by(entropy_slope, miss_slope) + self.tilt * self.factor * self.entropy


def _focus(p: Array, t: Array, gamma: float, alpha: float | None) -> Focus:
    return Focus(t, alpha, gamma, t * (1 - p) + (1 - t) * p, binary(*_logs(p), t))


def _binary_focal_by_target(p: Array, t: Array, gamma: float, alpha: float | None, log_base: float | None) -> Array:
    log_p, log_q = _logs(p)
    return _focus(p, t, gamma, alpha).by_target(log_q - log_p, 1 - 2 * p) / ln(log_base)


def binary_focal_form(attrs: Attrs, p: str, q: str, by_p: tuple[str, str], by_t: str) -> Form:
    """The texts of the binary focal loss, of p and q = 1 − p.

    `by_p` are the slopes of the cross-entropy and of the miss towards p, `by_t` that of the cross-entropy towards t.
    """
    weight = "" if attrs["alpha"] is None else "(alpha * t + (1 - alpha) * (1 - t)) * "
    tilt = "" if attrs["alpha"] is None else " + (2 * alpha - 1) * {miss}**gamma * {entropy}"
    miss = f"(t * {q} + (1 - t) * {p})"
    natural = f"(-t * log({p}) - (1 - t) * log({q}))"
    entropy = f"(-t * {log_text(p, attrs)} - (1 - t) * {log_text(q, attrs)})"
    slope = f"{weight}({miss}**gamma * ({{}}) + gamma * {miss}**(gamma - 1) * ({{}}) * {natural})".format
    return of_output(
        f"{weight}{miss}**gamma * {entropy}",
        in_base(slope(*by_p), attrs),
        in_base(slope(by_t, f"1 - 2 * {p}") + tilt.format(miss=miss, entropy=natural), attrs),
    )


BINARY_FOCAL = loss(
    "binary_focal",
    lambda p, t, gamma, alpha, log_base: _focus(p, t, gamma, alpha).value / ln(log_base),
    (
        lambda p, t, gamma, alpha, log_base: (
            _focus(p, t, gamma, alpha).by(_binary_slope(p, t), 1 - 2 * t) / ln(log_base)
        ),
        _binary_focal_by_target,
    ),
    lambda attrs: binary_focal_form(
        attrs, "p", "(1 - p)", ("(p - t) / (p * (1 - p))", "1 - 2 * t"), "log(1 - p) - log(p)"
    ),
    title="binary focal loss",
    pattern="scales: g times the slope, small where ŷ is right already",
    flat="ŷ has reached y",
    options={"gamma": GAMMA, "alpha": BALANCE, "log_base": LOG_BASE},
    doc="ŷ, y and e (N, K): α_t (1 − p_t)^γ times the cross-entropy, p_t = y ŷ + (1 − y)(1 − ŷ) (Lin et al. 2017).",
)


def smooth(t: Array, label_smoothing: float) -> Array:
    """The target with a share of it spread evenly over the classes."""
    return (1 - label_smoothing) * t + label_smoothing / t.shape[-1] if label_smoothing else t


def smooth_text(attrs: Attrs) -> str:
    return "((1 - label_smoothing) * t + label_smoothing / width(t))" if attrs.get("label_smoothing") else "t"


def target_text(slope: str, attrs: Attrs) -> str:
    """The text of a slope towards the smoothed target, towards the target itself."""
    return f"(1 - label_smoothing) * ({slope})" if attrs.get("label_smoothing") else slope


def _log_share(p: Array, normalize: bool) -> Array:
    return np.log(p / row_sum(p)) if normalize else np.log(p)


def _cross_entropy(p: Array, t: Array, label_smoothing: float, normalize: bool, log_base: float | None) -> Array:
    return -units(times(smooth(t, label_smoothing), _log_share(p, normalize))) / ln(log_base)


def _cross_entropy_slope(p: Array, t: Array, label_smoothing: float, normalize: bool, log_base: float | None) -> Array:
    t = smooth(t, label_smoothing)
    whole = row_sum(t) / row_sum(p) if normalize else 0
    return (whole - over(t, p)) / ln(log_base)


def _cross_entropy_form(attrs: Attrs) -> Form:
    t, share = smooth_text(attrs), "p / spread(units(p))" if attrs["normalize"] else "p"
    by_p = f"spread(units({t}) / units(p)) - {t} / p" if attrs["normalize"] else f"-{t} / p"
    log = log_text(share, attrs)
    return of_sample(f"-units({t} * {log})", in_base(by_p, attrs), target_text(f"-{log}", attrs))


CROSS_ENTROPY = loss(
    "cross_entropy",
    _cross_entropy,
    (
        _cross_entropy_slope,
        lambda p, _t, label_smoothing, normalize, log_base: (
            (label_smoothing - 1) * _log_share(p, normalize) / ln(log_base)
        ),
    ),
    _cross_entropy_form,
    per_sample=True,
    title="cross-entropy",
    pattern="scales: only where the target is, by −y / ŷ",
    flat="the target has nothing there",
    options={
        "label_smoothing": SMOOTHING,
        "normalize": Option(False, "whether ŷ is first divided by its sum"),
        "log_base": LOG_BASE,
    },
    doc="ŷ and y (N, K), ℓ (N,): ŷ probabilities, y one-hot or any distribution; 0 · ln 0 is 0, and so is its slope.",
)


def _focal_slope(p: Array, t: Array, gamma: float, alpha: float, log_base: float | None) -> Array:
    miss = 1 - p
    steepness = np.where(miss == 0, 0, gamma * miss ** (gamma - 1) * np.log(p)) if gamma else np.zeros_like(p)
    return alpha * times(t, steepness - miss**gamma / p) / ln(log_base)


def _focal_form(attrs: Attrs) -> Form:
    log = log_text("p", attrs)
    by_p = in_base("alpha * t * (gamma * (1 - p)**(gamma - 1) * log(p) - (1 - p)**gamma / p)", attrs)
    return of_sample(f"-units(alpha * (1 - p)**gamma * t * {log})", by_p, f"-alpha * (1 - p)**gamma * {log}")


FOCAL = loss(
    "focal",
    lambda p, t, gamma, alpha, log_base: -units(times(alpha * (1 - p) ** gamma * t, np.log(p))) / ln(log_base),
    (
        _focal_slope,
        lambda p, _t, gamma, alpha, log_base: -times(alpha * (1 - p) ** gamma, np.log(p)) / ln(log_base),
    ),
    _focal_form,
    per_sample=True,
    title="focal loss",
    pattern="scales: only where the target is, and little where ŷ is right already",
    flat="the target has nothing there, or ŷ is 1",
    options={"gamma": GAMMA, "alpha": FOCAL_ALPHA, "log_base": LOG_BASE},
    doc="ŷ and y (N, K), ℓ (N,): ŷ are probabilities, the same weight α for every class (Lin et al. 2017).",
)

NLL = loss(
    "nll",
    lambda p, t: -units(times(t, p)),
    (lambda _p, t: -t, lambda p, _t: -p),
    always(of_sample("-units(t * p)", "-t", "-p")),
    per_sample=True,
    title="negative log-likelihood",
    pattern="scales: only where the target is, by −y",
    flat="the target has nothing there",
    doc="ŷ and y (N, K), ℓ (N,): ŷ are logarithms of probabilities, such as log_softmax gives.",
)


def log_ratio(t: Array, p: Array) -> Array:
    """ln(t / p), also where the fraction overflows."""
    fraction = t / p
    return np.where((fraction > 0) & (fraction < np.inf), np.log(fraction), np.log(t) - np.log(p))


def _kl_form(attrs: Attrs) -> Form:
    by_t = in_base("log(t / p) + 1", attrs)
    return of_sample(f"units(t * {log_text('t / p', attrs)})", in_base("-t / p", attrs), by_t)


KL_DIV = loss(
    "kl_div",
    lambda p, t, log_base: units(times(t, log_ratio(t, p))) / ln(log_base),
    (
        lambda p, t, log_base: -over(t, p) / ln(log_base),
        lambda p, t, log_base: np.where(t == 0, 0, log_ratio(t, p) + 1) / ln(log_base),
    ),
    _kl_form,
    per_sample=True,
    title="Kullback–Leibler divergence",
    pattern="scales: only where the target is, by −y / ŷ",
    flat="the target has nothing there",
    options={"log_base": LOG_BASE},
    doc="ŷ and y (N, K), ℓ (N,): both distributions, ŷ not in logarithms (PyTorch's kl_div takes ln ŷ).",
)


def _dice_slope(p: Array, t: Array) -> Array:
    whole = (t + p).sum()
    share: Array = (2 * (p * t).sum() / whole - 2 * t) / whole
    return share


DICE = loss(
    "dice",
    lambda p, t: (t * (1 - p) + p * (1 - t)).sum() / (t + p).sum(),
    (_dice_slope, lambda p, t: _dice_slope(t, p)),
    always(
        of_output(
            "1 - 2 * total(t * p) / (total(t) + total(p))",
            "(1 - y - 2 * t) / (total(t) + total(p))",
            "(1 - y - 2 * p) / (total(t) + total(p))",
        )
    ),
    title="Dice loss",
    pattern="mixes: every prediction changes the overlap and the whole",
    doc="ŷ and y (N, K), L (): over all samples and outputs; not defined where all are 0 (Milletari et al. 2016).",
)
