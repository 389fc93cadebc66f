"""Networks evaluated a second time, from the definitions of the product page, and differentiated by HIPS autograd.

Nothing of gradcalc is imported. A network is run in several copies at once, along a leading axis: the first is exact,
in the others every number is off by a random part of itself, on the way forward and on the way back. How far an entry
moves is the size of the terms that it is a sum of, and rounding can't be blamed for more than a few units in the last
place of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import autograd.numpy as np
import numpy as onp  # noqa: ICN001  autograd's own name for it
from autograd.core import VJPNode, add_outgrads
from autograd.extend import defvjp, primitive
from autograd.tracer import getval, new_box, notrace_primitives, register_notrace, trace_stack
from autograd.util import toposort

COPIES = 7
WOBBLE = 2.0**-20
_PARTS = 1 + onp.random.default_rng(0).uniform(-WOBBLE, WOBBLE, 1 << 16)

Options = Mapping[str, Any]


class Named(NamedTuple):
    """An activation or a loss with the options that differ from its defaults."""

    name: str
    options: Options = MappingProxyType({})


class Layer(NamedTuple):
    """A layer as it is written; `activations` has one for all units or one for each, `column` tells a folded bias."""

    activations: tuple[Named, ...]
    weights: Any = None
    bias: Any = None
    shared: bool = False
    column: str | None = None


class Net(NamedTuple):
    """A network with all its numbers; `input` and `target` are (units,) for a single sample, (N, units) for a batch."""

    input: Any
    target: Any
    loss: Named
    layers: tuple[Layer, ...]
    layout: str = "out_in"
    reduction: str | None = None
    outputs: str | None = None
    sample_weights: Any = None
    penalty: Mapping[str, float] = {}

    @property
    def leaves(self) -> dict[str, Any]:
        """Everything that a gradient is asked for and that is given, by its name; x as (N, units)."""
        found = {"x": onp.atleast_2d(self.input)}
        for number, layer in enumerate(self.layers, 1):
            if layer.weights is not None:
                found[f"W{number}"] = layer.weights
            if layer.bias is not None:
                found[f"b{number}"] = onp.asarray(layer.bias, dtype=float)
        return found


def erfc(x):
    return onp.vectorize(math.erfc, otypes=[float])(x)


erfc = primitive(erfc)
defvjp(erfc, lambda _y, x: lambda g: -g * 2 / math.sqrt(math.pi) * np.exp(-(x**2)))


def softplus(x):
    return np.logaddexp(0.0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)


def log_softmax(x):
    return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))


def held(x, low, high):
    return np.where(x < low, low, np.where(x > high, high, x))


def exponential(x, alpha, stretch=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0.0, x) / stretch))


ACTIVATIONS: Mapping[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "leaky_relu": lambda x, slope=0.01: np.where(x > 0, x, slope * x),
    "elu": lambda x, alpha=1.0: exponential(x, alpha),
    "selu": lambda x: 1.0507009873554804934193349852946 * exponential(x, 1.6732632423543772848170429916717),
    "celu": lambda x, alpha=1.0: exponential(x, alpha, alpha),
    "gelu": lambda x: x * erfc(-x / math.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "softplus": lambda x, beta=1.0: softplus(beta * x) / beta,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hardtanh": lambda x, **ends: held(x, ends.get("min", -1.0), ends.get("max", 1.0)),
    "hardsigmoid": lambda x: held(x / 6 + 0.5, 0.0, 1.0),
    "hardswish": lambda x: x * held(x + 3, 0.0, 6.0) / 6,
    "relu6": lambda x: held(x, 0.0, 6.0),
    "logsigmoid": lambda x: -softplus(-x),
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "sign": np.sign,
    "exp": np.exp,
    "square": lambda x: x * x,
    "sin": np.sin,
    "cos": np.cos,
    "softmax": softmax,
    "log_softmax": log_softmax,
}


def binary(log_p, log_q, t):
    return -t * log_p - (1 - t) * log_q


def bce(p, t, clip=None):
    p = p if clip is None else held(p, clip, 1 - clip)
    return binary(np.log(p), np.log(1 - p), t)


def bce_with_logits(z, t, clip=None):
    return binary(-softplus(-z), -softplus(z), t) if clip is None else bce(sigmoid(z), t, clip)


def focused(p, entropy, t, gamma, alpha):
    p_true = p * t + (1 - p) * (1 - t)
    balance = 1.0 if alpha is None else alpha * t + (1 - alpha) * (1 - t)
    return balance * (1 - p_true) ** gamma * entropy


def huber(p, t, delta=1.0):
    e = np.abs(t - p)
    return np.where(e <= delta, e * e / 2, delta * e - delta * delta / 2)


def smooth_l1(p, t, beta=1.0):
    e = np.abs(p - t)
    return np.where(e < beta, e * e / (2 * beta or 1), e - beta / 2)


def poisson(p, t, log_input=True, full=False, eps=1e-8):
    value = np.exp(p) - t * p if log_input else p - t * np.log(p + eps)
    above = onp.where(t > 1, t, 1.0)
    stirling = above * onp.log(above) - above + onp.log(2 * onp.pi * above) / 2
    return value + onp.where(t > 1, stirling, 0.0) if full else value


def gaussian(p, t, var=1.0, full=False, eps=1e-6):
    var = max(var, eps)
    return (math.log(var) + (p - t) ** 2 / var + (math.log(2 * math.pi) if full else 0)) / 2


def entropy(log_p, t, label_smoothing=0.0):
    t = t * (1 - label_smoothing) + label_smoothing / t.shape[-1]
    return -np.sum(t * log_p, axis=-1)


def cross_entropy(p, t, label_smoothing=0.0, normalize=False):
    whole = np.sum(p, axis=-1, keepdims=True) if normalize else 1.0
    return entropy(np.log(p) - np.log(whole), t, label_smoothing)


def focal(p, log_p, t, gamma=2.0, alpha=0.25):
    return -np.sum(alpha * (1 - p) ** gamma * t * log_p, axis=-1)


def multiclass_hinge(p, t, margin=1.0):
    right = np.sum(t * p, axis=-1, keepdims=True)
    return np.sum(np.where(t == 0, held(p - right + margin, 0.0, math.inf), 0.0), axis=-1)


def largest(x):
    """The largest entry of each row; autograd's own max looks its result up among the entries, exactly."""
    there = onp.arange(x.shape[-1]) == onp.argmax(getval(x), axis=-1)[..., None]
    return np.sum(np.where(there, x, 0.0), axis=-1)


