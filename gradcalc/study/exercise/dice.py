"""Numbers drawn one after the other, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

from gradcalc.problem.draw import uniforms

T = TypeVar("T")
_BLOCK = 512


class Dice:
    """Draws under one seed, from the generator that fills arrays."""

    def __init__(self, seed: int) -> None:
        self._next = _stream(seed)

    def below(self, sides: int) -> int:
        """A whole number from 0 to below `sides`."""
        return int(next(self._next) * sides)

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def number(self, decimals: int) -> float:
        """A number with few decimals that is easy to work with: not 0, and not 1, which hides what it multiplies."""
        scale = 10**decimals
        largest = _LARGEST_WHOLE if decimals == 0 else scale * 3 // 2
        size = self.one_of([k for k in range(1, largest + 1) if k != scale])
        return float(self.one_of((1, -1)) * size / scale)

    def numbers(self, count: int, decimals: int) -> list[float]:
        """So many numbers of different size, as long as there are such."""
        found: list[float] = []
        while len(found) < count:
            number = self.number(decimals)
            if len(found) >= _DIFFERENT or abs(number) not in map(abs, found):
                found.append(number)
        return found


_DIFFERENT = 3
_LARGEST_WHOLE = 4


def _stream(seed: int) -> Iterator[float]:
    for block in count():
        yield from uniforms(seed, _BLOCK, block * _BLOCK).tolist()
