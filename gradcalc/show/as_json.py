"""JSON for machines that people can compare: keys in the order given, a row of numbers on a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

# An array or an object up to so many entries stands on one line, an object only if the line is not too long.
_SHORT, _LINE = 12, 96

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def dumps(data: Any) -> str:
    """`data` as one JSON text, in UTF-8, with a line end.

    Floats are written by `repr`, so that they come back as they were; those that are not finite as the strings
    "NaN", "Infinity" and "-Infinity". NumPy's arrays and numbers become lists and numbers.

    >>> print(dumps({"loss": 0.1 + 0.2, "W": [[1, 2], [3, float("nan")]], "none": {}}), end="")
    {
      "loss": 0.30000000000000004,
      "W": [[1, 2], [3, "NaN"]],
      "none": {}
    }
    """
    return "".join(_pieces(data, "\n")) + "\n"


def dump_line(data: Any, *, ascii: bool = False) -> str:  # noqa: A002 - as the option is called
    """`data` as one line of JSON, with a line end."""
    line = _leaf(data)
    return (_escaped(line, str.isascii) if ascii else line) + "\n"


def _pieces(data: Any, newline: str) -> Iterator[str]:
    if hasattr(data, "tolist"):
        data = data.tolist()
    if not isinstance(data, (Mapping, list, tuple)) or (newline != "\n" and _fits_a_line(data)) or not data:
        yield _leaf(data)
    elif isinstance(data, Mapping):
        yield from _block("{", ((f"{_leaf(str(key))}: ", value) for key, value in data.items()), newline, "}")
    else:
        yield from _block("[", (("", value) for value in data), newline, "]")


def _block(opening: str, parts: Iterator[tuple[str, Any]], newline: str, closing: str) -> Iterator[str]:
    inner = newline + "  "
    comma = opening
    for key, value in parts:
        yield f"{comma}{inner}{key}"
        yield from _pieces(value, inner)
        comma = ","
    yield newline + closing


def _fits_a_line(data: Any) -> bool:
    """Whether it is a list of plain values, or small."""
    if isinstance(data, Mapping):
        return _count(data.values()) <= _SHORT and len(_leaf(data)) <= _LINE
    return not any(map(_has_entries, data)) or _count(data) <= _SHORT


def _has_entries(data: Any) -> bool:
    return isinstance(data, (list, tuple, Mapping)) or hasattr(data, "tolist")


def _count(items: Iterable[Any]) -> int:
    """How many entries a nested list has; too many for a line where there is a mapping among them."""
    total = 0
    for item in items:
        inner = item.tolist() if hasattr(item, "tolist") else item
        if isinstance(inner, Mapping):
            return _SHORT + 1
        total += _count(inner) if isinstance(inner, (list, tuple)) else 1
        if total > _SHORT:
            break
    return total


def _leaf(data: Any) -> str:
    """One line of JSON, without signs that a terminal would obey."""
    try:
        text = _encode(data)
    except (TypeError, ValueError):
        text = _encode(_plain(data))
    return text if text.isprintable() else _escaped(text, str.isprintable)


def _escaped(text: str, good: Callable[[str], bool]) -> str:
    return "".join(sign if good(sign) else json.dumps(sign)[1:-1] for sign in text)


def _plain(data: Any) -> Any:
    """`data` with NumPy's types and the numbers that JSON does not know replaced."""
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
    return data
