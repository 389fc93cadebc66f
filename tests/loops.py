"""Formulas for one entry as a person with a pencil takes them: read from the printed text, added up in plain loops.

An index is a letter with a range; a `Σ` takes in the whole product that follows. What belongs to a sample has no index
for it as long as only one sample is spoken of: it is that of the sum around it, or of the gradient itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from paper import BINARY, COMPARE, ELEMENTWISE, SUPERSCRIPTS, Reader

Array = Any


class EntryReader(Reader):
    """Reads a printed formula of entries; `letters` are those of indices and of sizes."""

    def __init__(self, names: Mapping[str, str], letters: Collection[str], base: int = 1) -> None:
        super().__init__(names, options=letters, base=base)
        self.letters = frozenset(letters)
        longest = sorted(letters, key=len, reverse=True)
        sizes = "|".join(re.escape(letter) for letter in longest if letter[0].isupper())
        if sizes:
            one = rf"(?:{sizes})(?![A-Za-z0-9])"
            over = rf"(?P<sized>[0-9.]+/(?:{one}|\({one}(?: {one})*\)))|"
            self.pattern = re.compile(rf"(?P<over>Σ_\w+)|{over}{self.pattern.pattern}")
        else:
            self.pattern = re.compile(rf"(?P<over>Σ_\w+)|{self.pattern.pattern}")

    def factor(self) -> tuple[ast.expr, bool]:
        token = self.tokens[0]
        if token.kind == "over":
            letter = self.take().removeprefix("Σ_")
            assert letter in self.letters, letter
            return ast.Call(ast.Name("sum_over"), [self.product(), ast.Name(letter)], []), True
        if token.kind == "sized":
            above, below = self.take().split("/")
            whole: ast.expr = self.number(above)
            for size in below.strip("()").split():
                whole = ast.BinOp(whole, ast.Div(), ast.Name(size))
            return whole, False
        return super().factor()

    def power(self) -> ast.expr:
        whole = self.atom()
        while self.tokens:
            token = self.tokens[0]
            if token.kind == "super" or token.text == "^":
                self.take()
                above = self.number(token.text.translate(SUPERSCRIPTS)) if token.kind == "super" else self.atom()
                whole = ast.BinOp(whole, ast.Pow(), above)
            elif token.text == "[" and token.glued:
                self.take()
                whole = ast.Subscript(whole, ast.Tuple(self.places()))
            else:
                break
        return whole

    def places(self) -> list[ast.expr]:
        """The indices up to the closing bracket."""
        written = ""
        while not self.next_is("]"):
            written += self.take()
        self.take("]")
        return [self.index(part) for part in written.split(",")]

    def index(self, text: str) -> ast.expr:
        if text == "·":
            return ast.Slice()
        if ":" in text:
            first, last = text.split(":")
            return ast.Slice(self.index(first) if first else None, ast.Name(last) if last else None)
        if text.isdigit():
            return ast.Constant(int(text) - self.base)
        letter, _, more = text.partition("+")
        assert letter in self.letters, text
        return ast.BinOp(ast.Name(letter), ast.Add(), ast.Constant(int(more or 0)))


class Loops(NamedTuple):
    """The numbers of a problem by name, the axes that are indexed, the ranges of letters.

    `sampled` are the names whose first axis is that of samples, `sample` the letter for it; "" where there is one
    sample. `shown` says that the sample's index is printed.
    """

    numbers: Mapping[str, Array]
    ranges: Mapping[str, float]
    sampled: frozenset[str]
    sample: str

    def value(self, tree: ast.expr, at: Mapping[str, int]) -> Array:
        """The value of a tree where letters stand for these places."""
        match tree:
            case ast.Constant(value=str() as size) | ast.Name(id=size) if size in self.ranges:
                return float(self.ranges[size])
            case ast.Constant(value=value):
                return float(value)
            case ast.Name(id="pi"):
                return np.pi
            case ast.Name(id=name):
                return self.entry(name, [], at)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self.entry(name, self.places(index, at), at)
            case ast.Subscript(value=row, slice=index):
                return np.atleast_1d(self.value(row, at))[*self.places(index, at)]
            case ast.UnaryOp(operand=operand):
                return -self.value(operand, at)
            case ast.BinOp(left=left, op=operator, right=right):
                return BINARY[type(operator)](self.value(left, at), self.value(right, at))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return COMPARE[type(operator)](self.value(left, at), self.value(right, at)) * 1.0
            case ast.Call(func=ast.Name(id="sum_over"), args=[body, ast.Name(id=letter)]):
                return sum(self.value(body, {**at, letter: i}) for i in range(int(self.ranges[letter])))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.called(name, [self.value(argument, at) for argument in arguments])
        raise AssertionError(f"not on paper: {ast.dump(tree)}")

    def entry(self, name: str, index: list[Any], at: Mapping[str, int]) -> Array:
        name = name.removeprefix("own ")
        array = np.asarray(self.numbers[name])
        if name in self.sampled and self.sample and len(index) < array.ndim and self.sample in at:
            index = [at[self.sample], *index]
        found = array[tuple(index)] if index else array
        return float(found) if np.ndim(found) == 0 else found

    def places(self, index: ast.expr, at: Mapping[str, int]) -> list[Any]:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return [self.place(part, at) for part in parts]

    def place(self, index: ast.expr, at: Mapping[str, int]) -> Any:
        match index:
            case ast.Slice(lower=lower, upper=upper):
                last = None if upper is None else int(self.value(upper, at))
                return slice(None if lower is None else self.place(lower, at), last)
            case ast.Constant(value=place):
                return place
            case ast.Name(id=letter):
                return at[letter]
            case ast.BinOp(left=ast.Name(id=letter), right=ast.Constant(value=more)):
                return at[letter] + more
        raise AssertionError(ast.dump(index))

    @staticmethod
    def called(name: str, inputs: list[Array]) -> Array:
        with np.errstate(all="ignore"):
            match name:
                case "softmax":
                    x = np.exp(np.atleast_1d(inputs[0]))
                    return x / x.sum()
                case "first_top":
                    return np.eye(np.size(inputs[0]))[np.argmax(inputs[0])]
                case "top":
                    return np.max(inputs[0])
                case "stack":
                    return np.concatenate([np.atleast_1d(piece) for piece in inputs])
                case "one_before" | "zero_before":
                    return np.concatenate([[float(name == "one_before")], np.atleast_1d(inputs[0])])
                case "one_after" | "zero_after":
                    return np.concatenate([np.atleast_1d(inputs[0]), [float(name == "one_after")]])
            return ELEMENTWISE[name](*inputs)
