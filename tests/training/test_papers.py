"""The table beside plain loops over numbers, written from the papers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import papers
import pytest
from variants import ROWS, Hypers, told, variants

from gradcalc.training.optimizer import Optimizer

STEPS, ENTRIES = 50, 5
NUMBERS = np.random.default_rng(5)
START = NUMBERS.normal(size=ENTRIES)
# sizes from 1e-3 to 10, a zero here and there, and stretches without a change of sign
GRADIENTS = NUMBERS.normal(size=(STEPS, ENTRIES)) * 10.0 ** NUMBERS.integers(-3, 2, size=(STEPS, ENTRIES))
GRADIENTS[::7, 0] = 0
GRADIENTS[:20, 1] = np.abs(GRADIENTS[:20, 1])
LOSSES = NUMBERS.uniform(0.1, 3, size=STEPS)


def path(row: Optimizer, hyper: Hypers) -> Iterator[np.ndarray]:
    """The parameters after each step on the given gradients."""
    w, state = START, {name: np.full(ENTRIES, row.start(name, hyper)) for name in row.state(hyper)}
    for t, (g, loss) in enumerate(zip(GRADIENTS, LOSSES.tolist(), strict=True), start=1):
        found = row.update(w, g, t, state, **hyper, **({"loss": loss} if row.needs_loss else {}))
        w, state = w + found["update"], {name: found[name] for name in state}
        yield w


def reference(name: str, hyper: Hypers) -> np.ndarray:
    if name == "polyak":
        return np.array(papers.polyak(START.tolist(), LOSSES.tolist(), GRADIENTS.tolist(), **hyper))
    return np.transpose(
        [
            papers.descend(name, start, column, **hyper)
            for start, column in zip(START.tolist(), GRADIENTS.T.tolist(), strict=True)
        ]
    )


def check_papers(row: Optimizer) -> None:
    """Fifty steps of every variant are those of the paper."""
    for hyper in variants(row):
        expected = reference(row.name, hyper)
        np.testing.assert_allclose(list(path(row, hyper)), expected, rtol=1e-13, atol=1e-14, err_msg=told(hyper))


@pytest.mark.parametrize("name", ROWS)
def test_fifty_steps_of_every_variant_are_those_of_the_paper(name):
    check_papers(ROWS[name])


def test_every_row_has_its_paper():
    assert set(ROWS) == {*papers.PAPERS, "polyak"}
