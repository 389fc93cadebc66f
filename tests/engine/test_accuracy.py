"""Values and slopes keep their digits in the tails, and stay finite at the ends."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from checks import shares, value
from samples import Sample, at

from gradcalc.engine.ops import ACTIVATIONS, OPS, stable

POINTS = (-710.0, -100.0, -37.0, -10.0, -6.0, -1.3, -1e-9, 0.3, 2.5, 10.0, 19.0, 20.0, 37.0, 40.0, 100.0, 700.0)


def _mish(x):
    return x * mpmath.tanh(mpmath.log1p(mpmath.exp(x)))


EXACT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "celu": lambda x: x if x > 0 else mpmath.expm1(x),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x / (1 + mpmath.exp(-mpmath.sqrt(8 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3))),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": _mish,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "logsigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "exp": mpmath.exp,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
}


@pytest.mark.parametrize("name", EXACT)
def test_values_and_slopes_keep_their_digits_from_tail_to_tail(name):
    x = np.array(POINTS)
    sample = Sample((x,), {})
    with mpmath.workdps(700):  # 1 - tanh(700) is 1e-608
        values = [float(EXACT[name](mpmath.mpf(point))) for point in POINTS]
        slopes = [float(mpmath.diff(EXACT[name], mpmath.mpf(point))) for point in POINTS]
    (share,) = shares(OPS[name], sample, np.ones(x.shape))
    np.testing.assert_allclose(value(OPS[name], sample), values, rtol=2e-13, atol=1e-322)
    np.testing.assert_allclose(share, slopes, rtol=2e-13, atol=1e-322)


STABLE = {
    "σ in the tail": (stable.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), (-710, -745, -800, -1e308, 1e308)),
    "σ′ in the tail": (stable.sigmoid_slope, lambda x: mpmath.exp(-x) / (1 + mpmath.exp(-x)) ** 2, (37, 40, 100)),
    "tanh′ in the tail": (stable.tanh_slope, lambda x: mpmath.sech(x) ** 2, (10, 19, 20)),
    "softplus": (stable.softplus, lambda x: mpmath.log1p(mpmath.exp(x)), (710, 1000, -37)),
    "ln cosh": (stable.log_cosh, lambda x: mpmath.log(mpmath.cosh(x)), (1e-9, 1e-3, 0.999, 1, 1.001, 30, 1000)),
}


@pytest.mark.parametrize("name", STABLE)
def test_a_stable_form_gives_what_fifty_digits_give(name):
    function, exact, points = STABLE[name]
    with mpmath.workdps(50), np.errstate(all="raise", under="ignore"):
        found = function(np.array(points, dtype=float))
        expected = [float(exact(mpmath.mpf(point))) for point in points]
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    "z",
    [[1000, 1000], [-1000, -1000], [1000, 0], [0, -745], [40, 0], [1e308, -1e308], [3, 3, -1], [0.1, 0.2, 0.3]],
)
def test_softmax_its_logarithm_and_its_rest_keep_their_digits(z):
    with mpmath.workdps(700), np.errstate(over="ignore", under="ignore"):
        e = [mpmath.exp(mpmath.mpf(k) - max(z)) for k in z]
        p = [k / sum(e) for k in e]
        x = np.array([z], dtype=float)
        np.testing.assert_allclose(stable.softmax(x)[0], [float(k) for k in p], rtol=1e-14)
        np.testing.assert_allclose(stable.rest(x)[0], [float(1 - k) for k in p], rtol=1e-14)
        if max(z) - min(z) < 1e308:
            np.testing.assert_allclose(stable.log_softmax(x)[0], [float(mpmath.log(k)) for k in p], rtol=1e-14)


@pytest.mark.parametrize(("z", "t"), [(37, 0), (40, 0), (1000, 1), (0, 0.5), (710, 0), (-1000, 1), (12.5, 1), (40, 1)])
def test_binary_cross_entropy_of_a_logit_keeps_its_digits(z, t):
    op, sample = OPS["bce_with_logits"], at([[z]], [[t]])
    with mpmath.workdps(500):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        loss = -t * mpmath.log(p) - (1 - t) * mpmath.log(1 - p)
        np.testing.assert_allclose(value(op, sample), [[float(loss)]], rtol=1e-14, atol=1e-322)
        np.testing.assert_allclose(shares(op, sample, np.ones((1, 1)))[0], [[float(p - t)]], rtol=1e-14, atol=1e-322)


@pytest.mark.parametrize("z", [[1000, 0], [40, 0], [12.5, -3, 0.25], [0, 0, 0]])
@pytest.mark.parametrize("right", [0, 1])
def test_cross_entropy_of_logits_keeps_its_digits(z, right):
    t = np.eye(len(z))[[right]]
    op, sample = OPS["cross_entropy_with_logits"], at([z], t)
    with mpmath.workdps(500):
        e = [mpmath.exp(k) for k in z]
        loss = -mpmath.log(e[right] / sum(e))
        slopes = [float(k / sum(e) - (i == right)) for i, k in enumerate(e)]
    np.testing.assert_allclose(value(op, sample), [float(loss)], rtol=1e-14)
    np.testing.assert_allclose(shares(op, sample, np.ones(1))[0], [slopes], rtol=1e-14)


def test_the_length_of_a_vector_does_not_overflow():
    p, t = np.array([[1e200, 1e200]]), np.array([[1e-200, 0]])
    np.testing.assert_allclose(value(OPS["cosine_similarity"], at(p, t)), [-math.sqrt(0.5)], rtol=1e-14)


UNBOUNDED = {"exp", "square"}


@pytest.mark.parametrize("name", sorted({op.name for op in ACTIVATIONS.values()} - UNBOUNDED))
def test_an_activation_and_its_slope_are_finite_at_a_thousand(name):
    sample = at([[-1000, 1000, 0], [-745, 710, 37]])
    y = value(OPS[name], sample)
    assert np.isfinite(y).all()
    assert np.isfinite(shares(OPS[name], sample, np.ones(y.shape))[0]).all()


@pytest.mark.parametrize("name", sorted({op.name for op in ACTIVATIONS.values() if op.elementwise} - UNBOUNDED))
def test_an_activation_and_its_slope_are_finite_at_the_largest_numbers(name):
    sample = at([-1e308, 1e308])
    y = value(OPS[name], sample)
    assert np.isfinite(y).all()
    assert np.isfinite(shares(OPS[name], sample, np.ones(y.shape))[0]).all()


def test_the_tail_of_gelu_is_that_of_fifty_digits():
    with mpmath.workdps(50):
        expected = [float(x * mpmath.erfc(-mpmath.mpf(x) / mpmath.sqrt(2)) / 2) for x in (-10, -6)]
    np.testing.assert_allclose(value(OPS["gelu"], at([-10, -6])), expected, rtol=1e-14)
