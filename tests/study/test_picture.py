"""Pictures: the numbers at nodes and edges are those of the solution, and say together how gradient flows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from networks import SEEDS, draw
from networks import problem as problem_of

import gradcalc
from gradcalc.errors import UsageError
from gradcalc.solution import Solution, in_letters, solve
from gradcalc.study.flow import flow
from gradcalc.study.neurons import FIRST_UNITS, MOST_UNITS, neurons
from gradcalc.study.picture import Picture, equations
from gradcalc.study.rules import Rules

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SCALARS = [
    "x*y + x",
    "(1 - x)**2 + 100*(y - x**2)**2",
    "max(x*y, 3*x) - min(y, 2)",
    "exp(x)/(1 + y**2) + sigmoid(x*y)",
    "sin(x)*cos(y) - log(y)",
]

PATTERNS = [
    ("x + 3", "passes: x gets g unchanged"),
    ("x + y", "distributes: each input gets g unchanged"),
    ("3*x", "scales: x gets 3 g"),
    ("x/4", "scales: x gets g / 4"),
    ("x*y", "switches: x gets g·y, y gets g·x"),
    ("x - y", "distributes: x gets g unchanged, y gets −g"),
    ("max(x, y)", "routes: all of g to the larger input, 0 to the other (to x in a tie)"),
    ("min(x, y)", "routes: all of g to the smaller input, 0 to the other (to x in a tie)"),
]


def of_formula(formula: str) -> Solution:
    return solve(gradcalc.loads(f"{{parameters: {{x: 1.3, y: 0.7}}, objective: '{formula}'}}"))


@pytest.mark.parametrize("formula", SCALARS)
def test_the_gradient_of_a_number_is_what_its_edges_bring_back(formula):
    solution = of_formula(formula)
    picture = equations(solution)
    arriving = {node.name: dict(node.parts) for node in picture.nodes}
    assert solution.gradients[solution.result] == 1
    for name in solution.problem.parameters:
        g, brought = solution.gradients[name], 0.0
        for edge in picture.edges:
            if edge.source == name:
                whole = arriving[edge.target].get(f"∂L/∂{edge.target}", np.ones(()))
                brought += edge.value * float(whole)
        assert brought == pytest.approx(float(g), rel=1e-12)


@pytest.mark.parametrize(("formula", "sentence"), PATTERNS)
def test_how_gradient_flows_back_is_said_in_the_names_of_the_problem(formula, sentence):
    solution = of_formula(formula)
    assert flow(Rules(solution), "L") == [sentence]


@given(SEEDS)
def test_every_weight_of_a_network_is_on_the_edge_that_it_belongs_to(seed):
    net = draw(seed, "sigmoid", "squared_error")
    solution = solve(problem_of(net))
    picture = neurons(solution)
    drawn = {name: float(array) for edge in picture.edges for name, array in edge.parts}
    for sized in (layer for layer in solution.built.layers if layer.weights is not None):
        weights = solution.values[sized.names.weights]
        for index, weight in np.ndenumerate(weights):
            name = f"{sized.names.weights}[{','.join(str(i + 1) for i in index)}]"
            if name in drawn:
                assert drawn[name] == weight
                assert drawn[f"∂L/∂{name}"] == solution.gradients[sized.names.weights][index]
    units = {node.name for node in picture.nodes}
    assert {end for edge in picture.edges for end in (edge.source, edge.target)} <= units


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_an_edge_leads_from_the_unit_to_the_unit_that_its_weight_joins(layout):
    weights = [[1, 2, 3], [4, 5, 6]] if layout == "out_in" else [[1, 4], [2, 5], [3, 6]]
    text = f"{{input: [1, 1, 1], weight_layout: {layout}, layers: [{{weights: {weights}}}]}}"
    edges = neurons(solve(gradcalc.loads(text), gradients=False)).edges
    found = {(edge.source, edge.target): float(edge.parts[0][1]) for edge in edges}
    assert found == {(f"x[{j}]", f"a1[{i}]"): 3.0 * (i - 1) + j for i in (1, 2) for j in (1, 2, 3)}


@pytest.mark.parametrize("column", ["first", "last"])
def test_a_folded_bias_stands_at_its_unit_and_not_on_an_edge(column):
    weights = [[9, 1, 2]] if column == "first" else [[1, 2, 9]]
    text = f"{{input: [1, 1], layers: [{{weights: {weights}, bias_column: {column}}}]}}"
    picture = neurons(solve(gradcalc.loads(text)))
    unit = next(node for node in picture.nodes if node.name == "a1[1]")
    assert [float(array) for name, array in unit.parts if name.startswith("W1")] == [9.0]
    assert [float(edge.parts[0][1]) for edge in picture.edges] == [1.0, 2.0]


def test_a_unit_that_passes_no_gradient_is_idle_and_so_are_its_weights():
    example = Path(__file__).resolve().parents[2] / "configs" / "relu-sigmoid-bce.yaml"
    picture = neurons(solve(gradcalc.load(str(example))))
    assert [node.name for node in picture.nodes if node.idle] == ["u_H[2]"]
    idle = {(edge.source, edge.target) for edge in picture.edges if edge.idle}
    assert idle == {("x[1]", "u_H[2]"), ("x[2]", "u_H[2]"), ("u_H[2]", "u_O[1]")}


def test_a_layer_of_many_units_is_folded_to_nodes_and_the_note_says_so():
    many = 40
    text = f"{{input: [1, 2], layers: [{{weights: 0.1, units: {many}}}, {{weights: 0.2, units: 1}}]}}"
    picture = neurons(solve(gradcalc.loads(text)))
    drawn = [node for node in picture.nodes if node.name.startswith("a1")]
    assert len(drawn) == FIRST_UNITS + 2 <= MOST_UNITS
    assert sum(node.more or 1 for node in drawn) == many
    assert picture.notes == [f"a1 has {many} units: the first {FIRST_UNITS} and the last are drawn"]


def test_a_layer_as_large_as_can_be_drawn_is_drawn_whole():
    text = f"{{input: [1], layers: [{{weights: 0.1, units: {MOST_UNITS}}}]}}"
    picture = neurons(solve(gradcalc.loads(text), gradients=False))
    assert len(picture.nodes) == MOST_UNITS + 1
    assert picture.notes == []


def test_neurons_need_layers():
    with pytest.raises(UsageError, match="needs layers"):
        neurons(of_formula("x*y"))


def lettered(name: str) -> Picture:
    return equations(in_letters(gradcalc.load(CONFIGS / "letters" / f"{name}.yaml")))


@pytest.mark.parametrize("name", [path.stem for path in sorted((CONFIGS / "letters").glob("*.yaml"))])
def test_a_picture_in_letters_has_no_number_and_says_shape_gradient_and_factor(name):
    picture = lettered(name)
    assert picture.in_letters
    assert [node.parts for node in picture.nodes if node.parts] == []
    assert [edge for edge in picture.edges if edge.value is not None] == []
    told = Rules(in_letters(gradcalc.load(CONFIGS / "letters" / f"{name}.yaml")))
    for node in picture.nodes:
        if node.kind != "result" and told.rule(node.name):
            assert node.letters[told.gradient(node.name)] == told.rule(node.name)
    assert all(edge.said == told.local(edge.target, edge.source) for edge in picture.edges if edge.derivative)


def test_a_composition_of_functions_that_are_not_given_is_drawn_with_their_slopes():
    edges = {(edge.source, edge.target): edge.said for edge in lettered("composition").edges}
    assert edges == {
        ("W1", "z"): "∂f1/∂W1",
        ("x", "z"): "∂f1/∂x",
        ("W2", "yhat"): "∂f2/∂W2",
        ("z", "yhat"): "∂f2/∂z",
        ("yhat", "L"): "2 (ŷ − y)",
        ("y", "L"): "−2 (ŷ − y)",
    }


def test_the_units_of_a_network_in_letters_are_the_first_and_the_last():
    problem = gradcalc.load(CONFIGS / "letters" / "three-layer.yaml")
    picture = neurons(in_letters(problem))
    names = [node.name for node in picture.nodes]
    assert names[:4] == ["x[1]", "x[2]", "x[…]", "x[M]"]
    assert names[-1] == "L"
    nodes = {node.name: node for node in picture.nodes}
    assert nodes["a1[H1]"].letters == {"bias": "b1[H1]"}
    assert {edge.said for edge in picture.edges if edge.target == "a2[H2]"} == {"W2[H2,1]", "W2[H2,2]", "W2[H2,H1]", ""}


@pytest.mark.parametrize(
    ("network", "weight"),
    [
        ("inputs: M, layers: [{units: 2}]", "W1[K,M]"),
        ("inputs: M, weight_layout: in_out, layers: [{units: 2}]", "W1[M,K]"),
        ("inputs: M, index_base: 0, layers: [{units: 1}]", "W1[0,M−1]"),
    ],
)
def test_the_last_weight_of_a_network_in_letters_stands_where_the_layout_and_the_base_have_it(network, weight):
    picture = neurons(in_letters(gradcalc.loads(f"{{{network}}}")))
    assert weight in [edge.said for edge in picture.edges]


def test_what_numbers_alone_make_is_no_place_that_gradient_flows_through():
    problem = gradcalc.loads("{parameters: {x: [1, 2]}, equations: {z: x/sqrt(2), L: sum(z)}}")
    assert flow(Rules(solve(problem)), "z") == ["scales: x gets g / √2"]


def test_a_part_of_a_line_that_would_fall_apart_stands_in_brackets():
    sentence, *_ = flow(Rules(of_formula("(x - 1)/(y + 2)")), "L")
    assert sentence == "scales: x − 1 gets g/(y + 2), y + 2 gets −g·(x − 1)/(y + 2)²"
