"""A function at a point: its value, its Jacobian by reverse mode, and the same by differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain as flat
from typing import NamedTuple

import numpy as np

from gradcalc.engine.expression.writer import Operand
from gradcalc.engine.graph import Arrays, backward, forward
from gradcalc.engine.op import Array
from gradcalc.errors import NumericError
from gradcalc.problem.chain import Chain

STEP = float(np.cbrt(np.finfo(np.float64).eps))
MOST_COLUMNS = 200

# beyond this, relative to the size of the numbers, another way does not confirm a Jacobian
AGREES = 1e-6


class Point(NamedTuple):
    """A chain where its letters have numbers: every value on the way, the result, and its Jacobian.

    The Jacobian has a row for each entry of the result and a column for each entry of the letters, row by row.
    """

    chain: Chain
    at: Mapping[str, Array]
    values: Arrays
    value: Array
    jacobian: Array


def evaluate(chain: Chain, at: Mapping[str, Array]) -> Point:
    """The chain at a point. Raises NumericError where a value or a slope is not finite."""
    at = {name: np.asarray(at[name], dtype=np.float64) for name in chain.inputs}
    values = forward(chain.graph, {**chain.leaves, **at})
    _refuse(chain, at, values)
    jacobian = jacobian_of(chain, values, chain.outputs)
    if not np.isfinite(jacobian).all():
        raise NumericError(f"{chain.link.name} has no finite slope {told(at)}")
    return Point(chain, at, values, _joined(chain, values).reshape(chain.shape), jacobian)


def jacobian_of(chain: Chain, values: Arrays, of: Sequence[Operand]) -> Array:
    """The Jacobian of quantities of the chain with respect to its letters: a reverse pass for each row."""
    columns = sum(values[name].size for name in chain.inputs)
    rows = np.zeros((sum(values[operand.name].size for operand in of), columns))
    number = 0
    for operand in of:
        for position in range(values[operand.name].size):
            seed = np.zeros(values[operand.name].shape)
            seed.reshape(-1)[position] = 1
            grads = backward(chain.graph, values, {operand.name: seed})
            parts = (np.ravel(grads.get(name, np.zeros(values[name].shape))) for name in chain.inputs)
            rows[number] = [*flat.from_iterable(parts)]
            number += 1
    return rows + 0.0


def differences(point: Point) -> Array | None:
    """The Jacobian by central differences; None where there are too many columns for that, or no value beside."""
    size = point.jacobian.shape[1]
    if size > MOST_COLUMNS:
        return None
    found = np.zeros(point.jacobian.shape)
    column = 0
    for name, array in point.at.items():
        for position in range(array.size):
            step = STEP * max(1.0, abs(float(array.reshape(-1)[position])))
            ends = [_moved(point, name, position, sign * step) for sign in (1, -1)]
            found[:, column] = (ends[0] - ends[1]) / (2 * step)
            column += 1
    return found if np.isfinite(found).all() else None


def _moved(point: Point, name: str, position: int, by: float) -> Array:
    array = point.at[name].copy()
    array.reshape(-1)[position] += by
    return _joined(point.chain, forward(point.chain.graph, {**point.chain.leaves, **point.at, name: array}))


def _joined(chain: Chain, values: Arrays) -> Array:
    return np.concatenate([np.ravel(values[operand.name]) for operand in chain.outputs])


def is_close(difference: float, jacobian: Array) -> bool:
    """Whether a difference is small beside a Jacobian."""
    return difference <= AGREES * float(np.max(np.abs(jacobian), initial=1.0))


def told(at: Mapping[str, Array]) -> str:
    """A point in a message: `at x = 1, y = 2`."""
    numbers = [f"{name} = {float(value):.6g}" for name, value in at.items() if value.ndim == 0]
    return f"at {', '.join(numbers)}" if len(numbers) == len(at) else "at this point"


def _refuse(chain: Chain, at: Mapping[str, Array], values: Arrays) -> None:
    """Refuse a value that is not finite, by the part of a formula that it stands for."""
    for step in chain.graph.equations:
        value = values[step.name]
        if not np.isfinite(value).all():
            what = "is not defined" if np.isnan(value).any() else "is infinite"
            name = step.name.partition("∘")[0]
            part = step.name.partition("·")[2] or f"{name}({', '.join(chain.link.function.args)})"
            raise NumericError(f"{part} {what} {told(at)}", chain.link.function.place)
