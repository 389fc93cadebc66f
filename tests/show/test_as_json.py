"""JSON gives back what went in, to any strict parser, and to a person's eye."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from turns import examples_in_turn

from gradcalc.show.as_json import dump_line, dumps


def strict(text):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


NAMES = st.text()
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=15,
)


@examples_in_turn(20, 100, st.dictionaries(NAMES, DATA))
def test_what_goes_in_comes_out_in_the_order_given(data):
    for text in (dumps(data), dump_line(data)):
        assert strict(text) == data
        assert list(strict(text)) == list(data)


@examples_in_turn(20, 100, st.dictionaries(NAMES, DATA))
def test_no_sign_in_it_is_obeyed_by_a_terminal(data):
    assert all(line.isprintable() for line in dumps(data).split("\n"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_written_by_repr(x):
    assert dump_line(x) == f"{x!r}\n"


def test_numbers_that_are_not_finite_are_strings():
    data = {"a": math.nan, "b": [1.0, math.inf], "c": np.array([[-np.inf, 0.0]]), "d": np.float64("nan")}
    assert strict(dumps(data)) == {"a": "NaN", "b": [1.0, "Infinity"], "c": [["-Infinity", 0.0]], "d": "NaN"}


def test_numpy_becomes_lists_and_numbers():
    data = {"f": np.float64(0.5), "g": np.float32(0.5), "i": np.int64(3), "b": np.bool_(True), "r": np.zeros((1, 2, 1))}
    assert strict(dumps(data)) == {"f": 0.5, "g": 0.5, "i": 3, "b": True, "r": [[[0.0], [0.0]]]}


def test_names_are_utf8_and_not_escaped():
    assert dumps({"∂": "ŷ"}) == '{\n  "∂": "ŷ"\n}\n'


@given(st.dictionaries(NAMES, NAMES))
def test_a_line_can_be_had_in_ascii_and_means_the_same(data):
    line = dump_line(data, ascii=True)
    assert line.isascii()
    assert strict(line) == data


def test_a_key_is_always_a_text():
    assert strict(dumps({1: {2: 3}, "a": {"b": [{}] * 20, 4: 5}})) == {"1": {"2": 3}, "a": {"b": [{}] * 20, "4": 5}}


def test_the_shape_on_the_page_is_that_of_a_person():
    data = {
        "schema": "x/1",
        "names": {"a1": {"layer": 1, "role": "post"}},
        "W": np.arange(4.0).reshape(2, 2),
        "big": np.arange(20.0).reshape(2, 10),
        "long": list(range(20)),
        "zeros": [{"quantity": "dW", "index": [1, 2], "reason": "x = 0"}],
        "none": [],
        "empty": {},
    }
    assert dumps(data) == (
        '{\n  "schema": "x/1",\n'
        '  "names": {\n    "a1": {"layer": 1, "role": "post"}\n  },\n'
        '  "W": [[0.0, 1.0], [2.0, 3.0]],\n'
        '  "big": [\n    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],\n'
        "    [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0]\n  ],\n"
        f'  "long": {json.dumps(list(range(20)))},\n'
        '  "zeros": [\n    {"quantity": "dW", "index": [1, 2], "reason": "x = 0"}\n  ],\n'
        '  "none": [],\n  "empty": {}\n}\n'
    )
