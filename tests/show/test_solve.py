"""The worked solution: every section in its place, every line with its formula, its numbers and its result."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from invoke import invoke
from networks import PAIRS, SEEDS, draw, examples, problem
from turns import in_turn

from gradcalc.errors import NumericError, UsageError
from gradcalc.problem.load import load, loads
from gradcalc.show import plain
from gradcalc.show.blocks import Look
from gradcalc.show.derivation import Page, worked
from gradcalc.show.numbers import DEFAULT
from gradcalc.show.safe import display_width
from gradcalc.show.solve import SECTIONS, blocks, choose, record
from gradcalc.solution import solve

SEED = "configs/relu-sigmoid-bce.yaml"
HAND = """
Forward pass
z_H = W_H x + b_H = [[2, 4], [3, −5]] [1, 1] + [−2, 1] = [4, −1]
u_H = relu(z_H) = relu([4, −1]) = [4, 0]

z_O = W_O u_H + b_O = 4 · 4 + 6 · 0 + (−3.5) = 12.5
u_O = ŷ = sigmoid(z_O) = 1 / (1 + exp(−12.5)) = 0.999996

Loss
L = −y ln ŷ − (1 − y) ln(1 − ŷ) = −ln 0.99999627336 = 3.72665e-06

Backward pass
∂L/∂u_O = (ŷ − y) / (ŷ (1 − ŷ))
        = (0.999996 − 1) / (0.999996 · (1 − 0.999996))
        = −1
∂L/∂z_O = ∂L/∂u_O ⊙ ŷ (1 − ŷ) = ŷ − y = 0.99999627336 − 1 = −3.72664e-06
∂L/∂W_O = ∂L/∂z_O u_Hᵀ = −3.72664e-06 · [4, 0]ᵀ = [[−1.49066e-05, 0]]
∂L/∂b_O = ∂L/∂z_O = −3.72664e-06

∂L/∂u_H = W_Oᵀ ∂L/∂z_O
        = [[4, 6]]ᵀ · (−3.72664e-06)
        = [−1.49066e-05, −2.23598e-05]
∂L/∂z_H = ∂L/∂u_H ⊙ [z_H > 0]
        = [−1.49066e-05, −2.23598e-05] ⊙ [1, 0]
        = [−1.49066e-05, 0]
∂L/∂W_H = ∂L/∂z_H xᵀ
        = [−1.49066e-05, 0] [1, 1]ᵀ
        = [−1.49066e-05, −1.49066e-05]
          [           0,            0]
∂L/∂b_H = ∂L/∂z_H = [−1.49066e-05, 0]

∂L/∂x = W_Hᵀ ∂L/∂z_H
      = [[2, 4], [3, −5]]ᵀ [−1.49066e-05, 0]
      ≈ [−2.98131e-05, −5.96262e-05]

