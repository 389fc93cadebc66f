"""The explanation is the computation: what is shown, read as people read it, gives the numbers that were computed."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from networks import PAIRS, draw, problem
from paper import Matrix, Reader, Sheet
from reference import ACTIVATIONS, Net, evaluate

from gradcalc.engine.ops import OPS
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.load import load
from gradcalc.solution import Solution, solve
from gradcalc.study.conventions import loss_formula
from gradcalc.study.rules import Rules

EXACT = 1e-11
PRINTED = 1e-4


def on_paper(solution: Solution, name: str, array):
    """An array of the graph as it stands on paper: a row per sample, or a column for a single one."""
    role = solution.built.quantities[name].role
    if role == "weights":
        return array.view(Matrix)
    if array.ndim == 0:
        return array
    array = np.atleast_2d(array)
    return array.T if solution.built.single else array


def sheet_of(solution: Solution) -> Sheet:
    """All numbers of a solution, gradients under `∂` and their name."""
    quantities = solution.built.quantities
    numbers = {name: on_paper(solution, name, solution.flow[name]) for name in quantities if name in solution.flow}
    numbers |= {f"∂{name}": on_paper(solution, name, g) for name, g in solution.back.items() if name in quantities}
    single = solution.built.single
    numbers["K"] = solution.built.layers[-1].units
    if SAMPLE_WEIGHTS in solution.flow:
        numbers[SAMPLE_WEIGHTS] = solution.flow[SAMPLE_WEIGHTS][:, None]
    steps = [step.shown_as or step for step in solution.built.graph.equations]
    ops = {**OPS, **{step.op.name: step.op for step in steps}}

    def called(op):
        def function(*inputs, **options):
            rows = [np.asarray(x).T if single else np.asarray(x) for x in inputs]
            y = op.forward(*rows, **{**{key: option.default for key, option in op.options.items()}, **options})
            y = y[:, None] if np.ndim(y) == 1 else y
            return y.T if single and np.ndim(y) else y

        return function

    return Sheet(numbers, {name: called(op) for name, op in ops.items()}, single)


def reader_of(solution: Solution, rules: Rules) -> Reader:
    """Who knows the names of a solution as they are printed."""
    printed = {shown: name for name, shown in rules.style.names.items()}
    matrices = {q.name for q in solution.built.quantities.values() if q.role == "weights"}
    ops = [(step.shown_as or step).op for step in solution.built.graph.equations]
    options = {key for op in ops for key in op.options}
    return Reader(printed, matrices, {op.name for op in ops}, options, solution.problem.index_base)


def off(found, expected, sizes) -> float:
    """The largest error of an entry as a part of the size of its terms."""
    found = np.reshape(found, ()) if expected.ndim == 0 else np.broadcast_to(found, expected.shape)
    error = np.abs(found - expected)
    return float(np.max(np.where(error == 0, 0, error / np.maximum(sizes, 1e-300)), initial=0))


def parts(text: str) -> list[str]:
    """The sides of a chain of equals signs, none of which stands in brackets."""
    found, depth = [""], 0
    for sign in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "=" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [part.strip() for part in found]


def errors(net: Net) -> dict[str, float]:
    """What is told of a network beside what was computed: the error of each formula and rule, tree and text."""
    solution, expected = solve(problem(net)), evaluate(net)
    rules, sheet = Rules(solution), sheet_of(solution)
    reader = reader_of(solution, rules)
    found = {}

    def compare(what: str, name: str, tree: ast.expr, sizes) -> None:
        error = off(sheet.value(tree), sheet.numbers[name], on_paper(solution, name.removeprefix("∂"), sizes))
        if not error <= (EXACT if "tree" in what else PRINTED):
            found[f"{what} of {name}: {ast.unparse(tree)}"] = error

    for name in solution.built.graph.lines:
        sizes = expected.value_sizes[name]
        compare("tree", name, rules.formula_tree(name), sizes)
        compare("text", name, reader.read(rules.formula(name)), sizes)
    for name in solution.gradients:
        sizes = expected.gradient_sizes[name]
        for tree in rules.rule_trees(name):
            compare("tree", f"∂{name}", tree, sizes)
        for text in parts(rules.rule(name)):
            compare("text", f"∂{name}", reader.read(text), sizes)
    loss, head = parts(loss_formula(solution, rules))
    assert loss == "L"
    compare("head", "L", reader.read(head), expected.value_sizes["L"])
    return found


@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_shown_is_what_is_computed(activation, every):
    for loss in [loss for name, loss in PAIRS if name == activation][::every]:
        assert errors(draw(1, activation, loss)) == {}, loss


def test_rules_of_another_result_start_from_its_own_gradient():
    for seed in range(60):
        net = draw(seed, *PAIRS[seed * 13 % len(PAIRS)])
        whole = solve(problem(net))
        lines = [*whole.built.graph.lines[:-1], *(["e"] if whole.output_losses is not None else [])]
        line = lines[seed % len(lines)]
        shape = np.shape(whole.output_losses) if line == "e" else whole.values[line].shape
        index = ",".join(str(1 + seed % side) for side in shape)
        solution = solve(problem(net), of=f"{line}[{index}]")
        rules, sheet = Rules(solution), sheet_of(solution)
        for name in solution.gradients:
            for tree in rules.rule_trees(name):
                expected = sheet.numbers[f"∂{name}"]
                assert off(sheet.value(tree), expected, 1 + np.abs(expected)) <= EXACT, (
                    f"{line}, {name}: {ast.unparse(tree)}"
                )


def test_the_rules_of_the_built_in_example_are_the_textbook_s():
    rules = Rules(solve(load(Path(__file__).parents[2] / "configs" / "relu-sigmoid-bce.yaml")))
    assert {name: rules.rule(name) for name in rules.solution.gradients} == {
        "u_O": "(ŷ − y) / (ŷ (1 − ŷ))",
        "z_O": "∂L/∂u_O ⊙ ŷ (1 − ŷ) = ŷ − y",
        "W_O": "∂L/∂z_O u_Hᵀ",
        "b_O": "∂L/∂z_O",
        "u_H": "W_Oᵀ ∂L/∂z_O",
        "z_H": "∂L/∂u_H ⊙ [z_H > 0]",
        "W_H": "∂L/∂z_H xᵀ",
        "b_H": "∂L/∂z_H",
        "x": "W_Hᵀ ∂L/∂z_H",
    }
