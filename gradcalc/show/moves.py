"""The steps of a problem's optimizers with their numbers, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterator

from gradcalc.engine.maths import named
from gradcalc.show.blocks import Blank, Block, Line, Note, Phrase
from gradcalc.show.derivation import Page, Told, maths, record
from gradcalc.show.optimize import setting
from gradcalc.study.stepped import Moved, Stepped, stepped
from gradcalc.trace import Trace, traces

# how many steps, and how many numbers in a step, are worked in full
MOST_STEPS, MOST_NUMBERS = 3, 40


def moves(page: Page) -> Iterator[Told]:
    """Every optimizer of the problem; none where a network has none."""
    problem = page.solution.problem
    if not problem.optimizers and (problem.layers or problem.equations or problem.objective):
        return
    made = traces(problem)
    for number, trace in enumerate(made):
        yield Told([*([Blank()] if number else []), setting(trace)], {})
        if trace.flat.size > MOST_NUMBERS:
            yield Told([Note(f"{trace.flat.size} numbers move; gradcalc optimize shows them.")], {})
            continue
        name = trace.optimizer.name if len(made) > 1 else None
        for step in stepped(trace, page.digits, MOST_STEPS):
            yield from _step(page, trace, step, name)
        if trace.steps > MOST_STEPS:
            yield Told([Note(f"The first {MOST_STEPS} of {trace.steps} steps; gradcalc optimize shows all.")], {})


def _step(page: Page, trace: Trace, step: Stepped, name: str | None) -> Iterator[Told]:
    said = [f"step {trace.made + step.number}"]
    said += [] if step.loss is None else [f"L = {page.digits(step.loss, 0)}"]
    said += [] if step.rate is None else [f"η = {page.digits(step.rate, 0)}"]
    yield Told([Blank(), Line("   ".join(said), "bold")], {})
    for number, moved in enumerate(step.moved):
        yield from _moved(step, moved, name, first=not number)


def _moved(step: Stepped, moved: Moved, name: str | None, *, first: bool) -> Iterator[Told]:
    """The rules for one parameter, set apart from those of the one before where there are several."""
    several = len(moved.lines) > 1
    shown: list[Block] = [*([Blank()] * (several and not first)), *([Line(Phrase([named(moved.parameter)]))] * several)]
    for key, worked, value in moved.lines:
        shown.append(Line(maths(worked, "←" if key in moved.kept else "=")))
        run = {} if name is None else {"run": name}
        kept = {**run, "step": step.number, "parameter": moved.parameter, **record(worked, key, value)}
        yield Told(shown, kept)
        shown = []
