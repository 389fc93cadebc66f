"""Functions of images that a formula may call: what slides over them, with its steps and what it does at the rim."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.writer import Operand
from gradcalc.engine.op import Op
from gradcalc.engine.ops.images import AVG_POOL2D, CONV2D, MAX_POOL2D
from gradcalc.engine.windows import Pair, Window, same


def sliding() -> Mapping[str, Function]:
    """The rows of the table of functions."""
    pools = {
        op.name: Function(partial(_pool, op), 1, 2, ("size", "stride", "padding")) for op in (MAX_POOL2D, AVG_POOL2D)
    }
    return {CONV2D.name: Function(_convolution, 2, 2, ("stride", "padding")), **pools}


def _convolution(call: Call) -> Operand:
    x, w = call.args
    if len(x.shape) != 4 or len(w.shape) != 4:
        raise call.misfit("but conv2d needs an image N,H,W,C and a kernel row,column,in,out", "four axes each")
    if x.shape[3] != w.shape[2]:
        raise call.misfit(f"the image has {x.shape[3]} channels, the kernel takes {w.shape[2]}")
    window = _window(call, w.shape[:2], call.pair("stride") or (1, 1))
    return call.step(CONV2D, [x, w], (x.shape[0], *window.outputs(_sides(x)), w.shape[3]), {"window": window})


def _pool(op: Op, call: Call) -> Operand:
    """`max_pool2d(x, 2)` or `max_pool2d(x, size=(2, 3))`; the windows stand side by side if no stride is given."""
    x = call.args[0]
    if len(x.shape) != 4:
        raise call.misfit(f"but {call.name} needs an image N,H,W,C", "four axes")
    size = _size(call)
    window = _window(call, size, call.pair("stride") or size)
    return call.step(op, [x], (x.shape[0], *window.outputs(_sides(x)), x.shape[3]), {"window": window})


def _size(call: Call) -> Pair:
    formula, given = call.writer.formula, call.pair("size")
    if (given is None) == (len(call.args) < 2):
        hint = f"write {call.name}(x, 2) or {call.name}(x, size=(2, 3))"
        raise formula.error(f"{call.name} needs the size of its window, once", call.node, hint)
    if given is not None:
        return given
    node, side = call.node.args[1], call.args[1]
    number = float(side.value) if side.constant and side.value is not None and side.shape == () else 0.0
    if not number.is_integer() or number < 1:
        raise formula.error(f"the size of a window is a whole number, not {formula.piece(node)}", node)
    return int(number), int(number)


def _window(call: Call, size: Pair, stride: Pair) -> Window:
    """The window with its padding; as many windows as stand in the image, at least one."""
    x = call.args[0]
    if call.word("padding", ("valid", "same")) == "same":
        return same(size, stride, _sides(x))
    if any(k > n for k, n in zip(size, _sides(x), strict=True)):
        message = f"a window of {size[0]}×{size[1]} does not fit into {call.writer.told(x)}, which is {_told(x)}"
        raise call.writer.formula.error(message, call.node, "padding=same lets it stand over the rim")
    return Window(size, stride)


def _sides(x: Operand) -> Pair:
    height, width = x.shape[1:3]
    return height, width


def _told(x: Operand) -> str:
    return "{}×{}".format(*_sides(x))
