"""Functions that lose no digits: no overflow on the way, and no difference of numbers that are nearly equal.

Everything is elementwise, except that `softmax`, `log_softmax` and `less_softmax` run along the last axis.
"""

from __future__ import annotations

import math

import numpy as np

from gradcalc.engine.book import erfc
from gradcalc.engine.op import Array

# as an array it is added to one in half the time
HALF = np.array(0.5)
ROOT_TWO = math.sqrt(2)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


def sigmoid(x: Array) -> Array:
    e: Array = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sigmoid_slope(x: Array) -> Array:
    """σ(x) (1 − σ(x)), which is still a number where σ(x) has become 1."""
    e: Array = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def tanh_slope(x: Array) -> Array:
    """1 − tanh²(x), which is still a number where tanh(x) has become 1."""
    y: Array = 1 / np.cosh(x)
    return y * y


def softplus(x: Array) -> Array:
    """ln(1 + eˣ)."""
    bend: Array = np.log1p(np.exp(-np.abs(x)))
    return np.maximum(x, 0) + bend


def log_sigmoid(x: Array) -> Array:
    """ln σ(x)."""
    bend: Array = np.log1p(np.exp(-np.abs(x)))
    return np.minimum(x, 0) - bend


def sigmoid_less(x: Array, t: Array) -> Array:
    """σ(x) − t, exact where σ(x) is close to a t of 1: there it is the 1 that t is taken from."""
    e: Array = np.exp(-np.abs(x))
    one_or_zero = np.copysign(HALF, x) + HALF
    less: Array = (one_or_zero - t) - np.copysign(e / (1.0 + e), x)
    return less


def normal_pdf(x: Array) -> Array:
    height: Array = np.exp(-(x**2) / 2)
    return height / ROOT_TWO_PI


def normal_cdf(x: Array) -> Array:
    twice: Array = erfc(-x / ROOT_TWO)
    return twice / 2


def log_cosh(x: Array) -> Array:
    """ln cosh x: by the half angle near 0, by the larger exponential far from it."""
    size = np.abs(x)
    near = np.log1p(2 * np.sinh(np.minimum(size, 1) / 2) ** 2)
    far = size + np.log1p(np.exp(-2 * size)) - math.log(2)
    value: Array = np.where(size < 1, near, far)
    return value


def times(factor: Array, x: Array) -> Array:
    """factor · x, where a factor of 0 wins over any x: 0 · ln 0 is 0."""
    return np.where(factor == 0, 0, factor * x)


def over(share: Array, x: Array) -> Array:
    """share / x, where a share of 0 wins over any x: the slope of 0 · ln 0 is 0."""
    return np.where(share == 0, 0, share / x)


def units(x: Array) -> Array:
    """Σ over the last axis, which goes away."""
    total: Array = x.sum(axis=-1)
    return total


def row_sum(x: Array) -> Array:
    """Σ over the last axis, which stays with the length 1."""
    total: Array = x.sum(axis=-1, keepdims=True)
    return total


def softmax(x: Array) -> Array:
    _, e, _, others = _exponentials(x)
    return e / (1 + others)


def log_softmax(x: Array) -> Array:
    shifted, _, _, others = _exponentials(x)
    return shifted - np.log1p(others)


def rest(x: Array) -> Array:
    """1 − softmax(x), which is still a number where softmax(x) has become 1."""
    _, e, largest, others = _exponentials(x)
    return np.where(largest, others, 1 + others - e) / (1 + others)


def less_softmax(t: Array, x: Array) -> Array:
    """t − softmax(x) Σ t, exact where softmax(x) is close to 1."""
    _, e, largest, others = _exponentials(x)
    whole = row_sum(t)
    return np.where(largest, (t - whole) + whole * (others / (1 + others)), t - whole * (e / (1 + others)))


def first_largest(x: Array) -> Array:
    """True at the first of the largest entries along the last axis, False elsewhere."""
    largest: Array = np.arange(x.shape[-1]) == np.argmax(x, axis=-1)[..., None]
    return largest


def _exponentials(x: Array) -> tuple[Array, Array, Array, Array]:
    """x − max x, its exponentials, where the first largest is, and the sum of all exponentials but that one."""
    shifted = x - x.max(axis=-1, keepdims=True)
    e, largest = np.exp(shifted), first_largest(x)
    return shifted, e, largest, row_sum(np.where(largest, 0, e))
