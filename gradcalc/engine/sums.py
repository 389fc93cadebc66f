"""Sums and products of entries: δ that collapse, constants in front, factors in the order in which a page has them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from math import gcd
from typing import NamedTuple

OVER = "sum_over"
DELTA = "delta"
ONE = ast.Constant(1)
# the 1 that arrives at a result: a factor until products are put in order, so that what it meets first stays together
SEED = ast.Name("1")

Order = Callable[[Sequence[ast.expr]], ast.expr]


def chained(factors: Sequence[ast.expr]) -> ast.expr:
    """The product of factors, each of which stays together; ones go, and a 0 takes all with it."""
    kept = [factor for factor in factors if not _is(factor, 1)]
    if any(_is(factor, 0) for factor in kept):
        return ast.Constant(0)
    whole = kept[0] if kept else ONE
    for factor in kept[1:]:
        whole = ast.BinOp(whole, ast.Mult(), factor)
    return whole


def added(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    """A sum or a difference, or another pair of operands, without a term that is 0."""
    if isinstance(operator, ast.Add | ast.Sub) and _is(right, 0):
        return left
    if isinstance(operator, ast.Add) and _is(left, 0):
        return right
    if isinstance(operator, ast.Sub) and _is(left, 0):
        return ast.UnaryOp(ast.USub(), right)
    return ast.BinOp(left, operator, right)


def delta(first: ast.expr, second: ast.expr) -> ast.expr:
    """1 where two indices are the same, else 0."""
    if ast.dump(first) == ast.dump(second):
        return ONE
    if isinstance(first, ast.Constant) and isinstance(second, ast.Constant):
        return ast.Constant(0)
    return ast.Call(ast.Name(DELTA), [first, second], [])


def over(letter: ast.expr | None, body: ast.expr, size: int | str) -> ast.expr:
    """Σ of the body over all values of a letter; no sum where the axis has one entry, or where a δ picks one.

    >>> j, k = ast.Name("j"), ast.Name("k")
    >>> ast.unparse(over(k, chained([delta(j, k), ast.Subscript(ast.Name("a"), k)]), "K"))
    'a[j]'
    """
    if not isinstance(letter, ast.Name):
        return body
    deltas, rest = apart(body)
    for place, found in enumerate(deltas):
        other = other_side(found, letter.id)
        if other is not None:
            left = chained([*deltas[:place], *deltas[place + 1 :], rest])
            return put(left, letter.id, other)
    if letter.id not in names_in(body):
        return chained([ast.Constant(size), body])
    return ast.Call(ast.Name(OVER), [body, letter], [])


def apart(tree: ast.expr) -> tuple[list[ast.expr], ast.expr]:
    """The δ that are factors of the whole tree, and the tree without them."""
    match tree:
        case ast.Call(func=ast.Name(id="delta")):
            return [tree], ONE
        case ast.Call(func=ast.Name(id="sum_over") as function, args=[body, letter]):
            found, rest = apart(body)
            return found, ast.Call(function, [rest, letter], [])
        case ast.UnaryOp(op=operator, operand=operand):
            found, rest = apart(operand)
            return found, ast.UnaryOp(operator, rest)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            first, second = apart(left), apart(right)
            return first[0] + second[0], chained([first[1], second[1]])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            found, rest = apart(left)
            return found, ast.BinOp(rest, ast.Div(), right)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right):
            return _shared(left, operator, right)
    return [], tree


def _shared(left: ast.expr, operator: ast.operator, right: ast.expr) -> tuple[list[ast.expr], ast.expr]:
    """The δ that both sides of a sum have."""
    (first, one), (second, other) = apart(left), apart(right)
    written = [ast.dump(found) for found in second]
    both = [found for found in first if ast.dump(found) in written]
    shared = [ast.dump(found) for found in both]
    own = chained([*(found for found in first if ast.dump(found) not in shared), one])
    others = chained([*(found for found in second if ast.dump(found) not in shared), other])
    return both, ast.BinOp(own, operator, others)


def other_side(found: ast.expr, letter: str) -> ast.expr | None:
    """What a δ says that a letter is; None where the letter is none of its two."""
    match found:
        case ast.Call(args=[ast.Name(id=name), other]) if name == letter:
            return other
        case ast.Call(args=[other, ast.Name(id=name)]) if name == letter:
            return other
    return None


def put(tree: ast.expr, letter: str, index: ast.expr) -> ast.expr:
    """The tree with another index in the place of a letter."""
    return rebuilt(tree, lambda node: index if isinstance(node, ast.Name) and node.id == letter else None)


def rebuilt(tree: ast.expr, change: Callable[[ast.expr], ast.expr | None]) -> ast.expr:
    """The tree with each part for which `change` has something else replaced by that, from the outside in."""
    changed = change(tree)
    if changed is not None:
        return changed
    match tree:
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, rebuilt(operand, change))
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(rebuilt(left, change), operator, rebuilt(right, change))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(rebuilt(left, change), operators, [rebuilt(right, change)])
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(rebuilt(value, change), attr)
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(rebuilt(value, change), rebuilt(index, change))
        case ast.Tuple(elts=parts):
            return ast.Tuple([rebuilt(part, change) for part in parts])
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [rebuilt(argument, change) for argument in arguments], keywords)
    return tree


def names_in(tree: ast.AST) -> set[str]:
    """Every name in the tree, letters of indices among them."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


