"""Slips of arithmetic: what may have happened to a number on its way to the paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.written import FULL, Written
from gradcalc.study.sheet import Given

_POWERS = (-1, 1, -2, 2, -3, 3)
# in an array of so many entries two are taken for each other, in a larger one if hardly one in ten is close by chance
_SMALL, _RARE = 24, 10


def slip(
    given: Given, rights: Sequence[float], arrays: Sequence[Array], tolerance: float | None
) -> tuple[str, str] | None:
    """The kind of slip that leads from one of `rights` to the number; None where none does.

    `arrays` have the right numbers of the whole quantity, among which two may have changed places.
    """
    finite = [right for right in rights if math.isfinite(right)]
    if not finite or not math.isfinite(given.number.value):
        return None
    return next(_kinds(given.number, finite, arrays, given.position, tolerance), None)


def misread(value: float) -> Iterator[float]:
    """What a number is taken for where one of its digits is doubled or lost, two are swapped, or its sign is not seen.

    >>> [float(f"{x:.6g}") for x in misread(-0.62)]
    [0.62, -0.662, -0.2, -0.622, -0.6, -0.26]
    """
    text = f"{abs(value):.12g}"
    sign = math.copysign(1.0, value)
    if value:
        yield -value
    if not text.replace(".", "").isdigit():
        return
    for at, digit in enumerate(text):
        if digit == "." or (digit == "0" and not text[:at].strip("0.")):
            continue
        yield sign * float(f"{text[:at]}{digit}{text[at:]}")
        yield sign * float(f"{text[:at]}{text[at + 1 :]}" or "0")
    for at, (one, two) in enumerate(pairwise(text)):
        if one != two and "." not in (one, two) and text[:at].strip("0.") + one.strip("0"):
            yield sign * float(f"{text[:at]}{two}{one}{text[at + 2 :]}")


def _kinds(
    number: Written, rights: Sequence[float], arrays: Sequence[Array], position: int, tolerance: float | None
) -> Iterator[tuple[str, str]]:
    """Every kind that fits, those first that people slip into most."""

    def agrees(value: float) -> bool:
        return bool(value) and math.isfinite(value) and number.agrees(value, tolerance)

    for name, text, made in _MADE:
        if any(agrees(value) for right in rights if right for value in made(right)):
            yield name, text
    if any(_swapped(number, right) for right in rights):
        yield "digits_swapped", "two digits swapped"
    if any(agrees(value) for array in arrays for value in _others(number, array, position, tolerance)):
        yield "entries_swapped", "the number of another entry"
    if any(_one_digit(number, right) for right in rights):
        yield "digit_miscopied", "one digit miscopied"


def _others(number: Written, array: Array, position: int, tolerance: float | None) -> Iterator[float]:
    """The other entries that are close to a number; of a large array, where some entry is close to any number of few
    digits, only to one of many."""
    if array.size > _SMALL and 10.0 ** (number.figures - 1) < _RARE * array.size:
        return
    with np.errstate(all="ignore"):
        reach = number.unit + (tolerance or FULL) * np.maximum(np.abs(array), abs(number.value))
        near = np.abs(array - number.value) <= reach
    yield from (float(array[at]) for at in np.flatnonzero(near) if at != position)


# what a right number may be turned into, one or several numbers
_MADE: tuple[tuple[str, str, Callable[[float], Sequence[float]]], ...] = (
    ("sign", "the sign wrong", lambda x: [-x]),
    ("decimal_point", "the decimal point moved", lambda x: [s * x * 10.0**k for k in _POWERS for s in (1, -1)]),
    ("root_for_argument", "the root written in place of its argument", lambda x: [math.sqrt(x)] if x > 0 else []),
    ("square_for_root", "the square written in place of its root", lambda x: [x * x]),
    ("half", "half of what belongs there", lambda x: [x / 2]),
    ("double", "twice what belongs there", lambda x: [2 * x]),
)


def _digits(number: Written, right: float) -> tuple[str, str]:
    """What was written and what is right, as whole numbers of units of the last digit."""
    unit = number.unit or 1.0
    return str(round(abs(number.value) / unit)), str(round(abs(right) / unit))


def _swapped(number: Written, right: float) -> bool:
    own, true = _digits(number, right)
    return number.value * right >= 0 and any(
        one != two and own == f"{true[:at]}{two}{one}{true[at + 2 :]}" for at, (one, two) in enumerate(pairwise(true))
    )


def _one_digit(number: Written, right: float) -> bool:
    own, true = _digits(number, right)
    if number.value * right < 0 or len(own) < 3:
        return False
    if len(own) == len(true):
        return sum(a != b for a, b in zip(own, true, strict=True)) == 1
    return False
