"""What a formula's tree is like, told before it is set: a fraction, a root, what begins with a number or a minus."""

from __future__ import annotations

import ast

from gradcalc.engine.book import FUNCTIONS

_LOOSE = ast.Add | ast.Sub


def without_minus(tree: ast.expr) -> ast.expr | None:
    """A product whose first factor has a minus, without it; None where it has none."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.MatMult() as operator, right=right):
            first = without_minus(left)
            return None if first is None else ast.BinOp(first, operator, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case ast.Constant(value=int() | float() as value) if value < 0:
            return ast.Constant(-value)
    return None


def is_fraction(tree: ast.expr) -> bool:
    """Whether the tree is a constant written with a slash: `1/3`, `2/N`."""
    match tree:
        case ast.BinOp(
            left=ast.Constant(value=int() | float() as above),
            op=ast.Div(),
            right=ast.Constant(value=int() | float() | str() as below),
        ):
            return above >= 0 and (isinstance(below, str) or below >= 0)
        case ast.BinOp(
            left=ast.Constant(value=int() as above), op=ast.Div(), right=ast.BinOp(op=ast.Mult()) as product
        ):
            return above >= 0 and _is_letters(product)
    return False


def _is_letters(tree: ast.expr) -> bool:
    """Whether the tree is a product of sizes that are letters."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Constant(value=str())):
            return _is_letters(left)
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def is_root(tree: ast.expr) -> bool:
    """Whether the tree is a root, whose sign says where it ends: it needs no brackets below a line."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "sqrt"


def is_arriving(tree: ast.expr) -> bool:
    """Whether the tree is a gradient that arrives, and meets what follows entry by entry."""
    return isinstance(tree, ast.Name) and tree.id.startswith("∂")


def is_figures(left: ast.expr, right: ast.expr) -> bool:
    """Whether two factors need a dot between them, so that their digits are not read as one number."""
    return _starts_with_number(right) or (_is_figure(left) and _is_figure(right))


def _is_figure(tree: ast.expr) -> bool:
    """Whether a tree is made of numbers alone."""
    match tree:
        case ast.Constant(value=value):
            return not isinstance(value, str)
        case ast.BinOp(left=left, right=right):
            return _is_figure(left) and _is_figure(right)
        case ast.UnaryOp(operand=inner) | ast.Attribute(value=inner):
            return _is_figure(inner)
    return False


def starts_below_zero(tree: ast.expr) -> bool:
    """Whether a tree is a product whose first factor is a negative number, which gets brackets in a sum."""
    if not (isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult)):
        return False
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        tree = tree.left
    return isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) and tree.value < 0


def is_bracketed(tree: ast.expr) -> bool:
    """Whether the tree gets brackets where it has to hold together, told without setting it."""
    match tree:
        case ast.UnaryOp():
            return True
        case ast.BinOp(op=operator):
            return not isinstance(operator, ast.Pow)
        case ast.Constant(value=int() | float() as value):
            return value < 0
        case ast.Call(func=ast.Name(id=name), keywords=[], args=[first, *_]) if name in FUNCTIONS:
            word = FUNCTIONS[name]
            return is_bracketed(first) if word.text == "{0}" else word.tight or word.text.startswith("(")
    return False


def _starts_with_number(tree: ast.expr) -> bool:
    while isinstance(tree, ast.Attribute) or (isinstance(tree, ast.BinOp) and not isinstance(tree.op, _LOOSE)):
        tree = tree.value if isinstance(tree, ast.Attribute) else tree.left
    number = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    return isinstance(number, ast.Constant) and not isinstance(number.value, str)
