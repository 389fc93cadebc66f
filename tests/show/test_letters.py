"""The page in letters says what the steps do, in every format."""

from __future__ import annotations

import json

import pytest
from invoke import invoke

from gradcalc.training.optimizers import OPTIMIZERS

PARAMETERS = "{parameters: {w: 1}, gradients: {w: 2}, steps: 3, optimizer: %s}"

PAGES = [
    ("adam", ["m_3 = (1 − β1) (β1² g_1 + β1 g_2 + g_3)", "v_3 = (1 − β2) (β2² g_1² + β2 g_2² + g_3²)",
              "m_t = G (1 − β1ᵗ)", "m̂_t = G", "G is that gradient"]),
    ("{name: adagrad, initial: {G: 0.1}}", ["G_3 = g_1² + g_2² + g_3² + G_0", "G_0 is where G starts",
                                            "g is that gradient"]),
    ("amsgrad", ["v_max is no sum over the gradients and can't be unrolled", "m_3 ="]),
    ("rprop", ["Δ, g_prev are no sums over the gradients and can't be unrolled"]),
    ("sgd", ["SGD keeps no state: a step depends on its own gradient alone"]),
    ("{name: momentum, schedule: {name: step, every: 3}, clip: {norm: 1}}",
     ["v_3 = β² η_1 g_1 + β η_2 g_2 + η_3 g_3", "g_i is the gradient of step i, clipped", "η_t = η γ^⌊(t − 1) / n⌋",
      "γ = 0.1"]),
    ("{name: adam, weight_decay: 0.1, maximize: true}", ["with its sign turned round, with the decay of θ in it"]),
]  # fmt: skip


def optimize(optimizer, *arguments):
    done = invoke(["optimize", "-", "--symbolic", *arguments], PARAMETERS % optimizer)
    assert done.code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("optimizer", "lines"), PAGES)
def test_a_page_in_letters_has_the_rules_the_unrolled_state_and_the_closed_form(optimizer, lines):
    page = optimize(optimizer)
    for line in lines:
        assert line in page
    assert "step 1 " not in optimize(optimizer), "no numbers of the steps"


def test_the_state_is_told_after_each_step_that_is_asked_for():
    page = optimize("adam", "--show", "1,2,10")
    assert "m_1 = (1 − β1) g_1" in page
    assert "m_2 = (1 − β1) (β1 g_1 + g_2)" in page
    assert "m_10 = (1 − β1) (β1⁹ g_1 + β1⁸ g_2 + … + β1 g_9 + g_10)" in page
    assert "m_3 =" not in page


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_json_has_the_letters_beside_the_steps_for_every_optimizer(name):
    if OPTIMIZERS[name].needs_loss:
        return
    found = json.loads(optimize(name, "-f", "json"))
    told = found["symbolic"]
    states = OPTIMIZERS[name].state({key: row.default for key, row in OPTIMIZERS[name].hyper.items()})
    assert len(found["steps"]) == 3
    assert told["rules"][-1].startswith("θ ←")
    assert {*told["unrolled"][0], *told["not_linear"]} == {"step", *states}
    assert told["unrolled"][0]["step"] == 3
    for state, line in told["unrolled"][0].items():
        assert state == "step" or line.split(" = ")[0].endswith("_3")


def test_without_the_option_nothing_is_added():
    done = invoke(["optimize", "-", "-f", "json"], PARAMETERS % "adam")
    assert "symbolic" not in json.loads(done.stdout)


def test_several_optimizers_are_told_one_after_the_other():
    page = optimize("[adam, {name: sgd, momentum: 0.5}]".replace(", momentum: 0.5", ""))
    assert page.index("m_3 =") < page.index("SGD keeps no state")
    both = json.loads(optimize("[adam, rmsprop]", "-f", "json"))
    assert [sorted(one["symbolic"]["unrolled"][0]) for one in both["runs"]] == [["m", "step", "v"], ["s", "step"]]


def test_the_letters_of_ten_million_steps_take_no_time():
    found = invoke(["optimize", "-", "--symbolic", "--show", "10000000"], PARAMETERS % "adam")
    assert "β1^9999999 g_1" in found.stdout or "β1⁹⁹⁹⁹⁹⁹⁹ g_1" in found.stdout
