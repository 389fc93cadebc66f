"""What can be said of a run of an optimizer: its figures, and what they say about its stability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.training.descent import Step, Stop


class Figures(NamedTuple):
    """One run in numbers, lengths being Euclidean.

    `sign_changes` counts the entries of the update that turned round from one step to the next, `path_length` is the
    way gone and `distance` the straight one from the start to the end; `rises` counts the steps that raised the loss.
    """

    name: str
    steps: int
    first_loss: float | None
    final_loss: float | None
    largest_step: float
    sign_changes: int
    path_length: float
    distance: float
    rises: int
    stop: Stop


class Tally:
    """Gathers the figures of a run step by step, and keeps no step."""

    def __init__(self, start: Array) -> None:
        self._start = start
        self._at = start
        self._before: Array | None = None
        self._loss: float | None = None
        self._first: float | None = None
        self._steps = self._changes = self._rises = 0
        self._largest = self._length = 0.0

    def take(self, step: Step) -> Step:
        """Count a step; it is given back."""
        size = math.sqrt(step.update.dot(step.update))
        self._largest, self._length = max(self._largest, size), self._length + size
        if self._before is not None:
            self._changes += int(np.count_nonzero(step.update * self._before < 0))
        if step.loss is not None:
            self._rises += self._loss is not None and step.loss > self._loss
            self._first = step.loss if self._first is None else self._first
        self._steps, self._before, self._loss, self._at = self._steps + 1, step.update, step.loss, step.parameters
        return step

    def figures(self, name: str, final_loss: float | None, stop: Stop) -> Figures:
        """The figures so far; `final_loss` is the loss after the last step."""
        way = self._at - self._start
        return Figures(
            name,
            self._steps,
            self._first if self._first is not None else final_loss,
            final_loss,
            self._largest,
            self._changes,
            self._length,
            float(np.sqrt(way @ way)),
            self._rises,
            stop,
        )


def verdict(run: Figures, others: Sequence[Figures]) -> str:
    """In one sentence, with the run's own numbers, what they say about its stability."""
    if run.stop.reason == "diverged":
        return f"unstable: at step {run.stop.step} {run.stop.what} is no longer a finite number"
    straight = run.distance / run.path_length if run.path_length else 1.0
    way = f"its way of {run.path_length:.4g} leads {run.distance:.4g} far"
    turns = f"{run.sign_changes} changes of sign"
    if run.first_loss is not None and run.final_loss is not None and run.final_loss > run.first_loss:
        return f"unstable: the loss rose from {run.first_loss:.4g} to {run.final_loss:.4g}, with {turns}"
    largest = max(other.largest_step for other in (*others, run))
    if straight < WINDING and run.sign_changes:
        return f"swings: {turns}, {way}"
    losses = [o.final_loss for o in (*others, run) if o.final_loss is not None and o.stop.reason != "diverged"]
    best = run.final_loss is not None and len(losses) > 1 and run.final_loss == min(losses)
    lead = "steady, and lowest in the end" if best else "steady"
    if run.largest_step == largest and len(others) and not best:
        lead = "steady, with the largest step of all"
    return f"{lead}: {turns}, largest step {run.largest_step:.4g}, {way}"


# a way that leads less than this part of its own length ahead goes to and fro
WINDING = 0.5
