"""How the pieces of a formula look in a notation, which is all that one notation has of its own."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from gradcalc.engine.book import Word
from gradcalc.engine.piece import Piece
from gradcalc.engine.style import Style

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "pi": "π"}


class Looks(ABC):
    """A notation in a style.

    `slash` says that a quotient stands on one line, and so needs brackets beside other factors.
    """

    minus: ClassVar[str]
    dot: ClassVar[str]
    entrywise: ClassVar[str]
    slash: ClassVar[bool]

    def __init__(self, style: Style) -> None:
        self.style = style

    @abstractmethod
    def piece(self, tree: ast.expr) -> Piece:
        """The tree as it is set, and how tightly it holds together."""

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

    def inside(self, tree: ast.expr, place: int) -> str:
        """The tree as it is set in a place that wants it to hold together so tightly."""
        piece = self.piece(tree)
        return piece.text if piece.holds >= place else self.bracketed(piece.text)

    def entry(self, value: Any) -> str:
        """One number of an array."""
        return self.number(self.digits(value)).text

    def shown(self, name: str) -> str:
        """What the page calls a quantity."""
        return self.style.names.get(name, GREEK.get(name, name))

    def digits(self, value: Any) -> str:
        """The text of a number."""
        if self.style.number is not None and isinstance(value, float):
            return self.style.number(value)
        shown = _decimal(value) if isinstance(value, float) else str(value)
        return "−" + shown[1:] if shown.startswith("-") else shown


def _decimal(value: float) -> str:
    """A number as it was written, as long as that is short; one that comes from a computation in 6 digits."""
    short = f"{value:.12g}"
    return short if float(short) == value else f"{value:.6g}"
