"""The flags that set a constant of an optimizer, apart from its table, so that help need not load that."""

from __future__ import annotations

from typing import Literal, NamedTuple


class HyperFlag(NamedTuple):
    """One flag: the key that it sets, how it is written, what stands behind it, and what it means."""

    key: str
    flags: tuple[str, ...]
    kind: Literal["number", "truth", "word"]
    help: str


HYPER_FLAGS = (
    HyperFlag("beta", ("--beta",), "number", "Momentum: share of the velocity that is kept."),
    HyperFlag("form", ("--form",), "word", "Momentum: classical, torch or ema."),
    HyperFlag("dampening", ("--dampening",), "number", "Momentum: share of the gradient held back."),
    HyperFlag("beta1", ("--beta1",), "number", "Adam and its like: memory of the mean."),
    HyperFlag("beta2", ("--beta2",), "number", "Adam and its like: memory of the mean square."),
    HyperFlag("bias_correction", ("--bias-correction",), "truth", "Adam and its like: divide by 1 - beta^t."),
    HyperFlag("momentum_decay", ("--momentum-decay",), "number", "NAdam: how fast its momentum rises."),
    HyperFlag("rho", ("--rho", "--alpha"), "number", "RMSProp, AdaDelta: memory of the mean square."),
    HyperFlag("centered", ("--centered",), "truth", "RMSProp: the variance in place of the mean square."),
    HyperFlag("momentum", ("--momentum",), "number", "RMSProp: momentum; elsewhere another name of --beta."),
    HyperFlag("eps", ("--eps",), "number", "What keeps the divisor away from 0."),
    HyperFlag("eps_place", ("--eps-place",), "word", "Where eps is added: outside, inside or hat."),
    HyperFlag("lr_decay", ("--lr-decay",), "number", "AdaGrad: how fast the rate falls."),
    HyperFlag("eta_minus", ("--eta-minus",), "number", "Rprop: factor after a change of sign."),
    HyperFlag("eta_plus", ("--eta-plus",), "number", "Rprop: factor while the sign stays."),
    HyperFlag("step_min", ("--step-min",), "number", "Rprop: the smallest step size."),
    HyperFlag("step_max", ("--step-max",), "number", "Rprop: the largest step size."),
    HyperFlag("max_lr", ("--max-lr",), "number", "Polyak's step: the largest rate."),
    HyperFlag("f_min", ("--f-min",), "number", "Polyak's step: the smallest value of the loss."),
    HyperFlag("weight_decay", ("--weight-decay",), "number", "Decay of the weights."),
    HyperFlag("decoupled", ("--decoupled",), "truth", "Take the decay off the weights, not into the gradient."),
)
