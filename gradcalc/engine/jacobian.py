"""From a rule, which carries a gradient back, to the local derivative that it carries it by."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from gradcalc.engine.axes import axes
from gradcalc.engine.book import substitute
from gradcalc.engine.simplify import simplify
from gradcalc.engine.trees import is_derivative, is_one

_DELTA = ast.Name("δ_ij")


def jacobian(rule: ast.expr, line: str) -> ast.expr:
    """The factor that meets the arriving gradient: `Wᵀ g` gives W, `g xᵀ` gives xᵀ, `g ⊙ a (1 − a)` gives a (1 − a).

    >>> from gradcalc.engine.book import parse
    >>> ast.unparse(jacobian(substitute(parse("W.T @ g"), {"g": ast.Name("∂z")}), "z"))
    'W'
    """
    return simplify(_without(rule, f"∂{line}"))


def factor(rule: ast.expr, line: str, known: Mapping[str, int], *, of_vectors: bool = True) -> ast.expr | None:
    """The same where the rule is a chain of products; None where no one factor says how the gradient is carried back.

    `known` counts the axes of quantities. Only of vectors is a matrix that stands in a product a Jacobian.

    >>> from gradcalc.engine.book import parse
    >>> carried = substitute(parse("W.T @ (g * (1 - h**2))"), {"g": ast.Name("∂h")})
    >>> ast.unparse(factor(carried, "h", {"h": 1}))
    'diag(1 - h ** 2) @ W'
    >>> ast.unparse(factor(substitute(parse("W.T @ (U.T @ g)"), {"g": ast.Name("∂z")}), "z", {}))
    'U @ W'
    >>> factor(substitute(parse("outer(g, x)"), {"g": ast.Name("∂z")}), "z", {})
    """
    found = _Chain(f"∂{line}", known, of_vectors).carried(rule)
    return None if found is None else simplify(found.tree)


class _Carried(NamedTuple):
    """What a gradient has been carried back by: a matrix, or else what it met entry by entry."""

    tree: ast.expr
    is_matrix: bool = False

    def met(self, tree: ast.expr, other: ast.expr) -> _Carried | None:
        """The same in `tree`, where it meets `other`; a matrix goes on with nothing but a number."""
        return self._replace(tree=tree) if not self.is_matrix or isinstance(other, ast.Constant) else None


class _Chain(NamedTuple):
    g: str
    known: Mapping[str, int]
    of_vectors: bool

    def carried(self, tree: ast.expr) -> _Carried | None:
        """What carries the gradient back where the rule is `tree`; None where it is no chain of products."""
        match tree:
            case ast.Name(id=name) if name == self.g:
                return _Carried(ast.Constant(1))
            case ast.UnaryOp(op=operator, operand=operand):
                inner = self.carried(operand)
                return inner and inner._replace(tree=ast.UnaryOp(operator, inner.tree))
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as operator, right=right) if not _uses(right, self.g):
                inner = self.carried(left)
                return inner and inner.met(ast.BinOp(inner.tree, operator, right), right)
            case ast.BinOp(left=left, op=ast.Mult() as operator, right=right) if not _uses(left, self.g):
                inner = self.carried(right)
                return inner and inner.met(ast.BinOp(left, operator, inner.tree), left)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right) if not _uses(left, self.g):
                inner = self.carried(right)
                return inner and self._before(inner, ast.Attribute(left, "T"))
        return None

    def _before(self, inner: _Carried, turned: ast.Attribute) -> _Carried | None:
        """The same before one more matrix, where what goes entry by entry is a diagonal one."""
        if not (self.of_vectors or _is_slope(turned)):
            return None
        if is_one(inner.tree):
            return _Carried(turned, is_matrix=True)
        if inner.is_matrix:
            return _Carried(ast.BinOp(inner.tree, ast.MatMult(), turned), is_matrix=True)
        if axes(inner.tree, self.known) == 0:
            return _Carried(ast.BinOp(inner.tree, ast.Mult(), turned), is_matrix=True)
        diagonal = ast.Call(ast.Name("diag"), [inner.tree], [])
        return _Carried(ast.BinOp(diagonal, ast.MatMult(), turned), is_matrix=True)


def _is_slope(turned: ast.Attribute) -> bool:
    """Whether a matrix that is turned round twice is a derivative, which is a Jacobian by itself."""
    return isinstance(turned.value, ast.Attribute) and is_derivative(turned.value.value)


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
            if is_one(second):
                return first.value if isinstance(first, ast.Attribute) else ast.Attribute(first, "T")
            return second if is_one(first) else ast.BinOp(first, ast.MatMult(), second)
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_without(left, g), operator, _without(right, g))
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _without(operand, g))
        case ast.Call(func=ast.Name(id="samples" | "total" | "unit"), args=[inner, *_]) if is_one(_without(inner, g)):
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
