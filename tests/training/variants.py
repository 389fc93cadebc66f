"""Every optimizer with every word and switch of its constants, and numbers that tell one constant from another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from gradcalc.training.optimizer import Hyper, Optimizer
from gradcalc.training.optimizers import OPTIMIZERS

Hypers = dict[str, Any]

# no two alike, and ε so large that its place is seen
NUMBERS: Mapping[str, tuple[float, ...]] = {
    "lr": (0.07,),
    "beta": (0.7,),
    "dampening": (0.0, 0.15),
    "eps": (0.03,),
    "lr_decay": (0.0, 0.2),
    "rho": (0.8,),
    "momentum": (0.0, 0.6),
    "beta1": (0.75,),
    "beta2": (0.9,),
    "momentum_decay": (0.3,),
    "eta_minus": (0.4,),
    "eta_plus": (1.3,),
    "step_min": (0.02,),
    "step_max": (0.1,),
    "max_lr": (0.15,),
    "f_min": (-0.4,),
}
DECAYS: tuple[Hypers, ...] = (
    {"weight_decay": 0.0, "decoupled": False},
    {"weight_decay": 0.0, "decoupled": True},
    {"weight_decay": 0.045, "decoupled": False},
    {"weight_decay": 0.045, "decoupled": True},
)


def defaults(optimizer: Optimizer, **more: Any) -> Hypers:
    """Every constant of the row, with its default where nothing else is said."""
    return {**{name: row.default for name, row in optimizer.hyper.items()}, **more}


def variants(optimizer: Optimizer) -> Iterator[Hypers]:
    """Its constants in every way in which its formulas can differ."""
    own = [name for name in optimizer.hyper if name not in DECAYS[0]]
    for values in itertools.product(*(_values(name, optimizer.hyper[name]) for name in own)):
        for decay in DECAYS:
            yield {**dict(zip(own, values, strict=True)), **decay}


def _values(name: str, row: Hyper) -> tuple[Any, ...]:
    if row.choices:
        return row.choices
    return (False, True) if isinstance(row.default, bool) else NUMBERS[name]


def told(hyper: Hypers) -> str:
    """A short name of a variant, for the names of tests."""
    words = (f"{name}={value}" if isinstance(value, float) else str(value) for name, value in hyper.items())
    return "-".join(words)


ROWS = {row.name: row for row in OPTIMIZERS.values()}
CASES = [(row, hyper) for row in ROWS.values() for hyper in variants(row)]
