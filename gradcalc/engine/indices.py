"""From what holds for arrays to what holds for one entry: a matrix product becomes a sum over the index it shares.

A tree in the language of `book` is read as an array whose entries are trees. `W @ x` at [h] is `Σ_m W[h,m] x[m]`, a
`ast.Subscript` for each entry and a call of `OVER` for each sum. A sum over a δ collapses to the one term that stays.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gradcalc.engine.ops import OPS
from gradcalc.engine.sums import ONE, added, chained, delta, over

Size = int | str
# where along an axis: a letter, a number from 0, a whole slice; None where the axis has one entry only
Index = ast.expr | None
At = tuple[Index, ...]

WHOLE = ast.Slice()
_SPARE = "jlpqrstuvw"


class Unindexed(LookupError):  # noqa: N818 - not a failure: there is only the form for arrays
    """A word that has no form for one entry."""


class Letters:
    """The letters of indices: h runs over H; where h is taken, a spare one does. A letter has one size for good."""

    def __init__(self, taken: Sequence[str] = ()) -> None:
        self.sizes: dict[str, Size] = {}
        self._taken = frozenset(taken)

    def free(self, size: Size, busy: frozenset[str]) -> str:
        """A letter for an index of this size that is none of `busy`."""
        for letter in self._candidates(size):
            if letter not in busy and self.sizes.setdefault(letter, size) == size:
                return letter
        raise Unindexed("the alphabet is used up")

    def _candidates(self, size: Size) -> Iterator[str]:
        yield from (letter for letter, own in self.sizes.items() if own == size)
        if isinstance(size, str) and size.isidentifier() and size.lower() not in self._taken:
            yield size.lower()
        spare = ("i", "j", "k", *_SPARE) if isinstance(size, int) else _SPARE
        yield from (letter for letter in spare if letter not in self._taken)
        yield from (f"{letter}{count}" for count in range(1, 100) for letter in _SPARE)


class Scope(NamedTuple):
    """The letters that have a meaning where an entry is told."""

    letters: Letters
    busy: frozenset[str] = frozenset()

    def within(self, size: Size) -> tuple[Index, Scope]:
        """A new index of this size, and the scope in which it has a meaning."""
        if size == 1:
            return None, self
        letter = self.letters.free(size, self.busy)
        return ast.Name(letter), Scope(self.letters, self.busy | {letter})


class Indexed(NamedTuple):
    """An array as its entries: `at(index, scope)` tells one. `back`: a gradient that arrives is a part of it."""

    axes: tuple[Size, ...]
    at: Callable[[At, Scope], ast.expr]
    back: bool = False


Known = Callable[[str], Indexed]


def indexed(tree: ast.expr, known: Known) -> Indexed:
    """The array that a tree stands for, where `known` tells what its names are; Unindexed where a word has no entry."""
    match tree:
        case ast.Constant():
            return Indexed((), lambda _at, _scope: tree)
        case ast.Name(id=name):
            return known(name)
        case ast.UnaryOp(operand=operand):
            return _entrywise(lambda x: ast.UnaryOp(ast.USub(), x), indexed(operand, known))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return _product(indexed(left, known), indexed(right, known))
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _times(tree, known)
        case ast.BinOp(left=left, op=operator, right=right):
            return _entrywise(lambda p, q: added(p, operator, q), indexed(left, known), indexed(right, known))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            sides = indexed(left, known), indexed(right, known)
            return _entrywise(lambda p, q: ast.Compare(p, operators, [q]), *sides)
        case ast.Attribute(value=value):
            x = indexed(value, known)
            return Indexed(x.axes[::-1], lambda at, scope: x.at(at[::-1], scope), x.back)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _called(name, arguments, keywords, known)
    raise Unindexed(ast.dump(tree))


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


def _entrywise(make: Callable[..., ast.expr], *parts: Indexed) -> Indexed:
    """What is computed entry by entry, where axes meet from the last on."""
    axes = _broadcast(*(part.axes for part in parts))

    def at(index: At, scope: Scope) -> ast.expr:
        return make(*(part.at(_aligned(part.axes, index), scope) for part in parts))

    return Indexed(axes, at, any(part.back for part in parts))


def _broadcast(*shapes: tuple[Size, ...]) -> tuple[Size, ...]:
    longest = max(map(len, shapes))
    whole = [(1,) * (longest - len(axes)) + axes for axes in shapes]
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*whole, strict=True))


def _aligned(axes: tuple[Size, ...], index: At) -> At:
    own = index[len(index) - len(axes) :]
    return tuple(None if size == 1 else place for size, place in zip(axes, own, strict=True))


def _times(tree: ast.expr, known: Known) -> Indexed:
    """A product: what carries the gradient first, all else behind it as one factor."""
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    _gather(tree, above, below)
    over_line, under_line = [indexed(part, known) for part in above], [indexed(part, known) for part in below]
    backs = [part.back for part in over_line]

    def make(*entries: ast.expr) -> ast.expr:
        upper, lower = entries[: len(above)], entries[len(above) :]
        first = [entry for entry, back in zip(upper, backs, strict=True) if back]
        local = chained([entry for entry, back in zip(upper, backs, strict=True) if not back])
        local = ast.BinOp(local, ast.Div(), chained(lower)) if lower else local
        return chained([*first, local])

    return _entrywise(make, *over_line, *under_line)


def _gather(tree: ast.expr, above: list[ast.expr], below: list[ast.expr]) -> None:
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            _gather(left, above, below)
            _gather(right, above, below)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            _gather(left, above, below)
            _gather(right, below, above)
        case _:
            above.append(tree)


def _product(p: Indexed, q: Indexed) -> Indexed:
    """p @ q, also where one of the two is a vector."""
    if not p.axes or not q.axes:
        return _entrywise(lambda x, y: chained([y, x] if q.back else [x, y]), p, q)
    split = len(p.axes) - 1

    def at(index: At, scope: Scope) -> ast.expr:
        shared, inner = scope.within(p.axes[-1])
        first, second = p.at((*index[:split], shared), inner), q.at((shared, *index[split:]), inner)
        return over(shared, chained([second, first] if q.back and not p.back else [first, second]), p.axes[-1])

    return Indexed((*p.axes[:-1], *q.axes[1:]), at, p.back or q.back)


def _summed(x: Indexed, axis: int) -> Indexed:
    """Σ over one axis, which goes away."""
    axis %= len(x.axes)

    def at(index: At, scope: Scope) -> ast.expr:
        letter, inner = scope.within(x.axes[axis])
        return over(letter, x.at((*index[:axis], letter, *index[axis:]), inner), x.axes[axis])

    return Indexed(x.axes[:axis] + x.axes[axis + 1 :], at, x.back)


def _total(x: Indexed) -> Indexed:
    return _total(_summed(x, 0)) if x.axes else x


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
        found = _summed(found, 0)
    for axis, size in enumerate(x.axes):
        if size == 1 and found.axes[axis] != 1:
            found = _kept(_summed(found, axis), axis)
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
    return Indexed(x.axes, lambda at, scope: g.at(_aligned(g.axes, at), scope), g.back)


# what each word of the language does to entries; a word that works entry by entry has no row
_WORDS: Mapping[str, Callable[..., Indexed]] = {
    "units": lambda x: _summed(x, -1),
    "samples": lambda x: _summed(x, 0),
    "total": _total,
    "dot": _product,
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
_ALONG: Mapping[str, Callable[..., Indexed]] = {
    "along": lambda x, axis=None: _total(x) if axis is None else _summed(x, axis),
    "expand": _kept,
    "stretch": lambda x, shape: Indexed(tuple(shape), lambda at, scope: x.at(_aligned(x.axes, at), scope), x.back),
    "swap": _swapped,
}

_BY_ENTRY = frozenset(
    [
        "exp",
        "log",
        "logb",
        "sqrt",
        "abs",
        "sign",
        "floor",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "erf",
        "max",
        "min",
        "where",
        "sigmoid",
        "normal_pdf",
        "normal_cdf",
    ]
)


def _called(name: str, arguments: list[ast.expr], keywords: list[ast.keyword], known: Known) -> Indexed:
    if name == "stack":
        return _stack(arguments, known)
    if name == "unit":
        x, place = indexed(arguments[0], known), arguments[1]
        return Indexed(x.axes[:-1], lambda at, scope: x.at((*at, place), scope), x.back)
    if name in _ALONG:
        settings = [argument.value for argument in arguments[1:] if isinstance(argument, ast.Constant)]
        return _ALONG[name](indexed(arguments[0], known), *settings)
    parts = [indexed(argument, known) for argument in arguments]
    if name in _WORDS:
        return _WORDS[name](*parts)
    if name in _BY_ENTRY or (name in OPS and OPS[name].elementwise):
        return _entrywise(lambda *entries: ast.Call(ast.Name(name), list(entries), keywords), *parts)
    raise Unindexed(name)


def _stack(pieces: list[ast.expr], known: Known) -> Indexed:
    """Units of different kinds: the gradient, which all of them have as a factor, times the list of their slopes."""
    split = [_without_gradient(piece, k, known) for k, piece in enumerate(pieces)]
    slopes = [indexed(slope, known) for _, slope in split]
    names = {name for name, slope in split if name or not _is_zero(slope)}
    if len(names) != 1 or "" in names:
        raise Unindexed("stack")
    g = known(names.pop())

    def at(index: At, scope: Scope) -> ast.expr:
        row = ast.Call(ast.Name("stack"), [slope.at(_aligned(slope.axes, index[:-1]), scope) for slope in slopes], [])
        place = index[-1]
        entry = row if place is None or place is WHOLE else ast.Subscript(row, place)
        return chained([g.at(index, scope), entry])

    return Indexed(g.axes, at, g.back)


def _without_gradient(piece: ast.expr, k: int, known: Known) -> tuple[str, ast.expr]:
    """The name g in `unit(g, k) · slope`, and the slope; no name where there is none."""
    if isinstance(piece, ast.UnaryOp):
        name, slope = _without_gradient(piece.operand, k, known)
        return name, ast.UnaryOp(piece.op, slope)
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    _gather(piece, above, below)
    for place, part in enumerate(above):
        match part:
            case ast.Call(func=ast.Name(id="unit"), args=[ast.Name(id=name), ast.Constant(value=at)]) if at == k:
                if known(name).back:
                    local = chained([*above[:place], *above[place + 1 :]])
                    return name, ast.BinOp(local, ast.Div(), chained(below)) if below else local
    return "", piece


def _is_zero(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value == 0
