"""Steps that are made by a function of floats are those that are made by arrays, in whatever way a run is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st
from invoke import invoke
from networks import NETS, examples, problem
from turns import examples_in_turn, in_turn
from variants import CASES

from gradcalc import trace as tracing
from gradcalc.problem.load import loads
from gradcalc.problem.model import OptimizerChoice
from gradcalc.trace import traces
from gradcalc.training import floats as making

NEVER = 10**9
NETWORK = """
input: [[0.5, -1.2], [0.3, 0.8]]
target: [1, 0]
loss: bce
layers:
  - {weights: [[0.3, -0.2], [0.7, 0.4]], bias: [0.1, -0.1], activation: tanh}
  - {weights: [[0.5, -0.6]], bias: 0.2, activation: sigmoid}
"""
FOR_ARRAYS_ONLY = {"softmax", "gelu"}


@pytest.fixture
def _always(monkeypatch):
    """However short a run is and however large its network, its steps are made by floats."""
    monkeypatch.setattr(tracing, "MANY", 1)
    monkeypatch.setattr(making, "MOST", 100_000)


def vectors(step):
    return {"gradient": step.gradient, "update": step.update, "parameters": step.parameters, **step.shown}


def close(found, told, size):
    np.testing.assert_allclose(found, told, rtol=1e-12, atol=1e-13 * size)


@pytest.mark.usefixtures("_always")
@examples_in_turn(30, 150, NETS, st.sampled_from(CASES), how=examples)
def test_a_step_by_floats_is_the_step_by_arrays(net, case):
    row, hyper = case
    if not any(layer.weights is not None for layer in net.layers):
        return
    trace = traces(replace(problem(net), optimizers=(OptimizerChoice(row.name, hyper),), steps=3))[0]
    descent = trace.descent()
    operations = set(re.findall(r"\w+", str([equation.op.name for equation in trace.built.graph.equations])))
    if descent.floats is None:
        assert operations & FOR_ARRAYS_ONLY
        return
    state, sizes = dict(descent.state), {}
    for told in replace(descent, floats=None):
        found = descent.floats(told.number, None, told.before, state)
        state = {name: told.shown[name] for name in state}
        if found is None:  # for the root of a negative number, or a quotient by 0, that is not used
            assert row.name == "radam" or "smooth_l1" in operations
            continue
        assert (found.number, found.rate, found.clipped) == (told.number, pytest.approx(told.rate, rel=1e-12), None)
        close(found.loss, told.loss, 1)
        assert [*vectors(found)] == [*vectors(told)]
        for name, vector in vectors(told).items():
            sizes[name] = max(sizes.get(name, 0), np.abs(vector).max())
            close(vectors(found)[name], vector, sizes[name])


def both(monkeypatch, document, *arguments, steps=60):
    """What is written of a run by arrays, and of the same run by floats."""
    done = []
    for many in (NEVER, 1):
        monkeypatch.setattr(tracing, "MANY", many)
        done.append(invoke(["optimize", "-", "--steps", str(steps), *arguments], document))
    return done


def same(found, told):
    """Whether two values of JSON say the same, up to the last digits of their numbers."""
    if isinstance(told, dict):
        return found.keys() == told.keys() and all(same(found[key], told[key]) for key in told)
    if isinstance(told, list):
        return len(found) == len(told) and all(map(same, found, told))
    return found == (pytest.approx(told, rel=1e-12, abs=1e-15) if isinstance(told, float) else told)


# beside a network: what else a run may be asked for, and whether floats can make its steps
CHOICES = {
    "adam": ("optimizer: adam", True),
    "polyak, which finds its own rate": ("optimizer: {name: polyak, max_lr: 0.1}", True),
    "a schedule": ("optimizer: {name: momentum, schedule: {name: cosine, lr_min: 0.001}}", True),
    "a whole number for a rate": ("optimizer: {name: sgd, lr: 1}", True),
    "a maximum": ("optimizer: {name: adam, maximize: true}", True),
    "frozen parameters": ("optimizer: {name: adamw, frozen: [W1, b2]}", True),
    "an initial state": ("optimizer: {name: adagrad, initial: {G: 0.1}}", True),
    "a penalty": ("optimizer: rmsprop\npenalty: {l2: 0.01}", True),
    "several optimizers": ("optimizer: [sgd, {name: nadam, lr: 0.1}]", True),
    "a clipped gradient": ("optimizer: {name: sgd, clip: {norm: 0.01}}", False),
    "batches": ("optimizer: {name: adam, batch_size: 1, shuffle: {seed: 0}}", False),
    "given gradients": ("gradients: {W1: [[1, 0], [0, 1]], b1: [0, 1], W2: [[1, 2]], b2: 1}", False),
    "rounding at each step": ("rounding: {to: 4dp, when: each}\noptimizer: adam", False),
}
ROSENBROCK = "parameters: {x: -1, y: 2}\nobjective: (1 - x)**2 + 100*(y - x**2)**2\noptimizer: {name: adam, lr: 0.1}"
EQUATIONS = """
parameters: {W: [[0.2, -0.3], [0.4, 0.1]], unused: 3}
inputs: {x: [1, -2]}
equations:
  z: W @ x
  a: tanh(z)
  L: max(a)**2 + a[1] + sum(log(1 + exp(z)))
