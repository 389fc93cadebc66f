"""A function with its derivatives, in letters and at a point, and a composition by the chain rule and directly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
import sympy as sp

from gradcalc.engine.op import Array
from gradcalc.problem.chain import Chain
from gradcalc.study.calculus.derivatives import Symbolic, numbers
from gradcalc.study.calculus.words import Letters
from gradcalc.study.functions import Point, differences, is_close


@dataclass(frozen=True, eq=False)
class Derived:
    """A function, or a composition, in letters and at a point; None without a point, or with too much for letters."""

    chain: Chain
    letters: Symbolic | None
    point: Point | None

    @property
    def is_scalar(self) -> bool:
        """Whether it gives one number."""
        return self.chain.size[0] == 1

    @property
    def is_of_one(self) -> bool:
        """Whether it depends on one number."""
        return self.chain.size[1] == 1

    def is_close(self, difference: float) -> bool:
        """Whether a difference is small beside the Jacobian."""
        return self.point is None or is_close(difference, self.point.jacobian)

    def from_letters(self, base: int) -> float | None:
        """The largest difference of the Jacobian from the one in letters."""
        if self.letters is None or self.point is None:
            return None
        told = numbers(self.letters.trees(self.letters.jacobian), self.point.at, base)
        return float(np.max(np.abs(told - self.point.jacobian), initial=0.0))

    def from_differences(self) -> float | None:
        """The largest difference of the Jacobian from central differences."""
        near = differences(self.point) if self.point is not None else None
        return None if near is None or self.point is None else float(np.max(np.abs(near - self.point.jacobian)))


class Factor(NamedTuple):
    """A factor of the chain rule: what it is called, and its entries in letters and in numbers."""

    name: str
    shape: tuple[int, int]
    letters: Letters | None
    jacobian: Array | None


@dataclass(frozen=True, eq=False)
class Composition:
    """A function fed by others: its Jacobian at once, and as the product of the factors."""

    direct: Derived
    factors: tuple[Factor, ...]
    letters: Letters | None

    @property
    def product(self) -> str:
        """What the product of the factors is called: `DF(G) · DG`."""
        return " · ".join(factor.name for factor in self.factors)

    @property
    def jacobian(self) -> Array | None:
        """The product of the factors."""
        parts = [factor.jacobian for factor in self.factors if factor.jacobian is not None]
        return reduce(np.matmul, parts) if len(parts) == len(self.factors) else None

    @property
    def agrees(self) -> bool | None:
        """Whether the product is the direct derivative, in letters; None where there are none."""
        if self.letters is None or self.direct.letters is None:
            return None
        return alike(self.letters, self.direct.letters.jacobian, self.direct.letters)

    @property
    def difference(self) -> float | None:
        """The largest difference between product and direct derivative, in numbers."""
        product = self.jacobian
        if product is None or self.direct.point is None:
            return None
        return float(np.max(np.abs(product - self.direct.point.jacobian), initial=0.0))


def alike(one: Letters, other: Letters, of: Symbolic) -> bool | None:
    """Whether two arrays of expressions are the same function: as written, else at a few points."""
    if all(sp.expand(entry) == 0 for entry in np.ravel(one - other)):
        return True
    sides: list[tuple[Array, Array]] = []
    for scale in (0.3, 0.7, 1.1):
        at = {name: scale * (1 + np.arange(np.prod(shape, dtype=int))) for name, shape in of.chain.inputs.items()}
        at = {name: array.reshape(of.chain.inputs[name]) for name, array in at.items()}
        sides.append((numbers(of.trees(one), at, 1), numbers(of.trees(other), at, 1)))
    told = [(p, q) for p, q in sides if np.isfinite(p).all() and np.isfinite(q).all()]
    return all(np.allclose(p, q, rtol=1e-9, atol=1e-12) for p, q in told) if told else None
