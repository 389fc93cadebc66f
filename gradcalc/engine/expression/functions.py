"""The functions that a formula may call, by the names that they are called by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.losses import keywords_of, loss
from gradcalc.engine.expression.sliding import sliding
from gradcalc.engine.expression.writer import ANY, Operand, Shape, count
from gradcalc.engine.op import Op
from gradcalc.engine.ops import ACTIVATIONS, LOSSES, elementary, folds, pairs, products, rows
from gradcalc.engine.ops.along import along
from gradcalc.engine.ops.arrays import EXPAND, STRETCH, concat


def _entry_by_entry(op: Op, call: Call) -> Operand:
    (x,) = call.args
    return call.step(op, [x], x.shape, call.options(op))


def _along(op: Op, call: Call) -> Operand:
    """softmax and its like, along the last axis or the one that is named."""
    (x,) = call.args
    if not x.shape:
        raise call.misfit(f"but {call.name} needs a vector")
    last = len(x.shape) - 1
    axis = call.axis(x, last)
    if axis == last:
        return call.step(op, [x], x.shape)
    return call.step(along(op), [x], x.shape, {"axis": axis})


def _fold(op: Op, call: Call) -> Operand:
    """A function of the whole array, or of its lines along one axis, which stays with the length 1 if that is asked."""
    x, axis = call.args[0], call.axis(call.args[0])
    shape = () if axis is None else (*x.shape[:axis], *x.shape[axis + 1 :])
    if call.truth("keepdims"):
        folded = _folded(op, call, axis, shape, "fold")
        if axis is None:
            ones = (1,) * len(x.shape)
            return call.step(STRETCH, [folded], ones, {"shape": ones})
        return call.step(EXPAND, [folded], (*x.shape[:axis], 1, *x.shape[axis + 1 :]), {"axis": axis})
    return _folded(op, call, axis, shape)


def _folded(op: Op, call: Call, axis: int | None, shape: Shape, mark: str = "") -> Operand:
    x = call.args[0]
    attrs: dict[str, Any] = {**{key: row.default for key, row in op.options.items()}, "axis": axis}
    if "split" in attrs:
        attrs["split"] = call.word("ties", ("first", "split")) == "split"
    if op is folds.MEAN:
        attrs["count"] = count(x.shape if axis is None else (x.shape[axis],))
    return call.step(op, [x], shape, attrs, mark)


def _extreme(of_one: Op, of_two: Op, call: Call) -> Operand:
    """`max(a)` and `max(a, axis=…)` reduce, `max(a, b)` is elementwise."""
    if len(call.args) == 1:
        return _fold(of_one, call)
    for word in ("axis", "keepdims"):
        if word in call.settings:
            raise call.writer.formula.error(f"{call.name} of two arrays has no {word}", call.settings[word])
    shape = call.writer.common(call.node, call.args)
    split = call.word("ties", ("first", "split")) == "split"
    return call.step(of_two, call.writer.stretched(call.args, shape), shape, {"split": split})


def _where(call: Call) -> Operand:
    shape = call.writer.common(call.node, call.args)
    return call.step(pairs.WHERE, call.writer.stretched(call.args, shape), shape)


def _dot(call: Call) -> Operand:
    p, q = call.args
    if len(p.shape) != 1 or (p.shape != q.shape and ANY not in (p.shape, q.shape)):
        raise call.misfit("but dot needs two vectors of the same length", "matrices are multiplied by @")
    return call.step(products.DOT, call.args, ())


def _outer(call: Call) -> Operand:
    p, q = call.args
    if len(p.shape) != 1 or len(q.shape) != 1:
        raise call.misfit("but outer needs two vectors")
    return call.step(products.OUTER, call.args, ANY if ANY in (p.shape, q.shape) else (*p.shape, *q.shape))


def _concat(call: Call) -> Operand:
    if any(x.shape == ANY for x in call.args):
        raise call.misfit("and what is joined must have a shape")
    shapes = [x.shape or (1,) for x in call.args]
    axis = call.axis(call.args[0]._replace(shape=shapes[0]), 0) or 0
    rests = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    if len(rests) > 1 or len({len(shape) for shape in shapes}) > 1:
        raise call.misfit("they can't be joined")
    shape = (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])
    return call.step(concat(len(call.args)), call.args, shape, {"axis": axis})


def _table() -> dict[str, Function]:
    table: dict[str, Function] = {}
    for name, op in [*ACTIVATIONS.items(), *((op.name, op) for op in rows(elementary))]:
        if op.elementwise:
            table[name] = Function(partial(_entry_by_entry, op), settings=tuple(op.options))
        else:
            table[name] = Function(partial(_along, op), settings=("axis",))
    for op in (folds.SUM, folds.MEAN, folds.PROD, folds.NORM):
        table[op.name] = Function(partial(_fold, op), settings=("axis", "keepdims"))
    for one, two in ((folds.MAX, pairs.MAXIMUM), (folds.MIN, pairs.MINIMUM)):
        table[one.name] = Function(partial(_extreme, one, two), most=2, settings=("axis", "keepdims", "ties"))
    table["dot"] = Function(_dot, 2, 2)
    table["outer"] = Function(_outer, 2, 2)
    table["where"] = Function(_where, 3, 3)
    table["concat"] = Function(_concat, 1, None, ("axis",))
    table |= sliding()
    for name, row in LOSSES.items():
        table[name] = Function(partial(loss, row), 2, 2, keywords_of(row))
    return table


FUNCTIONS: Mapping[str, Function] = _table()

# what other books and programs call them
OTHER_NAMES: Mapping[str, str] = {
    "σ": "sigmoid",
    "ln": "log",
    "lg": "log10",
    "ld": "log2",
    "tg": "tan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "absolute": "abs",
    "average": "mean",
    "concatenate": "concat",
    "maximum": "max",
    "minimum": "min",
    "product": "prod",
    "total": "sum",
    "Σ": "sum",
    "Π": "prod",
    "conv": "conv2d",
    "convolve": "conv2d",
    "correlate": "conv2d",
    "maxpool": "max_pool2d",
    "max_pool": "max_pool2d",
    "avgpool": "avg_pool2d",
    "avg_pool": "avg_pool2d",
}