def categorical_hinge(p, t):
    return held(1 + largest((1 - t) * p) - np.sum(t * p, axis=-1), 0.0, math.inf)


def cosine(p, t):
    return np.sum(p * t, axis=-1) / np.sqrt(np.sum(p * p, axis=-1)) / onp.sqrt(onp.sum(t * t, axis=-1))


def kl_div(p, t):
    present = onp.where(t > 0, t, 1.0)
    return np.sum(t * (onp.log(present) - np.log(p)), axis=-1)


def dice(p, t):
    return 1 - 2 * np.sum(t * p, axis=(-1, -2)) / (onp.sum(t) + np.sum(p, axis=(-1, -2)))


LEAST = 1e-7


class Loss(NamedTuple):
    """A loss from its definition: of each output, of each sample, or of all; with its default reductions."""

    value: Callable[..., Any]
    level: str
    outputs: str | None
    reduction: str | None
    squares_base: bool = False


def _each(value, outputs="mean", reduction="mean", **more) -> Loss:
    return Loss(value, "output", outputs, reduction, **more)


def _sample(value, outputs=None) -> Loss:
    return Loss(value, "sample", outputs, "mean")


LOSSES: Mapping[str, Loss] = {
    "squared_error": _each(lambda p, t: (p - t) ** 2, "sum", "sum"),
    "half_squared_error": _each(lambda p, t: (p - t) ** 2 / 2, "sum", "sum"),
    "mse": _each(lambda p, t: (p - t) ** 2),
    "half_mse": _each(lambda p, t: (p - t) ** 2 / 2),
    "absolute_error": _each(lambda p, t: np.abs(p - t), "sum", "sum"),
    "mae": _each(lambda p, t: np.abs(p - t)),
    "huber": _each(huber),
    "smooth_l1": _each(smooth_l1),
    "log_cosh": _each(lambda p, t: np.log(np.cosh(p - t))),
    "mape": _each(lambda p, t: 100 * np.abs(t - p) / onp.maximum(onp.abs(t), LEAST)),
    "msle": _each(
        lambda p, t: (np.log1p(held(p, LEAST, math.inf)) - onp.log1p(onp.maximum(t, LEAST))) ** 2, squares_base=True
    ),
    "bce": _each(bce),
    "bce_with_logits": _each(bce_with_logits),
    "binary_focal": _each(lambda p, t, gamma=2.0, alpha=None: focused(p, bce(p, t), t, gamma, alpha)),
    "binary_focal_with_logits": _each(
        lambda z, t, gamma=2.0, alpha=None: focused(sigmoid(z), bce_with_logits(z, t), t, gamma, alpha)
    ),
    "hinge": _each(lambda p, t, margin=1.0: held(margin - t * p, 0.0, math.inf)),
    "squared_hinge": _each(lambda p, t, margin=1.0: held(margin - t * p, 0.0, math.inf) ** 2),
    "poisson_nll": _each(poisson),
    "gaussian_nll": _each(gaussian),
    "cross_entropy": _sample(cross_entropy),
    "cross_entropy_with_logits": _sample(lambda z, t, label_smoothing=0.0: entropy(log_softmax(z), t, label_smoothing)),
    "focal": _sample(lambda p, t, **options: focal(p, np.log(p), t, **options)),
    "focal_with_logits": _sample(lambda z, t, **options: focal(softmax(z), log_softmax(z), t, **options)),
    "nll": _sample(lambda p, t: -np.sum(t * p, axis=-1)),
    "kl_div": _sample(kl_div),
    "multiclass_hinge": _sample(multiclass_hinge, "sum"),
    "categorical_hinge": _sample(categorical_hinge),
    "cosine_similarity": _sample(lambda p, t: -cosine(p, t)),
    "cosine_distance": _sample(lambda p, t: 1 - cosine(p, t)),
    "dice": Loss(dice, "all", None, None),
}


