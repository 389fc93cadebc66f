"""Factors beside each other: the sign between two, and the brackets without which they would be read otherwise."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

from gradcalc.engine.axes import axes, is_entrywise_product
from gradcalc.engine.book import FUNCTIONS
from gradcalc.engine.features import is_arriving, is_bracketed, is_figures, is_fraction
from gradcalc.engine.looks import Looks
from gradcalc.engine.piece import ENTRYWISE, PRODUCT, Piece
from gradcalc.engine.sums import is_sum

# words that have an index behind what they are of, and so end where it does
INDEXED = ("unit", "entry", "placed")


def matrix_product(left: ast.expr, right: ast.expr, looks: Looks) -> Piece:
    """left @ right: beside each other, and with a dot between two vectors."""
    known = looks.style.axes
    first, second = looks.inside(left, PRODUCT), looks.inside(right, PRODUCT)
    first = looks.bracketed(first) if _is_open(left, right, looks) else first
    if known is None:
        return Piece(looks.beside(first, second), PRODUCT)
    is_dot = axes(left, known) == axes(right, known) == 1
    first = looks.bracketed(looks.piece(left).text) if is_entrywise_product(left, known) else first
    second = looks.bracketed(looks.piece(right).text) if is_entrywise_product(right, known) else second
    return Piece(f"{first}{looks.dot}{second}" if is_dot else looks.beside(first, second), PRODUCT)


def times(tree: ast.expr, looks: Looks) -> Piece:
    """The factors of a product one behind the other, without going deeper for each."""
    factors = _in_order(tree)
    signs = _signs(factors, looks)
    place = ENTRYWISE if looks.style.derived and looks.entrywise in signs else PRODUCT
    shown = looks.inside(factors[0], place)
    for (left, right), sign in zip(pairwise(factors), signs, strict=True):
        second = looks.inside(right, place)
        if looks.slash and isinstance(right, ast.BinOp) and isinstance(right.op, ast.Div):
            second = looks.bracketed(second)
        shown = looks.bracketed(shown) if _is_open(left, right, looks) else shown
        if sign == looks.entrywise:  # a product of matrices beside it would read as one with what follows
            shown = looks.bracketed(shown) if _is_one_piece(left, looks) else shown
            second = looks.bracketed(second) if _is_one_piece(right, looks) else second
        shown = f"{shown}{sign}{second}" if sign is not None else looks.beside(shown, second)
    return Piece(shown, place)


def dotted(factors: Sequence[ast.expr], looks: Looks) -> Piece:
    """A product whose signs are all written; a minus in front of the first needs no brackets."""
    first, *others = factors
    start = looks.piece(first).text if isinstance(first, ast.Constant) else _closed(first, looks)
    return Piece(looks.dot.join([start, *(_closed(factor, looks) for factor in others)]), PRODUCT)


def _closed(tree: ast.expr, looks: Looks) -> str:
    """A factor that a sign stands beside."""
    open_ended = looks.slash and isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div)
    inside = looks.inside(tree, PRODUCT)
    return looks.bracketed(inside) if open_ended and not is_fraction(tree) else inside


def _in_order(tree: ast.expr) -> list[ast.expr]:
    factors: list[ast.expr] = []
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        factors.append(tree.right)
        tree = tree.left
    return [tree, *reversed(factors)]


def _signs(factors: Sequence[ast.expr], looks: Looks) -> list[str | None]:
    """The signs between the factors of a product; None where two stand beside each other as words do."""
    known = looks.style.axes
    counts = [axes(factor, known or {}) for factor in factors]
    signs, so_far = [], counts[0]
    for (left, right), count in zip(pairwise(factors), counts[1:], strict=True):
        signs.append(looks.entrywise if so_far and count else _sign(left, right, looks))
        so_far = None if so_far is None or count is None else max(so_far, count)
    return [looks.entrywise, *signs[1:]] if known is None and is_arriving(factors[0]) else signs


def _sign(left: ast.expr, right: ast.expr, looks: Looks) -> str | None:
    """The sign between a number and another factor; None where they stand beside each other as words do."""
    is_derivative = looks.style.axes is not None and is_arriving(left)
    if is_figures(left, right) or (is_derivative and (is_arriving(right) or not looks.style.derived)):
        return looks.dot
    is_close = looks.slash and looks.style.tight and _is_short(left, looks) and _is_letter(right, looks)
    return "" if is_close else None


def _is_short(tree: ast.expr, looks: Looks) -> bool:
    """A number or a letter, after which a letter may follow at once."""
    return isinstance(tree, ast.Constant) or _is_letter(tree, looks)


def _is_letter(tree: ast.expr, looks: Looks) -> bool:
    """A name of one sign, or a whole power of it."""
    match tree:
        case ast.BinOp(left=ast.Name() as name, op=ast.Pow(), right=ast.Constant(value=int())):
            return _is_letter(name, looks)
        case ast.Name(id=name):
            return len(looks.shown(name)) == 1
    return False


def _is_one_piece(tree: ast.expr, looks: Looks) -> bool:
    """Whether the tree is a product of matrices that gets brackets beside the sign of a product entry by entry."""
    is_product = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult)
    return is_product and looks.style.axes is not None and not looks.style.derived


def _is_open(left: ast.expr, right: ast.expr, looks: Looks) -> bool:
    """Whether the second of two factors could be taken for a part of the first: `(Σ_k x) y`."""
    if is_sum(left):
        return True
    match left:
        case ast.BinOp(op=ast.Div()):
            return looks.slash and not is_fraction(left)
        case ast.BinOp(op=ast.Mult() | ast.MatMult(), right=last):
            return _is_open(last, right, looks)
        case ast.Call(func=ast.Name(id="log"), args=[ast.Constant()]):
            return not isinstance(right, ast.Call)
        case ast.Call(func=ast.Name(id="log" | "sqrt" as name), args=[inner]):
            return looks.is_tight(FUNCTIONS[name]) and not is_bracketed(inner)
        case ast.Call(func=ast.Name(id=name)) if name not in INDEXED and name in FUNCTIONS:
            return looks.is_tight(FUNCTIONS[name])
    return False
