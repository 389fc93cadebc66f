"""Example inputs for every op of the table: a row per op, off its kinks; and a row per op that has kinks, on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.windows import Window


class Sample(NamedTuple):
    """Inputs of an op, and the options that differ from their defaults."""

    inputs: tuple[Array, ...]
    attrs: Mapping[str, Any]


class Kink(NamedTuple):
    """Inputs on a kink, or where one might be suspected; the slopes of Σ y there towards the first of them."""

    inputs: tuple[Array, ...]
    slopes: Array
    marked: bool
    attrs: Mapping[str, Any]


def at(*inputs: object, **attrs: Any) -> Sample:
    return Sample(tuple(np.array(values, dtype=float) for values in inputs), attrs)


def on(*inputs: object, slopes: object, marked: bool = True, **attrs: Any) -> Kink:
    arrays = tuple(np.array(values, dtype=float) for values in inputs)
    return Kink(arrays, np.array(slopes, dtype=float), marked, attrs)


Z = [[-2.3, -0.7, 0.4], [1.1, 3.7, -5.2]]
X = [[0.5, -1.5], [2.0, 0.3], [-0.7, 1.9]]
W = [[1.2, -0.4], [0.7, 2.5], [-1.6, 0.9], [0.3, -2.2]]
W_IN_OUT = [[1.2, -0.4, 0.7, 2.5], [-1.6, 0.9, 0.3, -2.2]]
SQUARE_X, SQUARE_W = [[0.5, -1.5], [2.0, 0.3]], [[1.2, -0.4], [0.7, 2.5]]

POSITIVE = [[0.3, 1.2, 2.6], [0.9, 4.1, 1.7]]
SMALL = [[-0.9, -0.4, 0.1], [0.3, 0.6, 0.95]]
CUBE = [[[0.5, -1.5], [2.0, 0.3], [-0.7, 1.9]], [[1.2, -0.4], [0.7, 2.5], [-1.6, 0.9]]]
IMAGE = np.round(np.sin(np.arange(1, 81) ** 1.7) * 3, 3).reshape(2, 4, 5, 2)
KERNEL = np.round(np.cos(np.arange(1, 37) ** 1.3), 3).reshape(2, 3, 2, 3)
TWO = Window((2, 2))
NUMBERS = [[1.7, -0.4, 0.9], [0.2, 2.6, -3.1]], [[0.5, -0.7, 2.9], [0.6, -1.3, -2.8]]
ABOVE_ZERO = [[1.7, 0.4, 0.9], [0.2, 2.6, 3.1]], [[0.5, 0.7, 2.9], [0.6, 1.3, 2.8]]
CHANCES = [[0.73, 0.12, 0.44], [0.31, 0.88, 0.57]]
YES_NO = [[1, 0, 1], [0, 1, 0]]
SOFT = [[0.9, 0.2, 0.6], [0.35, 0.7, 0.15]]
SIGNS = [[1, -1, -1], [-1, 1, 1]]
SHARES = [[0.61, 0.12, 0.27], [0.2, 0.33, 0.47]]
CLASSES = [[0, 1, 0], [0, 0, 1]]
BELIEFS = [[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]]
LOGITS = [[1.3, -0.6, 0.2], [-2.1, 0.4, 1.8]]

SAMPLES: Mapping[str, tuple[Sample, ...]] = {
    # arithmetic
    "linear": (at(SQUARE_X, SQUARE_W), at(X, W)),
    "linear_in_out": (at(SQUARE_X, SQUARE_W), at(X, W_IN_OUT)),
    "add_bias": (at(X, [0.3, -0.8]),),
    "add_shared_bias": (at(X, 0.3),),
    "add": (at(1.5, -0.4), at(X, W[:3])),
    "bias_first": (at(X),),
    "bias_last": (at(X),),
    # reductions and penalties
    "over_outputs": (
        at(X, count=2, divisor=2),
        at(X, count=2, divisor=1),
        at([[0.4], [1.2]], count=1, divisor=1),
    ),
    "over_samples": (
        at([0.4, 1.2, -2.0], count=3, divisor=3),
        at([0.4, 1.2, -2.0], count=3, divisor=1),
        at([0.4], count=1, divisor=1),
    ),
    "weighted_samples": (
        at([0.4, 1.2, -2.0], [1, 3, 0.5], divisor=4.5),
        at([0.4, 1.2, -2.0], [1, 3, 0.5], divisor=1),
    ),
    "divided": (at([0.4, 1.2, -2.0], divisor=4),),
    "penalty_l2": (at(W, factor=0.01),),
    "penalty_half_l2": (at(W, factor=0.01),),
    "penalty_l1": (at(W, factor=0.01),),
    "without_first": (at(W),),
    "without_last": (at(W),),
    "without_top": (at(W),),
    "without_bottom": (at(W),),
    # activations
    "identity": (at(Z),),
    "sigmoid": (at(Z),),
    "tanh": (at(Z),),
    "relu": (at(Z),),
    "leaky_relu": (at(Z), at(Z, slope=0.3), at(Z, slope=0)),
    "elu": (at(Z), at(Z, alpha=2.5)),
    "selu": (at(Z),),
    "celu": (at(Z), at(Z, alpha=2.5)),
    "gelu": (at(Z),),
    "gelu_tanh": (at(Z),),
    "silu": (at(Z),),
    "mish": (at(Z),),
    "softplus": (at(Z), at(Z, beta=2.5)),
    "softsign": (at(Z),),
    "hardtanh": (at(Z), at(Z, min=-3, max=0.5)),
    "hardsigmoid": (at(Z),),
    "hardswish": (at(Z),),
    "relu6": (at(Z), at([6.5, 5.5, -1])),
    "logsigmoid": (at(Z),),
    "step": (at(Z),),
    "sign": (at(Z),),
    "exp": (at(Z),),
    "square": (at(Z),),
    "sin": (at(Z),),
    "cos": (at(Z),),
    "softmax": (at(Z), at([[2.0]])),
    "log_softmax": (at(Z),),
    # functions
    "log": (at(POSITIVE),),
    "log2": (at(POSITIVE),),
    "log10": (at(POSITIVE),),
    "sqrt": (at(POSITIVE),),
    "abs": (at(Z),),
    "tan": (at(Z),),
    "arcsin": (at(SMALL),),
    "arccos": (at(SMALL),),
    "arctan": (at(Z), at(0.7)),
    "sinh": (at(Z),),
    "cosh": (at(Z),),
    "sum": (at(Z), at(Z, axis=0), at(CUBE, axis=1), at(2.5)),
    "mean": (at(Z, count=6), at(Z, axis=1, count=3), at(CUBE, axis=0, count=2)),
    "prod": (at(Z), at(Z, axis=0), at([2.0, 0.0, -3.0]), at([[0.0, 0.0, 4.0]]), at(CUBE, axis=1), at(1.5)),
    "norm": (at(Z), at(Z, axis=1), at(CUBE, axis=1)),
    "max": (at(Z), at(Z, axis=0), at(CUBE, axis=1), at(Z, split=True), at(Z, axis=1, split=True)),
    "min": (at(Z), at(Z, axis=0), at(CUBE, axis=1), at(Z, split=True), at(Z, axis=1, split=True)),
    # pairs
    "negate": (at(Z),),
    "subtract": (at(*NUMBERS), at(1.5, -0.4)),
    "multiply": (at(*NUMBERS), at(1.5, -0.4)),
    "divide": (at(*NUMBERS), at(1.5, -0.4)),
    "power": (at(POSITIVE, Z), at(1.5, -0.4)),
    "power_of": (at(Z, 3), at(Z, -2), at(Z, 2), at(POSITIVE, 0.5), at(Z, 1)),
    "maximum": (at(*NUMBERS), at(*NUMBERS, split=True)),
    "minimum": (at(*NUMBERS), at(*NUMBERS, split=True)),
    "less": (at(*NUMBERS),),
    "less_equal": (at(*NUMBERS),),
    "greater": (at(*NUMBERS),),
    "greater_equal": (at(*NUMBERS),),
    "equal": (at(*NUMBERS),),
    "where": (at(YES_NO, *NUMBERS),),
    # products
    "dot": (at([0.5, -1.5, 2.0], [1.2, -0.4, 0.7]),),
    "outer": (at([0.5, -1.5, 2.0], [1.2, -0.4]),),
    "matrix_vector": (at(W, [0.5, -1.5]), at(SQUARE_W, [0.5, -1.5])),
    "vector_matrix": (at([0.5, -1.5], W_IN_OUT), at([0.5, -1.5], SQUARE_W)),
    "matmul": (at(SQUARE_X, SQUARE_W), at(X, W_IN_OUT)),
    "transpose": (at(X), at([0.5, -1.5]), at(CUBE)),
    # the form of arrays
    "stretch": (
        at(0.7, shape=(2, 3)),
        at([0.7, -1.2], shape=(3, 2)),
        at([[0.7], [-1.2]], shape=(2, 3)),
        at([[0.7]], shape=(2, 2, 3)),
        at(X, shape=(3, 2)),
    ),
    "copy": (at(X),),
    "only": (at([[0.7]]), at([0.7])),
    "entry": (
        at(X, key=(1,)),
        at(X, key=(2, 0)),
        at(X, key=(slice(1, None), 1)),
        at(CUBE, key=(0, slice(None, None, 2))),
    ),
    "swap": (at(X, axis=0), at(CUBE, axis=0), at(CUBE, axis=1)),
    "expand": (at(X, axis=0), at(X, axis=1), at([0.5, -1.5], axis=1)),
    "rows": (
        at(X, [3, 1, 3], base=1),
        at(X, [0, 2], base=0),
        at([0.5, -1.5, 2.0], [[1, 2], [2, 2]], base=1),
        at(CUBE, 2, base=1),
    ),
    "concat": (at([0.5, -1.5], 2.0), at(X, SQUARE_X), at(X, [[0.1], [0.2], [0.3]], axis=1)),
    # images
    "conv2d": (
        at(IMAGE, KERNEL, window=Window((2, 3))),
        at(IMAGE, KERNEL, window=Window((2, 3), (2, 1), (1, 0), (1, 1))),
        at(IMAGE, KERNEL, window=Window((2, 3), (1, 2), (0, 1), (2, 0))),
    ),
    "max_pool2d": (
        at(IMAGE, window=Window((2, 2), (2, 2))),
        at(IMAGE, window=Window((3, 2), (1, 1))),
        at(IMAGE, window=Window((2, 3), (2, 1), (1, 0), (1, 1))),
    ),
    "avg_pool2d": (
        at(IMAGE, window=Window((2, 2), (2, 2))),
        at(IMAGE, window=Window((3, 2), (1, 1))),
        at(IMAGE, window=Window((2, 3), (2, 1), (1, 0), (1, 1))),
    ),
    # losses of numbers
    "squared_error": (at(*NUMBERS),),
    "half_squared_error": (at(*NUMBERS),),
    "absolute_error": (at(*NUMBERS),),
    "huber": (at(*NUMBERS), at(*NUMBERS, delta=1.8)),
    "smooth_l1": (at(*NUMBERS), at(*NUMBERS, beta=1.8), at(*NUMBERS, beta=0)),
    "log_cosh": (at(*NUMBERS),),
    "mape": (at(*NUMBERS),),
    "msle": (at(*ABOVE_ZERO), at(*NUMBERS), at(*ABOVE_ZERO, log_base=10)),
    "poisson_nll": (
        at(NUMBERS[0], ABOVE_ZERO[1]),
        at(NUMBERS[0], ABOVE_ZERO[1], full=True),
        at(*ABOVE_ZERO, log_input=False),
        at(*ABOVE_ZERO, log_input=False, full=True, eps=0.1),
    ),
    "gaussian_nll": (
        at(*NUMBERS),
        at(*NUMBERS, var=0.4),
        at(*NUMBERS, var=0.4, full=True),
        at(*NUMBERS, var=0.01, eps=0.5),
    ),
    "cosine_similarity": (at(*NUMBERS),),
    "cosine_distance": (at(*NUMBERS),),
    # losses of probabilities
    "bce": (at(CHANCES, YES_NO), at(CHANCES, SOFT), at(CHANCES, SOFT, log_base=10), at(CHANCES, SOFT, clip=0.3)),
    "binary_focal": (
        at(CHANCES, YES_NO),
        at(CHANCES, SOFT, gamma=1.5, alpha=0.3),
        at(CHANCES, SOFT, gamma=0, log_base=2),
        at(CHANCES, SOFT, gamma=0.5, alpha=0.8, log_base=10),
    ),
    "cross_entropy": (
        at(SHARES, CLASSES),
        at(SHARES, BELIEFS),
        at(SHARES, CLASSES, log_base=2),
        at(SHARES, BELIEFS, label_smoothing=0.1),
        at(CHANCES, SOFT, normalize=True),
        at(CHANCES, SOFT, normalize=True, label_smoothing=0.1, log_base=10),
    ),
    "focal": (
        at(SHARES, CLASSES),
        at(SHARES, BELIEFS, gamma=0.5, alpha=0.6),
        at(SHARES, BELIEFS, gamma=0, alpha=1, log_base=10),
    ),
    "nll": (at(np.log(SHARES), CLASSES), at(np.log(SHARES), BELIEFS)),
    "kl_div": (at(SHARES, BELIEFS), at(SHARES, BELIEFS, log_base=2)),
    "dice": (at(CHANCES, YES_NO), at(CHANCES, SOFT)),
    # losses with a margin
    "hinge": (at(NUMBERS[0], SIGNS), at(NUMBERS[0], SIGNS, margin=2.2)),
    "squared_hinge": (at(NUMBERS[0], SIGNS), at(NUMBERS[0], SIGNS, margin=2.2)),
    "multiclass_hinge": (at(LOGITS, CLASSES), at(LOGITS, CLASSES, margin=0.3)),
    "categorical_hinge": (at(LOGITS, CLASSES), at(LOGITS, BELIEFS)),
    # losses of logits
    "bce_with_logits": (
        at(LOGITS, YES_NO),
        at(LOGITS, SOFT),
        at(LOGITS, SOFT, log_base=10),
        at(LOGITS, SOFT, clip=0.2, log_base=2),
    ),
    "binary_focal_with_logits": (
        at(LOGITS, YES_NO),
        at(LOGITS, SOFT, gamma=1.5, alpha=0.3),
        at(LOGITS, SOFT, gamma=0, log_base=2),
        at(LOGITS, SOFT, gamma=0.5, alpha=0.8, log_base=10),
    ),
    "cross_entropy_with_logits": (
        at(LOGITS, CLASSES),
        at(LOGITS, SOFT),
        at(LOGITS, BELIEFS, label_smoothing=0.1, log_base=10),
    ),
    "focal_with_logits": (
        at(LOGITS, CLASSES),
        at(LOGITS, SOFT, gamma=0.5, alpha=0.6),
        at(LOGITS, BELIEFS, gamma=0, alpha=1, log_base=10),
    ),
    "kl_div_with_logits": (at(LOGITS, BELIEFS), at(LOGITS, SOFT, log_base=2)),
}

KINKS: Mapping[str, tuple[Kink, ...]] = {
    "relu": (on([0], slopes=[0]),),
    "leaky_relu": (on([0], slopes=[0.01]), on([0], slopes=[1], marked=False, slope=1)),
    "elu": (on([0], slopes=[1], marked=False), on([0], slopes=[2.5], alpha=2.5)),
    "selu": (on([0], slopes=[1.0507009873554805 * 1.6732632423543772]),),
    "celu": (on([0], slopes=[1], marked=False, alpha=2.5),),
    "softsign": (on([0], slopes=[1], marked=False),),
    "hardtanh": (on([-1, 1], slopes=[0, 0]), on([-3, 0.5], slopes=[0, 0], min=-3, max=0.5)),
    "hardsigmoid": (on([-3, 3], slopes=[0, 0]),),
    "hardswish": (on([-3, 3], slopes=[0, 1]),),
    "relu6": (on([0, 6], slopes=[0, 0]),),
    "step": (on([0], slopes=[0]),),
    "sign": (on([0], slopes=[0]),),
    "abs": (on([0], slopes=[0]),),
    "maximum": (on([2.0, 1.0], [2.0, 3.0], slopes=[1, 0]), on([2.0], [2.0], slopes=[0.5], split=True)),
    "minimum": (on([2.0, 1.0], [2.0, 3.0], slopes=[1, 1]), on([2.0], [2.0], slopes=[0.5], split=True)),
    **{name: (on([2.0], [2.0], slopes=[0]),) for name in ("less", "less_equal", "greater", "greater_equal", "equal")},
    "norm": (on([0.0, 0.0], slopes=[0, 0]), on([[0.0, 0.0], [3, 4]], slopes=[[0, 0], [0.6, 0.8]], axis=1)),
    "max_pool2d": (
        on([[[[2.0], [5.0], [5.0]], [[1.0], [5.0], [0.0]]]], slopes=[[[[0], [2], [0]], [[0], [0], [0]]]], window=TWO),
        on([[[[2.0], [5.0]], [[1.0], [2.0]]]], slopes=[[[[0], [1]], [[0], [0]]]], marked=False, window=TWO),
    ),
    "max": (
        on([1.0, 4, 4], slopes=[0, 1, 0]),
        on([1.0, 4, 4], slopes=[0, 0.5, 0.5], split=True),
        on([[4.0, 4], [1, 2]], slopes=[[1, 0], [0, 1]], axis=1),
    ),
    "min": (
        on([5.0, 4, 4], slopes=[0, 1, 0]),
        on([5.0, 4, 4], slopes=[0, 0.5, 0.5], split=True),
        on([[4.0, 4], [1, 2]], slopes=[[1, 0], [1, 0]], axis=1),
    ),
    "power_of": (on([0.0, 0.0], 2, slopes=[0, 0], marked=False),),
    "penalty_l1": (on([[0.0]], slopes=[[0]], factor=0.5),),
    "absolute_error": (on([[0.7]], [[0.7]], slopes=[[0]]),),
    "huber": (on([[1.0, -1.0]], [[0, 0]], slopes=[[1, -1]], marked=False),),
    "smooth_l1": (
        on([[0.7]], [[0.7]], slopes=[[0]], beta=0),
        on([[0.7]], [[0.7]], slopes=[[0]], marked=False),
        on([[1.0, -1.0]], [[0, 0]], slopes=[[1, -1]], marked=False),
    ),
    "mape": (
        on([[0.7]], [[0.7]], slopes=[[0]]),
        on([[1.0]], [[1e-7]], slopes=[[1e9]]),
        on([[1.0]], [[0]], slopes=[[1e9]], marked=False),
    ),
    "msle": (
        on([[1e-7]], [[1e-7]], slopes=[[0]]),
        on([[1e-7]], [[1]], slopes=[[2 * np.log(1.0000001 / 2) / 1.0000001]]),
    ),
    "poisson_nll": (on([[0.0]], [[1]], slopes=[[0]], full=True), on([[0.0]], [[1]], slopes=[[0]], marked=False)),
    "bce": (
        on([[0.25, 0.75]], [[1, 1]], slopes=[[-4, -4 / 3]], clip=0.25),
        on([[0.25, 0.75]], [[1, 1]], slopes=[[-4, -4 / 3]], marked=False),
    ),
    "bce_with_logits": (on([[0.0]], [[1]], slopes=[[-0.5]], marked=False),),
    "hinge": (on([[1.0, -1.0]], [[1, -1]], slopes=[[0, 0]]), on([[0.5]], [[1]], slopes=[[0]], margin=0.5)),
    "squared_hinge": (on([[1.0]], [[1]], slopes=[[0]], marked=False),),
    "categorical_hinge": (
        on([[0.5, 0.5, 0.5]], [[0, 0, 1]], slopes=[[1, 0, -1]]),
        on([[0.5, 1.5]], [[0, 1]], slopes=[[0, 0]]),
    ),
    "multiclass_hinge": (on([[0.0, 1.0]], [[0, 1]], slopes=[[0, 0]]),),
}
