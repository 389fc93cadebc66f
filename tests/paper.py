"""Formulas and rules as a person with a pencil takes them: from a printed text to a tree, from a tree to numbers.

Nothing of gradcalc's own evaluation is used. On paper a sum over units is a number of its sample and meets the whole
row; here it keeps its axis, with the length 1. A batch stands in rows, a single sample in columns.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Matrix(np.ndarray):
    """The numbers of weights, whose columns are inputs whichever way samples stand."""

    def __matmul__(self, other):
        return np.asarray(self) @ np.asarray(other)

    def __rmatmul__(self, other):
        return np.asarray(other) @ np.asarray(self)


def zero_wins(value, where_zero):
    """The value, with 0 where a factor of it is 0: 0 · ln 0 is 0, and so is its slope 0 / 0."""
    return np.where(where_zero, 0.0, value).view(type(value)) if np.ndim(value) else value


def times(a, b):
    with np.errstate(invalid="ignore"):
        return zero_wins(a * b, (a == 0) | (b == 0))


def over(a, b):
    with np.errstate(invalid="ignore", divide="ignore"):
        return zero_wins(a / b, a == 0)


def normal_cdf(x):
    return np.vectorize(lambda one: math.erfc(-one / math.sqrt(2)) / 2, otypes=[float])(x)


ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    "exp": np.exp,
    "log": np.log,
    "logb": lambda x, base: np.log(x) / math.log(base),
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "max": np.maximum,
    "min": np.minimum,
    "where": np.where,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "normal_pdf": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "normal_cdf": normal_cdf,
    "spread": lambda x: x,
    "only": lambda x: x,
    "only_unit": lambda x: x,
    "total": np.sum,
}

BINARY: Mapping[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: times,
    ast.Div: over,
    ast.Pow: lambda a, b: a**b,
    ast.MatMult: lambda a, b: a @ b,
}

COMPARE: Mapping[type[ast.cmpop], Callable[[Array, Array], Array]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


class Sheet(NamedTuple):
    """The numbers of a problem by name, as they stand on paper; `table` has the functions that are written as calls."""

    numbers: Mapping[str, Array]
    table: Mapping[str, Callable[..., Array]]
    column: bool = False

    @property
    def units(self) -> int:
        return 0 if self.column else 1

    def value(self, tree: ast.expr) -> Array:
        """The value of a tree."""
        match tree:
            case ast.Constant(value=value):
                return float(value) if type(value) is int else value
            case ast.Name(id="pi"):
                return math.pi
            case ast.Name(id=name):
                return self.numbers[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand)
            case ast.BinOp(left=left, op=operator, right=right):
                return BINARY[type(operator)](self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return COMPARE[type(operator)](self.value(left), self.value(right)) * 1.0
            case ast.Attribute(value=inner, attr="T"):
                return self.value(inner).T
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                options = {keyword.arg: self.value(keyword.value) for keyword in keywords}
                return self.call(name, [self.value(argument) for argument in arguments], options)
        raise AssertionError(f"not on paper: {ast.dump(tree)}")

    def call(self, name: str, inputs: list[Array], options: Mapping[str, Any]) -> Array:
        """A function of the language, or one of the table."""
        with np.errstate(all="ignore"):
            return self.called(name, inputs, options)

    def called(self, name: str, inputs: list[Array], options: Mapping[str, Any]) -> Array:
        x = inputs[0]
        match name:
            case "units" | "samples" | "top":
                axis = 1 - self.units if name == "samples" else self.units
                return (np.max if name == "top" else np.sum)(x, axis=axis, keepdims=True)
            case "first_top":
                return self.first_top(x)
            case "width":
                return x.shape[self.units]
            case "softmax":
                return np.exp(x) / np.sum(np.exp(x), axis=self.units, keepdims=True)
            case "unit":
                return np.take(x, [int(inputs[1])], axis=self.units)
            case "stack":
                return self.stack(inputs)
            case "one_before" | "zero_before":
                return self.stack([1.0 if name == "one_before" else 0.0, x])
            case "one_after" | "zero_after":
                return self.stack([x, 1.0 if name == "one_after" else 0.0])
            case "tail":
                return np.delete(x, 0, axis=self.along(x))
            case "init":
                return np.delete(x, -1, axis=self.along(x))
        if name in ELEMENTWISE and not options:
            return ELEMENTWISE[name](*inputs)
        return self.table[name](*inputs, **options)

    def along(self, x: Array) -> int:
        return 1 if isinstance(x, Matrix) else self.units

    def first_top(self, x: Array) -> Array:
        return np.eye(x.shape[self.units])[np.argmax(x, axis=self.units)].reshape(x.shape)

    def stack(self, pieces: list[Array]) -> Array:
        """Pieces beside each other, where a number stands for as many as there are samples."""
        arrays = [piece for piece in pieces if np.ndim(piece)]
        axis = self.along(arrays[0]) if arrays else self.units
        sides = list(arrays[0].shape) if arrays else [1, 1]
        sides[axis] = 1
        whole = [piece if np.ndim(piece) else np.full(sides, float(piece)) for piece in pieces]
        joined = np.concatenate([np.asarray(piece) for piece in whole], axis=axis)
        return joined.view(Matrix) if arrays and isinstance(arrays[0], Matrix) else joined


GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "π": "pi"}
WRITTEN = {"φ": "normal_pdf", "Φ": "normal_cdf"}
PREFIXES = {"ln": "log", "√": "sqrt", "Σ_k": "units", "Σ_n": "samples", "Σ": "total", "max_k": "top"}
ENDS = (")", "]", "+", "−", ",", "if", "else")
SIGNS = {"<": ast.Lt, "≤": ast.LtE, ">": ast.Gt, "≥": ast.GtE, "=": ast.Eq, "≠": ast.NotEq}
NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Ambiguous(Exception):  # noqa: N818  the text is not wrong, but two people may read it in two ways
    """A text whose brackets do not say what belongs together."""


class Token(NamedTuple):
    kind: str
    text: str
    glued: bool


class Reader:
    """Reads a printed formula; `names` are the names of quantities as they are printed, with what they stand for.

    Juxtaposed things are multiplied: as matrices where one of them is a matrix or turned on its side, else entry by
    entry. After a `/` there is one thing; so is after `Σ`, `ln` and `√`, which close what they stand in front of only
    with brackets.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        matrices: Collection[str] = (),
        functions: Collection[str] = (),
        options: Collection[str] = (),
        base: int = 1,
    ) -> None:
        self.names, self.matrices, self.base = names, matrices, base
        self.functions = {*functions, *ELEMENTWISE, "softmax", *WRITTEN}
        words = sorted({*names, *self.functions, *options, *GREEK, "K"}, key=len, reverse=True)
        self.pattern = re.compile(
            r"(?P<space>\s+)"
            r"|(?P<ending>without its (?:first|last) entry)"
            r"|(?P<first>\[first max_k )"
            rf"|(?P<word>{'|'.join(map(re.escape, words))})(?![A-Za-z0-9_])"
            r"|(?P<log>log(?=\d))"
            r"|(?P<prefix>ln|√|Σ_k|Σ_n|Σ|max_k)"
            rf"|(?P<fraction>{NUMBER}/{NUMBER})"
            rf"|(?P<number>{NUMBER})"
            r"|(?P<super>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)"
            r"|(?P<sign>if\b|else\b|.)"
        )

    def read(self, text: str) -> ast.expr:
        """The tree that the text stands for."""
        self.tokens = self.cut(text)
        self.closing = [""]
        tree = self.sum()
        if self.tokens:
            raise AssertionError(f"{text!r}: what is {self.tokens[0].text!r}?")
        return tree

    def cut(self, text: str) -> list[Token]:
        found, glued = [], False
        for match in self.pattern.finditer(text):
            if match.lastgroup != "space":
                found.append(Token(str(match.lastgroup), match.group(), glued))
            glued = match.lastgroup != "space"
        return found

    def next_is(self, *texts: str) -> bool:
        return bool(self.tokens) and self.tokens[0].text in texts

    def take(self, *texts: str) -> str:
        if texts and not self.next_is(*texts):
            raise AssertionError(f"no {texts} before {self.tokens[:3]}")
        return self.tokens.pop(0).text

    def sum(self) -> ast.expr:
        whole = ast.UnaryOp(ast.USub(), self.product()) if self.next_is("−") and self.take() else self.product()
        while self.next_is("+", "−"):
            sign = self.take()
            if self.next_is("−"):
                raise Ambiguous("two signs in a row")
            whole = ast.BinOp(whole, ast.Add() if sign == "+" else ast.Sub(), self.product())
        return whole

    def product(self) -> ast.expr:
        whole, open_ended = self.factor()
        over = False
        while self.tokens and not self.next_is(*ENDS, *SIGNS, self.closing[-1]):
            if self.tokens[0].kind == "ending":
                break
            if self.next_is("/"):
                self.take()
                part, open_ended = self.factor()
                whole, over = ast.BinOp(whole, ast.Div(), part), True
                continue
            if over or (open_ended and not self.next_is("ln")):
                raise Ambiguous(f"what belongs to the / or Σ before {self.tokens[:3]}?")
            if self.next_is("·", "⊙"):
                self.take()
            part, open_ended = self.factor()
            whole = ast.BinOp(whole, self.times(whole, part), part)
        return whole

    def times(self, left: ast.expr, right: ast.expr) -> ast.operator:
        if not any(isinstance(node, ast.Name) for node in ast.walk(left)):
            return ast.Mult()
        return ast.MatMult() if self.is_matrix(left) or self.is_matrix(right) else ast.Mult()

    def is_matrix(self, tree: ast.expr) -> bool:
        return isinstance(tree, ast.Attribute) or (isinstance(tree, ast.Name) and tree.id in self.matrices)

    def factor(self) -> tuple[ast.expr, bool]:
        """A factor, and whether it could be taken to go on."""
        kind = self.tokens[0].kind
        if kind not in ("prefix", "log"):
            return self.power(), False
        name, extra = self.take(), []
        if kind == "log":
            name, extra = "logb", [self.number(self.take())]
        bracketed = self.next_is("(") and name not in ("Σ_k", "Σ_n", "Σ")
        inner = self.power()
        return ast.Call(ast.Name(PREFIXES.get(name, name)), [inner, *extra], []), not bracketed

    def power(self) -> ast.expr:
        whole = self.atom()
        raised = False
        while self.tokens:
            token = self.tokens[0]
            if token.kind == "super" or token.text == "^":
                if raised:
                    raise Ambiguous("a power of a power without brackets")
                self.take()
                above = self.number(token.text.translate(SUPERSCRIPTS)) if token.kind == "super" else self.atom()
                whole, raised = ast.BinOp(whole, ast.Pow(), above), True
            elif token.text == "ᵀ":
                self.take()
                whole = ast.Attribute(whole, "T")
            elif token.text == "[" and token.glued:
                self.take()
                index = int(self.take()) - self.base
                self.take("]")
                whole = ast.Call(ast.Name("unit"), [whole, ast.Constant(index)], [])
            else:
                break
        return whole

    def atom(self) -> ast.expr:
        token = self.tokens.pop(0)
        match token.kind, token.text:
            case "number", _:
                return self.number(token.text)
            case "fraction", _:
                above, below = token.text.split("/")
                return ast.BinOp(self.number(above), ast.Div(), self.number(below))
            case "first", _:
                inner, _open = self.factor()
                self.take("]")
                return ast.Call(ast.Name("first_top"), [inner], [])
            case "word", name if name in self.functions and name not in self.names:
                return self.arguments(name)
            case "word", name:
                return ast.Name(self.names.get(name, GREEK.get(name, name)))
            case _, "|":
                return ast.Call(ast.Name("abs"), [self.inside("|")], [])
            case _, "[":
                return self.inside("]")
            case _, "(":
                return self.inside(")")
        raise AssertionError(f"what is {token}?")

    def inside(self, closing: str) -> ast.expr:
        """What stands before the closing sign of the bracket that has been opened."""
        self.closing.append(closing)
        inner = {"|": self.sum, "]": self.brackets, ")": self.parentheses}[closing]()
        self.take(self.closing.pop())
        return inner

    @staticmethod
    def number(text: str) -> ast.Constant:
        return ast.Constant(float(text) if re.search(r"[.e]", text) else int(text))

    def arguments(self, name: str) -> ast.expr:
        self.take("(")
        self.closing.append(")")
        inputs, options = [], []
        while not self.next_is(")"):
            if len(self.tokens) > 1 and self.tokens[1].text == "=":
                key = self.take()
                self.take("=")
                options.append(ast.keyword(GREEK.get(key, key), self.option()))
            else:
                inputs.append(self.sum())
            if self.next_is(","):
                self.take()
        self.take(self.closing.pop())
        return ast.Call(ast.Name(WRITTEN.get(name, name)), inputs, options)

    def option(self) -> ast.expr:
        written = ""
        while not self.next_is(",", ")"):
            written += self.take()
        return ast.Constant(ast.literal_eval(written.replace("−", "-")))

    def brackets(self) -> ast.expr:
        """`[a > b]`, which is 1 or 0, or pieces beside each other."""
        first = self.sum()
        if self.next_is(*SIGNS):
            sign = SIGNS[self.take()]
            return ast.Compare(first, [sign()], [self.sum()])
        pieces = [first]
        while self.next_is(","):
            self.take()
            pieces.append(self.sum())
        return ast.Call(ast.Name("stack"), pieces, [])

    def parentheses(self) -> ast.expr:
        inner = self.sum()
        if self.next_is("if"):
            self.take()
            left = self.sum()
            sign = SIGNS[self.take(*SIGNS)]
            condition = ast.Compare(left, [sign()], [self.sum()])
            self.take(",")
            self.take("else")
            inner = ast.Call(ast.Name("where"), [condition, inner, self.sum()], [])
        elif self.tokens and self.tokens[0].kind == "ending":
            inner = ast.Call(ast.Name("tail" if "first" in self.take() else "init"), [inner], [])
        return inner
