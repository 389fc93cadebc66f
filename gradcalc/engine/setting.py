"""What setting a formula's tree takes in any notation: what holds together, and where signs and brackets stand."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

from gradcalc.engine.axes import axes, is_entrywise_product
from gradcalc.engine.book import FUNCTIONS, Word
from gradcalc.engine.sums import DELTA, OVER, is_sum
from gradcalc.engine.trees import DERIVATIVE, FACTORS

_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "pi": "π"}

# how tightly a piece holds together; a looser piece inside a tighter place gets brackets
SUM, ENTRYWISE, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5


class Piece(NamedTuple):
    text: str
    holds: int


class Style(NamedTuple):
    """How names are written: `names` by quantity, `base` the number of the first index.

    `number` sets the numbers that were computed; without it they are set as they would be in a formula. `upright` says
    that a vector of numbers stands as a column, in a notation that can show it; `tight` that letters of one sign stand
    without a space between them where all is on one line: `3xy²`. `axes` tells how many axes quantities have: between
    two that have any stands the sign of a product entry by entry; None: it stands after each gradient that arrives.
    `derived` says that they are set as in a derivation: what is multiplied entry by entry holds together less than a
    product of matrices, `(Wᵀ δ ⊙ a) xᵀ`, and a derivative needs a dot behind it only where another one follows.
    """

    names: Mapping[str, str] = {}
    base: int = 1
    number: Callable[[float], str] | None = None
    upright: bool = True
    tight: bool = False
    axes: Mapping[str, int] | None = None
    derived: bool = False


def _never(*_: object) -> None:
    raise TypeError("a word that is set, and never run")


# what is told of entries: a sum over an index, and 1 where two indices are the same
_OF_ENTRIES: Mapping[str, Word] = {
    OVER: Word(_never, "Σ_{1} {0}", r"\sum_{#2} #1", tight=True),
    DELTA: Word(_never, "δ_{0}{1}", r"\delta_{#1 #2}"),
}


class Setter(ABC):
    """A notation: what is the same in all of them is here, how its pieces look is its own.

    `slash` says that a quotient stands on one line, and so needs brackets beside other factors.
    """

    minus: ClassVar[str]
    dot: ClassVar[str]
    entrywise: ClassVar[str]
    slash: ClassVar[bool]

    def __init__(self, style: Style) -> None:
        self.style = style

    @abstractmethod
    def name(self, shown: str) -> Piece:
        """The name of a quantity, of a gradient, or of anything else that has one."""

    @abstractmethod
    def number(self, shown: str) -> Piece:
        """A number, from its text."""

    @abstractmethod
    def array(self, entries: Sequence[Any]) -> str:
        """Nested lists of numbers."""

    @abstractmethod
    def beside(self, first: str, second: str) -> str:
        """Two factors without a sign between them."""

    @abstractmethod
    def bracketed(self, inside: str) -> str:
        """Anything in round brackets."""

    @abstractmethod
    def quotient(self, left: ast.expr, right: ast.expr) -> str:
        """left / right."""

    @abstractmethod
    def raised(self, base: str, exponent: Piece) -> str:
        """A base that holds together, to a power."""

    @abstractmethod
    def transposed(self, value: ast.expr) -> str:
        """A matrix or a vector turned round."""

    @abstractmethod
    def compared(self, left: str, operator: ast.cmpop, right: str) -> str:
        """left < right, and the like."""

    @abstractmethod
    def truth(self, comparison: str) -> str:
        """1 where a comparison holds, else 0."""

    @abstractmethod
    def applied(self, function: str, arguments: Sequence[str]) -> str:
        """A function of the table, or of a person, called by its name."""

    @abstractmethod
    def worded(self, word: Word, arguments: Sequence[str]) -> Piece:
        """A word of the language with its arguments in their places."""

    @abstractmethod
    def is_tight(self, word: Word) -> bool:
        """Whether the word's arguments have to hold together in their places."""

    def piece(self, tree: ast.expr) -> Piece:
        """The tree as it is set, and how tightly it holds together."""
        match tree:
            case ast.Constant(value=value):
                return self._constant(value)
            case ast.Name(id=name):
                return self.name(self._shown(name))
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

    def inside(self, tree: ast.expr, place: int) -> str:
        """The tree as it is set in a place that wants it to hold together so tightly."""
        piece = self.piece(tree)
        return piece.text if piece.holds >= place else self.bracketed(piece.text)

    def entry(self, value: Any) -> str:
        """One number of an array."""
        return self.number(self._number(value)).text

    def _shown(self, name: str) -> str:
        return self.style.names.get(name, _GREEK.get(name, name))

    def _opposite(self, operand: ast.expr) -> Piece:
        return Piece(self.minus + self.inside(operand, ENTRYWISE), SUM)

    def _product(self, tree: ast.BinOp) -> Piece:
        opposite = without_minus(tree)
        if opposite is not None:
            return self._opposite(opposite)
        left, right = tree.left, tree.right
        match tree.op:
            case ast.Mult():
                return self._times(tree)
            case ast.MatMult():
                return self._matrix_product(left, right)
        return Piece(self.quotient(left, right), PRODUCT)

    def _matrix_product(self, left: ast.expr, right: ast.expr) -> Piece:
        known = self.style.axes
        first, second = self._first(left, right), self.inside(right, PRODUCT)
        if known is None:
            return Piece(self.beside(first, second), PRODUCT)
        is_dot = axes(left, known) == axes(right, known) == 1
        first = self.bracketed(self.piece(left).text) if is_entrywise_product(left, known) else first
        second = self.bracketed(self.piece(right).text) if is_entrywise_product(right, known) else second
        return Piece(f"{first}{self.dot}{second}" if is_dot else self.beside(first, second), PRODUCT)

    def _constant(self, value: Any) -> Piece:
        if isinstance(value, str | bool):
            return Piece(str(value), ATOM)
        if hasattr(value, "told"):
            return Piece(value.told(self.style.base).replace("−", self.minus), ATOM)
        if hasattr(value, "tolist") and value.ndim:
            return Piece(self.array(value.tolist()), ATOM)
        return self.number(self._number(value))

    def _number(self, value: Any) -> str:
        if self.style.number is not None and isinstance(value, float):
            return self.style.number(value)
        shown = _decimal(value) if isinstance(value, float) else str(value)
        return "−" + shown[1:] if shown.startswith("-") else shown

    def _times(self, tree: ast.expr) -> Piece:
        """The factors of a product one behind the other, without going deeper for each."""
        factors: list[ast.expr] = []
        while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
            factors.append(tree.right)
            tree = tree.left
        factors_in_order = [tree, *reversed(factors)]
        signs = self._signs(factors_in_order)
        place = ENTRYWISE if self.style.derived and self.entrywise in signs else PRODUCT
        shown = self.inside(tree, place)
        for (left, right), sign in zip(pairwise(factors_in_order), signs, strict=True):
            second = self.inside(right, place)
            if self.slash and isinstance(right, ast.BinOp) and isinstance(right.op, ast.Div):
                second = self.bracketed(second)
            shown = self.bracketed(shown) if self._is_open(left, right) else shown
            if sign == self.entrywise:  # a product of matrices beside it would read as one with what follows
                shown = self.bracketed(shown) if self._is_one_piece(left) else shown
                second = self.bracketed(second) if self._is_one_piece(right) else second
            shown = f"{shown}{sign}{second}" if sign is not None else self.beside(shown, second)
        return Piece(shown, place)

    def _signs(self, factors: Sequence[ast.expr]) -> list[str | None]:
        """The signs between the factors of a product; None where two stand beside each other as words do."""
        known = self.style.axes
        signs, product = [], factors[0]
        for left, right in pairwise(factors):
            is_entrywise = bool(axes(product, known or {})) and bool(axes(right, known or {}))
            signs.append(self.entrywise if is_entrywise else self._sign(left, right))
            product = ast.BinOp(product, ast.Mult(), right)
        return [self.entrywise, *signs[1:]] if known is None and _is_arriving(factors[0]) else signs

    def _sign(self, left: ast.expr, right: ast.expr) -> str | None:
        """The sign between a number and another factor; None where they stand beside each other as words do."""
        is_derivative = self.style.axes is not None and _is_arriving(left)
        if _is_figures(left, right) or (is_derivative and (_is_arriving(right) or not self.style.derived)):
            return self.dot
        close = self.slash and self.style.tight and self._is_short(left) and self._is_letter(right)
        return "" if close else None

    def _is_short(self, tree: ast.expr) -> bool:
        """A number or a letter, after which a letter may follow at once."""
        return isinstance(tree, ast.Constant) or self._is_letter(tree)

    def _is_letter(self, tree: ast.expr) -> bool:
        """A name of one sign, or a whole power of it."""
        match tree:
            case ast.BinOp(left=ast.Name() as name, op=ast.Pow(), right=ast.Constant(value=int())):
                return self._is_letter(name)
            case ast.Name(id=name):
                return len(self._shown(name)) == 1
        return False

    def _is_one_piece(self, tree: ast.expr) -> bool:
        """Whether the tree is a product of matrices that gets brackets beside the sign of a product entry by entry."""
        is_product = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult)
        return is_product and self.style.axes is not None and not self.style.derived

    def _first(self, left: ast.expr, right: ast.expr) -> str:
        """The first of two factors, in brackets where the second could be taken for a part of it: `(Σ_k x) y`."""
        first = self.inside(left, PRODUCT)
        return self.bracketed(first) if self._is_open(left, right) else first

    def _is_open(self, left: ast.expr, right: ast.expr) -> bool:
        if is_sum(left):
            return True
        match left:
            case ast.BinOp(op=ast.Div()):
                return self.slash and not is_fraction(left)
            case ast.BinOp(op=ast.Mult() | ast.MatMult(), right=last):
                return self._is_open(last, right)
            case ast.Call(func=ast.Name(id="log"), args=[ast.Constant()]):
                return not isinstance(right, ast.Call)
            case ast.Call(func=ast.Name(id="log" | "sqrt" as name), args=[inner]):
                return self.is_tight(FUNCTIONS[name]) and not _is_bracketed(inner)
            case ast.Call(func=ast.Name(id=name)) if name not in _INDEXED and name in FUNCTIONS:
                return self.is_tight(FUNCTIONS[name])
        return False

    def _plus(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Piece:
        if isinstance(operator, ast.Add) and isinstance(right, ast.UnaryOp):
            return self._plus(left, ast.Sub(), right.operand)
        first = self.piece(left).text
        if _starts_below_zero(right):
            second = self._times(right).text
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
            return Piece(self.dot.join(self._factor(n, argument) for n, argument in enumerate(arguments)), PRODUCT)
        word = FUNCTIONS.get(name)
        if word is None or keywords:
            options = [self._option(keyword) for keyword in keywords]
            return Piece(self.applied(name, [*(self.piece(argument).text for argument in arguments), *options]), ATOM)
        if word.text == "{0}":
            return self.piece(arguments[0])
        if name in _INDEXED:
            if word.tight and isinstance(arguments[0], ast.Name):
                return self.name(self._named(ast.Call(ast.Name(name), arguments, [])))
            of = self.inside(arguments[0], POWER) if word.tight else self.piece(arguments[0]).text
            return Piece(self.worded(word, [of, self._index(arguments[-1])]).text, ATOM)
        if self.is_tight(word):
            return self.worded(word, [self.inside(argument, POWER) for argument in arguments])
        shown = [self.piece(argument).text for argument in arguments]
        if name == "where" and isinstance(arguments[0], ast.Compare):
            # what it asks is the comparison itself, not the 1 that this stands for elsewhere
            shown[0] = self._comparison(arguments[0])
        return self.worded(word, shown)

    def _named(self, tree: ast.expr) -> str:
        """A quantity or an entry of one by its name as it is shown."""
        match tree:
            case ast.Name(id=name):
                return self._shown(name)
            case ast.Call(args=[ast.Name(id=name), *_, index]):
                return f"{self._shown(name)}[{self._index(index)}]"
        raise TypeError(f"no name of a quantity: {ast.dump(tree)}")

    def _factor(self, number: int, tree: ast.expr) -> str:
        """A factor of a product whose signs are all written; a minus in front of the first needs no brackets."""
        if number == 0 and isinstance(tree, ast.Constant):
            return self.piece(tree).text
        open_ended = self.slash and isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div)
        inside = self.inside(tree, PRODUCT)
        return self.bracketed(inside) if open_ended and not is_fraction(tree) else inside

    def _entry_of(self, value: ast.expr, index: ast.expr) -> Piece:
        places = self._places(index)
        if isinstance(value, ast.Name):
            return self.name(f"{self._shown(value.id)}[{places}]")
        return Piece(f"{self.inside(value, POWER)}[{places}]", ATOM)

    def _places(self, index: ast.expr) -> str:
        """The indices of an entry: letters, positions counted from the base, a dot for all along an axis."""
        match index:
            case ast.Tuple(elts=parts):
                return ",".join(map(self._places, parts))
            case ast.Slice(lower=None, upper=None):
                return "·"
            case ast.Slice(lower=lower, upper=upper):
                return f"{self._places(lower) if lower else ''}:{self.piece(upper).text if upper else ''}"
            case ast.Constant(value=int() as place):
                return str(place + self.style.base)
            case ast.Name(id=letter):
                return letter
            case ast.BinOp(left=ast.Name(id=letter), right=ast.Constant(value=int() as more)):
                return f"{letter}+{more}"
        return self.piece(index).text

    def _option(self, word: ast.keyword) -> str:
        """A keyword with its value; an axis is counted as people count here."""
        name = self.name(_GREEK.get(word.arg or "", word.arg or "")).text
        if word.arg == "axis" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int):
            return f"{name}={word.value.value + self.style.base}"
        return f"{name}={self.piece(word.value).text}"

    def _index(self, tree: ast.expr) -> str:
        """A position, or one for each axis; a slice includes both its ends where people count from 1."""
        key = tree.value if isinstance(tree, ast.Constant) else None
        if not isinstance(key, int | tuple):
            return "k"
        parts: list[str] = []
        for part in key if isinstance(key, tuple) else (key,):
            if isinstance(part, slice):
                first = "" if part.start is None else part.start + self.style.base
                parts.append(f"{first}:{part.stop or ''}{f':{part.step}' if part.step else ''}")
            elif isinstance(part, list):
                parts.append(f"[{','.join(str(one + self.style.base) for one in part)}]")
            else:
                parts.append(f"{int(part) + self.style.base}")
        return ",".join(parts)


