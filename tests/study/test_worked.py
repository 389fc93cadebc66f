"""The numbers that are put into a formula give the result, as it stands there and as it is printed."""

from __future__ import annotations

import ast
import re
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from networks import PAIRS, SEEDS, SPREAD, draw, examples, problem
from turns import in_turn

from gradcalc.engine.entries import Entries
from gradcalc.engine.notation import text
from gradcalc.errors import NumericError
from gradcalc.problem.load import loads
from gradcalc.show.numbers import Shown, show_number
from gradcalc.solution import Solution, solve
from gradcalc.study import worked
from gradcalc.study.rules import Rules
from gradcalc.study.worked import Worked, Workings

SEED = """
notation: {post: u}
input: [1, 1]
target: 1
loss: bce
layers:
  - {name: H, weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu}
  - {name: O, weights: [[4, 6]], bias: -3.5, activation: sigmoid}
"""
ONE_LAYER = "{input: %s, target: %s, loss: %s, layers: [{weights: %s, activation: %s}]}"


def workings(solution: Solution, shown: Shown = Shown()) -> Workings:  # noqa: B008 - it is frozen
    def digits(value: float, more: int) -> str:
        return show_number(value, shown._replace(digits=shown.digits + more))

    return Workings(solution, Rules(solution), digits)


def line(told: Worked) -> str:
    """The line as it is printed."""
    numbers = [] if told.numbers is None else [told.numbers]
    parts = dict.fromkeys(text(tree, told.style) for tree in [*told.names, *told.formulas, *numbers])
    return f"{' = '.join(parts)} {'=' if told.exact else '≈'} {text(told.result, told.style)}"


@pytest.mark.parametrize(
    ("quantity", "index", "printed"),
    [
        ("z_H", (), "z_H = W_H x + b_H = [[2, 4], [3, −5]] [1, 1] + [−2, 1] = [4, −1]"),
        ("z_H", (0,), "z_H[1] = W_H[1,1] x[1] + W_H[1,2] x[2] + b_H[1] = 2 · 1 + 4 · 1 + (−2) = 4"),
        ("u_H", (), "u_H = relu(z_H) = relu([4, −1]) = [4, 0]"),
        ("u_H", (1,), "u_H[2] = relu(z_H[2]) = max(0, −1) = 0"),
        ("z_O", (), "z_O = W_O u_H + b_O = 4 · 4 + 6 · 0 + (−3.5) = 12.5"),
        ("u_O", (), "u_O = ŷ = sigmoid(z_O) = 1 / (1 + exp(−12.5)) = 0.999996"),
        ("L", (), "L = −y ln ŷ − (1 − y) ln(1 − ŷ) = −ln 0.99999627336 = 3.72665e-06"),
        ("x", (), "x = [1, 1]"),
        ("x", (1,), "x[2] = 1"),
    ],
)
def test_a_value_is_told_as_formula_numbers_and_result(quantity, index, printed):
    assert line(workings(solve(loads(SEED))).value(quantity, index)) == printed


@pytest.mark.parametrize(
    ("quantity", "index", "printed"),
    [
        ("z_O", (), "∂L/∂z_O = ∂L/∂u_O ⊙ ŷ (1 − ŷ) = ŷ − y = 0.99999627336 − 1 = −3.72664e-06"),
        ("W_O", (), "∂L/∂W_O = ∂L/∂z_O u_Hᵀ = −3.72664e-06 · [4, 0]ᵀ = [[−1.49066e-05, 0]]"),
        ("W_O", (0, 1), "∂L/∂W_O[1,2] = ∂L/∂z_O u_H[2] = −3.72664e-06 · 0 = 0"),
        ("b_O", (), "∂L/∂b_O = ∂L/∂z_O = −3.72664e-06"),
        ("z_H", (), "∂L/∂z_H = ∂L/∂u_H ⊙ [z_H > 0] = [−1.49066e-05, −2.23598e-05] ⊙ [1, 0] = [−1.49066e-05, 0]"),
        ("W_H", (), "∂L/∂W_H = ∂L/∂z_H xᵀ = [−1.49066e-05, 0] [1, 1]ᵀ = [[−1.49066e-05, −1.49066e-05], [0, 0]]"),
        ("x", (), "∂L/∂x = W_Hᵀ ∂L/∂z_H = [[2, 4], [3, −5]]ᵀ [−1.49066e-05, 0] ≈ [−2.98131e-05, −5.96262e-05]"),
    ],
)
def test_a_gradient_is_told_as_rule_numbers_and_result(quantity, index, printed):
    assert line(workings(solve(loads(SEED))).gradient(quantity, index)) == printed


