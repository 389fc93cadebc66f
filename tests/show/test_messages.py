"""Messages say what is wrong, where, and what to do; the caret stands below what is meant."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.errors import Fault, NumericError, Place, ProblemError, Source
from gradcalc.show.messages import render, render_json
from gradcalc.show.safe import display_width

NET = Source("net.yaml", "layers:\n  - weights: [1, 2]\n    bias: 3\n    activaton: relu\n    bias: 4\n")


def test_a_fault_has_a_place_a_snippet_a_caret_and_a_hint():
    error = ProblemError("unknown key 'activaton' in layer 1", Place(NET, 4, 5, 9), "did you mean 'activation'?")
    assert render(error) == (
        "error: unknown key 'activaton' in layer 1\n"
        "  --> net.yaml:4:5\n"
        "   |\n"
        " 4 |     activaton: relu\n"
        "   |     ^^^^^^^^^ did you mean 'activation'?\n"
    )


def test_without_a_place_the_hint_has_a_line_of_its_own():
    assert (
        render(NumericError("L overflows", hint="smaller weights")) == "error: L overflows\n  hint: smaller weights\n"
    )
    assert render(NumericError("L overflows")) == "error: L overflows\n"


def test_a_second_place_is_shown_in_the_order_of_the_file():
    fault = Fault("key 'bias' stands twice", Place(NET, 5, 5, 4), "remove one", also=Place(NET, 3, 5, 4))
    assert render(ProblemError([fault])) == (
        "error: key 'bias' stands twice\n"
        "  --> net.yaml:5:5\n"
        "   |\n"
        " 3 |     bias: 3\n"
        "   |     ---- first here\n"
        "...\n"
        " 5 |     bias: 4\n"
        "   |     ^^^^ remove one\n"
    )


def test_a_second_place_on_the_same_line_shares_it():
    source = Source("-", "{a: 1, a: 2}")
    fault = Fault("key 'a' stands twice", Place(source, 1, 8), None, also=Place(source, 1, 2))
    assert render(ProblemError([fault])).splitlines()[3:] == [
        " 1 | {a: 1, a: 2}",
        "   |  - first here",
        "   |        ^",
    ]


def test_a_second_place_in_another_file_has_its_own_head():
    fault = Fault("differs", Place(NET, 3, 5, 4), "a", also=Place(Source("w.csv", "1,2"), 1, 3))
    assert render(ProblemError([fault])).splitlines()[5:] == [
        "  --> w.csv:1:3",
        "   |",
        " 1 | 1,2",
        "   |   - first here",
    ]


def test_all_faults_are_shown_in_order_with_an_empty_line_between():
    error = ProblemError([Fault("one"), Fault("two", hint="h"), Fault("three", Place(NET, 1, 1, 6))])
    assert render(error).split("\n\n")[:2] == ["error: one", "error: two\n  hint: h"]
    assert render(error).count("error: ") == 3


CARETS = [
    ("\t\tx: 1", 3, 1, "  x: 1", "  ^"),
    ("日本: x", 5, 1, "日本: x", "      ^"),
    ("日本: x", 1, 2, "日本: x", "^^^^"),
    ("a\x1b[2J: x", 7, 1, r"a\x1b[2J: x", "         ^"),
    ("a: ", 4, 1, "a:", "   ^"),
    ("", 1, 1, "", "^"),
    ("short", 3, 99, "short", "  ^^^"),
    ("short", 30, 1, "short", "     ^"),
]


@pytest.mark.parametrize(("line", "column", "length", "shown", "caret"), CARETS)
def test_the_caret_stands_below_what_is_meant(line, column, length, shown, caret):
    text = render(ProblemError("m", Place(Source("f", line), 1, column, length))).splitlines()
    assert text[3:] == [f" 1 | {shown}".rstrip(), f"   | {caret}"]


NUMBERS = ", ".join(f"{number}.123456e-05" for number in range(60))


@pytest.mark.parametrize("at", [0, 5, 100, 400, len(NUMBERS) - 12, len(NUMBERS) - 1])
def test_a_long_line_is_shown_in_part_and_no_number_of_it_is_cut(at):
    source = Source("f", f"w: [{NUMBERS}]")
    start = source.text.rfind(" ", 0, 5 + at) + 1
    _, _, _, shown, caret = render(ProblemError("m", Place(source, 1, start + 1, 8))).splitlines()
    assert len(shown) < 100
    for number in re.findall(r"[\d.e-]{5,}", shown[5:].replace("...", "")):
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", source.text)
    assert shown[caret.index("^") :][:8] == source.text[start : start + 8]


@given(st.text(), st.integers(1, 40), st.integers(1, 200), st.integers(1, 50), st.booleans())
def test_no_message_obeys_or_breaks_the_line(text, line, column, length, ascii_only):
    place = Place(Source(text, text), line, column, length)
    error = ProblemError([Fault(text, place, text, also=place), Fault(text, None, text)])
    rendered = render(error, ascii=ascii_only)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", rendered)
    assert rendered.isascii() or not ascii_only


def test_in_ascii_the_caret_still_stands_below():
    shown, caret = render(ProblemError("ŷ", Place(Source("f", "αé: x"), 1, 5)), ascii=True).splitlines()[3:]
    assert shown[caret.index("^")] == "x"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), st.data())
def test_the_caret_is_as_wide_as_what_it_marks(line, data):
    column = data.draw(st.integers(1, len(line)))
    lines = render(ProblemError("m", Place(Source("f", line), 1, column, 1))).splitlines()
    assert set(lines[4][5:].strip()) == {"^"}
    assert display_width(lines[4]) <= max(display_width(lines[3]), 6) + 10


def test_json_is_one_line_with_the_first_fault():
    line = render_json(ProblemError("m\n", Place(NET, 4, 5, 9), "h"))
    assert line.count("\n") == 1
    assert json.loads(line) == {
        "error": {"code": "GC003", "message": "m\n", "file": "net.yaml", "line": 4, "column": 5, "hint": "h"}
    }


def test_json_of_several_faults_lists_them_all():
    error = json.loads(render_json(NumericError([Fault("one"), Fault("two", Place(NET, 2, 3))])))["error"]
    assert (error["code"], error["message"], error["file"]) == ("GC004", "one", None)
    assert [(fault["message"], fault["line"]) for fault in error["faults"]] == [("one", None), ("two", 2)]
