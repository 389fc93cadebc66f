"""Why an entry of a gradient is exactly 0 in a computation of formulas.

It is the sum over the entries of a line of what arrives there times how the line changes with the entry. Where no line
uses it, where nothing arrives, or where the line does not change, that can be said; and, if the line multiplies it by
another quantity, which number of that is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from gradcalc.engine.graph import Equation, Graph, backward
from gradcalc.engine.op import Array
from gradcalc.solution import Solution
from gradcalc.study.entry import entry

Index = tuple[int, ...]
Pattern = tuple[int | None, ...]

MOST_ENTRIES = 100_000

# of a product, for each of its two inputs: which entries of the other meet the one at an index (None: all of an axis)
_PARTNERS: Mapping[str, tuple[Callable[[Index], Pattern], Callable[[Index], Pattern]]] = {
    "multiply": (lambda i: i, lambda i: i),
    "dot": (lambda i: i, lambda i: i),
    "matrix_vector": (lambda i: (i[1],), lambda i: (None, i[0])),
    "vector_matrix": (lambda i: (i[0], None), lambda i: (i[0],)),
    "matmul": (lambda i: (i[1], None), lambda i: (None, i[0])),
    "outer": (lambda i: (None,), lambda i: (None,)),
}


class Blame:
    """The reasons for the zeros of one quantity's gradient; not `in_detail`, they name no entries."""

    def __init__(self, solution: Solution, name: str, *, in_detail: bool = True) -> None:
        self.solution, self.name, self.in_detail = solution, name, in_detail
        self.graph = solution.built.graph
        self.shown = [step.shown_as or step for step in self.graph.equations]
        self.uses = list(dict.fromkeys(step.line for step in self.shown if name in step.inputs))

    def reason(self, index: Index) -> str:
        """Why the gradient's entry at `index` is 0."""
        if self.name == self.solution.built.result:
            return "another entry is the result" if self.solution.seed is None else "the seed gradient is 0 there"
        if not self.uses:
            return f"{self.solution.result} does not depend on it"
        if not any(self.solution.back[line].any() for line in self.uses):
            return f"follows from {' and '.join(self._gradient(line) for line in self.uses)} = 0"
        if len(self.uses) > 1 or self._changes is None:
            return "its shares cancel" if len(self.uses) > 1 else "its terms are 0, or cancel"
        (line,) = self.uses
        column = self._changes.reshape(*self.solution.flow[line].shape, -1)[..., self._flat_index(index)]
        if not column.any():
            return self._flat(line, index)
        places = [tuple(place) for place in np.argwhere(column).tolist()]
        if self.solution.back[line][column != 0].any():
            return "its terms cancel"
        if not self.in_detail:
            return f"follows from {self._gradient(line)} = 0 there"
        told = [f"{self._gradient(line)}{self._position(place)}" for place in places[:3]]
        return f"follows from {', '.join(told)}{', …' if len(places) > len(told) else ''} = 0"

    @cached_property
    def _changes(self) -> Array | None:
        """How the one line that uses the quantity changes with it: its axes, then the quantity's; None if too large."""
        (line,) = self.uses
        part = Graph(tuple(step for step in self.shown if step.line == line), self.graph.constants)
        y, x = self.solution.flow[line], self.solution.flow[self.name]
        if y.size * x.size > MOST_ENTRIES:
            return None
        found, g = np.zeros((*y.shape, *x.shape)), np.zeros_like(y)
        for index in np.ndindex(y.shape):
            g[index] = 1
            found[index] = backward(part, self.solution.flow, {line: g}).get(self.name, 0)
            g[index] = 0
        return found

    def _flat(self, line: str, index: Index) -> str:
        """What keeps the line from changing: a factor that is 0, or a function that is level there."""
        steps = [step for step in self.shown if step.line == line]
        direct = [step for step in steps if self.name in step.inputs]
        if len(direct) == 1:
            (step,) = direct
            if step.op.elementwise:
                return self._level(step, index)
            partner = self._partner(step, index) if self.in_detail else None
            if partner:
                return partner
        flat = {step.op.flat for step in steps if step.op.flat and step.op.family != "loss"}
        return f"{line} does not change with it there{f': {flat.pop()}' if len(flat) == 1 else ''}"

    def _level(self, step: Equation, index: Index) -> str:
        z = float(self.solution.flow[self.name][index]) + 0.0
        side = f" {'<' if z < 0 else '>'} 0" if z else " = 0"
        why = step.op.flat or "the slope is 0 there"
        if not self.in_detail:
            return f"{self.name}{side} there: {why}"
        shown = f"{z:.6g}".replace("-", "−", 1)
        return f"{entry(self.solution, self.name, index)} = {shown}{side if z else ''}: {why}"

    def _partner(self, step: Equation, index: Index) -> str | None:
        """The number that the entry is multiplied by, if it is 0 and has a name."""
        if step.op.name not in _PARTNERS or step.inputs[0] == step.inputs[1]:
            return None
        k = step.inputs.index(self.name)
        other, where = step.inputs[1 - k], _PARTNERS[step.op.name][k](index)
        source = next((e for e in self.shown if e.name == other and e.op.name == "stretch"), None)
        if source is not None and self.solution.flow[source.inputs[0]].ndim == 0:
            other, where = source.inputs[0], ()
        if other not in self.solution.built.quantities:
            return None
        met = self.solution.flow[other][tuple(slice(None) if at is None else at for at in where)]
        return f"{other}{self._position(where)} = 0" if not np.any(met) else None

    def _flat_index(self, index: Index) -> int:
        return int(np.ravel_multi_index(index, self.solution.flow[self.name].shape)) if index else 0

    def _gradient(self, line: str) -> str:
        return f"∂{self.solution.result}/∂{line}"

    def _position(self, where: Pattern) -> str:
        base = self.solution.problem.index_base
        named = any(at is not None for at in where)
        return f"[{','.join('·' if at is None else str(at + base) for at in where)}]" if named else ""
