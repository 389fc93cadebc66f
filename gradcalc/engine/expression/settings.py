"""What is written in the places where no quantity can stand: positions, axes, slices, the values of keywords."""

from __future__ import annotations

import ast
from collections.abc import Collection

from gradcalc.engine.expression.constant import evaluate
from gradcalc.engine.expression.tree import Formula
from gradcalc.engine.expression.writer import ANY, Operand, Writer, sides
from gradcalc.engine.op import Option
from gradcalc.errors import ExpressionError

Key = tuple[int | slice | list[int], ...]

_TRUTHS = {"true": True, "false": False}


def whole(node: ast.expr, formula: Formula, what: str) -> int:
    """A whole number that stands there as such."""
    if any(isinstance(part, ast.Name) for part in ast.walk(node)):
        raise formula.error(f"{what} is a whole number that is written out, not {formula.piece(node)}", node)
    value = evaluate(formula, node)
    if not value.is_integer():
        raise formula.error(f"{what} is a whole number, not {formula.piece(node)}", node)
    return int(value)


def word(node: ast.expr, formula: Formula, what: str, known: Collection[str]) -> str:
    """One of a few words."""
    if isinstance(node, ast.Name) and node.id in known:
        return node.id
    raise formula.error(f"{what} is {' or '.join(known)}, not {formula.piece(node)}", node)


def truth(node: ast.expr, formula: Formula, name: str) -> bool:
    """true or false."""
    given = node.id.lower() if isinstance(node, ast.Name) else ""
    if given not in _TRUTHS:
        raise formula.error(f"{name} is true or false, not {formula.piece(node)}", node)
    return _TRUTHS[given]


def pair(node: ast.expr, formula: Formula, name: str) -> tuple[int, int]:
    """Two whole numbers from 1, of rows and of columns, or one for both."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node, node]
    if len(parts) != 2:
        raise formula.error(f"{name} is one number or two, not {formula.piece(node)}", node, f"such as {name}=(1, 2)")
    rows, columns = (whole(part, formula, name) for part in parts)
    if min(rows, columns) < 1:
        raise formula.error(f"{name} must be at least 1, not {formula.piece(node)}", node)
    return rows, columns


def option(node: ast.expr, formula: Formula, name: str, row: Option) -> float | bool:
    """The value of an option of the table, within its bounds."""
    if isinstance(row.default, bool):
        return truth(node, formula, name)
    value = evaluate(formula, node)
    bounds = (
        ("above", row.above, row.above is None or value > row.above),
        ("at least", row.least, row.least is None or value >= row.least),
        ("below", row.below, row.below is None or value < row.below),
        ("at most", row.most, row.most is None or value <= row.most),
    )
    for told, bound, holds in bounds:
        if not holds:
            raise formula.error(f"{name} must be {told} {bound:g}, not {formula.piece(node)}", node)
    return value


def axis(node: ast.expr, x: Operand, writer: Writer) -> int:
    """The axis of x that is meant, counted from 0; it is written in the problem's way of counting."""
    number, base = whole(node, writer.formula, "an axis"), writer.base
    refuse_any(node, x, writer)
    if not base <= number < base + len(x.shape):
        axes = f"the axes {base} to {base + len(x.shape) - 1}" if len(x.shape) > 1 else f"the axis {base}"
        has = axes if x.shape else "no axis"
        raise writer.formula.error(
            f"there is no axis {number}: {writer.told(x)} is {sides(x.shape)}, it has {has}", node
        )
    return number - base


def refuse_any(node: ast.expr, x: Operand, writer: Writer) -> None:
    """Raise an ExpressionError where an axis is counted that nobody knows."""
    if x.shape == ANY:
        raise writer.formula.error(f"{writer.told(x)} is {sides(x.shape)}: there is no axis to count", node)


def key(node: ast.Subscript, x: Operand, writer: Writer) -> Key:
    """The positions, lists of them and slices of an index, counted from 0 as NumPy's are.

    Written with base 1, a slice includes both its ends; with base 0, it is Python's.
    """
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if len(parts) > len(x.shape):
        count = f"{len(parts)} {'index' if len(parts) == 1 else 'indices'}"
        raise writer.formula.error(f"{count} for {writer.told(x)}, which is {sides(x.shape)}", node)
    lists = [part for part in parts if isinstance(part, ast.List)]
    if len(lists) > 1:
        raise writer.formula.error("only one axis can have a list of positions", lists[1])
    return tuple(_one(part, side, x, writer) for part, side in zip(parts, x.shape, strict=False))


def _one(part: ast.expr, side: int, x: Operand, writer: Writer) -> int | slice | list[int]:
    if isinstance(part, ast.List):
        return [_position(one, side, x, writer) for one in part.elts]
    if not isinstance(part, ast.Slice):
        return _position(part, side, x, writer)
    first = _position(part.lower, side, x, writer) if part.lower else 0
    stop = _position(part.upper, side, x, writer, past=writer.base == 0) if part.upper else side - writer.base
    step = whole(part.step, writer.formula, "the step of a slice") if part.step else 1
    end = stop + writer.base
    if step < 1 or end <= first:
        what = "takes nothing" if step > 0 else "goes backwards"
        raise writer.formula.error(f"the slice {writer.formula.piece(part)} {what}", part)
    return slice(first if part.lower else None, end if part.upper else None, step if part.step else None)


def _position(node: ast.expr, side: int, x: Operand, writer: Writer, *, past: bool = False) -> int:
    """A position from 0; `past` allows that behind the last one."""
    number, base, last = whole(node, writer.formula, "an index"), writer.base, side - 1
    if base <= number <= last + base + past:
        return number - base
    raise _outside(node, number, side, x, writer)


def _outside(node: ast.expr, number: int, side: int, x: Operand, writer: Writer) -> ExpressionError:
    base = writer.base
    what = "a negative index is refused" if number < 0 else f"there is no index {number}"
    return writer.formula.error(f"{what}: {writer.told(x)} counts from {base} to {side - 1 + base} there", node)
