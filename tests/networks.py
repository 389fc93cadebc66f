"""Random networks whose last activation and loss are given: off all kinks, and inside what the loss is defined on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from reference import ACTIVATIONS, LOSSES, Layer, Named, Net, activate, affine, run

from gradcalc.engine.ops import ACTIVATIONS as OPS
from gradcalc.problem.model import Activation, LossChoice, Problem, Target
from gradcalc.problem.model import Layer as ProblemLayer

CLEAR = 1e-3
TRIES = 1000

# where each activation bends or jumps
KINKS: Mapping[str, tuple[float, ...]] = {
    "relu": (0,),
    "leaky_relu": (0,),
    "elu": (0,),
    "selu": (0,),
    "celu": (0,),
    "softsign": (0,),
    "hardsigmoid": (-3, 3),
    "hardswish": (-3, 3),
    "relu6": (0, 6),
    "step": (0,),
    "sign": (0,),
}

# z from which an activation gives a share, a number between 0 and 1
SHARES: Mapping[str, tuple[float, float]] = {
    "identity": (0.05, 0.95),
    "sigmoid": (-2.5, 2.5),
    "tanh": (0.05, 1.7),
    "relu": (0.05, 0.95),
    "leaky_relu": (0.05, 0.95),
    "elu": (0.05, 0.95),
    "selu": (0.05, 0.9),
    "celu": (0.05, 0.95),
    "gelu": (0.15, 1.0),
    "gelu_tanh": (0.15, 1.0),
    "silu": (0.1, 1.2),
    "mish": (0.1, 1.1),
    "softplus": (-2.5, 0.4),
    "softsign": (0.1, 4),
    "hardtanh": (0.05, 0.95),
    "hardsigmoid": (-2.5, 2.5),
    "hardswish": (0.15, 1.25),
    "relu6": (0.05, 0.95),
    "exp": (-2.5, -0.1),
    "square": (0.25, 0.95),
    "sin": (0.1, 1.2),
    "cos": (0.3, 1.4),
    "softmax": (-2, 2),
}
ABOVE_ZERO: Mapping[str, tuple[float, float]] = {**SHARES, "step": (0.2, 2), "sign": (0.2, 2)}

# the losses that are not defined on every number
DOMAINS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "bce": SHARES,
    "binary_focal": SHARES,
    "focal": ABOVE_ZERO,
    "cross_entropy": ABOVE_ZERO,
    "kl_div": ABOVE_ZERO,
}
_NEGATIVE = "this loss takes ln ŷ, and the activation gives nothing above 0"
_ENDS = "this loss takes ln ŷ and ln(1 − ŷ), and the activation gives nothing between 0 and 1"
LEFT_OUT: Mapping[tuple[str, str], str] = {
    **{(name, loss): _NEGATIVE for name in ("logsigmoid", "log_softmax") for loss in DOMAINS},
    **{(name, loss): _ENDS for name in ("step", "sign") for loss in ("bce", "binary_focal")},
}
PAIRS = [(name, loss) for name in ACTIVATIONS for loss in LOSSES if (name, loss) not in LEFT_OUT]


def _spread() -> list[tuple[str, str]]:
    """A few of the pairs, among which every activation and every loss is, and those that textbooks have."""
    found = [("sigmoid", "bce"), ("softmax", "cross_entropy"), ("log_softmax", "nll"), ("tanh", "mse")]
    for fresh in (2, 1):
        for pair in PAIRS:
            seen = [{one[side] for one in found} for side in (0, 1)]
            if sum(name not in names for name, names in zip(pair, seen, strict=True)) >= fresh:
                found.append(pair)
    return found


SPREAD = _spread()

OWN_TARGETS: Mapping[str, str] = {
    "mape": "far from 0",
    "msle": "above 0",
    "poisson_nll": "above 0",
    "bce": "share",
    "bce_with_logits": "share",
    "binary_focal": "share",
    "binary_focal_with_logits": "share",
    "dice": "share",
    "hinge": "sign",
    "squared_hinge": "sign",
    "multiclass_hinge": "class",
    "cross_entropy": "distribution",
    "cross_entropy_with_logits": "distribution",
    "focal": "distribution",
    "focal_with_logits": "distribution",
    "nll": "distribution",
    "kl_div": "distribution",
    "categorical_hinge": "distribution",
}

SEEDS = st.integers(0, 2**32 - 1)


def examples(count: int) -> settings:
    """The same examples in every run, none of them thrown away; a seed has no smaller example to look for."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class Unlucky(Exception):  # noqa: N818  not a failure: another draw will do
    """The numbers drawn so far are no good."""


