"""Mathematics in a page: trees until a writer sets them, alone or among words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradcalc.engine import notation
from gradcalc.engine.trees import constant


class Maths(NamedTuple):
    """Equal expressions as trees, and what stands between them: `signs` in their order, or the same `sign` everywhere.

    How the trees are set is the writer's business.
    """

    forms: Sequence[ast.expr]
    style: notation.Style = notation.Style()
    sign: str = "="
    signs: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The expressions as one line of text."""
        first, *others = self.said([notation.text(form, self.style) for form in self.forms])
        return " ".join([first[1], *(f"{sign} {text}" for sign, text in others)])

    def said(self, texts: Sequence[str]) -> list[tuple[str, str]]:
        """The texts of the expressions, each with the sign before it; what reads the same is said once."""
        signs = ["", *(self.signs or [self.sign] * (len(texts) - 1))]
        seen: dict[str, str] = {}
        for sign, text in zip(signs, texts, strict=True):
            seen.setdefault(text, sign)
        return [(sign, text) for text, sign in seen.items()]


class Phrase(NamedTuple):
    """Words and mathematics that make one sentence."""

    parts: Sequence[str | Maths]

    @property
    def text(self) -> str:
        """The whole as one line of text."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


Words = str | Maths | Phrase


def named(name: str, *same: str) -> Maths:
    """A quantity by its name, and by others that it has: `a2 = ŷ`."""
    return Maths([ast.Name(one) for one in (name, *same)], notation.Style({one: one for one in (name, *same)}))


def amount(sign: str, value: float, number: Callable[[float], str] = "{:g}".format) -> Maths:
    """A constant with its value: `η = 0.1`."""
    return Maths([ast.Name(sign), constant(float(value))], notation.Style({sign: sign}, number=number))


def figure(value: float, number: Callable[[float], str]) -> Maths:
    """A number alone."""
    return Maths([constant(float(value))], notation.Style(number=number))


def plain(words: Words) -> str:
    """Words as text, whether or not they are mathematics."""
    return words if isinstance(words, str) else words.text
