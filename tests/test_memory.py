"""A long run of which few steps are kept takes no more memory than a short one."""

from __future__ import annotations

import tracemalloc

import pytest
from invoke import invoke

OBJECTIVE = "parameters: {w: [1, 2]}\nobjective: sum(w**2)\noptimizer: {name: momentum, lr: 1e-6}\n"
BATCHES = """
input: [[1, 0.5], [-1, 2], [0.25, -0.75], [1, 1], [-1, -1], [0.5, 2]]
target: [1, 0, 1, 0, 1, 0]
loss: bce
layers:
  - {weights: [[0.3, -0.2], [0.7, 0.4]], bias: [0.1, -0.1], activation: relu}
  - {weights: [[0.5, -0.6]], bias: 0.2, activation: sigmoid}
optimizer: {name: adam, lr: 1e-4, batch_size: 2, shuffle: {seed: 0}}
"""
PARTS = 10
# what the longer numbers of later steps, and the objects that Python keeps for the next use, may take
SLACK = 64_000


def peak(document: str, steps: int, form: str, path) -> int:
    """The most memory of a run of which ten steps are kept."""
    arguments = ["optimize", "-", "--steps", str(steps), "--every", str(steps // PARTS), "-f", form]
    tracemalloc.start()
    try:
        done = invoke([*arguments, "--out", str(path), "--force"], document)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert done.code == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "json", "jsonl"])
def test_memory_does_not_grow_with_the_number_of_steps(form, tmp_path):
    out = tmp_path / "result"
    peak(OBJECTIVE, 1000, form, out)
    short, long = (peak(OBJECTIVE, steps, form, out) for steps in (1000, 100_000))
    assert long <= short + SLACK


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_shuffled_batches(tmp_path):
    out = tmp_path / "result"
    short, long = (peak(BATCHES, steps, "json", out) for steps in (3000, 9000))
    assert long <= short + SLACK
