"""An optimizer in letters: as blocks, and as a record for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcalc.engine.maths import Maths, amount
from gradcalc.show.blocks import Block, Facts, Heading, Line, Note
from gradcalc.show.prose import prose
from gradcalc.study.letters import Letters, letters
from gradcalc.study.updates import signs
from gradcalc.trace import Trace


def blocks(trace: Trace, steps: Sequence[int]) -> list[Block]:
    """The rules, the state after each of `steps`, and what holds under a constant gradient."""
    found = letters(trace, steps)
    page: list[Block] = [Heading("The rules of a step"), *map(Line, found.rules)]
    if found.constants:
        page.append(Facts([amount(sign, value) for sign, value in found.constants.items()]))
    for step, states in found.unrolled.items():
        if states:
            page += [Heading(f"The state after step {step}"), *map(Line, states.values())]
    page += _unsaid(trace, found)
    if found.closed:
        page += [Heading("If every gradient is the same"), *map(Line, found.closed.values())]
        constant = _constant(found)
        page.append(Note(prose(f"{constant} is that gradient, t the number of the step.", [constant, "t"])))
    return page


def record(trace: Trace, steps: Sequence[int]) -> dict[str, Any]:
    """The same for machines; `not_linear` are the states that can't be unrolled."""
    found = letters(trace, steps)
    return {
        "rules": [rule.text for rule in found.rules],
        "unrolled": [{"step": step, **_texts(states)} for step, states in found.unrolled.items()],
        "constant_gradient": _texts(found.closed),
        "not_linear": list(found.others),
        "notes": list(found.notes),
    }


def _texts(lines: Mapping[str, Maths]) -> dict[str, str]:
    return {name: line.text for name, line in lines.items()}


def _unsaid(trace: Trace, found: Letters) -> list[Block]:
    """What the letters stand for, and which states have none."""
    names = signs(trace.optimizer)
    others = [names.get(name, name) for name in found.others]
    notes: list[Block] = []
    if not trace.optimizer.state(trace.hyper):
        notes.append(Note(f"{trace.optimizer.title} keeps no state: a step depends on its own gradient alone."))
    elif found.notes and len(others) < len(trace.optimizer.state(trace.hyper)):
        starts = [names.get(name, name) for name in trace.optimizer.state(trace.hyper)]
        letters_of = ["g_i", "i", "θ", *starts, *(f"{start}_0" for start in starts)]
        notes.append(Note(prose(f"{'; '.join(found.notes)}.", letters_of)))
    if others:
        verb = "is no sum" if len(others) == 1 else "are no sums"
        notes.append(Note(prose(f"{', '.join(others)} {verb} over the gradients and can't be unrolled.", others)))
    return notes


def _constant(found: Letters) -> str:
    """The gradient is called g where a state is called G."""
    return "g" if "G" in found.closed else "G"
