"""A network worked by plain loops, as a person works it, rightly or with one mistake.

Nothing of gradcalc is imported. Each mistake is a `Hand` that does one thing otherwise; its `name` is what the
catalogue calls it, and `others` are those that lead to the same sheet in every problem that is drawn here.
"""

from __future__ import annotations

import math
import random
from typing import ClassVar

Row = list[float]


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


VALUES = {"sigmoid": logistic, "tanh": math.tanh, "relu": lambda z: max(0.0, z), "identity": lambda z: z}
SLOPES = {
    "sigmoid": lambda z, a: a * (1 - a),
    "tanh": lambda z, a: 1 - a * a,
    "relu": lambda z, a: 1.0 if z > 0 else 0.0,
    "identity": lambda z, a: 1.0,
}


class Hand:
    """Works a problem of the form of `draw`; every step is a method that a mistake can override."""

    name = ""
    others: ClassVar[set[str]] = set()

    def __init__(self, document: dict) -> None:
        self.x, self.y, self.loss = document["input"], document["target"], document["loss"]
        self.layers = document["layers"]
        self.last = len(self.layers) - 1

    def suits(self) -> bool:
        """Whether the mistake can be made in this problem at all."""
        return True

    def kind(self, layer: int) -> str:
        return self.layers[layer]["activation"]

    def work(self) -> dict:
        """Every quantity by its name, samples first."""
        found: dict = {}
        feeds, x = [], self.inputs()
        for number in range(len(self.layers)):
            feeds.append(x)
            z = [self.affine(number, row) for row in x]
            a = [self.activate(number, row) for row in z]
            found[f"z{number + 1}"], found[f"a{number + 1}"] = z, a
            x = a
        targets = self.targets()
        found["sample_losses"] = [self.of_sample(p, t) for p, t in zip(x, targets, strict=True)]
        found["L"] = self.total(found["sample_losses"])
        share = self.share(len(x))
        arriving = [self.of_output(p, t, share) for p, t in zip(x, targets, strict=True)]
        for number in range(self.last, -1, -1):
            z, a = found[f"z{number + 1}"], found[f"a{number + 1}"]
            found[f"da{number + 1}"] = arriving
            delta = [self.through(number, *rows) for rows in zip(z, a, arriving, strict=True)]
            found[f"dz{number + 1}"] = delta
            found[f"dW{number + 1}"] = self.of_weights(number, delta, feeds[number], found)
            found[f"db{number + 1}"] = self.of_bias(number, delta, feeds[number])
            arriving = [self.back(number, row) for row in delta]
        return found

    def inputs(self) -> list[Row]:
        return self.x

    def targets(self) -> list[Row]:
        return self.y

    def affine(self, layer: int, x: Row) -> Row:
        weights, bias = self.layers[layer]["weights"], self.layers[layer]["bias"]
        return [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(weights, bias, strict=True)]

    def activate(self, layer: int, z: Row) -> Row:
        if self.kind(layer) == "softmax":
            powers = [math.exp(v) for v in z]
            return [power / sum(powers) for power in powers]
        return [VALUES[self.kind(layer)](v) for v in z]

    def slope(self, layer: int, z: float, a: float, g: float) -> float:
        return SLOPES[self.kind(layer)](z, a)

    def through(self, layer: int, z: Row, a: Row, g: Row) -> Row:
        if self.kind(layer) == "softmax":
            whole = sum(one * p for one, p in zip(g, a, strict=True))
            return [p * (one - whole) for one, p in zip(g, a, strict=True)]
        return [one * self.slope(layer, u, v, one) for u, v, one in zip(z, a, g, strict=True)]

    def of_sample(self, p: Row, t: Row) -> float:
        return self.over_outputs([self.one_loss(u, v) for u, v in zip(p, t, strict=True)])

    def over_outputs(self, losses: Row) -> float:
        return sum(losses) / (len(losses) if self.loss in ("mse", "bce") else 1)

    def one_loss(self, p: float, t: float) -> float:
        if self.loss == "bce":
            return -t * math.log(p) - (1 - t) * math.log(1 - p)
        if self.loss == "cross_entropy":
            return -t * math.log(p)
        return (p - t) ** 2 / (2 if self.loss == "half_squared_error" else 1)

    def total(self, losses: Row) -> float:
        return sum(losses) * self.share(len(losses))

    def share(self, samples: int) -> float:
        return 1 / samples if self.loss in ("mse", "bce", "cross_entropy") else 1.0

    def of_output(self, p: Row, t: Row, share: float) -> Row:
        return [share * g for g in self.loss_slope(p, t)]

    def loss_slope(self, p: Row, t: Row) -> Row:
        outputs = len(p) if self.loss in ("mse", "bce") else 1
        return [self.one_slope(u, v) / outputs for u, v in zip(p, t, strict=True)]

    def one_slope(self, p: float, t: float) -> float:
        if self.loss == "bce":
            return (p - t) / (p * (1 - p))
        if self.loss == "cross_entropy":
            return -t / p
        return (p - t) * (1 if self.loss == "half_squared_error" else 2)

    def of_weights(self, layer: int, delta: list[Row], feed: list[Row], found: dict) -> list[Row]:
        samples = self.samples(delta)
        return [
            [sum(delta[n][i] * feed[n][j] for n in samples) for j in range(len(feed[0]))] for i in range(len(delta[0]))
        ]

    def of_bias(self, layer: int, delta: list[Row], feed: list[Row]) -> Row:
        return [sum(delta[n][i] for n in self.samples(delta)) for i in range(len(delta[0]))]

    def samples(self, delta: list[Row]) -> range:
        return range(len(delta))

    def back(self, layer: int, delta: Row) -> Row:
        weights = self.layers[layer]["weights"]
        return [sum(delta[i] * weights[i][j] for i in range(len(weights))) for j in range(len(weights[0]))]


