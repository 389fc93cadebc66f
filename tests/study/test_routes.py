"""Products of Jacobians in letters: the same routes, formulas and shapes as those with numbers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from gradcalc import load, loads, solve
from gradcalc.engine.notation import text
from gradcalc.problem.reference import Reference
from gradcalc.study.routes import routes_of
from gradcalc.study.symbolic import Symbolic
from gradcalc.study.whole import explain_by_jacobians

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
# one sample each, so that the loss is not told sample by sample
OF_ONE = ("equations", "equations/graph-vectors", "equations/residual", "equations/shapes", "equations/lstm")
LETTERS = sorted(
    path.stem for path in (CONFIGS / "letters").glob("*.yaml") if "abstract" not in path.read_text("utf-8")
)

COMPOSED = "abstract: [f, g]\nequations: {z: '%s', yhat: g(z), L: sum((yhat - y)^2)}"


@pytest.mark.parametrize("name", OF_ONE)
def test_routes_formulas_and_shapes_are_those_of_the_product_with_numbers(name):
    problem = load(CONFIGS / f"{name}.yaml")
    solution, letters = solve(problem), Symbolic(problem)
    for parameter in problem.parameters:
        numbers = explain_by_jacobians(solution, Reference(parameter, (), letters.of))
        told = letters.routes(parameter)
        assert [[(m.line, m.of, m.formula) for m in route.matrices] for route in numbers.routes] == [
            [(f.line, f.of, text(f.formula, told.style)) for f in route] for route in told.paths
        ]
        assert [["{}×{}".format(*m.array.shape) for m in route.matrices] for route in numbers.routes] == [
            ["×".join(f.sides) for f in route] for route in told.paths
        ]


@pytest.mark.parametrize("name", LETTERS)
def test_in_a_network_of_letters_every_factor_meets_the_next(name):
    letters = Symbolic(load(CONFIGS / "letters" / f"{name}.yaml"))
    for parameter in letters.parameters:
        (route,) = letters.routes(parameter).paths
        assert route[0].sides[0] == "1"
        assert all(outer.sides[1] == inner.sides[0] for outer, inner in pairwise(route))


def test_what_does_not_lead_to_the_result_has_no_route():
    letters = Symbolic(loads("{parameters: {w: 1, v: 2}, equations: {z: w*v, L: w**2}}"))
    assert letters.routes("v").paths == ()
    assert letters.routes("v").whole is None


@pytest.mark.parametrize(
    ("line", "asked", "factor", "whole"),
    [
        ("f(W @ x)", "W", "g ↦ (∂f/∂(W @ x))ᵀ g xᵀ", None),
        ("W @ f(x)", "x", "g ↦ (∂f/∂x)ᵀ Wᵀ g", None),
        ("W @ x", "W", "g ↦ g xᵀ", None),
        ("W @ x", "x", "g ↦ Wᵀ g", None),
        ("x @ W", "W", "g ↦ xᵀ g", None),
        ("sigmoid(f(x))", "x", "diag(z ⊙ (1 − z)) ∂f/∂x", "2 (ŷ − y) · ∂g/∂z · diag(z ⊙ (1 − z)) ∂f/∂x"),
        ("f(x) + x", "x", "g ↦ (∂f/∂x)ᵀ g + g", None),
        ("3*f(x)", "x", "3 ∂f/∂x", "2 (ŷ − y) · ∂g/∂z · 3 ∂f/∂x"),
        ("f(sigmoid(x))", "x", None, None),
    ],
)
def test_functions_that_are_not_given_go_with_matrices_and_with_given_ones(line, asked, factor, whole):
    letters = Symbolic(loads(COMPOSED % line))
    found = letters.routes(asked)
    last = text(found.paths[0][-1].formula, found.style)
    assert factor is None or last == factor
    assert (found.whole is None) == (whole is None)
    assert whole is None or text(found.whole, found.style) == whole


def test_a_function_that_is_called_twice_is_not_told_by_its_name():
    letters = Symbolic(loads("{abstract: [f], equations: {z: f(x), L: 'f(z)'}}"))
    assert [text(tree, letters.rules.style) for tree in letters.routes("x").chains] == ["∂L/∂z · ∂z/∂x"]


def test_a_loss_may_be_the_call_of_a_function_that_is_not_given():
    letters = Symbolic(loads("{abstract: [f, loss], equations: {z: f(x), L: 'loss(z)'}}"))
    told = routes_of(letters.rules, "L", "x", letters.problem.abstract)
    assert [text(tree, told.style) for tree in told.chains] == ["∂L/∂z · ∂z/∂x", "∂loss/∂f · ∂f/∂x"]


def test_the_sum_of_what_has_no_shape_is_a_row_of_ones_and_adding_to_it_is_no_factor():
    letters = Symbolic(loads("{abstract: [f], equations: {z: f(x) + b, L: sum(z)}}"))
    wholes = [text(letters.routes(name).whole, letters.rules.style) for name in ("x", "b")]
    assert wholes == ["1ᵀ · ∂f/∂x", "1ᵀ"]


def test_what_goes_entry_by_entry_is_a_diagonal_matrix_and_adding_the_identity():
    letters = Symbolic(loads("{parameters: {x: [1, 2], b: [3, 4]}, equations: {h: x*b, z: h + b, L: sum(z**2)}}"))
    (route,) = letters.routes("x").paths
    told = [text(factor.formula, letters.rules.style) for factor in route]
    assert told == ["2 z", "I", "diag(b)"]
    assert text(letters.routes("x").whole, letters.rules.style) == "2 z · diag(b)"
