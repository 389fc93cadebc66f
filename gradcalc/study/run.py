"""A run of an optimizer that has ended: its figures, its way, and the steps that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gradcalc.solution import Solution
from gradcalc.study.curve import Curve
from gradcalc.study.runs import Figures, Tally
from gradcalc.trace import Trace, select
from gradcalc.training.descent import Descent, Step, Tolerance

Watch = Callable[[Iterable[Step]], Iterable[Step]]


class Asked(NamedTuple):
    """What is wanted of a run: which steps are kept, and when it may end early."""

    every: int | None = None
    show: tuple[int, ...] = ()
    tolerance: Tolerance | None = None


class Run(NamedTuple):
    """A run that has ended, with the steps that were kept."""

    trace: Trace
    descent: Descent
    kept: Sequence[Step]
    first: Solution | None
    last: Solution | None
    figures: Figures
    curve: Curve


def run(trace: Trace, asked: Asked, name: str, watch: Watch = iter) -> Run:
    """Make every step, and keep those that are asked for; `watch` sees each one as it is made."""
    descent = trace.descent(asked.tolerance)
    start = descent.parameters
    tally, curve = Tally(start), Curve()
    kept = list(select(_counted(watch(descent), tally, curve), asked.every or 1, asked.show))
    diverged = descent.stop.reason == "diverged"
    last = None if diverged and not kept else trace.end(descent)
    loss = last.loss if last is not None else None
    if loss is not None and descent.stop.reason != "diverged":
        curve.take(descent.stop.step, loss)
    return Run(trace, descent, kept, trace.at(start), last, tally.figures(name, loss, descent.stop), curve)


def runs(traces: Sequence[Trace], asked: Asked, watch: Watch = iter) -> list[Run]:
    """A run of each trace, under names that tell them apart."""
    return [run(trace, asked, name, watch) for trace, name in zip(traces, labels(traces), strict=True)]


def labels(traces: Sequence[Trace]) -> list[str]:
    """The optimizers' names; where one comes twice, with the constants in which the two differ."""
    names = []
    for trace in traces:
        same = [other for other in traces if other.optimizer is trace.optimizer]
        differing = [k for k in trace.hyper if len({str(other.hyper[k]) for other in same}) > 1]
        names.append(" ".join([trace.optimizer.name, *(f"{k}={_plain(trace.hyper[k])}" for k in differing)]))
    return names


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _counted(steps: Iterable[Step], tally: Tally, curve: Curve) -> Iterator[Step]:
    for step in steps:
        if step.loss is not None:
            curve.take(step.number - 1, step.loss)
        yield tally.take(step)