class Omitted(Hand):
    name = "derivative_omitted"
    others: ClassVar = {"derivatives_omitted"}

    def suits(self):
        return self.kind(0) != "identity"

    def slope(self, layer, z, a, g):
        return super().slope(layer, z, a, g) if layer == self.last else 1.0


class OmittedAtOutput(Hand):
    name = "derivative_omitted_at_output"

    def suits(self):
        return self.kind(self.last) in ("sigmoid", "tanh")

    def slope(self, layer, z, a, g):
        return 1.0 if layer == self.last else super().slope(layer, z, a, g)


class Kept(Hand):
    name = "derivative_kept"

    def suits(self):
        return self.loss == "bce"

    def one_slope(self, p, t):
        return p - t


class AtZ(Hand):
    name = "derivative_at_z"

    def suits(self):
        return self.kind(0) in ("sigmoid", "tanh")

    def slope(self, layer, z, a, g):
        return SLOPES[self.kind(layer)](z, z) if layer == 0 else super().slope(layer, z, a, g)


class AtA(Hand):
    name = "derivative_at_a"

    def suits(self):
        return self.kind(0) in ("sigmoid", "tanh")

    def slope(self, layer, z, a, g):
        again = VALUES[self.kind(layer)](a)
        return SLOPES[self.kind(layer)](a, again) if layer == 0 else super().slope(layer, z, a, g)


class AtDelta(Hand):
    name = "derivative_at_delta"

    def suits(self):
        return self.kind(0) == "sigmoid"

    def slope(self, layer, z, a, g):
        return g * (1 - g) if layer == 0 else super().slope(layer, z, a, g)


class OtherSlope(Hand):
    name = "other_slope"

    def suits(self):
        return self.kind(0) in ("sigmoid", "tanh")

    def slope(self, layer, z, a, g):
        other = "tanh" if self.kind(0) == "sigmoid" else "sigmoid"
        return SLOPES[other](z, a) if layer == 0 else super().slope(layer, z, a, g)


class WithZ(Hand):
    name = "z_as_factor"

    def suits(self):
        return self.kind(0) in ("sigmoid", "tanh")

    def slope(self, layer, z, a, g):
        return super().slope(layer, z, a, g) * (z if layer == 0 else 1)


class Flipped(Hand):
    name = "mask_flipped"

    def suits(self):
        return self.kind(0) == "relu"

    def slope(self, layer, z, a, g):
        return (1.0 if z <= 0 else 0.0) if layer == 0 else super().slope(layer, z, a, g)


class NotApplied(Hand):
    name = "activation_not_applied"

    def suits(self):
        return self.kind(0) != "identity"

    def activate(self, layer, z):
        return list(z) if layer == 0 else super().activate(layer, z)


class NoBias(Hand):
    name = "bias_left_out"

    def affine(self, layer, x):
        bias = self.layers[layer]["bias"] if layer == 0 else [0] * 9
        return [v - b for v, b in zip(super().affine(layer, x), bias, strict=False)]


