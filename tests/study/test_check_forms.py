"""The forms that an answer may have: one formula for many entries, local derivatives, the way and the result."""

from __future__ import annotations

import pytest
from invoke import invoke

import gradcalc

SCALARS = gradcalc.load("configs/equations/graph-scalars.yaml")
FOUR = gradcalc.load("configs/four-optimizers.yaml")


def judged(problem, answers) -> list[tuple[str, str, list[str]]]:
    """What was written, its verdict and its causes."""
    entries = gradcalc.check(problem, answers).entries
    return [(entry.given, entry.word, [cause.name for cause in entry.causes]) for entry in entries]


@pytest.mark.parametrize(
    ("problem", "name", "formula", "cause"),
    [
        ("functions/softmax", "dp[i]/dz[j]", "p[i]*(δ[i,j] - p[j])", None),
        ("functions/softmax", "Dp[i,j]", "p[i]*(delta[i,j] - p[i])", "wrong_object"),
        ("functions/softmax", "Dlp[2,j]", "δ[2,j] - p[j]", None),
        ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,h]*x[m]*z1[h]*(1 - z1[h])*(z2 - y)", None),
        ("mlp-dimensions", "dL/dW2[h]", "z1[h]*(z2 - y)", None),
        ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,h]*x[h]*z1[h]*(1 - z1[h])*(z2 - y)", "wrong_object"),
        ("mlp-dimensions", "dL/dW1[h,m]", "W2[1,m]*x[h]*z1[h]*(1 - z1[h])*(z2 - y)", ""),
        ("mlp-dimensions", "dL/db1[h]", "-W2[1,h]*z1[h]*(1 - z1[h])*(z2 - y)", "sign"),
    ],
)
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
