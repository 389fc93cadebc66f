"""What different optimizers, or one with different constants, have to agree on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from variants import ROWS, defaults

NUMBERS = np.random.default_rng(3)
START = NUMBERS.normal(size=6)
GRADIENTS = NUMBERS.normal(size=(40, 6))


def run(name: str, gradients: Any = GRADIENTS, first: int = 1, w: Any = START, state: Any = None, **constants: Any):
    """Each step's parameters and what was found, and the state in the end."""
    row = ROWS[name]
    hyper = defaults(row, **constants)
    state = state or {key: np.full(w.shape, row.start(key, hyper)) for key in row.state(hyper)}
    steps = []
    for t, given in enumerate(gradients, start=first):
        g = given(w) if callable(given) else given
        found = row.update(w, g, t, state, **hyper, **({"loss": 3.0} if row.needs_loss else {}))
        w, state = w + found["update"], {key: found[key] for key in state}
        steps.append({**found, "w": w})
    return steps, state


def path(name: str, **constants: Any) -> np.ndarray:
    return np.array([step["w"] for step in run(name, **constants)[0]])


def same(one: np.ndarray, two: np.ndarray, *, atol: float = 1e-14) -> None:
    np.testing.assert_allclose(one, two, rtol=1e-12, atol=atol)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
@pytest.mark.parametrize("dampening", [0.0, 0.3])
def test_at_one_rate_classical_momentum_takes_the_steps_of_torch(name, dampening):
    same(
        path(name, lr=0.2, form="classical", dampening=dampening),
        path(name, lr=0.2, form="torch", dampening=dampening),
    )


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_an_average_is_momentum_at_a_smaller_rate(name):
    same(path(name, lr=0.2, beta=0.75, form="ema"), path(name, lr=0.05, beta=0.75))


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
@pytest.mark.parametrize("form", ["classical", "torch", "ema"])
def test_momentum_that_keeps_nothing_is_plain(name, form):
    assert np.array_equal(path(name, lr=0.2, beta=0.0, form=form), path("sgd", lr=0.2))


def test_the_forms_of_momentum_differ_where_the_rate_changes():
    def halved(form: str) -> Any:
        one, state = run("momentum", GRADIENTS[:5], lr=0.2, form=form)
        return run("momentum", GRADIENTS[5:], first=6, w=one[-1]["w"], state=state, lr=0.1, form=form)[0][-1]["w"]

    assert not np.allclose(halved("classical"), halved("torch"))


def test_nesterov_looks_ahead():
    """Its parameters are those of v ← β v + η ∇f(θ − β v), θ ← θ − v, moved by β v."""
    slope, lr, beta = np.linspace(0.2, 2, 6), 0.1, 0.8
    theta, v, ahead = START + 0.0, np.zeros(6), []
    for _ in range(30):
        v = beta * v + lr * slope * (theta - beta * v)
        theta = theta - v
        ahead.append(theta - beta * v)
    steps, _ = run("nesterov", [lambda w: slope * w] * 30, lr=lr, beta=beta)
    same(np.array([step["w"] for step in steps]), np.array(ahead))


@pytest.mark.parametrize("name", ["adam", "amsgrad", "adamax"])
def test_adam_without_memory_and_without_eps_steps_by_the_rate(name):
    steps, _ = run(name, lr=0.05, beta1=0.0, beta2=0.0, eps=0.0)
    if name == "amsgrad":
        assert all(np.all(np.abs(step["update"]) <= 0.05 + 1e-15) for step in steps)
        steps = steps[:1]
    for step, g in zip(steps, GRADIENTS, strict=False):
        same(step["update"], -0.05 * np.sign(g))


@pytest.mark.parametrize("place", ["outside", "inside", "hat"])
def test_where_eps_is_0_its_place_does_not_matter(place):
    same(path("adam", eps=0.0, eps_place=place), path("adam", eps=0.0))
    same(path("radam", eps=0.0, eps_place=place), path("radam", eps=0.0))


def test_the_hat_form_is_the_other_with_a_smaller_eps_at_each_step():
    hat = run("adam", eps=0.1, eps_place="hat")[0]
    for t, step in enumerate(hat, start=1):
        other = -0.001 * step["m"] / (1 - 0.9**t) / (np.sqrt(step["v"] / (1 - 0.999**t)) + 0.1 / np.sqrt(1 - 0.999**t))
        same(step["update"], other)


def test_a_corrected_mean_of_equal_gradients_is_the_gradient():
    steps, _ = run("adam", [np.full(6, 2.0)] * 100, eps=0.0)
    for t in (2, 10, 100):
        same(steps[t - 1]["m_hat"], np.full(6, 2.0))
        same(steps[t - 1]["v_hat"], np.full(6, 4.0))
        same(steps[t - 1]["update"], np.full(6, -0.001))


