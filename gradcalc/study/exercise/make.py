"""An exercise from a seed: problems are drawn until the mistakes in one of them show as well as they can."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np

from gradcalc.errors import NumericError
from gradcalc.problem.decode import decode
from gradcalc.problem.model import Problem
from gradcalc.problem.node import Node
from gradcalc.study.blanks import blanks
from gradcalc.study.exercise.alike import Alike, alike
from gradcalc.study.exercise.dice import Dice
from gradcalc.study.exercise.draw import Unlucky, drawn
from gradcalc.study.exercise.kind import Kind
from gradcalc.study.exercise.sheets import units
from gradcalc.study.truth import Truth

# how many problems say what can't be told apart at all, and how many are looked at for one exercise
SAMPLES, CANDIDATES = 8, 20
# how many of them may have less alike than is asked of an exercise: one by good luck would be sought for long
_LUCKY = 2
# how many draws one candidate is chosen from, where the first ones are not easy to work with
DRAWS = 60
# what a number has of its last digit at least, where decimals are asked for
_TELLING = 10
_OF_KIND = 2**63


class Exercise(NamedTuple):
    """A problem with its tree as it is written, and what can't be told apart in it."""

    seed: int
    root: Node
    problem: Problem
    alike: Alike


class _Candidate(NamedTuple):
    """A drawn problem; `faint` counts its numbers that hardly show."""

    root: Node
    truth: Truth
    faint: int


class Maker:
    """Makes exercises of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def make(self, seed: int) -> Exercise:
        """The exercise of a seed: the first one in which no more is alike than in the best of its kind, else the best.

        Raises NumericError where no numbers suit the kind, ProblemError where it is none.
        """
        found: list[Exercise] = []
        for root, truth, _ in islice(self._candidates(seed), CANDIDATES):
            found.append(Exercise(seed, root, truth.problem, alike(truth, self.kind.asked)))
            if _ties(found[-1]) <= self._usual:
                break
        return min(found, key=_ties)

    @cached_property
    def _usual(self) -> int:
        """How many pairs of mistakes are alike in a good problem of the kind."""
        first = (next(self._candidates(_OF_KIND + number)) for number in range(SAMPLES))
        return sorted(len(alike(one.truth, self.kind.asked).pairs) for one in first)[_LUCKY]

    def _candidates(self, seed: int) -> Iterator[_Candidate]:
        """Problems with numbers that a person can work with, without end."""
        dice = Dice(seed)
        while True:
            found: list[_Candidate] = []
            error = NumericError("no numbers were found that suit such a problem", hint=_HINT)
            for _ in range(DRAWS):
                try:
                    found.append(self._candidate(drawn(self.kind, dice, f"Exercise {seed}")))
                except Unlucky:
                    continue
                except NumericError as reason:
                    error = reason
                    continue
                if not found[-1].faint:
                    break
            if not found:
                raise error
            yield min(found, key=lambda one: one.faint)

    def _candidate(self, root: Node) -> _Candidate:
        truth, asked = Truth(decode(root)), self.kind.asked
        keys = blanks(truth)
        right = truth.arrays(keys)
        values = [] if self.kind.dead else [right[key] for key in keys if key.quantity in truth.built.quantities]
        faint = sum(int((value == 0).sum()) for value in values)
        if asked.unit == "dp":
            numbers = np.concatenate([np.ravel(right[key]) for key in keys])
            faint += int(((numbers != 0) & (np.abs(numbers) < _TELLING * units(numbers, asked))).sum())
        return _Candidate(root, truth, faint)


def _ties(exercise: Exercise) -> int:
    return len(exercise.alike.pairs)


_HINT = "fewer units or samples, or --decimals 2"
