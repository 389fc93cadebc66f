"""Rounding as a hand does it: decimal, half away from zero."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array

DOUBLE_DIGITS = 17


def rounded(array: Array, digits: int, unit: str) -> Array:
    """Every entry to `digits` decimals (`dp`) or significant figures (`sf`), half away from zero.

    The shortest decimal text of a number is what is rounded, so that 0.125 gives 0.13 and 2.675 gives 2.68.

    >>> rounded(np.array([0.125, -2.675, 1234.5]), 2, "dp")
    array([ 1.3000e-01, -2.6800e+00,  1.2345e+03])
    >>> rounded(np.array([0.012345, -98765.0]), 2, "sf")
    array([ 1.2e-02, -9.9e+04])
    """
    from decimal import ROUND_HALF_UP, Decimal  # noqa: PLC0415 - only a rounded problem pays for it

    def one(number: float) -> float:
        exact = Decimal(repr(number))
        if not exact:
            return 0.0
        last = -digits if unit == "dp" else exact.adjusted() - digits + 1
        if exact.adjusted() - last > DOUBLE_DIGITS:
            return number
        return float(exact.quantize(Decimal(1).scaleb(last), rounding=ROUND_HALF_UP))

    return np.array([one(number) for number in np.ravel(array).tolist()]).reshape(np.shape(array))
