"""CSV by RFC 4180, in long form; a text in it is never a formula of a spreadsheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from gradcalc.show.safe import safe_text

# What a spreadsheet takes for the start of a formula, the full-width forms included.
_OBEYED = tuple("=+-@\t\r＝＋－＠")


def dumps(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A header and rows, with LF line ends; texts guarded, numbers by `repr`, None as an empty cell.

    >>> print(dumps(["quantity", "value"], [["=1+1", -0.5], ["a,b", None]]), end="")
    quantity,value
    '=1+1,-0.5
    "a,b",
    """
    return "".join(",".join(map(_cell, row)) + "\n" for row in (header, *rows))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return ""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _text(text: str) -> str:
    safe = safe_text(text)
    if text.startswith(_OBEYED):
        safe = "'" + safe
    return '"' + safe.replace('"', '""') + '"' if "," in safe or '"' in safe else safe
