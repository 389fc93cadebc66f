"""A written number says how exact it is: by its digits, rounded or truncated."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcalc.problem.scalars import Unreadable
from gradcalc.problem.written import written

UNITS = [
    ("4", 1.0),
    ("-1", 1.0),
    ("0.50", 0.01),
    (".5", 0.1),
    ("1.6185e-6", 1e-10),
    ("−1.49064e-5", 1e-10),
    ("12e3", 1e3),
    ("1/3", 0.0),
    ("sqrt(2)/2", 0.0),
]

AGREE = [
    ("0.52", 0.5249, True),
    ("0.53", 0.5249, False),
    ("0.50", 0.5049, True),
    ("0.50", 0.51, False),
    ("-1.49", -1.4906, True),
    ("-1.50", -1.4949, False),
    ("-1.49", 1.49, False),
    ("3.7e-6", 3.66e-6, True),
    ("3.7e-6", 3.66e-5, False),
    ("0", 0.0, True),
    ("0", 1e-9, False),
    ("0.0", 0.04, True),
    ("0.015675", 0.03 * 0.5225, True),
    ("1/3", 1 / 3, True),
    ("1/3", 0.3333, False),
    ("NaN", 1.0, False),
    ("Infinity", float("inf"), True),
]


@pytest.mark.parametrize(("text", "unit"), UNITS)
def test_the_unit_is_one_in_the_last_written_digit(text, unit):
    assert written(text).unit == pytest.approx(unit)


@pytest.mark.parametrize(("text", "true", "agrees"), AGREE)
def test_a_number_agrees_with_what_rounds_or_truncates_to_it(text, true, agrees):
    assert written(text).agrees(true) is agrees


@given(
    st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda x: abs(x) > 1e-12),
    st.integers(1, 12),
    st.sampled_from([ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_EVEN]),
)
def test_every_number_agrees_with_itself_rounded_or_truncated_to_any_digits(true, digits, rounding):
    text = Context(prec=digits, rounding=rounding).create_decimal(Decimal(true))
    last = Decimal(1).scaleb(text.as_tuple().exponent)
    # what all but reaches the next digit is that digit, as far as float64 can tell
    assume(abs(text) + last - abs(Decimal(true)) > last * Decimal("1e-11"))
    assert written(str(text)).agrees(true)


@given(st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda x: abs(x) > 1e-12), st.integers(2, 12))
def test_a_number_that_is_off_by_more_than_a_unit_does_not_agree(true, digits):
    text = Context(prec=digits, rounding=ROUND_DOWN).create_decimal(Decimal(true))
    last = Decimal(1).scaleb(text.as_tuple().exponent)
    assert not written(str(text + 2 * last)).agrees(true)
    assert not written(str(text - 2 * last)).agrees(true)


def test_a_tolerance_takes_the_place_of_the_digits_and_is_relative():
    assert written("1.2345").agrees(1.2346, 1e-3)
    assert not written("1.23").agrees(1.2345, 1e-3)
    assert not written("1.23e-12").agrees(1.3e-12, 1e-3)


@pytest.mark.parametrize("text", ["", "abc", "1,5", "1:30", "1e999"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Unreadable):
        written(text)
