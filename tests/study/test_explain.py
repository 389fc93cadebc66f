"""The chain rule as it is told: its paths, factors and products, read from the page, give the gradient."""

from __future__ import annotations

import json
import re
from itertools import product as pairs
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from invoke import invoke
from networks import NETS, PAIRS, draw, examples, problem
from paper import Reader, Sheet
from turns import examples_in_turn, in_turn

from gradcalc.engine import graph as walks
from gradcalc.engine.notation import text
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.load import load, loads
from gradcalc.problem.reference import Reference, reference
from gradcalc.show.blocks import Equal, Maths, Table, Value, plain
from gradcalc.show.explain import blocks, record
from gradcalc.show.numbers import Shown, show_number
from gradcalc.solution import solve
from gradcalc.study.explain import explain_entry

CONFIGS = Path(__file__).parents[2] / "configs"
NUMERIC = sorted(
    str(path.relative_to(CONFIGS)) for path in [*CONFIGS.glob("*.yaml"), *CONFIGS.glob("equations/*.yaml")]
)
CLOSE = 1e-9
IN_FULL = Shown(17)
NUMBERS = Reader({})
EQUATIONS = """{inputs: {x: [1, 2], y: 0.5}, parameters: {W: [[0.3, -0.2], [0.1, 0.4]], b: [0.1, 0.2], c: 0.7},
    equations: {h1: tanh(W @ x + b), h2: tanh(W @ h1 + b), p: sum(h1 * h2) * c, q: "max(p, c)",
    L: (q - y)^2 + 0.1 * sum(W * W)}}"""
BATCH = """{input: [[1, 2], [0.5, -1], [2, 1]], target: [1, 0, 1], loss: bce, penalty: {l2: 0.01}, layers: [
    {weights: [[0.1, 0.2], [0.3, -0.4]], bias: [0.1, 0.2], activation: relu},
    {weights: [[0.5, -0.6]], bias: 0.1, activation: sigmoid}]}"""


def entries_of(solution) -> list[Reference]:
    """Every entry of every gradient, the result's own aside."""
    gradients = {name: g for name, g in solution.gradients.items() if name != solution.result}
    line = solution.result
    return [Reference(name, index, line) for name, g in gradients.items() for index in np.ndindex(g.shape)]


def some(found: list, seed: int, count: int = 4) -> list:
    """A few of the entries, other ones for another seed."""
    return [found[(seed + 7 * k) % len(found)] for k in range(min(count, len(found)))]


def sums(block: Equal) -> list[str]:
    """The equal sides of a block, terms that stand below each other put together."""
    sides: list[str] = []
    for sign, form in block.forms:
        shown = show_number(float(form.array), IN_FULL) if isinstance(form, Value) else plain(form)
        if sign[:1] in ("=", "≈"):
            sides.append(sign[1:] + shown)
        else:
            sides[-1] += f" {sign} {shown}"
    return sides


def worth(side: str) -> float | None:
    """What a printed calculation comes to; None where there are letters in it."""
    if re.search(r"[^\W\de]|Σ|…|\[", side):
        return None
    tree = NUMBERS.read(side)
    return float(Sheet({}, {}).value(tree))


def calculations(page) -> list[tuple[str, list[float]]]:
    """Every chain of equals on a page: what it is of, and what its sides come to that are numbers alone."""
    equal = [block for block in page if isinstance(block, Equal)]
    return [(plain(block.name), [v for v in map(worth, sums(block)) if v is not None]) for block in equal]


def size(found) -> float:
    """The size of the terms that the derivative is added up from."""
    return sum(abs(path.product) for path in found.paths) + abs(found.value) + 1e-300


def check_page(solution, asked: Reference) -> None:
    """Every calculation of the page is true, and the last of them gives the gradient."""
    found = explain_entry(solution, asked)
    page = blocks(solution, found, IN_FULL, every=True)
    told = calculations(page)
    for name, values in told:
        assert not values or np.ptp(values) <= CLOSE * size(found) * found.divisor, (name, values)
    whole = [values for name, values in told if name == text(found.name, found.style)]
    gradient = solution.gradients[asked.name][asked.index]
    assert abs(whole[-1][-1] - gradient) <= CLOSE * size(found)
    for table in (block for block in page if isinstance(block, Table) and block.columns[-1].header == "product"):
        for row in table.rows:
            cells = [cell for cell in row.cells if isinstance(cell, Value | Maths)]
            *factors, result = [worth(plain(c)) if isinstance(c, Maths) else float(c.array) for c in cells]
            assert abs(np.prod(factors) - result) <= CLOSE * abs(result), row


