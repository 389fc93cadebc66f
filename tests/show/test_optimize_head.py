"""The head of a run says everything that is chosen, with a schedule as a formula."""

from __future__ import annotations

import json

from invoke import invoke

PROBLEM = """
input: [[1], [2], [3]]
target: [1, 0, 1]
loss: mse
layers: [{weights: [[0.5]], bias: 0.1}]
steps: 4
optimizer: {name: momentum, schedule: {name: step, every: 3, factor: 0.5, warmup: 2}, frozen: [b1], clip: {norm: 1},
  batch_size: 2, shuffle: {seed: 0}, maximize: true}
"""


def test_schedule_frozen_clip_batches_and_maximize_stand_in_the_head():
    page = invoke(["optimize", "-"], PROBLEM).stdout
    for said in ("frozen: b1", "clipped to norm 1", "batches of 2", "shuffled with seed 0", "L is maximized"):
        assert said in page
    assert "v ← β v + η_t g" in page
    assert "η_t = η t / t₀ until t = t₀, then η γ^⌊(t − t₀ − 1) / n⌋" in page
    assert "γ = 0.5" in page
    assert "{" not in page


def test_json_has_the_same_choices_as_the_file():
    found = json.loads(invoke(["optimize", "-", "-f", "json"], PROBLEM).stdout)["optimizer"]
    assert found["shuffle"] == {"seed": 0}
    assert found["schedule"] == {"name": "step", "every": 3, "factor": 0.5, "warmup": 2}
    assert (found["frozen"], found["clip"], found["batch_size"], found["maximize"]) == (["b1"], {"norm": 1}, 2, True)


def test_a_resumed_run_says_where_it_goes_on(tmp_path):
    state = str(tmp_path / "state.json")
    invoke(["optimize", "-", "--save-state", state], PROBLEM)
    page = invoke(["optimize", "-", "--resume", state], PROBLEM).stdout
    assert "goes on after step 4" in page
    assert "step 5 " in page
    assert "L after step 8" in page
