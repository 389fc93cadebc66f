"""A computation of formulas worked by plain arithmetic, as a person works it, rightly or with one mistake.

Nothing of gradcalc is imported. Each mistake is a `Lines` that does one thing otherwise; its `name` is what the
catalogue calls it.
"""

from __future__ import annotations

import math
import random

FORMULAS = {"u": "p * q", "v": "u / r", "s": "u + v", "a": "tanh(s)", "d": "a - y", "L": "0.5 * d**2"}


class Lines:
    """Works a problem of the form of `draw_equations`; every part is a method that a mistake can override."""

    name = ""

    def __init__(self, document: dict) -> None:
        self.p, self.q, self.r = (document["parameters"][name] for name in "pqr")
        self.y = document["inputs"]["y"]

    def suits(self) -> bool:
        """Whether the mistake can be made in this problem at all."""
        return True

    def work(self) -> dict:
        """Every line and every gradient by its name."""
        u = self.product()
        v = self.quotient(u)
        s = self.sum(u, v)
        a = self.bent(s)
        d = self.difference(a)
        found = {"u": u, "v": v, "s": s, "a": a, "d": d, "L": self.loss(d)}
        arriving = self.loss_slope(d)
        to_s = self.through(s, a, arriving)
        by_sum, to_v = self.sum_shares(to_s)
        by_quotient, to_r = self.quotient_shares(u, to_v)
        to_u = self.together(by_sum, by_quotient)
        to_p, to_q = self.product_shares(to_u)
        return {**found, "dd": arriving, "da": arriving, "ds": to_s, "dv": to_v, "du": to_u,
                "dp": to_p, "dq": to_q, "dr": to_r}  # fmt: skip

    def product(self) -> float:
        return self.p * self.q

    def quotient(self, u: float) -> float:
        return u / self.r

    def sum(self, u: float, v: float) -> float:
        return u + v

    def bent(self, s: float) -> float:
        return math.tanh(s)

    def difference(self, a: float) -> float:
        return a - self.y

    def loss(self, d: float) -> float:
        return 0.5 * d * d

    def loss_slope(self, d: float) -> float:
        return d

    def through(self, s: float, a: float, g: float) -> float:
        return g * (1 - a * a)

    def sum_shares(self, g: float) -> tuple[float, float]:
        return g, g

    def quotient_shares(self, u: float, g: float) -> tuple[float, float]:
        return g / self.r, -g * u / self.r**2

    def together(self, one: float, other: float) -> float:
        return one + other

    def product_shares(self, g: float) -> tuple[float, float]:
        return g * self.q, g * self.p


class FirstUse(Lines):
    name = "one_use_only"

    def together(self, one, other):
        return one


class SecondUse(Lines):
    name = "one_use_only"

    def together(self, one, other):
        return other


class NoFactors(Lines):
    name = "rule_of_product"

    def product_shares(self, g):
        return g, g


class OwnFactors(Lines):
    name = "rule_of_product"

    def product_shares(self, g):
        return g * self.p, g * self.q


class PlusInQuotient(Lines):
    name = "rule_of_product"

    def quotient_shares(self, u, g):
        return g / self.r, g * u / self.r**2


class NotSquaredInQuotient(Lines):
    name = "rule_of_product"

    def quotient_shares(self, u, g):
        return g / self.r, -g * u / self.r


class MinusForPlus(Lines):
    name = "sign_in_sum"

    def sum(self, u, v):
        return u - v


class MinusThroughout(MinusForPlus):
    def sum_shares(self, g):
        return g, -g


class PlusForMinus(Lines):
    name = "sign_in_sum"

    def difference(self, a):
        return a + self.y


class Omitted(Lines):
    name = "derivative_omitted"

    def through(self, s, a, g):
        return g


class AtZ(Lines):
    name = "derivative_at_z"

    def through(self, s, a, g):
        return g * (1 - s * s)


class AtA(Lines):
    name = "derivative_at_a"

    def through(self, s, a, g):
        return g * (1 - math.tanh(a) ** 2)


class Sigmoidal(Lines):
    name = "other_slope"

    def through(self, s, a, g):
        return g * a * (1 - a)


class WithZ(Lines):
    name = "z_as_factor"

    def through(self, s, a, g):
        return super().through(s, a, g) * s


class NotSquared(Lines):
    name = "square_missing"

    def through(self, s, a, g):
        return g * (1 - a)


class PlusInSlope(Lines):
    name = "plus_in_slope"

    def through(self, s, a, g):
        return g * (1 + a * a)


class AgainstSlope(Lines):
    name = "sign_of_slope"

    def through(self, s, a, g):
        return -super().through(s, a, g)


class NotApplied(Lines):
    name = "activation_not_applied"

    def bent(self, s):
        return s


class Twice(Lines):
    name = "activation_twice"

    def bent(self, s):
        return math.tanh(math.tanh(s))


class Logistic(Lines):
    name = "other_activation"

    def bent(self, s):
        return 1 / (1 + math.exp(-s))


class MaximumForTanh(Lines):
    name = "other_activation"

    def bent(self, s):
        return max(0.0, s)


class FactorLost(Lines):
    name = "power_factor_lost"

    def loss_slope(self, d):
        return 0.5 * d


class PowerKept(Lines):
    name = "power_kept"

    def loss_slope(self, d):
        return d * d


class NoHalf(Lines):
    name = "constant_factor_left_out"

    def loss(self, d):
        return d * d

    def loss_slope(self, d):
        return 2 * d


class NoHalfBehind(Lines):
    name = "constant_factor_left_out"

    def loss_slope(self, d):
        return 2 * d


class RuleOfSumInLoss(NoHalfBehind):
    name = "rule_of_product"


MISTAKES = [kind for kind in vars().values() if isinstance(kind, type) and issubclass(kind, Lines) and kind.name]


def draw_equations(seed: int) -> dict:
    """The formulas with numbers in hundredths."""
    chance = random.Random(seed)  # noqa: S311 - draws a problem, not a secret
    pool = [k / 100 for k in range(-140, 141) if abs(k) > 20 and k % 10]
    p, q, r, y = chance.sample(pool, 4)
    return {"inputs": {"y": y}, "parameters": {"p": p, "q": q, "r": r}, "equations": FORMULAS}