optimizer: rprop
"""
RUNS = {
    **{name: (f"{NETWORK}{choice}\n", floats) for name, (choice, floats) in CHOICES.items()},
    "an objective": (ROSENBROCK, True),
    "equations": (EQUATIONS.replace(", unused: 3", ""), True),
    "equations whose numbers are multiplied one by one": (EQUATIONS.replace("max", "prod"), False),
    "a parameter that nothing is computed from": (EQUATIONS, False),
}


@in_turn("document, floats", RUNS.values(), [*RUNS.values()][::3], ids=RUNS)
def test_a_run_says_the_same_by_floats_and_by_arrays(document, floats, monkeypatch):
    told, found = both(monkeypatch, document, "-f", "json")
    assert told.code == found.code == 0
    assert same(json.loads(found.stdout), json.loads(told.stdout))
    # here `both` has set the run to be long
    assert all((trace.descent().floats is not None) == floats for trace in traces(replace(loads(document), steps=60)))


ARGUMENTS = [("--tol", "1e-3"), ("--every", "7"), ("--show", "2,40"), ("--plot",), ("-f", "jsonl"), ("-f", "csv")]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_a_page_says_the_same_by_floats_and_by_arrays(arguments, monkeypatch):
    told, found = both(monkeypatch, f"{NETWORK}optimizer: {{name: adam, lr: 0.1}}\n", *arguments)
    assert (found.code, found.stderr) == (told.code, told.stderr) == (0, "")
    lines = zip(NUMBER.split(found.stdout), NUMBER.split(told.stdout), strict=True)
    assert all(a == b or float(a) == pytest.approx(float(b), rel=1e-12) for a, b in lines)


NUMBER = re.compile(r"(-?\d+\.\d+(?:e[-+]\d+)?)")


FAILING = {
    "a loss that grows": "parameters: {w: 3}\nobjective: w**2\noptimizer: {name: sgd, lr: 4}",
    "a loss that overflows": "parameters: {w: 3}\nobjective: exp(w**2)\noptimizer: {name: sgd, lr: 0.1}",
    "the root of a negative number": "parameters: {w: 4}\nobjective: sqrt(w)\noptimizer: {name: sgd, lr: 17}",
    "parameters": "parameters: {w: 3}\nobjective: w\noptimizer: {name: adamax, lr: 1e120}",
}


@pytest.mark.parametrize("document", FAILING.values(), ids=FAILING)
def test_a_run_that_fails_does_so_at_the_same_step_with_the_same_words(document, monkeypatch):
    told, found = both(monkeypatch, document, "--every", "50", steps=200)
    assert found == told
    assert told.code == 4


def test_a_saved_run_goes_on_by_floats_as_it_does_by_arrays(monkeypatch, tmp_path):
    ends = []
    for many in (NEVER, 1):
        monkeypatch.setattr(tracing, "MANY", many)
        state, document = tmp_path / f"{many}.json", f"{NETWORK}optimizer: adam\n"
        first = invoke(["optimize", "-", "--steps", "30", "--save-state", str(state)], document)
        assert first.code == 0, first.stderr
        ends.append(invoke(["optimize", "-", "--steps", "30", "--resume", str(state), "-f", "json"], document).stdout)
    whole = json.loads(invoke(["optimize", "-", "--steps", "60", "-f", "json"], document).stdout)
    told, found = map(json.loads, ends)
    assert same(found, told)
    assert same(found["final"], whole["final"])


@pytest.mark.usefixtures("_always")
def test_a_step_that_a_float_cannot_make_is_made_by_arrays_and_the_next_by_floats_again():
    # the slope of tanh is 1 / cosh², and cosh of 800 is no float
    document = (
        "input: [1]\ntarget: 0\nloss: mse\nlayers: [{weights: [[800]], activation: tanh}]\noptimizer: {name: sgd}"
    )
    descent = traces(loads(f"{document}\nsteps: 1\n"))[0].descent()
    start = descent.parameters
    assert descent.floats(1, None, start, {}) is None
    assert descent.floats(1, None, start / 1000, {}) is not None
    assert [step.loss for step in descent] == [1.0]


def test_only_long_runs_of_small_networks_are_made_by_floats():
    def makes(document, steps):
        return traces(replace(loads(document), steps=steps))[0].descent().floats is not None

    wide = NETWORK.replace("[[0.3, -0.2], [0.7, 0.4]]", "{init: he_normal, seed: 0}, units: 100")
    wide = wide.replace("bias: [0.1, -0.1]", "bias: 0").replace("[[0.5, -0.6]]", "{init: zeros}, units: 1")
    assert makes(NETWORK, tracing.MANY)
    assert not makes(NETWORK, tracing.MANY - 1)
    assert not makes(wide, tracing.MANY)
