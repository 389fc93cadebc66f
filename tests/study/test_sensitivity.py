"""Any quantity of a network with respect to any other: against differences, in the shapes that were asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from invoke import invoke
from networks import NETS, examples, problem

from gradcalc.engine.notation import text
from gradcalc.errors import LimitError, UsageError
from gradcalc.problem.load import load, loads
from gradcalc.solution import solve
from gradcalc.study import sensitivity as module
from gradcalc.study.sensitivity import differences, sensitivity

BATCH = """
{input: [[1, 2], [0.5, -1], [2, 2]],
 layers: [{weights: [[1, 2], [3, -1], [0.5, 1]], bias: [1, 2, 3], activation: tanh}, {weights: [[0.3, 1, 2]]}]}
"""


def of(text_, target=None, source=None):
    return sensitivity(solve(loads(text_), gradients=False), target, source)


@examples(60)
@given(NETS)
def test_it_is_what_differences_give(net):
    solution = solve(problem(net), gradients=False)
    names = [name for name, quantity in solution.built.quantities.items() if quantity.role != "target"]
    for target in (solution.built.output, solution.built.names.loss):
        if target not in solution.values:
            continue
        for source in names:
            try:
                found = sensitivity(solution, target, source)
            except UsageError:
                continue
            apart = differences(found)
            size = float(np.abs(found.array).max(initial=1.0)) + float(np.abs(solution.values[target]).max())
            assert apart is None or apart <= 1e-6 * size, (target, source)


@pytest.mark.parametrize(
    ("target", "source", "shown", "matrix"),
    [
        (None, None, (3, 1, 2), (3, 1, 2)),
        ("z1", "x", (3, 3, 2), (3, 3, 2)),
        ("a1", "W1", (3, 3, 3, 2), (3, 3, 6)),
        ("a1", "b1", (3, 3, 3), (3, 3, 3)),
        ("a1[2]", "x", (3, 2), (3, 2)),
        ("a1", "x[2]", (3, 2), (3, 2)),
        ("a1[2,1]", "x", (2,), (1, 2)),
        ("a1[2,1]", "x[2,2]", (), (1, 1)),
        ("a1[2]", "W1[3]", (3, 2), (3, 2)),
        ("a1", "W1[3,1]", (3, 3), (3, 3, 1)),
        ("a1", "a1", (3, 3, 3), (3, 3, 3)),
    ],
)
def test_of_a_batch_there_is_one_for_each_sample(target, source, shown, matrix):
    found = of(BATCH, target, source)
    assert found.array.shape == shown
    assert found.matrix.shape == matrix


def test_an_entry_is_that_entry_of_the_whole():
    whole, row = of(BATCH, "a1", "W1").array, of(BATCH, "a1[2,1]", "W1[3]").array
    assert (row == whole[1, 0, 2]).all()
    assert of(BATCH, "a1[2,3]", "x[2,1]").array == of(BATCH, "a1", "x").array[1, 2, 0]


def test_a_batch_is_its_samples_one_by_one():
    every = of(BATCH, "a2", "x").array
    for sample, row in zip(("[1, 2]", "[0.5, -1]", "[2, 2]"), every, strict=True):
        alone = of(BATCH.replace("[[1, 2], [0.5, -1], [2, 2]]", sample), "a2", "x").array
        np.testing.assert_allclose(alone, row, rtol=1e-14)


def test_equations_give_what_the_layers_give_that_they_write_out():
    layers = sensitivity(solve(load("configs/example.yaml"), gradients=False), None, None)
    lines = sensitivity(solve(load("configs/equations.yaml"), gradients=False), None, None)
    np.testing.assert_allclose(lines.matrix, layers.matrix, rtol=1e-12)


@pytest.mark.parametrize(
    ("target", "source", "formula"),
    [
        ("a2", "x", "W2 diag(1 − a1²) W1"),
        ("a1", "z1", "diag(1 − a1²)"),
        ("z2", "a1", "W2"),
        ("a2", "W1", None),
    ],
)
def test_along_the_layers_it_is_told_as_a_product_of_matrices(target, source, formula):
    found = of(BATCH, target, source).formula
    assert (None if found is None else text(found)) == formula


def test_weights_that_lead_the_other_way_are_turned_in_the_product():
    found = of("{input: [1, 2], weight_layout: in_out, layers: [{weights: [[1, 2, 3], [4, 5, 6]]}]}")
    assert text(found.formula) == "W1ᵀ"
    assert found.matrix.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_what_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTRIES", 18)
    assert of(BATCH, "a1", "x").array.size == 18
    with pytest.raises(LimitError, match="∂a1/∂W1 has 54 entries; the limit is 18"):
        of(BATCH, "a1", "W1")
    monkeypatch.setattr(module, "MOST_ON_THE_WAY", 26)
    assert of(BATCH, "a1[2]", "x").array.size == 6
    with pytest.raises(LimitError, match="∂a1/∂x of all samples takes 27 numbers at once; the limit is 26"):
        of(BATCH, "a1", "x")


def test_the_record_has_the_field_that_functions_have():
    done = invoke(["jacobian", "configs/softmax-batch.yaml", "--format", "json"])
    record = json.loads(done.stdout)
    (function,) = record["functions"].values()
    assert (record["schema"], [*record["functions"]], function["args"]) == ("gradcalc.jacobian/1", ["a1"], ["x"])
    assert np.shape(function["jacobian"]) == (4, 3, 2)
    assert (record["composition"], record["boundary"]) == (None, None)
