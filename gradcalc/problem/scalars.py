"""What the texts of a problem file mean as numbers and truths: YAML 1.2's rules, and short formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from gradcalc.errors import ExpressionError, Fault
from gradcalc.problem.node import Node

_INTEGER = r"[-+]?[0-9]+"
_NUMBER = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_DECIMAL = re.compile(_NUMBER)
_WHOLE = re.compile(_INTEGER)
_BASED = re.compile(r"([-+]?)0(?:x([0-9a-fA-F]+)|o([0-7]+))")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+)")
_ENDLESS = re.compile(r"[-+]?(?:\.?inf|\.?nan|infinity|∞)", re.IGNORECASE)
_CLOCK = re.compile(r"[-+]?[0-9.]+(?::[0-9.]+)+")
_DECIMAL_COMMA = re.compile(r"([-+]?[0-9]+),([0-9]+(?:[eE][-+]?[0-9]+)?)")
_SEVERAL = re.compile(rf"{_NUMBER}(?:(?: *[,;] *| +){_NUMBER})+")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?: [0-9]{3})* 0[0-9]{2}(?: [0-9]{3})*(?:\.[0-9]*)?")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_.]*_[0-9_.]*(?:[eE][-+]?[0-9]+)?")
_WORDS = re.compile(r"[^\W\d][\w ]*")
_DIGITS = re.compile(r"[0-9][\w. ]*")
_NONZERO = re.compile(r"[-+0.]*[1-9]")

_LONGEST_WHOLE = 18
_LONGEST_BASED = 255
_QUOTED_AT_MOST = 60

_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}
_LIKE_TRUTHS: Mapping[str, str] = {
    **dict.fromkeys(("yes", "on", "y", "1", "true"), "true"),
    **dict.fromkeys(("no", "off", "n", "0", "false"), "false"),
}


class Unreadable(Exception):  # noqa: N818, it becomes an error only once it has a place
    """A text that is not what it should be; whoever knows where it stands turns it into a fault."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def number(text: str) -> float:
    """The finite float64 that `text` stands for: a number of YAML 1.2 (`1e-3`, `-.5`, `0x1F`) or a formula.

    A typographic minus counts as one. Raises Unreadable otherwise.

    >>> number("-.5"), number("1/4")
    (-0.5, 0.25)
    """
    written = text.strip().replace("−", "-")
    if _DECIMAL.fullmatch(written):
        _refuse_leading_zero(written)
        return _finite(float(written), written)
    based = _BASED.fullmatch(written)
    if based:
        return _finite(float(_based(based)) if len(written) <= _LONGEST_BASED else math.inf, written)
    _refuse_lookalike(written)
    try:
        from gradcalc.engine.expression import constant  # noqa: PLC0415 - most numbers are no formulas

        return constant(written)
    except ExpressionError as error:
        raise _unreadable(written, error.faults[0]) from None


def whole(text: str) -> int:
    """The whole number that `text` stands for; `3.0`, `1e3` and `true` are none. Raises Unreadable otherwise."""
    written = text.strip().replace("−", "-")
    based = _BASED.fullmatch(written)
    if not based and not _WHOLE.fullmatch(written):
        raise Unreadable(f"{_quoted(text)} is not a whole number", _whole_hint(written))
    _refuse_leading_zero(written)
    if len(written) > _LONGEST_WHOLE:
        raise Unreadable(f"{_quoted(text)} is too large a whole number")
    return _based(based) if based else int(written)


def truth(text: str) -> bool:
    """True or False, of which there is one spelling each. Raises Unreadable otherwise."""
    if text in _TRUTHS:
        return _TRUTHS[text]
    meant = _LIKE_TRUTHS.get(text.lower())
    raise Unreadable(f"{_quoted(text)} is neither true nor false", f"write {meant}" if meant else "use true or false")


def without_numbers(text: str) -> str:
    """What is left of a text once its numbers are taken out: the `e` of `1.5e-6` is no name.

    >>> without_numbers("2.5e-3*z1 + 4")
    '*z + '
    """
    return re.sub(_NUMBER, "", text)


def number_of(node: Node) -> float:
    """`number` of a scalar as it stands in the file: not in quotes, no list, no mapping."""
    _refuse_other_than_plain(node, "a number", _DECIMAL)
    return number(node.text)


