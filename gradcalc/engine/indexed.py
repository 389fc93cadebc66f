"""An array as its entries, and what is made of whole arrays: entry by entry, as a matrix product, as a sum."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradcalc.engine.letters import At, Scope, Size
from gradcalc.engine.sums import ONE, chained, delta, over


class Indexed(NamedTuple):
    """An array as its entries: `at(index, scope)` tells one. `back`: a gradient that arrives is a part of it."""

    axes: tuple[Size, ...]
    at: Callable[[At, Scope], ast.expr]
    back: bool = False


def leaf(name: str, axes: tuple[Size, ...]) -> Indexed:
    """A quantity, whose entries are `name[h,m]`; it has no index along an axis with one entry."""

    def at(index: At, _scope: Scope) -> ast.expr:
        kept: list[ast.expr] = [part for part in index if part is not None]
        return subscript(ast.Name(name), kept)

    return Indexed(axes, at)


def subscript(tree: ast.expr, index: Sequence[ast.expr]) -> ast.expr:
    """An entry of what `tree` stands for, or all of it where there is no index."""
    if not index:
        return tree
    return ast.Subscript(tree, ast.Tuple(list(index)) if len(index) > 1 else index[0])


def indices(tree: ast.Subscript) -> list[ast.expr]:
    """The indices of an entry."""
    return list(tree.slice.elts) if isinstance(tree.slice, ast.Tuple) else [tree.slice]


def one_hot(axes: tuple[Size, ...], place: At) -> Indexed:
    """The gradient that arrives where one entry is the result: 1 there and 0 elsewhere, as a product of δ."""

    def at(index: At, _scope: Scope) -> ast.expr:
        whole: ast.expr = ONE
        for first, second in zip(place, index, strict=True):
            if first is not None and second is not None:
                whole = chained([whole, delta(first, second)])
        return whole

    return Indexed(axes, at, back=True)


def entrywise(make: Callable[..., ast.expr], *parts: Indexed) -> Indexed:
    """What is computed entry by entry, where axes meet from the last on."""
    axes = _broadcast(*(part.axes for part in parts))

    def at(index: At, scope: Scope) -> ast.expr:
        return make(*(part.at(aligned(part.axes, index), scope) for part in parts))

    return Indexed(axes, at, any(part.back for part in parts))


def _broadcast(*shapes: tuple[Size, ...]) -> tuple[Size, ...]:
    longest = max(map(len, shapes))
    whole = [(1,) * (longest - len(axes)) + axes for axes in shapes]
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*whole, strict=True))


def aligned(axes: tuple[Size, ...], index: At) -> At:
    own = index[len(index) - len(axes) :]
    return tuple(None if size == 1 else place for size, place in zip(axes, own, strict=True))


def product(p: Indexed, q: Indexed) -> Indexed:
    """p @ q, also where one of the two is a vector."""
    if not p.axes or not q.axes:
        return entrywise(lambda x, y: chained([y, x] if q.back else [x, y]), p, q)
    split = len(p.axes) - 1

    def at(index: At, scope: Scope) -> ast.expr:
        shared, inner = scope.within(p.axes[-1])
        first, second = p.at((*index[:split], shared), inner), q.at((shared, *index[split:]), inner)
        return over(shared, chained([second, first] if q.back and not p.back else [first, second]), p.axes[-1])

    return Indexed((*p.axes[:-1], *q.axes[1:]), at, p.back or q.back)


def summed(x: Indexed, axis: int) -> Indexed:
    """Σ over one axis, which goes away."""
    axis %= len(x.axes)

    def at(index: At, scope: Scope) -> ast.expr:
        letter, inner = scope.within(x.axes[axis])
        return over(letter, x.at((*index[:axis], letter, *index[axis:]), inner), x.axes[axis])

    return Indexed(x.axes[:axis] + x.axes[axis + 1 :], at, x.back)


def total(x: Indexed) -> Indexed:
    return total(summed(x, 0)) if x.axes else x
