"""Everything that the worked case of computation graphs asks for comes out: back-flow, shapes, letters and numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from comparator import cases_folder, read_cases
from invoke import invoke
from paper import Reader, Sheet
from texts import read_texts

CASE = cases_folder() / "computation-graphs.yaml"
CONFIGS = Path(__file__).resolve().parent.parent / "configs"
# the examples that the case's problems are, in its order
EXAMPLES = ("equations/graph-matrices", "equations/graph-scalars", "equations/graph-vectors", "letters/composition")
SCALARS, VECTORS = (f"configs/{name}.yaml" for name in EXAMPLES[1:3])
# the same composition under each loss: one output and several
COMPOSITIONS = ("composition", "composition-bce", "composition-cross-entropy")

pytestmark = pytest.mark.skipif(not CASE.is_file(), reason=f"no worked cases in {cases_folder()}")


def case() -> dict:
    return read_texts(CASE) if CASE.is_file() else {"patterns": [], "shapes": [], "problems": []}


def page(*arguments: str) -> str:
    done = invoke(arguments)
    assert (done.code, done.stderr) == (0, ""), done.stderr
    return done.stdout


def record(*arguments: str) -> dict:
    return json.loads(page(*arguments, "--format", "json"))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_problem_of_the_case_is_an_example(number):
    ours, theirs = read_texts(CONFIGS / f"{EXAMPLES[number]}.yaml"), case()["problems"][number]
    keys = ("inputs", "parameters", "equations", "abstract")
    assert {key: ours.get(key) for key in keys} == {key: theirs.get(key) for key in keys}
    assert len(case()["problems"]) == len(EXAMPLES)


# a node of the table as a formula of x = 2 and y = 5, and the gradients of both where −3 arrives at it
NODES = {
    "x + constant": ("x + 7", (-3, 0), "passes"),
    "x + y": ("x + y", (-3, -3), "distributes"),
    "constant · x": ("7*x", (-21, 0), "scales"),
    "x · y": ("x*y", (-15, -6), "switches"),
    "max(x, y)": ("max(x, y)", (0, -3), "routes"),
    "min(x, y)": ("min(x, y)", (-3, 0), "routes"),
}


@pytest.mark.parametrize("row", case()["patterns"], ids=lambda row: row["node"])
def test_every_back_flow_pattern_of_the_table_is_named_and_is_what_flows(row, tmp_path):
    formula, shares, word = NODES[row["node"]]
    (path := tmp_path / "node.yaml").write_text(
        f"{{parameters: {{x: 2, y: 5}}, equations: {{n: '{formula}', L: -3*n}}}}", encoding="utf-8"
    )
    gradients = record("backward", str(path))["gradients"]
    assert (gradients["x"], gradients["y"]) == shares
    drawn = {node["name"]: node["flow"] for node in record("graph", str(path))["nodes"]}
    (said,) = drawn["n"]
    assert row["flow"].split()[0].removesuffix(":") == said.partition(":")[0] == word
    tail = row["flow"].partition(": ")[2]
    same = {"each input gets the gradient unchanged": "each input gets g unchanged"}.get(tail, tail)
    assert same in said
    explained = page("explain", str(path), "dL/dx").splitlines()
    assert any(line.startswith("∂n/∂x") and line.endswith(said) for line in explained)


def test_a_tie_of_max_and_of_min_goes_to_the_first(tmp_path):
    for name in ("max", "min"):
        (path := tmp_path / "tie.yaml").write_text(
            f"{{parameters: {{x: 2, y: 2}}, equations: {{n: '{name}(x, y)', L: -3*n}}}}", encoding="utf-8"
        )
        gradients = record("backward", str(path))["gradients"]
        assert (gradients["x"], gradients["y"]) == (-3, 0)


def derivatives(config: str) -> dict[str, tuple[list[int], str]]:
    found = record("shapes", f"configs/{config}.yaml", "--derivatives")["derivatives"]
    return {row["name"]: (row["shape"], row["why"]) for row in found}


def test_every_shape_of_the_case_is_told_with_its_reason():
    gradient, jacobian, of_matrix, composition = case()["shapes"]
    found = derivatives("equations/shapes")
    n, k, m = 3, 2, 4
    assert gradient.startswith("vector → scalar")
    assert found["dL/dx"] == ([n], "vector → scalar: the shape of x")
    assert jacobian.startswith("vector (n) → vector (m): an m × n Jacobian, row i the gradient of output i")
    assert found["dh/dx"] == ([k, n], "vector → vector: a row per entry of h, a column per entry of x")
    assert of_matrix == "matrix → scalar: a matrix of the same shape"
    assert found["dL/dW"] == ([k, n], "matrix → scalar: the shape of W")
    assert composition.startswith("composition ℝⁿ → ℝᵏ → ℝᵐ: (m × k)(k × n), outer Jacobian first")
    lines = page("explain", "configs/equations/shapes.yaml", "dy/dx", "--form", "jacobians").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("∂y/∂x"))
    assert lines[first].split(" = ")[1] == "∂y/∂h · ∂h/∂x"
    assert lines[first + 1].split() == [f"{m}×{k}", f"{k}×{n}"]
    # taken at the inner value: the outer Jacobian is that of F where G has led
    assert "(2×3)(3×2) = 2×2" in page("jacobian", "configs/functions/chain-rule.yaml")
    assert "DF(G) · DG" in page("jacobian", "configs/functions/chain-rule.yaml")


def test_row_i_of_a_jacobian_is_the_gradient_of_output_i():
    config = "configs/equations/shapes.yaml"
    whole = record("explain", config, "dy/dx", "--form", "jacobians")["value"]
    for number, row in enumerate(whole, 1):
        assert record("backward", config, "--of", f"y[{number}]")["gradients"]["x"] == pytest.approx(row, rel=1e-14)


def symbolic(config: str, quantity: str, *more: str) -> str:
    return page("explain", "--symbolic", f"configs/{config}.yaml", quantity, *more)


def on_paper(formula: str, values: dict) -> np.ndarray:
    """What a formula of the page comes to; a number in the middle of a product is read in front of it."""
    known = {name: np.array(value) for name, value in values.items()}
    reader = Reader({name: name for name in known} | {"ŷ": "yhat"}, matrices=[name for name in known if name[0] == "W"])
    return Sheet(known, {}).value(reader.read(re.sub(r"(\w+ᵀ) 2\(", r"2 \1 (", formula)))


def test_every_derivative_of_the_regression_in_row_vectors_is_that_of_the_page():
    found = record("backward", f"configs/{EXAMPLES[0]}.yaml", "--locals")
    asked = {"∂L/∂ŷ": "yhat", "∂L/∂W2": "W2", "∂L/∂h": "h", "∂L/∂W1": "W1"}
    for formula in case()["problems"][0]["formulas"]:
        name, _, theirs = formula.partition(" = ")
        if name == "∂h/∂(xW1)":
            # ∂h/∂W1 is made of it: column j of x W1 alone uses column j of W1, with x
            slope = on_paper(theirs, found["values"])[0]
            rows = np.einsum("ij,i,k->ikj", np.eye(2), slope, np.array(found["values"]["x"])[0])
            assert np.squeeze(found["locals"]["dh/dW1"]) == pytest.approx(rows, rel=1e-12)
            continue
        gradient = np.array(found["gradients"][asked[name]])
        last = symbolic(EXAMPLES[0], f"d{asked[name]}").rstrip().rpartition("\n")[2]
        for form in (theirs, last.partition(" = ")[2]):
            assert on_paper(form, found["values"]) == pytest.approx(gradient, rel=1e-12), form


def test_the_product_of_jacobians_of_the_vectors_is_that_of_the_page():
    (formula,) = case()["problems"][2]["formulas"]
    assert formula == "∂L/∂W = 2(ŷ − y) · V · diag(σ'(a)) · ∂a/∂W, factor shapes printed"
    for numbers in (True, False):
        command = [] if numbers else ["--symbolic"]
        (path,) = record("explain", *command, VECTORS, "dW", "--form", "jacobians")["paths"]
        told = [factor["formula"] for factor in path["factors"]]
        assert told[:3] == ["2 (ŷ − y)", "V", "diag(b ⊙ (1 − b))"]
        assert path["factors"][3]["derivative"] == "da/dW"
        shapes = ["1×1", "1×3", "3×3", "3×9"]
        printed = page("explain", *command, VECTORS, "dW", "--form", "jacobians")
        assert shapes in [line.split() for line in printed.splitlines()]
        if numbers:
            product = np.linalg.multi_dot([factor["value"] for factor in path["factors"]])
            whole = np.array(record("backward", VECTORS)["gradients"]["W"])
            assert product.reshape(3, 3) == pytest.approx(whole, rel=1e-14)
        else:
            assert ["×".join(factor["letters"]) for factor in path["factors"]] == shapes


def test_scalars_and_vectors_are_the_batch_network_that_they_are_taken_from():
    network = next(found for found in read_cases(cases_folder()) if found.name == "three-hidden-units-batch")
    scalars, vectors = record("backward", SCALARS), record("backward", VECTORS)
    (x1, x2, y) = (scalars["values"][name] for name in ("x1", "x2", "y"))
    one = {**yaml.safe_load(network.problem), "input": [x1, x2], "target": [y]}
    done = invoke(["backward", "-", "--format", "json"], stdin=yaml.safe_dump(one))
    assert done.code == 0, done.stderr
    layers = json.loads(done.stdout)
    of_layers = np.array(layers["gradients"]["W_w"])
    of_scalars = [[scalars["gradients"][f"w{unit}{k}"] for k in range(3)] for unit in (1, 2, 3)]
    assert of_layers == pytest.approx(np.array(of_scalars), rel=1e-12)
    assert of_layers == pytest.approx(np.array(vectors["gradients"]["W"]), rel=1e-12)
    assert layers["loss"] == pytest.approx(scalars["loss"], rel=1e-14)
    assert layers["loss"] == pytest.approx(vectors["loss"], rel=1e-14)


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_composition_has_the_chain_rule_of_the_page_under_every_loss(name):
    for formula in case()["problems"][3]["formulas"]:
        derivative, _, chain = formula.partition(" = ")
        told = symbolic(f"letters/{name}", derivative).splitlines()
        (line,) = (line for line in told if line.startswith(f"{derivative} = ∂L/∂f2") or f" = {chain}" in line)
        forms = line.split(" = ")
        assert forms[0] == derivative
        assert forms[-1] == chain
        assert len(forms) == 3
        solved = page("solve", "--symbolic", f"configs/letters/{name}.yaml")
        assert line in solved


OF_LOSSES = {
    "composition": "2 (ŷ − y)",
    "composition-bce": "(ŷ − y) / (ŷ (1 − ŷ))",
    "composition-cross-entropy": "−y / ŷ",
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_composition_has_the_derivative_of_its_loss_with_respect_to_the_outputs(name):
    factors = symbolic(f"letters/{name}", "dW1").splitlines()
    (row,) = (line for line in factors if re.match(r"∂L/∂ŷ  ", line))
    assert row.split("  ")[-1].strip() == OF_LOSSES[name]
    # the same that a problem with numbers has for as many outputs
    p, y = {"composition-bce": ("0.3", "1")}.get(name, ("[0.2, 0.5, 0.3]", "[0, 1, 0]"))
    loss = read_texts(CONFIGS / "letters" / f"{name}.yaml")["equations"]["L"]
    written = f"{{inputs: {{y: {y}}}, parameters: {{yhat: {p}}}, equations: {{L: '{loss}'}}}}"
    done = invoke(["backward", "-", "--format", "json"], stdin=written)
    found = json.loads(done.stdout)
    mine = on_paper(OF_LOSSES[name], {**found["values"]})
    assert mine == pytest.approx(np.array(found["gradients"]["yhat"]), rel=1e-12)


def test_what_else_the_case_names_is_there():
    drawn, *_ = case()["also"]
    assert "init: lecun_normal" in drawn
    network = "{input: %s, layers: [{units: 400, weights: {init: lecun_normal, seed: 1}}]}" % ([0.0] * 100)
    done = invoke(["forward", "-", "--format", "json"], stdin=network)
    weights = np.array(json.loads(done.stdout)["values"]["W1"])
    assert abs(weights.mean()) < 4 * 0.1 / 200
    assert weights.var() == pytest.approx(1 / 100, rel=0.05)
    stopped = record("optimize", SCALARS, "--optimizer", "sgd", "--lr", "0.1", "--steps", "500", "--tol", "1e-6")
    assert stopped["stopped"]["reason"] == "tolerance"
    assert stopped["stopped"]["step"] < 500
    wild = invoke(["optimize", SCALARS, "--optimizer", "sgd", "--lr", "1e30", "--steps", "500"])
    assert wild.code == 4
    assert "diverged" in wild.stderr
    slow = page("optimize", SCALARS, "--optimizer", "sgd", "--lr", "1e-12", "--steps", "5")
    assert "the learning rate may be too small" in slow
