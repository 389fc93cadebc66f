"""The table of primitives: every op by its name, and the activations and losses by all the names they go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

from gradcalc.engine.op import Op
from gradcalc.engine.ops import (
    activations,
    arithmetic,
    arrays,
    classification,
    elementary,
    folds,
    logits,
    losses,
    margins,
    pairs,
    products,
    rectifiers,
    reductions,
    regression,
)
from gradcalc.engine.ops.losses import Loss


def rows(module: ModuleType) -> Iterator[Op]:
    """Every op that a module of the table holds, alone or in a mapping, in its order."""
    for held in vars(module).values():
        if isinstance(held, Op):
            yield held
        elif isinstance(held, dict):
            yield from (op for op in held.values() if isinstance(op, Op))


MODULES = (
    arithmetic,
    reductions,
    activations,
    rectifiers,
    elementary,
    pairs,
    folds,
    products,
    arrays,
    regression,
    classification,
    margins,
    logits,
)

OPS: Mapping[str, Op] = {op.name: op for module in MODULES for op in rows(module)}

ACTIVATIONS: Mapping[str, Op] = {
    name: op for op in OPS.values() if op.family == "activation" for name in (op.name, *op.aliases)
}

LOSSES: Mapping[str, Loss] = {name: row for row in losses.LOSSES for name in (row.name, *row.aliases)}
