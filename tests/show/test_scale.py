"""An axis holds every value, and its marks are round numbers."""

from __future__ import annotations

import math

from hypothesis import assume, example, given
from hypothesis import strategies as st

from gradcalc.show.scale import mark, scale, steps_scale

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5)


@given(NUMBERS)
@example([5e-324, 1.7e308])
@example([-1.7e308, 1.7e308])
@example([5.0, 5.000000000001])
@example([0.0])
def test_every_value_and_every_mark_lies_on_the_axis(values):
    found = scale(values)
    assert found.low <= min(values)
    assert max(values) <= found.high
    assert found.marks
    assert all(-1e-9 <= found.share(value) <= 1 + 1e-9 for value in [*values, *found.marks])


@given(NUMBERS)
def test_the_marks_are_told_apart_by_their_texts(values):
    marks = scale(values).marks
    assert len({mark(value) for value in marks}) == len(marks)
    assert len(marks) <= 8


def test_what_spans_decades_is_drawn_by_powers_of_ten():
    assert scale([1e-8, 1.0]).log
    assert all(math.log10(value).is_integer() for value in scale([1e-8, 1.0]).marks)
    assert not scale([0.0, 1e9]).log
    assert not scale([0.5, 1.0]).log


def test_marks_are_round_and_written_short():
    assert [mark(value) for value in scale([0.0, 0.83]).marks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [mark(value) for value in scale([-1.2, 1.0]).marks] == ["−1.5", "−1", "−0.5", "0", "0.5", "1"]


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_steps_have_whole_marks_between_the_first_and_the_last(first, count):
    assume(count)
    found = steps_scale(first, first + count)
    assert (found.low, found.high) == (first, first + count)
    assert all(first <= value <= first + count and value.is_integer() for value in found.marks)
    assert len(found.marks) <= 8
