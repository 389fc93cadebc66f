"""A problem as it was meant: the frozen data between the file and the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from gradcalc.engine.op import Array, Attrs, Op
from gradcalc.engine.ops.losses import Reduction
from gradcalc.errors import Place
from gradcalc.problem.node import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.engine.expression.tree import Formula

Layout = Literal["out_in", "in_out"]


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


class Schedule(NamedTuple):
    """How the learning rate goes with the step: a row of the schedules table with its constants, or a list of rates."""

    name: str
    values: Mapping[str, Any] = {}
    rates: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class OptimizerChoice:
    """A row of the optimizers table by its name, with what the problem sets of it.

    `hyper` has only what was written; `initial` gives a state's start by its name, a number or arrays by parameter.
    """

    name: str
    hyper: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, float | Mapping[str, Array]] = field(default_factory=dict)
    schedule: Schedule | None = None
    frozen: tuple[str, ...] = ()
    clip: Mapping[str, float] = field(default_factory=dict)
    batch_size: int | None = None
    shuffle: int | None = None
    maximize: bool = False


@dataclass(frozen=True, eq=False)
class Function:
    """A function as written: `formulas` in a list of that `shape` (row-major), or None: one formula, of any shape."""

    name: str
    args: tuple[str, ...]
    formulas: tuple[Formula, ...]
    shape: tuple[int, ...] | None
    place: Place | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """What the file and the flags say: a network of layers, lines of equations, parameters to be trained, or functions.

    `equations` has the formulas by the names of their lines, over `data` (the inputs by name) and `parameters`; the
    functions in `abstract` are not given.
    `gradients` has the given gradients of each step by parameter; those in `every_gradient` hold at every step.
    """

    layers: tuple[Layer, ...] = ()
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
    data: Mapping[str, Array] = field(default_factory=dict)
    parameters: Mapping[str, Array] = field(default_factory=dict)
    equations: Mapping[str, str] = field(default_factory=dict)
    abstract: tuple[str, ...] = ()
    objective: str | None = None
    functions: Mapping[str, Function] = field(default_factory=dict)
    compose: str | None = None
    at: Mapping[str, Array] = field(default_factory=dict)
    gradients: tuple[Mapping[str, Array], ...] = ()
    every_gradient: Mapping[str, Array] | None = None
    optimizers: tuple[OptimizerChoice, ...] = ()
    steps: int | None = None
    marks: Mapping[str, float] = field(default_factory=dict)
    origin: Node | None = field(default=None, repr=False)
    folder: str = "."

    def place(self, *path: str | int) -> Place | None:
        """Where `path` stands in the text, or the nearest that does; None for a problem that was not read from one."""
        return self.origin.at(*path).place if self.origin is not None else None

    def key(self, *path: str | int) -> Place | None:
        """Where the last key of `path` stands, or the entry of a list that is its last step."""
        *before, last = path
        entry = self.origin.at(*before).entries.get(str(last)) if self.origin is not None else None
        return entry[0].place if entry else self.place(*path)
