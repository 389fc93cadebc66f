"""Steps of an optimizer worked by plain loops, as a person works them, rightly or with one mistake.

Nothing of gradcalc is imported. Each mistake is a `Steps` that does one thing otherwise; its `name` is what the
catalogue calls it. The gradients stand in the problem, or come of a network that `hand` works.
"""

from __future__ import annotations

import json
import math
import random
from typing import ClassVar

import hand
from hand import Hand

Row = list[float]
ADAMS = ("adam", "adamw", "amsgrad")
ROOTS = (*ADAMS, "rmsprop", "adagrad")
STATES = ("v", "s", "G", "m", "v_max", "u", "d")
VELOCITIES = ("momentum", "nesterov")


class Steps:
    """Works a problem of the form of `draw_steps`; every part is a method that a mistake can override."""

    name = ""
    # whether the sheet has the state beside the parameters, without which some mistakes look alike
    states = True
    # who works the network, if there is one
    network: ClassVar = Hand
    others: ClassVar = set()

    def __init__(self, document: dict) -> None:
        self.document, self.rule = document, document["optimizer"]
        self.count = document["steps"]
        self.kind, self.lr = self.rule["name"], self.rule["lr"]
        self.beta = self.rule.get("beta", self.rule.get("rho", self.rule.get("beta1")))
        self.beta2, self.eps = self.rule.get("beta2"), self.rule.get("eps", 0.0)
        self.decay, self.decoupled = self.rule.get("weight_decay", 0.0), self.kind == "adamw"

    def suits(self) -> bool:
        """Whether the mistake can be made in this problem at all."""
        return True

    def work(self) -> dict:
        """Every row of every step by the parameters' names: gradient, state, what is derived, parameters."""
        weights = self.start()
        state: dict[str, dict[str, Row]] = {}
        found: dict = {}
        for number in range(1, self.count + 1):
            gradient = self.gradient(weights, number)
            rows: dict[str, dict[str, Row]] = {} if "gradients" in self.document else {"gradients": gradient}
            after = {}
            for name, old in weights.items():
                own = {key: state.get(key, {}).get(name, [0.0] * len(old)) for key in STATES}
                told, moves = self.decayed(old, gradient[name], own, self.counted(number))
                for key, row in told.items():
                    rows.setdefault(key, {})[name] = row
                after[name] = [w + self.direction() * move for w, move in zip(old, moves, strict=True)]
            weights = after
            state = self.kept(rows)
            found[f"step {number}"] = {**(rows if self.states else {}), "parameters": weights}
        return self.numbered(found)

    def start(self) -> dict[str, Row]:
        return {name: flat(value) for name, value in parameters_of(self.document).items()}

    def gradient(self, weights: dict[str, Row], number: int) -> dict[str, Row]:
        if "gradients" in self.document:
            return {name: flat(g) for name, g in self.document["gradients"][number - 1].items()}
        network = json.loads(json.dumps(self.document))
        for at, layer in enumerate(network["layers"], 1):
            layer["weights"] = as_rows(weights[f"W{at}"], len(layer["weights"]))
            layer["bias"] = weights[f"b{at}"]
        worked = self.network(network).work()
        return {name: flat(worked[f"d{name}"]) for name in weights}

    def counted(self, number: int) -> int:
        return number

    def direction(self) -> float:
        return -1.0

    def kept(self, rows: dict) -> dict:
        return rows

    def numbered(self, found: dict) -> dict:
        return found

    def decayed(self, w: Row, g: Row, own: dict[str, Row], t: int) -> tuple[dict[str, Row], Row]:
        """The rows of one parameter, and what is taken off it."""
        if self.decoupled or not self.decay:
            told, moves = self.moved(g, own, t)
            return told, [move + self.rate() * self.decay * one for move, one in zip(moves, w, strict=True)]
        whole = [one + self.decay * old for one, old in zip(g, w, strict=True)]
        told, moves = self.moved(whole, own, t)
        return ({} if self.kind == "adamw" else {"g": whole}) | told, moves

    def moved(self, g: Row, own: dict[str, Row], t: int) -> tuple[dict[str, Row], Row]:
        """The same by a gradient that has the decay of weights in it."""
        if self.kind == "sgd":
            return {}, [self.rate() * one for one in g]
        if self.kind in VELOCITIES:
            v = [self.velocity(old, one) for old, one in zip(own["v"], g, strict=True)]
            return {"v": v}, [self.of_velocity(*three) for three in zip(v, g, own["v"], strict=True)]
        if self.kind == "adagrad":
            G = [old + self.square(one) for old, one in zip(own["G"], g, strict=True)]
            return {"G": G}, [self.rate() * self.over(*two) for two in zip(g, G, strict=True)]
        if self.kind == "rmsprop":
            s = [self.mean(old, self.square(one), self.beta) for old, one in zip(own["s"], g, strict=True)]
            return {"s": s}, [self.rate() * self.over(*two) for two in zip(g, s, strict=True)]
        if self.kind == "adadelta":
            s = [self.mean(old, self.square(one), self.beta) for old, one in zip(own["s"], g, strict=True)]
            tops = [one * math.sqrt(old + self.eps) for one, old in zip(g, own["d"], strict=True)]
            delta = [top / math.sqrt(one + self.eps) for top, one in zip(tops, s, strict=True)]
            d = [self.mean(old, one * one, self.beta) for old, one in zip(own["d"], delta, strict=True)]
            return {"s": s, "delta": delta, "d": d}, [self.rate() * one for one in delta]
        m = [self.mean(old, one, self.beta) for old, one in zip(own["m"], g, strict=True)]
        if self.kind == "adamax":
            u = [max(self.beta2 * old, abs(one) + self.eps) for old, one in zip(own["u"], g, strict=True)]
            m_hat = [self.corrected(one, self.beta, t) for one in m]
            return {"m": m, "u": u, "m_hat": m_hat}, [self.rate() * a / b for a, b in zip(m_hat, u, strict=True)]
        v = [self.mean(old, self.square(one), self.beta2) for old, one in zip(own["v"], g, strict=True)]
        m_hat = [self.corrected(one, self.beta, t) for one in m]
        largest = [max(*two) for two in zip(own["v_max"], v, strict=True)] if self.kind == "amsgrad" else v
        v_hat = [self.corrected_square(one, self.beta2, t) for one in largest]
        used = [self.used(*two) for two in zip(m, m_hat, strict=True)]
        moves = [self.rate() * self.over(*two) for two in zip(used, v_hat, strict=True)]
        seen = {"v_max": largest} if self.kind == "amsgrad" else {}
        return {"m": m, "v": v, **seen, "m_hat": m_hat, "v_hat": v_hat}, moves

    def rate(self) -> float:
        return self.lr

    def share(self, g: float) -> float:
        return {"classical": self.lr * g, "torch": g, "ema": (1 - self.beta) * g}[self.rule["form"]]

    def velocity(self, old: float, g: float) -> float:
        return self.beta * old + self.share(g)

    def of_velocity(self, v: float, g: float, _before: float) -> float:
        ahead = self.beta * v + self.share(g) if self.kind == "nesterov" else v
        return ahead * (1 if self.rule["form"] == "classical" else self.rate())

    def square(self, g: float) -> float:
        return g * g

    def mean(self, old: float, new: float, beta: float) -> float:
        return beta * old + (1 - beta) * new

    def corrected(self, mean: float, beta: float, t: int) -> float:
        return mean / (1 - beta**t)

    def corrected_square(self, mean: float, beta: float, t: int) -> float:
        return self.corrected(mean, beta, t)

    def used(self, _m: float, m_hat: float) -> float:
        return m_hat

    def over(self, top: float, square: float) -> float:
        return top / self.root(square)

    def root(self, square: float) -> float:
        if self.rule.get("eps_place") == "inside":
            return math.sqrt(square + self.eps)
        return math.sqrt(square) + self.eps


