"""Functions of arrays that NumPy has no one word for, used by the code of the ops and by the language of their rules.

`axis` counts from 0; None stands for all axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Value = Any
Axis = int | None


def gather(g: Value, x: Value) -> Value:
    """g summed over the axes along which x was stretched to its shape."""
    over = g.ndim - x.ndim
    short = (axis for axis in range(over, g.ndim) if x.shape[axis - over] < g.shape[axis])
    return np.reshape(np.sum(g, axis=(*range(over), *short), keepdims=True), x.shape)


def placed(g: Value, x: Value, key: Value) -> Value:
    """Zeros in the shape of x, with g at `key`."""
    whole = np.zeros_like(x, dtype=np.asarray(g).dtype)
    if isinstance(key, tuple) and not any(isinstance(part, list) for part in key):
        whole[key] = g
    else:  # a position may come twice
        np.add.at(whole, key, g)
    return whole


def rows(x: Value, i: Value, base: int) -> Value:
    """The rows of x that the numbers in i name, counted from `base`."""
    return x[np.rint(i).astype(int) - base]


def put_rows(g: Value, x: Value, i: Value, base: int) -> Value:
    """Zeros in the shape of x, with each row of g added to the one that i names."""
    return placed(g, x, np.rint(i).astype(int) - base)


def part(g: Value, k: int, axis: int, *parts: Value) -> Value:
    """What belongs to the k-th part of g (from 1), where the parts stand one behind the other along `axis`."""
    sides = [x.shape[axis] if x.ndim else 1 for x in parts]
    own = np.take(g, range(sum(sides[: k - 1]), sum(sides[:k])), axis=axis)
    return np.reshape(own, parts[k - 1].shape)


def ratio(x: Value, y: Value) -> Value:
    """x / y, and 0 where y is 0."""
    return np.where(y == 0, 0, x / np.where(y == 0, 1, y))


def others(x: Value, axis: Axis) -> Value:
    """For each entry the product of all others, without dividing, so that zeros do no harm."""
    lines = np.reshape(x, (-1, 1)) if axis is None else np.moveaxis(x, axis, 0)
    before, after = np.ones_like(lines), np.ones_like(lines)
    np.cumprod(lines[:-1], axis=0, out=before[1:])
    np.cumprod(lines[:0:-1], axis=0, out=after[-2::-1])
    product = before * after
    return np.reshape(product, x.shape) if axis is None else np.moveaxis(product, 0, axis)


def first_max(x: Value, axis: Axis) -> Value:
    """1 at the first of the largest entries, 0 elsewhere."""
    if axis is None:
        return np.reshape((np.arange(x.size) == np.argmax(x)) * 1.0, x.shape)
    places = np.arange(x.shape[axis]).reshape([-1 if k == axis else 1 for k in range(x.ndim)])
    return (places == np.expand_dims(np.argmax(x, axis=axis), axis)) * 1.0


def even_max(x: Value, axis: Axis) -> Value:
    """1 shared evenly by the largest entries, 0 elsewhere."""
    largest = (x == np.max(x, axis=axis, keepdims=True)) * 1.0
    return largest / np.sum(largest, axis=axis, keepdims=True)
