"""A class: many sheets for one problem, what each earns, and which mistakes are made how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from gradcalc.study.cause import Cause
from gradcalc.study.check import Checked
from gradcalc.study.marks import Points, scheme_of
from gradcalc.study.truth import Truth


class Person(NamedTuple):
    """One person's sheet by the name of its file, and what it earns."""

    name: str
    checked: Checked
    points: Points


class Group(NamedTuple):
    """All sheets, and how many people made each mistake, the most frequent first."""

    people: Sequence[Person]
    mistakes: Sequence[tuple[Cause, int]]


def group_of(truth: Truth, sheets: Sequence[tuple[str, Checked]]) -> Group:
    """The class of these sheets. Of mistakes that can't be told apart on a sheet each counts."""
    scheme = scheme_of(truth, [checked for _, checked in sheets])
    people = [Person(name, checked, scheme.of(checked)) for name, checked in sheets]
    counts: Counter[tuple[str, str]] = Counter()
    known: dict[tuple[str, str], Cause] = {}
    for _, checked in sheets:
        made = {(cause.id, cause.name): cause for entry in checked.entries for cause in entry.causes}
        known = {**made, **known}
        counts.update(made.keys())
    return Group(people, [(known[same], count) for same, count in counts.most_common()])
