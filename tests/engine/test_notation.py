"""What is printed is read as it was meant: brackets stand wherever two people might disagree."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import assume
from paper import Ambiguous, Reader
from trees import TREES, value
from turns import examples_in_turn

from gradcalc.engine.book import parse, substitute
from gradcalc.engine.notation import Style, text

PRINTED = {"a": "a1", "b": "ŷ", "z": "z_H", "∂z": "∂L/∂z_H"}
READER = Reader({printed: name for name, printed in PRINTED.items()})


@examples_in_turn(125, 500, TREES)
def test_a_printed_tree_reads_back_as_the_same_computation(tree):
    expected = value(tree)
    assume(expected is not None)
    printed = text(tree, Style(PRINTED))
    found = value(READER.read(printed))
    assert found is not None, printed
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-6), f"{ast.unparse(tree)} is printed {printed}"


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("(a + b) * z", "(a1 + ŷ) z_H"),
        ("a - (b - z)", "a1 − (ŷ − z_H)"),
        ("a + -(b + z)", "a1 − (ŷ + z_H)"),
        ("a + (-b + z)", "a1 + (−ŷ + z_H)"),
        ("a / (b * z)", "a1 / (ŷ z_H)"),
        ("a / b * z", "(a1 / ŷ) z_H"),
        ("a * (b / z)", "a1 (ŷ / z_H)"),
        ("1 / 3 * a", "1/3 a1"),
        ("2 * 3 * a", "2 · 3 a1"),
        ("(a**2)**3", "(a1²)³"),
        ("a**-2", "a1⁻²"),
        ("(-a)**2", "(−a1)²"),
        ("a**(b - 1)", "a1^(ŷ − 1)"),
        ("log(a) * b", "(ln a1) ŷ"),
        ("log(1 - a) * b", "ln(1 − a1) ŷ"),
        ("a / (log(10) * log(10))", "a1 / (ln 10 ln 10)"),
        ("units(a) * b", "(Σ_k a1) ŷ"),
        ("units(a * b)", "Σ_k (a1 ŷ)"),
        ("a * (z > 0)", "a1 [z_H > 0]"),
        ("where(z > 0, 1, a)", "(1 if z_H > 0, else a1)"),
        ("unit(z, 1) * a", "z_H[2] a1"),
        ("z @ a.T", "z_H a1ᵀ"),
        ("(z + a).T", "(z_H + a1)ᵀ"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(formula, printed):
    assert text(parse(formula), Style(PRINTED)) == printed


def test_a_text_that_two_people_may_read_in_two_ways_is_refused_by_the_reader():
    for printed in ("a1 / ŷ z_H", "Σ_k a1 ŷ", "ln a1 ŷ", "a1^ŷ^z_H", "a1 + −ŷ", "(a1", "a1) ŷ"):
        with pytest.raises((Ambiguous, AssertionError)):
            READER.read(printed)


def test_a_gradient_that_arrives_is_multiplied_entry_by_entry():
    tree = substitute(parse("g * a * (1 - a)"), {"g": ast.Name("∂z")})
    assert text(tree, Style(PRINTED)) == "∂L/∂z_H ⊙ a1 (1 − a1)"


def test_unit_k_is_counted_as_the_problem_counts():
    assert text(parse("unit(z, 1)"), Style(PRINTED, base=0)) == "z_H[1]"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("yhat", "ŷ"),
        ("y_hat", "ŷ"),
        ("yhat1", "ŷ1"),
        ("yhat_2", "ŷ_2"),
        ("p_hat[1,2]", "p̂[1,2]"),
        ("∂L/∂w_hat", "∂L/∂ŵ"),
        ("∂yhat/∂m_hat", "∂ŷ/∂m̂"),
        ("that", "that"),
        ("what_hat", "what_hat"),
        ("yhats", "yhats"),
        ("hat", "hat"),
    ],
)
def test_a_name_that_spells_out_its_hat_is_shown_with_it_on(name, shown):
    assert text(ast.Name(name)) == shown
