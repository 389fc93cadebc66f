"""Colour, width and signs follow the option, then the environment, then the terminal."""

from __future__ import annotations

import io
import sys

import pytest
from process import TINY, environment, on_terminal, run

from gradcalc.cli import streams
from gradcalc.errors import UsageError

COLOURS = [
    ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
    ("never", {"FORCE_COLOR": "1"}, True, False),
    ("auto", {}, True, True),
    ("auto", {}, False, False),
    ("auto", {"NO_COLOR": "1"}, True, False),
    ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ("auto", {"NO_COLOR": ""}, True, True),
    ("auto", {"FORCE_COLOR": "1"}, False, True),
    ("auto", {"FORCE_COLOR": "0"}, False, False),
    ("auto", {"FORCE_COLOR": "0"}, True, False),
    ("auto", {"FORCE_COLOR": ""}, False, False),
    ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
    ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
    ("auto", {"CLICOLOR_FORCE": "0"}, True, True),
    ("auto", {"TERM": "dumb"}, True, False),
    ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
]


class Stream(io.StringIO):
    def __init__(self, terminal=False, encoding="utf-8"):
        super().__init__()
        self.terminal = terminal
        self.name_of_encoding = encoding

    @property
    def encoding(self):
        return self.name_of_encoding

    def isatty(self):
        return self.terminal


@pytest.fixture
def surroundings(monkeypatch):
    def surround(variables, stream):
        for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdout", stream)

    return surround


@pytest.mark.parametrize(("option", "variables", "terminal", "coloured"), COLOURS)
def test_the_option_wins_over_the_environment_and_that_over_the_terminal(
    surroundings, option, variables, terminal, coloured
):
    surroundings(variables, Stream(terminal))
    assert streams.colour(option) is coloured


def test_another_word_for_colour_is_a_usage_error():
    with pytest.raises(UsageError, match="--color blue is none of auto, always, never"):
        streams.colour("blue")


WIDTHS = [
    ({}, False, None),
    ({"COLUMNS": "40"}, False, None),
    ({"COLUMNS": "40"}, True, 40),
    ({"COLUMNS": "0"}, True, 80),
    ({"COLUMNS": "-1"}, True, 80),
    ({"COLUMNS": "wide"}, True, 80),
    ({"COLUMNS": "²"}, True, 80),
    ({}, True, 80),
]


@pytest.mark.parametrize(("variables", "terminal", "width"), WIDTHS)
def test_only_a_terminal_has_a_width(surroundings, variables, terminal, width):
    surroundings(variables, Stream(terminal))
    assert streams.width() == width


ENCODINGS = [
    ("utf-8", False),
    ("UTF8", False),
    ("utf_8", False),
    ("ascii", True),
    ("cp1252", True),
    ("ISO-8859-1", True),
    (None, False),
]


@pytest.mark.parametrize(("encoding", "wanted"), ENCODINGS)
def test_twins_are_wanted_where_the_encoding_is_not_utf8(surroundings, encoding, wanted):
    surroundings({}, Stream(encoding=encoding))
    assert streams.wants_ascii() is wanted
    assert streams.wants_ascii(Stream(encoding="ascii")) is True


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_on_a_terminal_there_is_colour_and_its_width(columns):
    assert on_terminal([*TINY, "surroundings"], columns) == f"True {columns} False\r\n"


def test_columns_and_no_color_count_on_a_terminal():
    assert on_terminal([*TINY, "surroundings"], 80, COLUMNS="33", NO_COLOR="1") == "False 33 False\r\n"
    assert on_terminal([*TINY, "surroundings", "--color", "always"], 80, TERM="dumb") == "True 80 False\r\n"


def test_in_a_pipe_there_is_neither():
    assert run([*TINY, "surroundings"], env={"COLUMNS": "33"}) == (0, "False None False\n", "")
    assert run([*TINY, "surroundings", "--color", "blue"])[0] == 2


def test_the_environment_of_these_tests_is_their_own():
    assert not {"NO_COLOR", "FORCE_COLOR", "COLUMNS"} & environment().keys()
