"""A run can be saved and gone on with: two runs of n steps are one of 2n."""

from __future__ import annotations

import json

import pytest
from invoke import invoke

from gradcalc.training.optimizers import OPTIMIZERS

NETWORK = """
input: [[1, 0.5], [-1, 2], [0.25, -0.75]]
target: [1, 0, 1]
loss: mse
layers:
  - {weights: [[0.3, -0.2], [0.7, 0.4]], bias: [0.1, -0.1], activation: tanh}
  - {weights: [[0.5, -0.6]], bias: 0.2, activation: sigmoid}
"""
GIVEN = """
parameters: {w: [1, 2], b: 3}
gradients: [{w: [1, -1], b: 0.5}, {w: [2, 1], b: -1}, {w: [0, 1], b: 1}, {w: [-1, 3], b: 2}]
"""
SETTINGS = [
    "{name: adam, schedule: {name: step, every: 3, factor: 0.5}}",
    "{name: momentum, schedule: {name: cosine, steps: 8, warmup: 2}}",
    "{name: adam, schedule: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}",
    "{name: sgd, lr: 0.5, batch_size: 1, shuffle: {seed: 3}}",
    "{name: rmsprop, batch_size: 2, centered: true, momentum: 0.5}",
    "{name: adagrad, initial: {G: 0.1}, frozen: [b1], clip: {norm: 0.1}, lr_decay: 0.1}",
]


def optimize(*arguments, code=0):
    done = invoke(["optimize", *arguments])
    assert done.code == code, done.stderr
    return done


def record(*arguments):
    return json.loads(optimize(*arguments, "-f", "json").stdout)


def in_two_parts(folder, text, *, steps):
    """The run of all steps, and that of the second half."""
    (folder / "net.yaml").write_text(text)
    state, net = str(folder / "state.json"), str(folder / "net.yaml")
    optimize(net, "--steps", str(steps), "--save-state", state)
    second = record(net, "--steps", str(steps), "--resume", state)
    return record(net, "--steps", str(2 * steps)), second


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, *SETTINGS])
def test_two_runs_of_four_steps_are_one_of_eight_to_the_last_bit(optimizer, tmp_path):
    whole, second = in_two_parts(tmp_path, f"{NETWORK}optimizer: {optimizer}\n", steps=4)
    assert second["steps"] == whole["steps"][4:]
    assert [step["step"] for step in second["steps"]] == [5, 6, 7, 8]
    assert second["final"] == whole["final"]
    assert second["stopped"] == whole["stopped"]
    assert second["initial"]["step"] == 4
    assert second["initial"]["parameters"] == whole["steps"][3]["parameters"]


def test_a_resumed_run_goes_on_in_the_list_of_given_gradients(tmp_path):
    text = f"{GIVEN}optimizer: adam\n"
    whole, second = in_two_parts(tmp_path, text, steps=2)
    assert second["steps"] == whole["steps"][2:]
    net, state = str(tmp_path / "net.yaml"), str(tmp_path / "state.json")
    assert record(net, "--resume", state)["steps"] == whole["steps"][2:]
    refused = optimize(net, "--steps", "3", "--resume", state, code=3).stderr
    assert "is the state after step 2, and the gradients are those of 4 steps: too few for 3 more" in refused


def test_a_tolerance_compares_the_first_new_loss_with_the_last_old_one(tmp_path):
    net, state = tmp_path / "net.yaml", str(tmp_path / "state.json")
    net.write_text(f"{NETWORK}optimizer: sgd\n")
    optimize(str(net), "--steps", "3", "--save-state", state)
    stopped = record(str(net), "--steps", "3", "--resume", state, "--tol", "10")["stopped"]
    assert stopped == {"reason": "tolerance", "step": 4}


def test_a_stream_is_saved_and_resumed_like_a_page(tmp_path):
    net, state = tmp_path / "net.yaml", str(tmp_path / "state.json")
    net.write_text(f"{NETWORK}optimizer: adam\n")
    optimize(str(net), "--steps", "3", "--save-state", state, "-f", "jsonl")
    saved = (tmp_path / "state.json").read_text()
    optimize(str(net), "--steps", "3", "--save-state", state, "--force")
    assert (tmp_path / "state.json").read_text() == saved
    lines = optimize(str(net), "--steps", "2", "--resume", state, "-f", "jsonl").stdout.splitlines()
    assert [json.loads(line)["step"] for line in lines[1:-1]] == [4, 5]


