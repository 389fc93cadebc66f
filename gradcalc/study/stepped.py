"""The steps of an optimizer with their numbers put in, parameter by parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.notation import Style
from gradcalc.engine.op import Array
from gradcalc.study.updates import signs
from gradcalc.study.updates import stepped as new
from gradcalc.study.worked import Digits, Numbers, Worked
from gradcalc.trace import Trace
from gradcalc.training.descent import Step

UPDATE = "update"


class Line(NamedTuple):
    """One rule of a step: what it gives, told and as numbers."""

    name: str
    worked: Worked
    value: Array


class Moved(NamedTuple):
    """What one step does to one parameter: each rule with its numbers, that of the parameter itself last.

    `kept` names what has an arrow, because the step replaces it.
    """

    parameter: str
    gradient: Array
    lines: Sequence[Line]
    kept: frozenset[str]


class Stepped(NamedTuple):
    """One step: its number, its rate where that changes, the loss before it, and every parameter."""

    number: int
    rate: float | None
    loss: float | None
    moved: Sequence[Moved]


def stepped(trace: Trace, digits: Digits, most: int) -> Iterator[Stepped]:
    """The first `most` steps of a trace; fewer where it ends before."""
    descent = trace.descent()
    steps = iter(descent)
    for _ in range(min(most, trace.steps)):
        state = dict(descent.state)
        step = next(steps, None)
        if step is None:
            return
        scheduled = trace.choice.schedule is not None
        moved = [_moved(trace, step, state, name, digits) for name in trace.flat.shapes]
        yield Stepped(step.number, step.rate if scheduled else None, step.loss, moved)


def _moved(trace: Trace, step: Step, state: Mapping[str, Array], name: str, digits: Digits) -> Moved:
    optimizer, sign = trace.optimizer, -1.0 if trace.choice.maximize else 1.0

    def own(vector: Array) -> Array:
        return trace.flat.split(np.asarray(vector))[name]

    g = sign * own(step.gradient if step.clipped is None else step.clipped)
    hyper = {key: value for key, value in trace.hyper.items() if isinstance(value, int | float)}
    values: dict[str, Any] = {**hyper, "w": own(step.before), "g": g, "t": step.number}
    values |= {key: own(vector) for key, vector in state.items()}
    if step.rate is not None:
        values["lr"] = step.rate
    if optimizer.needs_loss and step.loss is not None:
        values["loss"] = sign * step.loss
    names = {**signs(optimizer, scheduled=trace.choice.schedule is not None), "w": name}
    style = Style(names, trace.problem.index_base)
    lines: list[Line] = []
    for key, rule in optimizer.rules(trace.hyper):
        tree = book.parse(rule)
        result = own(step.parameters if key == UPDATE else step.shown[key])
        told = new(tree) if key == UPDATE else tree
        subject = ast.Name("w" if key == UPDATE else key)
        line = Numbers(values, style, digits).worked([subject], [told], (told, told), result)
        lines.append(Line(name if key == UPDATE else key, line, result))
        values[key] = result
    return Moved(name, g, lines, frozenset({*optimizer.state(trace.hyper), "g", name}))
