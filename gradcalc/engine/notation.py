"""A formula's tree set as text, with the problem's own names put in."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

from gradcalc.engine.book import Word
from gradcalc.engine.features import is_fraction, is_root
from gradcalc.engine.piece import ATOM, POWER, PRODUCT, SUM, Piece
from gradcalc.engine.setting import Setter
from gradcalc.engine.style import Style
from gradcalc.engine.trees import is_derivative

__all__ = ["Style", "hatted", "text", "text_of_factor"]

_HAT = re.compile(r"\b(?:([^\W\d_])_|y)hat(?![^\W\d_])")

_SUPERSCRIPTS = str.maketrans("0123456789-t", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵗ")
_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}


def hatted(name: str) -> str:
    """A name with its hat on, where it is written out: ŷ for `yhat` and `y_hat`, also within `∂L/∂yhat[1]`.

    >>> hatted("∂L/∂yhat[1]"), hatted("p_hat2"), hatted("that")
    ('∂L/∂ŷ[1]', 'p̂2', 'that')
    """
    return _HAT.sub(lambda found: normalize("NFC", f"{found[1] or 'y'}\u0302"), name) if "hat" in name else name


def text(tree: ast.expr, style: Style | None = None) -> str:
    """The tree as one line of mathematics.

    >>> from gradcalc.engine.book import parse
    >>> text(parse("g * y * (1 - y)"), Style({"g": "∂L/∂a", "y": "a"}))
    '∂L/∂a a (1 − a)'
    """
    return _Text(style or Style()).piece(tree).text


def text_of_factor(tree: ast.expr, style: Style) -> str:
    """The same as it stands in a product, in brackets where it would fall apart."""
    return _Text(style).inside(tree, POWER)


class _Text(Setter):
    """One line of signs."""

    minus = "−"
    dot = " · "
    entrywise = " ⊙ "
    slash = True

    def name(self, shown: str) -> Piece:
        return Piece(hatted(shown), ATOM)

    def number(self, shown: str) -> Piece:
        return Piece(shown, SUM if shown.startswith(self.minus) else ATOM)

    def array(self, entries: Sequence[Any]) -> str:
        return f"[{', '.join(self.array(e) if isinstance(e, list) else self.entry(e) for e in entries)}]"

    def beside(self, first: str, second: str) -> str:
        return f"{first} {second}"

    def bracketed(self, inside: str) -> str:
        return f"({inside})"

    def quotient(self, left: ast.expr, right: ast.expr) -> str:
        if is_fraction(ast.BinOp(left, ast.Div(), right)):
            return f"{self.piece(left).text}/{self.inside(right, POWER)}"
        below = self.piece(right).text if is_root(right) else self.inside(right, POWER)
        return f"{self.inside(left, PRODUCT)} / {below}"

    def raised(self, base: str, exponent: Piece) -> str:
        above = exponent.text.replace(self.minus, "-")
        if set(above) <= set("0123456789-") or above == "t":
            return base + above.translate(_SUPERSCRIPTS)
        if above == "t":
            return f"{base}ᵗ"
        return f"{base}^{exponent.text if exponent.holds >= POWER else self.bracketed(exponent.text)}"

    def transposed(self, value: ast.expr) -> str:
        inside = self.inside(value, POWER)
        return f"{self.bracketed(inside) if is_derivative(value) else inside}ᵀ"

    def compared(self, left: str, operator: ast.cmpop, right: str) -> str:
        return f"{left} {_SIGNS[type(operator)]} {right}"

    def truth(self, comparison: str) -> str:
        return f"[{comparison}]"

    def applied(self, function: str, arguments: Sequence[str]) -> str:
        return f"{function}({', '.join(arguments)})"

    def worded(self, word: Word, arguments: Sequence[str]) -> Piece:
        holds = PRODUCT if word.tight else ATOM
        for place, listed in (("{*}", arguments), ("{+}", arguments[1:])):
            if place in word.text:
                return Piece(word.text.replace(place, ", ".join(listed)), holds)
        return Piece(word.text.format(*arguments).replace("ln (", "ln("), holds)

    def is_tight(self, word: Word) -> bool:
        return word.tight