def affine(net: Net, layer: Layer, fed, weights, bias):
    """z of every sample: W x + b, whatever the layout and wherever the bias is."""
    if layer.column is not None:
        ones = onp.ones((*getval(fed).shape[:-1], 1))
        fed = np.concatenate([ones, fed] if layer.column == "first" else [fed, ones], axis=-1)
    z = np.matmul(fed, np.swapaxes(weights, -1, -2) if net.layout == "out_in" else weights)
    if bias is None:
        return z
    return z + (bias[..., None, None] if layer.shared else bias[..., None, :])


def activate(layer: Layer, z):
    if len(layer.activations) == 1:
        name, options = layer.activations[0]
        return ACTIVATIONS[name](z, **options)
    units = [ACTIVATIONS[name](z[..., k : k + 1], **options) for k, (name, options) in enumerate(layer.activations)]
    return np.concatenate(units, axis=-1)


def loss_of(net: Net, p, leaves):
    """The loss with its reductions and its penalty."""
    row = LOSSES[net.loss.name]
    t = onp.atleast_2d(net.target)
    options = {key: value for key, value in net.loss.options.items() if key != "log_base"}
    value = row.value(p, t, **options)
    if net.loss.options.get("log_base") is not None:
        value = value / math.log(net.loss.options["log_base"]) ** (2 if row.squares_base else 1)
    if row.level == "output":
        value = np.sum(value, axis=-1)
    if row.outputs is not None and (net.outputs or row.outputs) == "mean":
        value = value / t.shape[-1]
    if row.level != "all":
        weights = onp.ones(len(t)) if net.sample_weights is None else net.sample_weights
        divisor = {"sum": 1.0, "mean": len(t), "weighted_mean": onp.sum(weights)}[net.reduction or row.reduction]
        value = np.sum(value * weights, axis=-1) / divisor
    for number, layer in enumerate(net.layers, 1):
        if layer.weights is None or not net.penalty:
            continue
        w = leaves[f"W{number}"]
        w = np.swapaxes(w, -1, -2) if net.layout == "in_out" else w
        w = {None: w, "first": w[..., 1:], "last": w[..., :-1]}[layer.column]
        for kind, factor in net.penalty.items():
            term = {"l2": lambda w: w * w, "half_l2": lambda w: w * w / 2, "l1": np.abs}[kind](w)
            value = value + factor * np.sum(term, axis=(-1, -2))
    return value


