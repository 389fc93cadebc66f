"""The sheets of a problem: the right one, and one for every way to make a mistake in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Arrays
from gradcalc.engine.op import Array
from gradcalc.errors import GradcalcError
from gradcalc.problem.answers import Key
from gradcalc.problem.model import Rounding
from gradcalc.study.blanks import blanks
from gradcalc.study.causes import changes_of
from gradcalc.study.mistakes.row import Change
from gradcalc.study.room import Style
from gradcalc.study.truth import Truth
from gradcalc.study.working import Scene, Settle, ahead, scene_of, work

# what somebody may be off by who rounds every number before it is used, in units of the last digit
_SHARES = (-1.0, -0.5, 0.5, 1.0)


class Made(NamedTuple):
    """A sheet on which a mistake was made, all its numbers in a row; None: it is the right one."""

    change: Change | None
    numbers: Array

    @property
    def name(self) -> str:
        return self.change.mistake.name if self.change is not None else ""


class Sheets:
    """The sheets of one problem, whose blanks are filled in."""

    def __init__(self, truth: Truth) -> None:
        self.keys = blanks(truth)
        self.scene = scene_of(truth.solution, truth.courses(self.keys), local=False)
        self._right: dict[Key, Array] = {}
        self._flow = ahead(self.scene, _noting(self._right)) if self.scene.graph.equations else None
        self._right |= _worked(self.scene, self._flow)

    @property
    def right(self) -> Array:
        """The numbers of the right sheet."""
        return self._row(self._right)

    def every(self) -> list[Made]:
        """The right sheet, then that of every mistake that leads to numbers, of those that are asked for."""
        found = [Made(None, self.right)]
        for change in changes_of(self.scene):
            try:
                wrong = _worked(change.make(self.scene), None if change.ahead else self._flow)
            except (GradcalcError, ValueError, ArithmeticError):
                continue
            numbers = self._row({**self._right, **wrong})
            if np.isfinite(numbers).all() and not self._elsewhere(wrong):
                found.append(Made(change, numbers))
        return found

    def moved(self, asked: Rounding) -> Array:
        """How far the numbers of the right sheet move where those before them are as exact as `asked`, and no more."""
        wanted, right = frozenset(self.keys), self.right
        moved = np.zeros(right.shape)
        for share in _SHARES:
            found: dict[Key, Array] = {}
            note = _noting(found)

            def settle(key: Key, value: Array, share: float = share, note: Settle = note) -> Array:
                note(key, value)
                return value + share * _lost(value, asked) if key in wanted else value

            with np.errstate(all="ignore"):
                work(self.scene, settle)
            moved = np.fmax(moved, np.abs(self._row(found) - right))
        return moved

    def _elsewhere(self, wrong: Mapping[Key, Array]) -> bool:
        """Whether a mistake changes only what nobody asks for."""
        changed = {key for key, value in wrong.items() if not np.array_equal(value, self._right.get(key, ()))}
        return bool(changed) and changed.isdisjoint(self.keys)

    def _row(self, found: Mapping[Key, Array]) -> Array:
        return np.concatenate([np.ravel(found[key]) for key in self.keys])


def _worked(scene: Scene, flow: Arrays | None) -> dict[Key, Array]:
    found: dict[Key, Array] = {}
    with np.errstate(all="ignore"):
        work(scene, _noting(found), flow)
    return found


def _noting(found: dict[Key, Array]) -> Settle:
    def settle(key: Key, value: Array) -> Array:
        found[key] = value
        return value

    return settle


def _lost(values: Array, asked: Rounding) -> Array:
    """One in the last digit of each value that has more digits than are asked for."""
    style = _style(asked)
    return style.units(values) * style.cuts(values)


def units(numbers: Array, asked: Rounding) -> Array:
    """One in the last digit that is asked for, of each number."""
    return _style(asked).units(numbers)


def _style(asked: Rounding) -> Style:
    """How somebody works who gives what is asked for."""
    return Style(asked.digits, figures=asked.unit == "sf")