@pytest.fixture
def saved(tmp_path):
    """A saved run of Adam over the parameters w and b, as a function of what is changed in the file."""
    net, state = tmp_path / "net.yaml", tmp_path / "state.json"
    net.write_text("parameters: {w: [1, 2], b: 3}\ngradients: {w: [1, -1], b: 0.5}\noptimizer: adam\n")
    optimize(str(net), "--save-state", str(state))
    text = state.read_text()

    def resumed(old, new, *more):
        assert old in text
        state.write_text(text.replace(old, new, 1))
        return optimize(str(net), "--resume", str(state), *more, code=3).stderr

    return resumed


MISFITS = [
    ('"adam"', '"sgd"', "is a state of 'sgd', and the problem uses adam", ":5:"),
    ('"name": "adam"', '"name": 1', "is a state of no optimizer", ":5:"),
    ("gradcalc.state/1", "gradcalc.state/2", "is not the state of a run", ""),
    ('"step": 1', '"step": 1.5', "the step is not a whole number from 0", ":3:"),
    ('"step": 1', '"step": -1', "the step is not a whole number from 0", ":3:"),
    ('"step": 1', '"step": true', "the step is not a whole number from 0", ":3:"),
    ('"b": 2.9', '"c": 2.9', "has w, c, and this run trains w, b", ":15:"),
    ('"b": 2.9', '"b": 1e999, "c": 2.9', "has w, b, c, and this run trains w, b", ":15:"),
    ('"m":', '"n":', "has n, v, and this run keeps the states m, v", ":"),
    ('"w": [0.9', '"w": [0, 0.9', "parameters.w is not 2 finite numbers", ":"),
    ('"w": [0.9', '"w": [[1], 0.9', "parameters.w is not 2 finite numbers", ":"),
    ('"w": [0.9', '"w": ["1", 0.9', "parameters.w is not 2 finite numbers", ":"),
    ('"b": 2.9', '"b": 1' + 400 * "0" + ".9", "parameters.b is not one finite number", ":15:"),
    ('"b": 2.9', '"b": NaN, "x": 2.9', "holds a number that is not finite", ""),
    ('"loss": null', '"loss": "1"', "the loss is not a finite number", ":"),
    ("{", "{{", "is not sound JSON", ":1:2"),
    ("{", "[" * 100_000 + "{", "is nested too deeply", ""),
]


@pytest.mark.parametrize(("old", "new", "message", "place"), MISFITS, ids=range(len(MISFITS)))
def test_a_file_that_does_not_fit_is_refused_with_what_and_where(old, new, message, place, saved):
    said = saved(old, new)
    assert message in said
    assert f"state.json{place}" in said
    assert "Traceback" not in said


def test_a_constant_that_has_changed_is_used_and_told(tmp_path):
    net, state = tmp_path / "net.yaml", tmp_path / "state.json"
    net.write_text("parameters: {w: 1}\ngradients: {w: 1}\noptimizer: {name: sgd, lr: 0.1}\n")
    optimize(str(net), "--save-state", str(state))
    done = optimize(str(net), "--resume", str(state), "--lr", "0.5", "-f", "json")
    assert done.stderr == "note: lr was 0.1 and is 0.5 from here on\n"
    assert json.loads(done.stdout)["final"]["parameters"]["w"] == 0.9 - 0.5


def test_what_can_not_be_saved_is_refused_before_a_step_is_made(tmp_path):
    there = tmp_path / "there.json"
    there.write_text("old")
    many = ["--steps", "5000000"]
    assert "exists" in optimize(*many, "--save-state", str(there), code=2).stderr
    assert there.read_text() == "old"
    assert "a file of its own" in optimize(*many, "--save-state", "-", code=2).stderr
    assert "a file of its own" in optimize(*many, "--save-state", "a", "--out", "a", code=2).stderr
    assert "several" in optimize(*many, "--save-state", "a", "--lr", "1,2", code=2).stderr
    assert "several" in optimize(*many, "--resume", str(there), "--lr", "1,2", code=2).stderr
    assert "no such file" in optimize(*many, "--resume", str(tmp_path / "none"), code=3).stderr


def test_a_run_that_diverges_saves_nothing_in_any_format(tmp_path):
    net, state = tmp_path / "net.yaml", tmp_path / "state.json"
    net.write_text("parameters: {w: 1}\nobjective: w**4\noptimizer: {name: sgd, lr: 10}\n")
    for form in ("table", "jsonl"):
        done = optimize(str(net), "--steps", "50", "--save-state", str(state), "-f", form, code=4)
        assert "diverged" in done.stderr
        assert not state.exists()
