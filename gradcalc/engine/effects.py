"""The effect of each word of the language on the entries of an array."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from gradcalc.engine.indexed import Indexed, aligned, product, summed, total
from gradcalc.engine.letters import WHOLE, At, Scope, Size
from gradcalc.engine.sums import chained


def _spread(x: Indexed) -> Indexed:
    return Indexed((*x.axes, 1), lambda at, scope: x.at(at[:-1], scope), x.back)


def _only(x: Indexed) -> Indexed:
    return Indexed((), lambda _at, scope: x.at((None,) * len(x.axes), scope), x.back)


def _only_unit(x: Indexed) -> Indexed:
    return Indexed(x.axes[:-1], lambda at, scope: x.at((*at, None), scope), x.back)


def _gathered(g: Indexed, x: Indexed) -> Indexed:
    """g summed over the axes along which x was repeated."""
    found = g
    for _ in range(len(g.axes) - len(x.axes)):
        found = summed(found, 0)
    for axis, size in enumerate(x.axes):
        if size == 1 and found.axes[axis] != 1:
            found = _kept(summed(found, axis), axis)
    return found


def _kept(x: Indexed, axis: int) -> Indexed:
    """x given an axis of length 1 at the place of one that went away."""
    axes = (*x.axes[:axis], 1, *x.axes[axis:])
    return Indexed(axes, lambda at, scope: x.at((*at[:axis], *at[axis + 1 :]), scope), x.back)


def _longer(size: Size, by: int) -> Size:
    if isinstance(size, int):
        return size + by
    base, _, more = size.partition("+")
    more_now = int(more or 0) + by
    return f"{base}+{more_now}" if more_now else base


def _row(word: str, by: int = 0) -> Callable[[Indexed], Indexed]:
    """A function of a whole row, whose entries are told as `word(x)[k]`; it makes the row longer `by` so much."""

    def read(x: Indexed) -> Indexed:
        def at(index: At, scope: Scope) -> ast.expr:
            *before, last = index
            inside = x.at((*before, None if x.axes[-1] == 1 else WHOLE), scope)
            called = ast.Call(ast.Name(word), [inside], [])
            return called if last is None or last is WHOLE else ast.Subscript(called, last)

        return Indexed((*x.axes[:-1], _longer(x.axes[-1], by)), at, x.back)

    return read


def _tail(x: Indexed) -> Indexed:
    def at(index: At, scope: Scope) -> ast.expr:
        *before, last = index
        place = ast.Constant(1) if last is None else ast.BinOp(last, ast.Add(), ast.Constant(1))
        return x.at((*before, place if last is not WHOLE else ast.Slice(ast.Constant(1))), scope)

    return Indexed((*x.axes[:-1], _longer(x.axes[-1], -1)), at, x.back)


def _init(x: Indexed) -> Indexed:
    def at(index: At, scope: Scope) -> ast.expr:
        *before, last = index
        place = ast.Constant(0) if last is None else last
        return x.at((*before, place if last is not WHOLE else ast.Slice(None, ast.Constant(shorter))), scope)

    shorter = _longer(x.axes[-1], -1)
    return Indexed((*x.axes[:-1], shorter), at, x.back)


def _top(x: Indexed) -> Indexed:
    def at(index: At, scope: Scope) -> ast.expr:
        inside = x.at((*index, None if x.axes[-1] == 1 else WHOLE), scope)
        return ast.Call(ast.Name("top"), [inside], [])

    return Indexed(x.axes[:-1], at, x.back)


def _width(x: Indexed) -> Indexed:
    return Indexed((), lambda _at, _scope: ast.Constant(x.axes[-1]))


def _swapped(x: Indexed, axis: int) -> Indexed:
    """x with an axis and its last one exchanged."""

    def exchange(sides: tuple[Any, ...]) -> tuple[Any, ...]:
        turned = list(sides)
        turned[axis], turned[-1] = turned[-1], turned[axis]
        return tuple(turned)

    return Indexed(exchange(x.axes), lambda at, scope: x.at(exchange(at), scope), x.back)


def _outer(p: Indexed, q: Indexed) -> Indexed:
    def at(index: At, scope: Scope) -> ast.expr:
        first, second = p.at((index[0],), scope), q.at((index[1],), scope)
        return chained([second, first] if q.back and not p.back else [first, second])

    return Indexed((*p.axes, *q.axes), at, p.back or q.back)


def _fill(g: Indexed, x: Indexed) -> Indexed:
    return Indexed(x.axes, lambda at, scope: g.at(aligned(g.axes, at), scope), g.back)


# what each word of the language does to entries; a word that works entry by entry has no row
WORDS: Mapping[str, Callable[..., Indexed]] = {
    "units": lambda x: summed(x, -1),
    "samples": lambda x: summed(x, 0),
    "total": total,
    "dot": product,
    "outer": _outer,
    "spread": _spread,
    "only": _only,
    "only_unit": _only_unit,
    "gather": _gathered,
    "fill": _fill,
    "width": _width,
    "top": _top,
    "tail": _tail,
    "init": _init,
    "softmax": _row("softmax"),
    "first_top": _row("first_top"),
    "one_before": _row("one_before", 1),
    "one_after": _row("one_after", 1),
    "zero_before": _row("zero_before", 1),
    "zero_after": _row("zero_after", 1),
}

# the same of words that take an axis, counted from 0, or a shape
ALONG: Mapping[str, Callable[..., Indexed]] = {
    "along": lambda x, axis=None: total(x) if axis is None else summed(x, axis),
    "expand": _kept,
    "stretch": lambda x, shape: Indexed(tuple(shape), lambda at, scope: x.at(aligned(x.axes, at), scope), x.back),
    "swap": _swapped,
}

# words that work entry by entry, and so have no row
BY_ENTRY = frozenset(
    [
        *("exp", "log", "logb", "sqrt", "abs", "sign", "floor", "max", "min", "where"),
        *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
        *("erf", "sigmoid", "normal_pdf", "normal_cdf"),
    ]
)