class Uphill(Steps):
    name = "uphill"

    def direction(self):
        return 1.0


class RateTwice(Steps):
    name = "rate_twice"

    def rate(self):
        return self.lr * self.lr

    def of_velocity(self, v, g, before):
        return super().of_velocity(v, g, before) * (self.lr if self.rule["form"] == "classical" else 1)


class RateLeftOut(Steps):
    name = "rate_left_out"

    def rate(self):
        return 1.0

    def share(self, g):
        return g if self.rule["form"] == "classical" else super().share(g)


class TenthOfRate(Steps):
    name = "other_rate"

    def __init__(self, document):
        super().__init__(document)
        self.lr /= 10


class TenTimesTheRate(Steps):
    name = "other_rate"

    def __init__(self, document):
        super().__init__(document)
        self.lr *= 10


class HalfTheRate(Steps):
    name = "other_rate"

    def __init__(self, document):
        super().__init__(document)
        self.lr /= 2


class TwiceTheRate(Steps):
    name = "other_rate"

    def __init__(self, document):
        super().__init__(document)
        self.lr *= 2


class OneMore(Steps):
    name = "one_update_more"
    states = False

    def suits(self):
        return "gradients" not in self.document

    def __init__(self, document):
        super().__init__(document)
        self.count += 1

    def numbered(self, found):
        steps = list(found.values())[1:]
        return {f"step {number}": rows for number, rows in enumerate(steps, 1)}