# what gives twice as much for twice its first argument
_LINEAR = frozenset([OVER, "samples", "units", "total", "gather", "along"])


class Product(NamedTuple):
    """A product with its constants apart; `groups` has the other factors, those of one derivative together."""

    above: tuple[ast.Constant, ...] = ()
    below: tuple[ast.Constant, ...] = ()
    negative: bool = False
    groups: tuple[ast.expr, ...] = ()

    def times(self, other: Product, groups: Sequence[ast.expr]) -> Product:
        """The product of the constants of both, with these groups."""
        return Product(
            self.above + other.above, self.below + other.below, self.negative ^ other.negative, tuple(groups)
        )

    def over(self, other: Product, groups: Sequence[ast.expr]) -> Product:
        """The same with the other one's constants below the line."""
        return self.times(other._replace(above=other.below, below=other.above), groups)


def product(tree: ast.expr) -> Product:
    """The tree as a product, constants taken out of everything that is linear."""
    match tree:
        case ast.Constant(value=value) if not str(value).startswith("∂"):
            return Product() if _is(tree, 1) else Product(above=(tree,))
        case ast.Name(id=SEED.id):
            return Product()
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = product(operand)
            return inner._replace(negative=not inner.negative)
        case ast.BinOp(left=left, op=operator, right=right):
            return _of_two(product(left), operator, product(right)) or Product(groups=(tree,))
        case ast.Attribute(value=value, attr=attr):
            inner = product(value)
            if inner.groups:
                return inner._replace(groups=(ast.Attribute(_joined(inner.groups), attr),))
        case ast.Call(func=ast.Name(id="outer" | "dot") as function, args=[left, right]):
            first, second = product(left), product(right)
            if first.groups and second.groups:
                return first.times(second, [ast.Call(function, [_joined(first.groups), _joined(second.groups)], [])])
        case ast.Call(func=ast.Name(id=name) as function, args=[body, *rest]) if name in _LINEAR:
            inner = product(body)
            if inner.groups:
                groups = [SEED, *inner.groups] if name == OVER else inner.groups
                return inner._replace(groups=(ast.Call(function, [chained(groups), *rest], []),))
    return Product(groups=(tree,))


def _of_two(first: Product, operator: ast.operator, second: Product) -> Product | None:
    """Two products that an operator joins; None where no constant comes out of it."""
    match operator:
        case ast.Mult():
            return first.times(second, [*first.groups, *_together(second)])
        case ast.Div():
            lower = _together(second)
            return first.over(second, [ast.BinOp(_joined(first.groups), operator, lower[0])] if lower else first.groups)
        case ast.MatMult() if first.groups and second.groups:
            return first.times(second, [ast.BinOp(_joined(first.groups), operator, _joined(second.groups))])
        case ast.MatMult():
            return first.times(second, first.groups or second.groups)
        case ast.Add() | ast.Sub() if first.groups and second.groups and not first.negative:
            if _constants(first) == _constants(second):
                minus = isinstance(operator, ast.Sub) ^ second.negative
                sign = ast.Sub() if minus else ast.Add()
                return first._replace(groups=(ast.BinOp(_joined(first.groups), sign, _joined(second.groups)),))
    return None


def _constants(found: Product) -> tuple[list[object], list[object]]:
    return [one.value for one in found.above], [one.value for one in found.below]


def _together(found: Product) -> list[ast.expr]:
    return [chained(found.groups)] if found.groups else []


def arranged(tree: ast.expr, order: Order) -> ast.expr:
    """The tree with constants in front of every product, and the factors behind them in an order."""
    return rebuilt(
        _ordered(tree, order), lambda node: ONE if isinstance(node, ast.Name) and node.id == SEED.id else None
    )


def _ordered(tree: ast.expr, order: Order) -> ast.expr:
    found = product(tree)
    match found:
        case Product((), (), False, (ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right),)):
            return ast.BinOp(_ordered(left, order), operator, _ordered(right, order))
    body = order([_inside(group, order) for group in _cancelled(found.groups)])
    return _with_constants(found, body)


def _joined(groups: Sequence[ast.expr]) -> ast.expr:
    return chained(_cancelled(groups))


