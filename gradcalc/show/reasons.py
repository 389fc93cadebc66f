"""Why gradients are zero, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gradcalc.engine.maths import named
from gradcalc.show.backward import labels
from gradcalc.show.blocks import Maths, Note, Phrase
from gradcalc.show.derivation import Page, Told
from gradcalc.show.prose import prose
from gradcalc.study.rules import YHAT
from gradcalc.study.zeros import MOST_AXES, Zero, zeros

# how many sentences there are, and how many zeros one of them names
MOST_SENTENCES, MOST_NAMES = 12, 8
# what a reason begins with that is no reason of its own
_FOLLOWS = "follows from "


def reasons(page: Page) -> Iterator[Told]:
    """One sentence for all zeros of one reason."""
    solution, base = page.solution, page.solution.problem.index_base
    found = [(reason, list(group)) for reason, group in groupby(zeros(solution), key=lambda zero: zero.reason)]
    for number, (reason, group) in enumerate(found):
        sentence = _sentence(_named(page, group), reason, [*solution.built.quantities, YHAT])
        for zero in group[:-1]:
            yield Told([], _record(zero.quantity, zero.position, base, reason))
        shown = [Note(sentence)] if number < MOST_SENTENCES else []
        yield Told(shown, _record(group[-1].quantity, group[-1].position, base, reason))
    if len(found) > MOST_SENTENCES:
        yield Told([Note(f"And {len(found) - MOST_SENTENCES} more; --format json has all of them.")], {})


def _record(quantity: str, position: tuple[int, ...], base: int, reason: str) -> dict[str, object]:
    return {"quantity": quantity, "index": [i + base for i in position], "reason": reason}


def _named(page: Page, group: Sequence[Zero]) -> list[Phrase]:
    """The zeros by their names, or by their number where there are too many of them."""
    names = list(labels(page.solution, group))
    flat = all(page.solution.gradients[zero.quantity].ndim <= MOST_AXES for zero in group)
    if flat and len(names) <= MOST_NAMES:
        return [Phrase([named(name)]) for name in names]
    counted = [(name, len(list(own))) for name, own in groupby(group, key=lambda zero: zero.quantity)]
    return [
        Phrase([f"{count} {'entries' if count > 1 else 'entry'} of ", named(page.rules.gradient(name))])
        for name, count in counted
    ]


def _sentence(names: Sequence[Phrase], reason: str, known: list[str]) -> Phrase:
    parts: list[str | Maths] = []
    for number, name in enumerate(names):
        parts += [" and " if number == len(names) - 1 else ", "] if number else []
        parts += name.parts
    first = names[0].text
    whole = len(names) > 1 or not (first.startswith("1 entry") or ("[" in first and "·" not in first))
    why = f", which {reason}" if reason.startswith(_FOLLOWS) else f" because {reason}"
    return Phrase([*parts, f" {'are' if whole else 'is'} 0", *prose(f"{why}.", known).parts])
