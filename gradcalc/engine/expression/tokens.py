"""The words and signs of a formula: what may stand in one at all, and what somebody meant who wrote something else."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from gradcalc.engine.expression.written import Written

LONGEST = 2000
DEEPEST = 50

# Python's own words may be names here; a sign that nobody can write keeps the two apart
AS_NAME = "·"

_INSTEAD: Mapping[str, str] = {
    **{sign: f"write ^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **dict.fromkeys("×·⋅∙⊙", "write *"),
    **dict.fromkeys("÷∕⁄", "write /"),
    **dict.fromkeys("–—‒‐", "that is a dash: write -"),
    **dict.fromkeys("½⅓¼⅔¾⅕⅛", "write it as a quotient, such as 1/2"),
    **dict.fromkeys("ᵀ⊤", "write .T"),
    **dict.fromkeys("|‖∥", "write abs(…) or norm(…)"),
    "√": "write sqrt(…)",
    "∛": "write (…)^(1/3)",
    "∑": "write sum(…)",
    "∏": "write prod(…)",
    "≤": "write <=",
    "≥": "write >=",
    "∞": "numbers must be finite",
    "#": "a comment can't stand inside a formula",
    "\\": "functions are written without a backslash",
}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |   (?P<number>0[xX][0-9a-fA-F]+|0[oO][0-7]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |   (?P<name>[^\W\d]\w*)
    |   (?P<quote>'[^']*'|"[^"]*")
    |   (?P<sign>\*\*|[<>=!]=|//|:=|.)""",
    re.VERBOSE,
)

_LEADING_ZERO = re.compile(r"0[0-9]+")
_CLOSES = {")": "(", "]": "["}
_BEFORE_OPERAND = {"", "(", "[", ",", ":", "=", "+", "-", "*", "/", "**", "^", "@", "<", "<=", ">", ">=", "=="}
_AFTER_OPERAND = _BEFORE_OPERAND - {"(", "[", ":"} | {")", "]", "."}


class Token(NamedTuple):
    """A piece of a formula: `text` as it was written, `code` as Python's grammar takes it, `start` counted from 0."""

    kind: str
    text: str
    code: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokenize(written: Written, functions: Collection[str]) -> list[Token]:
    """The pieces of a formula, spaces included; `functions` are the words that may stand before a bracket.

    Raises ExpressionError for a text that is too long, for signs and neighbours that no formula has, and for brackets
    that do not match; whether the rest is a formula is not asked here.
    """
    text = written.text
    if len(text) > LONGEST:
        raise written.error(f"a formula has at most {LONGEST} characters, this one {len(text)}", 0, LONGEST)
    if not text.strip():
        raise written.error("the formula is empty", 0, 0)
    tokens = list(_tokens(written))
    _check_brackets(tokens, written)
    solid = [token for token in tokens if token.kind != "space"]
    names = _names_like_keywords(solid)
    _check_neighbours(solid, names, written, functions)
    return [token._replace(code=token.code + AS_NAME) if token.start in names else token for token in tokens]


def _tokens(written: Written) -> Iterator[Token]:
    for match in _TOKEN.finditer(written.text):
        kind, text, start = str(match.lastgroup), match.group(), match.start()
        if kind != "quote":
            _check_signs(text, start, written)
        code = {"space": " " * len(text), "name": unicodedata.normalize("NFKC", text)}.get(kind, text)
        code = {"^": "**", "−": "-"}.get(code, code)
        if (kind == "name" and not code.isidentifier()) or (kind == "sign" and not code.isascii()):
            raise written.error(f"'{text}' can't be used in a formula", start, match.end())
        yield Token(kind, text, code, start)


def _check_signs(text: str, start: int, written: Written) -> None:
    """Refuse signs that are written otherwise here; a raised letter would be taken for a part of a name."""
    for at, sign in enumerate(text, start):
        hint = _INSTEAD.get(sign)
        if hint is None and not sign.isascii() and unicodedata.decomposition(sign).startswith("<super>"):
            hint = f"write ^{unicodedata.normalize('NFKC', sign)}"
        if hint:
            raise written.error(f"'{sign}' can't be used in a formula", at, at + 1, hint)


def _check_brackets(tokens: list[Token], written: Written) -> None:
    still_open: list[Token] = []
    for token in tokens:
        if token.text in ("(", "["):
            still_open.append(token)
        if len(still_open) > DEEPEST:
            raise written.error(f"brackets are nested deeper than {DEEPEST}", token.start, token.end)
        if token.text in _CLOSES:
            if not still_open or still_open[-1].text != _CLOSES[token.text]:
                raise written.error(f"a '{token.text}' closes nothing", token.start, token.end)
            still_open.pop()
    if still_open:
        token = still_open[-1]
        raise written.error(f"a '{token.text}' is never closed", token.start, token.end)


def _names_like_keywords(tokens: list[Token]) -> set[int]:
    """Where a word of Python stands as a name does: `lambda` in `lambda * x`, but not in `lambda: x`."""
    around = zip(
        ["", *(token.text for token in tokens)], tokens, [*(token.text for token in tokens[1:]), ""], strict=False
    )
    return {
        token.start
        for before, token, after in around
        if keyword.iskeyword(token.text) and before in _BEFORE_OPERAND and after in _AFTER_OPERAND
    }


def _check_neighbours(tokens: list[Token], names: set[int], written: Written, functions: Collection[str]) -> None:
    """Refuse operands without an operator between them (`2x`, `sin x`) and an operator without its operand."""
    for left, right in pairwise(tokens):
        if any(keyword.iskeyword(token.text) and token.start not in names for token in (left, right)):
            continue
        ends = left.kind in ("number", "name") or left.text in _CLOSES
        starts = right.kind in ("number", "name") or right.text == "("
        if ends and starts and not (left.kind == "name" and right.text == "("):
            message = f"an operator is missing between '{left.text}' and '{right.text}'"
            raise written.error(message, left.start, right.end, _joined(left, right, functions))
    for token in tokens:
        if token.kind == "number" and _LEADING_ZERO.fullmatch(token.text):
            hint = f"write {token.text.lstrip('0') or '0'}"
            raise written.error(f"'{token.text}' has a leading zero", token.start, token.end, hint)
        if token.text == "=" and _depth(tokens, token) == 0:
            hint = "a comparison is written ==; of an equation only the right side is written here"
            raise written.error("a formula has no '='", token.start, token.end, hint)
    last = tokens[-1]
    if last.kind == "sign" and last.text in ("+", "-", "*", "/", "^", "%", "@", "**"):
        raise written.error(f"nothing follows the '{last.text}' at the end", last.start, last.end)


def _depth(tokens: list[Token], until: Token) -> int:
    before = tokens[: tokens.index(until)]
    return sum((token.text in ("(", "[")) - (token.text in _CLOSES) for token in before)


def _joined(left: Token, right: Token, functions: Collection[str]) -> str | None:
    """How the two were probably meant, if that can be told."""
    if left.text in functions:
        return f"write {left.text}({right.text})"
    if left.text == "0" or left.kind == right.kind == "number":
        return None
    first, second = ("(…)" if token.text in "()" else token.text for token in (left, right))
    return f"write {first}*{second}"