class OneFewer(Steps):
    name = "one_update_fewer"
    states = False

    def numbered(self, found):
        steps = [{"parameters": self.start()}, *found.values()][:-1]
        return {f"step {number}": rows for number, rows in enumerate(steps, 1)}


class Reset(Steps):
    name = "state_reset"

    def suits(self):
        return self.kind != "sgd"

    def kept(self, rows):
        return {}


class PreviousVelocity(Steps):
    name = "previous_state"

    def suits(self):
        return self.kind in VELOCITIES

    def of_velocity(self, v, g, before):
        return super().of_velocity(before, g, before)


class PreviousVelocityUnseen(PreviousVelocity):
    states = False


class Torch(Steps):
    name = "momentum_form"
    form = "torch"

    def suits(self):
        return self.kind == "momentum" and self.document["optimizer"]["form"] != self.form

    def __init__(self, document):
        super().__init__(document)
        self.rule = {**self.rule, "form": self.form}


class Ema(Torch):
    form = "ema"


class Classical(Torch):
    form = "classical"


class AnotherForm(Steps):
    name = "momentum_form"

    def suits(self):
        return self.kind in VELOCITIES and self.rule["form"] != "torch"

    def share(self, g):
        return g


class MeanForm(Steps):
    name = "momentum_form"

    def suits(self):
        return self.kind in VELOCITIES and self.rule["form"] != "ema"

    def share(self, g):
        return (1 - self.beta) * g * (self.lr if self.rule["form"] == "classical" else 1)


class LookAheadTwice(Steps):
    name = "look_ahead"

    def suits(self):
        return self.kind == "nesterov"

    def of_velocity(self, v, g, before):
        ahead = self.beta * (self.beta * v + self.share(g)) + self.share(g)
        return ahead * (1 if self.rule["form"] == "classical" else self.rate())


class NoLookAhead(Steps):
    name = "look_ahead"

    def suits(self):
        return self.kind == "nesterov"

    def of_velocity(self, v, g, before):
        return v * (1 if self.rule["form"] == "classical" else self.rate())


class NoLookAheadUnseen(NoLookAhead):
    states = False


class NotSquared(Steps):
    name = "not_squared"

    def suits(self):
        return self.kind in ROOTS

    def square(self, g):
        return abs(g)


class RootForgotten(Steps):
    name = "root_forgotten"

    def suits(self):
        return self.kind in ROOTS

    def root(self, square):
        return square + self.eps


class NotDivided(Steps):
    name = "divisor_left_out"

    def suits(self):
        return self.kind in ROOTS

    def over(self, top, square):
        return top


class EpsElsewhere(Steps):
    name = "eps_elsewhere"

    def suits(self):
        return self.eps > 1e-3

    def root(self, square):
        if self.rule.get("eps_place") == "inside":
            return math.sqrt(square) + self.eps
        return math.sqrt(square + self.eps)


class NoEps(Steps):
    name = "eps_left_out"

    def suits(self):
        return self.eps > 1e-3

    def root(self, square):
        return math.sqrt(square)


class NoDecay(Steps):
    name = "decay_of_weights"

    def suits(self):
        return self.decay > 0

    def decayed(self, w, g, own, t):
        return self.moved(g, own, t)


class DecayElsewhere(Steps):
    name = "decay_of_weights"

    def suits(self):
        return self.decay > 0 and self.kind != "sgd"

    def __init__(self, document):
        super().__init__(document)
        self.decoupled = not self.decoupled


