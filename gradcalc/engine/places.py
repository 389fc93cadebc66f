"""Where in an array an entry is, as it stands in brackets behind a name: `[1,2]`, `[h,m]`, `[2:3]`."""

from __future__ import annotations

import ast
from typing import Any

from gradcalc.engine.looks import Looks


def places(index: ast.expr, looks: Looks) -> str:
    """The indices of an entry: letters, positions counted from the base, a dot for all along an axis."""
    match index:
        case ast.Tuple(elts=parts):
            return ",".join(places(part, looks) for part in parts)
        case ast.Slice(lower=None, upper=None):
            return "·"
        case ast.Slice(lower=lower, upper=upper):
            return f"{places(lower, looks) if lower else ''}:{looks.piece(upper).text if upper else ''}"
        case ast.Constant(value=int() as place):
            return str(place + looks.style.base)
        case ast.Name(id=letter):
            return letter
        case ast.BinOp(left=ast.Name(id=letter), right=ast.Constant(value=int() as more)):
            return f"{letter}+{more}"
    return looks.piece(index).text


def position(tree: ast.expr, base: int) -> str:
    """A position, or one for each axis; a slice includes both its ends where people count from 1."""
    key = tree.value if isinstance(tree, ast.Constant) else None
    if not isinstance(key, int | tuple):
        return "k"
    return ",".join(_along(part, base) for part in (key if isinstance(key, tuple) else (key,)))


def _along(part: Any, base: int) -> str:
    """A position along one axis, or several."""
    match part:
        case slice(start=start, stop=stop, step=step):
            return f"{'' if start is None else start + base}:{stop or ''}{f':{step}' if step else ''}"
        case list():
            return f"[{','.join(str(one + base) for one in part)}]"
    return str(int(part) + base)
