"""A whole quantity as a product of Jacobian matrices, which is the gradient."""

from __future__ import annotations

import numpy as np
from networks import NETS, examples, problem
from reference import evaluate
from turns import examples_in_turn

from gradcalc.problem.load import loads
from gradcalc.problem.reference import Reference, reference
from gradcalc.solution import solve
from gradcalc.study.whole import explain_by_jacobians

SHARED = """{parameters: {W: [[0.3, -0.2], [0.1, 0.4]], x: [1, 2]}, equations: {
    h: tanh(W @ x), k: tanh(W @ h), L: sum(h * k)}}"""


@examples_in_turn(15, 60, NETS, how=examples)
def test_the_product_of_the_jacobians_is_the_gradient(net):
    solution, sizes = solve(problem(net)), evaluate(net).gradient_sizes
    for name, g in solution.gradients.items():
        found = explain_by_jacobians(solution, Reference(name, (), solution.result))
        assert found.value.shape == g.shape
        size = np.reshape(sizes[name], g.shape) if np.size(sizes[name]) == g.size else sizes[name]
        assert (np.abs(found.value - g) <= 1e-9 * size + 1e-300).all(), name


def test_a_quantity_that_is_used_twice_has_a_route_for_each_use_and_their_sum_is_the_gradient():
    solution = solve(loads(SHARED))
    found = explain_by_jacobians(solution, Reference("W", (), "L"))
    routes = [[(m.line, m.of) for m in route.matrices] for route in found.routes]
    assert routes == [
        [("L", "h"), ("h", "W")],
        [("L", "k"), ("k", "W")],
        [("L", "k"), ("k", "h"), ("h", "W")],
    ]
    assert np.allclose(found.value, solution.gradients["W"], rtol=1e-14, atol=0)


def test_a_jacobian_has_a_row_for_each_entry_above_and_a_column_for_each_below_row_by_row():
    solution = solve(loads("{input: [5, 7], layers: [{weights: [[1, 2], [3, 4]], name: A}]}"), gradients=False)
    found = explain_by_jacobians(solution, reference("dz_A/dW_A", solution.built))
    assert found.routes[0].product.tolist() == [[5, 7, 0, 0], [0, 0, 5, 7]]
    assert found.value.shape == (2, 2, 2)
    one = explain_by_jacobians(solution, reference("dz_A[2]/dW_A", solution.built))
    assert one.value.tolist() == [[0, 0], [5, 7]]