_INDEXED = ("unit", "entry", "placed")


def constant(value: Any) -> ast.Constant:
    """A leaf that is a number, or an array of them."""
    return ast.Constant(value)


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


def _is_letters(tree: ast.expr) -> bool:
    """Whether the tree is a product of sizes that are letters."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Constant(value=str())):
            return _is_letters(left)
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


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


def is_root(tree: ast.expr) -> bool:
    """Whether the tree is a root, whose sign says where it ends: it needs no brackets below a line."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "sqrt"


def _decimal(value: float) -> str:
    """A number as it was written, as long as that is short; one that comes from a computation in 6 digits."""
    short = f"{value:.12g}"
    return short if float(short) == value else f"{value:.6g}"


def _is_arriving(tree: ast.expr) -> bool:
    """Whether the tree is a gradient that arrives, and meets what follows entry by entry."""
    return isinstance(tree, ast.Name) and tree.id.startswith("∂")


def _is_figures(left: ast.expr, right: ast.expr) -> bool:
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


def _starts_below_zero(tree: ast.expr) -> bool:
    """Whether a tree is a product whose first factor is a negative number, which gets brackets in a sum."""
    if not (isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult)):
        return False
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        tree = tree.left
    return isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) and tree.value < 0


def _is_bracketed(tree: ast.expr) -> bool:
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
            return _is_bracketed(first) if word.text == "{0}" else word.tight or word.text.startswith("(")
    return False


def _starts_with_number(tree: ast.expr) -> bool:
    while isinstance(tree, ast.Attribute) or (isinstance(tree, ast.BinOp) and not isinstance(tree.op, _LOOSE)):
        tree = tree.value if isinstance(tree, ast.Attribute) else tree.left
    number = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    return isinstance(number, ast.Constant) and not isinstance(number.value, str)


_LOOSE = ast.Add | ast.Sub
