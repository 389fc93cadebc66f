"""The numbers of a problem file computed a second time, by loops over scalars in 60-digit arithmetic.

Nothing of gradcalc is imported. Values follow the definitions in the loops below; a gradient is a central difference:
one entry of one quantity is nudged as soon as it is known, and the rest is computed again. With 60 digits and a step
of 1e-20 the difference is right to about 38 digits, so that float64 is what it is compared with, not what limits it.
A point on a kink, where both sides disagree, is an error here.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import mpmath
from mpmath import mp, mpf
from texts import read_texts

mp.dps = 60
STEP = mpf("1e-20")
TINY = mpf("1e-7")


def number(text: str) -> mpf:
    """A scalar of a problem file: a decimal number or a fraction."""
    top, _, bottom = text.partition("/")
    return mpf(top) / mpf(bottom) if bottom else mpf(top)


def softplus(x: mpf) -> mpf:
    return mpmath.log(1 + mpmath.exp(x))


def logistic(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


def softmax(row: list[mpf]) -> list[mpf]:
    powers = [mpmath.exp(entry) for entry in row]
    return [power / sum(powers) for power in powers]


def hold(x: mpf, low: mpf, high: mpf) -> mpf:
    return low if x < low else min(x, high)


def exponential_unit(x: mpf, alpha: mpf, stretch: mpf) -> mpf:
    return x if x > 0 else alpha * (mpmath.exp(x / stretch) - 1)


SELU_SCALE = mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mpf("1.6732632423543772848170429916717")

# name: (its function of one entry and its options, the options' defaults)
ACTIVATIONS = {
    "identity": (lambda x: x, {}),
    "sigmoid": (logistic, {}),
    "tanh": (mpmath.tanh, {}),
    "relu": (lambda x: max(x, mpf(0)), {}),
    "leaky_relu": (lambda x, slope: x if x > 0 else slope * x, {"slope": "0.01"}),
    "elu": (lambda x, alpha: exponential_unit(x, alpha, mpf(1)), {"alpha": "1"}),
    "selu": (lambda x: SELU_SCALE * exponential_unit(x, SELU_ALPHA, mpf(1)), {}),
    "celu": (lambda x, alpha: exponential_unit(x, alpha, alpha), {"alpha": "1"}),
    "gelu": (lambda x: x * mpmath.ncdf(x), {}),
    "gelu_tanh": (
        lambda x: x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpf("0.044715") * x**3))),
        {},
    ),
    "silu": (lambda x: x * logistic(x), {}),
    "mish": (lambda x: x * mpmath.tanh(softplus(x)), {}),
    "softplus": (lambda x, beta: softplus(beta * x) / beta, {"beta": "1"}),
    "softsign": (lambda x: x / (1 + abs(x)), {}),
    "hardtanh": (lambda x, **ends: hold(x, ends["min"], ends["max"]), {"min": "-1", "max": "1"}),
    "hardsigmoid": (lambda x: hold(x / 6 + mpf(1) / 2, mpf(0), mpf(1)), {}),
    "hardswish": (lambda x: x * hold(x + 3, mpf(0), mpf(6)) / 6, {}),
    "relu6": (lambda x: hold(x, mpf(0), mpf(6)), {}),
    "logsigmoid": (lambda x: -softplus(-x), {}),
    "step": (lambda x: mpf(x > 0), {}),
    "sign": (mpmath.sign, {}),
    "exp": (mpmath.exp, {}),
    "square": (lambda x: x * x, {}),
    "sin": (mpmath.sin, {}),
    "cos": (mpmath.cos, {}),
}
ROW_ACTIVATIONS = {
    "softmax": softmax,
    "log_softmax": lambda row: [mpmath.log(p) for p in softmax(row)],
}
ACTIVATION_ALIASES = {"linear": "identity", "logistic": "sigmoid", "swish": "silu"}


def times_log(y: mpf, p: mpf) -> mpf:
    """y ln p, where 0 ln 0 is 0."""
    return y * mpmath.log(p) if y else mpf(0)


def binary(p: mpf, y: mpf, clip: mpf) -> mpf:
    p = hold(p, clip, 1 - clip)
    return -times_log(y, p) - times_log(1 - y, 1 - p)


def binary_focal(p: mpf, y: mpf, gamma: mpf, alpha: mpf | None) -> mpf:
    p_true = p * y + (1 - p) * (1 - y)
    balance = mpf(1) if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return balance * (1 - p_true) ** gamma * binary(p, y, mpf(0))


def huber(p: mpf, y: mpf, delta: mpf) -> mpf:
    e = abs(p - y)
    return e * e / 2 if e <= delta else delta * e - delta * delta / 2


def smooth_l1(p: mpf, y: mpf, beta: mpf) -> mpf:
    e = abs(p - y)
    return e * e / (2 * beta) if e < beta else e - beta / 2


def cross_entropy(row: list[mpf], y: list[mpf], label_smoothing: mpf, normalize: str) -> mpf:
    total = sum(row) if normalize == "true" else mpf(1)
    smooth = [(1 - label_smoothing) * entry + label_smoothing / len(row) for entry in y]
    return -sum(times_log(entry, p / total) for entry, p in zip(smooth, row, strict=True))


def focal(row: list[mpf], y: list[mpf], gamma: mpf, alpha: mpf) -> mpf:
    return -sum(alpha * (1 - p) ** gamma * times_log(entry, p) for entry, p in zip(y, row, strict=True))


def multiclass_hinge(row: list[mpf], y: list[mpf], margin: mpf, outputs: str) -> mpf:
    true = y.index(mpf(1))
    terms = [max(mpf(0), p - row[true] + margin) for k, p in enumerate(row) if k != true]
    return sum(terms) / (len(row) if outputs == "mean" else 1)


def categorical_hinge(row: list[mpf], y: list[mpf]) -> mpf:
    wrong = max((1 - entry) * p for entry, p in zip(y, row, strict=True))
    return max(mpf(0), 1 + wrong - dot(row, y))


def dot(a: list[mpf], b: list[mpf]) -> mpf:
    return sum((p * q for p, q in zip(a, b, strict=True)), mpf(0))


def cosine(a: list[mpf], b: list[mpf]) -> mpf:
    return dot(a, b) / mpmath.sqrt(dot(a, a) * dot(b, b))


def poisson(p: mpf, y: mpf, log_input: str, full: str, eps: mpf) -> mpf:
    stirling = y * mpmath.log(y) - y + mpmath.log(2 * mpmath.pi * y) / 2 if full == "true" and y > 1 else mpf(0)
    return stirling + (mpmath.exp(p) - y * p if log_input == "true" else p - y * mpmath.log(p + eps))


def gaussian(p: mpf, y: mpf, var: mpf, full: str, eps: mpf) -> mpf:
    constant = mpmath.log(2 * mpmath.pi) if full == "true" else mpf(0)
    return (mpmath.log(max(var, eps)) + (p - y) ** 2 / max(var, eps) + constant) / 2


# name: (loss of one output, its options' defaults, default over the outputs, default over the samples)
OUTPUT_LOSSES = {
    "squared_error": (lambda p, y: (p - y) ** 2, {}, "sum", "sum"),
    "half_squared_error": (lambda p, y: (p - y) ** 2 / 2, {}, "sum", "sum"),
    "mse": (lambda p, y: (p - y) ** 2, {}, "mean", "mean"),
    "half_mse": (lambda p, y: (p - y) ** 2 / 2, {}, "mean", "mean"),
    "absolute_error": (lambda p, y: abs(p - y), {}, "sum", "sum"),
    "mae": (lambda p, y: abs(p - y), {}, "mean", "mean"),
    "huber": (huber, {"delta": "1"}, "mean", "mean"),
    "smooth_l1": (smooth_l1, {"beta": "1"}, "mean", "mean"),
    "log_cosh": (lambda p, y: mpmath.log(mpmath.cosh(p - y)), {}, "mean", "mean"),
    "mape": (lambda p, y: 100 * abs((p - y) / max(abs(y), TINY)), {}, "mean", "mean"),
    "msle": (lambda p, y: mpmath.log((1 + max(p, TINY)) / (1 + max(y, TINY))) ** 2, {}, "mean", "mean"),
    "bce": (binary, {"clip": "0"}, "mean", "mean"),
    "bce_with_logits": (lambda z, y, clip: binary(logistic(z), y, clip), {"clip": "0"}, "mean", "mean"),
    "binary_focal": (binary_focal, {"gamma": "2", "alpha": None}, "mean", "mean"),
    "binary_focal_with_logits": (
        lambda z, y, gamma, alpha: binary_focal(logistic(z), y, gamma, alpha),
        {"gamma": "2", "alpha": None},
        "mean",
        "mean",
    ),
    "hinge": (lambda p, y, margin: max(mpf(0), margin - y * p), {"margin": "1"}, "mean", "mean"),
    "squared_hinge": (lambda p, y, margin: max(mpf(0), margin - y * p) ** 2, {"margin": "1"}, "mean", "mean"),
    "poisson_nll": (poisson, {"log_input": "true", "full": "false", "eps": "1e-8"}, "mean", "mean"),
    "gaussian_nll": (gaussian, {"var": "1", "full": "false", "eps": "1e-6"}, "mean", "mean"),
}
# name: (loss of one sample, its options' defaults); all are averaged over the samples
SAMPLE_LOSSES = {
    "cross_entropy": (cross_entropy, {"label_smoothing": "0", "normalize": "false"}),
    "cross_entropy_with_logits": (
        lambda row, y, label_smoothing: cross_entropy(softmax(row), y, label_smoothing, "false"),
        {"label_smoothing": "0"},
    ),
    "focal": (focal, {"gamma": "2", "alpha": "0.25"}),
    "focal_with_logits": (
        lambda row, y, gamma, alpha: focal(softmax(row), y, gamma, alpha),
        {"gamma": "2", "alpha": "0.25"},
    ),
    "nll": (lambda row, y: -dot(row, y), {}),
    "kl_div": (lambda row, y: sum(times_log(t, t / p) for p, t in zip(row, y, strict=True)), {}),
    "multiclass_hinge": (multiclass_hinge, {"margin": "1", "outputs": "sum"}),
    "categorical_hinge": (categorical_hinge, {}),
    "cosine_similarity": (lambda row, y: -cosine(row, y), {}),
    "cosine_distance": (lambda row, y: 1 - cosine(row, y), {}),
}
LOSS_ALIASES = {
    "rss": "squared_error",
    "sse": "squared_error",
    "l2": "squared_error",
    "half_sse": "half_squared_error",
    "l1": "mae",
    "cce": "cross_entropy",
}

PRESETS = {"bishop": {"pre": "a", "post": "z"}, "mazur": {"pre": "net", "post": "out"}}
LETTERS = {"weights": "W", "bias": "b", "pre": "z", "post": "a"}


def indices(value) -> list[tuple[int, ...]]:
    """The place of every entry of nested lists, from 0; of a number, the empty place."""
    if not isinstance(value, list):
        return [()]
    return [(k, *rest) for k, item in enumerate(value) for rest in indices(item)]


def entry(value, index: tuple[int, ...]) -> mpf:
    for k in index:
        value = value[k]
    return value


def changed(value, index: tuple[int, ...], by: mpf):
    """The nested lists with one entry increased."""
    if not index:
        return value + by
    return [changed(item, index[1:], by) if k == index[0] else item for k, item in enumerate(value)]


def numbers(written):
    """Texts as numbers, in the shape they were written in."""
    return [numbers(item) for item in written] if isinstance(written, list) else number(written)


class Named:
    """A name with options, however it was written."""

    def __init__(self, written, aliases: dict[str, str]) -> None:
        written = {"name": written} if isinstance(written, str) else dict(written)
        name = written.pop("name")
        self.name = aliases.get(name, name)
        self.options = written

    def given(self, defaults: dict[str, str | None]) -> dict:
        """The options that the function knows: words stay words, the rest are numbers."""
        chosen = {key: self.options.get(key, default) for key, default in defaults.items()}
        return {
            key: text if text in (None, "true", "false", "sum", "mean") else number(text)
            for key, text in chosen.items()
        }


class Layer:
    """One layer: how z comes from the input by its numbers, and a from z."""

    def __init__(self, written: dict, position: int, letters: dict[str, str], into_columns: bool) -> None:
        suffix = f"_{written['name']}" if "name" in written else str(position)
        self.weights, self.bias, self.pre, self.post = (
            letters[role] + suffix for role in ("weights", "bias", "pre", "post")
        )
        self.written = written
        self.into_columns = into_columns
        self.folded = written.get("bias_column")
        self.shared = written.get("bias_shared") == "true"
        chosen = written.get("activation", "identity")
        self.activations = [
            Named(item, ACTIVATION_ALIASES) for item in (chosen if isinstance(chosen, list) else [chosen])
        ]

    @property
    def has_weights(self) -> bool:
        return "weights" in self.written or "units" in self.written

    def leaves(self, inputs: int, drawn: dict) -> dict:
        """The layer's own numbers by name, in the layout they are written in."""
        found = {}
        if not self.has_weights:
            return found
        if isinstance(self.written.get("weights"), dict):
            found[self.weights] = mpf_lists(drawn[self.weights])
        elif isinstance(self.written["weights"], list):
            found[self.weights] = numbers(self.written["weights"])
        else:
            width, units = inputs + bool(self.folded), int(self.written["units"])
            rows, columns = (width, units) if self.into_columns else (units, width)
            found[self.weights] = [[number(self.written["weights"])] * columns for _ in range(rows)]
        units = len(found[self.weights][0]) if self.into_columns else len(found[self.weights])
        if "bias" in self.written:
            bias = self.written["bias"]
            if isinstance(bias, dict):
                found[self.bias] = mpf_lists(drawn[self.bias])
            elif isinstance(bias, list) or self.shared:
                found[self.bias] = numbers(bias)
            else:
                found[self.bias] = [number(bias)] * units
        return found

    def apply(self, row: list[mpf], leaves: dict) -> list[mpf]:
        """z of one sample."""
        weights, bias = leaves[self.weights], leaves.get(self.bias, mpf(0))
        extended = {"first": [mpf(1), *row], "last": [*row, mpf(1)], None: row}[self.folded]
        units = len(weights[0]) if self.into_columns else len(weights)
        z = []
        for unit in range(units):
            total = bias[unit] if isinstance(bias, list) else bias
            for k, x in enumerate(extended):
                total += x * (weights[k][unit] if self.into_columns else weights[unit][k])
            z.append(total)
        return z

    def activate(self, row: list[mpf]) -> list[mpf]:
        """a of one sample."""
        first = self.activations[0]
        if first.name in ROW_ACTIVATIONS:
            return ROW_ACTIVATIONS[first.name](row)
        chosen = self.activations if len(self.activations) > 1 else self.activations * len(row)
        result = []
        for x, activation in zip(row, chosen, strict=True):
            function, defaults = ACTIVATIONS[activation.name]
            result.append(function(x, **activation.given(defaults)))
        return result

    def penalized(self, leaves: dict) -> list[mpf]:
        """The weights that a penalty counts: all but a folded bias."""
        if not self.has_weights:
            return []
        rows = leaves[self.weights]
        rows = [list(column) for column in zip(*rows, strict=True)] if self.into_columns else rows
        kept = {"first": slice(1, None), "last": slice(None, -1), None: slice(None)}[self.folded]
        return list(itertools.chain.from_iterable(row[kept] for row in rows))


