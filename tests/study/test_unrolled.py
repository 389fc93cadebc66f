"""The state after t steps in letters: the texts, and the numbers that they stand for."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import numpy as np
import pytest
from turns import in_turn

from gradcalc.engine import book
from gradcalc.study.unrolled import closed_form, closed_trees, linear_states, unrolled, unrolled_trees
from gradcalc.training.optimizers import OPTIMIZERS


def texts(lines):
    return [line.text for line in lines]


STEPS, ENTRIES = 9, 5
NUMBERS = np.random.default_rng(8)
GRADIENTS = NUMBERS.normal(size=(STEPS, ENTRIES))
RATES = [0.1, 0.05, 0.2, 0.02, 0.3, 0.11, 0.07, 0.4, 0.01]


def defaults(name: str, **more: Any) -> dict[str, Any]:
    return {**{key: row.default for key, row in OPTIMIZERS[name].hyper.items()}, **more}


def variants(name: str) -> list[dict[str, Any]]:
    """The constants in all words and switches, with and without decay, dampening and momentum."""
    tried = {"dampening": (0.0, 0.3), "momentum": (0.0, 0.6), "lr_decay": (0.0, 0.2), "weight_decay": (0.0, 0.1)}
    choices = [
        [(key, each) for each in (row.choices or (False, True) if not isinstance(row.default, float) else tried[key])]
        for key, row in OPTIMIZERS[name].hyper.items()
        if key in tried or not isinstance(row.default, float)
    ]
    return [defaults(name, **dict(chosen)) for chosen in itertools.product(*choices)]


def run(name: str, hyper: dict[str, Any], gradients: Any, start: dict[str, Any], rates: Any = None) -> list[dict]:
    row, steps = OPTIMIZERS[name], []
    state = {key: start.get(key, np.full(ENTRIES, row.start(key, hyper))) for key in row.state(hyper)}
    w = NUMBERS.normal(size=ENTRIES)
    for t, g in enumerate(gradients, start=1):
        changed = {"lr": rates[t - 1]} if rates and "lr" in hyper else {}
        extra = {"loss": 1.0} if row.needs_loss else {}
        found = row.update(w, g, t, state, **{**hyper, **changed}, **extra)
        w, state = w + found["update"], {key: found[key] for key in state}
        steps.append({"g": g, **found, **changed})
    return steps


def value(tree: ast.expr, names: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"):
        return book.run(ast.unparse(tree), names)


WAYS = [*itertools.product(OPTIMIZERS, (False, True), (False, True))]
each_way = in_turn("name, scheduled, starting", WAYS, WAYS[::3])


@each_way
def test_an_unrolled_state_is_the_one_that_the_steps_lead_to(name, scheduled, starting):
    for hyper in variants(name):
        linear = linear_states(OPTIMIZERS[name], hyper)
        start = {key: NUMBERS.uniform(0.1, 1, ENTRIES) for key in linear} if starting else {}
        steps = run(name, hyper, GRADIENTS, start, RATES if scheduled else None)
        names = {**hyper, **{f"{key}_0": array for key, array in start.items()}}
        for t in range(1, STEPS + 1):
            names |= {f"g_{t}": steps[t - 1]["g"], f"lr_{t}": RATES[t - 1]}
            trees = unrolled_trees(OPTIMIZERS[name], hyper, t, scheduled=scheduled, started=set(start))
            assert set(trees) == set(linear)
            for key, tree in trees.items():
                np.testing.assert_allclose(value(tree, names), steps[t - 1][key], rtol=1e-12, atol=1e-15)


@each_way
def test_a_closed_form_is_what_equal_gradients_lead_to(name, scheduled, starting):
    constant = GRADIENTS[0]
    for hyper in variants(name):
        linear = linear_states(OPTIMIZERS[name], hyper)
        start = {key: NUMBERS.uniform(0.1, 1, ENTRIES) for key in linear} if starting else {}
        steps = run(name, hyper, [constant] * STEPS, start, RATES if scheduled else None)
        trees = closed_trees(OPTIMIZERS[name], hyper, scheduled=scheduled, started=set(start))
        letter = {"g" if "G" in linear else "G": constant}
        for t, step in enumerate(steps, start=1):
            single = {key: number for key, number in step.items() if isinstance(number, float)}
            names = {**hyper, **single, **letter, "t": t, **{f"{key}_0": array for key, array in start.items()}}
            for key, tree in trees.items():
                np.testing.assert_allclose(
                    value(tree, names), step[key], rtol=1e-12, atol=1e-15, err_msg=f"{key} = {ast.unparse(tree)}"
                )


def test_the_moments_of_adam_are_linear_and_so_are_velocities_and_sums():
    found = {name: set(linear_states(row, defaults(name))) for name, row in OPTIMIZERS.items()}
    assert found == {
        "sgd": set(),
        "momentum": {"v"},
        "nesterov": {"v"},
        "adagrad": {"G"},
        "adadelta": {"s"},
        "rmsprop": {"s"},
        "adam": {"m", "v"},
        "adamw": {"m", "v"},
        "amsgrad": {"m", "v"},
        "adamax": {"m"},
        "nadam": {"m", "v"},
        "radam": {"m", "v"},
        "rprop": set(),
        "lion": {"m"},
        "polyak": set(),
    }


UNROLLED = [
    ("adam", {}, 1, ["m_1 = (1 − β1) g_1", "v_1 = (1 − β2) g_1²"]),
    ("adam", {}, 3, ["m_3 = (1 − β1) (β1² g_1 + β1 g_2 + g_3)", "v_3 = (1 − β2) (β2² g_1² + β2 g_2² + g_3²)"]),
    ("momentum", {}, 2, ["v_2 = η (β g_1 + g_2)"]),
    ("momentum", {"form": "torch"}, 3, ["v_3 = β² g_1 + β g_2 + g_3"]),
    ("momentum", {"form": "ema"}, 3, ["v_3 = (1 − β) (β² g_1 + β g_2 + g_3)"]),
    ("momentum", {"dampening": 0.1}, 3, ["v_3 = η (β² g_1 + β (1 − τ) g_2 + (1 − τ) g_3)"]),
    ("momentum", {}, 100, ["v_100 = η (β⁹⁹ g_1 + β⁹⁸ g_2 + … + β g_99 + g_100)"]),
    ("adagrad", {}, 3, ["G_3 = g_1² + g_2² + g_3²"]),
    ("sgd", {}, 3, []),
]


@pytest.mark.parametrize(("name", "constants", "t", "lines"), UNROLLED, ids=lambda value: str(value)[:30])
def test_an_unrolled_state_reads_as_on_paper(name, constants, t, lines):
    assert texts(unrolled(OPTIMIZERS[name], defaults(name, **constants), t)) == lines


def test_an_unrolled_state_has_the_rate_of_each_step_and_its_start_where_they_matter():
    row, hyper = OPTIMIZERS["momentum"], defaults("momentum")
    found = texts(unrolled(row, hyper, 3, scheduled=True, started={"v"}))
    assert found == ["v_3 = β² η_1 g_1 + β η_2 g_2 + η_3 g_3 + β³ v_0"]


ADAM_CLOSED = ["m_t = G (1 − β1ᵗ)", "v_t = G² (1 − β2ᵗ)"]
CLOSED = [
    ("adam", {}, [*ADAM_CLOSED, "m̂_t = G", "v̂_t = G²", "update_t = −η G / (|G| + ε)"]),
    ("adam", {"bias_correction": False}, [*ADAM_CLOSED, "update_t = −η G (1 − β1ᵗ) / (|G| √(1 − β2ᵗ) + ε)"]),
    ("adam", {"weight_decay": 0.1}, []),
    ("adamw", {}, [*ADAM_CLOSED, "m̂_t = G", "v̂_t = G²"]),
    ("momentum", {}, ["v_t = η G (1 − βᵗ) / (1 − β)", "update_t = −η G (1 − βᵗ) / (1 − β)"]),
    ("momentum", {"form": "ema"}, ["v_t = G (1 − βᵗ)", "update_t = −η G (1 − βᵗ)"]),
    ("momentum", {"beta": 1.0}, ["v_t = t η G", "update_t = −t η G"]),
    ("momentum", {"dampening": 0.1}, []),
    ("adagrad", {}, ["G_t = t g²", "update_t = −η g / (|g| √t + ε)"]),
    ("rmsprop", {}, ["s_t = G² (1 − ρᵗ)", "update_t = −η G / (|G| √(1 − ρᵗ) + ε)"]),
    ("sgd", {}, []),
    ("rprop", {}, []),
]


@pytest.mark.parametrize(("name", "constants", "lines"), CLOSED, ids=lambda value: str(value)[:30])
def test_a_closed_form_reads_as_on_paper(name, constants, lines):
    assert texts(closed_form(OPTIMIZERS[name], defaults(name, **constants))) == lines


def test_a_sum_with_changing_rates_has_no_closed_form():
    row, hyper = OPTIMIZERS["momentum"], defaults("momentum")
    assert closed_form(row, hyper, scheduled=True) == []
    adam = texts(closed_form(OPTIMIZERS["adam"], defaults("adam"), scheduled=True))
    assert adam[-1] == "update_t = −η_t G / (|G| + ε)"


def test_a_closed_form_keeps_the_start():
    found = texts(closed_form(OPTIMIZERS["momentum"], defaults("momentum", form="torch"), started={"v"}))
    assert found[0] == "v_t = G (1 − βᵗ) / (1 − β) + βᵗ v_0"
