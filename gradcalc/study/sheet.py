"""A sheet of answers: each number at its place in the quantity that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.answers import Claim, Key, Letters
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.node import Node
from gradcalc.problem.scalars import Unreadable, without_numbers
from gradcalc.problem.written import Written, written

Index = tuple[int, ...]
Shape = tuple[int, ...]
# an entry of nested lists: where it stands, its node, and what is written there
Told = tuple[Index, Node, Written | str | None]


# what is meant by signs that no number has
_MEANT = {
    "%": "a percentage is written as a number: 0.9999",
    "(": "a list is written [4, -1]",
    "[": "a list stands without quotes: [4, -1]",
}


class Given(NamedTuple):
    """A number that was written for one entry; `position` counts the entries of the quantity row by row."""

    key: Key
    position: int
    at: Index
    number: Written
    node: Node


class Misfit(NamedTuple):
    """An array of another shape than the quantity has that it was written for."""

    key: Key
    array: Array
    shape: Shape
    node: Node


class Formula(NamedTuple):
    """A formula that was written for a quantity, or for a part of it.

    `letters` has the letters and positions of an index such as `W[h,m]`, where it is one formula for many entries.
    """

    key: Key
    within: Index
    text: str
    node: Node
    letters: Letters = ()


class Way(NamedTuple):
    """Numbers that were put in to come to a result: `0.02*0.5275` of `0.02*0.5275 = 0.01055`."""

    key: Key
    within: Index
    number: Written
    result: Written
    node: Node


class Sheet(NamedTuple):
    """All answers of one person, numbers by the quantity that they were written for."""

    cells: Mapping[Key, Sequence[Given]]
    misfits: Sequence[Misfit] = ()
    formulas: Sequence[Formula] = ()
    ways: Sequence[Way] = ()

    @property
    def numbers(self) -> Iterable[Given]:
        return (given for cells in self.cells.values() for given in cells)


def sheet_of(
    claims: Iterable[Claim], shapes: Mapping[Key, Shape], root: Node, constant: Callable[[Key], bool] | None = None
) -> Sheet:
    """The sheet that the claims make; of an entry that was answered twice the later answer counts.

    With `constant` a number that stands among formulas, or for one of the quantities that it names, is a formula, too.

    Raises ProblemError with everything that is neither a number nor a formula.
    """
    faults = Faults()
    cells: dict[Key, dict[int, Given]] = {}
    misfits: list[Misfit] = []
    formulas: list[Formula] = []
    ways: list[Way] = []
    for claim in claims:
        try:
            if (way := _way(claim, faults)) is not None:
                ways.append(way)
                continue
            if claim.letters:
                formulas.append(_lettered(claim, shapes[claim.key], faults))
                continue
            if claim.node.kind == "scalar" and isinstance(_read(claim.node, faults), str):
                within = _inside(claim, shapes[claim.key], faults)
                formulas.append(Formula(claim.key, within, claim.node.text, claim.node))
                continue
            found = _placed(claim, shapes[claim.key], faults, constant)
        except Refused:
            continue
        if isinstance(found, Misfit):
            misfits.append(found)
            continue
        formulas += [one for one in found if isinstance(one, Formula)]
        numbers = {one.position: one for one in found if isinstance(one, Given)}
        if numbers:
            cells.setdefault(claim.key, {}).update(numbers)
    faults.check(root.source)
    return Sheet({key: list(own.values()) for key, own in cells.items()}, misfits, formulas, ways)


def _way(claim: Claim, faults: Faults) -> Way | None:
    """The numbers on the way to a number; None for any other claim."""
    if claim.result is None:
        return None
    own, result = _read(claim.node, faults), _read(claim.result, faults)
    if isinstance(own, str) or isinstance(result, str):
        return None
    return Way(claim.key, claim.within, own, result, claim.node)


def _lettered(claim: Claim, shape: Shape, faults: Faults) -> Formula:
    """One formula for all entries that an index with letters has."""
    if len(claim.letters) not in (len(shape), sum(side != 1 for side in shape)):
        size = "×".join(map(str, shape)) or "no axes"
        raise faults.refuse(
            f"the index has {len(claim.letters)} letter{'s' * (len(claim.letters) > 1)}, and the quantity is {size}",
            claim.node,
        )
    if claim.node.kind != "scalar":
        raise faults.refuse("an index with letters takes one formula", claim.node, "such as dW1[h,m]: dz1[h]*x[m]")
    return Formula(claim.key, (), claim.node.text, claim.node, claim.letters)


def _read(node: Node, faults: Faults) -> Written | str:
    """The number that stands in a scalar, or its text where that may be a formula."""
    try:
        return written(node.text)
    except Unreadable as reason:
        if any(letter.isalpha() for letter in without_numbers(node.text)):
            return node.text
        told = next((hint for sign, hint in _MEANT.items() if sign in node.text), None)
        message = f"'{node.text}' is not a number" if told else reason.message
        raise faults.refuse(message, node, told or reason.hint) from None


def _placed(
    claim: Claim, shape: Shape, faults: Faults, constant: Callable[[Key], bool] | None
) -> list[Given | Formula] | Misfit:
    """The numbers and formulas of a claim, each with its entry; axes of length 1 may be missing."""
    within = _inside(claim, shape, faults)
    rest = shape[len(within) :]
    entries = list(_entries(claim.node, (), faults))
    found = _shape_of(claim.node)
    kept = [axis for axis, side in enumerate(rest) if side != 1]
    if found is None or _squeezed(found) != tuple(rest[axis] for axis in kept):
        return _misfit(claim, entries, found, rest)
    width = [axis for axis, side in enumerate(found) if side != 1]
    formal = constant is not None and (constant(claim.key) or any(isinstance(told, str) for _, _, told in entries))
    given: list[Given | Formula] = []
    for at, node, told in entries:
        if told is None:
            continue
        index = [0] * len(rest)
        for own, axis in zip(width, kept, strict=True):
            index[axis] = at[own]
        whole = (*within, *index)
        position = int(np.ravel_multi_index(whole, shape)) if shape else 0
        if formal or isinstance(told, str):
            given.append(Formula(claim.key, whole, node.text, node))
        else:
            given.append(Given(claim.key, position, whole, told, node))
    return given


def _inside(claim: Claim, shape: Shape, faults: Faults) -> Index:
    """The place of an answer; `da1[2]/dz1[2]` is entry 2 of an array that has one number for each entry."""
    within = claim.within
    half = len(within) // 2
    if len(within) == 2 * len(shape) and within[:half] == within[half:]:
        within = within[:half]
    if len(within) > len(shape) or any(not 0 <= at < side for at, side in zip(within, shape, strict=False)):
        raise faults.refuse("there is no such entry", claim.node)
    return within


def _misfit(claim: Claim, entries: list[Told], found: Shape | None, rest: Shape) -> Misfit:
    array = np.array([told.value if isinstance(told, Written) else np.nan for _, _, told in entries])
    if found is not None and prod(found) == array.size:
        array = array.reshape(found)
    return Misfit(claim.key, array, rest, claim.node)


def _entries(node: Node, at: Index, faults: Faults) -> Iterable[Told]:
    """Every number or formula of nested lists with its place; None where `null` stands."""
    if node.kind == "list":
        for position, item in enumerate(node.items):
            yield from _entries(item, (*at, position), faults)
        return
    if node.kind == "mapping":
        raise faults.refuse("expected a number, found a mapping", node)
    if node.is_null:
        yield at, node, None
        return
    yield at, node, _read(node, faults)


def _shape_of(node: Node) -> Shape | None:
    """The shape of nested lists; None where their lengths differ. A `null` may stand for a whole row."""
    if node.kind != "list":
        return ()
    inner = {_shape_of(item) for item in node.items if not (item.is_null and len(node.items) > 1)}
    if len(inner) > 1 or None in inner:
        return None
    return (len(node.items), *(inner.pop() if inner else ()))  # type: ignore[misc]  # None was refused above


def _squeezed(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)
