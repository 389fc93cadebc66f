"""What the texts of a problem file mean, and how a text that means nothing is answered."""

import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.errors import Source
from gradcalc.problem.node import Node
from gradcalc.problem.scalars import Unreadable, number, number_of, truth, whole, whole_of

SOURCE = Source("net.yaml", "")

NUMBERS = {
    "1e-3": 0.001,
    "-.5": -0.5,
    "+.5": 0.5,
    "5.": 5.0,
    "1E+3": 1000.0,
    "1e3": 1000.0,
    "0": 0.0,
    "0.0": 0.0,
    "0e9": 0.0,
    "0.10": 0.1,
    "01.5": 1.5,
    "0x1F": 31.0,
    "-0x1f": -31.0,
    "0o17": 15.0,
    "1/3": 1 / 3,
    "sqrt(2)/2": math.sqrt(2) / 2,
    "2^3": 8.0,
    "pi/4": math.pi / 4,
    "−3": -3.0,
    "−1e−3": -0.001,
    "2 − 3": -1.0,
    " 7 ": 7.0,
    "5e-324": 5e-324,
    "1.7976931348623157e308": 1.7976931348623157e308,
}

NOT_NUMBERS = {
    "017": ("leading zero", "write 17 or 0o17"),
    "-017": ("leading zero", "write -17 or -0o17"),
    "089": ("leading zero", "write 89"),
    "00": ("leading zero", "write 0"),
    "1:30": ("not a number", "is a space missing after ':'?"),
    "12:30:45": ("not a number", "is a space missing after ':'?"),
    "0,5": ("not a number", "a decimal comma? write 0.5"),
    "-1,25e3": ("not a number", "a decimal comma? write -1.25e3"),
    ".nan": ("must be finite", None),
    ".inf": ("must be finite", None),
    "-.INF": ("must be finite", None),
    "nan": ("must be finite", None),
    "+Infinity": ("must be finite", None),
    "∞": ("must be finite", None),
    "1e400": ("must be finite", None),
    "-1e400": ("must be finite", None),
    "9" * 5000: ("must be finite", None),
    "0x" + "f" * 5000: ("must be finite", None),
    "2^5000": ("must be finite", None),
    "1e-400": ("too small to tell from 0", "write 0"),
    "true": ("'true' is not a number", None),
    "yes": ("'yes' is not a number", None),
    "null": ("found nothing", None),
    "~": ("found nothing", None),
    "": ("found nothing", None),
    "relu": ("'relu' is not a number", None),
    "hello world": ("'hello world' is not a number", None),
    "1_000": ("not a number", "write it without underscores"),
    "1_0.5": ("not a number", "write it without underscores"),
    "1 2": ("'1 2' is not one number", "a list is written [1, 2]"),
    "1, -.5,2e3": ("not one number", "a list is written [1, -.5, 2e3]"),
    "2 4; 3 -5": ("not one number", "a list is written [[2, 4], [3, -5]]"),
    "1 " * 500 + "1": ("not one number", None),
    "1 000": ("'1 000' is not a number", "write it without spaces"),
    "10 000 000.5": ("not a number", "write it without spaces"),
    "1.2.3": ("'1.2.3' is not a number", None),
    "2x": ("an operator is missing", "write 2*x"),
    "sin x": ("an operator is missing", "write sin(x)"),
    "1/0": ("1/0 divides by 0", None),
    "x.__class__": ("an attribute", None),
    "١٢": ("not a number", None),
}

NOT_WHOLE = {
    "3.0": ("not a whole number", "write 3"),
    "1e3": ("not a whole number", "write 1000"),
    "2.5": ("not a whole number", None),
    "1e400": ("not a whole number", None),
    "true": ("not a whole number", None),
    "": ("not a whole number", None),
    "1/2": ("not a whole number", None),
    "1_000": ("not a whole number", "write it without underscores"),
    "017": ("leading zero", "write 17 or 0o17"),
    "9" * 5000: ("too large", None),
}

NOT_TRUE_OR_FALSE = {
    "yes": "write true",
    "on": "write true",
    "True": "write true",
    "1": "write true",
    "no": "write false",
    "off": "write false",
    "FALSE": "write false",
    "": "use true or false",
    "maybe": "use true or false",
}


def scalar(text, quoted=False):
    return Node("scalar", SOURCE, 1, 1, text=text, quoted=quoted)


def refused(function, argument):
    with pytest.raises(Unreadable) as caught:
        function(argument)
    return caught.value


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number_of_yaml_or_a_formula_is_its_float64_value(text, value):
    assert number(text) == value
    assert type(number(text)) is float


@pytest.mark.parametrize(("text", "message", "hint"), [(text, *rest) for text, rest in NOT_NUMBERS.items()])
def test_what_is_no_number_is_refused_with_a_remedy(text, message, hint):
    error = refused(number, text)
    assert message in error.message
    assert error.hint == hint


def test_no_message_repeats_a_page_of_digits():
    for text in ("9" * 5000, "x" * 5000, "1+" * 5000, "1," + "0" * 5000):
        error = refused(number, text)
        assert len(error.message) + len(error.hint or "") < 200


@pytest.mark.parametrize(("text", "value"), {"3": 3, "-5": -5, "+5": 5, "−5": -5, "0": 0, "0x10": 16}.items())
def test_a_whole_number_is_an_int(text, value):
    assert whole(text) == value
    assert type(whole(text)) is int


@pytest.mark.parametrize(("text", "message", "hint"), [(text, *rest) for text, rest in NOT_WHOLE.items()])
def test_a_number_with_a_point_an_exponent_or_no_digits_is_not_whole(text, message, hint):
    error = refused(whole, text)
    assert message in error.message
    assert error.hint == hint


def test_there_is_one_spelling_of_true_and_one_of_false():
    assert truth("true") is True
    assert truth("false") is False


@pytest.mark.parametrize(("text", "hint"), NOT_TRUE_OR_FALSE.items())
def test_every_other_spelling_of_true_and_false_is_answered_with_the_right_one(text, hint):
    error = refused(truth, text)
    assert "neither true nor false" in error.message
    assert error.hint == hint


def test_a_plain_scalar_is_read_and_a_quoted_one_is_told_to_lose_its_quotes():
    assert number_of(scalar("0.5")) == 0.5
    assert whole_of(scalar("3")) == 3
    assert refused(number_of, scalar("0.5", quoted=True)).hint == "remove the quotes"
    assert refused(whole_of, scalar("3", quoted=True)).hint == "remove the quotes"
    assert refused(number_of, scalar("relu", quoted=True)).hint is None


def test_a_list_a_mapping_and_nothing_are_no_numbers():
    for kind in ("list", "mapping"):
        node = Node(kind, SOURCE, 1, 1)
        assert refused(number_of, node).message == f"expected a number, found a {kind}"
        assert refused(whole_of, node).message == f"expected a whole number, found a {kind}"
    for text in ("", "~", "null"):
        assert refused(number_of, scalar(text)).message == "expected a number, found nothing"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_that_python_writes_is_read_back_to_the_bit(value):
    assert struct.pack("d", number(repr(value))) == struct.pack("d", value)


@given(st.text())
def test_any_text_is_a_finite_number_or_unreadable(text):
    with suppress(Unreadable):
        assert math.isfinite(number(text))


@given(st.text())
def test_any_text_is_a_whole_number_or_unreadable_and_so_with_truths(text):
    for function in (whole, truth):
        with suppress(Unreadable):
            assert str(function(text)).isascii()
