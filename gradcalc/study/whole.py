"""A whole quantity explained: by its rule with the shapes of what meets, or by a product of Jacobian matrices."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Graph, backward
from gradcalc.engine.notation import Style, text
from gradcalc.engine.op import Array
from gradcalc.engine.trees import derivative
from gradcalc.errors import LimitError
from gradcalc.problem.reference import Reference
from gradcalc.solution import Solution
from gradcalc.study.apart import apart, bypassed
from gradcalc.study.rules import Rules
from gradcalc.study.shapes import dimensions
from gradcalc.study.ways import every_route
from gradcalc.study.worked import Digits, Worked, Workings

MOST_ENTRIES = 4_000_000


@dataclass(frozen=True)
class Whole:
    """A quantity or a gradient by its rule: the worked lines, and the shape of every part of them by its name."""

    reference: Reference
    worked: Worked
    value: Array
    shapes: Mapping[str, str]
    style: Style


class Matrix(NamedTuple):
    """The Jacobian of one line: a row for each of its entries, a column for each of the input's, both row by row."""

    line: str
    of: str
    name: ast.expr
    formula: str
    array: Array


class Route(NamedTuple):
    """Lines that a change passes one after the other: their Jacobians, the outer first, and the product."""

    matrices: tuple[Matrix, ...]
    product: Array


@dataclass(frozen=True)
class Composition:
    """∂of/∂name as the sum of the products over every route; `value` is that sum, in the shape that is shown."""

    reference: Reference
    name: ast.expr
    routes: tuple[Route, ...]
    value: Array
    style: Style


def explain_whole(solution: Solution, reference: Reference, digits: Digits) -> Whole:
    """A value, or a gradient of the result, by the rule of the whole quantity."""
    rules = Rules(solution)
    workings = Workings(solution, rules, digits)
    index, name = reference.index, reference.name
    shape = solution.values[name].shape
    entry = index if len(index) == len(shape) else ()
    worked = workings.value(name, entry) if reference.is_value else workings.gradient(name, entry)
    value = (solution.values if reference.is_value else solution.gradients)[name]
    return Whole(reference, worked, value[index] if index else value, _shapes(solution), rules.style)


def explain_by_jacobians(solution: Solution, reference: Reference) -> Composition:
    """The product of Jacobian matrices over every route. LimitError where they would fill the memory."""
    return _Composer(solution, reference).composition()


def _shapes(solution: Solution) -> Mapping[str, str]:
    """The shape of every quantity and of its gradient, as it stands on the page."""
    found: dict[str, str] = {}
    for quantity in solution.built.quantities.values():
        sizes = quantity.shape
        shape = dimensions(sizes, column=solution.built.single)
        if len(sizes) == 1 and not solution.built.layers and shape != "scalar":
            shape = str(sizes[0])
        found |= {quantity.name: shape, f"∂{quantity.name}": shape}
    return found


class _Composer:
    def __init__(self, solution: Solution, reference: Reference) -> None:
        self.reference, self.start = reference, reference.of or ""
        past = bypassed(solution)
        as_shown = reference.name in past or reference.name in past.values() or not _overflows(solution)
        self.solution = apart(solution, {reference.name, self.start}, shown=as_shown)
        self.graph, self.flow = self.solution.built.graph, self.solution.flow
        self.rules = Rules(self.solution)
        self.known: dict[tuple[str, str], Matrix] = {}

    def composition(self) -> Composition:
        routes = tuple(map(self._route, every_route(self.graph, self.start, self.reference.name)))
        inner = self.flow[self.reference.name].size
        whole = sum((route.product for route in routes), np.zeros((self.flow[self.start].size, inner)))
        name = derivative(ast.Name(self.start), ast.Name(self.reference.name))
        return Composition(self.reference, name, routes, self._in_shape(whole), self.rules.style)

    def _in_shape(self, whole: Array) -> Array:
        """The Jacobian in the shapes that are shown: of one number the shape of the quantity itself."""
        shapes = [tuple(map(int, self.solution.built.quantities[n].shape)) for n in (self.start, self.reference.name)]
        outer = shapes[0] if np.prod(shapes[0], dtype=int) != 1 else ()
        found: Array = (whole + 0.0).reshape((*outer, *shapes[1]))
        return found[self.reference.of_index] if outer and self.reference.of_index else found

    def _route(self, names: Sequence[str]) -> Route:
        matrices = tuple(self._matrix(line, of) for line, of in pairwise(names))
        product = np.eye(self.flow[self.start].size)
        for matrix in matrices:
            product = product @ matrix.array
        return Route(matrices, product + 0.0)

    def _matrix(self, line: str, of: str) -> Matrix:
        if (line, of) not in self.known:
            name = derivative(ast.Name(line), ast.Name(of))
            formula = text(self.rules.jacobian_tree(line, of), self.rules.style)
            self.known[line, of] = Matrix(line, of, name, formula, self._jacobian(line, of))
        return self.known[line, of]

    def _jacobian(self, line: str, of: str) -> Array:
        y, x = self.flow[line], self.flow[of]
        if y.size * x.size > MOST_ENTRIES:
            raise LimitError(f"∂{line}/∂{of} has {y.size * x.size} entries; the limit is {MOST_ENTRIES}")
        part = Graph(self.graph.line(line), self.graph.constants)
        rows = []
        for number in range(y.size):
            g = np.zeros(y.size)
            g[number] = 1
            rows.append(np.ravel(backward(part, self.flow, {line: g.reshape(y.shape)})[of]))
        return np.array(rows) + 0.0


def _overflows(solution: Solution) -> bool:
    """Whether what a joint form passes by has no number of its own."""
    return any(not np.isfinite(solution.back[name]).all() for name in bypassed(solution) if name in solution.back)
