"""All trained parameters as one vector, and each of them as a view into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradcalc.engine.op import Array


class Flat:
    """The places of named arrays in one vector, one behind the other, row by row."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        self._slices: dict[str, slice] = {}
        begin = 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape, dtype=int))
            self._slices[name] = slice(begin, begin + size)
            begin += size
        self.size = begin

    def join(self, arrays: Mapping[str, Array]) -> Array:
        """The vector of the arrays, which may be missing: then they are 0."""
        vector = np.zeros(self.size)
        for name, array in arrays.items():
            vector[self._slices[name]] = np.ravel(array)
        return vector

    def gather(self, arrays: Sequence[Array | None]) -> Array:
        """The same from arrays in the order of the names."""
        found = [array.ravel() for array in arrays if array is not None]
        if len(found) == len(self.shapes):
            return np.concatenate(found)
        return self.join({name: a for name, a in zip(self.shapes, arrays, strict=True) if a is not None})

    def split(self, vector: Array) -> dict[str, Array]:
        """The arrays of a vector, as views into it."""
        return {name: vector[self._slices[name]].reshape(shape) for name, shape in self.shapes.items()}
