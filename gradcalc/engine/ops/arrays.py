"""What changes the form of an array and none of its numbers: stretching, taking parts, joining, turning."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from gradcalc.engine import words
from gradcalc.engine.op import Array, Op, Option

REARRANGES = "rearranges: every entry gets its own g"

STRETCH = Op(
    name="stretch",
    args=("x",),
    forward=np.broadcast_to,
    vjps=(lambda g, y, x, shape: words.gather(g, x),),
    formula="stretch(x, shape)",
    rules=("gather(g, x)",),
    pattern="distributes: x gets the sum of g over all places where it is used",
    doc="x repeated to `shape` by NumPy's rules of broadcasting.",
    family="array",
    inline=True,
)

COPY = Op(
    name="copy",
    args=("x",),
    forward=np.copy,
    vjps=(lambda g, y, x: g,),
    formula="x",
    rules=("g",),
    pattern="distributes: g passes unchanged",
    doc="x under another name.",
    family="array",
    inline=True,
)

ONLY = Op(
    name="only",
    args=("x",),
    forward=lambda x: np.reshape(x, ()),
    vjps=(lambda g, y, x: np.reshape(g, x.shape),),
    formula="only(x)",
    rules=("g",),
    pattern=REARRANGES,
    doc="The number of an array that has one entry.",
    family="array",
    inline=True,
)

ENTRY = Op(
    name="entry",
    args=("x",),
    forward=lambda x, key: x[key],
    vjps=(lambda g, y, x, key: words.placed(g, x, key),),
    formula="entry(x, key)",
    rules=("placed(g, x, key)",),
    pattern="selects: the chosen entries get their own g, the others 0",
    doc="An entry of x, or a part of it: `key` has a position (from 0) or a slice for each axis.",
    family="array",
    inline=True,
)

SWAP = Op(
    name="swap",
    args=("x",),
    forward=lambda x, axis: np.swapaxes(x, axis, -1),
    vjps=(lambda g, y, x, axis: np.swapaxes(g, axis, -1),),
    formula="swap(x, axis)",
    rules=("swap(g, axis)",),
    pattern=REARRANGES,
    doc="x with `axis` (from 0) and its last axis exchanged.",
    family="array",
    inline=True,
)


EXPAND = Op(
    name="expand",
    args=("x",),
    forward=np.expand_dims,
    vjps=(lambda g, y, x, axis: np.squeeze(g, axis),),
    formula="expand(x, axis)",
    rules=("squeezed(g, axis)",),
    pattern=REARRANGES,
    doc="x with one more axis, of length 1, at `axis` (from 0).",
    family="array",
    inline=True,
)

ROWS = Op(
    name="rows",
    args=("x", "i"),
    forward=words.rows,
    vjps=(lambda g, y, x, i, base: words.put_rows(g, x, i, base), None),
    formula="rows(x, i, base)",
    rules=("put_rows(g, x, i, base)", None),
    pattern="selects: each row gets the sum of g over all places where it was taken",
    doc="The rows of x that the whole numbers in i name, counted from `base`; no gradient flows to i.",
    family="array",
    inline=True,
)


@cache
def concat(count: int) -> Op:
    """The op that joins `count` arrays along an axis (from 0); numbers are joined as vectors of length 1."""
    args = tuple(f"x{k}" for k in range(1, count + 1))

    def value(*parts: Array, axis: int) -> Array:
        return np.concatenate([np.atleast_1d(part) for part in parts], axis=axis)

    def share(k: int) -> Callable[..., Array]:
        return lambda g, y, *parts, axis: words.part(g, k, axis, *parts)

    return Op(
        name="concat",
        args=args,
        forward=value,
        vjps=tuple(share(k) for k in range(1, count + 1)),
        formula=f"joined(axis, {', '.join(args)})",
        rules=tuple(f"part(g, {k}, axis, {', '.join(args)})" for k in range(1, count + 1)),
        pattern="distributes: each input gets its own part of g",
        doc="Arrays that agree in all axes but `axis` (from 0), one behind the other; numbers are vectors of 1.",
        family="array",
        options={"axis": Option(0, "the axis along which the inputs are joined", least=0)},
    )


CONCAT = concat(2)
