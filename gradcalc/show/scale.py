"""The scale of an axis: its marks at round numbers, linear or by powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

# a positive series that spans more than this is drawn by powers of ten
DECADES = 1000
# what differs by less, as a part of itself, is one number with noise
FLAT = 1e-9
# the range of floats
FARTHEST = 1.7976931348623157e308


class Scale(NamedTuple):
    """From `low` to `high`, with `marks` at round numbers between them; all of them as they are, not as logarithms."""

    low: float
    high: float
    log: bool
    marks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high one."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        # halves, so that the distance between the ends of the range of floats is no overflow
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)


def scale(values: Sequence[float], most: int = 5) -> Scale:
    """A scale that holds all values, with about `most` marks; by powers of ten where they span decades.

    >>> scale([0, 7.3]).marks
    (0.0, 2.0, 4.0, 6.0, 8.0)
    >>> scale([1e-6, 3]).log
    True
    """
    low, high = min(values), max(values)
    if low > 0 and high > DECADES * low:
        return _decades(low, high, most)
    if high / 2 - low / 2 <= FLAT * max(abs(low), abs(high)):
        low, high = max(low - (abs(low) or 1.0) / 2, -FARTHEST), min(high + (abs(high) or 1.0) / 2, FARTHEST)
    step = _round_step((high / 2 - low / 2) / most * 2)
    whole = [_tidy(k * step) for k in range(math.floor(low / step), math.ceil(high / step) + 1)]
    marks = tuple(value for value in whole if math.isfinite(value))
    return Scale(min(marks[0], low), max(marks[-1], high), False, marks)


def steps_scale(first: int, last: int, most: int = 6) -> Scale:
    """The scale of whole numbers from `first` up to `last` exactly, which has a mark at round ones."""
    step = max(1, round(_round_step((last - first) / most)))
    marks = tuple(float(k) for k in range(-(-first // step) * step, last + 1, step))
    return Scale(float(first), float(max(last, first + 1)), False, marks)


def mark(value: float) -> str:
    """A mark as text: 0.5, −2, 1e−6."""
    return f"{value:.12g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")


def _decades(low: float, high: float, most: int) -> Scale:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = -(-(last - first) // most)
    # what lies outside of the floats can't be a mark
    exponents = [k for k in range(first, last + 1, every) if SMALLEST <= k <= LARGEST]
    bottom = 10.0**first if first >= SMALLEST else low
    top = 10.0**last if last <= LARGEST else high
    return Scale(bottom, top, True, tuple(10.0**k for k in exponents))


SMALLEST, LARGEST = -307, 308


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))


def _tidy(value: float) -> float:
    """k · 0.1 as it is written."""
    return float(f"{value:.12g}") + 0.0
