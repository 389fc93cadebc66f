"""Every local derivative: of each line with respect to each quantity that it uses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Graph, backward
from gradcalc.engine.op import Array
from gradcalc.errors import LimitError
from gradcalc.solution import Solution

MAX_ENTRIES = 4_000_000


class Local(NamedTuple):
    """∂line/∂input. `array` has the input's shape for an elementwise line, else a row per entry of the line;
    of a batch there is one such array for each sample, samples first."""

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
        for name in local_inputs(solution, line)
    ]


def local_inputs(solution: Solution, line: str) -> list[str]:
    """What a line uses, in order; of the loss its prediction only, since a penalty is no step on the way."""
    steps = [e.shown_as or e for e in solution.built.graph.line(line)]
    known = [name for step in steps for name in step.inputs if name in solution.built.quantities]
    constants = solution.built.graph.constants
    inputs = [name for name in dict.fromkeys(known) if name not in constants]
    of_network = solution.built.layers and solution.built.quantities[line].role == "loss"
    return inputs[:1] if of_network else inputs


def local_of(solution: Solution, line: str, name: str) -> Array:
    steps = solution.built.graph.line(line)
    part = Graph(tuple(e.shown_as or e for e in steps), solution.built.graph.constants)
    y = solution.flow[line]
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
