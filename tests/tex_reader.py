"""Formulas of LaTeX read as a person reads them: one meaning each, or none."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from paper import Ambiguous

FUNCTIONS = {
    r"\ln": "log", r"\tanh": "tanh", r"\max": "max", r"\min": "min", r"\operatorname{sign}": "sign",
    r"\operatorname{sigmoid}": "sigmoid", r"\operatorname{softmax}": "softmax",
}  # fmt: skip
BEFORE = {r"\sum_k": "units", r"\sum": "total", r"\max_k": "top", r"\ln": "log"}
OPENING = ("(", r"\left(", r"\left[", r"\left", r"\frac", r"\tfrac", "e", r"\sqrt", r"\begin{cases}")
SIGNS = {"<": ast.Lt, r"\le": ast.LtE, ">": ast.Gt, r"\ge": ast.GtE}
PIECES = (
    r"\\begin\{cases\}|\\end\{cases\}|\\operatorname\{[a-z]+\}|\\text\{[a-z ]+\}|\\left[(\[]|\\right[)\]]"
    r"|\\[lr]vert|\\left|\\right|\\sum_k|\\max_k|\\[a-z]+|\\\\|[0-9]+(?:\.[0-9]+)?|\S"
)


class TexReader:
    """Reads the LaTeX of ours: `names` by how they are set."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        self.pattern = re.compile(f"{listed}|{PIECES}")

    def read(self, tex: str) -> ast.expr:
        self.tokens = self.pattern.findall(tex)
        tree = self.sum()
        assert not self.tokens, f"what is {self.tokens[0]}?"
        return tree

    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *wanted: str) -> str:
        if wanted and self.next() not in wanted:
            raise AssertionError(f"no {wanted} before {self.tokens[:4]}")
        return self.tokens.pop(0)

    def sum(self) -> ast.expr:
        whole = ast.UnaryOp(ast.USub(), self.product()) if self.next() == "-" and self.take() else self.product()
        while self.next() in ("+", "-"):
            operator = ast.Add() if self.take() == "+" else ast.Sub()
            if self.next() == "-":
                raise Ambiguous("two signs in a row")
            whole = ast.BinOp(whole, operator, self.product())
        return whole

    def product(self) -> ast.expr:
        whole, is_open = self.factor()
        while self.next() in (r"\cdot", r"\odot") or self.begins():
            if is_open:
                raise Ambiguous("where does the first factor end?")
            if self.next() in (r"\cdot", r"\odot"):
                self.take()
            elif re.match(r"[0-9]", self.next()):
                raise Ambiguous("a number behind a factor")
            right, is_open = self.factor()
            whole = ast.BinOp(whole, ast.Mult(), right)
        return whole

    def begins(self) -> bool:
        """Whether a factor may begin here."""
        return self.next() in (*self.names, *FUNCTIONS, *BEFORE, *OPENING) or self.next()[:1].isdigit()

    def factor(self) -> tuple[ast.expr, bool]:
        """One factor, and whether it would swallow another one behind it."""
        if self.next() in BEFORE and self.tokens[1] not in ("(", r"\left("):
            name = BEFORE[self.take()]
            return self.call(name, self.raised()), True
        if self.next() in BEFORE and self.next() not in FUNCTIONS:
            name = BEFORE[self.take()]
            return self.call(name, self.raised()), True
        if self.next() == r"\ln":
            self.take()
            return self.call("log", self.raised()), False
        return self.raised(), False

    def raised(self) -> ast.expr:
        whole = self.piece()
        if self.next() == "^":
            self.take()
            whole = ast.BinOp(whole, ast.Pow(), self.group())
            if self.next() == "^":
                raise Ambiguous("a power of a power")
        return whole

    def piece(self) -> ast.expr:
        sign = self.take()
        if sign in self.names:
            return self.indexed(ast.Name(self.names[sign]))
        if re.match(r"[0-9]", sign):
            return ast.Constant(float(sign))
        if sign in ("(", r"\left("):
            inside = self.sum()
            self.take({"(": ")", r"\left(": r"\right)"}[sign])
            return self.indexed(inside)
        if sign in (r"\frac", r"\tfrac"):
            above, below = self.group(), self.group()
            return ast.BinOp(above, ast.Div(), below)
        if sign == r"\sqrt":
            return self.call("sqrt", self.group())
        if sign == "e":
            self.take("^")
            return self.call("exp", self.group())
        if sign == r"\left":
            self.take(r"\lvert")
            inside = self.sum()
            self.take(r"\right")
            self.take(r"\rvert")
            return self.call("abs", inside)
        if sign == r"\left[":
            return self.truth()
        if sign == r"\begin{cases}":
            return self.cases()
        return self.call(FUNCTIONS[sign], *self.arguments())

    def group(self) -> ast.expr:
        self.take("{")
        inside = self.sum()
        self.take("}")
        return inside

    def arguments(self) -> list[ast.expr]:
        end = {"(": ")", r"\left(": r"\right)"}[self.take("(", r"\left(")]
        found = [self.sum()]
        while self.next() == ",":
            self.take()
            found.append(self.sum())
        self.take(end)
        return found

    def indexed(self, tree: ast.expr) -> ast.expr:
        if self.next() != "[":
            return tree
        self.take()
        number = int(self.take()) - 1
        self.take("]")
        return self.call("unit", tree, ast.Constant(number))

    def truth(self) -> ast.expr:
        if self.next() == r"\text{first }":
            self.take()
            self.take(r"\max_k")
            found = self.call("first_top", self.raised())
        else:
            found = self.comparison()
        self.take(r"\right]")
        return found

    def comparison(self) -> ast.expr:
        left = self.sum()
        sign = SIGNS[self.take(*SIGNS)]()
        return ast.Compare(left, [sign], [self.sum()])

    def cases(self) -> ast.expr:
        first = self.sum()
        self.take("&")
        self.take(r"\text{if }")
        condition = self.comparison()
        self.take("\\\\")
        second = self.sum()
        for sign in ("&", r"\text{else}", r"\end{cases}"):
            self.take(sign)
        return self.call("where", condition, first, second)

    def call(self, name: str, *inputs: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(name), list(inputs), [])