class HalfSquare(Hand):
    name = "factor_two_lost"
    others: ClassVar = {"factor_of_the_whole"}

    def suits(self):
        return self.loss in ("squared_error", "mse")

    def one_slope(self, p, t):
        return p - t


class DoubleSquare(Hand):
    name = "factor_two_kept"

    def suits(self):
        return self.loss == "half_squared_error"

    def one_slope(self, p, t):
        return 2 * (p - t)


class Against(Hand):
    name = "sign_of_the_error"

    def one_slope(self, p, t):
        return -super().one_slope(p, t)


class SumForMean(Hand):
    name = "other_divisor"
    others: ClassVar = {"factor_of_the_whole"}

    def suits(self):
        return len(self.x) > 2 and self.loss in ("mse", "bce", "cross_entropy")

    def share(self, samples):
        return 1.0


class MeanForSum(Hand):
    name = "other_divisor"

    def suits(self):
        return len(self.x) > 2 and self.loss in ("squared_error", "half_squared_error")

    def share(self, samples):
        return 1 / samples


class Log10(Hand):
    name = "log10"

    def suits(self):
        return self.loss in ("bce", "cross_entropy")

    def one_loss(self, p, t):
        return super().one_loss(p, t) / math.log(10)


class Log2(Log10):
    name = "log2"

    def one_loss(self, p, t):
        return Hand.one_loss(self, p, t) / math.log(2)


class OneTerm(Hand):
    name = "second_term_lost"

    def suits(self):
        return self.loss == "bce" and any(t != 1 for row in self.y for t in row)

    def one_loss(self, p, t):
        return -t * math.log(p)


class OneMinusLog(Hand):
    name = "one_minus_logarithm"

    def suits(self):
        return self.loss == "bce" and any(t != 1 for row in self.y for t in row)

    def one_loss(self, p, t):
        return -t * math.log(p) - (1 - t) * (1 - math.log(p))


class NoTarget(Hand):
    name = "target_not_used"

    def suits(self):
        return self.loss not in ("bce", "cross_entropy")

    def one_slope(self, p, t):
        return super().one_slope(p, 0)


class NoWeights(Hand):
    name = "weight_missing"

    def back(self, layer, delta):
        return [sum(delta)] * len(self.layers[layer]["weights"][0])


class OnePath(Hand):
    name = "one_path_only"

    def suits(self):
        return len(self.layers[self.last]["weights"]) > 1

    def back(self, layer, delta):
        return [delta[0] * w for w in self.layers[layer]["weights"][0]]


class NotTransposed(Hand):
    name = "weights_not_transposed"

    def suits(self):
        weights = self.layers[self.last]["weights"]
        return len(weights) == len(weights[0]) > 1

    def back(self, layer, delta):
        return [sum(w * d for w, d in zip(row, delta, strict=True)) for row in self.layers[layer]["weights"]]


class Transposed(Hand):
    name = "gradient_transposed"

    def suits(self):
        weights = self.layers[0]["weights"]
        return len(weights) == len(weights[0]) > 1

    def of_weights(self, layer, delta, feed, found):
        told = super().of_weights(layer, delta, feed, found)
        return [list(column) for column in zip(*told, strict=True)] if layer == 0 else told


class OneSample(Hand):
    name = "samples_not_added"

    def suits(self):
        return len(self.x) > 1

    def samples(self, delta):
        return range(len(delta) - 1, len(delta))


class InputForgotten(Hand):
    name = "input_forgotten"

    def of_weights(self, layer, delta, feed, found):
        ones = [[1.0] * len(row) for row in feed]
        return super().of_weights(layer, delta, ones, found)


class WeightAsFactor(Hand):
    name = "weight_as_factor"

    def of_weights(self, layer, delta, feed, found):
        told = super().of_weights(layer, delta, feed, found)
        weights = self.layers[layer]["weights"]
        return [[g * w for g, w in zip(*rows, strict=True)] for rows in zip(told, weights, strict=True)]


class ZForA(Hand):
    name = "z_for_a"

    def suits(self):
        return self.kind(0) in ("sigmoid", "tanh")

    def of_weights(self, layer, delta, feed, found):
        return super().of_weights(layer, delta, found[f"z{layer}"] if layer else feed, found)


class OuterSummed(Hand):
    name = "outer_product_summed"

    def of_weights(self, layer, delta, feed, found):
        told = super().of_weights(layer, delta, feed, found)
        whole = sum(map(sum, told))
        return [[whole] * len(row) for row in told] if layer == 0 else told