def _cancelled(groups: Sequence[ast.expr]) -> list[ast.expr]:
    """The groups without what stands below a line and as a factor beside it: `(p − y) / (p (1 − p)) · p (1 − p)`."""
    kept = list(groups)
    for place, group in enumerate(groups):
        match group:
            case ast.BinOp(left=above, op=ast.Div(), right=below):
                others = [_factors(other) for other in [*kept[:place], *kept[place + 1 :]]]
                if all(_taken(factor, others) for factor in _factors(below)):
                    rest = [chained(factors) for factors in others]
                    return [one for one in [*rest[:place], above, *rest[place:]] if not _is(one, 1)]
    return kept


def _factors(tree: ast.expr) -> list[ast.expr]:
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return [*_factors(left), *_factors(right)]
    return [tree]


def _taken(factor: ast.expr, lists: list[list[ast.expr]]) -> bool:
    """Whether the factor stood in one of the lists, from which it is gone now."""
    written = ast.dump(factor)
    for factors in lists:
        for place, other in enumerate(factors):
            if ast.dump(other) == written:
                del factors[place]
                return True
    return False


def _inside(group: ast.expr, order: Order) -> ast.expr:
    match group:
        case ast.Call(func=ast.Name(id="sum_over") as function, args=[body, letter]):
            return ast.Call(function, [_ordered(body, order), letter], [])
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _ordered(group, order)
    return group


def _with_constants(found: Product, body: ast.expr) -> ast.expr:
    match body:
        case ast.UnaryOp(operand=operand):
            return _with_constants(found._replace(negative=not found.negative), operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            upper, lower = _fraction(found.above, found.below)
            whole: ast.expr = ast.BinOp(chained([upper, left]), ast.Div(), chained([lower, right]))
        case _:
            upper, lower = _fraction(found.above, found.below)
            whole = chained([upper if _is(lower, 1) else ast.BinOp(upper, ast.Div(), lower), body])
    return ast.UnaryOp(ast.USub(), whole) if found.negative and not _is(whole, 0) else whole


def _fraction(above: Sequence[ast.Constant], below: Sequence[ast.Constant]) -> tuple[ast.expr, ast.expr]:
    """What stays above and below the line of what constants make."""
    top, upper = _split(above)
    bottom, lower = _split(below)
    for letter in list(upper):
        if letter in lower:
            upper.remove(letter)
            lower.remove(letter)
    if isinstance(top, int) and isinstance(bottom, int) and bottom:
        shared = gcd(top, bottom)
        top, bottom = top // shared, bottom // shared
    over_line = chained([ast.Constant(top), *map(ast.Constant, upper)])
    under_line = chained([ast.Constant(bottom), *map(ast.Constant, lower)])
    return over_line, under_line


def _split(factors: Sequence[ast.Constant]) -> tuple[int | float, list[str]]:
    """The number and the letters of a product of constants."""
    number: int | float = 1
    letters = []
    for factor in factors:
        if isinstance(factor.value, int | float):
            number *= factor.value
        else:
            letters.append(str(factor.value))
    return int(number) if float(number).is_integer() else number, letters


def from_the_loss(groups: Sequence[ast.expr]) -> ast.expr:
    """In the order of the chain rule: the error first, the sums that it begins with in front of everything."""
    match groups:
        case [ast.Call(func=ast.Name(id="sum_over") as function, args=[body, ast.Name(id=name) as letter]), *rest]:
            if rest and all(name not in names_in(factor) for factor in rest):
                inner = from_the_loss([*product(body).groups, *rest])
                return ast.Call(function, [inner, letter], [])
    return chained(groups)


def to_the_loss(parameters: Collection[str]) -> Order:
    """In the order of the computation, the error last, with weights in front, which are coefficients there."""

    def order(groups: Sequence[ast.expr]) -> ast.expr:
        backwards = list(reversed(groups))
        sums = [group for group in backwards if is_sum(group)]
        plain = [group for group in backwards if not is_sum(group)]
        weights = [group for group in plain if _is_entry_of(group, parameters)]
        others = [group for group in plain if not _is_entry_of(group, parameters)]
        return chained([*weights, *others, *sums])

    return order


def coefficients_first(parameters: Collection[str]) -> Order:
    """As it was composed, but weights in front, which are coefficients, and a δ at the end."""

    def order(groups: Sequence[ast.expr]) -> ast.expr:
        def rank(group: ast.expr) -> int:
            return -1 if _is_entry_of(group, parameters) else int(DELTA in names_in(group))

        return chained(sorted(groups, key=rank))

    return order


def is_sum(tree: ast.expr) -> bool:
    """Whether the tree is a sum over an index."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == OVER


def _is_entry_of(tree: ast.expr, names: Collection[str]) -> bool:
    match tree:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name in names
    return False


def _is(tree: ast.expr, value: int) -> bool:
    return isinstance(tree, ast.Constant) and type(tree.value) in (int, float) and tree.value == value
