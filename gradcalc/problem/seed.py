"""The gradient that arrives at a result, where that is not a 1 at a single number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import Place, ProblemError
from gradcalc.problem.byname import ARRAY
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.reader import read_value

_FLAG = "--seed-gradient"


class Seed(NamedTuple):
    """An array as it was given, and where it stands."""

    array: Array
    place: Place | None = None

    @classmethod
    def read(cls, text: str) -> Seed:
        """A number, a list or lists in lists, as YAML has them; ProblemError for what is no such thing."""
        node = read_value(text, _FLAG)
        faults = Faults("the seed gradient")
        try:
            return cls(np.asarray(ARRAY.decode(node, faults), dtype=np.float64), node.place)
        except Refused:
            faults.check(node.source)
            raise

    def fitted(self, name: str, shape: tuple[int, ...]) -> Array:
        """The array in the shape of the quantity `name`; axes of length 1 may be left out."""
        if [side for side in self.array.shape if side != 1] != [side for side in shape if side != 1]:
            message = f"the seed gradient is {_told(self.array.shape)}, and {name} is {_told(shape)}"
            hint = f"{_FLAG} has a number for each entry of the result; --of names another result"
            raise ProblemError(message, self.place, hint)
        return self.array.reshape(shape)


def _told(shape: tuple[int, ...]) -> str:
    if not shape:
        return "one number"
    return "×".join(map(str, shape)) if len(shape) > 1 else f"a list of {shape[0]}"