def mpf_lists(value):
    return [mpf_lists(item) for item in value] if isinstance(value, list) else mpf(value)


PENALTIES = {"l2": lambda w: w * w, "half_l2": lambda w: w * w / 2, "l1": abs}


class Network:
    """A problem file of layers, read and ready to be evaluated."""

    def __init__(self, problem: dict, drawn: dict | None = None) -> None:
        notation = problem.get("notation", {})
        letters = LETTERS | (PRESETS[notation] if isinstance(notation, str) else notation)
        into_columns = problem.get("weight_layout") == "in_out"
        self.layers = [
            Layer(written, position, letters, into_columns) for position, written in enumerate(problem["layers"], 1)
        ]
        self.loss = Named(problem["loss"], LOSS_ALIASES) if "loss" in problem else None
        self.reduction = problem.get("reduction") or (self.loss and self.loss.options.get("reduction"))
        self.penalty = {name: number(factor) for name, factor in problem.get("penalty", {}).items()}
        self.index_base = int(problem.get("index_base", "1"))
        self._read_samples(problem)
        self.parameters: dict = {}
        width = len(self.x[0])
        for layer in self.layers:
            own = layer.leaves(width, drawn or {})
            self.parameters |= own
            width = len(layer.apply([mpf(0)] * width, own)) if layer.has_weights else width
        self.y = self._read_target(problem.get("target"), width)
        self.weights = numbers(problem["sample_weights"]) if "sample_weights" in problem else [mpf(1)] * len(self.x)

    def _read_samples(self, problem: dict) -> None:
        x = numbers(problem["input"])
        self.single = not (isinstance(x, list) and isinstance(x[0], list))
        self.x = x if not self.single else [x if isinstance(x, list) else [x]]

    def _read_target(self, written, width: int) -> list[list[mpf]] | None:
        if written is None:
            return None
        if isinstance(written, dict):
            classes = written["class"] if isinstance(written["class"], list) else [written["class"]]
            return [[mpf(k + self.index_base == int(c)) for k in range(width)] for c in classes]
        y = numbers(written)
        if self.single:
            return [y if isinstance(y, list) else [y]]
        return y if isinstance(y[0], list) else [[item] for item in y]

    def evaluate(self, nudge: tuple[str, tuple[int, ...], mpf] | None = None) -> dict:
        """Every quantity by its name, samples as rows, with one entry nudged on the way."""
        values: dict = {}

        def put(name: str, value) -> None:
            values[name] = changed(value, *nudge[1:]) if nudge and nudge[0] == name else value

        put("x", self.x)
        for name, value in self.parameters.items():
            put(name, value)
        rows = values["x"]
        for layer in self.layers:
            if layer.has_weights:
                put(layer.pre, [layer.apply(row, values) for row in rows])
                rows = values[layer.pre]
            put(layer.post, [layer.activate(row) for row in rows])
            rows = values[layer.post]
        return values

    @property
    def output(self) -> str:
        return self.layers[-1].post

    def output_losses(self, rows: list[list[mpf]]) -> list[list[mpf]] | None:
        """e of every output of every sample, where the loss has one."""
        if self.loss.name not in OUTPUT_LOSSES:
            return None
        function, defaults, _, _ = OUTPUT_LOSSES[self.loss.name]
        options = self.loss.given(defaults)
        scale = self._log_scale()
        return [
            [scale * function(p, y, **options) for p, y in zip(row, target, strict=True)]
            for row, target in zip(rows, self.y, strict=True)
        ]

    def sample_losses(self, rows: list[list[mpf]]) -> list[mpf]:
        """ℓ of every sample."""
        each = self.output_losses(rows)
        if each is not None:
            over = self.loss.options.get("outputs", OUTPUT_LOSSES[self.loss.name][2])
            return [sum(row) / (len(row) if over == "mean" else 1) for row in each]
        function, defaults = SAMPLE_LOSSES[self.loss.name]
        options = self.loss.given(defaults)
        return [self._log_scale() * function(row, y, **options) for row, y in zip(rows, self.y, strict=True)]

    def result(self, values: dict) -> mpf:
        """L; without a loss the output itself, if it is one number."""
        rows = values[self.output]
        if self.loss is None or self.y is None:
            ((only,),) = rows
            return only
        if self.loss.name == "dice":
            total = self._dice(rows)
        else:
            default = OUTPUT_LOSSES[self.loss.name][3] if self.loss.name in OUTPUT_LOSSES else "mean"
            weighted = [w * loss for w, loss in zip(self.weights, self.sample_losses(rows), strict=True)]
            divisor = {"sum": mpf(1), "mean": mpf(len(rows)), "weighted_mean": sum(self.weights)}
            total = sum(weighted) / divisor[self.reduction or default]
        for name, factor in self.penalty.items():
            for layer in self.layers:
                total += factor * sum(PENALTIES[name](w) for w in layer.penalized(values))
        return total

    def _dice(self, rows: list[list[mpf]]) -> mpf:
        p, y = list(itertools.chain(*rows)), list(itertools.chain(*self.y))
        return 1 - 2 * dot(p, y) / (sum(p) + sum(y))

    def _log_scale(self) -> mpf:
        """What another base of the logarithm makes of the loss: a factor, squared where the logarithm is."""
        if "log_base" not in self.loss.options:
            return mpf(1)
        power = 2 if self.loss.name == "msle" else 1
        return 1 / mpmath.log(number(self.loss.options["log_base"])) ** power

    def gradient(self, name: str, value, result: mpf):
        """∂L/∂name by central differences, in the shape of `value`."""
        slopes = {}
        for index in indices(value):
            above, below = (self.result(self.evaluate((name, index, step))) for step in (STEP, -STEP))
            if abs(above - 2 * result + below) > STEP * TINY * max(1, abs(above - below) / STEP):
                raise ArithmeticError(f"{name}{list(index)} sits on a kink")
            slopes[index] = (above - below) / (2 * STEP)
        return rebuilt(value, slopes)

    def shown(self, name: str, value):
        """A quantity of one sample without its samples axis."""
        return value[0] if self.single and name not in self.parameters else value