@examples_in_turn(12, 60, NETS, how=examples)
def test_products_and_sums_as_they_are_printed_give_the_gradient(net):
    solution = solve(problem(net))
    for asked in some(entries_of(solution), len(solution.values)):
        check_page(solution, asked)


@pytest.mark.parametrize("body", [EQUATIONS, BATCH], ids=["equations", "batch"])
def test_so_they_do_for_every_entry_of_equations_and_of_a_batch(body):
    solution = solve(loads(body))
    for asked in entries_of(solution):
        check_page(solution, asked)


def printed_entries(solution, names, sample: int | None) -> dict[str, float]:
    """Every entry by its name as it is printed; of a batch, where the sample is left out, those of one sample."""
    found = {}
    for name, quantity in solution.built.quantities.items():
        if name not in solution.flow:
            continue
        array = solution.flow[name].reshape(tuple(int(side) for side in quantity.shape))
        if sample is not None and quantity.role in ("input", "target", "pre", "post"):
            array = array[sample - 1]
        shown = names.get(name, name)
        for index in np.ndindex(array.shape):
            inside = ",".join(str(i + 1) for i in index)
            found[shown if array.size == 1 else f"{shown}[{inside}]"] = float(array[index])
    losses = solution.sample_losses
    if losses is not None and losses.size > 1:
        found |= {"ℓ": float(losses[(sample or 1) - 1])} | {f"ℓ[{n + 1}]": float(loss) for n, loss in enumerate(losses)}
    if SAMPLE_WEIGHTS in solution.flow:
        weights = solution.flow[SAMPLE_WEIGHTS]
        found |= {"s": float(weights[(sample or 1) - 1])} | {f"s[{n + 1}]": float(w) for n, w in enumerate(weights)}
    return found


def formula_faults(solution, asked: Reference) -> list[str]:
    """The factors whose formula, read from its text, does not give their number."""
    found, wrong = explain_entry(solution, asked), []
    several = len({path.sample for path in found.paths} - {None}) > 1
    ops = {(step.shown_as or step).op for step in solution.built.graph.equations}
    for path in found.paths:
        sampled = path.sample if several and asked.name not in batched(solution) else None
        known = printed_entries(solution, found.style.names, sampled)
        reader = Reader(
            {name: name for name in known}, (), {op.name for op in ops}, {k for op in ops for k in op.options}
        )
        for factor in path.factors:
            for tree in (factor.formula, factor.general):
                told = text(tree, found.style)
                if told == "…":
                    continue
                value = float(
                    np.ravel(Sheet({**known, "K": solution.output.shape[-1]}, {}).value(reader.read(told)))[0]
                )
                if not abs(value - factor.value) <= 1e-4 * (abs(factor.value) + abs(value)) + 1e-12:
                    wrong.append(f"{text(factor.name, found.style)} = {told}: {value} is {factor.value}")
    return wrong


def batched(solution) -> set[str]:
    return {q.name for q in solution.built.quantities.values() if q.role in ("input", "pre", "post")}


@pytest.mark.slow
@pytest.mark.parametrize("loss", sorted({loss for _, loss in PAIRS}))
def test_every_factor_s_formula_as_it_is_printed_gives_its_number(loss):
    for seed, activation in enumerate(name for name, other in PAIRS if other == loss):
        solution = solve(problem(draw(seed, activation, loss)))
        for asked in some(entries_of(solution), seed, 2):
            assert formula_faults(solution, asked) == [], activation


