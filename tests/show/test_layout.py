"""Blocks become lines: nothing is lost at any width, and colour changes no sign."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradcalc.show import plain, terminal
from gradcalc.show.blocks import Blank, Column, Facts, Heading, Line, Look, Note, Pairs, Row, Table, Value
from gradcalc.show.fold import folded
from gradcalc.show.numbers import Shown
from gradcalc.show.safe import display_width

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
NUMBER = re.compile(r"−?(?:\d+\.?\d*(?:e[+-]\d+)?|∞|NaN)")
WIDTHS = (20, 40, 80, 200, None)

COLUMNS = (
    Column("quantity"),
    Column("rule", role="formula"),
    Column("shape"),
    Column("gradient", role="value"),
)


def screen(*blocks, width=None, ascii_only=False):
    return plain.write(blocks, Look(width=width, ascii=ascii_only))


def page(*arrays_shown):
    rows = [
        Row((f"∂L/∂W_{number}", "∂L/∂z_O ⊙ ŷ (1 − ŷ) = ŷ − y", "×".join(map(str, np.shape(array))), Value(array)))
        for number, array in enumerate(arrays_shown)
    ]
    return (
        Line("A title", "title"),
        Facts(["z = W x + b", "L = −y ln ŷ − (1 − y) ln(1 − ŷ)", "1 sample", "natural logarithm"]),
        Table(COLUMNS, rows),
        Heading("Zero, and why"),
        Pairs([("∂L/∂z_H[2]", "z_H[2] = −1 < 0: ReLU passes nothing back"), ("∂L/∂W_H[2,·]", "follows from it")]),
    )


def test_the_first_screen():
    table = Table(
        (Column("layer"), Column("quantity"), Column("formula", role="formula"), Column("shape"), Column("value")),
        [
            Row(("H", "z_H", "W_H x + b_H", "2", Value([4, -1]))),
            Row(("", "u_H", "relu(z_H)", "2", Value([4, 0]))),
            Row(("loss", "L", "bce(ŷ, y)", "", Value(3.726646e-06)), style="bold"),
        ],
    )
    assert screen(Line("ReLU hidden layer", "title"), Facts(["z = W x + b", "1 sample"]), table) == (
        "ReLU hidden layer\n"
        "z = W x + b   1 sample\n"
        "\n"
        "layer   quantity   formula       shape   value\n"
        "────────────────────────────────────────────────────\n"
        "H       z_H        W_H x + b_H   2       [4, −1]\n"
        "        u_H        relu(z_H)     2       [4, 0]\n"
        "loss    L          bce(ŷ, y)             3.72665e-06\n"
    )


def test_a_matrix_takes_a_line_for_each_row_and_its_columns_line_up():
    table = Table(
        (Column("q"), Column("value")), [Row(("W", Value([[0.5, 1e-5], [-12.25, 0]]))), Row(("b", Value([1])))]
    )
    assert screen(table).splitlines()[2:] == ["W   [  0.5,  1e-05]", "    [−12.25,     0]", "b   [1]"]


def test_arrays_of_higher_rank_are_matrices_under_labels():
    table = Table((Column("q"), Column("value")), [Row(("J", Value(np.arange(8.0).reshape(2, 2, 2))))])
    assert screen(table).splitlines()[2:] == [
        "J   [1,·,·]",
        "    [0, 1]",
        "    [2, 3]",
        "    [2,·,·]",
        "    [4, 5]",
        "    [6, 7]",
    ]


def test_a_number_column_lines_up_on_the_decimal_point():
    rows = [Row(("w1", Value(0.6), "right")), Row(("b1", Value(12.25), "")), Row(("c", "–", "wrong"), gap=True)]
    table = Table((Column("step"), Column("θ before", "number"), Column("verdict", role="verdict")), rows)
    assert screen(table).splitlines() == [
        "step   θ before   verdict",
        "─────────────────────────",
        "w1         0.6    right",
        "b1        12.25",
        "",
        "c             –   wrong",
    ]


def test_a_long_vector_goes_on_below_itself():
    table = Table((Column("q"), Column("value")), [Row(("b", Value([1.5, -2.25, 3, 40, 5])))])
    assert screen(table, width=20).splitlines()[2:] == ["b  [ 1.5,  −2.25,", "     3,    40,", "     5   ]"]


FORMULAS = [
    ("∂L/∂u ⊙ ŷ (1 − ŷ) = ŷ − y", 20, ["∂L/∂u ⊙ ŷ (1 − ŷ)", "  = ŷ − y"]),
    ("∂L/∂u ⊙ ŷ (1 − ŷ) = ŷ − y", 16, ["∂L/∂u", "  ⊙ ŷ (1 − ŷ)", "  = ŷ − y"]),
    ("δ1 xᵀ + 2 λ W1", 12, ["δ1 xᵀ", "  + 2 λ W1"]),
    ("((ŷ − y)² / 2 if |ŷ − y| ≤ δ, else δ |ŷ − y|)", 34, ["((ŷ − y)² / 2 if |ŷ − y| ≤ δ,", "  else δ |ŷ − y|)"]),
    ("[a (1 − b), c (1 if d > 0, else e)]", 30, ["[a (1 − b),", "  c (1 if d > 0, else e)]"]),
]


@pytest.mark.parametrize(("formula", "width", "lines"), FORMULAS)
def test_a_formula_is_broken_outside_brackets_and_at_its_weakest_sign(formula, width, lines):
    table = Table((Column("f", role="formula"),), [Row((formula,))])
    assert screen(table, width=width).splitlines()[2:] == lines


@given(st.text("ab(|)[], =+−", max_size=60), st.integers(1, 40), st.booleans())
def test_folding_moves_spaces_only(text, width, formula):
    assert "".join(folded(text, width, formula)).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["( " * 5000, "| " * 5000, "= " * 5000, "a, " * 5000])
def test_a_text_that_only_looks_like_a_formula_is_folded_all_the_same(text):
    assert "".join(folded(text, 20, formula=True)).replace(" ", "") == text.replace(" ", "")


def test_where_columns_do_not_fit_each_row_is_a_list_of_its_cells():
    table = Table(COLUMNS, [Row(("∂L/∂b", "Σ_n δ", "2", Value([-1.49066e-05, 0]))), Row(("L", "", "", Value(1)))])
    assert screen(table, width=26).splitlines() == [
        "quantity  ∂L/∂b",
        "rule      Σ_n δ",
        "shape     2",
        "gradient  [−1.49066e-05,",
        "                      0]",
        "",
        "quantity  L",
        "gradient  1",
    ]


def test_and_where_even_that_is_too_wide_the_cells_stand_below_their_names():
    table = Table(COLUMNS, [Row(("∂L/∂b", "Σ_n δ", "1", Value([-1.49066e-05])))])
    assert screen(table, width=18).splitlines() == [
        "quantity", "  ∂L/∂b", "rule", "  Σ_n δ", "shape", "  1", "gradient", "  [−1.49066e-05]",
    ]  # fmt: skip


def test_blocks_are_parted_by_one_empty_line_but_texts_and_headings_keep_to_what_follows():
    table = Table((Column("q"),), [Row(("x",))], title="Head")
    blocks = (Line("a"), Note("b"), Heading("c"), Note("d"), Blank(), Note("e"), table, Pairs([("f", "g")]))
    assert screen(*blocks) == "a\nb\n\nc\nd\n\ne\n\nHead\nq\n─\nx\n\nf  g\n"


def test_facts_and_notes_fold_between_words():
    assert screen(Facts(["z = W x", "L = ŷ − y", "1 sample"]), width=20) == "z = W x   L = ŷ − y\n1 sample\n"
    assert screen(Note("nothing is cut in two here"), width=12) == "nothing is\ncut in two\nhere\n"


def test_ascii_twins_are_laid_out_by_their_own_width():
    lines = screen(*page([[4, -1]], np.array([np.inf, -np.inf])), ascii_only=True)
    assert lines.isascii()
    rows = [line for line in lines.splitlines() if line.startswith("dL/dW")]
    assert [line.index("[") for line in rows[:2]] == [rows[0].index("[")] * 2
    assert "[inf, -inf]" in rows[1]


def test_names_are_shown_and_never_obeyed():
    nasty = "W[out]:bug:\x1b[2J\n\u202e[/bold]"
    table = Table((Column(nasty),), [Row((nasty,))], title=nasty)
    text = screen(Line(nasty), Facts([nasty]), table, Heading(nasty), Pairs([(nasty, nasty)]), Note(nasty))
    assert text.count(r"W[out]:bug:\x1b[2J\n\u202e[/bold]") == 9
    assert "\x1b" not in text


def test_an_empty_table_is_a_head_and_empty_arrays_are_brackets():
    assert screen(Table((Column("a"), Column("b")), [])) == "a   b\n─────\n"
    rows = [Row(("x", Value(np.zeros(shape)))) for shape in ((0,), (0, 3), (2, 0))]
    assert [line[4:] for line in screen(Table((Column("a"), Column("b")), rows)).splitlines()[2:]] == ["[]", "[]", "[]"]
    assert screen(Table((Column("a"), Column("b")), rows), width=4)


ARRAYS = arrays(
    np.float64, array_shapes(min_dims=1, max_dims=3, max_side=7), elements=st.floats(width=64, allow_nan=True)
)


@given(ARRAYS, st.sampled_from(WIDTHS), st.sampled_from((3, 6, 17)))
def test_no_digit_is_lost_at_any_width(array, width, digits):
    shown = Shown(digits)
    cells = [Value(array), Value(float(array.flat[0]))]
    table = Table((Column("q"), Column("value", role="value")), [Row(("x", cell)) for cell in cells])
    together = plain.write([table], Look(shown, width))
    alone = "".join(plain.write([Table((Column(""),), [Row((cell,))])], Look(shown)) for cell in cells)
    labels = re.compile(r"\[[\d,·]*·\]")
    assert NUMBER.findall(labels.sub("", together)) == NUMBER.findall(labels.sub("", alone))


@given(ARRAYS, st.sampled_from(WIDTHS[:-1]))
def test_no_line_is_wider_than_the_width(array, width):
    for line in screen(*page(array), width=width).splitlines():
        assert display_width(line) <= width


@given(ARRAYS, st.sampled_from(WIDTHS))
def test_a_painted_screen_without_its_paint_is_the_plain_screen(array, width):
    painted = terminal.write(page(array), Look(width=width))
    assert ESCAPE.sub("", painted) == plain.write(page(array), Look(width=width))


def test_formulas_are_dim_titles_loss_and_verdicts_bold_and_what_is_wrong_is_red():
    columns = (Column("q"), Column("rule", role="formula"), Column("verdict", role="verdict"))
    rows = [Row(("a", "b", "right")), Row(("L", "c", "wrong"), style="bold")]
    text = terminal.write([Line("T", "title"), Table(columns, rows)])
    for painted in (
        "\x1b[1mT\x1b[0m",
        "\x1b[2mb\x1b[0m",
        "\x1b[1mright\x1b[0m",
        "\x1b[1mL\x1b[0m",
        "\x1b[1;31mwrong\x1b[0m",
    ):
        assert painted in text


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_ends_in_spaces(width):
    assert not re.search(r" \n", screen(*page([[1.5, -2]], [3.25], np.zeros((2, 2, 2))), width=width))
