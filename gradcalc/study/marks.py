"""Marks: what a sheet is worth, a quantity's points shared by its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gradcalc.errors import ProblemError
from gradcalc.problem.answers import Key
from gradcalc.problem.claims import read_answers
from gradcalc.problem.node import Node
from gradcalc.study.check import Checked
from gradcalc.study.truth import Truth


class Points(NamedTuple):
    """What is earned: for right numbers, for those that follow from an earlier slip, and of how much."""

    accuracy: float
    follow_through: float
    total: float

    @property
    def method(self) -> float:
        """For all that was done rightly, whatever it was done with."""
        return self.accuracy + self.follow_through


class Scheme(NamedTuple):
    """The points of each quantity, and how many entries share them."""

    points: Mapping[Key, float]
    sizes: Mapping[Key, int]

    def of(self, checked: Checked) -> Points:
        """What a sheet earns; the answers of other quantities earn nothing."""
        earned = {"right": 0.0, "follows": 0.0, "wrong": 0.0}
        for entry in checked.entries:
            if entry.key in self.points:
                earned[entry.word] += self.points[entry.key] / self.sizes[entry.key]
        return Points(earned["right"], earned["follows"], sum(self.points.values()))


def scheme_of(truth: Truth, sheets: Iterable[Checked] = ()) -> Scheme:
    """The points of the problem's `marks`; without them each quantity that is on a sheet is worth 1.

    Raises ProblemError where `marks` name what the problem does not have.
    """
    given = truth.problem.marks
    points = _named(truth, given) if given else {entry.key: 1.0 for sheet in sheets for entry in sheet.entries}
    arrays = truth.arrays(points)
    missing = [key.quantity for key in points if key not in arrays]
    if missing:
        raise ProblemError(f"marks for {missing[0]}, on which the result does not depend", truth.problem.place("marks"))
    return Scheme(points, {key: max(array.size, 1) for key, array in arrays.items()})


def _named(truth: Truth, given: Mapping[str, float]) -> dict[Key, float]:
    """The marks by quantity, read as answers are."""
    origin = truth.problem.origin
    node = origin.get("marks") if origin is not None else None
    if node is None:
        return {Key(name): value for name, value in given.items()}
    claims = read_answers(Node("mapping", node.source, node.line, node.column, entries=node.entries), truth.vocabulary)
    return {claim.key: value for claim, value in zip(claims, given.values(), strict=True)}
