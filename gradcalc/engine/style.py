"""How a formula is to be set in any notation: by which names, and with what between its factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Style(NamedTuple):
    """How names are written: `names` by quantity, `base` the number of the first index.

    `number` sets the numbers that were computed; without it they are set as they would be in a formula. `upright` says
    that a vector of numbers stands as a column, in a notation that can show it; `tight` that letters of one sign stand
    without a space between them where all is on one line: `3xy²`. `axes` tells how many axes quantities have: between
    two that have any stands the sign of a product entry by entry; None: it stands after each gradient that arrives.
    `derived` says that they are set as in a derivation: what is multiplied entry by entry holds together less than a
    product of matrices, `(Wᵀ δ ⊙ a) xᵀ`, and a derivative needs a dot behind it only where another one follows.
    """

    names: Mapping[str, str] = {}
    base: int = 1
    number: Callable[[float], str] | None = None
    upright: bool = True
    tight: bool = False
    axes: Mapping[str, int] | None = None
    derived: bool = False
