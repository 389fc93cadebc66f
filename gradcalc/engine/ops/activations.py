"""Activations: what turns a layer's z into its a, each with the slope that it gives the gradient."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Op, Option
from gradcalc.engine.ops import stable
from gradcalc.engine.ops.rows import GATES, MIXES, elementwise, saturated

IDENTITY = elementwise(
    "identity",
    lambda x: x,
    np.ones_like,
    "x",
    "1",
    title="identity",
    aliases=("linear",),
    pattern="distributes: g passes unchanged",
    doc="x and y of the same shape: no activation at all.",
)

SIGMOID = elementwise(
    "sigmoid",
    stable.sigmoid,
    stable.sigmoid_slope,
    "1 / (1 + exp(-x))",
    "y * (1 - y)",
    title="sigmoid",
    aliases=("logistic",),
    flat=saturated("σ"),
    doc="y in (0, 1), the logistic function (Verhulst 1845).",
)

TANH = elementwise(
    "tanh",
    np.tanh,
    stable.tanh_slope,
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    "1 - y**2",
    title="tanh",
    flat=saturated("tanh"),
    doc="y in (−1, 1), the hyperbolic tangent: 2 σ(2x) − 1.",
)

SOFTSIGN = elementwise(
    "softsign",
    lambda x: x / (1 + np.abs(x)),
    lambda x: (1 / (1 + np.abs(x))) ** 2,
    "x / (1 + abs(x))",
    "1 / (1 + abs(x))**2",
    title="softsign",
    flat=saturated("softsign"),
    doc="y in (−1, 1), with tails slower than those of tanh (Turian, Bergstra and Bengio 2009).",
)

HARDTANH = elementwise(
    "hardtanh",
    lambda x, **ends: np.clip(x, ends["min"], ends["max"]),
    lambda x, **ends: (x > ends["min"]) * (x < ends["max"]) * 1.0,
    "max(min, min(max, x))",
    "(x > min) * (x < max)",
    title="hard tanh",
    pattern=GATES,
    flat="hard tanh is flat there and passes nothing back",
    options={"min": Option(-1.0, "lower end"), "max": Option(1.0, "upper end, above the lower one")},
    kinks=lambda x, **ends: (x == ends["min"]) | (x == ends["max"]),
    doc="The slope is 0 on both ends, as in PyTorch (Collobert 2004).",
)

HARDSIGMOID = elementwise(
    "hardsigmoid",
    lambda x: np.clip(x + 3, 0, 6) / 6,
    lambda x: (x > -3) * (x < 3) / 6,
    "min(max(0, x + 3), 6) / 6",
    "(x > -3) * (x < 3) / 6",
    title="hard sigmoid",
    pattern=GATES,
    flat="hard sigmoid is flat there and passes nothing back",
    kinks=lambda x: np.abs(x) == 3,
    doc="The slope at ±3 is 0; x/6 + ½ between them, as in PyTorch (Howard et al. 2019).",
)

LOGSIGMOID = elementwise(
    "logsigmoid",
    stable.log_sigmoid,
    lambda x: stable.sigmoid(-x),
    "log(sigmoid(x))",
    "1 - sigmoid(x)",
    title="log sigmoid",
    flat=saturated("log σ"),
    doc="ln σ(x) = −softplus(−x), at most 0.",
)

STEP = elementwise(
    "step",
    lambda x: (x >= 0) * 1.0,
    np.zeros_like,
    "(x >= 0)",
    "0",
    title="step",
    pattern="blocks: no gradient passes",
    flat="a step is flat and passes nothing back",
    kinks=lambda x: x == 0,
    doc="1 where x ≥ 0, else 0; the slope is 0 everywhere (Heaviside; McCulloch and Pitts 1943).",
)

SIGN = elementwise(
    "sign",
    np.sign,
    np.zeros_like,
    "sign(x)",
    "0",
    title="sign",
    pattern="blocks: no gradient passes",
    flat="sign is flat and passes nothing back",
    kinks=lambda x: x == 0,
    doc="−1, 0 or 1; the slope is 0 everywhere, as in PyTorch.",
)

EXP = elementwise(
    "exp",
    np.exp,
    np.exp,
    "exp(x)",
    "y",
    title="exponential",
    flat="exp is below the smallest number, and so is its slope",
    doc="eˣ, which overflows from x = 709.8 on.",
)

SQUARE = elementwise(
    "square",
    lambda x: x**2,
    lambda x: 2 * x,
    "x**2",
    "2 * x",
    title="square",
    flat="the parabola is level there",
    doc="x².",
)

SIN = elementwise(
    "sin",
    np.sin,
    np.cos,
    "sin(x)",
    "cos(x)",
    title="sine",
    flat="the sine is level there",
    doc="x in radians.",
)

COS = elementwise(
    "cos",
    np.cos,
    lambda x: -np.sin(x),
    "cos(x)",
    "-sin(x)",
    title="cosine",
    flat="the cosine is level there",
    doc="x in radians.",
)


def _softmax_share(g: Array, y: Array, _x: Array) -> Array:
    largest = np.argmax(y, axis=-1)[..., None]
    g = g - np.take_along_axis(g, largest, axis=-1)  # changes nothing but the digits that cancel
    return y * (g - stable.row_sum(g * y))


SOFTMAX = Op(
    name="softmax",
    args=("x",),
    forward=stable.softmax,
    vjps=(_softmax_share,),
    formula="exp(x) / spread(units(exp(x)))",
    rules=("y * (g - spread(units(g * y)))",),
    pattern=MIXES,
    doc="x and y (N, K), over the K units of a sample: its rows are positive and add up to 1 (Bridle 1990).",
    family="activation",
    flat=saturated("softmax"),
    title="softmax",
)

LOG_SOFTMAX = Op(
    name="log_softmax",
    args=("x",),
    forward=stable.log_softmax,
    vjps=(lambda g, _y, x: stable.less_softmax(g, x),),
    formula="x - spread(log(units(exp(x))))",
    rules=("g - exp(y) * spread(units(g))",),
    pattern=MIXES,
    doc="x and y (N, K): the logarithm of softmax, over the K units of a sample.",
    family="activation",
    flat=saturated("log softmax"),
    title="log softmax",
)
