"""What float64 may have left of a number that is exactly 0."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.answers import Key
from gradcalc.problem.written import EPS
from gradcalc.study.working import Scene, work

# how often everything is moved by some ulp to see where that leads, and how many these are
_TIMES, _ULPS = 8, 4
# below which share of the largest number something may be such a rest at all
_TINY = 1e-12


def is_rest(number: float, largest: float) -> bool:
    """Whether a number may be 0 but for float64, beside numbers as large as the `largest`."""
    return 0 < abs(number) < _TINY * largest


def noise_in(scene: Scene, keys: Collection[Key]) -> Mapping[Key, float]:
    """How far quantities move where each number on the way is off by some ulp."""
    generator = np.random.default_rng(20)
    plain: dict[Key, Array] = {}
    noise = dict.fromkeys(keys, 0.0)

    def note(key: Key, value: Array) -> Array:
        plain[key] = value
        return value

    def move(key: Key, value: Array) -> Array:
        if key in noise:
            noise[key] = max(noise[key], float(np.max(np.abs(value - plain[key]), initial=0)))
        off: Array = _ULPS * EPS * generator.choice([-1.0, 1.0], value.shape)
        return value + off * value

    with np.errstate(all="ignore"):
        work(scene, note)
        for _ in range(_TIMES):
            work(scene, move)
    return noise
