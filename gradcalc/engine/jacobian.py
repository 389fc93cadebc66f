"""From a rule, which carries a gradient back, to the local derivative that it carries it by."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gradcalc.engine.book import substitute
from gradcalc.engine.simplify import simplify

_DELTA = ast.Name("δ_ij")


def jacobian(rule: ast.expr, line: str) -> ast.expr:
    """The factor that meets the arriving gradient: `Wᵀ g` gives W, `g xᵀ` gives xᵀ, `g ⊙ a (1 − a)` gives a (1 − a).

    >>> from gradcalc.engine.book import parse
    >>> ast.unparse(jacobian(substitute(parse("W.T @ g"), {"g": ast.Name("∂z")}), "z"))
    'W'
    """
    return simplify(_without(rule, f"∂{line}"))


def factor(rule: ast.expr, line: str) -> ast.expr | None:
    """The same where the rule is a chain of products; None where no one factor says how the gradient is carried back.

    >>> from gradcalc.engine.book import parse
    >>> carried = substitute(parse("W.T @ (g * (1 - h**2))"), {"g": ast.Name("∂h")})
    >>> ast.unparse(factor(carried, "h"))
    'diag(1 - h ** 2) @ W'
    >>> factor(substitute(parse("outer(g, x)"), {"g": ast.Name("∂z")}), "z")
    """
    found = _chain(rule, f"∂{line}")
    return None if found is None else simplify(found)


def _chain(tree: ast.expr, g: str) -> ast.expr | None:
    match tree:
        case ast.Name(id=name) if name == g:
            return ast.Constant(1)
        case ast.UnaryOp(op=operator, operand=operand):
            inner = _chain(operand, g)
            return None if inner is None else ast.UnaryOp(operator, inner)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as operator, right=right) if not _uses(right, g):
            inner = _chain(left, g)
            return None if inner is None else ast.BinOp(inner, operator, right)
        case ast.BinOp(left=left, op=ast.Mult() as operator, right=right) if not _uses(left, g):
            inner = _chain(right, g)
            return None if inner is None else ast.BinOp(left, operator, inner)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right) if not _uses(left, g):
            inner = _chain(right, g)
            turned = ast.Attribute(left, "T")
            return turned if inner is not None and _is_one(inner) else _diagonal(inner, turned)
    return None


def _diagonal(inner: ast.expr | None, matrix: ast.expr) -> ast.expr | None:
    """What goes entry by entry, as a matrix before another one."""
    if inner is None or any(isinstance(part, ast.MatMult) for part in ast.walk(inner)):
        return None
    return ast.BinOp(ast.Call(ast.Name("diag"), [inner], []), ast.MatMult(), matrix)


def _uses(tree: ast.expr, g: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == g for part in ast.walk(tree))


def jacobian_entry(rule: ast.expr, line: str) -> ast.expr:
    """Row i, column j of the Jacobian of an activation that mixes units: the rule with g_k = δ_ik put in.

    Inside a sum over k only the term of i stays; what stands outside of it belongs to j.

    >>> from gradcalc.engine.book import parse
    >>> rule = parse("a * (g - spread(units(g * a)))")
    >>> ast.unparse(jacobian_entry(substitute(rule, {"g": ast.Name("∂a")}), "a"))
    'a_j * (δ_ij - a_i)'
    """
    return simplify(_entry(rule, f"∂{line}", "j"))


def _without(tree: ast.expr, g: str) -> ast.expr:
    one = ast.Constant(1)
    match tree:
        case ast.Name(id=name) if name == g:
            return one
        case ast.Attribute(value=ast.Name(id=name)) if name == g:
            return one
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            first, second = _without(left, g), _without(right, g)
            if _is_one(second):
                return first.value if isinstance(first, ast.Attribute) else ast.Attribute(first, "T")
            return second if _is_one(first) else ast.BinOp(first, ast.MatMult(), second)
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_without(left, g), operator, _without(right, g))
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _without(operand, g))
        case ast.Call(func=ast.Name(id="samples" | "total" | "unit"), args=[inner, *_]) if _is_one(_without(inner, g)):
            return one
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [_without(argument, g) for argument in arguments], keywords)
    return tree


def _entry(tree: ast.expr, g: str, index: str) -> ast.expr:
    match tree:
        case ast.Name(id=name):
            return _DELTA if name == g else ast.Name(f"{name}_{index}")
        case ast.Call(func=ast.Name(id="units"), args=[inner]):
            return _picked(inner, g)
        case ast.Call(func=ast.Name(id="softmax" as name), args=[ast.Name(id=inner)]):
            return ast.Name(f"{name}({inner})_{index}")
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [_entry(argument, g, index) for argument in arguments], keywords)
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_entry(left, g, index), operator, _entry(right, g, index))
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _entry(operand, g, index))
    return tree


def _picked(inner: ast.expr, g: str) -> ast.expr:
    """Σ_k g_k t_k with g_k = δ_ik: the term t_i."""
    ones: Mapping[str, ast.expr] = {g: ast.Constant(1)}
    return _entry(substitute(inner, ones), g, "i")


def _is_one(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value == 1
