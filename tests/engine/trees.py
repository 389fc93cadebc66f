"""Random expressions of the language of rules, and the numbers that their names stand for."""

from __future__ import annotations

import ast

import numpy as np
from hypothesis import strategies as st
from paper import Sheet

NAMES = ("a", "b", "z", "∂z")
NUMBERS = {
    "a": np.array([[0.3, 1.7, 0.6], [2.2, 0.4, 1.1]]),
    "b": np.array([[1.4, 0.2, 0.9], [0.7, 1.3, 2.6]]),
    "z": np.array([[-0.8, 0.5, 1.9], [0.1, -1.2, -0.4]]),
    "∂z": np.array([[0.9, -0.3, 0.2], [-1.5, 0.8, -0.6]]),
}
SHEET = Sheet(NUMBERS, {})

OF_ANYTHING = ("exp", "log", "sqrt", "abs", "sign", "tanh", "sigmoid", "spread")
OF_UNITS = ("softmax", "units", "total", "top", "first_top")
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
SIGNS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def call(name: str, *inputs: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), list(inputs), [])


POWERS = st.sampled_from(("0.5", "a", "a - 1", "2 - 1", "a / 2", "-a")).map(
    lambda text: ast.parse(text, mode="eval").body
)


def _larger(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    return st.one_of(
        st.builds(
            lambda left, operator, right: ast.BinOp(left, operator(), right), inner, st.sampled_from(OPERATORS), inner
        ),
        st.builds(lambda base, power: ast.BinOp(base, ast.Pow(), ast.Constant(power)), inner, st.integers(-2, 3)),
        st.builds(lambda base, power: ast.BinOp(base, ast.Pow(), power), inner, POWERS),
        st.builds(lambda operand: ast.UnaryOp(ast.USub(), operand), inner),
        st.builds(lambda left, sign, right: ast.Compare(left, [sign()], [right]), inner, st.sampled_from(SIGNS), inner),
        st.builds(call, st.sampled_from(OF_ANYTHING), inner),
        st.builds(call, st.sampled_from(OF_UNITS), inner.map(whole)),
        st.builds(call, st.sampled_from(("max", "min")), inner, inner),
        st.builds(
            lambda left, sign, right, *either: call("where", ast.Compare(left, [sign()], [right]), *either),
            inner,
            st.sampled_from(SIGNS),
            inner,
            inner,
            inner,
        ),
        st.builds(lambda x, k: call("unit", x, ast.Constant(k)), inner.map(whole), st.integers(0, 2)),
    )


def whole(tree: ast.expr) -> ast.expr:
    """The tree as an array of three units, whatever it was."""
    return ast.BinOp(tree, ast.Add(), ast.Name("z"))


TREES = st.recursive(
    st.one_of(
        st.sampled_from(NAMES).map(ast.Name),
        st.sampled_from((0, 1, 2, 3, -2, 0.5, 1.25, 10.0)).map(ast.Constant),
    ),
    _larger,
    max_leaves=8,
)


def value(tree: ast.expr):
    """The value of a tree, or None where it, or a part of it, has none."""
    try:
        with np.errstate(all="ignore"):
            parts = [SHEET.value(part) for part in ast.walk(tree) if isinstance(part, ast.expr) and is_part(part)]
    except (ZeroDivisionError, OverflowError):
        return None
    if not all(np.isrealobj(part) and np.isfinite(part).all() for part in parts):
        return None
    return np.array(np.broadcast_to(parts[0], (2, 3)))


def is_part(node: ast.expr) -> bool:
    """Whether the node is an expression, not the name of a function."""
    return not isinstance(node, ast.Name) or node.id in NUMBERS
