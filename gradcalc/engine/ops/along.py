"""Ops of the last axis, such as softmax, along another one."""

from __future__ import annotations

import ast
from functools import cache

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.op import Array, Op, Option


@cache
def along(op: Op) -> Op:
    """The op with an option `axis` (from 0), for an op of one input that runs along its last axis.

    Its texts are the op's own, read with that axis and the last one exchanged.
    """
    (vjp,) = op.vjps
    (rule,) = op.rules
    if vjp is None or rule is None:
        raise TypeError(f"{op.name} passes nothing back")

    def swap(x: Array, axis: int) -> Array:
        return np.swapaxes(x, axis, -1)

    def share(g: Array, y: Array, x: Array, axis: int) -> Array:
        return swap(vjp(swap(g, axis), swap(y, axis), swap(x, axis)), axis)

    return Op(
        name=op.name,
        args=op.args,
        forward=lambda x, axis: swap(op.forward(swap(x, axis)), axis),
        vjps=(share,),
        formula=_swapped(op.formula),
        rules=(_swapped(rule),),
        pattern=op.pattern,
        doc=op.doc,
        family=op.family,
        options={"axis": Option(None, "the axis that it runs along; none for the last", least=0)},
        flat=op.flat,
        title=op.title,
    )


def _swapped(text: str) -> str:
    names = {name: book.parse(f"swap({name}, axis)") for name in ("x", "y", "g")}
    return f"swap({ast.unparse(book.substitute(book.parse(text), names))}, axis)"
