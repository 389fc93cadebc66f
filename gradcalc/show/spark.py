"""A series of numbers as one line of small bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
WIDEST = 40


def sparkline(numbers: Sequence[float], width: int = WIDEST) -> str:
    """A bar for each number, or for each of `width` evenly spread ones; by the logarithm where they span decades.

    >>> sparkline([0, 1, 2, 3, 4, 5, 6, 7])
    '▁▂▃▄▅▆▇█'
    """
    chosen = [numbers[round(i * (len(numbers) - 1) / (width - 1))] for i in range(width)]
    values = list(numbers) if len(numbers) <= width else chosen
    if min(values) > 0 and max(values) > DECADES * min(values):
        values = [math.log(value) for value in values]
    low, high = min(values), max(values)
    if high == low:
        return BARS[0] * len(values)
    return "".join(BARS[min(len(BARS) - 1, int((value - low) / (high - low) * len(BARS)))] for value in values)


DECADES = 1000
