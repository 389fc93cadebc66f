"""An answer of another shape than its quantity has: what it may be instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.study.cause import Cause
from gradcalc.study.sheet import Misfit

# what makes the right array of an answer of the wrong shape, with the mistake that this undoes
_MENDED: tuple[tuple[Cause, Callable[[Array], Array]], ...] = (
    (Cause("M9", "transposed", "the rows and columns swapped"), lambda x: x.T),
    (Cause("M8", "samples_not_summed", "the sum over the samples left out"), lambda x: x.sum(axis=0)),
    (Cause("M23", "units_not_summed", "the sum over the units left out"), lambda x: x.sum(axis=-1)),
    (Cause("M23", "not_added_up", "the sum over all entries left out"), lambda x: np.asarray(x.sum())),
    (Cause("M3", "not_averaged", "the mean over the samples left out"), lambda x: x.mean(axis=0)),
    (Cause("M3", "not_averaged", "the mean over all entries left out"), lambda x: np.asarray(x.mean())),
    (Cause("M23", "written_flat", "another arrangement of the right numbers"), np.ravel),
)
_CLOSE = 1e-2


def note_of(misfit: Misfit) -> str:
    """Both shapes in words."""
    return f"{_sides(misfit.array.shape)} where {_sides(misfit.shape)} belongs"


def causes_of(misfit: Misfit, right: Array, others: Iterable[tuple[Cause, Array]] = ()) -> tuple[Cause, ...]:
    """The first mistake that leads from the right array to this one, else that its shape is another.

    `others` are mistakes with what they make of the quantity.
    """
    for cause, mend in _MENDED:
        if misfit.array.ndim and misfit.array.size and not np.isnan(misfit.array).any():
            found, wanted = np.squeeze(mend(misfit.array)), np.squeeze(right.reshape(misfit.shape))
            ravelled = np.ravel(wanted) if cause.name == "written_flat" else wanted
            if found.shape == ravelled.shape and np.allclose(found, ravelled, rtol=_CLOSE, atol=0):
                return (cause,)
    for cause, made in others:
        if made.shape == misfit.array.shape and np.allclose(made, misfit.array, rtol=_CLOSE, atol=0):
            return (cause,)
    return (Cause("M23", "shape", "an array of another shape"),)


def _sides(shape: tuple[int, ...]) -> str:
    if not shape:
        return "one number"
    return f"a list of {shape[0]}" if len(shape) == 1 else "×".join(map(str, shape))
