"""The letters of indices: one for each size that an array has, and none that has a meaning already where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Size = int | str
# where along an axis: a letter, a number from 0, a whole slice; None where the axis has one entry only
Index = ast.expr | None
At = tuple[Index, ...]

WHOLE = ast.Slice()
_SPARE = "jlpqrstuvw"


class Unindexed(LookupError):  # noqa: N818 - not a failure: there is only the form for arrays
    """A word that has no form for one entry."""


class Letters:
    """The letters of indices: h runs over H; where h is taken, a spare one does. A letter has one size for good."""

    def __init__(self, taken: Sequence[str] = ()) -> None:
        self.sizes: dict[str, Size] = {}
        self._taken = frozenset(taken)

    def free(self, size: Size, busy: frozenset[str]) -> str:
        """A letter for an index of this size that is none of `busy`."""
        for letter in self._candidates(size):
            if letter not in busy and self.sizes.setdefault(letter, size) == size:
                return letter
        raise Unindexed("the alphabet is used up")

    def _candidates(self, size: Size) -> Iterator[str]:
        yield from (letter for letter, own in self.sizes.items() if own == size)
        if isinstance(size, str) and size.isidentifier() and size.lower() not in self._taken:
            yield size.lower()
        spare = ("i", "j", "k", *_SPARE) if isinstance(size, int) else _SPARE
        yield from (letter for letter in spare if letter not in self._taken)
        yield from (f"{letter}{count}" for count in range(1, 100) for letter in _SPARE)


class Scope(NamedTuple):
    """The letters that have a meaning where an entry is told."""

    letters: Letters
    busy: frozenset[str] = frozenset()

    def within(self, size: Size) -> tuple[Index, Scope]:
        """A new index of this size, and the scope in which it has a meaning."""
        if size == 1:
            return None, self
        letter = self.letters.free(size, self.busy)
        return ast.Name(letter), Scope(self.letters, self.busy | {letter})
