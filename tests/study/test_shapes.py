"""The dimension of everything, in letters and in numbers, is that of the arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from networks import NETS, examples, problem

from gradcalc.problem.load import load, loads
from gradcalc.problem.model import Problem
from gradcalc.solution import solve
from gradcalc.study.locals import local_derivatives
from gradcalc.study.shapes import derivative_shapes, dimensions, shapes

CONFIGS = Path(__file__).parents[2] / "configs"
NETWORKS = [path for path in sorted(CONFIGS.glob("letters/*.yaml")) if "layers:" in path.read_text("utf-8")]


def sentence(given: Problem) -> str:
    """The dimensions as a page lists them."""
    return ", ".join(f"{shape.name}: {dimensions(shape.letters, column=shape.column)}" for shape in shapes(given))


@examples(150)
@given(NETS)
def test_numbers_are_the_shapes_of_the_arrays_in_the_order_of_the_computation(net):
    solution = solve(problem(net))
    found = shapes(problem(net))
    assert {shape.name: shape.numbers for shape in found} == {
        name: value.shape for name, value in solution.values.items()
    }
    order = [shape.name for shape in found if shape.name in solution.built.graph.lines]
    assert order == list(solution.built.graph.lines)


@examples(150)
@given(NETS)
def test_a_letter_stands_for_one_number_and_1_for_itself(net):
    meaning: dict[str, int] = {}
    for shape in shapes(problem(net)):
        assert len(shape.letters) == len(shape.numbers)
        for letter, number in zip(shape.letters, shape.numbers, strict=True):
            base, _, more = letter.partition("+")
            meant = int(base) if base.isdigit() else meaning.setdefault(base, number - int(more or 0))
            assert meant + int(more or 0) == number, f"{shape.name}: {letter}"


@examples(150)
@given(NETS)
def test_every_gradient_has_the_shape_of_its_quantity_and_every_jacobian_a_row_per_entry(net):
    given_problem = problem(net)
    solution = solve(given_problem)
    found = {shape.name: shape.numbers for shape in derivative_shapes(given_problem)}
    for name, g in solution.gradients.items():
        assert found[f"∂L/∂{name}"] == g.shape
    for local in local_derivatives(solution):
        if local.line == "L":
            continue
        line, of = solution.values[local.line].shape, solution.values[local.input].shape
        assert found[f"∂{local.line}/∂{local.input}"] == (*line, *of)


def test_the_two_layer_perceptron_has_the_dimensions_of_its_page():
    assert sentence(load(CONFIGS / "mlp-dimensions.yaml")) == (
        "x: M×1, y: scalar, W1: H×M, b1: H×1, a1: H×1, z1: H×1, W2: 1×H, b2: scalar, a2: scalar, z2: scalar, L: scalar"
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "{inputs: M, samples: N, loss: mse, layers: [{units: H, activation: tanh, bias: 0}, {units: K, bias: 0}]}",
            "x: N×M, y: N×K, W1: H×M, b1: 1×H, z1: N×H, a1: N×H, W2: K×H, b2: 1×K, z2: N×K, a2: N×K, L: scalar",
        ),
        (
            "{inputs: D, weight_layout: in_out, layers: [{units: P}, {activation: softmax}]}",
            "x: D×1, W1: D×P, z1: P×1, a1: P×1, a2: P×1",
        ),
        (
            "{inputs: M, layers: [{units: H, bias_column: first}, {units: 1, bias_column: last}]}",
            "x: M×1, W1: H×M+1, z1: H×1, a1: H×1, W2: 1×H+1, z2: scalar, a2: scalar",
        ),
        (
            "{inputs: 3, dims: {inputs: D, hidden: J, outputs: Q}, layers: [{units: 4}, {units: 5}, {units: 2}]}",
            "x: D×1, W1: J1×D, z1: J1×1, a1: J1×1, W2: J2×J1, z2: J2×1, a2: J2×1, W3: Q×J2, z3: Q×1, a3: Q×1",
        ),
        (
            "{inputs: 2, layers: [{units: 3, bias: 0, bias_shared: true}]}",
            "x: M×1, W1: K×M, b1: scalar, z1: K×1, a1: K×1",
        ),
    ],
)
def test_a_network_of_letters_has_its_dimensions_without_a_single_number(written, expected):
    assert sentence(loads(written)) == expected


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_every_network_of_letters_that_comes_along_has_dimensions_that_fit_together(path):
    found = {shape.name: shape.letters for shape in shapes(load(path))}
    layers = [name for name in found if name[0] in "Wθ"]
    fed = "x"
    for weights in layers:
        suffix = weights[1:]
        assert found[weights] == (found[f"z{suffix}"][-1], found[fed][-1])
        fed = f"a{suffix}"
    assert found["y"] == found[fed]


def test_sizes_without_numbers_are_none_and_known_ones_stay():
    found = {shape.name: shape.numbers for shape in shapes(loads("{inputs: M, layers: [{units: 3}]}"))}
    assert found["W1"] == (3, None)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("∂L/∂z1", "vector → scalar: the shape of z1"),
        ("∂L/∂W1", "matrix → scalar: the shape of W1"),
        ("∂L/∂b2", "scalar → scalar: the shape of b2"),
        ("∂z1/∂x", "vector → vector: a row per entry of z1, a column per entry of x"),
        ("∂z1/∂W1", "matrix → vector: a row per entry of z1, a column per entry of W1"),
        ("∂a1/∂z1", "vector → vector: entry by entry, so that the Jacobian is diagonal"),
        ("∂z2/∂a1", "vector → scalar: a row per entry of z2, a column per entry of a1"),
        ("∂a2/∂z2", "scalar → scalar: a number"),
    ],
)
def test_a_derivative_says_why_it_has_its_shape(name, why):
    written = "{inputs: M, loss: mse, layers: [{units: H, activation: tanh}, {units: 1, bias: 0, activation: sigmoid}]}"
    assert {shape.name: shape.why for shape in derivative_shapes(loads(written))}[name] == why


def test_an_output_with_many_entries_has_no_gradient_only_local_derivatives():
    found = [shape.name for shape in derivative_shapes(loads("{inputs: M, layers: [{units: K, activation: tanh}]}"))]
    assert found == ["∂a1/∂z1", "∂z1/∂x", "∂z1/∂W1"]
    found = [shape.name for shape in derivative_shapes(loads("{inputs: M, layers: [{units: 1, activation: tanh}]}"))]
    assert found == ["∂a1/∂z1", "∂a1/∂W1", "∂a1/∂x", "∂z1/∂x", "∂z1/∂W1"]


def test_the_jacobian_of_a_softmax_is_not_called_diagonal():
    found = {
        shape.name: shape
        for shape in derivative_shapes(loads("{inputs: M, layers: [{units: K, activation: softmax}]}"))
    }
    assert "diagonal" not in found["∂a1/∂z1"].why
    assert found["∂a1/∂z1"].letters == ("K", "K")


@pytest.mark.parametrize(
    ("sizes", "column", "expected"),
    [
        (["M"], True, "M×1"),
        (["M"], False, "1×M"),
        ([], True, "scalar"),
        ([1], True, "scalar"),
        ([1, 1], False, "scalar"),
        (["N", 1], False, "N×1"),
        (np.array([2, 3]).tolist(), False, "2×3"),
    ],
)
def test_sizes_are_written_as_on_a_page(sizes, column, expected):
    assert dimensions(sizes, column=column) == expected
