"""Formulas that people write: a text becomes tokens, the tokens a checked tree, the tree a number.

The text is never handed to Python to be run. `ast` reads its structure, everything outside the grammar is refused
by name, and the rest is computed in float64, so that 9^9^9 overflows instead of growing without end.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from gradcalc.errors import ExpressionError

LONGEST = 2000
DEEPEST = 50

FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "abs": math.fabs,
}

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi, "e": math.e}


def _minus(a: float) -> float:
    return -a


def _plus(a: float) -> float:
    return a


_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: math.pow,
}

_UNARY: Mapping[type[ast.unaryop], Callable[[float], float]] = {ast.USub: _minus, ast.UAdd: _plus}

_REFUSED: Mapping[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Await: "'await'",
    ast.BoolOp: "'and' or 'or'",
    ast.Call: "a call",
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
    ast.Subscript: "an index",
    ast.Starred: "a star",
    ast.Tuple: "a comma",
    ast.keyword: "a keyword",
    ast.FloorDiv: "the operator //",
    ast.Mod: "the operator %",
    ast.MatMult: "the operator @",
    ast.LShift: "the operator <<",
    ast.RShift: "the operator >>",
    ast.BitAnd: "the operator &",
    ast.BitOr: "the operator |",
    ast.Invert: "the operator ~",
    ast.Not: "'not'",
}

_INSTEAD: Mapping[str, str] = {
    **{sign: f"write ^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **dict.fromkeys("×·⋅∙", "write *"),
    **dict.fromkeys("÷∕⁄", "write /"),
    **dict.fromkeys("–—‒‐", "that is a dash: write -"),
    **dict.fromkeys("½⅓¼⅔¾⅕⅛", "write it as a quotient, such as 1/2"),
    "√": "write sqrt(…)",
    "∛": "write (…)^(1/3)",
    "∞": "numbers must be finite",
    "#": "a comment can't stand inside a formula",
    "\\": "functions are written without a backslash",
}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |   (?P<number>0[xX][0-9a-fA-F]+|0[oO][0-7]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |   (?P<name>[^\W\d]\w*)
    |   (?P<quote>'[^']*'|"[^"]*")
    |   (?P<sign>.)""",
    re.VERBOSE,
)

_LEADING_ZERO = re.compile(r"0[0-9]+")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


class _Written(NamedTuple):
    """A formula as Python's grammar takes it, and the position in the user's own text of each of its characters."""

    text: str
    code: str
    origin: list[int]

    def piece(self, node: ast.expr) -> str:
        """What the user wrote for this node; `ast` counts bytes, people characters."""
        code = self.code.encode()
        first = len(code[: node.col_offset].decode())
        last = len(code[: node.end_col_offset].decode()) - 1
        return self.text[self.origin[first] : self.origin[last] + 1]


def constant(text: str) -> float:
    """The float64 value of a formula without names other than π and e, such as `sqrt(2)/2` or `2^-3`.

    `^` and `**` are powers, bind tighter than a minus before them and group from the right: -2^2 is -4. Raises
    ExpressionError for all that is not such a formula or has no finite real value.

    >>> constant("1/4 + 2^-2")
    0.5
    """
    written = _write(text)
    return _run(_parse(written), written)


def _write(text: str) -> _Written:
    """The text with its tokens checked and `^` made `**`."""
    if len(text) > LONGEST:
        raise ExpressionError(f"a formula has at most {LONGEST} characters, this one {len(text)}")
    if not text.strip():
        raise ExpressionError("the formula is empty")
    tokens = list(_tokens(text))
    _check_brackets(tokens)
    _check_neighbours([token for token in tokens if token.kind != "space"])
    pieces: list[str] = []
    origin: list[int] = []
    for kind, piece, start in tokens:
        code = " " * len(piece) if kind == "space" else "**" if piece == "^" else piece
        pieces.append(code)
        origin.extend([start, start] if piece == "^" else range(start, start + len(piece)))
    lead = len(text) - len(text.lstrip())
    return _Written(text, "".join(pieces)[lead:], origin[lead:])


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        strange = next((sign for sign in piece if sign in _INSTEAD), None)
        if strange and kind != "quote":
            raise ExpressionError(f"'{strange}' can't be used in a formula", hint=_INSTEAD[strange])
        if (kind == "name" and not piece.isidentifier()) or (kind == "sign" and not piece.isascii()):
            raise ExpressionError(f"'{piece}' can't be used in a formula")
        yield _Token(kind, piece, match.start())


def _check_brackets(tokens: list[_Token]) -> None:
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth > DEEPEST:
            raise ExpressionError(f"brackets are nested deeper than {DEEPEST}")
        if depth < 0:
            raise ExpressionError("a ')' closes nothing")
    if depth:
        raise ExpressionError("a '(' is never closed")