def whole_of(node: Node) -> int:
    """`whole` of a scalar as it stands in the file: not in quotes, no list, no mapping."""
    _refuse_other_than_plain(node, "a whole number", _WHOLE)
    return whole(node.text)


def _refuse_other_than_plain(node: Node, expected: str, plain: re.Pattern[str]) -> None:
    if node.kind != "scalar":
        raise Unreadable(f"expected {expected}, found a {node.kind}")
    if node.is_null:
        raise Unreadable(f"expected {expected}, found nothing")
    if node.quoted:
        found = "remove the quotes" if plain.fullmatch(node.text.strip()) else None
        raise Unreadable(f"expected {expected}, found the text {_quoted(node.text)}", found)


def _based(match: re.Match[str]) -> int:
    sign, hexadecimal, octal = match.groups()
    return int(f"{sign}{hexadecimal or octal}", 16 if hexadecimal else 8)


def _finite(value: float, written: str) -> float:
    if math.isinf(value):
        raise Unreadable(f"{_quoted(written)} is too large: a number must be finite")
    if value == 0 and _NONZERO.match(written):
        raise Unreadable(f"{_quoted(written)} is too small to tell from 0", "write 0")
    return value


def _refuse_leading_zero(written: str) -> None:
    match = _LEADING_ZERO.fullmatch(written)
    if match:
        sign, digits = match.groups()
        octal = f" or {sign}0o{digits}" if set(digits) <= set("01234567") and digits != "0" else ""
        raise Unreadable(f"{_quoted(written)} has a leading zero", f"write {sign}{digits}{octal}")


def _refuse_lookalike(written: str) -> None:
    """Refuse what is a number elsewhere, and say how it is written here."""
    if written.lower() in ("", "~", "null"):
        raise Unreadable("expected a number, found nothing")
    if _ENDLESS.fullmatch(written):
        raise Unreadable(f"{_quoted(written)} is not allowed: a number must be finite")
    if _CLOCK.fullmatch(written):
        raise Unreadable(f"{_quoted(written)} is not a number", "is a space missing after ':'?")
    comma = _DECIMAL_COMMA.fullmatch(written)
    if comma:
        hint = f"a decimal comma? write {comma[1]}.{comma[2]}"
        raise Unreadable(f"{_quoted(written)} is not a number", hint if len(hint) < _QUOTED_AT_MOST else None)
    if _UNDERSCORES.fullmatch(written):
        raise Unreadable(f"{_quoted(written)} is not a number", "write it without underscores")
    if _THOUSANDS.fullmatch(written):
        raise Unreadable(f"{_quoted(written)} is not a number", "write it without spaces")
    if _SEVERAL.fullmatch(written):
        raise Unreadable(f"{_quoted(written)} is not one number", _list_hint(written))


def _list_hint(written: str) -> str | None:
    """Several numbers as YAML writes them; rows that a semicolon parts are lists in a list."""
    rows = [f"[{', '.join(row.replace(',', ' ').split())}]" for row in written.split(";")]
    hint = f"a list is written {rows[0] if len(rows) == 1 else '[' + ', '.join(rows) + ']'}"
    return hint if len(hint) < _QUOTED_AT_MOST else None


def _unreadable(written: str, fault: Fault) -> Unreadable:
    """What is wrong with a formula, unless the text was hardly meant as one."""
    if fault.message.startswith(f"{written} "):
        return Unreadable(fault.message, fault.hint)
    from gradcalc.engine.expression import FUNCTIONS  # noqa: PLC0415

    words = _WORDS.fullmatch(written) and written.split(maxsplit=1)[0] not in FUNCTIONS
    digits = _DIGITS.fullmatch(written) and fault.hint is None
    if words or digits:
        return Unreadable(f"{_quoted(written)} is not a number")
    return Unreadable(f"{_quoted(written)} is not a number: {fault.message}", fault.hint)


def _whole_hint(written: str) -> str | None:
    if not _DECIMAL.fullmatch(written):
        return "write it without underscores" if _UNDERSCORES.fullmatch(written) else None
    value = float(written)
    return f"write {int(value)}" if abs(value) < 2**53 and value == int(value) else None


def _quoted(text: str) -> str:
    """The text for a message; of a page of digits its beginning will do."""
    return f"'{text}'" if len(text) <= _QUOTED_AT_MOST else f"'{text[:_QUOTED_AT_MOST]}…'"