def draw(seed: int, activation: str, loss: str) -> Net:
    """The network that `seed` stands for, with the given last activation and loss."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{activation} {loss}".encode())])
    for _ in range(TRIES):
        try:
            net = _Draw(rng, activation, loss).net()
        except Unlucky:
            continue
        if distance(net) > CLEAR:
            return net
    raise AssertionError(f"no network for {activation} and {loss} in {TRIES} tries")


class _Draw:
    """One attempt at a network."""

    def __init__(self, rng: np.random.Generator, activation: str, loss: str) -> None:
        self.rng = rng
        self.activation = activation
        self.loss = Named(loss, self.loss_options(loss))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def net(self) -> Net:
        samples = int(self.rng.integers(1, 6))
        single = self.chance(0.25)
        rows = 1 if single else samples
        x = self.rng.normal(size=(rows, self.rng.integers(1, 4)))
        layout = self.one_of("out_in", "in_out")
        layers: list[Layer] = []
        fed = x
        for position in reversed(range(self.rng.integers(1, 4))):
            layer, fed = self.layer(fed, layout, last=not position)
            layers.append(layer)
        ends = fed.shape[1] == 1 or self.activation in ("step", "sign")
        if ends and 0 < self.loss.options.get("gamma", 2) < 1:
            raise Unlucky  # an output may be 1 then, where such a power of 1 − ŷ has no slope
        target = self.target(*fed.shape)
        row = LOSSES[self.loss.name]
        whole = row.level == "all"
        return Net(
            input=x[0] if single else x,
            target=target[0] if single else target,
            loss=self.loss,
            layers=tuple(layers),
            layout=layout,
            reduction=self.one_of("sum", "mean", "weighted_mean") if not whole and self.chance(0.3) else None,
            outputs=self.one_of("sum", "mean") if row.outputs and self.chance(0.3) else None,
            sample_weights=self.rng.uniform(0.2, 3, rows) if not whole and self.chance(0.2) else None,
            penalty=self.penalty() if self.chance(0.25) else {},
        )

    def layer(self, fed, layout: str, *, last: bool) -> tuple[Layer, Any]:
        """A layer and what it gives."""
        domain = self.domain() if last else None
        units = int(self.rng.integers(1, 4))
        if domain is None and self.chance(0.08):
            layer = Layer(self.activations(fed.shape[1], last=last))
            return layer, activate(layer, self.moderate(fed))
        kinds = ("none", "each", "shared", "first", "last")
        kind = self.one_of(*kinds[1 if domain else 0 :])
        column = kind if kind in ("first", "last") else None
        weights = self.rng.normal(size=(units, fed.shape[1] + bool(column)))
        bias = {"each": self.rng.normal(size=units), "shared": np.array(self.rng.normal())}.get(kind)
        layer = Layer(self.activations(units, last=last), weights, bias, kind == "shared", column)
        layer = self.steered(layer, fed, domain) if domain else self.calmed(layer, fed)
        if layout == "in_out":
            layer = layer._replace(weights=np.ascontiguousarray(layer.weights.T))
        z = affine(Net(None, None, self.loss, (), layout), layer, fed, layer.weights, layer.bias)
        return layer, activate(layer, z)

    def moderate(self, z):
        if np.abs(z).max() > 3:
            raise Unlucky
        return z

    def calmed(self, layer: Layer, fed) -> Layer:
        """The layer with weights so small that z stays within ±2.5."""
        z = affine(_PLAIN, layer, fed, layer.weights, layer.bias)
        factor = 2.5 / max(2.5, np.abs(z).max())
        return layer._replace(weights=layer.weights * factor, bias=None if layer.bias is None else layer.bias * factor)

    def steered(self, layer: Layer, fed, domain: tuple[float, float]) -> Layer:
        """The layer with every z inside the domain: scaled, then moved by its bias."""
        low, high = domain
        without = layer._replace(bias=None, column=None)
        columns = {None: slice(None), "first": slice(1, None), "last": slice(None, -1)}[layer.column]
        own = layer.weights[:, columns]
        z = affine(_PLAIN, without, fed, own, None)
        axis = None if layer.shared else 0
        least, most = z.min(axis=axis), z.max(axis=axis)
        stretch = (high - low) * self.rng.uniform(0.3, 0.95, np.shape(least)) / np.maximum(most - least, 0.5)
        room = (high - low) - stretch * (most - least)
        bias = low + room * self.rng.uniform(0.1, 0.9, np.shape(least)) - stretch * least
        own = own * (stretch if layer.shared else stretch[:, None])
        if layer.column is None:
            return layer._replace(weights=own, bias=bias)
        pieces = [bias[:, None], own] if layer.column == "first" else [own, bias[:, None]]
        return layer._replace(weights=np.concatenate(pieces, axis=1))

    def domain(self) -> tuple[float, float] | None:
        name, options = self.loss
        if name in DOMAINS:
            return DOMAINS[name][self.activation]
        wanted = name == "poisson_nll" and not options.get("log_input", True)
        cornered = self.activation in ("relu", "relu6", "hardsigmoid", "hardswish", "step", "sign")
        if wanted or (cornered and name in ("msle", "categorical_hinge", "cosine_similarity", "cosine_distance")):
            return ABOVE_ZERO[self.activation]
        return None

    def activations(self, units: int, *, last: bool) -> tuple[Named, ...]:
        if last:
            return (self.named(self.activation),)
        smooth = [name for name in ACTIVATIONS if name not in ("step", "sign")]
        alone = [name for name in smooth if name not in ("softmax", "log_softmax")]
        if self.chance(0.15):
            return tuple(self.named(self.one_of(*alone)) for _ in range(units))
        return (self.named(self.one_of(*smooth)),)

    def named(self, name: str) -> Named:
        options: dict[str, Callable[[], float]] = {
            "leaky_relu": lambda: {"slope": self.between(-0.3, 0.6)},
            "elu": lambda: {"alpha": self.between(0.4, 2)},
            "celu": lambda: {"alpha": self.between(0.4, 2)},
            "softplus": lambda: {"beta": self.between(0.5, 2)},
            "hardtanh": lambda: {"min": self.between(-2, -0.3), "max": self.between(0.3, 2)},
        }
        chosen = name in options and self.chance(0.4)
        return Named(name, options[name]() if chosen else {})

    def loss_options(self, name: str) -> dict[str, Any]:
        """Now and then options, each now and then."""
        options: dict[str, tuple[str, ...]] = {
            "huber": ("delta",),
            "smooth_l1": ("beta",),
            "msle": ("log_base",),
            "bce": ("log_base", "clip"),
            "bce_with_logits": ("log_base", "clip"),
            "binary_focal": ("log_base", "gamma", "balance"),
            "binary_focal_with_logits": ("log_base", "gamma", "balance"),
            "hinge": ("margin",),
            "squared_hinge": ("margin",),
            "multiclass_hinge": ("margin",),
            "poisson_nll": ("log_input", "full"),
            "gaussian_nll": ("var", "full"),
            "cross_entropy": ("log_base", "label_smoothing", "normalize"),
            "cross_entropy_with_logits": ("log_base", "label_smoothing"),
            "focal": ("log_base", "gamma", "alpha"),
            "focal_with_logits": ("log_base", "gamma", "alpha"),
            "kl_div": ("log_base",),
        }
        values: dict[str, Callable[[], Any]] = {
            "delta": lambda: self.between(0.3, 3),
            "beta": lambda: self.one_of(0.0, self.between(0.3, 3)),
            "log_base": lambda: self.one_of(2.0, 10.0),
            "clip": lambda: self.between(0.05, 0.3),
            "gamma": lambda: self.one_of(0.0, 0.5, 1.0, 3.0),
            "balance": lambda: self.between(0.1, 0.9),
            "alpha": lambda: self.between(0.1, 0.9),
            "margin": lambda: self.between(0.2, 2),
            "log_input": lambda: self.activation not in ABOVE_ZERO,
            "full": lambda: True,
            "var": lambda: self.between(0.1, 2),
            "label_smoothing": lambda: self.between(0.05, 0.4),
            "normalize": lambda: True,
        }
        chosen = [key for key in options.get(name, ()) if self.chance(0.3)]
        return {"alpha" if key == "balance" else key: values[key]() for key in chosen}

    def penalty(self) -> dict[str, float]:
        kinds = [kind for kind in ("l2", "half_l2", "l1") if self.chance(0.5)]
        return {kind: self.between(0.01, 0.5) for kind in kinds}

    def target(self, samples: int, units: int):
        shape, rng = (samples, units), self.rng
        kind = OWN_TARGETS.get(self.loss.name, "number")
        one_hot = np.eye(units)[rng.integers(units, size=samples)]
        match kind:
            case "number":
                return rng.normal(size=shape)
            case "far from 0":
                return rng.uniform(0.3, 2, shape) * rng.choice([-1, 1], shape)
            case "above 0":
                return rng.uniform(0.1, 3, shape)
            case "share":
                return rng.integers(0, 2, shape) * 1.0 if self.chance(0.5) else rng.uniform(0.05, 0.95, shape)
            case "sign":
                return rng.choice([-1.0, 1.0], shape)
            case "class":
                return one_hot
        if self.chance(0.5):
            return one_hot
        # a target is taken as it is, even where it does not add up to 1
        return rng.uniform(0, 1, shape) if self.chance(0.3) else rng.dirichlet(np.ones(units), samples)


NETS = SEEDS.map(lambda seed: draw(seed, *PAIRS[seed % len(PAIRS)]))

_PLAIN = Net(None, None, Named(""), ())


def distance(net: Net) -> float:
    """How far the network is from the next kink of an activation, of its loss or of its penalty."""
    with np.errstate(all="ignore"):
        values = run(net, net.leaves)
    fed = net.leaves["x"]
    found = [np.inf]
    for number, layer in enumerate(net.layers, 1):
        z = values.get(f"z{number}", fed)
        for k in range(z.shape[1]):
            name, options = layer.activations[k if len(layer.activations) > 1 else 0]
            ends = (options.get("min", -1), options.get("max", 1)) if name == "hardtanh" else KINKS.get(name, ())
            found += [np.abs(z[:, k] - kink).min() for kink in ends]
        fed = values[f"a{number}"]
        if "l1" in net.penalty and layer.weights is not None:
            found.append(np.abs(layer.weights).min())
    found.append(_from_loss(net, fed, np.atleast_2d(net.target)))
    everything = np.concatenate([np.ravel(value) for value in values.values()])
    return float(min(found)) if np.isfinite(everything).all() else 0.0


def _from_loss(net: Net, p, t) -> float:
    name, options = net.loss
    error = np.abs(p - t)
    others = (1 - t) * p
    match name:
        case "absolute_error" | "mae" | "mape" | "log_cosh":
            gaps = error
        case "huber":
            gaps = np.abs(error - options.get("delta", 1))
        case "smooth_l1":
            beta = options.get("beta", 1)
            gaps = np.abs(error - beta)
        case "msle":
            gaps = np.minimum(np.abs(p), error)
        case "hinge" | "squared_hinge":
            gaps = np.abs(t * p - options.get("margin", 1))
        case "bce" | "bce_with_logits" if options.get("clip"):
            share = p if name == "bce" else 1 / (1 + np.exp(-p))
            gaps = np.minimum(np.abs(share - options["clip"]), np.abs(share - 1 + options["clip"]))
        case "multiclass_hinge":
            right = (t * p).sum(axis=1, keepdims=True)
            gaps = np.abs(p - right + options.get("margin", 1))[t == 0]
        case "categorical_hinge":
            ranked = np.sort(others, axis=1)
            lead = 1 + ranked[:, -1] - (t * p).sum(axis=1)
            ties = ranked[:, -1] - ranked[:, -2] if p.shape[1] > 1 else np.inf
            gaps = np.minimum(np.abs(lead), ties)
        case "cosine_similarity" | "cosine_distance":
            gaps = np.minimum(np.linalg.norm(p, axis=1), np.linalg.norm(t, axis=1)) / 20
        case "dice":
            gaps = abs(t.sum() + p.sum()) / 200
        case _:
            return np.inf
    return float(np.min(gaps, initial=np.inf))


def problem(net: Net) -> Problem:
    """The network as gradcalc's own data."""
    layers = tuple(
        ProblemLayer(
            weights=layer.weights,
            bias=float(layer.bias) if layer.shared else layer.bias,
            bias_shared=layer.shared,
            bias_column=layer.column,
            activation=_chosen(layer.activations),
        )
        for layer in net.layers
    )
    return Problem(
        layers=layers,
        input=net.input,
        target=Target(values=net.target),
        loss=LossChoice(net.loss.name, net.loss.options, net.outputs, net.reduction),
        sample_weights=net.sample_weights,
        penalty=net.penalty,
        weight_layout=net.layout,
    )


