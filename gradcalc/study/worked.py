"""The three lines that a reader wants of a quantity: its formula, the numbers put in, the result."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine import lines
from gradcalc.engine.entries import Entries, Index, TooLong
from gradcalc.engine.figures import figures, number, put_in
from gradcalc.engine.notation import Style, text
from gradcalc.engine.op import Array
from gradcalc.engine.simplify import mapped, simplify
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.solution import Solution
from gradcalc.study.rules import OWN, Rules

# a number with so many digits more than the reader asked for
Digits = Callable[[float, int], str]

# how many signs the numbers that are put in may take: arrays, and the terms of a single number
LONGEST_ARRAYS, LONGEST_TERMS = 100, 160
# how far off a line may be in the digits that the reader asked for; further off, its numbers get more of them
CLOSE = 1e-3
MOST_MORE = 12
# what one rounding may do to a number that lies between two printed ones
_ROUNDING = 1e-12


class Worked(NamedTuple):
    """A quantity or an entry of it, as trees: `names` = `formulas` = `numbers` = `result`, set in `style`.

    `numbers` is None where they would fill a page, or say nothing new. `exact` is False where the numbers as they are
    printed do not give the result to its last printed digit: a `≈` belongs between them.
    """

    names: Sequence[ast.expr]
    formulas: Sequence[ast.expr]
    numbers: ast.expr | None
    result: ast.expr
    exact: bool
    style: Style


class Workings:
    """The worked lines of one solution; `digits` sets a number as the reader will see it."""

    def __init__(self, solution: Solution, rules: Rules, digits: Digits) -> None:
        self.solution = solution
        self.rules = rules
        self.numbers = Numbers(_values(solution), rules.style, digits, column=solution.built.single)

    def value(self, name: str, index: Index = ()) -> Worked:
        """How a quantity, or its entry at `index` (from 0, in the shape shown), is computed."""
        result, names = self.solution.values[name], self.rules.names(name)
        if name not in self.rules.graph.lines:
            return self._worked(names, [], None, result, index)
        written_out = self.solution.built.cost is not None and name == self.solution.built.names.loss
        run, called = self._expanded.formula_tree(name), self._called.formula_tree(name)
        forms = [self._plain.formula_tree(name) if written_out else self.rules.formula_tree(name)]
        return self._worked(names, forms, (run, run if written_out else called), result, index)

    def gradient(self, name: str, index: Index = ()) -> Worked:
        """How the gradient with respect to a quantity is computed, the joint form last."""
        names: list[ast.expr] = [lines.arriving(name)]
        result, forms = self.solution.gradients[name], self.rules.rule_trees(name)
        if not forms:
            return self._worked(names, [], None, result, index)
        run, called = self._expanded.rule_trees(name)[-1], self._called.rule_trees(name)[-1]
        return self._worked(names, forms, (run, called), result, index)

    @cached_property
    def _plain(self) -> Rules:
        return Rules(self.solution, expand=True)

    @cached_property
    def _expanded(self) -> Rules:
        return Rules(self.solution, expand=True, shaped=True)

    @cached_property
    def _called(self) -> Rules:
        return Rules(self.solution, shaped=True)

    def _worked(
        self,
        names: Sequence[ast.expr],
        forms: Sequence[ast.expr],
        trees: tuple[ast.expr, ast.expr] | None,
        result: Array,
        index: Index,
    ) -> Worked:
        """The line of a quantity; `trees` are its expression as it is run, and with functions by their names."""
        if index:
            names = [_entry(name, index) for name in names]
            forms = self._in_letters(*trees, index) if trees is not None else []
        return self.numbers.worked(names, forms, trees, result, index)

    def _in_letters(self, run: ast.expr, called: ast.expr, index: Index) -> list[ast.expr]:
        """The formula of one entry."""
        values = self.numbers.values
        entries = Entries(values, column=self.solution.built.single, figures=False)

        def leaf(name: str, at: Index) -> ast.expr:
            return ast.Name(OWN + name) if np.size(values[name]) == 1 else _entry(ast.Name(name), at)

        elementwise = {step.op.name for step in self.rules.graph.equations if step.op.elementwise}
        try:
            match called:
                case ast.Call(func=ast.Name(id=name) as function, args=[ast.Name() as inner], keywords=keywords) if (
                    name in elementwise
                ):
                    return [ast.Call(function, [entries.at(inner, index, leaf)], keywords)]
            return [simplify(entries.at(run, index, leaf))]
        except (KeyError, TooLong):
            return []


def _values(solution: Solution) -> dict[str, Any]:
    """What each name in a tree stands for; the arrays of one sample have no axis for samples."""
    known: dict[str, Any] = {**solution.values, **{f"∂{name}": g for name, g in solution.gradients.items()}}
    if SAMPLE_WEIGHTS in solution.flow:
        weights = solution.flow[SAMPLE_WEIGHTS]
        known[SAMPLE_WEIGHTS] = weights[0] if solution.built.single else weights
    return known


class Numbers:
    """Numbers for the names in expressions, and how they are printed."""

    def __init__(self, values: Mapping[str, Any], style: Style, digits: Digits, *, column: bool = False) -> None:
        self.values = values
        self.entries = Entries(values, column=column)
        self._style = style
        self._digits = digits

    def worked(
        self,
        names: Sequence[ast.expr],
        forms: Sequence[ast.expr],
        trees: tuple[ast.expr, ast.expr] | None,
        result: Array,
        index: Index = (),
    ) -> Worked:
        """The line of a quantity, or of its entry at `index`, whose names and formulas are told already.

        `trees` are the expression of the whole quantity as it is run, and with functions by their names.
        """
        result = result[index] if index else result
        line = self._best(*trees, index, result) if trees is not None else _NONE
        # with more digits for what is put in, the result still has those that were asked for
        seen = np.vectorize(partial(self._read, more=0), otypes=[float])(result) if line.more else result
        return Worked(names, forms, line.tree, number(seen), line.exact, self.style(line.more))

    def style(self, more: int = 0) -> Style:
        """How lines are set, numbers with so many digits more than usual."""
        return self._style._replace(number=lambda value: self._digits(value, more))

    def _best(self, run: ast.expr, called: ast.expr, index: Index, result: Array) -> _Line:
        """The numbers in the digits that were asked for, or in as many as are needed where these are too far off."""
        if isinstance(run, ast.Name):
            return _NONE
        longest = LONGEST_TERMS if np.size(result) == 1 else LONGEST_ARRAYS
        close = None
        try:
            shown = self._shown(run, called, index, result)
            if isinstance(shown, ast.Constant):
                return _NONE
            for more in range(MOST_MORE + 1):
                if len(text(shown, self.style(more))) > longest:
                    break
                value = self._printed(run, shown, result, more)
                line = _Line(shown, more, all(map(self._alike, np.ravel(value).tolist(), np.ravel(result).tolist())))
                if line.exact:
                    return line
                if close is None and np.allclose(value, result, rtol=CLOSE, atol=0):
                    close = line
                if close is not None and close.more == 0:
                    break
        except (KeyError, TooLong):
            return _NONE
        return close or _NONE

    def _shown(self, run: ast.expr, called: ast.expr, index: Index, result: Array) -> ast.expr:
        """The numbers put in: a single number term by term, an array as arrays."""
        if np.size(result) > 1:
            values = self._used(called)
            if sum(map(np.size, values.values())) > LONGEST_ARRAYS:
                raise TooLong
            return put_in(called, values)
        place = index or (0,) * np.ndim(self.entries.value(run))
        return figures(self.entries.at(run, place, self._leaf))

    def _used(self, tree: ast.expr) -> dict[str, Any]:
        """The values of the names in a tree."""
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return {name: self.values[name] for name in names & self.values.keys()}

    def _leaf(self, name: str, at: Index) -> ast.expr:
        return ast.Constant(float(np.asarray(self.values[name])[at]))

    def _printed(self, run: ast.expr, shown: ast.expr, result: Array, more: int) -> Any:
        """What the numbers come to as they are printed."""
        read = partial(self._read, more=more)
        if np.size(result) == 1:
            return Entries({}).value(_with_numbers(shown, read))
        rounded = {name: np.vectorize(read, otypes=[float])(value) for name, value in self._used(run).items()}
        value = Entries(rounded, column=self.entries.column).value(run)
        return np.broadcast_to(value, np.shape(result))

    def _read(self, value: float, more: int) -> float:
        """A number as it is printed."""
        return float(self._digits(value, more).replace("−", "-").replace("∞", "inf"))

    def _alike(self, value: float, result: float) -> bool:
        """Whether a number is printed like the result; one that lies between two printed ones is like both."""
        near = (value, value * (1 - _ROUNDING), value * (1 + _ROUNDING))
        return self._digits(result, 0) in [self._digits(number, 0) for number in near]


class _Line(NamedTuple):
    """Numbers put in, how many digits more than usual they take, and whether they give the result to its last."""

    tree: ast.expr | None
    more: int
    exact: bool


_NONE = _Line(None, 0, exact=True)


def _entry(tree: ast.expr, index: Any) -> ast.expr:
    return ast.Call(ast.Name("entry"), [tree, ast.Constant(index)], [])


def _with_numbers(tree: ast.expr, change: Callable[[float], float]) -> ast.expr:
    """The tree with its numbers changed, as far as they are no whole numbers of a formula."""
    if isinstance(tree, ast.Constant):
        return ast.Constant(change(tree.value)) if isinstance(tree.value, float) else tree
    return mapped(tree, lambda part: _with_numbers(part, change))
