"""A formula's tree set in any notation, piece by piece from the outside in."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from gradcalc.engine.book import FUNCTIONS, Word
from gradcalc.engine.factors import INDEXED, dotted, matrix_product, times
from gradcalc.engine.features import starts_below_zero, without_minus
from gradcalc.engine.looks import GREEK, Looks
from gradcalc.engine.piece import ATOM, ENTRYWISE, POWER, PRODUCT, SUM, Piece
from gradcalc.engine.places import places, position
from gradcalc.engine.sums import DELTA, OVER
from gradcalc.engine.trees import DERIVATIVE, FACTORS


def _never(*_: object) -> None:
    raise TypeError("a word that is set, and never run")


# what is told of entries: a sum over an index, and 1 where two indices are the same
_OF_ENTRIES: Mapping[str, Word] = {
    OVER: Word(_never, "Σ_{1} {0}", r"\sum_{#2} #1", tight=True),
    DELTA: Word(_never, "δ_{0}{1}", r"\delta_{#1 #2}"),
}


class Setter(Looks):
    """Sets a tree: what is the same in all notations."""

    def piece(self, tree: ast.expr) -> Piece:
        """The tree as it is set, and how tightly it holds together."""
        match tree:
            case ast.Constant(value=value):
                return self._constant(value)
            case ast.Name(id=name):
                return self.name(self.shown(name))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._opposite(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return Piece(self.raised(self.inside(left, ATOM), self.piece(right)), POWER)
            case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult()):
                return self._product(tree)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._plus(left, operator, right)
            case ast.Compare():
                return Piece(self.truth(self._comparison(tree)), ATOM)
            case ast.Attribute(value=value, attr="T"):
                return Piece(self.transposed(value), POWER)
            case ast.Subscript(value=value, slice=index):
                return self._entry_of(value, index)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _OF_ENTRIES:
                shown = [self.inside(argument, PRODUCT) for argument in arguments]
                return self.worded(_OF_ENTRIES[name], shown)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                return self._call(name, arguments, keywords)
        raise TypeError(f"not a word of the language of rules: {ast.dump(tree)}")

    def _opposite(self, operand: ast.expr) -> Piece:
        return Piece(self.minus + self.inside(operand, ENTRYWISE), SUM)

    def _product(self, tree: ast.BinOp) -> Piece:
        opposite = without_minus(tree)
        if opposite is not None:
            return self._opposite(opposite)
        match tree.op:
            case ast.Mult():
                return times(tree, self)
            case ast.MatMult():
                return matrix_product(tree.left, tree.right, self)
        return Piece(self.quotient(tree.left, tree.right), PRODUCT)

    def _constant(self, value: Any) -> Piece:
        if isinstance(value, str | bool):
            return Piece(str(value), ATOM)
        if hasattr(value, "told"):
            return Piece(value.told(self.style.base).replace("−", self.minus), ATOM)
        if hasattr(value, "tolist") and value.ndim:
            return Piece(self.array(value.tolist()), ATOM)
        return self.number(self.digits(value))

    def _plus(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Piece:
        if isinstance(operator, ast.Add) and isinstance(right, ast.UnaryOp):
            return self._plus(left, ast.Sub(), right.operand)
        first = self.piece(left).text
        if starts_below_zero(right):
            second = times(right, self).text
        else:
            second = self.inside(right, ENTRYWISE if isinstance(operator, ast.Sub) else SUM)
        second = self.bracketed(second) if second.startswith(self.minus) else second
        return Piece(f"{first} {self.minus if isinstance(operator, ast.Sub) else '+'} {second}", SUM)

    def _comparison(self, tree: ast.Compare) -> str:
        return self.compared(self.piece(tree.left).text, tree.ops[0], self.piece(tree.comparators[0]).text)

    def _call(self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Piece:
        if name == DERIVATIVE:
            above, below = map(self._named, arguments)
            return self.name(f"∂{above}/∂{below}")
        if name == FACTORS:
            return dotted(arguments, self)
        word = FUNCTIONS.get(name)
        if word is None or keywords:
            options = [self._option(keyword) for keyword in keywords]
            return Piece(self.applied(name, [*(self.piece(argument).text for argument in arguments), *options]), ATOM)
        if word.text == "{0}":
            return self.piece(arguments[0])
        if name in INDEXED:
            return self._indexed(name, word, arguments)
        if self.is_tight(word):
            return self.worded(word, [self.inside(argument, POWER) for argument in arguments])
        shown = [self.piece(argument).text for argument in arguments]
        if name == "where" and isinstance(arguments[0], ast.Compare):
            # what it asks is the comparison itself, not the 1 that this stands for elsewhere
            shown[0] = self._comparison(arguments[0])
        return self.worded(word, shown)

    def _indexed(self, name: str, word: Word, arguments: list[ast.expr]) -> Piece:
        """A word with a position for its last argument."""
        if word.tight and isinstance(arguments[0], ast.Name):
            return self.name(self._named(ast.Call(ast.Name(name), arguments, [])))
        of = self.inside(arguments[0], POWER) if word.tight else self.piece(arguments[0]).text
        return Piece(self.worded(word, [of, position(arguments[-1], self.style.base)]).text, ATOM)

    def _named(self, tree: ast.expr) -> str:
        """A quantity or an entry of one by its name as it is shown."""
        match tree:
            case ast.Name(id=name):
                return self.shown(name)
            case ast.Call(args=[ast.Name(id=name), *_, index]):
                return f"{self.shown(name)}[{position(index, self.style.base)}]"
        raise TypeError(f"no name of a quantity: {ast.dump(tree)}")

    def _entry_of(self, value: ast.expr, index: ast.expr) -> Piece:
        inside = places(index, self)
        if isinstance(value, ast.Name):
            return self.name(f"{self.shown(value.id)}[{inside}]")
        return Piece(f"{self.inside(value, POWER)}[{inside}]", ATOM)

    def _option(self, word: ast.keyword) -> str:
        """A keyword with its value; an axis is counted as people count here."""
        name = self.name(GREEK.get(word.arg or "", word.arg or "")).text
        if word.arg == "axis" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int):
            return f"{name}={word.value.value + self.style.base}"
        return f"{name}={self.piece(word.value).text}"
