"""About how much room a piece of LaTeX takes, so that a page can be laid out without TeX."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# in em: a letter, the sign of a relation or an operation with what is around it, a minus in front of a number, a dot
# between factors, what parts columns of a matrix, and its brackets
LETTER, SIGN, MINUS, DOT, BETWEEN, BRACKETS = 0.52, 1.3, 0.78, 0.75, 1.0, 1.6
_SMALL = 0.72
# in lines: a line, and what a fraction and a row of a matrix add
_LINE, _FRACTION, _ROW = 1.0, 1.9, 1.2

# an average letter of a text, spaces counted
_TEXT_LETTER = 0.5
_DOLLAR = re.compile(r"(?<!\\)\$")
_COMMAND = re.compile(r"\\[A-Za-z]+|\\.|[{}]")

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^&]|.", re.DOTALL)
_WORDS = ("operatorname", "text", "mathit", "parbox")
_OVER = ("frac", "tfrac")
_NOTHING = ("left", "right", "displaystyle", "allowbreak", "raggedright", "noindent")
_APART = frozenset((*"=+-<>", r"\le", r"\ge", r"\ne", r"\odot", r"\times", r"\leftarrow", r"\approx"))
_BEFORE_A_SIGN = ("{", "&", "(", "}")
_NAMED = ("ln", "log", "max", "min", "sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan")


class Extent(NamedTuple):
    """Width in em, height in lines."""

    width: float
    height: float


@cache
def extent(tex: str) -> Extent:
    """The extent of LaTeX of ours; of anything else it is a guess.

    >>> extent(r"\\frac{a}{b + c}").width < extent("a / (b + c)").width
    True
    """
    return _row(_TOKEN.findall(tex), 0)[0]


@cache
def extent_of_text(tex: str) -> Extent:
    """The extent of a text with formulas between dollars."""
    parts = _DOLLAR.split(tex)
    formulas = [extent(part) for part in parts[1::2]]
    letters = sum(len(_COMMAND.sub("x", part)) for part in parts[::2])
    width = sum(formula.width for formula in formulas) + letters * _TEXT_LETTER
    return Extent(width, max((formula.height for formula in formulas), default=_LINE))


def least_width(tex: str) -> float:
    """The width of the widest part of a formula between the signs where TeX may break it."""
    tokens, at, inner = _TOKEN.findall(tex), 0, 0
    widths, width = [0.0], 0.0
    while at < len(tokens):
        inner += {r"\left": 1, r"\right": -1}.get(tokens[at], 0)
        may_break = not inner and tokens[at] in (*_APART, r"\cdot", r"\allowbreak")
        piece, at = _piece(tokens, at)
        width += piece.width
        if may_break:
            widths.append(width)
            width = 0.0
    return max(*widths, width)


def _row(tokens: list[str], at: int) -> tuple[Extent, int]:
    """What stands side by side from a place on, up to the end of its group; rows of a matrix below each other."""
    widths, width, height, heights, columns = [0.0], 0.0, _LINE, 0.0, 0
    small = 1.0
    while at < len(tokens):
        sign = tokens[at]
        if sign in ("}", r"\end"):
            break
        if sign in ("_", "^"):
            small, at = _SMALL, at + 1
            continue
        if sign in ("\\\\", r"\cr"):
            widths.append(width + columns * BETWEEN)
            heights, width, height, columns, at = heights + height * _ROW, 0.0, _LINE, 0, at + 1
            continue
        columns += sign == "&"
        piece, at = _piece(tokens, at)
        width, height, small = width + piece.width * small, max(height, piece.height), 1.0
    return Extent(max(*widths, width + columns * BETWEEN), heights + height * (_ROW if heights else 1)), at


def _piece(tokens: list[str], at: int) -> tuple[Extent, int]:
    """The extent of the piece at a place, and the place behind it."""
    sign = tokens[at]
    command = sign[1:] if sign.startswith("\\") else ""
    if sign == "{":
        inside, end = _row(tokens, at + 1)
        return inside, end + 1
    if command in _OVER:
        above, middle = _piece(tokens, at + 1)
        below, end = _piece(tokens, middle)
        scale = 1.0 if command == "frac" else _SMALL
        return Extent(max(above.width, below.width) * scale, (above.height + below.height) * scale), end
    if command == "begin":
        name = tokens.index("}", at)
        # the columns of an array take no room themselves
        first = tokens.index("}", name + 1) if "".join(tokens[at + 2 : name]) == "array" else name
        inside, end = _row(tokens, first + 1)
        return Extent(inside.width + BRACKETS, inside.height), tokens.index("}", end) + 1
    if command in _WORDS:
        inside, end = _piece(tokens, at + 1)
        return inside, end
    if sign == "-" and (at == 0 or tokens[at - 1] in _BEFORE_A_SIGN):
        return Extent(MINUS, _LINE), at + 1
    if sign in _APART:
        return Extent(SIGN, _LINE), at + 1
    if command in _NAMED:
        return Extent(len(command) * LETTER + 0.2, _LINE), at + 1
    if command in ("sum", "prod"):
        return Extent(1.6, _FRACTION), at + 1
    if sign == " " or command in _NOTHING or sign == "&":
        return Extent(0.0, _LINE), at + 1
    return Extent({"qquad": 2.0, "cdot": DOT, "thinspace": 0.17}.get(command, LETTER), _LINE), at + 1
