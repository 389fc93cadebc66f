"""The table of primitives: every op by its name, and the activations and losses by all the names they go by.

A network is made of `NETWORK`; what only formulas are made of is loaded with `OPS`, which is all of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from gradcalc.engine.op import Op
from gradcalc.engine.ops import (
    activations,
    arithmetic,
    classification,
    logits,
    losses,
    margins,
    rectifiers,
    reductions,
    regression,
)
from gradcalc.engine.ops.losses import Loss

TYPE_CHECKING = False
if TYPE_CHECKING:
    OPS: Mapping[str, Op]

NETWORK = (arithmetic, reductions, activations, rectifiers, regression, classification, margins, logits)


def rows(module: ModuleType) -> Iterator[Op]:
    """Every op that a module of the table holds, alone or in a mapping, in its order."""
    for held in vars(module).values():
        if isinstance(held, Op):
            yield held
        elif isinstance(held, dict):
            yield from (op for op in held.values() if isinstance(op, Op))


def _by_name(modules: Iterable[ModuleType]) -> dict[str, Op]:
    return {op.name: op for module in modules for op in rows(module)}


ACTIVATIONS: Mapping[str, Op] = {
    name: op
    for op in _by_name((activations, rectifiers)).values()
    if op.family == "activation"
    for name in (op.name, *op.aliases)
}

LOSSES: Mapping[str, Loss] = {name: row for row in losses.LOSSES for name in (row.name, *row.aliases)}


def modules() -> tuple[ModuleType, ...]:
    """Every module of the table."""
    # only formulas need them
    from gradcalc.engine.ops import arrays, elementary, folds, images, pairs, products  # noqa: PLC0415

    return (*NETWORK, elementary, pairs, folds, products, arrays, images)


def __getattr__(name: str) -> object:
    if name != "OPS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()["OPS"] = _by_name(modules())
    return found
