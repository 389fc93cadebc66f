"""Every local derivative: of each line with respect to each quantity that it uses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Equation, Graph, backward
from gradcalc.engine.op import Array
from gradcalc.errors import LimitError
from gradcalc.problem.build import Built
from gradcalc.solution import Solution

MAX_ENTRIES = 4_000_000


class Local(NamedTuple):
    """∂line/∂input. `array` has the input's shape for an elementwise line, else a row per entry of the line;
    of a batch there is one such array for each sample, samples first. Of formulas it has the axes of the line and then
    those of the input."""

    line: str
    input: str
    array: Array

    @property
    def name(self) -> str:
        return f"d{self.line}/d{self.input}"


def local_derivatives(solution: Solution) -> list[Local]:
    """The local derivatives from the loss back; LimitError where they would fill the memory."""
    graph = solution.built.graph
    return [
        Local(line, name, local_of(solution, line, name))
        for line in reversed(graph.lines)
        for name in local_inputs(solution.built, line)
    ]


def local_inputs(built: Built, line: str) -> list[str]:
    """What a line uses, in order; of a network's loss its prediction only, since a penalty is no step on the way."""
    steps = [e.shown_as or e for e in built.graph.line(line)]
    used = [(name, vjp) for step in steps for name, vjp in zip(step.inputs, step.op.vjps, strict=True)]
    known = [name for name, vjp in used if name in built.quantities and vjp is not None]
    inputs = [name for name in dict.fromkeys(known) if name not in built.graph.constants]
    return inputs[:1] if built.layers and built.quantities[line].role == "loss" else inputs


def local_of(solution: Solution, line: str, name: str) -> Array:
    steps = solution.built.graph.line(line)
    part = Graph(tuple(e.shown_as or e for e in steps), solution.built.graph.constants)
    y = solution.flow[line]
    if solution.built.formulas:
        return _of_formula(part, solution, line, name)
    if y.ndim == 0:
        return solution.shown(name, _share(part, solution, line, np.ones_like(y), name))
    if len(steps) == 1 and steps[0].op.elementwise:
        return solution.shown(name, _share(part, solution, line, np.ones_like(y), name))
    samples, units = y.shape
    size = solution.flow[name].size // (samples if _per_sample(solution, name) else 1)
    if samples * units * size > MAX_ENTRIES:
        raise LimitError(f"d{line}/d{name} has {samples * units * size} entries; the limit is {MAX_ENTRIES}")
    rows = [[_row(part, solution, line, (n, k), name) for k in range(units)] for n in range(samples)]
    array = np.array(rows)
    return array[0] if solution.built.single else array


def _of_formula(part: Graph, solution: Solution, line: str, name: str) -> Array:
    y, x = solution.flow[line], solution.flow[name]
    if line == solution.built.names.loss or is_entrywise(part.equations, name):
        return solution.shown(name, _share(part, solution, line, np.ones_like(y), name))
    if y.size * x.size > MAX_ENTRIES:
        raise LimitError(f"d{line}/d{name} has {y.size * x.size} entries; the limit is {MAX_ENTRIES}")
    whole = np.zeros((*y.shape, *x.shape))
    g = np.zeros_like(y)
    for index in np.ndindex(y.shape):
        g[index] = 1
        whole[index] = _share(part, solution, line, g, name)
        g[index] = 0
    if y.ndim == 2 and len(part.equations) == 1 and part.equations[0].op.name in ("softmax", "log_softmax"):
        rows = np.arange(len(y))
        return whole[rows, :, rows, :] + 0.0
    return whole + 0.0


def is_entrywise(steps: Iterable[Equation], name: str) -> bool:
    """Whether every entry of the last of `steps` uses only that same entry of the quantity `name`."""
    reached = {name}
    for step in steps:
        if not reached.isdisjoint(step.inputs):
            if step.op.name not in _entrywise():
                return False
            reached.add(step.name)
    return True


@cache
def _entrywise() -> frozenset[str]:
    """The names of the ops that run entry by entry."""
    from gradcalc.engine.ops import OPS, pairs, rows  # noqa: PLC0415 - only formulas ask

    of_one = (op.name for op in OPS.values() if op.elementwise)
    return frozenset({"add", "copy", *of_one, *(op.name for op in rows(pairs))})


def _row(part: Graph, solution: Solution, line: str, index: tuple[int, int], name: str) -> Array:
    g = np.zeros_like(solution.flow[line])
    g[index] = 1
    share = _share(part, solution, line, g, name)
    return share[index[0]] if _per_sample(solution, name) else share


def _per_sample(solution: Solution, name: str) -> bool:
    return solution.built.quantities[name].role in ("input", "pre", "post")


def _share(part: Graph, solution: Solution, line: str, g: Array, name: str) -> Array:
    found = backward(part, solution.flow, {line: g}).get(name)
    return found if found is not None else np.zeros_like(solution.flow[name])