def _check_neighbours(tokens: list[_Token]) -> None:
    """Refuse operands without an operator between them (`2x`, `sin x`) and an operator without its operand."""
    for left, right in pairwise(tokens):
        if keyword.iskeyword(left.text) or keyword.iskeyword(right.text):
            continue
        ends = left.kind in ("number", "name") or left.text == ")"
        starts = right.kind in ("number", "name") or right.text == "("
        if ends and starts and not (left.kind == "name" and right.text == "("):
            raise ExpressionError(
                f"an operator is missing between '{left.text}' and '{right.text}'", hint=_joined(left, right)
            )
    for token in tokens:
        if token.kind == "number" and _LEADING_ZERO.fullmatch(token.text):
            raise ExpressionError(f"'{token.text}' has a leading zero", hint=f"write {token.text.lstrip('0') or '0'}")
    if tokens[-1].text in "+-*/^%@":
        raise ExpressionError(f"nothing follows the '{tokens[-1].text}' at the end")


def _joined(left: _Token, right: _Token) -> str | None:
    """How the two were probably meant, if that can be told."""
    if left.text in FUNCTIONS:
        return f"write {left.text}({right.text})"
    if left.text == "0" or left.kind == right.kind == "number":
        return None
    first, second = ("(…)" if token.text in "()" else token.text for token in (left, right))
    return f"write {first}*{second}"


def _parse(written: _Written) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(written.code, mode="eval").body
    except (MemoryError, RecursionError):
        raise ExpressionError("the formula is nested too deeply") from None
    except (SyntaxError, ValueError):
        raise ExpressionError("this is not a formula") from None


def _run(tree: ast.expr, written: _Written) -> float:
    """The value of the tree: children before parents and without recursion, however deep it is."""
    order = [tree]
    for node in order:
        order.extend(_operands(node, written))
    values: dict[ast.expr, float] = {}
    for node in reversed(order):
        values[node] = _value(node, values, written)
    return values[tree]


def _operands(node: ast.expr, written: _Written) -> list[ast.expr]:
    """The nodes whose values this one needs; refuses what is not part of the language."""
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            if type(operator) in _BINARY:
                return [left, right]
            raise _refusal(operator, node, written)
        case ast.UnaryOp(op=sign, operand=operand):
            if type(sign) in _UNARY:
                return [operand]
            raise _refusal(sign, node, written)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            _check_call(name, len(arguments))
            return arguments
        case ast.Call(func=function, keywords=keywords):
            raise _refusal(keywords[0] if keywords else function, node, written)
        case ast.Name(id=name):
            _check_name(name)
            return []
        case ast.Constant(value=value):
            if type(value) in (int, float):
                return []
            kind = "a text in quotes" if isinstance(value, (str, bytes)) else f"'{value}'"
            raise ExpressionError(f"{kind} can't be used in a formula")
    raise _refusal(node, node, written)


def _refusal(part: ast.AST, whole: ast.expr, written: _Written) -> ExpressionError:
    what = _REFUSED.get(type(part), f"'{type(part).__name__}'")
    return ExpressionError(f"{what} can't be used in a formula of numbers: {written.piece(whole)}")


def _check_call(name: str, count: int) -> None:
    if name not in FUNCTIONS:
        raise ExpressionError(f"unknown function '{name}'", hint=f"known here: {', '.join(FUNCTIONS)}")
    if count != 1:
        raise ExpressionError(f"{name} takes one number, not {count}")


def _check_name(name: str) -> None:
    if name in FUNCTIONS:
        raise ExpressionError(f"{name} needs a number in brackets", hint=f"write {name}(…)")
    if name not in CONSTANTS:
        raise ExpressionError(f"unknown name '{name}'", hint="only pi and e stand for numbers here")


def _value(node: ast.expr, values: Mapping[ast.expr, float], written: _Written) -> float:
    try:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                value = _BINARY[type(operator)](values[left], values[right])
            case ast.UnaryOp(op=sign, operand=operand):
                value = _UNARY[type(sign)](values[operand])
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                value = FUNCTIONS[name](values[argument])
            case ast.Name(id=name):
                value = CONSTANTS[name]
            case ast.Constant(value=number):
                value = float(number)  # type: ignore[arg-type]  # _operands let only int and float through
            case _:
                raise _refusal(node, node, written)
    except (ValueError, ZeroDivisionError):
        raise _undefined(node, values, written) from None
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ExpressionError(f"{written.piece(node)} is too large: a number must be finite")
    return value


def _undefined(node: ast.expr, values: Mapping[ast.expr, float], written: _Written) -> ExpressionError:
    piece = written.piece(node)
    match node:
        case ast.BinOp(op=ast.Pow(), left=base) if values[base] < 0:
            hint = "an odd root of a negative number is written with the minus outside: -(8^(1/3))"
            return ExpressionError(f"{piece} is not a real number", hint=hint)
        case ast.BinOp():
            return ExpressionError(f"{piece} divides by 0")
    return ExpressionError(f"{piece} is not a real number")
