"""`--symbolic` as it is called: what it understands, and what it says to what it doesn't."""

from __future__ import annotations

import json

import pytest
from goldens import goldens
from invoke import invoke
from turns import in_turn
from typeset import complaints, document, needs_pdflatex, page

LETTERS = "configs/letters/two-layer-softmax.yaml"
NUMBERS = "configs/mlp-dimensions.yaml"


@pytest.mark.parametrize("name", ["dW1", "dL/dW1", "dW1[h,m]", "∂L/∂W1[h,m]", "grad_W1[·,m]"])
def test_letters_of_an_index_say_nothing_that_the_name_does_not(name):
    done = invoke(["explain", "--symbolic", NUMBERS, name])
    assert done.stdout == invoke(["explain", "--symbolic", NUMBERS, "dW1"]).stdout
    assert "∂L/∂W1[h,m] = W2[h] x[m] z1[h] (1 − z1[h]) (z2 − y)\n" in done.stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("dW1[2,1]", "∂L/∂W1[2,1] = W2[2] x[1] z1[2] (1 − z1[2]) (z2 − y)"),
        ("δ1", "∂L/∂a1[h] = W2[h] z1[h] (1 − z1[h]) (z2 − y)"),
        ("dyhat/dx", "∂ŷ/∂x[m] = Σ_h W1[h,m] W2[h] z1[h] (1 − z1[h]) z2 (1 − z2)"),
        ("dz1/dx", "∂z1[h]/∂x[m] = W1[h,m] z1[h] (1 − z1[h])"),
        ("dz1/da1", "∂z1[h]/∂a1[j] = z1[j] (1 − z1[j]) δ_hj"),
        ("dz1[2]/da1[2]", "∂z1[2]/∂a1[2] = z1[2] (1 − z1[2])"),
        ("a1", "a1[h] = Σ_m W1[h,m] x[m] + b1[h]"),
        ("L", "L = −y ln z2 − (1 − y) ln(1 − z2)"),
    ],
)
def test_any_gradient_derivative_or_value_may_be_asked_for(asked, said):
    assert f"{said}\n" in invoke(["explain", "--symbolic", NUMBERS, asked]).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([NUMBERS, "dW3"], 2, "no quantity is called 'dW3'"),
        ([NUMBERS, "dW1[3,1]"], 2, "W1 has the shape 2×3; indices count from 1"),
        ([NUMBERS, "dW1[0,1]"], 2, "indices count from 1"),
        ([NUMBERS, "dy"], 2, "y is given, no gradient flows to it"),
        ([NUMBERS, "x"], 2, "x is given, nothing is computed"),
        ([NUMBERS, "dx/dx"], 2, "x is given, nothing changes it"),
        ([NUMBERS, "dz1/da2"], 2, "z1 does not depend on a2"),
        ([NUMBERS, "W1@2"], 2, "no steps to explain"),
        ([NUMBERS, "dW1", "--paths", "2"], 2, "leave it out beside --symbolic"),
        (["configs/given-gradients.yaml", "dw1"], 3, "there is no computation to derive"),
    ],
)
def test_what_can_t_be_derived_is_said_with_a_way_out(arguments, code, said):
    done = invoke(["explain", "--symbolic", *arguments])
    assert (done.code, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_form_leaves_what_is_said_of_entries_or_of_arrays():
    whole = invoke(["explain", "--symbolic", LETTERS, "dW_w"]).stdout
    entries = invoke(["explain", "--symbolic", LETTERS, "dW_w", "--form", "paths"]).stdout
    arrays = invoke(["explain", "--symbolic", LETTERS, "dW_w", "--form", "matrix"]).stdout
    assert "As arrays" in whole
    assert "As arrays" not in entries
    assert "Σ_j ∂L/∂ŷ[j] · ∂ŷ[j]/∂z_v[k]" in entries
    assert "Σ_j" not in arrays
    assert "∂L/∂W_w = δ_wᵀ x = ((ŷ − y) W_v ⊙ a_w ⊙ (1 − a_w))ᵀ x\n" in arrays


def test_a_network_of_letters_says_what_it_takes_for_granted_and_what_its_letters_are():
    done = invoke(["explain", "--symbolic", LETTERS, "dW_v"]).stdout
    assert "y adds up to 1" in done
    assert "k = 1 … K" in done
    assert "k = 0 … K−1" in invoke(["explain", "--symbolic", LETTERS, "dW_v", "--index-base", "0"]).stdout


def test_the_record_has_the_derivation_in_the_place_of_numbers():
    found = json.loads(invoke(["explain", "--symbolic", NUMBERS, "dW1", "--format", "json"]).stdout)
    assert (found["schema"], found["quantity"], found["value"], found["paths"]) == (
        "gradcalc.explain/1",
        "dL/dW1",
        None,
        [],
    )
    assert found["symbolic"]["entry"] == "∂L/∂W1[h,m] = W2[h] x[m] z1[h] (1 − z1[h]) (z2 − y)"
    assert found["symbolic"]["letters"] == {"h": "H", "m": "M"}
    assert found["rule"] == found["symbolic"]["matrix"]


DERIVED = [golden.arguments[:-2] for golden in goldens() if golden.name.endswith("symbolic.table")]


@needs_pdflatex
@in_turn("wanted", [DERIVED[::20], DERIVED], [DERIVED[::20]], ids=["a few", "all"])
def test_every_derivation_compiles_in_one_run_and_keeps_to_its_margins(wanted, tmp_path):
    assert complaints(document([page(arguments) for arguments in wanted]), tmp_path) == []


@pytest.mark.parametrize("file", [LETTERS, NUMBERS, "configs/equations/residual.yaml"])
def test_the_whole_solution_in_letters_has_every_quantity_every_gradient_and_every_update(file):
    page = invoke(["solve", "--symbolic", file]).stdout
    found = json.loads(invoke(["solve", "--symbolic", file, "--format", "json"]).stdout)["symbolic"]
    assert list(found) == ["dimensions", "forward", "backward", "update"]
    parameters = {name.partition("/d")[2] for name in found["backward"]}
    assert {line.partition(" = ")[0] for line in found["update"]} == {f"{name}_new" for name in parameters}
    assert {*found["forward"], *parameters} <= {*found["dimensions"]}
    for gradient in found["backward"].values():
        assert gradient["entry"] is not None
        assert gradient["matrix"] is None or gradient["matrix"] in page
    for line in found["update"]:
        assert f"{line}\n" in page


def test_sections_leave_the_rest_of_a_solution_out():
    page = invoke(["solve", "--symbolic", LETTERS, "--sections", "update,backward"]).stdout
    assert [title for title in ("Dimensions", "Forward", "Backward", "Update") if f"{title}" in page] == [
        "Backward",
        "Update",
    ]
    done = invoke(["solve", "--symbolic", LETTERS, "--sections", "zeros"])
    assert (done.code, done.stdout) == (2, "")
    assert "some of dimensions, forward, backward, update" in done.stderr


def test_an_optimizer_of_the_problem_is_told_by_its_rules():
    page = invoke(["solve", "--symbolic", NUMBERS, "--set", "optimizer={name: adam, lr: 0.1}"]).stdout
    assert "Update of every parameter θ by Adam, where g is ∂L/∂θ\nm ← β1 m + (1 − β1) g\n" in page
    assert "W1_new" not in page
