"""An optimizer in letters: its rules, its state after some steps, and what they come to under a constant gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gradcalc.engine.maths import Maths, Phrase
from gradcalc.study.unrolled import closed_form, closed_trees, linear_states, unrolled
from gradcalc.study.updates import signs, told, told_schedule
from gradcalc.trace import Trace


class Letters(NamedTuple):
    """Lines of mathematics, each a whole equation.

    `unrolled` has for each step the states by their names, `closed` what has a closed form when every gradient is
    the same; `others` are the states that are no sums over the gradients, `notes` what the letters stand for where
    that is not what one would think.
    """

    rules: Sequence[Maths | Phrase]
    constants: Mapping[str, float]
    unrolled: Mapping[int, Mapping[str, Maths]]
    closed: Mapping[str, Maths]
    others: Sequence[str]
    notes: Sequence[str]


def letters(trace: Trace, steps: Sequence[int]) -> Letters:
    """The rules of a trace, and its state after each of `steps`."""
    optimizer, hyper, schedule = trace.optimizer, trace.hyper, trace.choice.schedule
    scheduled, started = schedule is not None, _started(trace)
    rules: list[Maths | Phrase] = [*told(optimizer, hyper, scheduled=scheduled)]
    constants: Mapping[str, float] = {}
    if schedule is not None:
        rate = told_schedule(schedule, trace.made + trace.steps)
        rules, constants = [*rules, rate.formula], rate.constants
    linear = linear_states(optimizer, hyper)
    states = {}
    for step in steps:
        lines = unrolled(optimizer, hyper, step, scheduled=scheduled, started=started)
        states[step] = dict(zip(linear, lines, strict=True))
    forms = closed_trees(optimizer, hyper, scheduled=scheduled, started=started)
    closed = dict(zip(forms, closed_form(optimizer, hyper, scheduled=scheduled, started=started), strict=True))
    others = [name for name in optimizer.state(hyper) if name not in linear]
    return Letters(
        rules, constants, states, closed, others, _notes(trace, [name for name in started if name in linear], steps)
    )


def _started(trace: Trace) -> list[str]:
    """The states that do not start at 0."""
    found = []
    for name in trace.optimizer.state(trace.hyper):
        initial = trace.choice.initial.get(name, trace.optimizer.start(name, trace.hyper))
        values = list(initial.values()) if isinstance(initial, Mapping) else [initial]
        if any(np.any(value) for value in values):
            found.append(name)
    return found


def _notes(trace: Trace, started: Sequence[str], steps: Sequence[int]) -> list[str]:
    names = signs(trace.optimizer)
    used = []
    if trace.choice.clip:
        used.append("clipped")
    if trace.choice.maximize:
        used.append("with its sign turned round")
    if any(name == "g" for name, _ in trace.optimizer.rules(trace.hyper)):
        used.append("with the decay of θ in it")
    notes = [f"g_i is the gradient of step i{''.join(f', {word}' for word in used)}"] if steps else []
    starts = [f"{names.get(name, name)}_0 is where {names.get(name, name)} starts" for name in started]
    return [*notes, *starts]