def _chosen(activations: tuple[Named, ...]) -> Activation | tuple[Activation, ...]:
    found = tuple(
        Activation(OPS[name], {**{key: option.default for key, option in OPS[name].options.items()}, **options})
        for name, options in activations
    )
    return found if len(found) > 1 else found[0]


def document(net: Net) -> dict[str, Any]:
    """The network as a problem file holds it."""
    layers = [
        {
            "weights": layer.weights,
            "bias": layer.bias,
            "bias_shared": layer.shared or None,
            "bias_column": layer.column,
            "activation": _one_or_all([_written(one) for one in layer.activations]),
        }
        for layer in net.layers
    ]
    whole = {
        "input": net.input,
        "target": net.target,
        "loss": {**_written(net.loss), "outputs": net.outputs, "reduction": net.reduction},
        "sample_weights": net.sample_weights,
        "penalty": dict(net.penalty) or None,
        "weight_layout": net.layout,
        "layers": layers,
    }
    return _filled(whole)


def text(document: Mapping[str, Any]) -> str:
    """A document as YAML; JSON is YAML."""
    return json.dumps(document)


def _one_or_all(items: list[Any]) -> Any:
    return items if len(items) > 1 else items[0]


def _written(named: Named) -> dict[str, Any]:
    return {"name": named.name, **named.options}


def _filled(value: Any) -> Any:
    """Plain values, without what is None."""
    if isinstance(value, Mapping):
        return {key: _filled(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value