class SharesSwapped(Steps):
    name = "shares_swapped"

    def suits(self):
        return self.kind in ("rmsprop", "adadelta", *ADAMS)

    def mean(self, old, new, beta):
        return (1 - beta) * old + beta * new


class MeanShareSwapped(Steps):
    name = "shares_swapped"

    def suits(self):
        return self.kind in ADAMS

    def mean(self, old, new, beta):
        return super().mean(old, new, 1 - beta if beta == self.beta else beta)


class NoWeightOfNew(Steps):
    name = "weights_of_the_mean"

    def suits(self):
        return self.kind in ("rmsprop", "adadelta", *ADAMS)

    def mean(self, old, new, beta):
        return beta * old + new


class AllKept(Steps):
    name = "weights_of_the_mean"

    def suits(self):
        return self.kind in ("rmsprop", "adadelta", *ADAMS)

    def mean(self, old, new, beta):
        return old + (1 - beta) * new


class NothingTakenOver(Steps):
    name = "weights_of_the_mean"

    def suits(self):
        return self.kind in (*VELOCITIES, "rmsprop", "adam", "adamw", "adamax")

    def moved(self, g, own, t):
        return super().moved(g, {name: [0.0] * len(g) for name in own}, t)


class WholeShare(Steps):
    name = "weights_of_the_mean"

    def suits(self):
        return self.rule.get("form") == "ema"

    def share(self, g):
        return g


class OnlyTheLast(Steps):
    name = "weights_of_the_mean"

    def suits(self):
        return self.kind == "adagrad"

    def moved(self, g, own, t):
        return super().moved(g, {**own, "G": [0.0] * len(g)}, t)


class Adam(Steps):
    def suits(self):
        return self.kind in ADAMS


class NoCorrection(Adam):
    name = "no_bias_correction"

    def suits(self):
        return self.kind in (*ADAMS, "adamax")

    def corrected(self, mean, beta, t):
        return mean


class OneCorrection(Adam):
    name = "one_correction_only"

    def corrected_square(self, mean, beta, t):
        return mean


class NoPower(Adam):
    name = "no_power_of_t"

    def corrected(self, mean, beta, t):
        return mean / (1 - beta)


class PowerOutside(Adam):
    name = "power_of_the_difference"

    def corrected(self, mean, beta, t):
        return mean / (1 - beta) ** t


class ByBeta(Adam):
    name = "divided_by_beta"

    def corrected(self, mean, beta, t):
        return mean / beta


class OneAhead(Adam):
    name = "t_one_ahead"

    def suits(self):
        return self.kind in (*ADAMS, "adamax")

    def counted(self, number):
        return number + 1


class BetasSwapped(Adam):
    name = "betas_swapped"

    def suits(self):
        return self.kind in (*ADAMS, "adamax")

    def __init__(self, document):
        super().__init__(document)
        self.beta, self.beta2 = self.beta2, self.beta


class FedBack(Adam):
    name = "correction_fed_back"

    def kept(self, rows):
        return {**rows, "m": rows["m_hat"], "v": rows["v_hat"]}


class OfTheNetwork(Steps):
    """Steps with gradients of a network that is worked with a mistake."""

    def suits(self):
        return "gradients" not in self.document and self.network(self.document).suits()


class DoubleLoss(hand.DoubleSquare):
    name = "factor_of_the_whole"


class NegativeLoss(hand.Against):
    name = "sign_of_the_loss"


class ReluForTanh(Hand):
    name = "other_activation"

    def activate(self, layer, z):
        return [max(v, 0.0) for v in z] if layer == 0 else super().activate(layer, z)


# what a sheet of gradients and steps shows: not how a loss itself is told
LOSSES_ONLY = (hand.Log10, hand.Log2, hand.OneTerm, hand.OneMinusLog)
NETWORKS = [kind for kind in (*hand.MISTAKES, DoubleLoss, NegativeLoss, ReluForTanh) if kind not in LOSSES_ONLY]
OF_NETWORKS = [
    type(kind.__name__, (OfTheNetwork,), {"name": kind.name, "others": getattr(kind, "others", set()), "network": kind})
    for kind in NETWORKS
]
MISTAKES = [kind for kind in vars().values() if isinstance(kind, type) and issubclass(kind, Steps) and kind.name]
MISTAKES += OF_NETWORKS

