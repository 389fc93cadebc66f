"""Which mistakes can not be told apart in a problem, with answers as exact as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradcalc.problem.model import Rounding
from gradcalc.study.exercise.sheets import Sheets, units
from gradcalc.study.mistakes.row import Change
from gradcalc.study.truth import Truth

# two sheets tell their mistakes apart if a number differs by more units of its last digit
CLEAR = 3


class Alike(NamedTuple):
    """Mistakes that leave the right sheet, and groups of those that lead to the same wrong one."""

    unseen: Sequence[Change]
    groups: Sequence[Sequence[Change]]

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The names of every two mistakes that are alike; that of the right sheet is empty."""
        groups = [["", *(change.mistake.name for change in self.unseen)]]
        groups += [[change.mistake.name for change in group] for group in self.groups]
        return frozenset((one, two) for group in groups for one in group for two in group if one < two)


def alike(truth: Truth, asked: Rounding) -> Alike:
    """The mistakes that lead to the same sheet of a problem, with answers as exact as `asked`."""
    sheets = Sheets(truth)
    made = sheets.every()
    moved = sheets.moved(asked)
    # the first sheet of a group stands for it; that of the first group is the right one
    heads, groups = np.array([made[0].numbers]), [[made[0]]]
    for one in made[1:]:
        room = CLEAR * np.fmax(units(heads, asked), units(one.numbers, asked)) + moved
        near = np.flatnonzero((np.abs(heads - one.numbers) <= room).all(1))
        if near.size:
            groups[near[0]].append(one)
        else:
            heads = np.vstack([heads, one.numbers])
            groups.append([one])
    unseen, *others = ([one.change for one in group if one.change is not None] for group in groups)
    return Alike(unseen, [group for group in others if len({change.mistake.name for change in group}) > 1])