def run(net: Net, leaves: Mapping[str, Any], change: Callable[[str, Any], Any] = lambda _, value: value):
    """Every z, every a and L by their names; `change` may put another number in the place of one, for what follows."""
    values: dict[str, Any] = {}
    fed = leaves["x"]
    for number, layer in enumerate(net.layers, 1):
        if layer.weights is not None:
            z = affine(net, layer, fed, leaves[f"W{number}"], leaves.get(f"b{number}"))
            fed = values[f"z{number}"] = change(f"z{number}", z)
        fed = values[f"a{number}"] = change(f"a{number}", activate(layer, fed))
    values["L"] = loss_of(net, fed, leaves)
    return values


class Evaluated(NamedTuple):
    """Values and gradients by name, in the shapes of the graph, and the size of the terms of each entry."""

    values: dict[str, Any]
    gradients: dict[str, Any]
    value_sizes: dict[str, Any]
    gradient_sizes: dict[str, Any]


class _Step(VJPNode):
    """A step of autograd's record whose result is off by a random part of itself, in all copies but the first."""

    __slots__ = ()
    used = 0

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents) -> None:
        wobble(value)
        super().__init__(value, fun, args, kwargs, parent_argnums, parents)


for function in notrace_primitives[VJPNode]:
    register_notrace(_Step, function)


def wobble(copies) -> None:
    """Put every copy but the first off, in place, by parts that are the same in every run."""
    size = copies[1:].size
    start = _Step.used if _Step.used + size <= _PARTS.size else 0
    _Step.used = start + size
    copies[1:] *= _PARTS[start : start + size].reshape(copies[1:].shape)


def evaluate(net: Net) -> Evaluated:
    """The network with its gradients: forward and back through autograd's own derivatives of every step."""
    _Step.used = 0
    with trace_stack.new_trace() as trace:

        def boxed(array):
            copies = onp.repeat(onp.asarray(array, dtype=float)[None], COPIES, axis=0)
            wobble(copies)
            return new_box(copies, trace, _Step.new_root())

        leaves = {name: boxed(leaf) for name, leaf in net.leaves.items()}

        def change(name, value):
            """The value as a quantity of its own, of which a gradient can be asked."""
            leaves[name] = boxed(onp.zeros(getval(value).shape[1:]))
            return value + leaves[name]

        values = run(net, leaves, change)
    reached = _backward(values["L"]._node)
    found = {name: getval(value) for name, value in values.items()}
    gradients = {name: reached.get(box._node, onp.zeros(getval(box).shape)) for name, box in leaves.items()}
    return Evaluated(
        {name: value[0] for name, value in found.items()},
        {name: g[0] for name, g in gradients.items()},
        {name: _size(value) for name, value in found.items()},
        {name: _size(g) for name, g in gradients.items()},
    )


def _backward(end) -> dict[Any, Any]:
    """The gradient that reaches every step from the last; what each passes on is off by a part of itself."""
    reached = {end: onp.ones(COPIES)}
    for step in toposort(end):
        for parent, share in zip(step.parents, step.vjp(reached[step]), strict=True):
            dense = onp.array(add_outgrads(None, share)[0], dtype=float)
            wobble(dense)
            reached[parent] = reached[parent] + dense if parent in reached else dense
    return reached


def _size(copies):
    """How far an entry moves for each part that the numbers behind it are off, and at least the entry itself."""
    moved = onp.abs(copies[1:] - copies[0]).max(axis=0) / WOBBLE
    return onp.maximum(moved, onp.abs(copies[0]))
