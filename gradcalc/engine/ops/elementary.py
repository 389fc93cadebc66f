"""Elementary functions of numbers that are no activation, on every entry of an array."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from gradcalc.engine.ops.rows import elementwise

_function = partial(elementwise, family="function")

LOG = _function(
    "log",
    np.log,
    lambda x: 1 / x,
    "log(x)",
    "1 / x",
    title="natural logarithm",
    doc="x > 0; the base is e.",
)

LOG2 = _function(
    "log2",
    np.log2,
    lambda x: 1 / (x * math.log(2)),
    "logb(x, 2)",
    "1 / (x * log(2))",
    title="logarithm to base 2",
    doc="x > 0.",
)

LOG10 = _function(
    "log10",
    np.log10,
    lambda x: 1 / (x * math.log(10)),
    "logb(x, 10)",
    "1 / (x * log(10))",
    title="logarithm to base 10",
    doc="x > 0.",
)

SQRT = _function(
    "sqrt",
    np.sqrt,
    lambda x: 1 / (2 * np.sqrt(x)),
    "sqrt(x)",
    "1 / (2 * y)",
    title="square root",
    doc="x ≥ 0; there is no slope at 0.",
)

ABS = _function(
    "abs",
    np.abs,
    np.sign,
    "abs(x)",
    "sign(x)",
    title="absolute value",
    pattern="gates: g with the sign of x",
    flat="the slope of |x| at 0 is 0 here",
    kinks=lambda x: x == 0,
    doc="The slope at 0 is 0, as in PyTorch.",
)

TAN = _function(
    "tan",
    np.tan,
    lambda x: 1 / np.cos(x) ** 2,
    "tan(x)",
    "1 + y**2",
    title="tangent",
    doc="x in radians.",
)

ARCSIN = _function(
    "arcsin",
    np.arcsin,
    lambda x: 1 / np.sqrt((1 - x) * (1 + x)),
    "arcsin(x)",
    "1 / sqrt(1 - x**2)",
    title="inverse sine",
    doc="x from −1 to 1, y in radians; there is no slope at the ends.",
)

ARCCOS = _function(
    "arccos",
    np.arccos,
    lambda x: -1 / np.sqrt((1 - x) * (1 + x)),
    "arccos(x)",
    "-1 / sqrt(1 - x**2)",
    title="inverse cosine",
    doc="x from −1 to 1, y in radians; there is no slope at the ends.",
)

ARCTAN = _function(
    "arctan",
    np.arctan,
    lambda x: 1 / (1 + x**2),
    "arctan(x)",
    "1 / (1 + x**2)",
    title="inverse tangent",
    doc="y in radians.",
)

SINH = _function(
    "sinh",
    np.sinh,
    np.cosh,
    "sinh(x)",
    "cosh(x)",
    title="hyperbolic sine",
    doc="(eˣ − e⁻ˣ)/2.",
)

COSH = _function(
    "cosh",
    np.cosh,
    np.sinh,
    "cosh(x)",
    "sinh(x)",
    title="hyperbolic cosine",
    flat="the hyperbolic cosine is level there",
    doc="(eˣ + e⁻ˣ)/2.",
)
