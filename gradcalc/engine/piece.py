"""A formula, or a part of one, as it is set: its text, and how tightly that holds together."""

from __future__ import annotations

from typing import NamedTuple

# a looser piece inside a tighter place gets brackets
SUM, ENTRYWISE, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5


class Piece(NamedTuple):
    text: str
    holds: int
