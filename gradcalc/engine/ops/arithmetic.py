"""Arithmetic: what the z of a layer is made of."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Form, Op


def _over_samples(g: Array) -> Array:
    """Σ over the first axis."""
    total: Array = g[0] if len(g) == 1 else np.add.reduce(g)
    return total


# where matrices are small, `p.dot(q)` is `p @ q` in half the time, and `x + b[None]` is `x + b`

LINEAR = Op(
    name="linear",
    args=("x", "W"),
    forward=lambda x, W: x.dot(W.T),
    vjps=(lambda g, y, x, W: g.dot(W), lambda g, y, x, W: g.T.dot(x)),
    formula="x @ W.T",
    rules=("g @ W", "g.T @ x"),
    column=Form("W @ x", ("W.T @ g", "g @ x.T")),
    pattern="switches: x gets g through W, W gets g times x",
    doc="x (N, in), W (out, in), y (N, out): row i of W holds the weights into unit i.",
    inline=True,
)

LINEAR_IN_OUT = Op(
    name="linear_in_out",
    args=("x", "W"),
    forward=lambda x, W: x.dot(W),
    vjps=(lambda g, y, x, W: g.dot(W.T), lambda g, y, x, W: x.T.dot(g)),
    formula="x @ W",
    rules=("g @ W.T", "x.T @ g"),
    column=Form("W.T @ x", ("W @ g", "x @ g.T")),
    pattern="switches: x gets g through W, W gets g times x",
    doc="x (N, in), W (in, out), y (N, out): W[j, k] leads from unit j to unit k.",
    inline=True,
)

ADD_BIAS = Op(
    name="add_bias",
    args=("x", "b"),
    forward=lambda x, b: x + b[None],
    vjps=(lambda g, y, x, b: g, lambda g, y, x, b: _over_samples(g)),
    formula="x + b",
    rules=("g", "samples(g)"),
    column=Form("x + b", ("g", "g")),
    pattern="distributes: x gets g unchanged, b gets g summed over the samples",
    doc="x (N, out), b (out,): the same bias is added to every sample.",
    inline=True,
)

ADD_SHARED_BIAS = Op(
    name="add_shared_bias",
    args=("x", "b"),
    forward=lambda x, b: x + b,
    vjps=(lambda g, y, x, b: g, lambda g, y, x, b: g.sum()),
    formula="x + b",
    rules=("g", "total(g)"),
    column=Form("x + b", ("g", "total(g)")),
    pattern="distributes: x gets g unchanged, b gets g summed over samples and units",
    doc="x (N, out), b (): one number is added to every unit of every sample.",
    inline=True,
)

ADD = Op(
    name="add",
    args=("p", "q"),
    forward=lambda p, q: p + q,
    vjps=(lambda g, y, p, q: g, lambda g, y, p, q: g),
    formula="p + q",
    rules=("g", "g"),
    pattern="distributes: each input gets g unchanged",
    doc="p and q of the same shape.",
    inline=True,
)

BIAS_FIRST = Op(
    name="bias_first",
    args=("x",),
    forward=lambda x: np.concatenate([np.ones((*x.shape[:-1], 1)), x], axis=-1),
    vjps=(lambda g, y, x: g[..., 1:],),
    formula="one_before(x)",
    rules=("tail(g)",),
    pattern="selects: x gets its own part of g, the constant 1 gets nothing",
    doc="x (N, in), y (N, 1 + in): a 1 in front of each sample, for weights that carry the bias in their first column.",
    inline=True,
)

BIAS_LAST = Op(
    name="bias_last",
    args=("x",),
    forward=lambda x: np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1),
    vjps=(lambda g, y, x: g[..., :-1],),
    formula="one_after(x)",
    rules=("init(g)",),
    pattern="selects: x gets its own part of g, the constant 1 gets nothing",
    doc="x (N, in), y (N, in + 1): a 1 behind each sample, for weights that carry the bias in their last column.",
    inline=True,
)