OPTIMIZERS = (
    {"name": "sgd", "lr": 0.1},
    {"name": "momentum", "lr": 0.1, "beta": 0.9, "form": "classical"},
    {"name": "momentum", "lr": 0.2, "beta": 0.8, "form": "torch"},
    {"name": "momentum", "lr": 0.3, "beta": 0.7, "form": "ema"},
    {"name": "nesterov", "lr": 0.1, "beta": 0.9, "form": "classical"},
    {"name": "nesterov", "lr": 0.2, "beta": 0.7, "form": "torch"},
    {"name": "rmsprop", "lr": 0.1, "rho": 0.9, "eps": 0.01, "eps_place": "outside"},
    {"name": "rmsprop", "lr": 0.2, "rho": 0.8, "eps": 0.02, "eps_place": "inside"},
    {"name": "adagrad", "lr": 0.3, "eps": 0.02, "eps_place": "outside"},
    {"name": "adam", "lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 0.01, "eps_place": "outside"},
    {"name": "adam", "lr": 0.2, "beta1": 0.8, "beta2": 0.95, "eps": 0.02, "eps_place": "inside"},
    {"name": "sgd", "lr": 0.2, "weight_decay": 0.1},
    {"name": "momentum", "lr": 0.2, "beta": 0.6, "form": "torch", "weight_decay": 0.05},
    {"name": "nesterov", "lr": 0.3, "beta": 0.8, "form": "ema"},
    {"name": "adadelta", "lr": 0.5, "rho": 0.8, "eps": 0.02},
    {"name": "adamw", "lr": 0.1, "beta1": 0.7, "beta2": 0.9, "eps": 0.01, "eps_place": "outside", "weight_decay": 0.1},
    {"name": "amsgrad", "lr": 0.2, "beta1": 0.9, "beta2": 0.8, "eps": 0.01, "eps_place": "outside"},
    {"name": "adamax", "lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 0.01},
)


POOL = [k / 10 for k in range(-25, 26) if k and abs(k) != 10]


def draw_steps(seed: int) -> dict:
    """Two or three steps from gradients in tenths that are given."""
    chance = random.Random(seed)  # noqa: S311 - draws a problem, not a secret
    count = chance.choice([2, 3])

    def drawn() -> dict:
        return {"w": chance.choices(POOL, k=2), "b": chance.choice(POOL)}

    rule = {**OPTIMIZERS[seed % len(OPTIMIZERS)]}
    return {"parameters": drawn(), "gradients": [drawn() for _ in range(count)], "optimizer": rule, "steps": count}


def draw_trained(seed: int) -> dict:
    """Two steps of a small network."""
    chance = random.Random(seed)  # noqa: S311 - draws a problem, not a secret
    weights = chance.sample(POOL, 6)
    return {
        "input": [chance.sample(POOL, 2)],
        "target": [chance.sample(POOL, 1)],
        "loss": "half_squared_error",
        "layers": [
            {"weights": [weights[:2], weights[2:4]], "bias": chance.sample(POOL, 2), "activation": "tanh"},
            {"weights": [weights[4:]], "bias": chance.sample(POOL, 1), "activation": "identity"},
        ],
        "optimizer": {**OPTIMIZERS[seed % len(OPTIMIZERS)]},
        "steps": 2,
    }


def parameters_of(document: dict) -> dict:
    if "parameters" in document:
        return document["parameters"]
    layers = enumerate(document["layers"], 1)
    return {f"{letter}{at}": layer[key] for at, layer in layers for letter, key in (("W", "weights"), ("b", "bias"))}


def flat(value) -> Row:
    if not isinstance(value, list):
        return [float(value)]
    return [one for inner in value for one in flat(inner)]


def as_rows(row: Row, count: int) -> list[Row]:
    width = len(row) // count
    return [row[at * width : (at + 1) * width] for at in range(count)]


def shaped(document: dict, worked: dict) -> dict:
    """The sheet with each parameter's numbers in the parameter's own shape."""
    rows = {name: len(value) if isinstance(value, list) and isinstance(value[0], list) else 0 for name, value in
            parameters_of(document).items()}  # fmt: skip

    def fit(name: str, row: Row):
        return as_rows(row, rows[name]) if rows[name] else row if len(row) > 1 else row[0]

    return {
        step: {key: {name: fit(name, row) for name, row in own.items()} for key, own in told.items()}
        for step, told in worked.items()
    }
