"""The chain rule over whole quantities in letters: for every route from the result a product of Jacobians."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from gradcalc.engine.graph import Graph
from gradcalc.engine.notation import Style
from gradcalc.engine.simplify import ONES
from gradcalc.engine.trees import derivative, is_map, is_one, product, summed
from gradcalc.problem.quantity import UNKNOWN, Size
from gradcalc.study.rules import Rules
from gradcalc.study.ways import every_route


class Factor(NamedTuple):
    """The Jacobian of a line: a row for each entry of it, a column for each of `of`; `sides` counts them in letters and
    numbers, and is None where they are not known."""

    line: str
    of: str
    formula: ast.expr
    sides: tuple[str, str] | None

    def name(self, names: Mapping[str, str] = MappingProxyType({})) -> ast.expr:
        """∂line/∂of, with other names for those in `names`."""
        return derivative(*(ast.Name(names.get(one, one)) for one in (self.line, self.of)))


class Routes(NamedTuple):
    """∂of/∂name as a sum over `paths`, the outer factors first. `functions` names what lines that are nothing but one
    call of a function that is not given are also called by."""

    of: str
    name: str
    paths: Sequence[Sequence[Factor]]
    functions: Mapping[str, str]
    style: Style

    @property
    def derivative(self) -> ast.expr:
        return derivative(ast.Name(self.of), ast.Name(self.name))

    @property
    def factors(self) -> list[Factor]:
        """Every factor once."""
        return [*{(factor.line, factor.of): factor for route in self.paths for factor in route}.values()]

    @property
    def chains(self) -> list[ast.expr]:
        """The chain rule in the names of the quantities, and in those of the functions."""
        names = [{}, self.functions] if self.functions else [{}]
        return [summed([product([one.name(told) for one in route]) for route in self.paths]) for told in names]

    @property
    def whole(self) -> ast.expr | None:
        """All that the factors are as one formula; None where one of them is no factor but told as what it does."""
        told = [[factor.formula for factor in route if not _changes_nothing(factor.formula)] for route in self.paths]
        if not told or any(is_map(formula) for route in told for formula in route):
            return None
        return summed([product(route or [ast.Constant(1)]) for route in told])


def routes_of(rules: Rules, of: str, name: str, abstract: Sequence[str] = ()) -> Routes:
    """The product of Jacobians over every route from `of` back to `name`; LimitError where there are too many.

    `abstract` are the functions that are not given.
    """
    built = rules.built
    graph = Graph(tuple(e.shown_as or e for e in built.graph.equations), built.graph.constants)
    known = {quantity.name: quantity.shape for quantity in built.quantities.values()}
    letters = [side for shape in known.values() for side in shape if isinstance(side, str)]
    between = "" if all(len(letter) == 1 for letter in letters) else "·"

    def factor(line: str, inner: str) -> Factor:
        unknown = UNKNOWN in (*known[line], *known[inner])
        sides = None if unknown else (entries(known[line], between), entries(known[inner], between))
        told = rules.jacobian_tree(line, inner)
        is_sum = unknown and known[line] == () and is_one(told)
        return Factor(line, inner, _ROW_OF_ONES if is_sum else told, sides)

    routes = tuple(
        tuple(factor(*pair) for pair in pairwise(route)) for route in every_route(graph, of, name) if len(route) > 1
    )
    return Routes(of, name, routes, _functions(graph, abstract), rules.style)


def entries(shape: Sequence[Size], between: str = "") -> str:
    """How many entries there are, in letters and numbers.

    >>> entries(("H", "M")), entries((3, 2)), entries(("H1", 2), "·"), entries(())
    ('HM', '6', '2·H1', '1')
    """
    letters = [f"({side})" if "+" in side and len(shape) > 1 else side for side in shape if isinstance(side, str)]
    number = prod(side for side in shape if isinstance(side, int))
    told = [*([str(number)] if number != 1 or not letters else []), *letters]
    return between.join(told)


def _functions(graph: Graph, abstract: Sequence[str]) -> Mapping[str, str]:
    """The functions by the lines that are nothing but a call of one, and the only one."""
    uses = [step.op.name for step in graph.equations]
    calls = {line: graph.line(line)[0].op.name for line in graph.lines}
    return {line: name for line, name in calls.items() if name in abstract and uses.count(name) == 1}


# how a sum of nobody knows how many entries changes with them
_ROW_OF_ONES = ast.Attribute(ast.Name(ONES), "T")


def _changes_nothing(tree: ast.expr) -> bool:
    return is_one(tree) or (isinstance(tree, ast.Name) and tree.id == "I")