def test_an_uncorrected_mean_of_equal_gradients_grows_towards_it():
    steps, _ = run("adam", [np.full(6, 2.0)] * 100, bias_correction=False)
    assert "m_hat" not in steps[0]
    for t, m in ((2, 0.38), (10, 1.30264312), (100, 1.999946877)):
        np.testing.assert_allclose(steps[t - 1]["m"], m, atol=5e-10)


def test_amsgrad_is_adam_until_v_falls_and_its_divisor_never_does():
    growing = [g * 9.0**t for t, g in enumerate(np.abs(GRADIENTS[:10]) + 0.5)]
    assert np.array_equal(
        [step["w"] for step in run("amsgrad", growing, beta2=0.5)[0]],
        [step["w"] for step in run("adam", growing, beta2=0.5)[0]],
    )
    largest = np.array([step["v_max"] for step in run("amsgrad", beta2=0.5)[0]])
    assert np.all(np.diff(largest, axis=0) >= 0)
    assert np.all(largest >= [step["v"] for step in run("amsgrad", beta2=0.5)[0]])
    assert not np.array_equal(path("amsgrad", beta2=0.5), path("adam", beta2=0.5))


def test_adamw_without_decay_is_adam():
    assert np.array_equal(path("adamw", weight_decay=0.0), path("adam"))


def test_adamw_is_adam_whose_decay_is_decoupled():
    assert np.array_equal(path("adamw", weight_decay=0.3), path("adam", weight_decay=0.3, decoupled=True))
    assert not np.allclose(path("adamw", weight_decay=0.3), path("adam", weight_decay=0.3))


def test_for_plain_descent_both_kinds_of_decay_are_one():
    same(path("sgd", lr=0.1, weight_decay=0.3), path("sgd", lr=0.1, weight_decay=0.3, decoupled=True))


@pytest.mark.parametrize("name", ROWS)
def test_decay_that_is_not_decoupled_is_that_of_the_gradient(name):
    decayed = run(name, [lambda w: 0.3 * w] * 5)[0]
    given = run(name, [np.zeros(6)] * 5, weight_decay=0.3, decoupled=False)[0]
    if name != "adamw":
        same(np.array([step["w"] for step in given]), np.array([step["w"] for step in decayed]))
    assert all("g" in step for step in given)


def test_rmsprop_without_memory_steps_by_the_sign():
    for step, g in zip(run("rmsprop", rho=0.0, eps=0.0, lr=0.05)[0], GRADIENTS, strict=True):
        same(step["update"], -0.05 * np.sign(g))


def test_centered_rmsprop_stays_a_number_when_the_variance_is_0():
    steps, _ = run("rmsprop", [np.full(6, 0.1)] * 3000, rho=0.9, centered=True)
    assert np.isfinite(steps[-1]["w"]).all()


def test_adagrad_with_equal_gradients_slows_down_as_one_over_the_root_of_t():
    steps, _ = run("adagrad", [np.full(6, 3.0)] * 40, lr=0.5, eps=0.0)
    same(np.array([step["update"][0] for step in steps]), -0.5 / np.sqrt(np.arange(1, 41)))


def test_polyaks_step_reaches_the_minimum_of_a_cone():
    row = ROWS["polyak"]
    w = np.array([3.0, 4.0])
    found = row.update(w, w / 5, 1, {}, loss=5.0, **defaults(row, max_lr=100.0))
    same(w + found["update"], np.zeros(2))
    assert found["lr_t"] == pytest.approx(5.0)


def test_polyaks_step_is_no_longer_than_its_largest_rate_allows():
    row = ROWS["polyak"]
    found = row.update(START, GRADIENTS[0], 1, {}, loss=1e9, **defaults(row))
    assert found["lr_t"] == 1.0
    assert np.array_equal(found["update"], -GRADIENTS[0])


@pytest.mark.parametrize("name", ROWS)
def test_steps_from_a_saved_state_are_those_of_one_run(name):
    whole, _ = run(name)
    half, state = run(name, GRADIENTS[:20])
    rest, _ = run(name, GRADIENTS[20:], first=21, w=half[-1]["w"], state=state)
    assert np.array_equal([step["w"] for step in [*half, *rest]], [step["w"] for step in whole])


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"polyak"}))
def test_each_entry_goes_its_own_way(name):
    order = [3, 0, 5, 1, 4, 2]
    mixed, _ = run(name, GRADIENTS[:, order], w=START[order])
    assert np.array_equal([step["w"] for step in mixed], path(name)[:, order])


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw", "amsgrad", "adamax", "nadam", "radam"])
def test_the_size_of_the_gradient_does_not_matter_to_rules_that_divide_by_it(name):
    constants = {"eps": 0.0, "weight_decay": 0.0}
    if name == "radam":
        constants["beta2"] = 0.99
    steps, _ = run(name, GRADIENTS * 1000, **constants)
    one, other = path(name, **constants), np.array([step["w"] for step in steps])
    # RAdam's first steps do not divide
    same(np.diff(one, axis=0)[10:], np.diff(other, axis=0)[10:], atol=1e-12)