def rebuilt(value, slopes: dict, place: tuple[int, ...] = ()):
    if not isinstance(value, list):
        return slopes[place]
    return [rebuilt(item, slopes, (*place, k)) for k, item in enumerate(value)]


def solve(problem: dict, drawn: dict | None = None) -> dict:
    """Values and gradients of a problem given as texts; `drawn` holds the parameters that an `init` draws.

    Gives `values`, `gradients`, `output`, and with a loss `loss`, `sample_losses` and `output_losses`, as nested
    lists of 60-digit numbers under the names and in the shapes of `gradcalc backward --format json`. Without a loss
    the output is what is differentiated.
    """
    network = Network(problem, drawn)
    values = network.evaluate()
    result = network.result(values)
    gradients = {name: network.shown(name, network.gradient(name, value, result)) for name, value in values.items()}
    solution = {
        "values": {name: network.shown(name, value) for name, value in values.items()},
        "gradients": gradients,
        "output": network.output,
    }
    if network.loss is None or network.y is None:
        del gradients[network.output]
        return solution
    solution["values"] |= {"y": network.y[0] if network.single else network.y, "L": result}
    solution["loss"] = result
    if network.loss.name != "dice":
        each = network.output_losses(values[network.output])
        solution["sample_losses"] = network.sample_losses(values[network.output])
        solution["output_losses"] = each and network.shown(network.output, each)
    return solution


def solve_file(path: Path, drawn: dict | None = None) -> dict:
    """`solve` of a problem file."""
    return solve(read_texts(path), drawn)


def main(paths: list[str]) -> None:
    """Print the numbers of problem files to 17 digits, as JSON."""
    for path in paths:
        print(json.dumps(solve_file(Path(path)), default=lambda value: mpmath.nstr(value, 17), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