@pytest.mark.parametrize(
    ("network", "quantity", "printed"),
    [
        (("[1, 2]", "{class: 1}", "cross_entropy", "[[1, 0], [0, 1], [1, 1]]", "softmax"), "L",
         "L = −Σ_k (y ln ŷ) = −ln 0.0900306 = 2.40761"),
        (("[[1], [2]]", "[[3], [5]]", "mse", "[[1]]", "identity"), "L",
         "L = Σ_n (ŷ − y)² / 2 = ((1 − 3)² + (2 − 5)²) / 2 = 6.5"),
        (("[-0.5]", "0", "squared_error", "[[1]]", "sigmoid"), "a1",
         "a1 = ŷ = sigmoid(z1) = 1 / (1 + exp(0.5)) = 0.377541"),
        (("[0.5]", "0", "squared_error", "[[1]]", "{name: leaky_relu, slope: 0.1}"), "a1",
         "a1 = ŷ = leaky_relu(z1, slope=0.1) = 0.5"),
        (("[-0.5]", "0", "squared_error", "[[1]]", "{name: leaky_relu, slope: 0.1}"), "a1",
         "a1 = ŷ = leaky_relu(z1, slope=0.1) = 0.1 · (−0.5) = −0.05"),
    ],
)  # fmt: skip
def test_what_meets_the_eye_is_worked_out_and_nothing_else(network, quantity, printed):
    assert line(workings(solve(loads(ONE_LAYER % network))).value(quantity)) == printed


@in_turn("pair", dict.fromkeys([*SPREAD, *PAIRS[::10]]), SPREAD[::2], ids="-".join)
@given(seed=SEEDS)
@examples(1)
def test_the_numbers_of_every_entry_give_the_entry(pair, seed):
    try:
        solution = solve(problem(draw(seed, *pair)))
    except NumericError:
        return
    work = workings(solution)
    for told, array in _entries(work):
        if told.numbers is not None:
            value = Entries({}).value(told.numbers)
            assert np.isclose(value, array, rtol=1e-7, atol=1e-12), line(told)


def _entries(work: Workings):
    for tell, arrays in ((work.value, work.solution.values), (work.gradient, work.solution.gradients)):
        for name, array in arrays.items():
            for index in np.ndindex(*array.shape):
                if np.isfinite(array).all():
                    yield tell(name, index), array[index]


@in_turn("pair", dict.fromkeys([*SPREAD[1::2], *PAIRS[2::25]]), SPREAD[1::4], ids="-".join)
@given(seed=SEEDS)
@examples(1)
def test_a_line_without_the_sign_for_about_gives_its_result_from_the_numbers_that_are_printed(pair, seed):
    work = workings(solve(problem(draw(seed, *pair))))
    for told, _ in _entries(work):
        if told.exact and told.numbers is not None:
            said = text(told.numbers, told.style)
            result = text(told.result, work.numbers.style())
            numbers = [float(number) for number in re.findall(r"\d[\d.]*(?:e[-−]?\d+)?", said.replace("−", "-"))]
            assert numbers, said
            value = float(Entries({}).value(_reread(told, work)))
            near = [show_number(value * (1 + shift)) for shift in (0, 1e-12, -1e-12)]
            assert result in near, line(told)


def _reread(told: Worked, work: Workings) -> ast.expr:
    """The numbers that are put in, as somebody reads them off the page."""

    class Reader(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            if not isinstance(node.value, float):
                return node
            return ast.Constant(float(text(node, told.style).replace("−", "-")))

    return Reader().visit(told.numbers)


@in_turn("pair", dict.fromkeys([*SPREAD, *PAIRS[3::10]]), SPREAD[1::2], ids="-".join)
@given(seed=SEEDS)
@examples(1)
def test_the_expression_of_every_whole_quantity_gives_it(pair, seed):
    work = workings(solve(problem(draw(seed, *pair))), Shown(16))
    with mock.patch.object(worked, "LONGEST_ARRAYS", 10**6):
        for tell, arrays in ((work.value, work.solution.values), (work.gradient, work.solution.gradients)):
            for name, array in arrays.items():
                told = tell(name)
                nothing_new = [tree for tree in told.formulas if not _is_plain(tree)] == []
                assert told.numbers is not None or nothing_new or array.size == 1 or not array.any(), line(told)


def _is_plain(tree: ast.expr) -> bool:
    """Whether a formula only names what it is equal to."""
    match tree:
        case ast.Call(func=ast.Name(id="identity")):
            return True
    return isinstance(tree, ast.Name | ast.Constant)


def test_rounding_at_each_step_gives_lines_that_hold_in_the_rounded_numbers():
    work = workings(solve(loads(SEED + "rounding: {to: 4dp, when: each}")), Shown(4, "dp"))
    assert line(work.gradient("z_O")) == "∂L/∂z_O = ∂L/∂u_O ⊙ ŷ (1 − ŷ) = −1 · 1 · (1 − 1) = 0"
    assert line(work.value("z_O")) == "z_O = W_O u_H + b_O = 4 · 4 + 6 · 0 + (−3.5) = 12.5"


def test_numbers_that_would_fill_a_page_are_left_out_and_an_entry_still_has_its_own():
    wide = WIDE.format([1.5] * 8, [[0.25] * 8] * 3)
    work = workings(solve(loads(wide)))
    assert work.value("z1").numbers is None
    assert "= 0.25 · 1.5 + 0.25 · 1.5 +" in line(work.value("z1", (0,)))
    wider = WIDE.format([1.5] * 40, [[0.25] * 40] * 3)
    assert line(workings(solve(loads(wider))).value("z1", (0,))) == "z1[1] = 15"


WIDE = "{{input: {}, target: 1, loss: mse, layers: [{{weights: {}}}, {{weights: [[1, 1, 1]]}}]}}"
