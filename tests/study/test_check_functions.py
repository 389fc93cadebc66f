"""Answers about functions are judged: values, Jacobians, what is composed, a boundary; slips have their cause."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from invoke import invoke
from turns import in_turn

import gradcalc
from gradcalc.study.composed import composed_of
from gradcalc.study.jacobian import report

CONFIGS = sorted(Path("configs/functions").glob("*.yaml"))
CHAIN = gradcalc.load("configs/functions/chain-rule.yaml")
SQUARE = "{functions: {'F(x, y)': [x*y, x + y^2], 'G(x, y)': [x^2, 3*x*y]}, compose: F(G), at: {x: 2, y: 3}}"
LINE = "{functions: {'g(x, y)': 4 + 3*x - 4*y}, at: {x: 1, y: 2}}"
SEVERAL = (
    (
        "{functions: {'F(u, v)': [u*v, u + v^2], 'G(x)': x^2, 'H(y, x)': [sin(y)*x]},"
        " compose: 'F(G, H)', at: {x: 1.5, y: 2}}"
    ),
    "{functions: {'f(u, v)': u*v, 'G(x)': [x^2, x], 'H(y)': exp(y)}, compose: f(G(H)), at: {y: 0.3}}",
    "{functions: {'f(u)': u^2, 'g(x)': sin(x)}, compose: f(g), at: {x: 0.3}}",
    "{functions: {'F(x)': softmax(x), 'G(x)': 2*x}, compose: F(G), at: {x: [1, 2, 3]}}",
    "{functions: {'f(x)': x^2 + 1}, compose: f(f), at: {x: 3}}",
    SQUARE,
    LINE,
)


def verdicts(problem, answers) -> dict[str, str]:
    """Of each entry that is not right its verdict, or the names of its causes."""
    problem = gradcalc.loads(problem) if isinstance(problem, str) else problem
    found = {}
    for entry in gradcalc.check(problem, answers).entries:
        inside = ",".join(str(at + 1) for at in entry.at)
        place = f"{entry.key.quantity}[{inside}]" if inside else entry.key.quantity
        if entry.word != "right":
            found[place] = ", ".join(cause.name for cause in entry.causes) or entry.word
    return found


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_result_of_jacobian_is_a_sheet_that_is_right(path, tmp_path):
    boundary = ["--boundary"] if path.stem == "decision-boundary" else []
    told = invoke(["jacobian", str(path), *boundary, "--format", "json"]).stdout
    sheet = tmp_path / "sheet.json"
    sheet.write_text(told, encoding="utf-8")
    done = invoke(["check", str(path), str(sheet), "--format", "json"])
    checked = json.loads(done.stdout)
    assert (done.code, checked["marks"]["wrong"]) == (0, 0)
    pointed = any(function["value"] is not None for function in json.loads(told)["functions"].values())
    assert (checked["marks"]["right"] > 0) == (pointed or bool(boundary))


@in_turn(
    "path", CONFIGS, [path for path in CONFIGS if path.stem in ("gradient", "chain-rule")], ids=lambda path: path.stem
)
def test_the_letters_of_jacobian_are_right_answers(path):
    problem = gradcalc.load(str(path))
    record = json.loads(invoke(["jacobian", str(path), "--format", "json"]).stdout)
    answers = {f"D{name}": function["symbolic"] for name, function in record["functions"].items()}
    if record["composition"]:
        answers[f"D({record['composition']['name']})"] = record["composition"]["symbolic_direct"]
        answers |= {factor["name"]: factor["symbolic"] for factor in record["composition"]["factors"]}
    assert verdicts(problem, answers) == {}
    spoilt = {name: [[f"{entry} + 0.1" for entry in row] for row in rows] for name, rows in answers.items()}
    entries = gradcalc.check(problem, spoilt).entries
    assert {entry.word for entry in entries} == {"wrong"}


@pytest.mark.parametrize("text", SEVERAL)
def test_the_steps_of_a_composition_are_what_jacobian_has(text):
    problem = gradcalc.loads(text)
    values, found = composed_of(problem).solution.values, report(problem)
    for derived in found.functions.values():
        if derived.chain.link.inner or found.composition is None:
            assert np.allclose(np.ravel(values[derived.chain.derivative]), np.ravel(derived.point.jacobian))
    if found.composition:
        direct = found.composition.direct
        assert np.allclose(np.ravel(values[direct.chain.derivative]), np.ravel(direct.point.jacobian))
        for factor in (factor for factor in found.composition.factors if factor.name in values):
            assert np.allclose(np.ravel(values[factor.name]), np.ravel(factor.jacobian))


# DF at (4, 18), where G leads, and at (2, 3); DG; all worked by hand
AT_G, AT_POINT, INNER = [[18, 4], [1, 36]], [[3, 2], [1, 6]], [[4, 0], [9, 6]]
SLIPS = (
    (SQUARE, "DF(G)", AT_POINT, "not_at_the_inner_value"),
    (SQUARE, "D(F∘G)", (np.array(AT_POINT) @ INNER).tolist(), "not_at_the_inner_value"),
    (SQUARE, "D(F∘G)", (np.array(INNER) @ AT_G).tolist(), "factors_swapped"),
    (SQUARE, "D(F∘G)", (np.array(AT_G) * INNER).tolist(), "entry_by_entry"),
    (SQUARE, "D(F∘G)", AT_G, "inner_derivative_left_out"),
    (SQUARE, "D(F∘G)", INNER, "outer_derivative_left_out"),
    (SQUARE, "D(F∘G)", (np.array(AT_G) + INNER).tolist(), "sum_for_product"),
    (SQUARE, "D(F∘G)", (np.array(AT_G) @ np.transpose(INNER)).tolist(), "factor_transposed"),
    (SQUARE, "DG", np.transpose(INNER).tolist(), "jacobian_transposed"),
    (SQUARE, "F∘G", [6, 11], "not_at_the_inner_value"),
    (SQUARE, "DG", [[2, 0], [9, 6]], "power_factor_lost"),
    (SQUARE, "DG", [["2*x", 0], ["3*x", "3*x"]], "wrong_object"),
    (SQUARE, "DF(G)", [["y", "x"], [1, "2*y"]], "not_at_the_inner_value"),
    (LINE, "distance", 4, "length_left_out"),
    (LINE, "distance", "4/25", "root_forgotten"),
    (LINE, "distance", "4/7", "sum_for_length"),
    (LINE, "distance", -0.8, "sign"),
    (LINE, "signed_distance", 0.2, "sign"),
    (LINE, "signed distance", -1, "length_left_out"),
    (LINE, "side", "positive", "sign"),
    (LINE, "normal", [-3, 4], "sign"),
)


@pytest.mark.parametrize(("problem", "name", "answer", "cause"), SLIPS)
def test_a_usual_mistake_is_named(problem, name, answer, cause):
    found = verdicts(problem, {name: answer})
    assert found
    assert all(cause in told.split(", ") for told in found.values())


def test_right_numbers_of_a_boundary_are_right_by_any_of_its_names():
    answers = {"normal": [3, -4], "distance": 0.80, "distance from the origin": "4/5", "side of the origin": "positive"}
    answers |= {"side": "negative", "side of the point": -1, "signed distance": -0.2, "signed_distance": "-1/sqrt(25)"}
    assert verdicts(LINE, answers) == {}


def test_a_boundary_is_that_of_one_linear_function():
    with pytest.raises(gradcalc.ProblemError, match="no quantity is called 'distance'"):
        gradcalc.check(gradcalc.loads(SQUARE), {"distance": 1})


def test_what_follows_from_an_own_jacobian_follows():
    wrong = [[18, 4], [1, 35]]
    assert verdicts(SQUARE, {"DF(G)": wrong, "D(F∘G)": (np.array(wrong) @ INNER).tolist()}) == {
        "DF(G)[2,2]": "arithmetic",
        "D(F∘G)[2,1]": "follows",
        "D(F∘G)[2,2]": "follows",
    }
    assert verdicts(SQUARE, {"G": [4, 17], "DF(G)": [[17, 4], [1, 34]]}) == {
        "G[2]": "arithmetic",
        "DF(G)[1,1]": "follows",
        "DF(G)[2,2]": "follows",
    }


def test_a_product_in_the_wrong_order_is_named_though_it_has_another_shape():
    (entry,) = gradcalc.check(CHAIN, {"D(F∘G)": [[6, -32, 5], [12, -53, -1], [6, -28, 1]]}).entries
    assert [cause.name for cause in entry.causes] == ["factors_swapped"]
    assert entry.note == "3×3 where 2×2 belongs"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("D(F∘G)", "DF(G) @ DG"),
        ("D(FoG)", "DF(G) @ DG"),
        ("J(F(G))[1,2]", "3*x^2 - 30*x*y"),
        ("dF[1]/dx", "3*y"),
        ("dF/dz", [0, -1]),
        ("d(F∘G)[2]/dx", "y - 1"),
        ("JG", [[1, -5], ["y", "x"], [1, -1]]),
        ("F(G)", ["3*(x - 5*y)*x*y", "G[2] - G[3]"]),
        ("DF(G)[1]", ["3*G[2]", "3*G[1]", 0]),
    ],
)
def test_a_quantity_is_understood_by_the_names_that_people_use(name, answer):
    assert verdicts(CHAIN, {name: answer}) == {}


def test_a_number_is_a_constant_where_letters_have_no_numbers():
    letters = gradcalc.load("configs/functions/chain-rule-letters.yaml")
    assert verdicts(letters, {"DG": [[1, -4], ["y", "x"], [1, 1]], "DF[2]": [0, 1, -1]}) == {}
    assert verdicts(letters, {"DG[2,1]": 0.5, "DG[1,2]": 4}) == {"DG[1,2]": "sign", "DG[2,1]": "wrong"}


def test_functions_of_the_problem_can_be_called_in_a_formula():
    sigmoid = gradcalc.load("configs/functions/sigmoid.yaml")
    assert verdicts(sigmoid, {"s'": "s(x)*(1 - s(x))", "ls'": "1 - s(x)", "dls/dx": "exp(-x)/(1 + exp(-x))"}) == {}
    assert verdicts(sigmoid, {"s'": "s(x)*(1 - ls(x))"}) == {"s′": "wrong"}


def test_the_page_has_functions_and_point_and_reveals_in_letters():
    done = invoke(["check", "configs/functions/chain-rule.yaml", "--answer", "DG[2]=[x, y]", "--reveal"])
    assert done.code == 1
    assert done.stdout.startswith("The chain rule for F∘G\nF(x, y, z) = [3xy, y − z]\n")
    assert "at x = 1, y = 2" in done.stdout
    assert "DG[2,1]    x       y       wrong   ← first slip" in done.stdout


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("DH=1", "no quantity is called 'DH'"),
        ("DF[3,1]=1", "DF has the shape 2×3"),
        ("DG[1,1]=q", "q"),
        ("DG={x: 1}", "must be a number, a list or a formula"),
        ("step 1={x: 1}", "no optimizer makes steps here"),
    ],
)
def test_what_can_not_be_understood_is_told(answer, told):
    done = invoke(["check", "configs/functions/chain-rule.yaml", "--answer", answer])
    assert done.code == 3
    assert told in done.stderr
    assert "Traceback" not in done.stderr
