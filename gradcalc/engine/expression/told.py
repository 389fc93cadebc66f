"""A formula as somebody wrote it, in the language of formulas and rules: what the notations set."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from gradcalc.engine.expression import settings
from gradcalc.engine.expression.constant import evaluate
from gradcalc.engine.expression.tree import Formula

_TWO_NAMES = {"π": "pi"}


def told(formula: Formula, base: int, names: Mapping[str, str]) -> ast.expr:
    """The tree of a formula that has become equations; positions and axes count from `base` in it, and from 0 here.

    `names` has the names of the quantities by what the formula calls them.
    """
    return _Teller(formula, base, names).tree(formula.tree)


class _Teller:
    def __init__(self, formula: Formula, base: int, names: Mapping[str, str]) -> None:
        self.formula, self.base, self.names = formula, base, names

    def tree(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=name):
                return ast.Name(self.names.get(name, _TWO_NAMES.get(name, name)))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.tree(operand)
            case ast.UnaryOp(op=operator, operand=operand):
                return ast.UnaryOp(operator, self.tree(operand))
            case ast.BinOp(left=left, op=operator, right=right):
                return ast.BinOp(self.tree(left), operator, self.tree(right))
            case ast.Compare(left=left, ops=operators, comparators=[right]):
                return ast.Compare(self.tree(left), operators, [self.tree(right)])
            case ast.Attribute(value=value, attr=attr):
                return ast.Attribute(self.tree(value), attr)
            case ast.Subscript(value=value, slice=ast.Name() as index):
                return ast.Call(ast.Name("rows"), [self.tree(value), self.tree(index)], [])
            case ast.Subscript(value=value, slice=index):
                parts = index.elts if isinstance(index, ast.Tuple) else [index]
                key = tuple(self._position(part) for part in parts)
                return ast.Call(ast.Name("entry"), [self.tree(value), _constant(key)], [])
            case ast.Call(func=function, args=arguments, keywords=keywords):
                given = [ast.keyword(word.arg, self._setting(word)) for word in keywords]
                return ast.Call(function, [self.tree(argument) for argument in arguments], given)
        return node

    def _position(self, part: ast.expr) -> int | slice | list[int]:
        if isinstance(part, ast.List):
            return [self._whole(one) - self.base for one in part.elts]
        if not isinstance(part, ast.Slice):
            return self._whole(part) - self.base
        first = None if part.lower is None else self._whole(part.lower) - self.base
        last = None if part.upper is None else self._whole(part.upper)
        return slice(first, last, None if part.step is None else self._whole(part.step))

    def _whole(self, node: ast.expr) -> int:
        return settings.whole(node, self.formula, "an index")

    def _setting(self, word: ast.keyword) -> ast.expr:
        """The value of a keyword: a number, an axis from 0, or the words as they stand."""
        match word.value:
            case ast.Name() | ast.Tuple():
                return ast.Constant(self.formula.piece(word.value))
        value = evaluate(self.formula, word.value)
        value = int(value) if value.is_integer() else value
        return ast.Constant(value - self.base if word.arg == "axis" else value)


def _constant(key: tuple[int | slice | list[int], ...]) -> ast.Constant:
    return ast.Constant(key)  # type: ignore[arg-type]  # no tree of Python's holds one, ours do
