"""A computation as a list of named equations, and the two walks over it: values forward, gradients backward."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.op import Array, Attrs, Form, Op

Arrays = dict[str, Array]
Settle = Callable[[str, Array], Array]


@dataclass(frozen=True, eq=False)
class Equation:
    """One step of the computation: `name = op(*inputs, **attrs)`.

    Steps that people see as one line share its `line`; the last of them carries the line's own name.
    `shown_as` is the step that a reader sees where a joint stable form is computed in its place.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    attrs: Attrs = field(default_factory=dict)
    line: str = ""
    shown_as: Equation | None = None

    def value(self, values: Mapping[str, Array]) -> Array:
        return np.asarray(self.op.forward(*(values[name] for name in self.inputs), **self.attrs))

    def shares(self, g: Array, values: Mapping[str, Array]) -> dict[int, Array]:
        """The share of the gradient g that reaches each input, by the input's position."""
        y, inputs = values[self.name], [values[name] for name in self.inputs]
        return {
            k: np.asarray(vjp(g, y, *inputs, **self.attrs)) for k, vjp in enumerate(self.op.vjps) if vjp is not None
        }


class BookEquation(Equation):
    """The same step, run by the texts that are shown: its formula and its rules.

    Where a text has no value, as `t ln p` at t = p = 0, the code's is taken: it knows the limit; and so it is of a
    step that has no text.
    """

    @property
    def form(self) -> Form:
        return self.op.form(self.attrs)

    def value(self, values: Mapping[str, Array]) -> Array:
        if not self.op.formula:
            return super().value(values)
        told = book.run(self.form.formula, self._names(values))
        return np.asarray(told, dtype=np.float64) if np.isfinite(told).all() else _filled(told, super().value(values))

    def shares(self, g: Array, values: Mapping[str, Array]) -> dict[int, Array]:
        names = {**self._names(values), "g": g, "y": values[self.name]}
        inputs = [values[name] for name in self.inputs]
        rules = enumerate(self.form.rules)
        told = {k: book.run(rule, names) for k, rule in rules if rule is not None}
        if all(np.isfinite(share).all() for share in told.values()):
            return {k: in_shape(share, inputs[k].shape) for k, share in told.items()}
        code = super().shares(g, values)
        return {k: _filled(share, code[k]) for k, share in told.items()}

    def _names(self, values: Mapping[str, Array]) -> dict[str, object]:
        return {**self.attrs, **dict(zip(self.op.args, (values[name] for name in self.inputs), strict=True))}


def in_shape(share: Any, shape: tuple[int, ...]) -> Array:
    """A share in the shape of its input; most have it, and to look is cheaper than to broadcast."""
    return share if getattr(share, "shape", None) == shape else np.broadcast_to(share, shape)


def _filled(told: Any, code: Array) -> Array:
    """`told` in the shape of the code's array, with the code's entries where it has none that are finite."""
    return np.where(np.isfinite(told), told, code)


@dataclass(frozen=True, eq=False)
class Graph:
    """The equations in the order in which they are computed; no gradient goes to a leaf in `constants`."""

    equations: tuple[Equation, ...]
    constants: frozenset[str] = frozenset()

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines that people see, in order."""
        return tuple(equation.name for equation in self.equations if equation.name == equation.line)

    def line(self, name: str) -> tuple[Equation, ...]:
        """The equations that make up one line."""
        return tuple(equation for equation in self.equations if equation.line == name)


def keep(_name: str, value: Array) -> Array:
    """The `settle` that changes nothing."""
    return value


def book_of(graph: Graph) -> Graph:
    """The graph that computes as the page does: by formulas and rules, every shown step on its own."""
    shown = (equation.shown_as or equation for equation in graph.equations)
    steps = (BookEquation(e.name, e.op, e.inputs, e.attrs, e.line) for e in shown)
    return Graph(tuple(steps), graph.constants)


def forward(graph: Graph, leaves: Mapping[str, Array], settle: Settle = keep) -> Arrays:
    """Every value, leaves included; `settle` sees each value once and gives the one that later steps use."""
    values = dict(leaves)
    with np.errstate(all="ignore"):
        for equation in graph.equations:
            values[equation.name] = settle(equation.name, equation.value(values))
    return values


def backward(graph: Graph, values: Mapping[str, Array], seed: Mapping[str, Array], settle: Settle = keep) -> Arrays:
    """The gradient of Σ seed · quantity with respect to everything it depends on.

    A gradient has the name and the shape of the value that it belongs to; a quantity that is used more than once
    gets the sum.
    Where a joint form bypasses a quantity, that quantity's gradient is computed too, from the step that is shown,
    and nothing is passed on from it; it is the only one that may be infinite.
    """
    grads = {name: np.asarray(g, dtype=np.float64) for name, g in seed.items()}
    bypassed: Arrays = {}
    with np.errstate(all="ignore"):
        for equation in reversed(graph.equations):
            if equation.name not in grads:
                continue
            g = grads[equation.name] = settle(equation.name, grads[equation.name])
            _gather(grads, equation, g, values, graph.constants)
            shown = equation.shown_as
            if shown is not None:
                apart = {k for k, name in enumerate(shown.inputs) if name != equation.inputs[k]}
                _gather(bypassed, shown, g, values, graph.constants, apart)
        produced = {equation.name for equation in graph.equations}
        for name in grads.keys() - produced:
            grads[name] = settle(name, grads[name])
    for name, g in bypassed.items():
        grads[name] = grads[name] + g if name in grads else g
    return grads


def _gather(
    grads: Arrays,
    equation: Equation,
    g: Array,
    values: Mapping[str, Array],
    constants: frozenset[str],
    only: Collection[int] | None = None,
) -> None:
    for k, share in equation.shares(g, values).items():
        name = equation.inputs[k]
        if name not in constants and (only is None or k in only):
            grads[name] = grads[name] + share if name in grads else share
