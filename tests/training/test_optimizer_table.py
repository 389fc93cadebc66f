"""The optimizers table: what is told of every row equals what is computed."""

from __future__ import annotations

import numpy as np
import pytest
from optimizer_checks import CHECKS
from variants import CASES, ROWS, defaults, told

from gradcalc.training.optimizers import OPTIMIZERS

IDS = [f"{row.name}-{told(hyper)}" for row, hyper in CASES]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_every_variant_of_every_row_passes(check):
    for row, hyper in CASES:
        check(row, hyper)


def test_there_is_a_good_number_of_variants():
    assert len(CASES) == len(set(IDS)) > 150


KEYS = {
    "sgd": "lr",
    "momentum": "lr beta form dampening",
    "nesterov": "lr beta form dampening",
    "adagrad": "lr eps eps_place lr_decay",
    "adadelta": "lr rho eps",
    "rmsprop": "lr rho eps eps_place centered momentum",
    "adam": "lr beta1 beta2 eps eps_place bias_correction",
    "adamw": "lr beta1 beta2 eps eps_place bias_correction",
    "amsgrad": "lr beta1 beta2 eps eps_place bias_correction",
    "adamax": "lr beta1 beta2 eps bias_correction",
    "nadam": "lr beta1 beta2 eps eps_place bias_correction momentum_decay",
    "radam": "lr beta1 beta2 eps eps_place bias_correction",
    "rprop": "lr eta_minus eta_plus step_min step_max",
    "lion": "lr beta1 beta2",
    "polyak": "max_lr f_min",
}


def test_the_optimizers_and_their_keys_are_those_of_the_contract():
    assert {name: set(row.hyper) for name, row in OPTIMIZERS.items()} == {
        name: {*keys.split(), "weight_decay", "decoupled"} for name, keys in KEYS.items()
    }


def test_the_other_names_of_keys_are_those_of_the_contract():
    aliases = {(name, key): row.hyper[key].aliases for name, row in ROWS.items() for key in row.hyper}
    assert {place: names for place, names in aliases.items() if names and place[1] != "lr"} == {
        ("momentum", "beta"): ("momentum",),
        ("nesterov", "beta"): ("momentum",),
        ("rmsprop", "rho"): ("alpha",),
    }
    assert all(aliases[name, "lr"] == ("learning_rate",) for name in ROWS if name != "polyak")


STATES = {
    "sgd": "",
    "momentum": "v",
    "nesterov": "v",
    "adagrad": "G",
    "adadelta": "s d",
    "rmsprop": "s",
    "adam": "m v",
    "adamw": "m v",
    "amsgrad": "m v v_max",
    "adamax": "m u",
    "nadam": "m v mu_product",
    "radam": "m v",
    "rprop": "step_size g_prev",
    "lion": "m",
    "polyak": "",
}
TRACES = {
    "adadelta": "s delta d update",
    "adam": "m v m_hat v_hat update",
    "adamw": "m v m_hat v_hat update",
    "amsgrad": "m v v_max m_hat v_hat update",
    "rmsprop": "s update",
}


@pytest.mark.parametrize("name", ROWS)
def test_the_state_has_the_names_of_the_contract(name):
    row = ROWS[name]
    assert row.state(defaults(row)) == tuple(STATES[name].split())
    if name in TRACES:
        assert [key for key, _ in row.rules(defaults(row, weight_decay=0.0))] == TRACES[name].split()


def test_rmsprop_keeps_a_mean_and_a_velocity_only_where_they_are_used():
    row = ROWS["rmsprop"]
    assert row.state(defaults(row, centered=True, momentum=0.9)) == ("s", "g_mean", "v")
    assert row.state(defaults(row, centered=True)) == ("s", "g_mean")
    assert row.state(defaults(row, momentum=0.9)) == ("s", "v")


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_it_is_and_its_defaults_keep_their_bounds(name):
    row = ROWS[name]
    assert row.title
    assert row.doc.endswith(".")
    for key, hyper in row.hyper.items():
        assert hyper.sign, key
        assert hyper.doc, key
        assert not hyper.needed
        if hyper.choices:
            assert hyper.default in hyper.choices
        elif not isinstance(hyper.default, bool):
            assert isinstance(hyper.default, float), key
            assert hyper.above is None or hyper.default > hyper.above
            assert hyper.least is None or hyper.default >= hyper.least
            assert hyper.below is None or hyper.default < hyper.below
            assert hyper.most is None or hyper.default <= hyper.most


@pytest.mark.parametrize("name", ROWS)
def test_no_two_names_of_a_row_are_written_alike(name):
    row = ROWS[name]
    signs = [hyper.sign for hyper in row.hyper.values()]
    assert len(signs) == len(set(signs))


def test_only_adamw_lets_weights_decay_of_itself():
    by_itself = {
        name: (row.hyper["weight_decay"].default, row.hyper["decoupled"].default) for name, row in ROWS.items()
    }
    assert by_itself == {name: (0.01, True) if name == "adamw" else (0.0, False) for name in ROWS}


@pytest.mark.parametrize("name", ROWS)
def test_the_state_starts_at_0_unless_the_rule_needs_something_else(name):
    row, hyper = ROWS[name], defaults(ROWS[name])
    starts = {key: row.start(key, hyper) for key in row.state(hyper)}
    assert starts == {key: {"step_size": 0.01, "mu_product": 1.0}.get(key, 0.0) for key in starts}


def test_a_gradient_of_0_leaves_the_parameters_where_they_are():
    g = np.zeros(3)
    for row in ROWS.values():
        hyper = defaults(row, weight_decay=0.0)
        state = {key: np.full(3, row.start(key, hyper)) for key in row.state(hyper)}
        extra = {"loss": 1.0} if row.needs_loss else {}
        assert not row.update(np.ones(3), g, 1, state, **hyper, **extra)["update"].any(), row.name
