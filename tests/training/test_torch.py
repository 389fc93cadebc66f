"""The table beside PyTorch: recorded steps and rates, and the same made anew where torch is installed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch_traces
from variants import ROWS, defaults

from gradcalc.problem.model import Schedule
from gradcalc.training.schedules import rate

KEPT = json.loads((Path(__file__).parent / "torch_traces.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", torch_traces.CASES)
def test_fifty_steps_are_those_of_torch(case):
    name, constants, _, _ = torch_traces.CASES[case]
    given = dict(constants)
    initial = given.pop("initial", {})
    row, hyper = ROWS[name], defaults(ROWS[name], **given)
    w = np.array(KEPT["start"])
    state = {key: np.full(w.shape, initial.get(key, row.start(key, hyper))) for key in row.state(hyper)}
    path = []
    for t, g in enumerate(KEPT["gradients"], start=1):
        found = row.update(w, np.array(g), t, state, **hyper)
        w, state = w + found["update"], {key: found[key] for key in state}
        path.append(w)
    np.testing.assert_allclose(path, KEPT["parameters"][case], rtol=1e-12, atol=0)


@pytest.mark.parametrize("case", torch_traces.SCHEDULES)
def test_the_rates_are_those_of_torch(case):
    name, values, _ = torch_traces.SCHEDULES[case]
    steps = torch_traces.STEPS
    rates = [rate(Schedule(name, values), torch_traces.LR, t, steps) for t in range(1, steps + 1)]
    # torch multiplies its way along the wave, which loses digits where the rate is close to its lowest
    np.testing.assert_allclose(rates, KEPT["rates"][case], rtol=1e-12, atol=1e-15 if "cosine" in case else 0)


def test_every_optimizer_that_torch_has_is_recorded():
    assert {case[0] for case in torch_traces.CASES.values()} == set(ROWS) - {"lion", "polyak"}


def test_the_record_is_whole_and_small():
    assert set(KEPT["parameters"]) == set(torch_traces.CASES)
    assert set(KEPT["rates"]) == set(torch_traces.SCHEDULES)
    assert all(math.isfinite(each) for path in KEPT["parameters"].values() for w in path for each in w)
    assert (Path(__file__).parent / "torch_traces.json").stat().st_size < 300_000


def test_torch_still_takes_the_recorded_steps():
    torch = pytest.importorskip("torch")
    again = torch_traces.record(torch)
    assert (again["start"], again["gradients"]) == (KEPT["start"], KEPT["gradients"])
    for kind in ("parameters", "rates"):
        for case, expected in KEPT[kind].items():
            np.testing.assert_allclose(again[kind][case], expected, rtol=1e-12, atol=1e-15, err_msg=case)