def test_the_chain_of_the_built_in_example_is_the_textbook_s():
    solution = solve(load(CONFIGS / "relu-sigmoid-bce.yaml"))
    found = explain_entry(solution, reference("dW_H[1,1]", solution.built))
    (path,) = found.paths
    names = [text(factor.name, found.style) for factor in path.factors]
    assert " · ".join(names) == "∂L/∂ŷ · ∂ŷ/∂z_O · ∂z_O/∂u_H[1] · ∂u_H[1]/∂z_H[1] · ∂z_H[1]/∂W_H[1,1]"
    assert path.joint is not None
    assert text(path.joint.formula, found.style) == "ŷ − y"


@pytest.mark.parametrize(
    ("config", "asked", "reason"),
    [
        ("relu-sigmoid-bce", "dW_H[2,1]", "z_H[2] = −1 < 0: ReLU passes nothing back"),
        ("relu-sigmoid-bce", "dW_O[1,2]", "u_H[2] = 0"),
        ("softmax-batch", "da1[2,1]", "y[2,1] = 0"),
        ("leaky-l2-penalty", "da1[1,1]", ""),
    ],
)
def test_a_path_that_is_zero_says_why_and_no_other_does(config, asked, reason):
    solution = solve(load(CONFIGS / f"{config}.yaml"))
    found = explain_entry(solution, reference(asked, solution.built))
    zeros = [factor.because for path in found.paths for factor in path.factors if factor.value == 0]
    assert zeros == ([reason] if reason else [])


def test_a_loss_that_is_computed_from_the_inside_of_a_line_is_explained_by_what_is_shown():
    solution = solve(load(CONFIGS / "equations" / "batch-norm.yaml"))
    for asked in entries_of(solution):
        found = explain_entry(solution, asked)
        assert sum(path.product for path in found.paths) == pytest.approx(found.value, rel=1e-9)
        check_page(solution, asked)


def test_no_path_leads_to_an_index():
    solution = solve(load(CONFIGS / "equations" / "embedding.yaml"))
    assert [explain_entry(solution, Reference("words", (n,), "L")).count for n in range(3)] == [0, 0, 0]
    assert [explain_entry(solution, Reference("E", (row, 0), "L")).value == 0 for row in range(4)] == [1, 0, 1, 0]


def test_a_quantity_that_is_used_twice_has_a_path_for_each_use():
    solution = solve(loads("{parameters: {w: 3}, equations: {a: 2*w, b: w^2, L: a*b}}"))
    found = explain_entry(solution, reference("dw", solution.built))
    assert [path.product for path in found.paths] == [2 * 9, 2 * 3 * 6]
    assert found.value == 54


def test_where_loss_and_activation_overflow_apart_only_their_joint_form_has_a_number():
    for bias in (-1000, 1000):
        text_of = (CONFIGS / "relu-sigmoid-bce.yaml").read_text().replace("-3.5", str(bias))
        solution = solve(loads(text_of.replace("target: 1", f"target: {int(bias < 0)}")))
        found = explain_entry(solution, reference("dW_H[1,1]", solution.built))
        assert abs(found.value) == 4
        assert found.paths[0].product == found.value
        (table,) = (block for block in blocks(solution, found) if isinstance(block, Table))
        assert [row.cells[2] for row in table.rows[:2]] == ["", ""]
        assert {row.cells[3] for row in table.rows[:2]} == {"out of the range of a float"}
        assert table.rows[2].cells[2] == Value(float(np.sign(bias)))


@examples_in_turn(10, 40, NETS, st.integers(1, 5), how=examples)
def test_a_result_has_an_equals_sign_just_where_the_printed_numbers_give_its_last_digit(net, digits):
    solution, shown = solve(problem(net)), Shown(digits)
    for asked in some(entries_of(solution), digits, 2):
        for block in blocks(solution, explain_entry(solution, asked), shown, every=True):
            if isinstance(block, Equal) and isinstance(block.forms[-1][1], Value) and len(block.forms) > 1:
                sign, result = block.forms[-1]
                value = worth(sums(block)[-2])
                if value is not None:
                    printed = {show_number(value * (1 + way), shown) for way in (-1e-12, 0, 1e-12)}
                    assert (sign == "=") is (show_number(float(result.array), shown) in printed), sums(block)


def test_too_few_digits_are_said():
    done = [invoke(["explain", "dW_H[1,1]", "-p", str(digits)]).stdout for digits in (5, 6)]
    assert ["≈" in page for page in done] == [True, False]


