"""Light simplification of a rule's tree: ones and zeros go, constants of a product are gathered in front."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from math import gcd


def simplify(tree: ast.expr) -> ast.expr:
    """The same expression, written as a person would leave it.

    >>> ast.unparse(simplify(book.parse("1 / 3 * (2 * (p - y))")))
    '2 / 3 * (p - y)'
    """
    match tree:
        case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
            return _product(tree)
        case ast.BinOp(left=left, op=operator, right=right):
            return _sum(simplify(left), operator, simplify(right))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(simplify(left), operators, [simplify(right)])
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(simplify(value), attr)
        case ast.Call(func=ast.Name(id="spread" | "only" | "only_unit"), args=[inner]):
            return simplify(inner)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [simplify(argument) for argument in arguments], keywords)
    return tree


def replace(tree: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """The tree with every part that is written like a key of `known` replaced by what it is known to be."""
    found = known.get(ast.unparse(tree))
    if found is not None:
        return found
    match tree:
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, replace(operand, known))
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(replace(left, known), operator, replace(right, known))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(replace(left, known), operators, [replace(right, known)])
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(replace(value, known), attr)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [replace(argument, known) for argument in arguments], keywords)
    return tree


def _sum(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    if isinstance(operator, ast.Add | ast.Sub) and _is(right, 0):
        return left
    if isinstance(operator, ast.Add) and _is(left, 0):
        return right
    if isinstance(operator, ast.Pow) and _is(right, 1):
        return left
    return ast.BinOp(left, operator, right)


def _product(tree: ast.expr) -> ast.expr:
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    negative = _factors(tree, above, below)
    top, bottom = _constant(above), _constant(below)
    if isinstance(top, int) and isinstance(bottom, int) and bottom:
        shared = gcd(top, bottom)
        top, bottom = top // shared, bottom // shared
    if top == 0:
        return ast.Constant(0)
    names_above = [factor for factor in above if not _number(factor)]
    names_below = [factor for factor in below if not _number(factor)]
    if names_below:
        upper = _chain(([ast.Constant(top)] if top != 1 else []) + names_above)
        lower = _chain(([ast.Constant(bottom)] if bottom != 1 else []) + names_below)
        whole: ast.expr = ast.BinOp(upper, ast.Div(), lower)
    else:
        number = ast.Constant(top) if bottom == 1 else ast.BinOp(ast.Constant(top), ast.Div(), ast.Constant(bottom))
        if top == 1 and bottom != 1 and names_above:
            whole = ast.BinOp(_chain(names_above), ast.Div(), ast.Constant(bottom))
        else:
            whole = _chain(([number] if (top, bottom) != (1, 1) else []) + names_above)
    return ast.UnaryOp(ast.USub(), whole) if negative else whole


def _factors(tree: ast.expr, above: list[ast.expr], below: list[ast.expr]) -> bool:
    """Sort the factors of a product into those above and below the line; True if its sign is minus."""
    match tree:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return not _factors(operand, above, below)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _factors(left, above, below) ^ _factors(right, above, below)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _factors(left, above, below) ^ _factors(right, below, above)
    inner = simplify(tree)
    if isinstance(inner, ast.UnaryOp) or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult | ast.Div)):
        return _factors(inner, above, below)
    above.append(inner)
    return False


def _constant(factors: list[ast.expr]) -> int | float:
    value: int | float = 1
    for factor in factors:
        if isinstance(factor, ast.Constant) and isinstance(factor.value, int | float):
            value *= int(factor.value) if float(factor.value).is_integer() else factor.value
    return value


def _chain(factors: list[ast.expr]) -> ast.expr:
    whole = factors[0] if factors else ast.Constant(1)
    for factor in factors[1:]:
        whole = ast.BinOp(whole, ast.Mult(), factor)
    return whole


def _number(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and isinstance(tree.value, int | float)


def _is(tree: ast.expr, value: float) -> bool:
    return _number(tree) and isinstance(tree, ast.Constant) and tree.value == value