class BiasAsFactor(Hand):
    name = "bias_as_factor"

    def of_bias(self, layer, delta, feed):
        told = super().of_bias(layer, delta, feed)
        return [g * b for g, b in zip(told, self.layers[layer]["bias"], strict=True)]


class Diagonal(Hand):
    name = "softmax_diagonal"

    def suits(self):
        return self.kind(self.last) == "softmax"

    def through(self, layer, z, a, g):
        if self.kind(layer) == "softmax":
            return [one * p * (1 - p) for one, p in zip(g, a, strict=True)]
        return super().through(layer, z, a, g)


class MultipliedOut(Hand):
    name = "softmax_multiplied_out"

    def suits(self):
        return self.kind(self.last) == "softmax"

    def one_slope(self, p, t):
        return p - t


class Twice(Hand):
    name = "activation_twice"

    def suits(self):
        return self.kind(self.last) in ("softmax", "sigmoid")

    def activate(self, layer, z):
        once = super().activate(layer, z)
        return super().activate(layer, once) if layer == self.last else once


class NotNormalised(Hand):
    name = "softmax_not_normalised"

    def suits(self):
        return self.kind(self.last) == "softmax"

    def activate(self, layer, z):
        return [math.exp(v) for v in z] if self.kind(layer) == "softmax" else super().activate(layer, z)


class OtherTarget(Hand):
    name = "target_of_another_sample"

    def suits(self):
        return len(self.x) > 1 and self.y[0] != self.y[1]

    def targets(self):
        return [self.y[1], *self.y[1:]]


class OtherInput(Hand):
    name = "input_of_another_sample"

    def suits(self):
        return len(self.x) > 1

    def inputs(self):
        return [self.x[1], *self.x[1:]]


class MinusBias(Hand):
    name = "sign_in_sum"

    def affine(self, layer, x):
        told = super().affine(layer, x)
        bias = self.layers[layer]["bias"] if layer == 0 else [0] * len(told)
        return [v - 2 * b for v, b in zip(told, bias, strict=True)]


class NoInput(Hand):
    name = "input_not_used"

    def affine(self, layer, x):
        return list(self.layers[layer]["bias"]) if layer == 0 else super().affine(layer, x)


MISTAKES = [kind for kind in vars().values() if isinstance(kind, type) and issubclass(kind, Hand) and kind is not Hand]

OUTPUTS = {
    "squared_error": ("identity", "sigmoid"),
    "half_squared_error": ("identity", "sigmoid", "tanh"),
    "mse": ("identity",),
    "bce": ("sigmoid",),
    "cross_entropy": ("softmax",),
}


def draw(seed: int) -> dict:
    """A problem with one hidden layer, its numbers in tenths: nothing is 0, no two weights of a layer are alike."""
    chance = random.Random(seed)  # noqa: S311 - draws a problem, not a secret
    loss = chance.choice([*OUTPUTS])
    output, hidden = chance.choice(OUTPUTS[loss]), chance.choice(["sigmoid", "tanh", "relu"])
    samples, inputs, units = chance.choice([1, 1, 2, 3]), chance.choice([2, 3]), chance.choice([2, 3])
    outputs = chance.choice([2, 3]) if loss == "cross_entropy" else chance.choice([1, 1, 2])

    def numbers(rows: int, columns: int) -> list[Row]:
        pool = [k / 10 for k in range(-15, 16) if k and k != 10]
        chosen = chance.sample(pool, rows * columns)
        return [chosen[row * columns : (row + 1) * columns] for row in range(rows)]

    def target() -> Row:
        if loss == "cross_entropy":
            at = chance.randrange(outputs)
            return [float(k == at) for k in range(outputs)]
        if loss == "bce":
            return [float(chance.randrange(2)) for _ in range(outputs)]
        return numbers(1, outputs)[0]

    return {
        "input": numbers(samples, inputs),
        "target": [target() for _ in range(samples)],
        "loss": loss,
        "layers": [
            {"weights": numbers(units, inputs), "bias": numbers(1, units)[0], "activation": hidden},
            {"weights": numbers(outputs, units), "bias": numbers(1, outputs)[0], "activation": output},
        ],
    }


def figures(value, digits: int = 5):
    """Nested numbers to so many significant figures, zeros at their ends included."""
    if isinstance(value, dict):
        return {name: figures(inner, digits) for name, inner in value.items()}
    if isinstance(value, list):
        return [figures(inner, digits) for inner in value]
    return f"{value:#.{digits}g}" if value else "0"
