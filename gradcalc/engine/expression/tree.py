"""From the text of a formula to its tree, with nothing in it that is outside the grammar.

The text is never handed to Python to be run: `ast` reads its structure, and everything else is refused by name.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Mapping
from typing import NamedTuple

from gradcalc.engine.expression.tokens import AS_NAME, tokenize
from gradcalc.engine.expression.written import Written
from gradcalc.errors import ExpressionError, Place

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.USub, ast.UAdd)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq)

_REFUSED: Mapping[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Await: "'await'",
    ast.BoolOp: "'and' or 'or'",
    ast.Compare: "a comparison",
    ast.Dict: "a pair of braces",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.IfExp: "'if'",
    ast.JoinedStr: "a formatted text",
    ast.Lambda: "'lambda'",
    ast.List: "a list",
    ast.ListComp: "a comprehension",
    ast.NamedExpr: "':='",
    ast.Set: "a pair of braces",
    ast.SetComp: "a comprehension",
    ast.Slice: "a ':'",
    ast.Subscript: "an index",
    ast.Starred: "a star",
    ast.Tuple: "a comma",
    ast.Yield: "'yield'",
    ast.YieldFrom: "'yield'",
    ast.keyword: "a keyword",
    ast.FloorDiv: "the operator //",
    ast.Mod: "the operator %",
    ast.MatMult: "the operator @",
    ast.LShift: "the operator <<",
    ast.RShift: "the operator >>",
    ast.BitAnd: "the operator &",
    ast.BitOr: "the operator |",
    ast.BitXor: "the operator ^",
    ast.Invert: "the operator ~",
    ast.Not: "'not'",
    ast.NotEq: "the operator !=",
    ast.In: "'in'",
    ast.NotIn: "'in'",
    ast.Is: "'is'",
    ast.IsNot: "'is'",
}

_HINTS: Mapping[type[ast.AST], str] = {
    ast.BoolOp: "multiply comparisons: (a > 0)*(b > 0)",
    ast.IfExp: "write where(condition, a, b)",
    ast.NotEq: "write 1 - (a == b)",
    ast.Not: "write 1 - (a > b)",
    ast.Slice: "a slice stands in the brackets of an index: x[1:2]",
}


class Formula(NamedTuple):
    """A formula that was read; `col_offset` and `end_col_offset` of its nodes count the characters of its text."""

    written: Written
    tree: ast.expr

    def piece(self, node: ast.expr) -> str:
        """What was written for this node."""
        return " ".join(self.written.text[node.col_offset : node.end_col_offset].split())

    def error(self, message: str, node: ast.expr, hint: str | None = None) -> ExpressionError:
        """The error of this node, at its place."""
        return self.written.error(message, node.col_offset, node.end_col_offset or 0, hint)

    def refuse(self, part: ast.AST, node: ast.expr, where: str = "a formula") -> ExpressionError:
        """The error of a construct that `where` has no place for, by its name."""
        what = _REFUSED.get(type(part), f"'{type(part).__name__}'")
        return self.error(f"{what} can't be used in {where}: {self.piece(node)}", node, _HINTS.get(type(part)))


def parse(text: str, place: Place | None = None, functions: Collection[str] = ()) -> Formula:
    """The checked tree of a formula; names are normalised as Python's are (NFKC).

    Operators `+ - * / ** ^ @`, signs, brackets, `.T`, indices and slices, one comparison, calls with keywords.
    `place` is where the text stands; `functions` are words that are told how to be called.
    Raises ExpressionError with the place of what is refused.

    >>> ast.unparse(parse("(1 - x)^2").tree)
    '(1 - x) ** 2'
    """
    written = Written(text, place)
    formula = Formula(written, _read(written, functions))
    nodes = [formula.tree]
    for node in nodes:
        nodes.extend(_parts(node, formula))
    return formula


def _read(written: Written, functions: Collection[str]) -> ast.expr:
    """The tree as Python's grammar has it, its nodes placed in the text as it was written."""
    code, starts, ends = "", [], []
    for token in tokenize(written, functions):
        for position, sign in enumerate(token.code):
            start = token.start + min(position, len(token.text) - 1)
            starts += [start] * len(sign.encode())
            ends += [start + 1] * len(sign.encode())
        code += token.code
    lead = len(code) - len(code.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(code[lead:], mode="eval").body
    except (MemoryError, RecursionError):
        raise written.error("the formula is nested too deeply", 0, len(written.text)) from None
    except (SyntaxError, ValueError) as error:
        before = lead + max(getattr(error, "offset", None) or 1, 1) - 1
        at = min(len(code[:before].encode()), len(starts) - 1)
        raise written.error("this is not a formula", starts[at], starts[at] + 1) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.keyword):
            node.col_offset = starts[lead + node.col_offset]
            node.end_col_offset = ends[lead + (node.end_col_offset or 1) - 1]
        if isinstance(node, ast.Name):
            node.id = node.id.removesuffix(AS_NAME)
    return tree


def _parts(node: ast.expr, formula: Formula) -> list[ast.expr]:
    """The nodes inside of this one that are formulas themselves; refuses what is outside the grammar."""
    match node:
        case ast.Name():
            return []
        case ast.Constant(value=value) if type(value) in (int, float):
            return []
        case ast.BinOp(left=left, op=operator, right=right) if isinstance(operator, _OPERATORS):
            return [left, right]
        case ast.UnaryOp(op=sign, operand=operand) if isinstance(sign, _OPERATORS):
            return [operand]
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if isinstance(sign, _COMPARISONS):
            return [left, right]
        case ast.Attribute(value=value, attr="T"):
            return [value]
        case ast.Subscript(value=value, slice=index):
            return [value, *_sides(index, formula)]
        case ast.Call(func=ast.Name(), args=arguments, keywords=keywords):
            return [*arguments, *(part for word in keywords for part in _setting(word, formula))]
    raise _refusal(node, formula)


def _refusal(node: ast.expr, formula: Formula) -> ExpressionError:
    """The error of what no formula has, by its name."""
    match node:
        case ast.Constant(value=value):
            kind = "a text in quotes" if isinstance(value, str | bytes) else f"'{value}'"
            return formula.error(f"{kind} can't be used in a formula", node)
        case ast.BinOp(op=part) | ast.UnaryOp(op=part) | ast.Compare(ops=[part]) | ast.Call(func=part):
            return formula.refuse(part, node)
        case ast.Compare():
            hint = "compare two at a time, and multiply: (a < b)*(b < c)"
            return formula.error("a chain of comparisons can't be used in a formula", node, hint)
        case ast.Tuple(elts=[]):
            return formula.error("there is nothing between these brackets", node)
    return formula.refuse(node, node)


def _sides(index: ast.expr, formula: Formula) -> list[ast.expr]:
    """What stands between the brackets of an index, as formulas."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    if not parts:
        raise _refusal(index, formula)
    return [end for part in parts for end in _ends(part, formula) if end is not None]


def _ends(part: ast.expr, formula: Formula) -> list[ast.expr | None]:
    """The formulas in one position of an index, which may be a slice or a list of positions."""
    match part:
        case ast.Slice():
            return [part.lower, part.upper, part.step]
        case ast.List(elts=[]):
            raise formula.error("there is nothing between these brackets", part)
        case ast.List():
            return list(part.elts)
    return [part]


def _setting(word: ast.keyword, formula: Formula) -> list[ast.expr]:
    """The value of a keyword: a formula, a word, or several in brackets."""
    if word.arg is None:
        raise formula.error("two stars can't be used in a formula", word.value)
    return word.value.elts if isinstance(word.value, ast.Tuple) else [word.value]
