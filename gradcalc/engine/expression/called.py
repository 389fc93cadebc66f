"""What a formula said of the loss that it calls."""

from __future__ import annotations

from typing import NamedTuple

from gradcalc.engine.op import Attrs
from gradcalc.engine.ops.losses import Loss, Reduction


class CalledLoss(NamedTuple):
    """A loss that a formula calls: with which constants, and what is added up how.

    `prediction`, `target` and `errors`, `sample_losses` name a quantity or a step: what is judged and by what, the loss
    of each output, and that of each sample; None where the loss has no such part. `divisor` is what the sum over the
    samples is divided by, None where it is computed from other quantities.
    """

    row: Loss
    attrs: Attrs
    prediction: str
    target: str
    samples: int
    outputs: str | None
    reduction: Reduction | None
    divisor: float | None
    errors: str | None
    sample_losses: str | None
