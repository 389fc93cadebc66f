"""Numbers are rounded for a reader, never lied about, and line up."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.show.numbers import Shown, inline, line_up, show_array, show_number

FINITE = st.floats(allow_nan=False, allow_infinity=False)

SHOWN = [
    (-3.7266393e-06, Shown(), "−3.72664e-06"),
    (-0.0, Shown(), "0"),
    (0, Shown(), "0"),
    (12.5, Shown(), "12.5"),
    (1e-300, Shown(), "1e-300"),
    (1234567.0, Shown(), "1.23457e+06"),
    (math.pi, Shown(3), "3.14"),
    (0.1, Shown(17), "0.10000000000000001"),
    (0.5, Shown(4, zeros=True), "0.5000"),
    (123456.0, Shown(6, zeros=True), "123456"),
    (math.inf, Shown(), "∞"),
    (-math.inf, Shown(4, "dp"), "−∞"),
    (math.nan, Shown(4, "sf"), "NaN"),
    (2.675, Shown(2, "dp"), "2.68"),
    (-2.665, Shown(2, "dp"), "−2.67"),
    (0.5, Shown(4, "dp"), "0.5"),
    (0.5, Shown(4, "dp", zeros=True), "0.5000"),
    (-0.0, Shown(4, "dp", zeros=True), "0.0000"),
    (7, Shown(0, "dp"), "7"),
    (3.7266393e-06, Shown(4, "dp"), "3.727e-06"),
    (1e300, Shown(4, "dp"), "1e+300"),
    (0.99996, Shown(4, "sf"), "1"),
    (0.99996, Shown(4, "sf", zeros=True), "1.000"),
    (9.9996, Shown(4, "sf", zeros=True), "10.00"),
    (12345.0, Shown(3, "sf"), "12300"),
    (12345678.0, Shown(3, "sf"), "1.23e+07"),
    (0.000012345, Shown(4, "sf"), "0.00001235"),
    (0.0000012345, Shown(4, "sf"), "1.235e-06"),
    (0.0, Shown(4, "sf"), "0"),
]


@pytest.mark.parametrize(("x", "shown", "text"), SHOWN)
def test_a_number_is_shown_as(x, shown, text):
    assert show_number(x, shown) == text


@given(FINITE, st.integers(1, 17), st.sampled_from(["g", "sf", "dp"]), st.booleans())
def test_only_zero_is_shown_as_zero_and_the_sign_is_the_numbers(x, digits, unit, zeros):
    text = show_number(x, Shown(digits, unit, zeros))
    value = float(text.replace("−", "-"))
    assert (value == 0) == (x == 0)
    assert math.copysign(1, value) == math.copysign(1, x or 0.0)


@given(FINITE, st.integers(1, 17))
def test_significant_digits_are_those_of_python(x, digits):
    assert float(show_number(x, Shown(digits)).replace("−", "-")) == float(f"{x:.{digits}g}")


@given(st.floats(-1e6, 1e6), st.integers(0, 8))
def test_decimals_are_rounded_half_away_from_zero_as_by_hand(x, digits):
    expected = Decimal(repr(x)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    if expected or not x:
        text = show_number(x, Shown(digits, "dp", zeros=True)).replace("−", "-")
        assert text == (f"{expected:f}" if expected else f"{abs(expected):f}")


@given(FINITE)
def test_seventeen_digits_give_every_number_back(x):
    assert float(show_number(x, Shown(17)).replace("−", "-")) == x


ARRAYS = [
    (3.5, 0, [["3.5"]]),
    (np.float64(3.5), 0, [["3.5"]]),
    (np.array(3.5), 0, [["3.5"]]),
    ([4, -1], 1, [["4", "−1"]]),
    (np.array([]), 1, [[]]),
    (np.array([[1, 2], [3, -4]]), 2, [["1", "2"], ["3", "−4"]]),
]


@pytest.mark.parametrize(("array", "rank", "rows"), ARRAYS)
def test_an_array_has_a_rank_and_a_text_for_each_entry(array, rank, rows):
    cells = show_array(array)
    assert (cells.rank, cells.rows) == (rank, rows)


@pytest.mark.parametrize(("base", "labels"), [(1, ["[1,·,·]", "[2,·,·]"]), (0, ["[0,·,·]", "[1,·,·]"])])
def test_beyond_rank_two_each_matrix_has_a_label_that_counts_from_the_index_base(base, labels):
    assert show_array(np.zeros((2, 1, 3)), Shown(index_base=base)).labels == labels


LINED_UP = [
    (["12.25", "3", "−0.5"], ["12.25", " 3   ", "−0.5 "]),
    (["1", "−10"], ["  1", "−10"]),
    (["1e-05", "0.25"], ["1e-05", " 0.25"]),
    (["∞", "−2.5"], ["   ∞", "−2.5"]),
    (["NaN", "-inf", "1.25"], [" NaN", "-inf", "1.25"]),
    ([], []),
]


@pytest.mark.parametrize(("texts", "padded"), LINED_UP)
def test_numbers_line_up_on_the_point_or_at_the_right(texts, padded):
    assert line_up(texts) == padded


@given(st.lists(FINITE))
def test_lined_up_numbers_have_one_width_and_are_still_the_numbers(numbers):
    texts = [show_number(x) for x in numbers]
    padded = line_up(texts)
    assert [text.strip() for text in padded] == texts
    assert len({len(text) for text in padded}) <= 1


def test_an_array_can_stand_on_one_line():
    assert inline(np.array([[[1, -2]], [[3, 0.5]]])) == "[[[1, −2]], [[3, 0.5]]]"
