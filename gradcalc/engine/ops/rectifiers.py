"""Rectifiers: activations that let large z through and hold small ones back, from ReLU to its smooth relatives."""

from __future__ import annotations

import math

import numpy as np

from gradcalc.engine.op import Array, Option
from gradcalc.engine.ops import stable
from gradcalc.engine.ops.rows import GATES, elementwise, saturated

RELU = elementwise(
    "relu",
    lambda x: np.maximum(x, 0.0),
    lambda x: x > 0,
    "max(0, x)",
    "(x > 0)",
    title="ReLU",
    pattern=GATES,
    flat="ReLU passes nothing back",
    kinks=lambda x: x == 0,
    doc="The slope at 0 is 0, as in PyTorch (Nair and Hinton 2010).",
)

LEAKY_RELU = elementwise(
    "leaky_relu",
    lambda x, slope: np.where(x > 0, x, slope * x),
    lambda x, slope: np.where(x > 0, 1, slope),
    "where(x > 0, x, slope * x)",
    "where(x > 0, 1, slope)",
    title="leaky ReLU",
    flat="leaky ReLU with slope 0 passes nothing back",
    options={"slope": Option(0.01, "slope where x ≤ 0")},
    kinks=lambda x, slope: (x == 0) & (slope != 1),
    doc="The slope at 0 is that of the left side, as in PyTorch (Maas, Hannun and Ng 2013).",
)

ELU = elementwise(
    "elu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
    "where(x > 0, x, alpha * (exp(x) - 1))",
    "where(x > 0, 1, y + alpha)",
    title="ELU",
    flat=saturated("ELU"),
    options={"alpha": Option(1.0, "y tends to −alpha on the left", least=0)},
    kinks=lambda x, alpha: (x == 0) & (alpha != 1),
    doc="The slope at 0 is alpha, as in PyTorch (Clevert, Unterthiner and Hochreiter 2015).",
)

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

SELU = elementwise(
    "selu",
    lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    lambda x: SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * np.exp(np.minimum(x, 0))),
    f"{SELU_SCALE} * where(x > 0, x, {SELU_ALPHA} * (exp(x) - 1))",
    f"where(x > 0, {SELU_SCALE}, y + {SELU_SCALE} * {SELU_ALPHA})",
    title="SELU",
    flat=saturated("SELU"),
    kinks=lambda x: x == 0,
    doc=(
        f"λ = {SELU_SCALE} and α = {SELU_ALPHA} keep mean 0 and variance 1;"
        " the slope at 0 is λα, as in PyTorch (Klambauer et al. 2017)."
    ),
)

CELU = elementwise(
    "celu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
    lambda x, alpha: np.exp(np.minimum(x, 0) / alpha),
    "max(0, x) + min(0, alpha * (exp(x / alpha) - 1))",
    "where(x > 0, 1, exp(x / alpha))",
    title="CELU",
    flat=saturated("CELU"),
    options={"alpha": Option(1.0, "y tends to −alpha on the left", above=0)},
    doc="Smooth at 0 for every alpha (Barron 2017).",
)

GELU = elementwise(
    "gelu",
    lambda x: x * stable.normal_cdf(x),
    lambda x: stable.normal_cdf(x) + x * stable.normal_pdf(x),
    "x * normal_cdf(x)",
    "normal_cdf(x) + x * normal_pdf(x)",
    title="GELU",
    flat=saturated("GELU"),
    doc="Φ and φ are the standard normal distribution and its density: the exact form (Hendrycks and Gimpel 2016).",
)

GELU_CUBIC = 0.044715
_HALF_ANGLE = f"tanh(sqrt(2 / pi) * (x + {GELU_CUBIC} * x**3))"


def _gelu_angle(x: Array) -> Array:
    return math.sqrt(8 / math.pi) * (x + GELU_CUBIC * x**3)


def _gelu_tanh_slope(x: Array) -> Array:
    inner = np.clip(x, -30, 30)  # beyond it σ' is 0, and its factor would overflow
    speed = math.sqrt(8 / math.pi) * (1 + 3 * GELU_CUBIC * inner**2)
    return stable.sigmoid(_gelu_angle(x)) + inner * stable.sigmoid_slope(_gelu_angle(inner)) * speed


GELU_TANH = elementwise(
    "gelu_tanh",
    lambda x: x * stable.sigmoid(_gelu_angle(x)),
    _gelu_tanh_slope,
    f"x / 2 * (1 + {_HALF_ANGLE})",
    f"(1 + {_HALF_ANGLE}) / 2 + x / 2 * (1 - {_HALF_ANGLE}**2) * sqrt(2 / pi) * (1 + {3 * GELU_CUBIC:g} * x**2)",
    title="GELU, tanh form",
    flat=saturated("GELU"),
    doc="The approximation of GELU by a tanh; it differs from gelu by up to 5e-4 (Hendrycks and Gimpel 2016).",
)

SILU = elementwise(
    "silu",
    lambda x: x * stable.sigmoid(x),
    lambda x: stable.sigmoid(x) + x * stable.sigmoid_slope(x),
    "x / (1 + exp(-x))",
    "y + sigmoid(x) * (1 - y)",
    title="SiLU",
    aliases=("swish",),
    flat=saturated("SiLU"),
    doc="x σ(x) (Elfwing, Uchibe and Doya 2017; as swish Ramachandran, Zoph and Le 2017).",
)

_MISH_GATE = "tanh(log(1 + exp(x)))"

MISH = elementwise(
    "mish",
    lambda x: x * np.tanh(stable.softplus(x)),
    lambda x: np.tanh(stable.softplus(x)) + x * stable.sigmoid(x) * stable.tanh_slope(stable.softplus(x)),
    f"x * {_MISH_GATE}",
    f"{_MISH_GATE} + x * sigmoid(x) * (1 - {_MISH_GATE}**2)",
    title="Mish",
    flat=saturated("Mish"),
    doc="x times the tanh of its softplus (Misra 2019).",
)

SOFTPLUS = elementwise(
    "softplus",
    lambda x, beta: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(beta * x))) / beta,
    lambda x, beta: stable.sigmoid(beta * x),
    "log(1 + exp(beta * x)) / beta",
    "sigmoid(beta * x)",
    title="softplus",
    flat=saturated("softplus"),
    options={"beta": Option(1.0, "sharpness of the bend", above=0)},
    doc="A smooth ReLU, with no threshold beyond which it would be linear (Dugas et al. 2001).",
)

HARDSWISH = elementwise(
    "hardswish",
    lambda x: x * (np.clip(x + 3, 0, 6) / 6),
    lambda x: np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 0.5)),
    "x * min(max(0, x + 3), 6) / 6",
    "(x / 3 + 1 / 2) * (x > -3) * (x < 3) + (x >= 3)",
    title="hard swish",
    flat="hard swish is flat there and passes nothing back",
    kinks=lambda x: np.abs(x) == 3,
    doc="The slope is 0 at −3 and 1 at 3, as in PyTorch (Howard et al. 2019).",
)

RELU6 = elementwise(
    "relu6",
    lambda x: np.clip(x, 0, 6),
    lambda x: (x > 0) * (x < 6) * 1.0,
    "min(max(0, x), 6)",
    "(x > 0) * (x < 6)",
    title="ReLU6",
    pattern=GATES,
    flat="ReLU6 passes nothing back",
    kinks=lambda x: (x == 0) | (x == 6),
    doc="The slope at 0 and at 6 is 0, as in PyTorch (Krizhevsky 2010).",
)
