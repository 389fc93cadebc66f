"""An expression with numbers put in, as a hand writes it before it begins to calculate."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.book import FUNCTIONS
from gradcalc.engine.entries import SUMS, Entries
from gradcalc.engine.simplify import SHAPING, mapped

# a term or a factor that is gone, told apart from a 0 that somebody wrote
_GONE = ast.Constant(0)
# what only picks or places entries is worked out at once
_PLACING = frozenset([
    "unit", "entry", "placed", "part", "stack", "joined", "swap", "tail", "init",
    "one_before", "one_after", "zero_before", "zero_after",
])  # fmt: skip


def put_in(tree: ast.expr, values: Mapping[str, Any]) -> ast.expr:
    """The tree with arrays in place of names. An array of one entry is a number."""
    return _numbers(figures(book.substitute(tree, {name: ast.Constant(value) for name, value in values.items()})))


def number(value: Any) -> ast.expr:
    """A value as the leaf of a tree."""
    return ast.Constant(float(np.ravel(value)[0]) if np.size(value) == 1 else value)


def figures(tree: ast.expr) -> ast.expr:
    """The tree with only that worked out which meets the eye.

    Comparisons are decided, entries are picked, a matrix that is one number is a factor; and 0 times the value of a
    function is no term, 1 times it the function alone.

    >>> from gradcalc.engine.notation import text
    >>> text(figures(book.parse("-1 * log(0.25) - (1 - 1) * log(1 - 0.25)")))
    '−ln 0.25'
    >>> text(figures(book.parse("2 * 0 + 3 * where(2 > 0, 1, 0.1)")))
    '2 · 0 + 3 · 1'
    """
    match tree:
        case ast.UnaryOp(op=operator, operand=operand):
            inner = figures(operand)
            if isinstance(inner, ast.Constant) and isinstance(inner.value, float) and inner.value < 0:
                return ast.Constant(-inner.value)
            return inner if inner is _GONE else ast.UnaryOp(operator, inner)
        case ast.BinOp(left=left, op=operator, right=right):
            return _joined(figures(left), operator, figures(right))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return _known(ast.Compare(figures(left), operators, [figures(right)]))
        case ast.Attribute(value=value, attr=attr):
            inner = figures(value)
            return ast.Attribute(inner, attr) if has_array(inner) else inner
        case ast.Call(func=ast.Name(id=name) as function, args=arguments, keywords=keywords):
            return _called(ast.Call(function, [figures(argument) for argument in arguments], keywords), name)
    return tree


def has_array(tree: ast.expr) -> bool:
    """Whether an array of several entries stands anywhere in a tree."""
    return any(isinstance(node, ast.Constant) and getattr(node.value, "size", 1) > 1 for node in ast.walk(tree))


def _numbers(tree: ast.expr) -> ast.expr:
    if isinstance(tree, ast.Constant):
        return number(tree.value) if getattr(tree.value, "size", 0) == 1 else tree
    return mapped(tree, _numbers)


def _joined(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    match operator:
        case ast.Add() | ast.Sub() if right is _GONE:
            return left
        case ast.Add() if left is _GONE:
            return right
        case ast.Sub() if left is _GONE:
            return ast.UnaryOp(ast.USub(), right)
        case ast.Mult() | ast.Div() if left is _GONE:
            return _GONE
        case ast.MatMult() if not (has_array(left) and has_array(right)):
            return _joined(left, ast.Mult(), right)
        case ast.Mult():
            return _product(left, right)
    return ast.BinOp(left, operator, right)


# what is left of the value of a function that a number is a factor of
_UNSEEN: Mapping[float, Callable[[ast.expr], ast.expr]] = {
    0.0: lambda _: _GONE,
    1.0: lambda other: other,
    -1.0: lambda other: ast.UnaryOp(ast.USub(), other),
}


def _product(left: ast.expr, right: ast.expr) -> ast.expr:
    for factor, other in ((left, right), (right, left)):
        if _is_function(other) and _is_plain(factor):
            value = float(Entries({}).value(factor))
            if value in _UNSEEN:
                return _UNSEEN[value](other)
    return _GONE if right is _GONE else ast.BinOp(left, ast.Mult(), right)


def _called(call: ast.Call, name: str) -> ast.expr:
    if (name in SUMS or name in SHAPING) and not has_array(call.args[0]):
        return call.args[0]
    if name in _PLACING and all(isinstance(argument, ast.Constant) for argument in call.args):
        return _known(call)
    if name == "where":
        condition, then, otherwise = call.args
        if has_array(condition):
            return _known(call)
        return then if isinstance(condition, ast.Constant) and condition.value else otherwise
    return call


def _known(tree: ast.expr) -> ast.expr:
    """The tree as the number or the array that it comes to, if nothing in it is unknown."""
    try:
        return ast.Constant(Entries({}).value(tree))
    except KeyError:
        return tree


def _is_plain(tree: ast.expr) -> bool:
    """Whether a tree is made of numbers alone."""
    match tree:
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_plain(operand)
        case ast.BinOp(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
    return False


def _is_function(tree: ast.expr) -> bool:
    """Whether the value of a function, or a product that it stands in, is all there is."""
    match tree:
        case ast.UnaryOp(operand=operand):
            return _is_function(operand)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.Pow(), right=right):
            return _is_function(left) or _is_function(right)
        case ast.Call(func=ast.Name(id=name)):
            return name in FUNCTIONS and FUNCTIONS[name].text != "{0}"
    return False
