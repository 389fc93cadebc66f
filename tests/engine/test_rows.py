"""The Jacobian of a network in one pass: the same as a pass for each row, and as the product of its matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from networks import NETS, examples, problem

from gradcalc.engine.graph import Equation, Graph, backward
from gradcalc.engine.ops.arithmetic import ADD
from gradcalc.engine.rows import Flow, jacobian_rows
from gradcalc.problem.load import loads
from gradcalc.solution import solve

CLOSE = 1e-12


def samples_of(solution):
    built = solution.built
    return frozenset({built.names.input, *(equation.name for equation in built.graph.equations)})


def in_one_pass(solution, of, wrt):
    return jacobian_rows(solution.built.graph, solution.flow, of, wrt, samples_of(solution))


def pass_by_pass(solution, of, wrt):
    """The same by a pass for every row, none of which knows of another."""
    y, x = solution.flow[of], solution.flow[wrt]
    own = wrt in samples_of(solution)
    found = np.zeros((*y.shape, *(x.shape[1:] if own else x.shape)))
    for n, k in np.ndindex(y.shape):
        seed = np.zeros(y.shape)
        seed[n, k] = 1
        share = backward(solution.built.graph, solution.flow, {of: seed})[wrt]
        found[n, k] = share[n] if own else share
    return found


def pairs(solution):
    """Every quantity of a sample with every one that it depends on."""
    roles = {name: quantity.role for name, quantity in solution.built.quantities.items()}
    lines = [name for name in solution.built.graph.lines if roles[name] in ("pre", "post")]
    for of in lines:
        seed = {of: np.ones(solution.flow[of].shape)}
        upstream = backward(solution.built.graph, solution.flow, seed)
        yield from ((of, wrt) for wrt in upstream if wrt != of and wrt in roles)


@examples(80)
@given(NETS)
def test_one_pass_gives_what_a_pass_for_each_row_gives(net):
    solution = solve(problem(net), gradients=False)
    for of, wrt in pairs(solution):
        expected = pass_by_pass(solution, of, wrt)
        size = max(1.0, float(np.abs(expected).max()))
        assert np.abs(in_one_pass(solution, of, wrt) - expected).max() <= CLOSE * size, (of, wrt)


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
@pytest.mark.parametrize(
    "layer",
    [
        "{weights: [[1, 2, 0.5], [3, -1, 2]], bias_column: first, activation: [tanh, sigmoid]}",
        "{weights: [[1, 2], [3, -1]], bias: 0.5, bias_shared: true, activation: softmax}",
        "{weights: [[1, 2], [3, -1]], activation: log_softmax}",
        "{activation: sin}",
    ],
)
def test_every_form_of_a_layer_is_carried_back(layer, layout):
    if layout == "in_out":
        layer = layer.replace("[[1, 2, 0.5], [3, -1, 2]]", "[[1, 3], [2, -1], [0.5, 2]]")
    second = "{weights: [[0.3, 0.1], [0.2, -0.7]], bias: [1, 2], activation: sigmoid}"
    text = f"{{input: [[0.1, 0.2], [0.4, -0.3]], weight_layout: {layout}, layers: [{layer}, {second}]}}"
    solution = solve(loads(text), gradients=False)
    found = [*pairs(solution)]
    assert len(found) > 8
    for of, wrt in found:
        np.testing.assert_allclose(in_one_pass(solution, of, wrt), pass_by_pass(solution, of, wrt), atol=CLOSE)


def test_of_two_layers_it_is_the_product_of_their_matrices():
    text = "{input: [1, 2], layers: [{weights: [[1, 2], [3, 4]], activation: tanh}, {weights: [[5, 6]]}]}"
    solution = solve(loads(text), gradients=False)
    slope = np.cosh(solution.values["z1"]) ** -2.0
    (found,) = in_one_pass(solution, "a2", "x")
    np.testing.assert_allclose(found, [[5, 6]] @ np.diag(slope) @ [[1, 2], [3, 4]], rtol=1e-14)


def test_what_does_not_depend_has_no_jacobian():
    solution = solve(loads("{input: [1], layers: [{weights: [[1]]}, {weights: [[2]]}]}"), gradients=False)
    assert in_one_pass(solution, "a1", "W2") is None


def test_a_diagonal_added_to_rows_is_the_rows_of_both():
    diagonal, rows = Flow(np.array([[1.0, 2.0]]), diagonal=True), Flow(np.ones((1, 2, 2)))
    assert (diagonal + rows).array.tolist() == [[[2, 1], [1, 3]]]
    assert (diagonal + diagonal).diagonal


def test_a_quantity_that_is_used_twice_gets_both_rows():
    solution = solve(loads("{input: [1, 2], layers: [{weights: [[1, 2], [3, 4]], activation: tanh}]}"), gradients=False)
    graph = Graph((*solution.built.graph.equations, Equation("s", ADD, ("a1", "x"), {}, "s")))
    flow = {**solution.flow, "s": solution.flow["a1"] + solution.flow["x"]}
    found = jacobian_rows(graph, flow, "s", "x", samples_of(solution) | {"s"})
    np.testing.assert_allclose(found, in_one_pass(solution, "a1", "x") + np.eye(2), rtol=1e-14)
