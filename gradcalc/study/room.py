"""How far roundings on the way can move what follows on a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain as flat
from itertools import groupby
from math import isclose
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Arrays
from gradcalc.engine.op import Array
from gradcalc.problem.answers import GRADIENTS, Key
from gradcalc.problem.written import FULL, SLACK, Written
from gradcalc.study.remembered import Memory, remembering
from gradcalc.study.sheet import Sheet
from gradcalc.study.working import Scene, ahead, stage_of, work

Values = Mapping[Key, Array]


class Used(NamedTuple):
    """What is used of a quantity, and how much of each number is not on paper and may be used all the same: what is
    known to be `lost` (NaN where nothing is written), and at `most`."""

    values: Array
    lost: Array
    most: Array


# what is used of a quantity where this follows there
Taken = Callable[[Key, Array], Used]

# a number of fewer figures may be exact, and says nothing of the digits that somebody works with
TELLING = 3
# but many numbers of so few figures, none of them exact, say that somebody works to no more
_SHORT, _MANY = 2, 6
# how far from what it should be a number is that somebody has rounded, and several where roundings add up
_NEAR, _FAR = 0.05, 0.25
# how many numbers are moved one by one; where there are more, several are moved at once
_MOST = 200
# how many numbers of a sheet may have lost zeros at their ends, or be sums of rounded ones: so many, and such a share
_LOST, _LOST_SHARE = 2, 0.2
# the most significant figures that somebody may work to
_WIDEST = 8


class Style(NamedTuple):
    """To how many decimals or significant figures a person seems to work.

    `saved`: a number that has no digit in so many decimals has some figures all the same.
    """

    digits: int
    figures: bool
    saved: bool = False

    def units(self, values: Array) -> Array:
        """One in the last digit of each value."""
        if self.figures:
            size: Array = np.floor(np.log10(np.where(values == 0, 1, np.abs(values))))
            return 10.0 ** (size - self.digits + 1)
        units = np.full(values.shape, 10.0**-self.digits)
        if not self.saved:
            return units
        return np.where(np.abs(values) < units, Style(TELLING, figures=True).units(values), units)

    def cuts(self, values: Array) -> Array:
        """1 where a value has more digits than that, as what is not finite has not."""
        with np.errstate(invalid="ignore"):
            whole = values / self.units(values)
            return np.where(np.abs(np.round(whole) - whole) > 1e-9 + 1e-13 * np.abs(whole), 1.0, 0.0)

    def cut(self, values: Array, half: float) -> Array:
        """Each value without its further digits, once a half is added; a half or none."""
        units = self.units(values)
        whole = np.floor((np.abs(values / units) + half) * (1 + FULL))
        # a quotient of whole numbers is the float64 that is nearest to the decimal, a product need not be
        return np.copysign(np.where(units < 1, whole / np.round(1 / units), whole * units), values)


def styles_of(sheet: Sheet, follows: Values) -> Sequence[Style]:
    """The significant figures and the decimals that somebody may work to, as most of the numbers have them.

    A number that is exact, or quite another than what follows there, tells nothing; but nobody who works to so many
    decimals writes more.
    """
    near, far = _inexact(sheet, follows, _NEAR), _inexact(sheet, follows, _FAR)
    near = near or (far if len(far) > 1 else [])
    cut = [number for number in near if number.figures >= TELLING]
    figures, no_figures = _most([number.figures for number in cut or near]) if near else (0, 0)
    if not cut and (len(near) < _MANY or figures < _SHORT):
        return []
    decimals, no_decimals = _most([number.decimals for number in cut or near])
    few = max(min(no_figures, no_decimals), _LOST + _LOST_SHARE * len(cut or near))
    found = [(Style(figures, figures=True), no_figures)]
    if decimals > 0 and all(given.number.decimals <= decimals for given in sheet.numbers):
        found.append((Style(decimals, figures=False), no_decimals))
    return [style for style, others in found if others <= few or len(found) == 1]


def styles_like(sheet: Sheet) -> Iterator[Style]:
    """The styles that the longest numbers may be of; short ones may be of any that has more figures."""
    figures = max(given.number.figures for given in sheet.numbers)
    decimals = max(given.number.decimals for given in sheet.numbers)
    widest = figures if figures >= TELLING else _WIDEST
    yield from (Style(digits, figures=True) for digits in range(max(TELLING, figures), widest + 1))
    if decimals > 0:
        yield Style(decimals, figures=False)


def _most(digits: Sequence[int]) -> tuple[int, int]:
    """How many digits most numbers have, the fewest where that is not plain, and how many have others."""
    counts = Counter(digits)
    most = max(sorted(counts), key=lambda one: counts[one])
    return most, len(digits) - counts[most]


def _inexact(sheet: Sheet, follows: Values, near: float) -> list[Written]:
    """The numbers that are almost what follows there, but not quite."""
    both = [(given.number, float(follows[given.key][given.position])) for given in sheet.numbers]
    return [
        number
        for number, true in both
        if isclose(number.value, true, rel_tol=near if number.figures >= TELLING else _NEAR) or number.agrees(true)
        if not isclose(number.value, true, abs_tol=1e-300)
    ]


class _Plain(NamedTuple):
    """A quantity where nothing is rounded that is not written: what follows there, and what is used."""

    told: Array
    used: Array
    taken: Used


def _for(key: Key, style: Style) -> Style:
    """The style for a quantity: nobody makes 0 of a state that steps divide by."""
    return style if key.parameter is None else style._replace(saved=True)


def _add_worst(moved: dict[Key, Array], offs: Sequence[Mapping[Key, Array]]) -> None:
    """Add how far everything moves in the worst of the ways in which something can move."""
    for own in dict.fromkeys(flat.from_iterable(offs)):
        moved[own] += np.maximum.reduce([off[own] for off in offs if own in off])


class Room:
    """What roundings on the way can do to what follows; nothing is worked before it is asked for."""

    def __init__(self, scene: Scene, styles: Sequence[Style], taken: Taken) -> None:
        self.scene, self.styles, self._taken = scene, styles, taken
        self._memory = Memory()

    @cached_property
    def _steady(self) -> Scene:
        return remembering(self.scene, self._memory)

    @cached_property
    def alike(self) -> Sequence[Values]:
        """What follows where every number that is not written is rounded before it is used, or every one truncated."""
        return [self._cut(style, half) for style in self.styles for half in (0.5, 0.0)]

    def _cut(self, style: Style, half: float) -> Values:
        """What follows where every number that is neither written nor given is cut so."""
        told: dict[Key, Array] = {}

        def settle(key: Key, value: Array) -> Array:
            told[key] = flat = np.ravel(value)
            values, lost, _ = self._taken(key, flat)
            if not self._is_given(key):
                values = np.where(np.isnan(lost), _for(key, style).cut(values, half), values)
            return values.reshape(value.shape)

        work(self.scene, settle)
        return told

    @cached_property
    def moved(self) -> Values:
        """How far each quantity can move: the sum of what the rounding of each number before it can do there."""
        plain = self._plain
        moved = {key: np.zeros(one.told.size) for key, one in plain.items()}
        leading = [key for key in plain if self._leads_on(key)]
        several = -(-sum(plain[key].told.size for key in leading) // _MOST)
        for _, row in groupby(leading, self._row):
            reaches = {key: self._reach(key, moved[key]) for key in row}
            if any(reach.any() for reach in reaches.values()) and not self._add_row(moved, reaches):
                for key, reach in reaches.items():
                    self._add_parts(moved, key, reach, several)
        return moved

    def _is_given(self, key: Key) -> bool:
        """Whether a number is one of the problem, which nobody rounds."""
        if key.step is None:
            return key.quantity in self.scene.leaves
        given = key.quantity == GRADIENTS and key.parameter is not None
        return given and any(course.trace.given for course in self.scene.courses if course.label == key.run)

    def _row(self, key: Key) -> Key:
        """What stands for a quantity and for those that are entries of the same vector in a step of an optimizer."""
        return key._replace(parameter="") if self._is_entrywise(key) else key

    def _is_entrywise(self, key: Key) -> bool:
        """Whether the rules of the optimizer lead from each entry to itself alone."""
        return any(
            key.parameter is not None and key.run == course.label and course.trace.entrywise
            for course in self.scene.courses
        )

    def _reach(self, key: Key, moved: Array) -> Array:
        """How far rounding may take each entry from what follows there, away from 0."""
        told, (_, lost, most) = np.ravel(self._plain[key].told), self._plain[key].taken
        reach = np.where(np.isnan(lost), self._units(key, told, moved), np.minimum(lost + moved, most))
        if key in self._ahead:
            reach = np.where(np.abs(told) <= self._noise, np.maximum(reach, 2 * np.abs(told)), reach)
        return np.where(told < 0, -reach, reach)

    def _add_row(self, moved: dict[Key, Array], reaches: Mapping[Key, Array]) -> bool:
        """Add how far everything moves with each entry of a row, all of them at once; False where one leads to others,
        as by the network to the gradients of the next step."""
        if not all(map(self._is_entrywise, reaches)):
            return False
        ways = [reaches, {key: -reach for key, reach in reaches.items()}]
        offs = [self._off(way) for way in ways]
        alone = all(self._is_entrywise(own) and own.quantity != GRADIENTS for off in offs for own in off)
        if alone:
            _add_worst(moved, offs)
        return alone

    def _add_parts(self, moved: dict[Key, Array], key: Key, reach: Array, several: int) -> None:
        """Add how far everything moves with each entry of a quantity, or with so many at once."""
        for start in range(0, reach.size, several):
            part = np.zeros(reach.shape)
            part[start : start + several] = reach[start : start + several]
            if part.any():
                ways = [part, -part]
                if np.count_nonzero(part) > 1:
                    ways.append(np.where(np.arange(part.size) % 2, part, -part))
                _add_worst(moved, [self._off({key: way}) for way in ways])

    def _units(self, key: Key, values: Array, moved: Array) -> Array:
        """How much the next rounding can take off; nothing of what is given or has no more digits."""
        if self._is_given(key):
            return np.zeros(values.shape)
        styles = [_for(key, style) for style in self.styles]
        units = [np.where(style.cuts(values) + moved > 0, style.units(values), 0) for style in styles]
        units.append(np.zeros(values.shape))
        most: Array = np.maximum.reduce(units)
        return most

    @cached_property
    def _noise(self) -> float:
        """What float64 may have left of an exact 0, which may lie on the other side of a kink then."""
        values = [np.abs(one.told) for key, one in self._plain.items() if key in self._ahead]
        return SLACK * max((float(np.max(value[np.isfinite(value)], initial=0)) for value in values), default=0.0)

    def _off(self, way: Mapping[Key, Array]) -> Mapping[Key, Array]:
        """How far off everything is that is another number once some quantities are moved."""
        found: dict[Key, Array] = {}
        for own, told in self._nudged(way).items():
            with np.errstate(all="ignore"):
                off = np.abs(told - np.ravel(self._plain[own].told))
            if off.any():
                found[own] = np.where(np.isfinite(off), off, 0)
        return found

    def _nudged(self, way: Mapping[Key, Array]) -> Mapping[Key, Array]:
        """What follows wherever it is computed anew once some quantities are moved."""
        told: dict[Key, Array] = {}

        def settle(own: Key, value: Array) -> Array:
            plain = self._plain[own]
            if own in way:
                return plain.used + way[own].reshape(plain.used.shape)
            if value is plain.told:
                return plain.used
            told[own] = flat = np.ravel(value)
            used = self._taken(own, flat).values.reshape(value.shape)
            return plain.used if np.array_equal(used, plain.used) else used

        self._memory.anew = frozenset(map(stage_of, way))
        work(self._steady, settle, self._flow if self._ahead.isdisjoint(way) else None)
        return told

    @cached_property
    def _plain(self) -> Mapping[Key, _Plain]:
        found: dict[Key, _Plain] = {}

        def settle(key: Key, value: Array) -> Array:
            taken = self._taken(key, np.ravel(value))
            found[key] = _Plain(value, taken.values.reshape(value.shape), taken)
            return found[key].used

        if self.scene.graph.equations:
            self._flow.update(ahead(self._steady, settle))
        work(self._steady, settle, self._flow or None)
        self._memory.filled = False
        return found

    @cached_property
    def _flow(self) -> Arrays:
        return {}

    @cached_property
    def _ahead(self) -> frozenset[Key]:
        """The quantities of the forward walk."""
        return frozenset([*self.scene.keys.values(), *flat.from_iterable(self.scene.also.values())])

    def _leads_on(self, key: Key) -> bool:
        """Whether anything follows from a quantity, as nothing does from the gradient of a leaf that no step uses."""
        return bool(self.scene.courses) or key not in self._ends

    @cached_property
    def _ends(self) -> frozenset[Key]:
        return frozenset(self.scene.slopes[name] for name in self.scene.leaves if name in self.scene.slopes)
