"""Local derivatives that somebody wrote down, in the place of those that the backward walk would use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gradcalc.engine.graph import Equation, Graph, backward
from gradcalc.engine.op import Array
from gradcalc.study.ways import fed

# the local derivatives by line and by what the line uses
Locals = Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True, eq=False)
class Overridden(Equation):
    """A whole line as one step, `part`, whose share towards some of its inputs goes by the numbers in `locals`."""

    part: Graph = field(default_factory=lambda: Graph(()))
    locals: Mapping[str, Array] = field(default_factory=dict)

    def shares(self, g: Array, values: Mapping[str, Array]) -> dict[int, Array]:
        found = backward(self.part, values, {self.name: g})
        found |= {name: carried(g, local, values[name]) for name, local in self.locals.items()}
        return {k: found[name] for k, name in enumerate(self.inputs) if name in found}


def overridden(graph: Graph, told: Locals) -> Graph:
    """The graph with those lines as single steps; it is for the backward walk, its values being known."""
    steps = []
    for equation in graph.equations:
        if equation.line not in told:
            steps.append(equation)
        elif equation.name == equation.line:
            part = Graph(graph.line(equation.line), graph.constants)
            inputs = tuple(fed(part))
            line = Overridden(equation.name, equation.op, inputs, {}, equation.line, None, part, told[equation.line])
            steps.append(line)
    return Graph(tuple(steps), graph.constants)


def carried(g: Array, local: Array, x: Array) -> Array:
    """The gradient g carried back to x by a local derivative, in any of the shapes in which that is shown.

    It has a number for each pair of entries, or for each entry of an elementwise line, or a matrix for each sample.
    """
    if local.size == g.size * x.size:
        return np.asarray(g.reshape(-1) @ local.reshape(g.size, x.size)).reshape(x.shape)
    if local.size == x.size == g.size:
        return g.reshape(x.shape) * local.reshape(x.shape)
    samples = len(g)
    return np.asarray(np.einsum("nk,nkm->nm", g, local.reshape(samples, g.size // samples, -1))).reshape(x.shape)
