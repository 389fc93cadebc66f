"""The table of losses: their names, what is added up how, what they ask of a target, and what they join with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from gradcalc.engine.op import Array, Attrs, Op
from gradcalc.engine.ops import classification, logits, margins, regression

Reduction = Literal["sum", "mean", "weighted_mean"]
Target = Literal["number", "not_negative", "probability", "sign", "distribution", "class"]


class Asked(NamedTuple):
    """What a target has to be: a test of the whole array, and the words for one that fails it."""

    fits: Callable[[Array], bool]
    words: str


TARGETS: Mapping[Target, Asked] = {
    "number": Asked(lambda _: True, ""),
    "not_negative": Asked(lambda t: bool(np.all(t >= 0)), "a target must not be negative"),
    "probability": Asked(lambda t: bool(np.all((t >= 0) & (t <= 1))), "a target must be from 0 to 1"),
    "sign": Asked(lambda t: bool(np.all(np.abs(t) == 1)), "a target must be -1 or 1 (the label 0 is written -1 here)"),
    "distribution": Asked(
        lambda t: bool(np.all((t >= 0) & (t <= 1))),
        "a target must be from 0 to 1: 1 for the class and 0 for the others, or any distribution",
    ),
    "class": Asked(
        lambda t: bool(np.all((t == 0) | (t == 1)) and np.all(t.sum(axis=-1) == 1)),
        "a target must be 1 for the class of the sample and 0 for all others",
    ),
}


class Loss(NamedTuple):
    """A loss by its name: an op and how its values become one number.

    `level` says what the op gives: the loss of each output (N, K), of each sample (N,), or of all together ().
    `outputs` is the default over the outputs of a sample, `reduction` that over samples; None: there is no choice.
    `outputs_choice` says whether `outputs` may be chosen; at level "sample" a mean divides by K.
    `joint` names the activations that the loss is computed together with, by the op on their input;
    not if one of the options in `apart` is set. `logits`: p is z, before the activation.
    """

    name: str
    op: Op
    level: Literal["output", "sample", "all"]
    outputs: Literal["sum", "mean"] | None
    reduction: Literal["sum", "mean"] | None
    target: Target = "number"
    aliases: tuple[str, ...] = ()
    joint: Mapping[str, Op] = {}
    apart: tuple[str, ...] = ()
    logits: bool = False

    @property
    def outputs_choice(self) -> bool:
        return self.outputs is not None

    @property
    def doc(self) -> str:
        return self.op.doc

    def joint_for(self, activation: str, attrs: Attrs) -> Op | None:
        """The op that computes the loss from the input of `activation`, if there is one under these attrs."""
        return None if any(attrs.get(option) for option in self.apart) else self.joint.get(activation)

    def refuses(self, target: Array) -> str | None:
        """What is wrong with the target, (N, K), for this loss; None: nothing."""
        asked = TARGETS[self.target]
        return None if asked.fits(target) else asked.words


LOSSES = (
    Loss("squared_error", regression.SQUARED_ERROR, "output", "sum", "sum", aliases=("rss", "sse", "l2")),
    Loss("half_squared_error", regression.HALF_SQUARED_ERROR, "output", "sum", "sum", aliases=("half_sse",)),
    Loss("mse", regression.SQUARED_ERROR, "output", "mean", "mean"),
    Loss("half_mse", regression.HALF_SQUARED_ERROR, "output", "mean", "mean"),
    Loss("absolute_error", regression.ABSOLUTE_ERROR, "output", "sum", "sum"),
    Loss("mae", regression.ABSOLUTE_ERROR, "output", "mean", "mean", aliases=("l1",)),
    Loss("huber", regression.HUBER, "output", "mean", "mean"),
    Loss("smooth_l1", regression.SMOOTH_L1, "output", "mean", "mean"),
    Loss("log_cosh", regression.LOG_COSH, "output", "mean", "mean"),
    Loss("mape", regression.MAPE, "output", "mean", "mean"),
    Loss("msle", regression.MSLE, "output", "mean", "mean"),
    Loss(
        "bce",
        classification.BCE,
        "output",
        "mean",
        "mean",
        "probability",
        joint={"sigmoid": logits.BCE_WITH_LOGITS},
        apart=("clip",),
    ),
    Loss("bce_with_logits", logits.BCE_WITH_LOGITS, "output", "mean", "mean", "probability", logits=True),
    Loss(
        "binary_focal",
        classification.BINARY_FOCAL,
        "output",
        "mean",
        "mean",
        "probability",
        joint={"sigmoid": logits.BINARY_FOCAL_WITH_LOGITS},
    ),
    Loss(
        "binary_focal_with_logits",
        logits.BINARY_FOCAL_WITH_LOGITS,
        "output",
        "mean",
        "mean",
        "probability",
        logits=True,
    ),
    Loss("hinge", margins.HINGE, "output", "mean", "mean", "sign"),
    Loss("squared_hinge", margins.SQUARED_HINGE, "output", "mean", "mean", "sign"),
    Loss("poisson_nll", regression.POISSON_NLL, "output", "mean", "mean", "not_negative"),
    Loss("gaussian_nll", regression.GAUSSIAN_NLL, "output", "mean", "mean"),
    Loss(
        "cross_entropy",
        classification.CROSS_ENTROPY,
        "sample",
        None,
        "mean",
        "distribution",
        aliases=("cce",),
        joint={"softmax": logits.CROSS_ENTROPY_WITH_LOGITS},
        apart=("normalize",),
    ),
    Loss(
        "cross_entropy_with_logits",
        logits.CROSS_ENTROPY_WITH_LOGITS,
        "sample",
        None,
        "mean",
        "distribution",
        logits=True,
    ),
    Loss(
        "focal",
        classification.FOCAL,
        "sample",
        None,
        "mean",
        "distribution",
        joint={"softmax": logits.FOCAL_WITH_LOGITS},
    ),
    Loss("focal_with_logits", logits.FOCAL_WITH_LOGITS, "sample", None, "mean", "distribution", logits=True),
    Loss(
        "nll",
        classification.NLL,
        "sample",
        None,
        "mean",
        "distribution",
        joint={"log_softmax": logits.CROSS_ENTROPY_WITH_LOGITS},
    ),
    Loss(
        "kl_div",
        classification.KL_DIV,
        "sample",
        None,
        "mean",
        "distribution",
        joint={"softmax": logits.KL_DIV_WITH_LOGITS},
    ),
    Loss("multiclass_hinge", margins.MULTICLASS_HINGE, "sample", "sum", "mean", "class"),
    Loss("categorical_hinge", margins.CATEGORICAL_HINGE, "sample", None, "mean", "distribution"),
    Loss("cosine_similarity", regression.COSINE_SIMILARITY, "sample", None, "mean"),
    Loss("cosine_distance", regression.COSINE_DISTANCE, "sample", None, "mean"),
    Loss("dice", classification.DICE, "all", None, None, "probability"),
)
