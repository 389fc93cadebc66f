"""A step of a descent as one function of floats, for networks so small that calling NumPy is most of the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from struct import Struct
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.tape import Tape
from gradcalc.training.descent import LARGEST_LOSS, ORDINARY, Descent, Source, Step
from gradcalc.training.optimizer import by_rules

# how many lines the function may have, its inputs counted in; with twice as many, arrays are as fast
MOST = 600


class ByFloats:
    """Makes the steps that `descent.step` makes; None where one leads to a number that is not of an ordinary size.

    `source` is the source of the descent, by nothing but functions of NumPy. TypeError, ValueError or IndexError where
    the step does something that can't be written for each entry on its own, or becomes too long.
    """

    def __init__(self, descent: Descent, source: Source) -> None:
        tape = Tape(MOST)
        number: Any = tape.array()
        rate: Any = tape.array()
        w = tape.array(descent.parameters.size)
        state: dict[str, Array] = {name: tape.array(w.size) for name in descent.state}
        written = replace(
            descent, source=source, optimizer=by_rules(descent.optimizer), parameters=w, state=state, floats=None
        )
        with np.errstate(all="ignore"):
            step = written.step(number, None if descent.rate is None else rate)
            size = (step.parameters * step.parameters).sum() + (step.gradient * step.gradient).sum()
        vectors = {"gradient": step.gradient, "update": step.update, "parameters": step.parameters, **step.shown}
        self._call = tape.function([size, step.loss, step.rate, *vectors.values()])
        self._pack = Struct(f"{len(vectors) * w.size}d").pack
        places = [slice(k * w.size, (k + 1) * w.size) for k in range(len(vectors))]
        self._gradient, self._update, self._parameters, *_ = places
        self._shown = dict(zip(step.shown, places[3:], strict=True))

    def __call__(self, number: int, rate: float | None, parameters: Array, state: Mapping[str, Array]) -> Step | None:
        before = chain(parameters.tolist(), *[vector.tolist() for vector in state.values()])
        try:
            size, loss, rate, *found = self._call(number, rate, *before)
        except (ArithmeticError, ValueError):
            return None
        if not (size < ORDINARY and abs(loss) < LARGEST_LOSS):
            return None
        numbers = np.frombuffer(self._pack(*found))
        shown = {name: numbers[place] for name, place in self._shown.items()}
        gradient, update, after = numbers[self._gradient], numbers[self._update], numbers[self._parameters]
        return Step(number, rate, float(loss), gradient, None, shown, update, after, parameters)


def by_floats(descent: Descent, source: Source) -> ByFloats | None:
    """What makes the steps of `descent`; None where it is left to the arrays."""
    try:
        return ByFloats(descent, source)
    except (TypeError, ValueError, IndexError):
        return None
