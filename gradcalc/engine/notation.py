"""A formula's tree set as text, with the problem's own names put in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gradcalc.engine.book import FUNCTIONS

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "pi": "π"}
_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}

# how tightly a piece of text holds together; a looser piece inside a tighter place gets brackets
SUM, PRODUCT, ATOM = 1, 2, 3


class Piece(NamedTuple):
    text: str
    holds: int


class Style(NamedTuple):
    """How names are written: `names` by quantity, `base` the number of the first index.

    `number` sets the numbers that were computed; without it they are set as they would be in a formula.
    """

    names: Mapping[str, str] = {}
    base: int = 1
    number: Callable[[float], str] | None = None


def text(tree: ast.expr, style: Style | None = None) -> str:
    """The tree as one line of mathematics.

    >>> from gradcalc.engine.book import parse
    >>> text(parse("g * y * (1 - y)"), Style({"g": "∂L/∂a", "y": "a"}))
    '∂L/∂a a (1 − a)'
    """
    return _piece(tree, style or Style()).text


def _piece(tree: ast.expr, style: Style) -> Piece:
    match tree:
        case ast.Constant(value=value):
            return _constant(value, style)
        case ast.Name(id=name):
            return Piece(style.names.get(name, _GREEK.get(name, name)), ATOM)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Piece("−" + _inside(operand, PRODUCT, style), SUM)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(left, right, style)
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult()):
            return _product(tree, style)
        case ast.BinOp(left=left, op=operator, right=right):
            return _plus(left, operator, right, style)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return Piece(f"[{_piece(left, style).text} {_SIGNS[type(operator)]} {_piece(right, style).text}]", ATOM)
        case ast.Attribute(value=value, attr="T"):
            return Piece(_inside(value, ATOM, style) + "ᵀ", ATOM)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _call(name, arguments, keywords, style)
    raise TypeError(f"not a word of the language of rules: {ast.dump(tree)}")


def _product(tree: ast.BinOp, style: Style) -> Piece:
    opposite = _without_minus(tree)
    if opposite is not None:
        return Piece("−" + _inside(opposite, PRODUCT, style), SUM)
    left, right = tree.left, tree.right
    match tree.op:
        case ast.Mult():
            return Piece(_times(tree, style), PRODUCT)
        case ast.MatMult():
            return Piece(f"{_first(left, right, style)} {_inside(right, PRODUCT, style)}", PRODUCT)
    if _is_fraction(tree):
        return Piece(f"{_piece(left, style).text}/{_piece(right, style).text}", PRODUCT)
    return Piece(f"{_inside(left, PRODUCT, style)} / {_inside(right, ATOM, style)}", PRODUCT)


def _without_minus(tree: ast.expr) -> ast.expr | None:
    """A product whose first factor has a minus, without it; None where it has none."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.MatMult() as operator, right=right):
            first = _without_minus(left)
            return None if first is None else ast.BinOp(first, operator, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case ast.Constant(value=int() | float() as value) if value < 0:
            return ast.Constant(-value)
    return None


def _inside(tree: ast.expr, place: int, style: Style) -> str:
    piece = _piece(tree, style)
    return piece.text if piece.holds >= place else f"({piece.text})"


def _constant(value: Any, style: Style) -> Piece:
    if isinstance(value, str | bool):
        return Piece(str(value), ATOM)
    if hasattr(value, "tolist") and value.ndim:
        return Piece(_array(value.tolist(), style), ATOM)
    shown = _number(value, style)
    return Piece(shown, SUM if shown.startswith("−") else ATOM)


def _array(entries: Any, style: Style) -> str:
    if isinstance(entries, list):
        return f"[{', '.join(_array(entry, style) for entry in entries)}]"
    return _number(entries, style)


def _number(value: Any, style: Style) -> str:
    if style.number is not None and isinstance(value, float):
        return style.number(value)
    shown = _decimal(value) if isinstance(value, float) else str(value)
    return "−" + shown[1:] if shown.startswith("-") else shown


def _decimal(value: float) -> str:
    """A number as it was written, as long as that is short; one that comes from a computation in 6 digits."""
    short = f"{value:.12g}"
    return short if float(short) == value else f"{value:.6g}"


def _power(base: ast.expr, exponent: ast.expr, style: Style) -> Piece:
    below, raised = _inside(base, ATOM, style), _piece(exponent, style)
    above = raised.text.replace("−", "-")
    below = f"({below})" if isinstance(base, ast.BinOp) and isinstance(base.op, ast.Pow) else below
    if set(above) <= set("0123456789-"):
        return Piece(below + above.translate(_SUPERSCRIPTS), ATOM)
    return Piece(f"{below}^{raised.text if raised.holds == ATOM else f'({raised.text})'}", ATOM)


def _times(tree: ast.expr, style: Style) -> str:
    """The factors of a product one behind the other, without going deeper for each."""
    factors: list[ast.expr] = []
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        factors.append(tree.right)
        tree = tree.left
    shown, left, sign = _inside(tree, PRODUCT, style), tree, _arriving(tree)
    for right in reversed(factors):
        second = _inside(right, PRODUCT, style)
        if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Div):
            second = f"({second})"
        shown = f"({shown})" if _is_open(left, right) else shown
        shown = f"{shown}{sign or (' · ' if _starts_with_number(right) else ' ')}{second}"
        left, sign = right, ""
    return shown


