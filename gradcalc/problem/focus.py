"""Another result than the loss: a quantity, one entry of it, or the loss of one output."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, count
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.build import Built
from gradcalc.problem.quantity import Quantity
from gradcalc.problem.reference import quantity_called

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.problem.seed import Seed

ERRORS = "e"


class Focus(NamedTuple):
    """The graph as far as the result, the name of the quantity that it is of, how it is called in a gradient, and the
    gradient that starts there."""

    built: Built
    name: str
    label: str
    seed: Array


def focus(built: Built, of: str, index_base: int, given: Seed | None = None) -> Focus:
    """Read `of`, such as `z2`, `a1[2]`, `yhat` or `e[1]`, as the result of the computation.

    With a gradient `given`, the result is a whole quantity, and what is differentiated is Σ g · quantity.
    Raises UsageError for a name that there is not, an index that does not fit, or a result that is not one number.
    """
    match = re.fullmatch(r"(.*?)(?:\[([0-9 ,]+)\])?", of.strip())
    name, index = (match[1], match[2]) if match else (of, None)
    name = quantity_called(name, built) or name
    part = _errors(built) if name == ERRORS and ERRORS not in built.quantities else built
    if name not in part.graph.lines:
        known = [*part.graph.lines, *([ERRORS] if built.cost and built.cost.errors else [])]
        raise UsageError(f"--of {of}: no computed quantity is called '{name}'", hint=f"one of {', '.join(known)}")
    sizes = part.quantities[name].shape
    if any(isinstance(side, str) for side in sizes):
        raise UsageError(f"--of {of} has {'×'.join(map(str, sizes))} entries; without numbers a result is one number")
    shape = tuple(int(side) for side in sizes)
    if given is not None:
        if index is not None:
            raise UsageError(f"--of {of}: a seed gradient belongs to a whole quantity", hint=f"--of {name}")
        return Focus(_until(part, name), name, _free(built), given.fitted(name, shape))
    seed = np.zeros(shape)
    seed[_index(of, index, shape, index_base)] = 1
    label = name if not shape or seed.size == 1 else of.strip()
    return Focus(_until(part, name), name, label, seed)


def _free(built: Built) -> str:
    """A letter for the sum that a seed gradient stands for, which no quantity has."""
    return next(name for name in chain(("s", "S"), map("s{}".format, count())) if name not in built.quantities)


def _index(of: str, index: str | None, shape: tuple[int, ...], base: int) -> tuple[int, ...]:
    size = "×".join(map(str, shape)) or "1"
    if index is None:
        if np.prod(shape, dtype=int) != 1:
            raise UsageError(f"--of {of} has {size} entries; a result is one number", hint=f"name one: --of '{of}[…]'")
        return (0,) * len(shape)
    position = tuple(int(part) - base for part in index.replace(",", " ").split())
    fits = len(position) == len(shape) and all(0 <= i < side for i, side in zip(position, shape, strict=True))
    if not fits:
        raise UsageError(f"--of {of}: the index does not fit the shape {size}, counted from {base}")
    return position


def _until(built: Built, name: str) -> Built:
    """The part of the graph that the result depends on, as far as the order of the equations tells."""
    last = max(i for i, equation in enumerate(built.graph.equations) if equation.name == name)
    graph = Graph(built.graph.equations[: last + 1], built.graph.constants)
    kept = {*built.leaves, *graph.lines}
    cost = built.cost if built.cost and built.names.loss in kept else None
    return replace(
        built,
        graph=graph,
        quantities={key: quantity for key, quantity in built.quantities.items() if key in kept},
        result=name,
        cost=cost,
    )


def _errors(built: Built) -> Built:
    """The graph that ends in the loss of each output, as a quantity of its own."""
    if built.cost is None or built.cost.errors is None:
        return built
    inner = built.cost.errors

    def renamed(equation: Equation) -> Equation:
        if equation.name != inner:
            return equation
        shown = replace(equation.shown_as, name=ERRORS, line=ERRORS) if equation.shown_as else None
        return replace(equation, name=ERRORS, line=ERRORS, shown_as=shown)

    last = next(i for i, equation in enumerate(built.graph.equations) if equation.name == inner)
    graph = Graph(tuple(map(renamed, built.graph.equations[: last + 1])), built.graph.constants)
    quantity = Quantity(ERRORS, "loss", None, built.quantities[built.output].shape)
    return replace(built, graph=graph, quantities={**built.quantities, ERRORS: quantity})
