"""The rate of each step: closed forms, warm-up, lists, and rules that say what is computed."""

from __future__ import annotations

import math

import pytest

from gradcalc.engine import book
from gradcalc.problem.model import Schedule
from gradcalc.training.schedules import SCHEDULES, constants, rate, rates

EXAMPLES: dict[str, dict[str, float]] = {
    "constant": {},
    "step": {"every": 4, "factor": 0.3},
    "exponential": {"factor": 0.8},
    "cosine": {"steps": 15, "lr_min": 0.03},
    "linear": {"start": 0.4, "end": 1.7, "steps": 6},
    "inverse_time": {"rate": 0.25},
}


def all_rates(schedule: Schedule, steps: int, lr: float = 0.5) -> list[float]:
    return [rate(schedule, lr, t, steps) for t in range(1, steps + 1)]


def test_the_schedules_are_those_of_the_contract_and_each_has_an_example():
    assert set(SCHEDULES) == {"constant", "step", "exponential", "cosine", "linear", "inverse_time"} == set(EXAMPLES)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rule_is_the_rate(name):
    row = SCHEDULES[name]
    for k in range(40):
        names = {"lr": 0.5, "k": k, **EXAMPLES[name]}
        assert row.rate(0.5, k, **EXAMPLES[name]) == pytest.approx(book.run(row.rule, names), rel=1e-14, abs=1e-17)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_first_rate_is_the_one_that_is_told(name):
    row = SCHEDULES[name]
    assert row.rate(0.5, 0, **EXAMPLES[name]) == book.run(row.first, {"lr": 0.5, **EXAMPLES[name]})


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_constant_of_a_schedule_is_tried_and_described(name):
    row = SCHEDULES[name]
    assert row.title
    assert row.doc.endswith(".")
    assert set(EXAMPLES[name]) == set(row.hyper)
    for key, hyper in row.hyper.items():
        assert hyper.doc
        assert hyper.sign
        assert hyper.needed == (hyper.default is None and key != "steps")
        assert hyper.default != EXAMPLES[name][key]
        assert hyper.whole == isinstance(EXAMPLES[name][key], int)


def test_the_other_names_of_constants_are_those_of_torch_and_keras():
    aliases = {(name, key): h.aliases for name, row in SCHEDULES.items() for key, h in row.hyper.items()}
    assert aliases == {
        ("step", "every"): ("step_size",),
        ("step", "factor"): ("gamma",),
        ("exponential", "factor"): ("gamma",),
        ("cosine", "steps"): ("T_max", "total_iters"),
        ("cosine", "lr_min"): ("eta_min",),
        ("linear", "start"): ("start_factor",),
        ("linear", "end"): ("end_factor",),
        ("linear", "steps"): ("T_max", "total_iters"),
        ("inverse_time", "rate"): ("decay_rate",),
    }


def test_step_1_has_the_rate_that_was_given():
    for name, values in EXAMPLES.items():
        if name != "linear":
            assert rate(Schedule(name, values), 0.5, 1, 40) == 0.5


def test_a_step_schedule_falls_after_so_many_steps():
    assert all_rates(Schedule("step", {"every": 2, "factor": 0.5}), 6, lr=1.0) == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_an_exponential_schedule_falls_at_every_step():
    assert all_rates(Schedule("exponential", {"factor": 0.5}), 4, lr=1.0) == [1, 0.5, 0.25, 0.125]


def test_an_inverse_time_schedule_is_halved_when_its_term_has_grown_to_1():
    found = all_rates(Schedule("inverse_time", {"rate": 0.1}), 31, lr=1.0)
    assert (found[0], found[10], found[30]) == (1.0, 0.5, 0.25)


def test_cosine_and_linear_run_over_all_steps_if_nothing_else_is_said():
    cosine = all_rates(Schedule("cosine"), 20)
    assert cosine[10] == pytest.approx(0.25)
    assert cosine[19] == pytest.approx(0.25 * (1 + math.cos(math.pi * 19 / 20)))
    assert all_rates(Schedule("linear"), 5) == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1])
    assert constants(Schedule("cosine", {"warmup": 5}), 20) == {"steps": 15, "lr_min": 0.0}


def test_a_list_is_the_rates_one_after_the_other_and_its_last_stays():
    assert all_rates(Schedule("list", {}, (0.1, 0.05, 0.01)), 5) == [0.1, 0.05, 0.01, 0.01, 0.01]


@pytest.mark.parametrize("name", SCHEDULES)
def test_warm_up_rises_to_the_first_rate_and_then_the_schedule_starts(name):
    warm, cold = {**EXAMPLES[name], "warmup": 4}, EXAMPLES[name]
    found, plain = all_rates(Schedule(name, warm), 24), all_rates(Schedule(name, cold), 20)
    assert found[:4] == pytest.approx([plain[0] * part for part in (0.25, 0.5, 0.75, 1)], rel=1e-15)
    assert found[4:] == plain


def test_warm_up_rises_to_the_first_rate_of_a_list_too():
    assert all_rates(Schedule("list", {"warmup": 2}, (0.4, 0.1)), 5) == [0.2, 0.4, 0.4, 0.1, 0.1]


def test_no_warm_up_is_0_steps_of_it():
    assert all_rates(Schedule("cosine", {"warmup": 0}), 9) == all_rates(Schedule("cosine"), 9)


def test_warm_up_may_take_longer_than_the_run():
    assert all_rates(Schedule("cosine", {"warmup": 10}), 4, lr=1.0) == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_a_rate_that_grows_too_large_is_infinite():
    assert rate(Schedule("exponential", {"factor": 10.0}), 1.0, 400, 400) == math.inf


def test_the_function_of_a_run_gives_the_same_rates():
    schedule = Schedule("step", {"every": 3, "warmup": 2})
    of = rates(schedule, 0.5, 12)
    assert [of(t) for t in range(1, 13)] == all_rates(schedule, 12)