Zeros, and why
∂L/∂W_O[1,2] is 0 because u_H[2] = 0.
∂L/∂z_H[2] is 0 because z_H[2] = −1 < 0: ReLU passes nothing back.
∂L/∂W_H[2,·] and ∂L/∂b_H[2] are 0, which follows from ∂L/∂z_H[2] = 0.
"""


def test_the_seed_case_is_worked_as_a_hand_does_it():
    done = invoke(["solve", SEED, "--sections", "forward,loss,backward,zeros", "--width", "80"])
    assert done.stdout.endswith(HAND)


def test_sections_come_in_the_order_of_the_work_whatever_the_order_of_the_names():
    assert choose("backward, forward") == ["forward", "backward"]
    assert choose(None) == list(SECTIONS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sections", "forwards"], "did you mean 'forward'?"),
        (["--sections", ","], "names none"),
    ],
)
def test_a_section_that_there_is_not_is_refused(arguments, said):
    done = invoke(["solve", SEED, *arguments])
    assert done.code == 2
    assert said in done.stderr


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_can_be_had_alone(name):
    done = invoke(["solve", "configs/rosenbrock.yaml", "--sections", name, "--format", "json"])
    assert [section["name"] for section in json.loads(done.stdout)["sections"]] == [name]


@in_turn("pair", PAIRS[4::29], PAIRS[4::116], ids="-".join)
@given(seed=SEEDS)
@examples(1)
def test_every_number_of_a_network_is_told_and_fits_the_page(pair, seed):
    chosen = problem(draw(seed, *pair))
    try:
        page = Page(solve(chosen), DEFAULT)
    except NumericError:
        return
    sections = {section["name"]: section["entries"] for section in record(page, list(SECTIONS))["sections"]}
    values = {entry["quantity"]: entry["value"] for name in ("given", "forward", "loss") for entry in sections[name]}
    gradients = {entry["quantity"]: entry["value"] for entry in sections["backward"]}
    for name, array in page.solution.values.items():
        assert np.array_equal(values[name], array)
    for name, array in page.solution.gradients.items():
        assert np.array_equal(gradients[f"dL/d{name}"], array)
    text = plain.write(blocks(page, list(SECTIONS)), Look(width=80))
    assert [line for line in text.splitlines() if display_width(line) > 80] == []


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "adamax", "lion"])
def test_every_step_of_an_optimizer_is_told_with_its_numbers(rule):
    given = "parameters: {w: 0.5}, gradients: {w: -1.2}"
    text = f"{{{given}, optimizer: {{name: {rule}, lr: 0.1}}, steps: 2}}"
    page = Page(solve(loads(text)), DEFAULT)
    update = next(s for s in record(page, ["update"])["sections"] if s["name"] == "update")["entries"]
    assert {entry["step"] for entry in update} == {1, 2}
    assert [entry for entry in update if entry["numbers"] is None] == []
    assert [entry["quantity"] for entry in update if entry["step"] == 2][-1] == "w"


def test_bare_parameters_have_what_is_given_and_the_update():
    done = invoke(["solve", "configs/given-gradients.yaml"])
    headings = [
        line for line in done.stdout.splitlines() if line in ("Given", "Forward pass", "Backward pass", "Update")
    ]
    assert headings == ["Given", "Update"]
    assert "w1 ← w1 − η m̂ / (√v̂ + ε) = 0.5 − 0.1 · (−1.2) / (√1.44 + 1e-18) = 0.6" in done.stdout
    assert "∂L/∂w1 = −0.8" in done.stdout, "the gradients of the second step, too"


def test_without_one_number_to_differentiate_there_is_a_forward_pass_and_no_more():
    done = invoke(["solve", "-x", "1 2", "-w", "1 2; 3 4"])
    assert done.code == 0
    assert "z1 = W1 x = [[1, 2], [3, 4]] [1, 2] = [5, 11]" in done.stdout
    assert "Backward pass" not in done.stdout


def test_a_large_array_is_told_by_its_shape_and_one_of_its_entries():
    wide = f"input: {[0.5] * 6}\nlayers:\n  - {{units: 30, weights: {{init: normal, seed: 1}}}}"
    done = invoke(["solve", "-", "--sections", "given,forward"], wide)
    assert "W1: 30×6 numbers (normal, seed 1)" in done.stdout
    assert "z1[1] = W1[1,1] x[1] + W1[1,2] x[2] +" in done.stdout


def test_the_rows_for_a_spreadsheet_hold_every_line():
    done = invoke(["solve", SEED, "--format", "csv"])
    assert "forward,z_O,W_O u_H + b_O,4 · 4 + 6 · 0 + (−3.5),[12.5]" in done.stdout
    assert '"dL/dW_O[1,2]",u_H[2] = 0,,0' in done.stdout


@pytest.mark.parametrize("quantity", ["da_O/dz_O", "dL/dW_H[1]", "z_H@2", "nothing"])
def test_a_line_of_what_has_none_is_refused(quantity):
    with pytest.raises(UsageError):
        worked(solve(load(SEED)), quantity)


@pytest.mark.parametrize(
    ("quantity", "line"),
    [
        ("dL/dW_H[1,2]", "∂L/∂W_H[1,2] = ∂L/∂z_H[1] x[2] = −1.49066e-05 · 1 = −1.49066e-05"),
        ("yhat", "u_O = ŷ = sigmoid(z_O) = 1 / (1 + exp(−12.5)) = 0.999996"),
    ],
)
def test_a_line_can_be_had_from_the_library(quantity, line):
    assert worked(solve(load(SEED)), quantity) == line


def test_many_zeros_of_one_reason_are_counted_and_not_listed():
    target = "{class: [1, 2, 3, 1]}"
    layers = "[{units: 4, weights: {init: normal, seed: 1}, activation: softmax}]"
    text = f"{{input: [[1], [2], [3], [4]], target: {target}, loss: cross_entropy, layers: {layers}}}"
    done = invoke(["solve", "-", "--sections", "zeros"], text)
    assert "12 entries of ∂L/∂a1 are 0 because the target has nothing there." in done.stdout
