"""A graph made ready to be run many times: the same two walks, with every look-up done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array

Slots = list[Array]
Call = Callable[..., Array]
# the slots of one input or of two, which most steps have; None and a tuple of slots of any other number
Inputs = tuple[int | None, int | None, tuple[int, ...]]
ForwardStep = tuple[Call, Inputs, int]
BackwardStep = tuple[Call, int, Inputs, int, bool]


class Program:
    """`graph` up to `result`, for one set of leaves whose arrays are changed in place between runs.

    `run()` evaluates it; then `value(name)` is any value that the result is computed from, and `gradients(seed)` gives
    those of `wanted`, in their order. A gradient that nothing flows into is None.
    """

    def __init__(self, graph: Graph, leaves: Mapping[str, Array], result: str, wanted: Sequence[str]) -> None:
        names = [*leaves, *(equation.name for equation in graph.equations)]
        self._slot = {name: position for position, name in enumerate(names)}
        self._values: Slots = [*leaves.values(), *([np.zeros(())] * len(graph.equations))]
        self._result = self._slot[result]
        self._wanted = [self._slot[name] for name in wanted]
        needed = self._needed(graph, result)
        self._forward = [self._forward_step(e) for e in graph.equations if e.name in needed]
        self._backward = self._backward_steps(graph, result, set(wanted))

    def run(self) -> Array:
        """Evaluate every equation; the value of the result."""
        values = self._values
        for call, (one, two, more), output in self._forward:
            if one is None:
                values[output] = call(*[values[i] for i in more])
            elif two is None:
                values[output] = call(values[one])
            else:
                values[output] = call(values[one], values[two])
        return values[self._result]

    @property
    def size(self) -> int:
        """How many numbers' room it takes beside what is wanted, an equation being worth a hundred of them."""
        wanted = {*self._wanted}
        return sum(100 + value.size for slot, value in enumerate(self._values) if slot not in wanted)

    def value(self, name: str) -> Array:
        return self._values[self._slot[name]]

    def gradients(self, seed: Array) -> list[Array | None]:
        """The gradients of Σ seed · result at the values of the last run."""
        values = self._values
        found: list[Any] = [None] * len(values)
        found[self._result] = seed
        for call, output, (one, two, more), target, first in self._backward:
            if one is None:
                share = call(found[output], values[output], *[values[i] for i in more])
            elif two is None:
                share = call(found[output], values[output], values[one])
            else:
                share = call(found[output], values[output], values[one], values[two])
            found[target] = share if first else found[target] + share
        return [found[slot] for slot in self._wanted]

    def _forward_step(self, equation: Equation) -> ForwardStep:
        call = partial(equation.op.forward, **equation.attrs) if equation.attrs else equation.op.forward
        return call, self._slots(equation), self._slot[equation.name]

    def _backward_steps(self, graph: Graph, result: str, wanted: set[str]) -> list[BackwardStep]:
        """The rules that a gradient passes on its way to what is wanted, and no others."""
        leading = self._leading_to(graph, wanted)
        reached, steps = {result}, []
        for equation in reversed(graph.equations):
            if equation.name not in reached:
                continue
            for name, vjp in zip(equation.inputs, equation.op.vjps, strict=True):
                if vjp is None or name not in leading or name in graph.constants:
                    continue
                call = partial(vjp, **equation.attrs) if equation.attrs else vjp
                step = (call, self._slot[equation.name], self._slots(equation), self._slot[name], name not in reached)
                steps.append(step)
                reached.add(name)
        return steps

    def _needed(self, graph: Graph, result: str) -> set[str]:
        """What the result is computed from; what a joint form bypasses is not."""
        needed = {result}
        for equation in reversed(graph.equations):
            if equation.name in needed:
                needed.update(equation.inputs)
        return needed

    def _leading_to(self, graph: Graph, wanted: set[str]) -> set[str]:
        """What is wanted, and every equation that depends on something that is."""
        leading = set(wanted)
        for equation in graph.equations:
            if not leading.isdisjoint(equation.inputs):
                leading.add(equation.name)
        return leading

    def _slots(self, equation: Equation) -> Inputs:
        match tuple(self._slot[name] for name in equation.inputs):
            case (one,):
                return one, None, ()
            case (one, two):
                return one, two, ()
            case more:
                return None, None, more
