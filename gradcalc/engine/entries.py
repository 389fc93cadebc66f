"""One entry of an expression, written out term by term: `W x + b` at [1] is `W[1,1] x[1] + W[1,2] x[2] + b[1]`.

Expressions are those of `book`, with all their words for the shapes of arrays; the arrays of one sample are vectors.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from itertools import islice
from typing import Any

import numpy as np

from gradcalc.engine import book

Index = tuple[int, ...]
Leaf = Callable[[str, Index], ast.expr]

MOST_TERMS = 8

# what acts on every entry by itself, its arguments stretched to one shape
_EACH = frozenset([
    "exp", "log", "logb", "sqrt", "abs", "sign", "floor", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf",
    "arcsin", "arccos", "arctan", "max", "min", "where", "ratio", "sigmoid", "normal_pdf", "normal_cdf",
])  # fmt: skip

# what adds entries up
SUMS = frozenset(["units", "samples", "total", "along", "gather"])
# the same, and what moves entries: which of its arguments those are
_ALL, _FIRST = slice(None), slice(1)
_MOVED: Mapping[str, slice] = {
    **dict.fromkeys(SUMS, _FIRST),
    **dict.fromkeys(["spread", "expand", "stretch", "fill", "only", "only_unit", "swap"], _FIRST),
    **dict.fromkeys(["one_before", "one_after", "zero_before", "zero_after", "tail", "init"], _FIRST),
    **dict.fromkeys(["unit", "entry", "placed", "part"], _FIRST),
    "stack": _ALL,
    "joined": slice(1, None),
}


# what a leaf is that takes everything it meets in a product away; a 0 that is a number is told apart from it
NOTHING = ast.Constant(0)


class TooLong(Exception):  # noqa: N818 - not a failure: there is more than a reader would write down
    """The entry has more terms than anybody reads."""


class Entries:
    """The values and the entries of expressions over `values`, the arrays of the names that stand in them.

    `column`: vectors are columns, so that `g xᵀ` is a matrix. Without `figures` what has no terms is not told as a
    number, but is too long.
    """

    def __init__(self, values: Mapping[str, Any], *, column: bool = False, figures: bool = True) -> None:
        self.values = values
        self.column = column
        self.figures = figures
        self._known: dict[int, tuple[ast.expr, Any]] = {}

    def value(self, tree: ast.expr) -> Any:
        """The value of an expression. KeyError where a name in it has no value."""
        known = self._known.get(id(tree))
        if known is None:
            with np.errstate(all="ignore"):
                known = self._known[id(tree)] = (tree, self._value(tree))
        return known[1]

    def at(self, tree: ast.expr, index: Index, leaf: Leaf) -> ast.expr:
        """The entry of `tree` at `index`, in which `leaf(name, index)` stands for an entry of a quantity.

        What has no terms that a reader would write down, such as the largest of several entries, is a number.
        TooLong where a sum has more terms than anybody reads.
        """
        match tree:
            case ast.Name(id=name):
                return leaf(name, index) if name in self.values else tree
            case ast.Constant(value=np.ndarray() as array):
                return ast.Constant(float(array[index]))
            case ast.Constant():
                return tree
            case ast.UnaryOp(op=operator, operand=operand):
                inner = self.at(operand, index, leaf)
                return NOTHING if inner is NOTHING else ast.UnaryOp(operator, inner)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._product(left, right, index, leaf)
            case ast.BinOp(left=left, op=operator, right=right):
                return _joined(self._stretched(left, index, leaf), operator, self._stretched(right, index, leaf))
            case ast.Compare(left=left, ops=operators, comparators=[right]):
                first, second = self._stretched(left, index, leaf), self._stretched(right, index, leaf)
                return ast.Compare(first, operators, [second])
            case ast.Attribute(value=value):
                return self.at(value, index[::-1], leaf)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(tree, name, arguments, index, leaf)
        raise TypeError(f"not a word of the language of rules: {ast.dump(tree)}")

    def _value(self, tree: ast.expr) -> Any:
        match tree:
            case ast.Name(id=name):
                return self.values[name] if name in self.values else book.NUMBERS.constants[name]
            case ast.Constant(value=float() as number):
                return np.float64(number)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                first, second = self.value(left), self.value(right)
                if self._is_outer(left, right):
                    return np.outer(first, second)
                return first @ second if np.ndim(first) and np.ndim(second) else first * second
        act, parts = book.step(tree)
        return act(*map(self.value, parts))

    def _is_outer(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether the product is that of a column and a row."""
        turned = isinstance(right, ast.Attribute)
        return self.column and turned and np.ndim(self.value(left)) == np.ndim(self.value(right)) == 1

    def _stretched(self, part: ast.expr, index: Index, leaf: Leaf) -> ast.expr:
        """The entry of an operand that meets `index` by NumPy's rules of broadcasting."""
        shape = np.shape(self.value(part))
        own = index[len(index) - len(shape) :]
        return self.at(part, tuple(0 if side == 1 else i for i, side in zip(own, shape, strict=True)), leaf)

    def _product(self, left: ast.expr, right: ast.expr, index: Index, leaf: Leaf) -> ast.expr:
        first, second = np.ndim(self.value(left)), np.ndim(self.value(right))
        if not first or not second:
            return _joined(self._stretched(left, index, leaf), ast.Mult(), self._stretched(right, index, leaf))
        if self._is_outer(left, right):
            return _joined(self.at(left, index[:1], leaf), ast.Mult(), self.at(right, index[1:], leaf))
        row, column = index[: first - 1], index[first - 1 :]
        inner = range(np.shape(self.value(left))[-1])
        pairs = ((self.at(left, (*row, k), leaf), self.at(right, (k, *column), leaf)) for k in inner)
        return _sum(_joined(p, ast.Mult(), q) for p, q in pairs)

    def _call(self, tree: ast.expr, name: str, arguments: list[ast.expr], index: Index, leaf: Leaf) -> ast.expr:
        function = ast.Name(name)
        if name in _EACH:
            return ast.Call(function, [self._stretched(argument, index, leaf) for argument in arguments], [])
        if name in _MOVED:
            return self._moved(name, arguments, index, leaf)
        if name == "dot":
            return self._product(arguments[0], arguments[1], index, leaf)
        if name == "outer":
            first, second = (self.at(argument, (i,), leaf) for argument, i in zip(arguments, index, strict=True))
            return ast.BinOp(first, ast.Mult(), second)
        if not self.figures:
            raise TooLong
        return ast.Constant(float(np.asarray(self.value(tree))[index]))

    def _moved(self, name: str, arguments: list[ast.expr], index: Index, leaf: Leaf) -> ast.expr:
        """The entries that a word puts there: it is run on arrays of places, and where it adds, these are listed."""
        inputs = [self.value(argument) for argument in arguments]
        if name in SUMS and np.ndim(inputs[0]) == 0:
            return self.at(arguments[0], (), leaf)
        moved = range(len(arguments))[_MOVED[name]]
        places = [_places(k, np.shape(array)) if k in moved else array for k, array in enumerate(inputs)]
        found = book.FUNCTIONS[name].call(*places)
        found = found if isinstance(found, tuple) else np.asarray(found, dtype=object)[index]
        found = found.item() if isinstance(found, np.ndarray) else found
        if not isinstance(found, tuple):
            return ast.Constant(int(found))
        return _sum(self.at(arguments[k], place, leaf) for k, place in found)


def _places(number: int, shape: Index) -> Any:
    """An array whose entries say where they stand: tuples, which add up to lists of places."""
    places = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        places[place] = ((number, place),)
    return places


def _joined(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    match operator:
        case ast.Mult() | ast.Div() if left is NOTHING or right is NOTHING:
            return NOTHING
        case ast.Add() | ast.Sub() if right is NOTHING:
            return left
        case ast.Add() if left is NOTHING:
            return right
        case ast.Sub() if left is NOTHING:
            return ast.UnaryOp(ast.USub(), right)
    return ast.BinOp(left, operator, right)


def _sum(terms: Iterable[ast.expr]) -> ast.expr:
    """The sum of what is something. TooLong where nobody would write that down."""
    some = list(islice((term for term in terms if term is not NOTHING), MOST_TERMS + 1))
    if len(some) > MOST_TERMS:
        raise TooLong
    return reduce(lambda whole, term: ast.BinOp(whole, ast.Add(), term), some) if some else NOTHING
