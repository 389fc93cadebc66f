"""The boundary g = 0 of a linear function: its normal, its distance from the origin, and where a point lies."""

from __future__ import annotations

import ast
from typing import NamedTuple

import numpy as np
import sympy as sp

from gradcalc.engine.op import Array
from gradcalc.errors import ProblemError
from gradcalc.study.calculus.derivatives import numbers
from gradcalc.study.calculus.textbook import tree
from gradcalc.study.calculus.words import Expr
from gradcalc.study.derived import Derived

SIDES = {1: "positive", -1: "negative", 0: "on the boundary"}


class Boundary(NamedTuple):
    """The boundary of a function. `distance` is the origin's, as a number and as a tree; `origin` is its side.

    `value`, `side` and `signed` are g at the point, its side and its distance with the sign of g; None without a point.
    """

    of: Derived
    normal: Array
    normal_letters: tuple[ast.expr, ...]
    distance: float
    distance_letters: ast.expr
    origin: str
    value: float | None
    side: str | None
    signed: float | None


def boundary(of: Derived, base: int) -> Boundary:
    """The boundary of a function; ProblemError for one that is not linear, or gives more than one number."""
    name, place = of.chain.link.name, of.chain.link.function.place
    if not of.is_scalar:
        raise ProblemError(f"{name} gives {of.chain.size[0]} numbers, and a boundary is where one number is 0", place)
    if of.letters is None:
        raise ProblemError(f"{name} is too large for a boundary in letters", place)
    normal = of.letters.jacobian[0]
    if any(entry.free_symbols for entry in normal):
        hint = "its derivatives would be numbers, as in g(x1, x2): [1 + 2*x1 + 3*x2]"
        raise ProblemError(f"{name} is not linear, so that {name} = 0 is no line and no plane", place, hint)
    if all(entry == 0 for entry in normal):
        raise ProblemError(f"{name} depends on none of its arguments: there is no boundary", place)
    start = of.letters.value[0].xreplace(dict.fromkeys(of.letters.letters, sp.Integer(0)))
    size = sp.sqrt(sum(entry**2 for entry in normal))
    told = _distance(sp.Abs(start), size, of)
    at = of.point
    value = float(at.value.reshape(())) if at is not None and at.value.size == 1 else None
    length = float(size)
    return Boundary(
        of=of,
        normal=np.array([float(entry) for entry in normal]),
        normal_letters=tuple(tree(entry, of.letters.page) for entry in normal),
        distance=float(numbers(np.array([told], dtype=object), {}, base)[0]),
        distance_letters=told,
        origin=SIDES[int(np.sign(float(start)))],
        value=value,
        side=None if value is None else SIDES[int(np.sign(value))],
        signed=None if value is None else value / length,
    )


def _distance(above: Expr, size: Expr, of: Derived) -> ast.expr:
    """|g(0)| / ‖∇g‖ with the root below the line, and nothing that could be cancelled: 1/√13."""
    page = of.letters.page if of.letters else None
    if page is None:
        raise TypeError("a boundary is made of letters")
    factor, root = size.as_coeff_Mul()
    ratio = above / factor
    if not ratio.is_Rational or root == 1 or ratio == 0:
        return tree(ratio / root, page)
    below = tree(root, page)
    if ratio.q != 1:
        below = ast.BinOp(ast.Constant(int(ratio.q)), ast.Mult(), below)
    return ast.BinOp(ast.Constant(int(ratio.p)), ast.Div(), below)
