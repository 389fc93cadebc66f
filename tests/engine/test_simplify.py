"""Simplified, a tree says the same in fewer signs."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import assume
from trees import TREES, value
from turns import examples_in_turn

from gradcalc.engine.book import parse
from gradcalc.engine.simplify import replace, simplify


@examples_in_turn(75, 300, TREES)
def test_a_simplified_tree_has_the_same_value(tree):
    expected = value(tree)
    assume(expected is not None)
    assert np.allclose(value(simplify(tree)), expected, rtol=1e-9, atol=1e-9), ast.unparse(tree)


@examples_in_turn(37, 150, TREES)
def test_what_is_simple_stays_as_it_is(tree):
    assume(value(tree) is not None)
    once = simplify(tree)
    assert ast.unparse(simplify(once)) == ast.unparse(once)


@pytest.mark.parametrize(
    ("formula", "simple"),
    [
        ("1 * a * 1", "a"),
        ("0 * a", "0"),
        ("a + 0", "a"),
        ("0 + a - 0", "a"),
        ("a**1", "a"),
        ("1 / 3 * (2 * (a - b))", "2 / 3 * (a - b)"),
        ("a / 2 / 2", "a / 4"),
        ("a / 2 * 2", "a"),
        ("-(-a)", "a"),
        ("-a * -b", "a * b"),
        ("a * (b / z)", "a * b / z"),
        ("a / (b / z)", "a * z / b"),
        ("spread(units(a))", "units(a)"),
    ],
)
def test_ones_and_zeros_go_and_numbers_come_first(formula, simple):
    assert ast.unparse(simplify(parse(formula))) == simple


def test_what_is_known_by_another_name_is_called_by_it():
    known = {"sigmoid(z)": ast.Name("a"), "units(b)": ast.Constant(1)}
    tree = parse("softmax(z) * units(b) - where(sigmoid(z) > 0, sigmoid(z).T, -sigmoid(z))")
    assert ast.unparse(replace(tree, known)) == "softmax(z) * 1 - where(a > 0, a.T, -a)"


def test_a_part_that_only_looks_alike_keeps_its_name():
    assert ast.unparse(replace(parse("sigmoid(z + 1)"), {"sigmoid(z)": ast.Name("a")})) == "sigmoid(z + 1)"
