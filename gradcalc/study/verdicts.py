"""Each number of a sheet judged twice: against the truth, and against what follows from the person's own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.answers import Key
from gradcalc.problem.written import SLACK, Written
from gradcalc.study.noise import is_rest, noise_in
from gradcalc.study.room import TELLING, Room, Style, Used, styles_like, styles_of
from gradcalc.study.sheet import Given, Sheet
from gradcalc.study.working import Scene, Settle, work

Word = Literal["right", "follows", "wrong"]
Values = Mapping[Key, Array]
Cell = tuple[Key, int]
# puts what was written of a quantity in the place of what follows there
Place = Callable[[Key, Array, Array], None]

CARRIED = "carried rounding"


# how many times as far as the sum of single roundings all of them together may lead
_BENT = 10


class Verdict(NamedTuple):
    word: Word
    note: str = ""


class Judged(NamedTuple):
    """The verdict on each cell, what follows there from the person's own numbers, and what rounding can do there.

    `placed` has what the person's own numbers are taken to be from then on, by quantity: positions and values.
    """

    verdicts: Mapping[Cell, Verdict]
    own: Values
    room: Room | None
    trivial: frozenset[Key]


def _cut(number: Written) -> float:
    """How much of a number its digits may have cut off; of a short one that is no truncation, and a 0 is a 0."""
    return number.unit if number.figures >= TELLING else number.unit / 2 if number.value else 0.0


class Judge:
    """The verdicts on one sheet."""

    def __init__(self, scene: Scene, sheet: Sheet, truth: Values, tolerance: float | None) -> None:
        self.scene, self.sheet, self.truth, self.tolerance = scene, sheet, truth, tolerance
        self.largest = {key: float(np.max(np.abs(truth[key]), initial=0)) for key in sheet.cells}
        self.verdicts: dict[Cell, Verdict] = {}
        self.trivial: set[Key] = set()
        self.own: Values = {}

    def judge(self) -> Judged:
        """Every verdict. Where all is right already, nothing is worked again."""
        for given in self.sheet.numbers:
            if self.agrees(given, self.truth):
                self._say(given, Verdict("right"))
        if not self._open():
            return Judged(self.verdicts, {}, None, frozenset())
        self._carried()
        open_cells = self._open()
        if not open_cells:
            return Judged(self.verdicts, {}, None, frozenset())
        own = self.own = self.follow(self.scene, self._judge_trivial)
        room = self.room(self.scene, styles_of(self.sheet, own), self.place)
        for given in open_cells:
            word: Word = "follows" if self.near(given, own, room) else "wrong"
            self._say(given, Verdict(word))
        return Judged(self.verdicts, own, room, frozenset(self.trivial))

    def agrees(self, given: Given, values: Values) -> bool:
        told = values.get(given.key)
        return told is not None and given.number.agrees(float(told[given.position]), self.tolerance, self._noise(given))

    def _noise(self, given: Given) -> float:
        """What float64 may have added to what is right there."""
        own = SLACK * self.largest[given.key]
        return own if given.number.value else max(own, self._rests.get(given.key, 0.0))

    @cached_property
    def _rests(self) -> Mapping[Key, float]:
        """How large a number may be that is 0 but for float64, of the quantities in which one of these is called 0."""
        zeros = [given for given in self.sheet.numbers if not given.number.value]
        leaves = self.scene.leaves.values()
        largest = max([*self.largest.values(), *(float(np.max(np.abs(leaf), initial=0)) for leaf in leaves)])
        doubtful = {given.key for given in zeros if is_rest(float(self.truth[given.key][given.position]), largest)}
        return noise_in(self.scene, doubtful) if doubtful else {}

    def near(self, given: Given, values: Values, room: Room | None, *, alike: bool = True) -> bool:
        """Whether the number is that of `values`, or could be with other roundings on the way."""
        if self.agrees(given, values):
            return True
        if room is None or self.tolerance is not None or given.key not in values:
            return False
        true, moved = float(values[given.key][given.position]), float(room.moved[given.key][given.position])
        if not math.isfinite(true):
            return False
        nearest = min(max(given.number.value, true - moved), true + moved)
        if given.number.agrees(nearest, None, self._noise(given)):
            return True
        near = abs(true - given.number.value) <= _BENT * moved + _cut(given.number)
        return alike and near and any(self.agrees(given, chain) for chain in room.alike)

    def place(self, key: Key, _told: Array, values: Array) -> None:
        """Put the person's own numbers of a quantity in place, unless they make all later work trivial."""
        if key not in self.trivial:
            for given in self.sheet.cells[key]:
                if math.isfinite(given.number.value):
                    values[given.position] = given.number.value

    def place_right(self, key: Key, _told: Array, values: Array) -> None:
        """Put in place what is right."""
        for given in self.sheet.cells[key]:
            if self._right(given):
                values[given.position] = given.number.value

    def _judge_carried(self, key: Key, told: Array, values: Array) -> None:
        """Judge as right what follows from right numbers."""
        for given in self.sheet.cells[key]:
            if not self._right(given) and self.agrees(given, {key: told}):
                self._say(given, Verdict("right", CARRIED))
        self.place_right(key, told, values)

    def _judge_trivial(self, key: Key, told: Array, values: Array) -> None:
        """See whether all that is written of a quantity is a 0 that is none."""
        cells = self.sheet.cells[key]
        if all(given.number.value == 0 for given in cells) and not all(
            self._right(given) or self.agrees(given, {key: told}) for given in cells
        ):
            self.trivial.add(key)
        self.place(key, told, values)

    def follow(self, scene: Scene, place: Place | None = None) -> dict[Key, Array]:
        """What follows at each quantity of the sheet from the person's own earlier numbers, in any scene."""
        told: dict[Key, Array] = {}
        work(scene, self.settling(told, place or self.place))
        return told

    def told(self, key: Key) -> Array:
        """What one quantity is that may not be on the sheet."""
        found: dict[Key, Array] = {}

        def settle(own: Key, value: Array) -> Array:
            found[own] = value
            return value

        work(self.scene, settle)
        return found.get(key, np.zeros(0))

    def settling(self, told: dict[Key, Array], place: Place) -> Settle:
        """The `settle` that notes what follows, and puts written numbers in its place."""
        cells = self.sheet.cells

        def settle(key: Key, value: Array) -> Array:
            if key not in cells:
                return value
            told[key] = flat = np.ravel(value)
            values = flat.copy()
            place(key, flat, values)
            return values.reshape(value.shape)

        return settle

    def used(self, scene: Scene, last: Key | None = None) -> dict[Key, Array]:
        """Every quantity as it is used in a scene, the person's own numbers in their places, up to the `last`."""
        found: dict[Key, Array] = {}

        def place(key: Key, told: Array, values: Array) -> None:
            if last not in found and key != last:
                self.place(key, told, values)

        inner = self.settling({}, place)

        def settle(key: Key, value: Array) -> Array:
            found[key] = inner(key, value)
            return found[key]

        work(scene, settle)
        return found

    def _say(self, given: Given, verdict: Verdict) -> None:
        self.verdicts[given.key, given.position] = verdict

    def _right(self, given: Given) -> bool:
        verdict = self.verdicts.get((given.key, given.position))
        return verdict is not None and verdict.word == "right"

    def _open(self) -> list[Given]:
        return [given for given in self.sheet.numbers if (given.key, given.position) not in self.verdicts]

    def _carried(self) -> None:
        """Judge as right what follows from right numbers, with any rounding on the way; one may lead to the next."""
        if self.tolerance is not None:
            self.follow(self.scene, self._judge_carried)
            return
        while True:
            clean = self.follow(self.scene, self._judge_carried)
            open_cells = self._open()
            if not open_cells:
                return
            styles = styles_of(self.sheet, clean)
            room = self.room(self.scene, styles, self.place_right)
            found: Sequence[Given] = [given for given in open_cells if self.near(given, clean, room)]
            if not (found or styles):
                found = self._rounded_off(open_cells)
            for given in found:
                self._say(given, Verdict("right", CARRIED))
            if not found:
                return

    def _rounded_off(self, open_cells: Sequence[Given]) -> Sequence[Given]:
        """All numbers, where one way to round every number on the way leads to just these; else none."""
        for style in styles_like(self.sheet):
            room = self.room(self.scene, [style], self.place_right)
            if any(all(self.agrees(given, chain) for given in open_cells) for chain in room.alike):
                return open_cells
        return ()

    def room(self, scene: Scene, styles: Sequence[Style], place: Place) -> Room:
        """What roundings can do in a scene where written numbers are used as `place` puts them."""
        cells = self.sheet.cells

        def taken(key: Key, told: Array) -> Used:
            values, lost, most = told.copy(), np.full(told.shape, np.nan), np.zeros(told.shape)
            if key in cells:
                place(key, told, values)
                for given in cells[key]:
                    at = given.position
                    if values[at] == given.number.value:
                        off = abs(float(told[at] - given.number.value))
                        lost[at], most[at] = self._lost(given, off, styles)
            return Used(values, lost, most)

        return Room(scene, styles, taken)

    def _lost(self, given: Given, off: float, styles: Sequence[Style]) -> tuple[float, float]:
        """How much of what was kept in memory is not on paper, and how much that may be at most: what rounding took
        off, or of a wrong number may have.

        `off` is how far what follows there is from what is written. A short number is exact, unless somebody works to
        just so many digits.
        """
        number, memory = given.number, abs(float(self.truth[given.key][given.position]) - given.number.value)
        if self._right(given):
            return (max(memory, off), max(memory, _cut(number))) if off <= 2 * _cut(number) else (memory, memory)
        own = {Style(number.figures, figures=True), Style(number.decimals, figures=False)}
        if number.figures < TELLING and own.isdisjoint(styles):
            return (off, off) if off <= number.unit / 2 else (0.0, 0.0)
        return max(off, number.unit / 2), number.unit