def test_a_rounded_problem_shows_the_rounded_chain_and_its_gradient():
    done = invoke(["explain", "configs/mazur.yaml", "dW1[1,1]", "--round", "4dp"])
    assert "Rounded at every gradient" in done.stdout
    assert "= 0.0364 · 0.5933 · (1 − 0.5933)" in done.stdout
    assert done.stdout.rstrip().endswith("= 0.0088 · 0.05\n            = 0.0004")


WIDE = """{input: [1, 2], target: 1, loss: mse, layers: [
    {units: 300, weights: {init: normal, seed: 1, std: 0.1}, activation: tanh},
    {units: 300, weights: {init: normal, seed: 2, std: 0.1}, activation: relu},
    {units: 300, weights: {init: normal, seed: 3, std: 0.1}, activation: tanh},
    {units: 1, weights: {init: normal, seed: 4, std: 0.1}}]}"""


def test_a_wide_network_is_counted_layer_by_layer_and_no_path_of_it_is_written_out(monkeypatch):
    solution, calls = solve(loads(WIDE)), []
    kept = walks.backward
    monkeypatch.setattr("gradcalc.study.ways.backward", lambda *given: calls.append(1) or kept(*given))
    found = explain_entry(solution, reference("dW1[1,1]", solution.built))
    assert (found.count, found.paths) == (300 * 300, ())
    assert found.rest == found.value == solution.gradients["W1"][0, 0]
    assert len(calls) < 50
    assert [layer.entries for layer in found.layers] == [1, 1, 300, 300, 300, 300, 1, 1, 1]


def test_the_paths_that_are_asked_for_and_the_rest_make_up_the_gradient():
    solution = solve(loads(WIDE))
    found = explain_entry(solution, reference("dW1[1,1]", solution.built), 3)
    assert len(found.paths) == 3
    assert sum(path.product for path in found.paths) + found.rest == pytest.approx(found.value, rel=1e-12)
    shown = invoke(["explain", "-", "dW1[1,1]", "--paths", "3"], WIDE).stdout
    assert "by 89997 other paths" in shown


@pytest.mark.parametrize(("layers", "units"), list(pairs((1, 2, 3), (1, 2, 4))))
def test_the_count_is_the_number_of_paths(layers, units):
    inner = [{"units": units, "weights": {"init": "normal", "seed": k}, "activation": "relu"} for k in range(layers)]
    last = {"units": 1, "weights": {"init": "normal"}}
    body = json.dumps({"input": [[1, 2], [3, 4]], "target": [1, 2], "loss": "mse", "layers": [*inner, last]})
    solution = solve(loads(body))
    found = explain_entry(solution, reference("dW1[1,1]", solution.built))
    assert found.count == len(found.paths) == 2 * units ** (layers - 1)
    again = explain_entry(solve(loads(EQUATIONS)), Reference("W", (0, 1), "L"))
    assert again.count == len(again.paths)


SMALL = ["example.yaml", "mazur.yaml", "relu-3-2-2-1-rss.yaml", "leaky-l2-penalty.yaml"]


@in_turn("config", NUMERIC, [config for config in NUMERIC if config in SMALL])
def test_the_paths_of_json_add_up_to_the_value_of_every_entry(config):
    solution = solve(load(CONFIGS / config))
    if not solution.built.graph.equations:
        return
    for asked in entries_of(solution):
        found = json.loads(json.dumps(record(solution, explain_entry(solution, asked)), default=float))
        assert found["schema"] == "gradcalc.explain/1"
        products = [path["product"] for path in found["paths"]]
        assert sum(products) == pytest.approx(found["value"], rel=1e-9, abs=1e-12 * sum(map(abs, products)))


def test_local_derivatives_and_derivatives_of_other_quantities_are_told_alike():
    solution = solve(load(CONFIGS / "relu-sigmoid-bce.yaml"))
    assert explain_entry(solution, reference("dz_O/du_H[2]", solution.built)).value == 6
    far = explain_entry(solution, reference("dz_O/dW_H[1,2]", solution.built))
    assert [factor.value for factor in far.paths[0].factors] == [4, 1, 1]
    assert explain_entry(solution, reference("du_H[1]/dz_H[2]", solution.built)).count == 0
