"""What a wrong number may be that no mistake of the catalogue explains: that of another quantity, or a slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.answers import GRADIENTS, PARAMETERS, Key
from gradcalc.study.cause import Cause
from gradcalc.study.mistakes.layers import rates_of
from gradcalc.study.place import place_of
from gradcalc.study.room import TELLING
from gradcalc.study.sheet import Given
from gradcalc.study.slips import misread, slip
from gradcalc.study.sources import Sources
from gradcalc.study.truth import LOSSES
from gradcalc.study.verdicts import Judge, Judged
from gradcalc.study.working import work

# how many given numbers are tried for having been read wrongly, where not more of a quantity are wrong
MOST_READ, MOST_MISREAD = 12, 6


class Unexplained:
    """The wrong numbers of a judged sheet, each by itself."""

    def __init__(self, judge: Judge, judged: Judged, wrong: Mapping[Key, Sequence[Given]]) -> None:
        self.judge, self.judged, self.wrong = judge, judged, wrong
        self.scene, self.sheet = judge.scene, judge.sheet
        self._elsewhere: dict[Key, str | None] = {}

    def causes(self, given: Given) -> tuple[Cause, ...]:
        """Another quantity in the place of this one, or a slip of arithmetic, with its kind if it has one."""
        other = self.elsewhere(given.key)
        if other is None:
            kind = self._kind(given) or next(self._miscopied(given), ("arithmetic", "a slip of arithmetic"))
            return (Cause("M18", *kind),)
        taken = Cause("M21", "another_quantity", f"{other} in the place of {place_of(given.key)}")
        # a single number may as well be a slip
        lone = self._kind(given) if len(self.sheet.cells[given.key]) == 1 else None
        return (taken,) if lone is None else (Cause("M18", *lone), taken)

    def elsewhere(self, key: Key) -> str | None:
        """Another quantity in the place of this one."""
        if key not in self._elsewhere:
            self._elsewhere[key] = self._another(key)
        return self._elsewhere[key]

    def _another(self, key: Key) -> str | None:
        """Another quantity whose numbers are those that are wrong, and all others that are written beside them."""
        cells = self.sheet.cells[key]
        if max(given.number.figures for given in self.wrong[key]) < TELLING:
            return None
        fits = [
            other
            for other, array in self._others(key).items()
            if other != key and array.size == np.size(self.judge.truth[key])
            if all(self.judge.agrees(given, {key: np.ravel(array)}) for given in cells)
        ]
        # of one output the loss is all of it, and people call it by its own name
        own = (other for other in fits if other.quantity not in LOSSES)
        other = next(own, next(iter(fits), None))
        return None if other is None else place_of(other)

    def _others(self, key: Key) -> Mapping[Key, Array]:
        """Every quantity from the person's own numbers before `key`, and each parameter after an update."""
        found = self.judge.used(self.scene, key)
        for name, slope in self.scene.slopes.items():
            gradient = self.judged.own.get(slope, found.get(slope))
            if name in self.scene.leaves and gradient is not None:
                for rate in rates_of(self.scene):
                    found.setdefault(Key(PARAMETERS, 1, name), np.ravel(found[Key(name)]) - rate * np.ravel(gradient))
        return found

    def _kind(self, given: Given) -> tuple[str, str] | None:
        """The kind of slip that leads from the right number to one that was written."""
        rights = [array[given.key] for array in (self.judged.own, self.judge.truth)]
        return slip(given, [float(array[given.position]) for array in rights], rights, self.judge.tolerance)

    def _miscopied(self, given: Given) -> Iterator[tuple[str, str]]:
        """A number that was read wrongly where it was used, though it may be right where it stands."""
        if len(self.wrong[given.key]) > MOST_MISREAD:
            return
        for key, at, value in islice(self._read(given.key), MOST_READ):
            for other in misread(value):
                told = self._with(key, at, other, given.key)
                if told is not None and self.judge.agrees(given, {given.key: told}):
                    yield "miscopied", f"{other:.12g} read where {value:.12g} stands"

    def _read(self, key: Key) -> Iterator[tuple[Key, int, float]]:
        """The numbers that are given and that a quantity uses: each with its place."""
        if key.step is not None:
            source = Key(GRADIENTS, key.step, key.parameter, key.run)
            found = self.judge.told(source)
            yield from ((source, at, float(value)) for at, value in enumerate(np.ravel(found)))
            return
        near = Sources(self.scene, self.sheet).of(key)
        for name, array in self.scene.leaves.items():
            if name in near and name in self.scene.keys:
                yield from ((Key(name), at, float(value)) for at, value in enumerate(np.ravel(array)))

    def _with(self, source: Key, at: int, value: float, key: Key) -> Array | None:
        """What follows at `key` with another number in one place."""
        told: dict[Key, Array] = {}
        inner = self.judge.settling(told, self.judge.place)

        def settle(own: Key, array: Array) -> Array:
            used = inner(own, array)
            if own == source:
                used = np.array(used)
                used.flat[at] = value
            return used

        work(self.scene, settle)
        return told.get(key)
