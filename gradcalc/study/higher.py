"""Higher derivatives: of a function of one number as many as are asked for, of several the Hessian."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import LimitError, NumericError, UsageError
from gradcalc.study.calculus.derivatives import numbers, tidied
from gradcalc.study.calculus.words import Letters
from gradcalc.study.derived import Derived
from gradcalc.study.functions import STEP, Point, evaluate

HIGHEST = 12


class Higher(NamedTuple):
    """Derivatives beyond the first: f′, f″ … of one number, or a Hessian for each entry of the result.

    `letters` has them in order, the first derivative included; `values` the same at the point, None without one.
    `difference` is how far the second derivatives are from differences of the first.
    """

    is_hessian: bool
    letters: Letters
    values: Array | None
    difference: float | None


def higher(derived: Derived, order: int, base: int) -> Higher:
    """Every derivative up to `order`, or the Hessian.

    Raises UsageError for an order that there is not, LimitError where the function is too large for letters.
    """
    name = derived.chain.link.name
    if not 1 <= order <= HIGHEST:
        raise UsageError(f"--order {order} is not between 1 and {HIGHEST}")
    if derived.letters is None:
        raise LimitError(f"{name} is too large for derivatives of order {order}", derived.chain.link.function.place)
    if not derived.is_of_one and order > 2:
        hint = "--order 2 gives its Hessian"
        raise UsageError(f"--order {order} is for functions of one number, and {name} has more", hint=hint)
    letters = _derivatives(derived, order) if derived.is_of_one else _hessians(derived)
    if derived.point is None:
        return Higher(not derived.is_of_one, letters, None, None)
    values = numbers(derived.letters.trees(letters), derived.point.at, base)
    return Higher(not derived.is_of_one, letters, values, _difference(derived, values))


def _derivatives(derived: Derived, order: int) -> Letters:
    """A row for each order, an entry for each of the function."""
    every = _letters(derived)
    rows = [derived.letters.jacobian[:, 0]] if derived.letters else []
    while len(rows) < order:
        rows.append(tidied(np.array([entry.diff(every[0]) for entry in rows[-1]], dtype=object), every))
    return np.array(rows, dtype=object)


def _hessians(derived: Derived) -> Letters:
    every = _letters(derived)
    jacobian = derived.letters.jacobian if derived.letters else []
    rows = [[[entry.diff(letter) for letter in every] for entry in row] for row in jacobian]
    return tidied(np.array(rows, dtype=object), every)


def _letters(derived: Derived) -> Any:
    return derived.letters.letters if derived.letters else ()


def _difference(derived: Derived, values: Array) -> float | None:
    """The largest difference of the second derivatives from differences of the first, which reverse mode gives."""
    second = values if not derived.is_of_one else values[1:2].T[:, :, None] if len(values) > 1 else None
    if second is None or derived.point is None:
        return None
    column, largest = 0, 0.0
    for name, array in derived.point.at.items():
        for position in range(array.size):
            step = STEP * max(1.0, abs(float(array.reshape(-1)[position])))
            try:
                above, below = (_slope(derived.point, name, position, sign * step) for sign in (1, -1))
            except NumericError:
                return None
            near = (above - below) / (2 * step)
            largest = max(largest, float(np.max(np.abs(near - second[:, :, column]))))
            column += 1
    return largest


def _slope(point: Point, name: str, position: int, by: float) -> Array:
    """The Jacobian where one entry of the point is another."""
    moved = point.at[name].copy()
    moved.reshape(-1)[position] += by
    return evaluate(point.chain, {**point.at, name: moved}).jacobian
