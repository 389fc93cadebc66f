"""The forms that an answer may have: one formula for many entries, local derivatives, the way and the result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from invoke import invoke
from turns import in_turn

import gradcalc
from gradcalc.engine.graph import backward, book_of
from gradcalc.problem.build import build
from gradcalc.solution import evaluate
from gradcalc.study.locals import local_derivatives
from gradcalc.study.overridden import overridden

SCALARS = gradcalc.load("configs/equations/graph-scalars.yaml")
CONFIGS = Path("configs")
FOUR = gradcalc.load("configs/four-optimizers.yaml")


def judged(problem, answers) -> list[tuple[str, str, list[str]]]:
    """What was written, its verdict and its causes."""
    entries = gradcalc.check(problem, answers).entries
    return [(entry.given, entry.word, [cause.name for cause in entry.causes]) for entry in entries]


ALL_ENTRIES = [
    ("functions/softmax", "dp[i]/dz[j]", "p[i]*(δ[i,j] - p[j])", None),
    ("functions/softmax", "Dp[i,j]", "p[i]*(delta[i,j] - p[i])", "wrong_object"),
    ("functions/softmax", "Dlp[2,j]", "δ[2,j] - p[j]", None),
    ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,h]*x[m]*z1[h]*(1 - z1[h])*(z2 - y)", None),
    ("mlp-dimensions", "dL/dW2[h]", "z1[h]*(z2 - y)", None),
    ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,h]*x[h]*z1[h]*(1 - z1[h])*(z2 - y)", "wrong_object"),
    ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,m]*x[h]*z1[h]*(1 - z1[h])*(z2 - y)", ""),
    ("mlp-dimensions", "dL/db1[h]", "-W2[1,h]*z1[h]*(1 - z1[h])*(z2 - y)", "sign"),
]


@in_turn("problem, name, formula, cause", ALL_ENTRIES, ALL_ENTRIES[1:4])
def test_an_index_with_letters_is_one_formula_for_all_entries(problem, name, formula, cause):
    (entry,) = gradcalc.check(gradcalc.load(f"configs/{problem}.yaml"), {name: formula}).entries
    assert entry.word == ("right" if cause is None else "wrong")
    assert not cause or cause in [one.name for one in entry.causes]


def test_an_index_with_letters_takes_one_formula_of_as_many_letters_as_there_are_axes():
    for answer, told in (("dW1[h]=x[h]", "the index has 1 letter"), ("dW1[h,m]=[1, 2]", "takes one formula")):
        done = invoke(["check", "configs/mlp-dimensions.yaml", "--answer", answer])
        assert done.code == 3
        assert told in done.stderr


def test_local_derivatives_stand_in_formulas_as_in_the_chain_rule():
    chain = "dL/dyhat * dyhat/dz_O * dz_O/du_H[1] * du_H[1]/dz_H[1] * dz_H[1]/dW_H[1,1]"
    problem = gradcalc.load("configs/relu-sigmoid-bce.yaml")
    answers = {"dL/dW_H[1,1]": chain, "dL/dz_O": "dL/dyhat * dyhat/dz_O", "du_H[2]/dz_H[2]": 0}
    assert {entry.word for entry in gradcalc.check(problem, answers).entries} == {"right"}
    (entry,) = gradcalc.check(problem, {"dL/dW_H[1,1]": chain.replace("du_H[1]", "du_H[2]")}).entries
    assert entry.word == "wrong"


def test_the_way_to_a_number_is_judged_beside_the_number():
    ones = gradcalc.load("configs/relu-3-2-2-1-rss.yaml")
    assert [word for _, word, _ in judged(ones, {"dL/da3": "-2*(y - a3) = 2*8 = 16"})] == ["right"] * 3
    assert judged(ones, {"dL/da3": "-2*(y - a3) = 2*9 = 16"})[1] == ("2*9 = 16", "wrong", ["arithmetic"])
    assert judged(ones, {"dL/da3": "2*(y - a3) = 2*8 = 16"})[0] == ("2*(y - a3)", "wrong", ["sign"])
    assert [word for _, word, _ in judged(ones, {"db3": "sum(da3, axis=1) = 15"})] == ["right", "wrong"]


def test_a_number_that_was_miscopied_on_the_way_is_told_by_what_stands_on_the_sheet():
    (wrong,) = (
        entry
        for entry in gradcalc.check(
            SCALARS, {"h1": 0.52248, "a": "0.02*0.5225 = 0.01045", "b": "0.02*0.52 = 0.0156"}
        ).entries
        if entry.word != "right"
    )
    assert wrong.given == "0.02*0.52 = 0.0156"
    assert "0.02 written where 0.03 belongs" in [cause.text for cause in wrong.causes]


@pytest.mark.parametrize(
    ("name", "number", "word"),
    [
        ("sqrt(s)", 0.7649, "right"),
        ("√s", 0.7648, "right"),
        ("√s", 0.7645, "wrong"),
        ("1 - rho", 0.1, "right"),
        ("lr*g", -0.15, "right"),
        ("sqrt(s + eps)", 0.7649, "right"),
    ],
)
def test_what_is_made_of_a_state_on_the_way_can_be_answered(name, number, word):
    assert [found for _, found, _ in judged(FOUR, {"rmsprop": {"step 2": {name: {"w2": number}}}})] == [word]


def test_what_is_made_of_an_own_state_follows_from_it():
    told = judged(FOUR, {"rmsprop": {"step 2": {"s": {"w2": 0.655}, "√s": {"w2": 0.8093}}}})
    assert [word for _, word, _ in told] == ["wrong", "follows"]


def test_a_closed_form_under_a_constant_gradient_is_compared_under_one():
    constant = gradcalc.load("configs/adam-constant-gradient.yaml")
    run = "adam bias_correction=true"
    assert judged(constant, {run: {"step 10": {"m": {"theta": "g*(1 - beta1^t)"}}}})[0][1] == "right"
    assert judged(constant, {run: {"step 10": {"m": {"theta": "g*(1 - beta1)^t"}}}})[0][1] == "wrong"
    assert judged(FOUR, {"adam": {"step 2": {"m": {"w1": "g*(1 - beta1^t)"}}}})[0][1] == "wrong"


@in_turn("name", ["composition", "composition-bce", "composition-cross-entropy"], ["composition"])
def test_formulas_about_functions_that_are_not_given_are_compared_for_some_functions(name):
    problem = gradcalc.load(f"configs/letters/{name}.yaml")
    right = {"dL/dW1": "dL/df2 * df2/df1 * df1/dW1", "dL/dW2": "dL/dyhat * df2/dW2", "df2/df1": "dyhat/dz"}
    assert {word for _, word, _ in judged(problem, right)} == {"right"}
    for wrong in ("dL/df2 * df1/dW1", "df2/df1 * df1/dW1", "dL/df2 * df2/df1 * df1/dx", "dL/df2 * df2/df1 + df1/dW1"):
        assert [word for _, word, _ in judged(problem, {"dL/dW1": wrong})] == ["wrong"]


def test_the_rule_of_a_function_that_is_not_given_tells_nothing_of_the_function_that_was_tried():
    done = invoke(["check", "configs/letters/composition.yaml", "--answer", "df2/df1=df2/dW2", "--reveal"])
    assert "It is what one gets with dyhat/dW2 where dyhat/dz belongs." in done.stdout
    assert "The rule here is ∂ŷ/∂z = ∂f2/∂z." in done.stdout
    assert "0." not in done.stdout


def test_a_wrong_local_derivative_is_carried_on():
    problem = gradcalc.load("configs/relu-sigmoid-bce.yaml")
    slope = {"du_H/dz_H": [1, 1], "dz_H": [-1.49064e-5, -2.23598e-5], "db_H": [-1.49064e-5, -2.23598e-5]}
    assert [word for _, word, _ in judged(problem, slope)] == ["right", "wrong", "right", "follows", "right", "follows"]
    weights = {"dz_O/du_H": [[6, 4]], "du_H": [-2.23598e-5, -1.49066e-5], "dz_H": [-2.23598e-5, 0]}
    words = [word for _, word, _ in judged(problem, weights)]
    assert words == ["wrong", "wrong", "follows", "follows", "follows", "right"]


@pytest.mark.parametrize(
    "path", sorted((*CONFIGS.glob("*.yaml"), *CONFIGS.glob("equations/*.yaml"))), ids=lambda path: path.stem
)
def test_every_local_derivative_carries_the_gradient_that_the_rules_do(path):
    problem = gradcalc.load(str(path))
    built = build(problem) if problem.layers or problem.equations else None
    if built is None or built.result is None:
        pytest.skip("nothing is differentiated")
    solution, graph = evaluate(problem, built), book_of(built.graph)
    seed = {built.result: solution.back[built.result]}
    right = backward(graph, solution.flow, seed)
    for line, name, array in local_derivatives(solution):
        found = backward(overridden(graph, {line: {name: array}}), solution.flow, seed)
        assert all(found[own] == pytest.approx(right[own], rel=1e-9, abs=1e-14) for own in found)
        if np.any(found[line]) and np.any(array):
            twice = backward(overridden(graph, {line: {name: 2 * array}}), solution.flow, seed)
            assert not np.array_equal(twice[name], found[name]) or not np.any(found[name])


@pytest.mark.parametrize(
    ("problem", "answers", "words"),
    [
        ("configs/equations/rnn.yaml", {"output_losses": 99}, ["wrong"]),
        ("configs/mazur.yaml", {"net1@1": [1, 2]}, ["wrong", "wrong"]),
        ("configs/mazur.yaml", {"out2@1": "sigmoid(net2)", "out1@1": "net1"}, ["wrong", "right"]),
        ("configs/example.yaml", {"z_H": []}, ["wrong"]),
        ("configs/equations/embedding.yaml", {"words[1]": 21, "L": 99}, ["wrong", "wrong"]),
    ],
)
def test_odd_answers_are_judged_like_any_other(problem, answers, words):
    assert [word for _, word, _ in judged(gradcalc.load(problem), answers)] == words


def test_an_entry_that_an_elementwise_line_does_not_have_is_refused():
    with pytest.raises(gradcalc.ProblemError, match="there is no such entry"):
        gradcalc.check(gradcalc.load("configs/example.yaml"), {"da_H[1]/dz_H[2]": "a_H[1]"})


def test_a_step_of_functions_is_refused():
    with pytest.raises(gradcalc.ProblemError, match="must be a number, a list or a formula"):
        gradcalc.check(gradcalc.load("configs/functions/softmax.yaml"), {"adam": {"step 1": {"m": {"p": 1}}}})