def _arriving(tree: ast.expr) -> str:
    """The sign between a gradient that arrives and what it is multiplied by, entry by entry."""
    return " ⊙ " if isinstance(tree, ast.Name) and tree.id.startswith("∂") else ""


def _is_fraction(tree: ast.expr) -> bool:
    """Whether the tree is a number written with a slash: `1/3`."""
    match tree:
        case ast.BinOp(
            left=ast.Constant(value=int() | float() as above), right=ast.Constant(value=int() | float() as below)
        ):
            return above >= 0 and below >= 0
    return False


def _first(left: ast.expr, right: ast.expr, style: Style) -> str:
    """The first of two factors, in brackets where the second could be taken for a part of it: `(Σ_k x) y`."""
    first = _inside(left, PRODUCT, style)
    return f"({first})" if _is_open(left, right) else first


def _is_open(left: ast.expr, right: ast.expr) -> bool:
    match left:
        case ast.BinOp(op=ast.Div()):
            return not _is_fraction(left)
        case ast.BinOp(op=ast.Mult() | ast.MatMult(), right=last):
            return _is_open(last, right)
        case ast.Call(func=ast.Name(id="log"), args=[ast.Constant()]):
            return not isinstance(right, ast.Call)
        case ast.Call(func=ast.Name(id="log" | "sqrt"), args=[inner]):
            return not _is_bracketed(inner)
        case ast.Call(func=ast.Name(id=name)) if name not in ("unit", "entry") and name in FUNCTIONS:
            return FUNCTIONS[name].tight
    return False


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
    while isinstance(tree, ast.BinOp) and not isinstance(tree.op, ast.Add | ast.Sub):
        tree = tree.left
    return isinstance(tree, ast.Constant)


def _plus(left: ast.expr, operator: ast.operator, right: ast.expr, style: Style) -> Piece:
    if isinstance(operator, ast.Add) and isinstance(right, ast.UnaryOp):
        return _plus(left, ast.Sub(), right.operand, style)
    first = _piece(left, style).text
    second = _inside(right, PRODUCT if isinstance(operator, ast.Sub) else SUM, style)
    second = f"({second})" if second.startswith("−") else second
    return Piece(f"{first} {'−' if isinstance(operator, ast.Sub) else '+'} {second}", SUM)


def _call(name: str, arguments: list[ast.expr], keywords: list[ast.keyword], style: Style) -> Piece:
    word = FUNCTIONS.get(name)
    if word is None or keywords:
        options = [f"{_GREEK.get(k.arg or '', k.arg)}={_option(k, style)}" for k in keywords]
        shown = [*(_piece(argument, style).text for argument in arguments), *options]
        return Piece(f"{name}({', '.join(shown)})", ATOM)
    if word.text == "{0}":
        return _piece(arguments[0], style)
    if name in ("unit", "entry"):
        return Piece(f"{_inside(arguments[0], ATOM, style)}[{_index(arguments[1], style)}]", ATOM)
    if name == "placed":
        return Piece(f"({_piece(arguments[0], style).text} at [{_index(arguments[2], style)}], else 0)", ATOM)
    if word.tight:
        shown = [_inside(argument, ATOM, style) for argument in arguments]
        return Piece(word.text.format(*shown).replace("ln (", "ln("), PRODUCT)
    shown = [_piece(argument, style).text for argument in arguments]
    if name == "where":
        shown[0] = shown[0].removeprefix("[").removesuffix("]")
    for sign, listed in (("{*}", shown), ("{+}", shown[1:])):
        if sign in word.text:
            return Piece(word.text.replace(sign, ", ".join(listed)), ATOM)
    return Piece(word.text.format(*shown), ATOM)


def _option(word: ast.keyword, style: Style) -> str:
    """The value of a keyword; an axis is counted as people count here."""
    if word.arg == "axis" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int):
        return str(word.value.value + style.base)
    return _piece(word.value, style).text


def _index(tree: ast.expr, style: Style) -> str:
    """A position, or one for each axis; a slice includes both its ends where people count from 1."""
    key = tree.value if isinstance(tree, ast.Constant) else None
    if not isinstance(key, int | tuple):
        return "k"
    parts: list[str] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, slice):
            first = "" if part.start is None else part.start + style.base
            parts.append(f"{first}:{part.stop or ''}{f':{part.step}' if part.step else ''}")
        else:
            parts.append(f"{int(part) + style.base}")
    return ",".join(parts)
