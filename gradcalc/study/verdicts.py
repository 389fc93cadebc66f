"""Each number of a sheet judged twice: against the truth, and against what follows from the person's own numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Literal, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.answers import Key
from gradcalc.problem.written import Written
from gradcalc.study.sheet import Given, Sheet
from gradcalc.study.working import Scene, Settle, work

Word = Literal["right", "follows", "wrong"]
Values = Mapping[Key, Array]
Cell = tuple[Key, int]
# puts what was written of a quantity in the place of what follows there
Place = Callable[[Key, Array, Array], None]

CARRIED = "carried rounding"

# a number of fewer figures may be exact, and says nothing of the digits that somebody works with
_TELLING = 3
_USUAL = 5
# how far what a few ways of rounding do is extended, for those that are not tried
_REACH = 1.5


class Verdict(NamedTuple):
    word: Word
    note: str = ""


class Style(NamedTuple):
    """To how many decimals or significant figures a person seems to work."""

    digits: int
    figures: bool

    def units(self, values: Array) -> Array:
        """One in the last digit of each value; 0 where the value has no more digits than that."""
        if self.figures:
            size = np.floor(np.log10(np.where(values == 0, 1, np.abs(values))))
            unit = 10.0 ** (size - self.digits + 1)
        else:
            unit = np.full(values.shape, 10.0**-self.digits)
        exact = np.abs(np.round(values / unit) - values / unit) < 1e-6
        return np.where(exact, 0.0, unit)


class Room:
    """What roundings on the way can do to what follows; nothing is worked before it is asked for.

    `rounded(way)` gives what follows where every number is rounded in one way before it is used, `base` where none is.
    """

    def __init__(self, base: Values, rounded: Callable[[Way], Values], floor: Values | None = None) -> None:
        self.base, self.floor = base, floor or {}
        self._rounded = cache(rounded)

    @property
    def alike(self) -> Iterator[Values]:
        """What follows where all numbers are rounded, or all truncated."""
        return (self._rounded(way) for way in _WAYS if way.alike)

    @cached_property
    def moved(self) -> Mapping[Key, Array]:
        """How far each quantity moves with its roundings, at least as far as `floor` says."""
        moved = {key: self.floor.get(key, np.zeros(value.shape)) for key, value in self.base.items()}
        for way in _WAYS:
            for key, value in self._rounded(way).items():
                with np.errstate(all="ignore"):
                    off = np.abs(value - self.base[key])
                moved[key] = np.maximum(moved[key], np.where(np.isfinite(off), _REACH * off, 0))
        return moved


class Judged(NamedTuple):
    """The verdict on each cell, what follows there from the person's own numbers, and what rounding can do there.

    `placed` has what the person's own numbers are taken to be from then on, by quantity: positions and values.
    """

    verdicts: Mapping[Cell, Verdict]
    own: Values
    room: Room | None
    trivial: frozenset[Key]


def style_of(sheet: Sheet) -> Style:
    """Decimals or figures, whichever more of the numbers have in common."""
    telling = [given.number for given in sheet.numbers if given.number.figures >= _TELLING]
    if not telling:
        return Style(_USUAL, figures=True)
    decimals, of_decimals = Counter(number.decimals for number in telling).most_common(1)[0]
    figures, of_figures = Counter(number.figures for number in telling).most_common(1)[0]
    if of_decimals > of_figures and decimals > 0:
        return Style(decimals, figures=False)
    return Style(figures, figures=True)


def _cut(number: Written) -> float:
    """How much of a number its digits may have cut off; of a short one that is no truncation, and a 0 is a 0."""
    return number.unit if number.figures >= _TELLING else number.unit / 2 if number.value else 0.0


class Judge:
    """The verdicts on one sheet."""

    def __init__(self, scene: Scene, sheet: Sheet, truth: Values, tolerance: float | None) -> None:
        self.scene, self.sheet, self.truth, self.tolerance = scene, sheet, truth, tolerance
        self.style = style_of(sheet)
        self.noise = {key: 4 * 2.0**-52 * float(np.max(np.abs(truth[key]), initial=0)) for key in sheet.cells}
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
        room = Room(own, lambda way: self._rounded(way, self.place))
        for given in open_cells:
            word: Word = "follows" if self.near(given, own, room) else "wrong"
            self._say(given, Verdict(word))
        return Judged(self.verdicts, own, room, frozenset(self.trivial))

    def agrees(self, given: Given, values: Values) -> bool:
        told = values.get(given.key)
        return told is not None and given.number.agrees(
            float(told[given.position]), self.tolerance, self.noise[given.key]
        )

    def near(self, given: Given, values: Values, room: Room | None, *, alike: bool = True) -> bool:
        """Whether the number is that of `values`, or could be with other roundings on the way."""
        if self.agrees(given, values):
            return True
        if room is None or self.tolerance is not None or given.key not in values:
            return False
        if alike and any(self.agrees(given, chain) for chain in room.alike):
            return True
        true = float(values[given.key][given.position])
        apart = abs(true - given.number.value)
        # what can be turned into anything is only what rounding all alike makes of it
        if not apart - _cut(given.number) < abs(true) / 4:
            return False
        moved = float(room.moved[given.key][given.position])
        return 0 < moved < abs(true) / 2 and apart <= moved + _cut(given.number)

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
            # what was kept in memory may have been used beside what was written down
            floor = {key: 2 * np.abs(clean[key] - self.truth[key]) for key in clean}
            room = Room(clean, lambda way: self._rounded(way, self.place_right), floor)
            found = [given for given in open_cells if self.near(given, clean, room)]
            for given in found:
                self._say(given, Verdict("right", CARRIED))
            if not found:
                return

    def _lost(self, given: Given, off: float) -> float:
        """How much of what was kept in memory is not on paper: what rounding took off, or of a wrong number may have.

        `off` is what follows there less what is written.
        """
        if off == 0 and not self._right(given) and given.key not in self.own:
            return 0.0
        if self._right(given):
            return (
                off
                if abs(off) <= 2 * _cut(given.number)
                else self.truth[given.key][given.position] - given.number.value
            )
        if given.number.figures < _TELLING:
            return 0.0
        return math.copysign(min(max(abs(off), given.number.unit / 2), given.number.unit), off)

    def _rounded(self, way: Way, place: Place) -> dict[Key, Array]:
        """What follows where each quantity is rounded in one way before it is used."""
        told: dict[Key, Array] = {}
        cells = self.sheet.cells
        seen = 0

        def settle(key: Key, value: Array) -> Array:
            nonlocal seen
            flat = np.ravel(value)
            signs = way.signs(seen, flat.size)
            seen += flat.size
            cut = way.cut(flat, self.style.units(flat), signs)
            if key in cells:
                told[key] = flat
                values = flat.copy()
                place(key, flat, values)
                for given in cells[key]:
                    at = given.position
                    cut[at] = values[at] + signs[at] * self._lost(given, float(flat[at] - values[at]))
            return cut.reshape(value.shape)

        work(self.scene, settle)
        return told


class Way(NamedTuple):
    """One way in which numbers are rounded.

    `cut(values, units, signs)` is what is used of numbers that are not written; of one that is, `signs` is the share of
    what was cut off that is used all the same. `signs(start, size)` gives one for each of `size` numbers.
    """

    cut: Callable[[Array, Array, Array], Array]
    signs: Callable[[int, int], Array]
    alike: bool = False


def _nearest(values: Array, units: Array, _signs: Array) -> Array:
    whole = np.where(units == 0, 1, units)
    return np.where(units == 0, values, np.round(values / whole) * whole)


def _truncated(values: Array, units: Array, _signs: Array) -> Array:
    whole = np.where(units == 0, 1, units)
    return np.where(units == 0, values, np.trunc(values / whole) * whole)


def _off(values: Array, units: Array, signs: Array) -> Array:
    off: Array = values + signs * units
    return off


def _same(sign: float) -> Callable[[int, int], Array]:
    return lambda _start, size: np.full(size, sign)


def _any(seed: int) -> Way:
    """Up or down by one in the last digit, as it falls."""
    signs = np.random.default_rng(seed).integers(0, 2, 997) * 2.0 - 1
    return Way(_off, lambda start, size: np.resize(np.roll(signs, -start), size))


_WAYS = (
    Way(_truncated, _same(0), alike=True),
    Way(_nearest, _same(0), alike=True),
    Way(_truncated, _same(1)),
    Way(lambda values, units, _signs: values + np.sign(values) * units, _same(-1)),
    *map(_any, range(1, 6)),
)
