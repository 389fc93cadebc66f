"""Trees made by hand: entries, sums, and what stands on a page of the chain rule, which is set and never run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from gradcalc.engine.simplify import mapped

# words that `notation` knows beside those of `book`: ∂y/∂x, and factors with a sign between each two
DERIVATIVE, FACTORS = "∂", "·"
# the word of `book` for what becomes of a gradient
MAPS = "maps"


def constant(value: Any) -> ast.Constant:
    """A leaf that is a number, or an array of them."""
    return ast.Constant(value)


def derivative(of: ast.expr, by: ast.expr) -> ast.expr:
    """The derivative of one thing with respect to another."""
    return ast.Call(ast.Name(DERIVATIVE), [of, by], [])


def maps(g: ast.expr, share: ast.expr) -> ast.expr:
    """What becomes of a gradient, where no one factor says it."""
    return ast.Call(ast.Name(MAPS), [g, share], [])


def is_map(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == MAPS


def is_one(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value == 1


def is_derivative(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == DERIVATIVE


def sides(tree: ast.expr) -> tuple[ast.expr, ast.expr]:
    """What stands above and below in a derivative."""
    if not isinstance(tree, ast.Call):
        raise TypeError("no derivative")
    above, below = tree.args
    return above, below


def product(factors: Sequence[ast.expr]) -> ast.expr:
    """A product whose signs are all written."""
    return factors[0] if len(factors) == 1 else ast.Call(ast.Name(FACTORS), list(factors), [])


def multiplied(tree: ast.expr) -> ast.expr:
    """The tree with its products as such that can be run."""
    match tree:
        case ast.Call(func=ast.Name(id=name), args=factors) if name == FACTORS:
            return reduce(lambda whole, factor: ast.BinOp(whole, ast.Mult(), factor), map(multiplied, factors))
    return mapped(tree, multiplied)


def summed(terms: Sequence[ast.expr]) -> ast.expr:
    return reduce(lambda whole, term: ast.BinOp(whole, ast.Add(), term), terms)


def entry(name: str, at: Any) -> ast.expr:
    """`z[1,2]`; the index counts from 0."""
    return ast.Call(ast.Name("entry"), [ast.Name(name), ast.Constant(at)], [])


def entry_of(tree: ast.expr) -> tuple[str, tuple[int, ...]] | None:
    """The name and the index of an entry; None for anything else."""
    match tree:
        case ast.Call(func=ast.Name(id="entry"), args=[ast.Name(id=name), ast.Constant() as index]):
            at: Any = index.value
            return (name, at) if isinstance(at, tuple) else None
    return None


def array_of(tree: ast.AST) -> np.ndarray[Any, Any] | None:
    """The array that a leaf is; None for anything else."""
    value: Any = tree.value if isinstance(tree, ast.Constant) else None
    return value if isinstance(value, np.ndarray) and value.ndim else None
