"""A network of letters with numbers put in, so that formulas about it can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.ops import LOSSES
from gradcalc.problem.model import Init, Layer, Problem, Target
from gradcalc.problem.quantity import Size

# so that no two axes that meet have the same length, and a mean over the samples has a factor of its own
_INPUTS, _SAMPLES, _UNITS = 3, 5, (2, 4, 3)


def instance_of(problem: Problem) -> tuple[Problem, Mapping[str, int]]:
    """The network with a number for every letter, weights and samples drawn; and the number of each letter."""
    sizes: dict[str, int] = {}

    def size(letter: Size | None, default: int) -> int:
        return letter if isinstance(letter, int) else sizes.setdefault(letter, default) if letter else default

    inputs, samples = size(problem.inputs, _INPUTS), size(problem.samples, _SAMPLES) if problem.samples else None
    layers = []
    units = inputs
    for number, layer in enumerate(problem.layers):
        units = size(layer.units, _UNITS[number % len(_UNITS)]) if layer.units is not None else units
        layers.append(_drawn(layer, units, number))
    generator = np.random.default_rng(4)
    x = generator.uniform(-1.5, 1.5, (samples or 1, inputs))
    target = _target(problem, samples or 1, units, generator) if problem.loss is not None else None
    if samples is None:
        x, target = x[0], target[0] if target is not None else None
    made = replace(
        problem,
        layers=tuple(layers),
        input=x,
        target=Target(values=target) if target is not None else None,
        inputs=None,
        samples=None,
    )
    return made, sizes


def _drawn(layer: Layer, units: int, number: int) -> Layer:
    if layer.units is None:
        return layer
    bias = None if layer.bias is None else Init("normal", 100 + number, 0.5)
    return replace(layer, units=units, weights=Init("normal", number, 0.7), bias=bias)


def _target(problem: Problem, samples: int, units: int, generator: np.random.Generator) -> Array:
    kind = LOSSES[problem.loss.name].target if problem.loss is not None else "number"
    if kind in ("distribution", "class"):
        return np.eye(units)[generator.integers(0, units, samples)]
    if kind == "sign":
        return generator.choice([-1.0, 1.0], (samples, units))
    return generator.uniform(0.1, 0.9, (samples, units))
