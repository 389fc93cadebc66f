"""Numbers drawn by a named scheme from a generator of gradcalc's own, the same on every machine.

The generator is SplitMix64 used as a counter: the bits of draw i (from 0) under seed s are mix(s + (i + 1)·γ), all
modulo 2⁶⁴, with γ = 0x9E3779B97F4A7C15 and

    mix(z):  z ← (z ⊕ (z ≫ 30)) · 0xBF58476D1CE4E5B9
             z ← (z ⊕ (z ≫ 27)) · 0x94D049BB133111EB
             z ⊕ (z ≫ 31)

Their upper 52 bits k give the uniform number u = (2k + 1) / 2⁵³, strictly between 0 and 1 and exact. A uniform entry
is (2u − 1)·limit, a normal one Φ⁻¹(u)·std, not truncated, where Φ⁻¹(u) is rounded to 10 significant digits, because
the libraries of two machines may disagree about its last bits. Draw i fills entry i, row by row, of the matrix *as it
is written*: a matrix in the layout in_out is no transpose of one drawn out_in. Two arrays with one seed begin alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import ProblemError
from gradcalc.problem.model import Init

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Scheme(NamedTuple):
    """A way to fill an array. Its scale is `gain` where `fan` is none, else √(gain/fan), `both` being fan_in + fan_out.

    The scale is the value itself, the limit of a uniform distribution, or the standard deviation of a normal one.
    """

    kind: Literal["constant", "uniform", "normal"]
    gain: float
    fan: Literal["none", "in", "both"]
    doc: str
    aliases: tuple[str, ...] = ()
    takes_std: bool = False

    def scale(self, fan_in: int, fan_out: int) -> float:
        if self.fan == "none":
            return self.gain
        return math.sqrt(self.gain / (fan_in if self.fan == "in" else fan_in + fan_out))


_NAMED: Mapping[str, Scheme] = {
    "zeros": Scheme("constant", 0, "none", "every entry 0"),
    "ones": Scheme("constant", 1, "none", "every entry 1"),
    "normal": Scheme("normal", 1, "none", "normal with standard deviation std", takes_std=True),
    "uniform": Scheme("uniform", 1, "in", "uniform in ±1/√fan_in, as in PyTorch's linear layers"),
    "xavier_uniform": Scheme("uniform", 6, "both", "uniform in ±√(6/(fan_in + fan_out))", ("glorot_uniform",)),
    "xavier_normal": Scheme("normal", 2, "both", "normal, variance 2/(fan_in + fan_out)", ("glorot_normal",)),
    "he_uniform": Scheme("uniform", 6, "in", "uniform in ±√(6/fan_in)", ("kaiming_uniform",)),
    "he_normal": Scheme("normal", 2, "in", "normal, variance 2/fan_in", ("kaiming_normal",)),
    "lecun_uniform": Scheme("uniform", 3, "in", "uniform in ±√(3/fan_in)"),
    "lecun_normal": Scheme("normal", 1, "in", "normal, variance 1/fan_in"),
}

SCHEMES: Mapping[str, Scheme] = {
    **_NAMED,
    **{alias: scheme for scheme in _NAMED.values() for alias in scheme.aliases},
}


def draw(init: Init, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
    """An array of `shape` filled by `init.scheme`; `fan_in` and `fan_out` are the units before and behind.

    Raises ProblemError if a standard deviation is given to a scheme that has its own.
    """
    scheme = SCHEMES[init.scheme]
    if init.std is not None and not scheme.takes_std:
        raise ProblemError(f"{init.scheme} has no std of its own", hint="leave std out, or use init: normal")
    scale = init.std if init.std is not None else scheme.scale(fan_in, fan_out)
    if scheme.kind == "constant":
        return np.full(shape, float(scale))
    drawn = uniforms(init.seed, math.prod(shape))
    units = 2 * drawn - 1 if scheme.kind == "uniform" else _normals(drawn)
    return (units * scale).reshape(shape)


def uniforms(seed: int, count: int, start: int = 0) -> Array:
    """Draws `start`, `start + 1`, … under `seed`: `count` numbers between 0 and 1."""
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64) * _GAMMA + np.uint64(seed % 2**64)
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    z = z ^ (z >> np.uint64(31))
    upper = (z >> np.uint64(12)).astype(np.float64)
    return (2 * upper + 1) / 2.0**53


def _normals(uniforms: Array) -> Array:
    from statistics import NormalDist  # noqa: PLC0415, slow to load and seldom needed

    quantile = NormalDist().inv_cdf
    return np.array([float(f"{quantile(u):.10g}") for u in uniforms.tolist()], np.float64)
