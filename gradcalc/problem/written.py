"""A number as somebody wrote it: its value, and how far its digits reach."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from gradcalc.problem import scalars

_DECIMAL = re.compile(r"[-+]?(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[-+]?[0-9]+))?")
_ENDLESS = {"nan": math.nan, ".nan": math.nan, "infinity": math.inf, ".inf": math.inf, "inf": math.inf, "∞": math.inf}

EPS = 2.0**-52
# how exact a number is taken to be that was written as a formula, or with more digits than float64 has
FULL = 1e-12
# a few ulp where a number lies on the border between two digits
SLACK = 4 * EPS


class Written(NamedTuple):
    """A number with the text that it was read from; `unit` is one in its last digit, 0 where it is exact (`1/3`)."""

    text: str
    value: float
    unit: float

    @property
    def decimals(self) -> int:
        """The digits behind the point."""
        return round(-math.log10(self.unit)) if self.unit else 0

    @property
    def figures(self) -> int:
        """The significant figures."""
        return math.floor(math.log10(abs(self.value) / self.unit) + 1e-9) + 1 if self.unit and self.value else 0

    def agrees(self, true: float, tolerance: float | None = None, noise: float = 0.0) -> bool:
        """Whether `true`, rounded or truncated to the digits that were written, is this number.

        With a `tolerance` the two may differ by so much of the larger one instead. `noise` is what float64 itself may
        have added to `true`.

        >>> [written("-1.49").agrees(x) for x in (-1.4906, -1.4949, -1.4851, -1.48)]
        [True, True, True, False]
        >>> written("0.50").agrees(0.5049), written("0").agrees(1e-9), written("1/3").agrees(0.333)
        (True, False, False)
        """
        own = self.value
        if not math.isfinite(own) or not math.isfinite(true):
            return own == true or (math.isnan(own) and math.isnan(true))
        apart, size = abs(own - true), max(abs(own), abs(true))
        slack = SLACK * size + noise
        if tolerance is not None:
            return apart <= tolerance * size + slack
        if apart <= slack or (apart <= FULL * size and self.unit <= FULL * size):
            return True
        if own == 0 and self.unit == 1:
            return False
        if apart <= self.unit / 2 * (1 + 1e-9) + slack:
            return True
        return own * true >= 0 and abs(true) >= abs(own) and apart < self.unit * (1 - 1e-12) + slack


def written(text: str) -> Written:
    """The number that `text` is: of YAML 1.2, a formula of numbers, or one that is not finite.

    Raises Unreadable for what is no number.

    >>> written("1.6185e-6").unit, written("0.50").unit, written("1/3").unit
    (1e-10, 0.01, 0.0)
    """
    plain = text.strip().replace("−", "-")
    sign, size = (-1.0, plain[1:]) if plain[:1] == "-" else (1.0, plain.removeprefix("+"))
    if size.lower() in _ENDLESS:
        return Written(plain, sign * _ENDLESS[size.lower()], 0.0)
    value = scalars.number(plain)
    match = _DECIMAL.fullmatch(plain)
    if match is None:
        return Written(plain, value, 0.0)
    last = int(match["power"] or 0) - len(match["part"] or "")
    return Written(plain, value, float(f"1e{last}"))
