"""From what holds for arrays to what holds for one entry: a matrix product becomes a sum over the index it shares.

A tree in the language of `book` is read as an array whose entries are trees. `W @ x` at [h] is `Σ_m W[h,m] x[m]`, a
`ast.Subscript` for each entry and a call of `OVER` for each sum. A sum over a δ collapses to the one term that stays.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from gradcalc.engine.effects import ALONG, BY_ENTRY, WORDS
from gradcalc.engine.indexed import Indexed, aligned, entrywise, product
from gradcalc.engine.letters import WHOLE, At, Scope, Unindexed
from gradcalc.engine.ops import OPS
from gradcalc.engine.sums import added, chained

Known = Callable[[str], Indexed]


def indexed(tree: ast.expr, known: Known) -> Indexed:
    """The array that a tree stands for, where `known` tells what its names are; Unindexed where a word has no entry."""
    match tree:
        case ast.Constant():
            return Indexed((), lambda _at, _scope: tree)
        case ast.Name(id=name):
            return known(name)
        case ast.UnaryOp(operand=operand):
            return entrywise(lambda x: ast.UnaryOp(ast.USub(), x), indexed(operand, known))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return product(indexed(left, known), indexed(right, known))
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _times(tree, known)
        case ast.BinOp(left=left, op=operator, right=right):
            return entrywise(lambda p, q: added(p, operator, q), indexed(left, known), indexed(right, known))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            sides = indexed(left, known), indexed(right, known)
            return entrywise(lambda p, q: ast.Compare(p, operators, [q]), *sides)
        case ast.Attribute(value=value):
            x = indexed(value, known)
            return Indexed(x.axes[::-1], lambda at, scope: x.at(at[::-1], scope), x.back)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _called(name, arguments, keywords, known)
    raise Unindexed(ast.dump(tree))


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

    return entrywise(make, *over_line, *under_line)


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


def _called(name: str, arguments: list[ast.expr], keywords: list[ast.keyword], known: Known) -> Indexed:
    if name == "stack":
        return _stack(arguments, known)
    if name == "unit":
        x, place = indexed(arguments[0], known), arguments[1]
        return Indexed(x.axes[:-1], lambda at, scope: x.at((*at, place), scope), x.back)
    if name in ALONG:
        settings = [argument.value for argument in arguments[1:] if isinstance(argument, ast.Constant)]
        return ALONG[name](indexed(arguments[0], known), *settings)
    parts = [indexed(argument, known) for argument in arguments]
    if name in WORDS:
        return WORDS[name](*parts)
    if name in BY_ENTRY or (name in OPS and OPS[name].elementwise):
        return entrywise(lambda *entries: ast.Call(ast.Name(name), list(entries), keywords), *parts)
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
        row = ast.Call(ast.Name("stack"), [slope.at(aligned(slope.axes, index[:-1]), scope) for slope in slopes], [])
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
