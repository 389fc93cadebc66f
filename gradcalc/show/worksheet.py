"""A blank sheet of a problem: what is given, and a place for every number that is to be worked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from gradcalc.engine.maths import named
from gradcalc.engine.notation import Style
from gradcalc.problem.answers import GRADIENTS, PARAMETERS, Key
from gradcalc.problem.filled import PARTED
from gradcalc.show.blocks import Blanks, Block, Facts, Heading, Line, Maths, Note, Phrase, Words
from gradcalc.show.derivation import Page, given
from gradcalc.show.head import head
from gradcalc.show.numbers import Shown
from gradcalc.show.optimize import rules, setting
from gradcalc.show.safe import safe_text
from gradcalc.study.blanks import blanks
from gradcalc.study.place import when
from gradcalc.study.truth import Truth

HEAD = ("quantity", "index", "step", "parameter", "value")


class Gap(NamedTuple):
    """A place for one answer: the quantity, and which entry of it, counted as the problem counts."""

    key: Key
    entry: Sequence[int]


def blocks(truth: Truth, shown: Shown) -> list[Block]:
    """The sheet: the head of the problem, what is given, and the places in the order of the work."""
    page = Page(truth.solution, shown)
    found = _head(truth, page)
    if truth.composed is None or truth.problem.at:
        found += [Heading("Given"), *(block for told in given(page) for block in told.blocks)]
    found += _formulas(truth, page)
    for moment, group in groupby(places(truth), key=lambda place: when(place.key)):
        found.append(Heading(moment.capitalize() if moment else "Work out"))
        found.append(Blanks([(safe_text(path(place)), _words(place, truth)) for place in group]))
    return [*found, Note("gradcalc check PROBLEM SHEET reads this sheet when it is filled in.")]


def _head(truth: Truth, page: Page) -> list[Block]:
    """The conventions, and an optimizer with its rules."""
    found = head(page.solution, page.rules)
    for trace in truth.traces.values() if truth.problem.optimizers else ():
        found += [setting(trace), Facts(rules(trace))]
    return found


def _formulas(truth: Truth, page: Page) -> Iterator[Block]:
    """How every value is computed, but for a loss that the head has."""
    built = truth.built
    lines = [name for name in built.graph.lines if built.cost is None or name != built.names.loss]
    if truth.composed is not None:
        from gradcalc.show.definitions import definition  # noqa: PLC0415 - most problems are networks

        yield Heading("Functions")
        for chain in truth.composed.chains.values():
            yield definition(chain, Style(base=truth.problem.index_base, tight=True))
    elif lines:
        yield Heading("Formulas")
        for name in lines:
            told = page.workings.value(name)
            yield Line(Maths([*told.names, *told.formulas], told.style))


def cells(truth: Truth) -> Iterator[tuple[str, str, int | None, str, str]]:
    """A row for each place: quantity, index, step, parameter, and nothing yet."""
    for key, index in places(truth):
        yield key.quantity, ",".join(map(str, index)), key.step, key.parameter or "", ""


def places(truth: Truth) -> Iterator[Gap]:
    base = truth.problem.index_base
    keys = blanks(truth)
    right = truth.arrays(keys)
    for key in keys:
        shape = right[key].shape
        alone = all(side == 1 for side in shape)
        for at in np.ndindex(shape):
            yield Gap(key, () if alone else [place + base for place in at])


def path(place: Gap) -> str:
    """What an answer is called: `dW1[1,2]`, `step 2: m: w1`."""
    key, inside = place.key, _inside(place)
    if key.step is None:
        return f"{key.quantity}{inside}"
    words = [key.run, f"step {key.step}", key.quantity, f"{key.parameter}{inside}"]
    return PARTED.join(word for word in words if word is not None)


def _inside(place: Gap) -> str:
    return f"[{','.join(map(str, place.entry))}]" if place.entry else ""


def _words(place: Gap, truth: Truth) -> Words:
    """What it is called on the page: `∂L/∂W1[1,2]`, `m of w1`."""
    key, inside = place.key, _inside(place)
    parameter = named(f"{key.parameter}{inside}")
    if key.parameter is None:
        of = key.quantity.removeprefix("d")
        is_gradient = key.quantity not in truth.built.quantities and of in truth.built.quantities
        return named(f"∂{truth.built.result}/∂{of}{inside}" if is_gradient else f"{key.quantity}{inside}")
    if key.quantity == PARAMETERS:
        return parameter
    return Phrase([named("g" if key.quantity == GRADIENTS else key.quantity), " of ", parameter])
