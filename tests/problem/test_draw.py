"""The generator and the schemes: the same numbers on every machine, of the distribution that was asked for."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from gradcalc.errors import ProblemError
from gradcalc.problem.draw import SCHEMES, draw
from gradcalc.problem.model import Init

MASK = 2**64 - 1

RECORDED = {
    "uniform": [0.4426091966108791, -0.0790646586719911, -0.5468271789002588],
    "xavier_uniform": [0.8397919047765942, -0.15001464229636535, -1.0375316230855118],
    "normal": [1.191701312, -0.1724853292, -1.936001288],
    "he_normal": [0.9730200467350852, -0.14083368155199327, -1.5807384323236737],
}

SPREADS = {
    "normal": 1.0,
    "uniform": math.sqrt(1 / 30 / 3),
    "xavier_uniform": math.sqrt(2 / 80),
    "xavier_normal": math.sqrt(2 / 80),
    "he_uniform": math.sqrt(2 / 30),
    "he_normal": math.sqrt(2 / 30),
    "lecun_uniform": math.sqrt(1 / 30),
    "lecun_normal": math.sqrt(1 / 30),
}


def mix(state):
    """One output of SplitMix64, in whole numbers of any size."""
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ (state >> 31)


def uniforms(seed, count):
    state, drawn = seed & MASK, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        drawn.append((2 * (mix(state) >> 12) + 1) / 2**53)
    return drawn


def test_the_loop_of_this_test_is_the_published_generator():
    assert mix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 + 5, -1])
def test_uniform_entries_are_those_of_a_plain_loop(seed):
    expected = [(2 * u - 1) * math.sqrt(1 / 7) for u in uniforms(seed, 12)]
    assert draw(Init("uniform", seed), (3, 4), 7, 2).ravel().tolist() == expected


def test_normal_entries_are_the_rounded_quantiles_of_a_plain_loop():
    expected = [float(f"{NormalDist().inv_cdf(u):.10g}") * 0.5 for u in uniforms(3, 6)]
    assert draw(Init("normal", 3, 0.5), (2, 3), 1, 1).ravel().tolist() == expected


@pytest.mark.parametrize(("name", "values"), RECORDED.items())
def test_the_numbers_are_the_recorded_ones(name, values):
    assert draw(Init(name), (2, 3), 3, 2)[0].tolist() == values


@pytest.mark.parametrize(("name", "spread"), SPREADS.items())
def test_a_scheme_has_mean_0_and_the_spread_of_its_formula(name, spread):
    drawn = draw(Init(name, 1), (100, 300), 30, 50)
    assert abs(drawn.mean()) < 0.03 * spread
    assert drawn.std() == pytest.approx(spread, rel=0.02)


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if scheme.kind == "uniform"])
def test_a_uniform_scheme_stays_inside_its_limit_and_comes_near_it(name):
    limit = SCHEMES[name].scale(30, 50)
    drawn = np.abs(draw(Init(name), (100, 100), 30, 50))
    assert 0.99 * limit < drawn.max() < limit


def test_a_normal_scheme_is_not_truncated():
    assert np.abs(draw(Init("normal"), (200, 200), 1, 1)).max() > 3.5


def test_zeros_and_ones_are_what_they_say():
    assert draw(Init("zeros"), (2, 2), 2, 2).tolist() == [[0, 0], [0, 0]]
    assert draw(Init("ones", 7), (3,), 2, 3).tolist() == [1, 1, 1]
    assert draw(Init("ones"), (), 1, 1).dtype == np.float64


def test_an_alias_is_the_scheme_it_stands_for():
    for scheme in SCHEMES.values():
        for alias in scheme.aliases:
            assert SCHEMES[alias] is scheme
    assert {"glorot_uniform", "glorot_normal", "kaiming_uniform", "kaiming_normal"} <= set(SCHEMES)


def test_the_entries_fill_the_matrix_as_it_is_written_row_by_row():
    flat = draw(Init("normal"), (6,), 1, 1)
    assert draw(Init("normal"), (2, 3), 1, 1).tolist() == flat.reshape(2, 3).tolist()
    assert draw(Init("normal"), (3, 2), 1, 1).tolist() == flat.reshape(3, 2).tolist()


def test_a_seed_decides_and_another_seed_gives_other_numbers():
    first, again, other = (draw(Init("normal", seed), (5, 5), 1, 1) for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).any()


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3)])
@pytest.mark.parametrize("name", SCHEMES)
def test_what_is_drawn_has_the_shape_that_was_asked_for_and_is_finite(name, shape):
    drawn = draw(Init(name), shape, 3, 4)
    assert drawn.shape == shape
    assert drawn.dtype == np.float64
    assert np.isfinite(drawn).all()


def test_a_standard_deviation_belongs_to_normal_alone():
    assert draw(Init("normal", 0, 2.0), (3,), 1, 1).tolist() == (2 * draw(Init("normal"), (3,), 1, 1)).tolist()
    for name, scheme in SCHEMES.items():
        if not scheme.takes_std:
            with pytest.raises(ProblemError, match="has no std"):
                draw(Init(name, 0, 2.0), (3,), 1, 1)
