"""How many axes a formula's value has, told from its tree and from those of the quantities in it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from gradcalc.engine.trees import DERIVATIVE

Axes = int | None
Reader = Callable[[list[ast.expr], Mapping[str, int]], Axes]


def axes(tree: ast.expr, known: Mapping[str, int]) -> Axes:
    """The number of axes of the value: 0 of a number, 1 of a vector; None where that can't be told.

    >>> from gradcalc.engine.book import parse
    >>> axes(parse("W @ x + b"), {"W": 2, "x": 1, "b": 1}), axes(parse("total(x * x)"), {"x": 1})
    (1, 0)
    """
    match tree:
        case ast.Constant(value=value):
            return getattr(value, "ndim", 0)
        case ast.Name(id=name):
            return known.get(name, 0 if name == "pi" else None)
        case ast.UnaryOp(operand=operand):
            return axes(operand, known)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            first, second = axes(left, known), axes(right, known)
            if first is None or second is None:
                return None
            return first + second - 2 if first and second else max(first, second)  # a number has no axis to share
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return _most([left, right], known)
        case ast.Attribute(value=value):
            return axes(value, known)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _of_call(name, arguments, keywords, known)
    return None


def is_entrywise_product(tree: ast.expr, known: Mapping[str, int]) -> bool:
    """Whether two arrays are multiplied or divided entry by entry at the root of the tree, or among its factors."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            both = bool(axes(left, known)) and bool(axes(right, known))
            return both or is_entrywise_product(left, known) or is_entrywise_product(right, known)
        case ast.UnaryOp(operand=operand):
            return is_entrywise_product(operand, known)
    return False


def _most(trees: list[ast.expr], known: Mapping[str, int]) -> Axes:
    found = [axes(tree, known) for tree in trees]
    return max((count for count in found if count is not None), default=0) if None not in found else None


def _plus(change: int) -> Reader:
    def read(arguments: list[ast.expr], known: Mapping[str, int]) -> Axes:
        found = axes(arguments[0], known)
        return None if found is None else found + change

    return read


def _like(position: int) -> Reader:
    return lambda arguments, known: axes(arguments[position], known)


def _folded(arguments: list[ast.expr], known: Mapping[str, int]) -> Axes:
    """All axes go away, or the one that is named."""
    return _plus(-1)(arguments, known) if len(arguments) > 1 else 0


def _taken(arguments: list[ast.expr], known: Mapping[str, int]) -> Axes:
    """A position takes its axis away; slices and lists leave theirs."""
    found, key = axes(arguments[0], known), getattr(arguments[1], "value", None)
    if found is None or not isinstance(key, tuple):
        return None
    return found - sum(isinstance(part, int) for part in key)


def _stretched(arguments: list[ast.expr], _known: Mapping[str, int]) -> Axes:
    shape: Any = getattr(arguments[1], "value", None)
    return len(shape) if isinstance(shape, tuple) else None


def _own_part(arguments: list[ast.expr], known: Mapping[str, int]) -> Axes:
    k = getattr(arguments[1], "value", None)
    return axes(arguments[2 + k], known) if isinstance(k, int) and len(arguments) > 2 + k else None


def _joined(arguments: list[ast.expr], known: Mapping[str, int]) -> Axes:
    found = _most(arguments, known)
    return None if found is None else max(found, 1)


# words of the language and functions that people call, where the value has other axes than the inputs together
_CALLS: Mapping[str, Reader] = {
    # a unit of a layer is one number, or one for each sample
    **dict.fromkeys(("total", "only", "dot", "width", "norm", "unit"), lambda _arguments, _known: 0),
    **dict.fromkeys(("along", "product", "largest", "smallest"), _folded),
    **dict.fromkeys(("units", "samples", "top", "only_unit", "squeezed"), _plus(-1)),
    **dict.fromkeys(("spread", "expand", "stack"), _plus(1)),
    **dict.fromkeys(("placed", "fill", "gather", "put_rows"), _like(1)),
    **dict.fromkeys(("outer", DERIVATIVE), lambda _arguments, _known: 2),
    "entry": _taken,
    "rows": lambda _arguments, _known: None,
    "stretch": _stretched,
    "joined": lambda arguments, known: _joined(arguments[1:], known),
    "concat": _joined,
    "part": _own_part,
    "by_image": _like(2),
    "by_kernel": _like(2),
    "to_largest": _like(1),
    "to_seen": _like(1),
    "correlate": _like(0),
    "largest_seen": _like(0),
    "mean_seen": _like(0),
    **dict.fromkeys(("conv2d", "max_pool2d", "avg_pool2d", "swap"), _like(0)),
}

# functions of an array by the names that people call them, which keep their axes in none but the elementwise form
_FOLDS = ("sum", "mean", "prod", "max", "min", "norm")


def _of_call(name: str, arguments: list[ast.expr], keywords: list[ast.keyword], known: Mapping[str, int]) -> Axes:
    if name in _FOLDS and len(arguments) == 1:
        said = {word.arg for word in keywords}
        if "keepdims" in said:
            return axes(arguments[0], known)
        return _plus(-1)(arguments, known) if "axis" in said else 0
    if name in _CALLS and not (keywords and name not in ("concat", "conv2d", "max_pool2d", "avg_pool2d")):
        return _CALLS[name](arguments, known)
    return _most(arguments[:1] if name == "swap" else arguments, known)
