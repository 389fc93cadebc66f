"""Reductions: how the losses of outputs and samples become one number, and what a penalty adds to it."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form, Op


def _over_outputs(attrs: Attrs) -> Form:
    inner = "only_unit(x)" if attrs["count"] == 1 else "units(x)"
    return Form(_divided(inner, attrs), (_divided("spread(g)", attrs),))


def _over_samples(attrs: Attrs) -> Form:
    return Form(_divided("only(x)" if attrs["count"] == 1 else "samples(x)", attrs), (_divided("g", attrs),))


def _divided(text: str, attrs: Attrs) -> str:
    return text if attrs["divisor"] == 1 else f"{text} / divisor"


def _over(x: Array, divisor: float) -> Array:
    return x if divisor == 1 else x / divisor


def _spread(g: Array, x: Array, count: int) -> Array:
    """g, with one entry along an axis where x has `count` of them, in the shape of x."""
    return g if count == 1 else g + np.zeros(x.shape)


OVER_OUTPUTS = Op(
    name="over_outputs",
    args=("x",),
    forward=lambda x, count, divisor: _over(x[:, 0] if count == 1 else np.add.reduce(x, axis=-1), divisor),
    vjps=(lambda g, y, x, count, divisor: _spread(_over(g, divisor)[:, None], x, count),),
    formula="units(x) / divisor",
    rules=("spread(g) / divisor",),
    form_for=_over_outputs,
    pattern="distributes: each output gets g over the divisor",
    doc="x (N, K), y (N,): the outputs of a sample added up; `count` is K, `divisor` 1 for a sum, K for a mean.",
    family="reduction",
    inline=True,
)

OVER_SAMPLES = Op(
    name="over_samples",
    args=("x",),
    forward=lambda x, count, divisor: _over(x[0] if count == 1 else np.add.reduce(x), divisor),
    vjps=(lambda g, y, x, count, divisor: _spread(_over(g, divisor)[None], x, count),),
    formula="samples(x) / divisor",
    rules=("g / divisor",),
    form_for=_over_samples,
    pattern="distributes: each sample gets g over the divisor",
    doc="x (N,), y (): the samples added up; `count` is N, `divisor` 1 for a sum, N for a mean.",
    family="reduction",
    inline=True,
)

WEIGHTED_SAMPLES = Op(
    name="weighted_samples",
    args=("x", "s"),
    forward=lambda x, s, divisor: (s * x).sum() / divisor,
    vjps=(lambda g, y, x, s, divisor: g * s / divisor, lambda g, y, x, s, divisor: g * x / divisor),
    formula="samples(s * x) / divisor",
    rules=("g * s / divisor", "g * x / divisor"),
    form_for=lambda attrs: Form(_divided("samples(s * x)", attrs), tuple(_divided(f"g * {n}", attrs) for n in "sx")),
    pattern="scales: each sample gets g times its weight over the divisor",
    doc="x and s (N,), y (): `divisor` is 1 for a sum, N for a mean, Σ s for a weighted mean.",
    family="reduction",
    inline=True,
)

DIVIDED = Op(
    name="divided",
    args=("x",),
    forward=lambda x, divisor: x / divisor,
    vjps=(lambda g, y, x, divisor: g / divisor,),
    formula="x / divisor",
    rules=("g / divisor",),
    pattern="scales: x gets g over the divisor",
    doc="x of any shape: the loss of a sample over its number of outputs.",
    family="reduction",
    inline=True,
)

PENALTY_L2 = Op(
    name="penalty_l2",
    args=("W",),
    forward=lambda W, factor: factor * (W**2).sum(),
    vjps=(lambda g, y, W, factor: g * 2 * factor * W,),
    formula="factor * total(W**2)",
    rules=("g * 2 * factor * W",),
    pattern="scales: each weight gets 2 · factor · itself",
    doc="W of any shape, y (): factor · Σ w² (ridge penalty).",
    family="penalty",
    inline=True,
)

PENALTY_HALF_L2 = Op(
    name="penalty_half_l2",
    args=("W",),
    forward=lambda W, factor: factor / 2 * (W**2).sum(),
    vjps=(lambda g, y, W, factor: g * factor * W,),
    formula="factor / 2 * total(W**2)",
    rules=("g * factor * W",),
    pattern="scales: each weight gets factor · itself",
    doc="W of any shape, y (): factor/2 · Σ w² (weight decay).",
    family="penalty",
    inline=True,
)

PENALTY_L1 = Op(
    name="penalty_l1",
    args=("W",),
    forward=lambda W, factor: factor * np.abs(W).sum(),
    vjps=(lambda g, y, W, factor: g * factor * np.sign(W),),
    formula="factor * total(abs(W))",
    rules=("g * factor * sign(W)",),
    kinks=lambda W, factor: W == 0,
    pattern="scales: each weight gets factor · its sign",
    doc="W of any shape, y (): factor · Σ |w| (lasso penalty); the slope at 0 is 0.",
    family="penalty",
    title="the L1 penalty",
    inline=True,
)


def _without(name: str, formula: str, rule: str, take: tuple[slice, ...], pad: tuple[tuple[int, int], ...]) -> Op:
    def cut(W: Array) -> Array:
        return W[take]

    return Op(
        name=name,
        args=("W",),
        forward=cut,
        vjps=(lambda g, y, W: np.pad(g, pad),),
        formula=formula,
        rules=(rule,),
        pattern="selects: the weights get their own part of g, the bias column gets 0",
        doc="W (out, in) or (in, out) without the biases that it carries, for penalties on the weights alone.",
        family="penalty",
        inline=True,
    )


_ALL, _TAIL, _INIT = slice(None), slice(1, None), slice(None, -1)

# by layout and place of the bias column
WITHOUT_BIAS = {
    ("out_in", "first"): _without("without_first", "tail(W)", "zero_before(g)", (_ALL, _TAIL), ((0, 0), (1, 0))),
    ("out_in", "last"): _without("without_last", "init(W)", "zero_after(g)", (_ALL, _INIT), ((0, 0), (0, 1))),
    ("in_out", "first"): _without("without_top", "tail(W.T).T", "zero_before(g.T).T", (_TAIL, _ALL), ((1, 0), (0, 0))),
    ("in_out", "last"): _without("without_bottom", "init(W.T).T", "zero_after(g.T).T", (_INIT, _ALL), ((0, 1), (0, 0))),
}

PENALTIES = {"l2": PENALTY_L2, "half_l2": PENALTY_HALF_L2, "l1": PENALTY_L1}
