"""A problem as it was meant: the frozen data between the file and the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gradcalc.engine.op import Array, Attrs, Op
from gradcalc.errors import Place
from gradcalc.problem.node import Node

Layout = Literal["out_in", "in_out"]
Reduction = Literal["sum", "mean", "weighted_mean"]


class Init(NamedTuple):
    """Numbers drawn by a named scheme from gradcalc's own generator."""

    scheme: str
    seed: int = 0
    std: float | None = None


class File(NamedTuple):
    """Numbers that stand in a file: `.npz` (with `key`), `.npy`, `.csv` or `.json`."""

    path: str
    key: str | None = None


Numbers = Array | float | Init | File


@dataclass(frozen=True, eq=False)
class Activation:
    """An op of the activation family with its options filled in."""

    op: Op
    attrs: Attrs


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer as written. `weights` without a shape of its own (a number, an init) takes it from `units`."""

    name: str | None = None
    units: int | str | None = None
    weights: Numbers | None = None
    bias: Numbers | None = None
    bias_shared: bool = False
    bias_column: Literal["first", "last"] | None = None
    activation: Activation | tuple[Activation, ...] | None = None


@dataclass(frozen=True, eq=False)
class LossChoice:
    """A row of the losses table by its name, with what the problem overrides."""

    name: str
    attrs: Attrs = field(default_factory=dict)
    outputs: Literal["sum", "mean"] | None = None
    reduction: Reduction | None = None


class Target(NamedTuple):
    """What the output should be: numbers, or the class of each sample (counted from 0 here)."""

    values: Array | None = None
    classes: tuple[int, ...] | None = None


class Rounding(NamedTuple):
    """Round to `digits` decimals (`dp`) or significant figures (`sf`), at every quantity or only when shown."""

    digits: int
    unit: Literal["dp", "sf"]
    when: Literal["each", "shown"] = "each"


@dataclass(frozen=True, eq=False)
class Problem:
    """A network of layers with its numbers, as the file and the flags say it."""

    layers: tuple[Layer, ...]
    title: str | None = None
    input: Array | None = None
    target: Target | None = None
    loss: LossChoice | None = None
    sample_weights: Array | None = None
    penalty: Mapping[str, float] = field(default_factory=dict)
    weight_layout: Layout = "out_in"
    notation: Mapping[str, str] = field(default_factory=dict)
    rounding: Rounding | None = None
    index_base: int = 1
    dims: Mapping[str, str] = field(default_factory=dict)
    inputs: int | str | None = None
    samples: int | str | None = None
    origin: Node | None = field(default=None, repr=False)
    folder: str = "."

    def place(self, *path: str | int) -> Place | None:
        """Where `path` stands in the text, or the nearest that does; None for a problem that was not read from one."""
        return self.origin.at(*path).place if self.origin is not None else None
