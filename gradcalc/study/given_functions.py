"""Equations whose functions are not given, with functions put in, so that formulas about them can be compared."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import parse
from gradcalc.errors import ExpressionError, ProblemError
from gradcalc.problem.abstract import outline
from gradcalc.problem.build import Built, build
from gradcalc.problem.model import Problem
from gradcalc.solution import Solution

# numbers, or where a loss takes several outputs vectors of them
_SHAPES: tuple[tuple[int, ...], ...] = ((), (3,))


def outlined(problem: Problem) -> Solution:
    """The problem without any values, whose rules have the slopes of the functions as names."""
    built = outline(problem)
    return Solution(problem, built, {}, {}, built.result)


def with_functions(problem: Problem) -> tuple[Problem, Built]:
    """The problem with some function for each that is not given, and with numbers for all names that nothing gives.

    A function may be called by its name where its value is meant, as in `∂f2/∂f1`.
    Raises ExpressionError for what is no formula.
    """
    told = outline(problem)
    free = [name for name, quantity in told.quantities.items() if quantity.role == "input" and name not in problem.data]
    lines = {name: _Put(problem.abstract) for name in problem.equations}
    equations = {
        name: ast.unparse(ast.fix_missing_locations(put.visit(parse(problem.equations[name], None, known).tree)))
        for known in [[*FUNCTIONS, *problem.abstract]]
        for name, put in lines.items()
    }
    also = {put.whole: name for name, put in lines.items() if put.whole}
    for shape in _SHAPES:
        made = replace(
            problem, abstract=(), equations=equations, data={**problem.data, **_drawn(free, shape, told.names.target)}
        )
        try:
            built = build(made)
        except (ExpressionError, ProblemError):
            continue
        return made, replace(built, also=also)
    message = "functions that are not given can't be tried with these shapes"
    raise ProblemError(message, problem.place("equations"), "`gradcalc explain --symbolic` derives in letters")


def _drawn(free: list[str], shape: tuple[int, ...], target: str) -> Mapping[str, np.ndarray]:
    """Numbers for the names that nothing gives; a target is one that any loss takes."""
    generator = np.random.default_rng(11)
    found = {name: np.asarray(generator.uniform(0.2, 0.8, shape)) for name in free}
    if target in found:
        found[target] = np.eye(shape[0])[0] if shape else np.ones(())
    return found


class _Put(ast.NodeTransformer):
    """Calls of functions that are not given become formulas in which all arguments meet; `whole` is a call alone."""

    def __init__(self, abstract: tuple[str, ...]) -> None:
        self.abstract = abstract
        self.whole = ""
        self._inside = False

    def visit(self, node: ast.AST) -> ast.AST:
        if not self._inside and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            self.whole = node.func.id if node.func.id in self.abstract else ""
        self._inside = True
        visited: ast.AST = super().visit(node)
        return visited

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id not in self.abstract:
            return node
        number = self.abstract.index(node.func.id)
        args = [f"({ast.unparse(argument)})" for argument in node.args]
        terms = [f"{0.3 + 0.4 * k + 0.1 * number:.1f}*{arg}" for k, arg in enumerate(args)]
        terms += [f"{0.5 + 0.2 * number:.1f}*{one}*{other}" for one, other in combinations(args, 2)]
        return ast.parse(f"sigmoid({' + '.join(terms)} - 0.2)", mode="eval").body
