"""JSON for machines that people can compare: keys in the order given, a row of numbers on a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
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
    return _written(_builtin(data), "\n")[0] + "\n"


def dump_line(data: Any, *, ascii: bool = False) -> str:  # noqa: A002 - as the option is called
    """`data` as one line of JSON, with a line end."""
    line = _leaf(data)
    return (_escaped(line, str.isascii) if ascii else line) + "\n"


def _builtin(data: Any) -> Any:
    """`data` in dicts, lists and what has no entries."""
    if isinstance(data, dict):
        return {key: _builtin(value) for key, value in data.items()}
    if hasattr(data, "tolist"):
        return data.tolist()
    if isinstance(data, (list, tuple)):
        return [_builtin(value) for value in data]
    return {key: _builtin(value) for key, value in data.items()} if isinstance(data, Mapping) else data


def _written(data: Any, newline: str) -> tuple[str, int]:
    """The text, and how many entries it has on its line; more than a line has room for where it needs several."""
    if isinstance(data, dict) and data:
        return _object(data, newline)
    if isinstance(data, list) and data:
        return _array(data, newline)
    return _leaf(data), _SHORT + 1 if isinstance(data, dict) else 0 if isinstance(data, list) else 1


def _object(data: dict[Any, Any], newline: str) -> tuple[str, int]:
    """Only a short one stands on one line, and never inside another."""
    inner = newline + "  "
    parts, total = [], 0
    for key, value in data.items():
        text, count = _written(value, inner)
        parts.append(f"{_leaf(str(key))}: {text}")
        total += count
    if newline != "\n" and total <= _SHORT:
        line = "{" + ", ".join(parts) + "}"
        if len(line) <= _LINE:
            return line, _SHORT + 1
    return f"{{{inner}{f',{inner}'.join(parts)}{newline}}}", _SHORT + 1


def _array(data: list[Any], newline: str) -> tuple[str, int]:
    """A row of plain values stands on one line, and so does a small table."""
    count = _count(data)
    if newline != "\n" and (count <= _SHORT or not any(isinstance(item, (list, dict)) for item in data)):
        return _leaf(data), count
    inner = newline + "  "
    return f"[{inner}{f',{inner}'.join([_written(item, inner)[0] for item in data])}{newline}]", _SHORT + 1


def _count(items: list[Any]) -> int:
    """How many entries a nested list has; too many for a line where there is an object among them."""
    total = 0
    for item in items:
        if isinstance(item, dict):
            return _SHORT + 1
        total += _count(item) if isinstance(item, list) else 1
        if total > _SHORT:
            break
    return total


def _leaf(data: Any) -> str:
    """One line of JSON, without signs that a terminal would obey."""
    if type(data) is float and math.isfinite(data):
        return repr(data)
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
