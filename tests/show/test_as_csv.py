"""CSV is read back as it was meant, and is never a formula."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.show.as_csv import dumps


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-x", "@a", "\tx", "\rx", "＝1"])
def test_a_text_that_starts_a_formula_is_guarded(name):
    assert read(dumps(["name"], [[name]]))[1][0].startswith("'")


@given(st.floats())
def test_a_number_is_left_alone_and_comes_back(x):
    cell = read(dumps(["x"], [[x]]))[1][0]
    assert math.isnan(float(cell)) if math.isnan(x) else float(cell) == x
    assert not cell.startswith("'")


@given(st.lists(st.tuples(st.text(), st.text())))
def test_the_shape_survives_any_text(rows):
    assert [len(row) for row in read(dumps(["a", "b"], rows))] == [2] * (len(rows) + 1)


def test_lines_end_in_lf_and_numpy_is_not_spelled():
    rows = [["W,1", 1, np.float64(0.5)], ['q"q', np.int64(2), None], ["e\x1b", math.inf, -math.inf]]
    assert dumps(["a", "b", "c"], rows) == 'a,b,c\n"W,1",1,0.5\n"q""q",2,\ne\\x1b,Infinity,-Infinity\n'
