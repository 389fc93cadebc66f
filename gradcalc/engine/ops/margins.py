"""Losses that ask for a margin: nothing more is gained once the right answer leads by enough."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Option
from gradcalc.engine.ops.rows import always, loss, of_output, of_sample
from gradcalc.engine.ops.stable import first_largest, row_sum, units

MARGIN = Option(1.0, "lead from which on the loss is 0", above=0)
MET = "the margin is met, so that nothing is passed back"

HINGE = loss(
    "hinge",
    lambda p, t, margin: np.maximum(0, margin - t * p),
    (
        lambda p, t, margin: -t * (t * p < margin),
        lambda p, t, margin: -p * (t * p < margin),
    ),
    always(of_output("max(0, margin - t * p)", "-t * (t * p < margin)", "-p * (t * p < margin)")),
    title="hinge loss",
    pattern="gates: g times −y, until the margin is met",
    flat=MET,
    options={"margin": MARGIN},
    kinks=lambda p, t, margin: t * p == margin,
    doc="ŷ, y and e (N, K), y is −1 or 1; the slope where the margin is just met is 0 (Cortes and Vapnik 1995).",
)

SQUARED_HINGE = loss(
    "squared_hinge",
    lambda p, t, margin: np.maximum(0, margin - t * p) ** 2,
    (
        lambda p, t, margin: -2 * t * np.maximum(0, margin - t * p),
        lambda p, t, margin: -2 * p * np.maximum(0, margin - t * p),
    ),
    always(
        of_output("max(0, margin - t * p)**2", "-2 * t * max(0, margin - t * p)", "-2 * p * max(0, margin - t * p)")
    ),
    title="squared hinge loss",
    pattern="gates: g times what is missing from the margin",
    flat=MET,
    options={"margin": MARGIN},
    doc="ŷ, y and e (N, K), y is −1 or 1; smooth where the margin is met.",
)


def _gaps(p: Array, t: Array, margin: float) -> Array:
    """By how much each class falls short of being the margin below the right one; 0 at the right one."""
    return (1 - t) * (p - row_sum(t * p) + margin)


def _multiclass_slope(p: Array, t: Array, margin: float) -> Array:
    short = (_gaps(p, t, margin) > 0) * (1 - t)
    return short - t * row_sum(short)


_GAPS = "p - spread(units(t * p)) + margin"
_SHORT = f"(1 - t) * ({_GAPS} > 0)"

MULTICLASS_HINGE = loss(
    "multiclass_hinge",
    lambda p, t, margin: units(np.maximum(0, _gaps(p, t, margin))),
    (_multiclass_slope, None),
    always(of_sample(f"units((1 - t) * max(0, {_GAPS}))", f"{_SHORT} - t * spread(units({_SHORT}))", None)),
    per_sample=True,
    title="multiclass hinge loss",
    pattern="gates: each class that comes too close gives g, the right one pays for all",
    flat=MET,
    options={"margin": MARGIN},
    kinks=lambda p, t, margin: (t == 0) & (_gaps(p, t, margin) == 0),
    doc="ŷ and y (N, K), ℓ (N,): y is one-hot; PyTorch divides the sum by K (Weston and Watkins 1999).",
)


def _lead(p: Array, t: Array) -> Array:
    """1 + the largest of the others − the right one."""
    rival: Array = ((1 - t) * p).max(axis=-1)
    return 1 + rival - units(t * p)


def _categorical_slope(p: Array, t: Array) -> Array:
    rival = first_largest((1 - t) * p)
    return (_lead(p, t) > 0)[..., None] * ((1 - t) * rival - t)


def _categorical_by_target(p: Array, t: Array) -> Array:
    rival = first_largest((1 - t) * p)
    return (_lead(p, t) > 0)[..., None] * -p * (rival + 1.0)


def _categorical_kinks(p: Array, t: Array) -> Array:
    others = (1 - t) * p
    largest = others == others.max(axis=-1, keepdims=True)
    tied = np.logical_and(largest, row_sum(largest) > 1)
    marks: Array = np.logical_or(tied, (_lead(p, t) == 0)[..., None])
    return marks


CATEGORICAL_HINGE = loss(
    "categorical_hinge",
    lambda p, t: np.maximum(0, _lead(p, t)),
    (_categorical_slope, _categorical_by_target),
    always(
        of_sample(
            "max(0, 1 + top((1 - t) * p) - units(t * p))",
            "spread(y > 0) * ((1 - t) * first_top((1 - t) * p) - t)",
            "-spread(y > 0) * p * (first_top((1 - t) * p) + 1)",
        )
    ),
    per_sample=True,
    title="categorical hinge loss",
    pattern="gates: the strongest other class gives g, the right one pays for it",
    flat="the margin is met, or another class is the stronger rival",
    kinks=_categorical_kinks,
    doc="ŷ and y (N, K), ℓ (N,), as in Keras; of equal rivals the first one counts (Crammer and Singer 2001).",
)
