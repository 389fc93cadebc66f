"""The table of optimizers: every rule by all the names it goes by, each with the decay of weights."""

from __future__ import annotations

from collections.abc import Mapping

from gradcalc.training.optimizer import Optimizer
from gradcalc.training.optimizers import adam, adaptive, plain, signs
from gradcalc.training.optimizers.rows import decaying

ROWS: tuple[Optimizer, ...] = (
    decaying(plain.SGD),
    decaying(plain.MOMENTUM),
    decaying(plain.NESTEROV),
    decaying(adaptive.ADAGRAD),
    decaying(adaptive.ADADELTA),
    decaying(adaptive.RMSPROP),
    decaying(adam.ADAM),
    decaying(adam.ADAMW, 0.01, apart=True),
    decaying(adam.AMSGRAD),
    decaying(adam.ADAMAX),
    decaying(adam.NADAM),
    decaying(adam.RADAM),
    decaying(signs.RPROP),
    decaying(signs.LION),
    decaying(plain.POLYAK),
)

OPTIMIZERS: Mapping[str, Optimizer] = {name: row for row in ROWS for name in (row.name, *row.aliases)}
