"""What the parts of a formula have become, and the list of equations that grows with them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple

import numpy as np

from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.tree import Formula
from gradcalc.engine.graph import Equation
from gradcalc.engine.op import Array, Attrs, Op
from gradcalc.engine.ops.arrays import STRETCH
from gradcalc.errors import ExpressionError

Shape = tuple[int, ...]

# the shape of what functions that are not given take and give: whichever fits
ANY: Shape = (-1,)
# how many entries such an array is said to have
MANY = "K"


class Operand(NamedTuple):
    """A part of a formula: a leaf or a step of the graph.

    `constant` says that it is made of numbers alone; `value` is known of what does not vary, None of parameters and of
    what is computed.
    """

    name: str
    shape: Shape
    constant: bool = False
    value: Array | None = None


class Writer:
    """The equations of one formula, all of them on the line `line`.

    `known` has the quantities that the formula may use, `sources` the equations that computed them. A step is called by
    the text that it stands for, `L·x**2`, so that what is written twice is computed once, and an error can name it.
    `later` has names that can't be used yet; `losses` what is known of the losses that are called; `entries` counts the
    numbers that all steps hold.
    """

    def __init__(
        self,
        formula: Formula,
        line: str,
        known: Mapping[str, Operand],
        sources: Mapping[str, Equation],
        base: int,
        later: Collection[str],
    ) -> None:
        self.formula, self.line, self.known, self.base, self.later = formula, line, known, base, later
        self.steps: dict[str, Equation] = {}
        self.leaves: dict[str, Array] = {}
        self.constants: set[str] = set()
        self.losses: dict[ast.expr, CalledLoss] = {}
        self.entries = 0
        self._sources = sources
        self._made: dict[str, Operand] = {}

    def number(self, text: str, value: float) -> Operand:
        """A number that stands in the formula, as a leaf called by it."""
        name = f"{self.line}·{text}"
        self.leaves[name] = np.array(float(value))
        self.constants.add(name)
        return Operand(name, (), constant=True, value=self.leaves[name])

    def made(self, node: ast.expr) -> Operand | None:
        """What the same text has become before."""
        return self._made.get(self._name(node, ""))

    def step(
        self,
        node: ast.expr,
        op: Op,
        inputs: Sequence[Operand],
        shape: Shape,
        attrs: Attrs | None = None,
        mark: str = "",
        shown_as: Equation | None = None,
    ) -> Operand:
        """One more equation; `mark` tells the inner steps of a part from its value."""
        names = tuple(operand.name for operand in inputs)
        return self._add(self._name(node, mark), op, names, shape, attrs or {}, inputs, shown_as)

    def close(self, node: ast.expr, operand: Operand) -> Operand:
        """The last step, called by what it is the value of."""
        last = self.steps.pop(operand.name)
        name = self._name(node, "")
        shown_as = replace(last.shown_as, name=name) if last.shown_as else None
        self.steps[name] = replace(last, name=name, shown_as=shown_as)
        self._made[name] = operand._replace(name=name)
        return self._made[name]

    def stretched(self, operands: Sequence[Operand], shape: Shape) -> list[Operand]:
        """The operands in one shape, as far as it is known."""
        return [self.stretch(x, shape) if x.shape != shape and ANY not in (x.shape, shape) else x for x in operands]

    def stretch(self, x: Operand, shape: Shape) -> Operand:
        """The operand broadcast to `shape`, a step whose gradient is summed back; a number is a leaf of that shape."""
        name = f"{self.line}·{self.told(x)}·{sides(shape)}"
        if name in self._made:
            return self._made[name]
        if x.constant and x.value is not None:
            self.leaves[name] = np.broadcast_to(x.value, shape)
            self.constants.add(name)
            return Operand(name, shape, constant=True, value=self.leaves[name])
        return self._add(name, STRETCH, (x.name,), shape, {"shape": shape}, [x], None)

    def common(self, node: ast.expr, operands: Sequence[Operand]) -> Shape:
        """The shape that the operands have together by NumPy's rules, which must be that of one of them."""
        if any(operand.shape == ANY for operand in operands):
            return ANY
        try:
            shape = np.broadcast_shapes(*(operand.shape for operand in operands))
        except ValueError:
            raise self.misfit(node, operands, "the shapes do not fit") from None
        if shape not in [operand.shape for operand in operands]:
            raise self.misfit(node, operands, f"together they would become {sides(shape)}, larger than each")
        return shape

    def misfit(
        self, node: ast.expr, operands: Sequence[Operand], what: str, hint: str | None = None
    ) -> ExpressionError:
        """The error of operands whose shapes do not go together."""
        told = [f"{self.told(operand)} is {sides(operand.shape)}" for operand in operands]
        return self.formula.error(f"{self.formula.piece(node)}: {' and '.join(told)}, {what}", node, hint)

    def told(self, operand: Operand) -> str:
        """What an operand is called in a message: its name, or the text that it stands for."""
        return operand.name.removeprefix(f"{self.line}·")

    def source(self, operand: Operand) -> Equation | None:
        """The equation that an operand is the value of, None for a leaf."""
        return self.steps.get(operand.name) or self._sources.get(operand.name)

    def _name(self, node: ast.expr, mark: str) -> str:
        """The root is the line itself."""
        name = self.line if node is self.formula.tree else f"{self.line}·{self.formula.piece(node)}"
        return f"{name}·{mark}" if mark else name

    def _add(
        self,
        name: str,
        op: Op,
        inputs: tuple[str, ...],
        shape: Shape,
        attrs: Attrs,
        operands: Sequence[Operand],
        shown_as: Equation | None,
    ) -> Operand:
        shown_as = replace(shown_as, name=name) if shown_as else None
        self.steps[name] = Equation(name, op, inputs, attrs, self.line, shown_as)
        self.entries += prod(shape)
        constant = all(operand.constant for operand in operands)
        if constant:
            self.constants.add(name)
        self._made[name] = Operand(name, shape, constant)
        return self._made[name]


def count(shape: Shape) -> int | str:
    """How many entries an array of a shape has; a letter where that is not known."""
    return MANY if shape == ANY else prod(shape)


def sides(shape: Shape) -> str:
    """A shape as messages say it: `a number`, `3 entries`, `2×3`."""
    if shape == ANY:
        return "of a shape that is not known"
    if not shape:
        return "a number"
    return f"{shape[0]} {'entry' if shape[0] == 1 else 'entries'}" if len(shape) == 1 else "×".join(map(str, shape))
