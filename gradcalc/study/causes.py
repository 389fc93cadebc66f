"""What produced the wrong numbers of a sheet: the mistakes that reproduce all of them from the person's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Arrays
from gradcalc.engine.op import Array
from gradcalc.problem.answers import GRADIENTS, Key
from gradcalc.study.cause import Cause
from gradcalc.study.mistakes import rows_for
from gradcalc.study.mistakes.row import Change
from gradcalc.study.room import TELLING, Room
from gradcalc.study.sheet import Given, Sheet
from gradcalc.study.sources import Sources
from gradcalc.study.unexplained import Unexplained
from gradcalc.study.verdicts import Cell, Judge, Judged, Verdict
from gradcalc.study.working import Scene, ahead, work

# how many pairs of mistakes are tried where no single one produces what was written
MOST_PAIRS = 600
# which share of a number it may be off, for roundings to be worked with a mistake
_CLOSE = 1e-2
# and which share a right number of some digits is off at most, for roundings to have led to it
_FAR = 0.25


class Found(NamedTuple):
    """The quantities that a mistake explains; `partly` where a right entry stands beside the wrong ones."""

    changes: tuple[Change, ...]
    keys: frozenset[Key]
    partly: bool


class _Contradicted(Exception):  # noqa: N818 - ends a walk that can't lead anywhere
    """A number that was written is not what the mistake leads to."""


class Search:
    """The causes of one judged sheet; `order` has the quantities in the order in which a first wrong one is sought."""

    def __init__(self, judge: Judge, judged: Judged, order: Sequence[Key], changes: Sequence[Change]) -> None:
        self.judge, self.judged, self.order, self.changes = judge, judged, order, changes
        self.scene: Scene = judge.scene
        self.sheet: Sheet = judge.sheet
        self.wrong = {
            key: [given for given in self.sheet.cells[key] if self._word(given) == "wrong"]
            for key in order
            if any(self._word(given) == "wrong" for given in self.sheet.cells[key])
        }
        self._flows: dict[str, Arrays] = {}
        self._bases: dict[str, Mapping[Key, Array]] = {"own": judged.own}
        self._unexplained = Unexplained(judge, judged, self.wrong)

    def run(self) -> tuple[dict[Cell, tuple[Cause, ...]], dict[Cell, Verdict]]:
        """The causes of each wrong cell, and the cells whose verdict they change: explained, they follow."""
        causes: dict[Cell, tuple[Cause, ...]] = {}
        follows: dict[Cell, Verdict] = {}
        left = dict(self.wrong)
        while left:
            first = next(iter(left))
            best = self._explanations(first, left)
            if best:
                keys = best[0].keys & left.keys()
                told = tuple(dict.fromkeys(cause for found in best for cause in map(_cause, found.changes)))
                followed = self._unseen(best[0], first, keys)
            else:
                keys, followed = frozenset([first]), frozenset()
                told = ()
            for key in keys:
                for given in left.pop(key):
                    cell = (given.key, given.position)
                    if key in followed:
                        follows[cell] = Verdict("follows")
                    else:
                        causes[cell] = told or self._unexplained.causes(given)
        return causes, follows

    def _explanations(self, first: Key, left: Mapping[Key, Sequence[Given]]) -> list[Found]:
        """The changes that explain the first wrong quantity and as many others as any; whole ones before partial."""
        able = self._able(first)
        found = self._singles(able, first)
        if first.step is not None and not any(one.keys >= left.keys() for one in found):
            # the constants of a mistake may take a rounding further than the right ones
            found = self._singles(able, first, own_room=True)
        found = [one for one in found if not one.partly] or found
        if found and found[0].partly and self._is_slip(first):
            return []
        if not found and self._is_telling(first) and not self._unexplained.elsewhere(first):
            found = self._pairs(first, able)
        most = max((len(one.keys & left.keys()) for one in found), default=0)
        return _distinct(self._nearest([one for one in found if len(one.keys & left.keys()) == most]))

    def _singles(self, able: Sequence[Change], first: Key, *, own_room: bool = False) -> list[Found]:
        """What single mistakes explain."""
        tried = (self._tried((change,), first, own_room=own_room) for change in able)
        return [found for found in tried if found is not None]

    def _nearest(self, found: Sequence[Found]) -> list[Found]:
        """Of several explanations those by which most numbers follow, right ones, too, from the person's own."""
        if len(found) < 2:
            return [*found]
        counts = [self._followed(one) for one in found]
        return [one for one, count in zip(found, counts, strict=True) if count == max(counts)]

    def _mistaken(self, changes: Sequence[Change]) -> Scene:
        """What the hand works with that makes these mistakes."""
        scene = self.scene
        for change in changes:
            scene = change.make(scene)
        return scene

    def _followed(self, found: Found) -> int:
        """How many numbers follow from the person's own once mistakes are made."""
        told = self.judge.follow(self._mistaken(found.changes))
        return sum(self._near(given, told[given.key], None) for given in self.sheet.numbers)

    def _is_telling(self, key: Key) -> bool:
        """Whether more is wrong than a single number of so few digits that some two mistakes lead to it by chance."""
        wrong = self.wrong[key]
        return len(wrong) > 1 or wrong[0].number.figures >= TELLING

    def _is_slip(self, key: Key) -> bool:
        """Whether a single wrong number is a slip of a known kind, which right numbers beside it speak for."""
        wrong = self.wrong[key]
        return len(wrong) == 1 and self._unexplained.causes(wrong[0])[0].name != "arithmetic"

    def _able(self, first: Key) -> list[Change]:
        """The changes that can have to do with the first wrong quantity."""
        if first.step is not None:
            if self._gradient_stands(first):
                return [change for change in self.changes if _of_course(change)]
            return [*self.changes]
        near = Sources(self.scene, self.sheet).of(first)
        return [change for change in self.changes if not near.isdisjoint(change.touched)]

    def _gradient_stands(self, key: Key) -> bool:
        """Whether the gradient that a step uses is not wrong, and no mistake in a network can have led to the step."""
        gradients = [Key(GRADIENTS, key.step, key.parameter, key.run)]
        if key.step == 1:
            gradients += [slope for name, slope in self.scene.slopes.items() if name == key.parameter]
        right = any(own in self.sheet.cells and own not in self.wrong for own in gradients)
        return right or not self.scene.graph.equations

    def _pairs(self, first: Key, able: Sequence[Change]) -> list[Found]:
        """Two mistakes at once."""
        able = able if first.step is None else [change for change in able if _of_course(change)]
        pairs = (pair for pair in combinations(able, 2) if pair[0].touched.isdisjoint(pair[1].touched))
        tried = (self._tried(pair, first) for pair in islice(pairs, MOST_PAIRS))
        return [found for found in tried if found is not None and not found.partly]

    def _tried(self, changes: tuple[Change, ...], first: Key, *, own_room: bool = False) -> Found | None:
        """What the changes explain, from the person's own numbers or, where these are right, from the exact ones."""
        forward = any(change.ahead for change in changes)
        if not forward and first.step is None and first.quantity in self.scene.keys:
            return None
        scene = self._mistaken(changes)
        keys: set[Key] = set()
        partly = True
        for base in ("own", "exact"):
            reached = self._worked(scene, base, first, forward=forward, own_room=own_room)
            if reached is None:
                continue
            explained, whole = reached
            keys |= explained
            partly = partly and not whole
            if len(explained) == len(self.wrong):
                break
        return Found(changes, frozenset(keys), partly) if first in keys else None

    def _worked(
        self, scene: Scene, base: str, first: Key, *, forward: bool, own_room: bool
    ) -> tuple[set[Key], bool] | None:
        """The wrong quantities that the scene explains, and whether all right ones stay right; None: not the first."""
        place = self.judge.place if base == "own" else self._place_wrong
        styles = self.judged.room.styles if self.judged.room is not None else ()
        room = self.judge.room(scene, styles, place) if own_room else None
        explained: set[Key] = set()
        harm = False

        def look(key: Key, told: Array, values: Array) -> None:
            nonlocal harm
            wrong = self.wrong.get(key, ())
            fits = bool(wrong) and all(self._near(given, told, room) for given in wrong)
            if fits:
                explained.add(key)
            elif key == first:
                raise _Contradicted
            if self._moved(base, key, told) and not all(
                self._stays(given, told, room) for given in self.sheet.cells[key] if self._word(given) != "wrong"
            ):
                if key != first:
                    raise _Contradicted
                harm = True
            place(key, told, values)

        known = None if forward or not scene.graph.equations else self._flow(base)
        settle = self.judge.settling({}, look)
        try:
            with np.errstate(all="ignore"):
                work(scene, settle, known)
        except (_Contradicted, ValueError, IndexError):
            return None
        return explained, not harm

    def _moved(self, base: str, key: Key, told: Array) -> bool:
        """Whether a quantity is another one than without any mistake."""
        if base not in self._bases:
            self._bases[base] = self.judge.follow(self.scene, self._place_wrong)
        own = self._bases[base].get(key)
        return own is None or not bool((np.abs(told - own) <= 1e-9 * np.abs(own)).all())

    def _flow(self, base: str) -> Arrays:
        if base not in self._flows:
            place = self.judge.place if base == "own" else self._place_wrong
            self._flows[base] = ahead(self.scene, self.judge.settling({}, place))
        return self._flows[base]

    def _place_wrong(self, key: Key, _told: Array, values: Array) -> None:
        """Put in place what is not right; for the rest the exact numbers stay."""
        if key in self.judged.trivial:
            return
        for given in self.sheet.cells[key]:
            if self._word(given) != "right" and np.isfinite(given.number.value):
                values[given.position] = given.number.value

    def _near(self, given: Given, told: Array, room: Room | None) -> bool:
        """Whether the number is that which follows, with roundings as they do without the mistake, or as with it."""
        values = {given.key: told}
        if self.judge.near(given, values, self.judged.room, alike=False):
            return True
        close = abs(float(told[given.position]) - given.number.value) < _CLOSE * abs(given.number.value)
        return room is not None and close and self.judge.near(given, values, room, alike=False)

    def _stays(self, given: Given, told: Array, room: Room | None) -> bool:
        """Whether a number that is not wrong may be what the mistake leads to.

        However far roundings may reach, they hardly lead from quite another number to all digits of the right one.
        """
        apart = abs(float(told[given.position]) - given.number.value)
        exact = given.number.figures >= TELLING and self.judge.agrees(given, self.judge.truth)
        if exact and apart > _FAR * abs(given.number.value):
            return False
        return self._near(given, told, room)

    def _unseen(self, found: Found, first: Key, keys: frozenset[Key]) -> frozenset[Key]:
        """The explained quantities, but the first, at which the mistake itself is not made: they follow from it."""
        told: dict[Key, Array] = {}
        others: dict[Key, Array] = {}
        scene = self._mistaken(found.changes)
        work(scene, self.judge.settling(told, self.judge.place))

        def replay(key: Key, value: Array) -> Array:
            if key in self.sheet.cells:
                others[key] = np.ravel(value)
            return value

        own = self.judge.used(scene)
        work(self.scene, lambda key, value: own[key] if replay(key, value) is not None and key in own else value)
        same = {key for key in keys if key != first and np.allclose(others[key], told[key], rtol=1e-9, atol=0)}
        return frozenset(same)

    def _word(self, given: Given) -> str:
        return self.judged.verdicts[given.key, given.position].word


def _of_course(change: Change) -> bool:
    """Whether a mistake is made in the run of an optimizer."""
    return any(isinstance(place, tuple) for place in change.touched)


def changes_of(scene: Scene) -> list[Change]:
    """Every way to make a mistake in the scene."""
    return [change for mistake in rows_for(scene.problem) for change in mistake.among(scene)]


def _cause(change: Change) -> Cause:
    return Cause(change.mistake.id, change.mistake.name, change.text)


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Explanations of the same mistake once: the first, which acts wherever it can."""
    seen: dict[tuple[str, ...], Found] = {}
    for one in found:
        seen.setdefault(tuple(change.mistake.name for change in one.changes), one)
    return list(seen.values())
