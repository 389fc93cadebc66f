"""Why gradients are zero, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from gradcalc.engine.maths import named
from gradcalc.show.backward import labels
from gradcalc.show.blocks import Maths, Note, Phrase
from gradcalc.show.derivation import Page, Told
from gradcalc.show.prose import prose
from gradcalc.study.rules import YHAT
from gradcalc.study.zeros import zeros

MOST_SENTENCES = 12
# what a reason begins with that is no reason of its own
_FOLLOWS = "follows from "


def reasons(page: Page) -> Iterator[Told]:
    """One sentence for all zeros of one reason."""
    solution, base = page.solution, page.solution.problem.index_base
    found = [(reason, list(group)) for reason, group in groupby(zeros(solution), key=lambda zero: zero.reason)]
    for number, (reason, group) in enumerate(found):
        names = list(labels(solution, group))
        sentence = _sentence(names, reason, [*solution.built.quantities, YHAT])
        for zero in group[:-1]:
            yield Told([], _record(zero.quantity, zero.position, base, reason))
        shown = [Note(sentence)] if number < MOST_SENTENCES else []
        yield Told(shown, _record(group[-1].quantity, group[-1].position, base, reason))
    if len(found) > MOST_SENTENCES:
        yield Told([Note(f"And {len(found) - MOST_SENTENCES} more; --format json has all of them.")], {})


def _record(quantity: str, position: tuple[int, ...], base: int, reason: str) -> dict[str, object]:
    return {"quantity": quantity, "index": [i + base for i in position], "reason": reason}


def _sentence(names: list[str], reason: str, known: list[str]) -> Phrase:
    parts: list[str | Maths] = []
    for number, name in enumerate(names):
        parts += [" and " if number == len(names) - 1 else ", "] if number else []
        parts.append(named(name))
    whole = len(names) > 1 or "[" not in names[0] or "·" in names[0]
    why = f", which {reason}" if reason.startswith(_FOLLOWS) else f" because {reason}"
    return Phrase([*parts, f" {'are' if whole else 'is'} 0", *prose(f"{why}.", known).parts])
