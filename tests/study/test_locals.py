"""Local derivatives: what each line does to a small change of what it uses, and the links of the chain rule."""

from __future__ import annotations

import numpy as np
import pytest
from networks import NETS, examples, problem
from reference import evaluate
from turns import examples_in_turn

from gradcalc.engine.graph import Graph, forward
from gradcalc.errors import LimitError
from gradcalc.problem.load import loads
from gradcalc.solution import Solution, solve
from gradcalc.study import locals as module
from gradcalc.study.locals import Local, local_derivatives

STEP = np.cbrt(np.finfo(float).eps)
CLOSE = 1e-7


def whole(solution: Solution, local: Local):
    """A local derivative as a full Jacobian: (entries of the line, entries of the input), samples included."""
    y, x = solution.flow[local.line], solution.flow[local.input]
    full = np.zeros((y.size, x.size))
    per_sample = solution.built.quantities[local.input].role in ("input", "pre", "post")
    if local.array.shape == solution.gradients[local.input].shape:
        return np.reshape(local.array, (1, x.size)) if y.size == 1 else np.diag(np.ravel(local.array))
    rows = local.array[None] if solution.built.single else local.array
    samples, units = y.shape
    for n in range(samples):
        here = slice(n * x.size // samples, (n + 1) * x.size // samples) if per_sample else slice(None)
        full[n * units : (n + 1) * units, here] = rows[n].reshape(units, -1)
    return full


def difference(solution: Solution, local: Local):
    """The Jacobian of a line by central differences of its own steps."""
    steps = [step.shown_as or step for step in solution.built.graph.line(local.line)]
    part, x = Graph(tuple(steps)), solution.flow[local.input]
    columns = []
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = STEP * max(1, abs(x[index]))
        above, below = (forward(part, {**solution.flow, local.input: x + way * step})[local.line] for way in (1, -1))
        columns.append(np.ravel(above - below) / (2 * step[index]))
    return np.array(columns).T


@examples_in_turn(37, 150, NETS, how=examples)
def test_a_local_derivative_is_the_central_difference_of_its_line(net):
    solution = solve(problem(net))
    for local in local_derivatives(solution):
        found, expected = whole(solution, local), difference(solution, local)
        size = np.abs(solution.flow[local.line]).max() + np.abs(expected)
        assert (np.abs(found - expected) <= CLOSE * size + STEP**2).all(), local.name


@examples_in_turn(37, 150, NETS, how=examples)
def test_the_links_of_the_chain_multiplied_are_the_gradient(net):
    net = net._replace(penalty={})
    solution, sizes = solve(problem(net)), evaluate(net).gradient_sizes
    for local in local_derivatives(solution):
        arriving = np.ravel(solution.back[local.line])
        carried = (arriving @ whole(solution, local)).reshape(solution.flow[local.input].shape)
        assert (np.abs(carried - solution.back[local.input]) <= 1e-12 * sizes[local.input]).all(), local.name


def test_every_line_has_a_local_derivative_for_each_quantity_that_it_uses_from_the_loss_back():
    solution = solve(loads(SIMPLE))
    names = [local.name for local in local_derivatives(solution)]
    assert names == ["dL/da2", "da2/dz2", "dz2/da1", "dz2/dW2", "da1/dz1", "dz1/dx", "dz1/dW1", "dz1/db1"]


SIMPLE = """{input: [1, 2], target: [1, 0], loss: cross_entropy, layers: [
    {weights: [[1, 2], [3, 4]], bias: 1, activation: tanh}, {weights: [[1, 0.5], [1, 1]], activation: softmax}]}"""
BATCH = SIMPLE.replace("[1, 2], target: [1, 0]", "[[1, 2], [0, 1], [1, 1]], target: [[1, 0], [0, 1], [1, 0]]")


@pytest.mark.parametrize(
    ("name", "single", "batch"),
    [
        ("dL/da2", (2,), (3, 2)),
        ("da2/dz2", (2, 2), (3, 2, 2)),
        ("da1/dz1", (2,), (3, 2)),
        ("dz2/da1", (2, 2), (3, 2, 2)),
        ("dz1/dW1", (2, 2, 2), (3, 2, 2, 2)),
        ("dz1/db1", (2, 2), (3, 2, 2)),
    ],
)
def test_the_local_derivative_of_an_elementwise_line_has_the_shape_of_its_input_and_of_a_batch_comes_by_sample(
    name, single, batch
):
    for written, shape in ((SIMPLE, single), (BATCH, batch)):
        found = {local.name: local.array for local in local_derivatives(solve(loads(written)))}
        assert found[name].shape == shape


def test_the_local_derivative_of_softmax_is_the_full_matrix():
    solution = solve(loads(SIMPLE))
    p = solution.values["a2"]
    found = {local.name: local.array for local in local_derivatives(solution)}
    assert np.allclose(found["da2/dz2"], np.diag(p) - np.outer(p, p), rtol=1e-14, atol=1e-300)


def test_the_loss_has_a_local_derivative_even_where_a_joint_form_passes_it_by():
    solution = solve(loads(SIMPLE))
    found = {local.name: local.array for local in local_derivatives(solution)}
    assert np.array_equal(found["dL/da2"], solution.gradients["a2"])


def test_local_derivatives_that_would_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRIES", 7)
    with pytest.raises(LimitError, match="dz2/dW2 has 8 entries; the limit is 7"):
        local_derivatives(solve(loads(SIMPLE)))
