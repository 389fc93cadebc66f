"""What stands in a product of the chain rule: a local derivative of one entry, as a formula and as a number."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gradcalc.engine import lines
from gradcalc.engine.entries import NOTHING, Entries, TooLong
from gradcalc.engine.figures import figures
from gradcalc.engine.graph import Equation, Graph, backward
from gradcalc.engine.measure import TOO_LONG
from gradcalc.engine.notation import Style, text
from gradcalc.engine.simplify import mapped, replace, simplify
from gradcalc.engine.trees import derivative, entry, entry_of
from gradcalc.solution import Solution
from gradcalc.study.flow import sentence
from gradcalc.study.rules import Rules
from gradcalc.study.ways import Index, Link, Spot

_RELATIONS = {-1: "<", 0: "=", 1: ">"}


class Factor(NamedTuple):
    """∂line/∂of between two entries, which stand where the shown arrays have them.

    `name`, `formula` and `numbers`, which are put into the formula, are trees; of a batch they leave the sample out
    where it goes without saying. `general` is the formula before it is decided which case of it holds, and `because`
    says which does, or why the factor is 0. `flow` is how the gradient goes back through the line.
    """

    line: str
    line_index: Index
    of: str
    of_index: Index
    name: ast.expr
    general: ast.expr
    formula: ast.expr
    numbers: ast.expr
    value: float
    because: str
    flow: str


class Factors:
    """The factors of one solution; `sampled` leaves the number of the sample out of what is told."""

    def __init__(self, solution: Solution, *, sampled: bool = False) -> None:
        self.solution, self.sampled = solution, sampled
        self.graph, self.flow = solution.built.graph, solution.flow
        self.rules = Rules(solution)
        self._rules: dict[tuple[str, str], ast.expr] = {}
        self._known: dict[Link, Factor] = {}

    def factor(self, link: Link) -> Factor:
        """The factor of one step of a way."""
        if link not in self._known:
            self._known[link] = self._factor(link)
        return self._known[link]

    def _factor(self, link: Link) -> Factor:
        general, formula, cases = self._formula(link)
        return Factor(
            link.line.name,
            self.index(link.line),
            link.of.name,
            self.index(link.of),
            derivative(self.entry(link.line), self.entry(link.of)),
            self._shown(general),
            self._shown(formula),
            ast.Constant(link.value) if formula is TOO_LONG else figures(self._with_numbers(formula)),
            link.value,
            self._because(link, formula, cases),
            self._flow(link),
        )

    def slope(self, line: Spot, of: Spot) -> Link:
        """The step from an entry of a line to an entry that it uses, whatever its value."""
        part = Graph(self.graph.line(line.name), self.graph.constants)
        g = np.zeros_like(self.flow[line.name])
        g[line.at] = 1
        return Link(line, of, float(backward(part, self.flow, {line.name: g})[of.name][of.at]))

    def index(self, spot: Spot) -> Index:
        """Where an entry stands in the array that is shown."""
        shape = tuple(int(side) for side in self.solution.built.quantities[spot.name].shape)
        whole = self.flow[spot.name].shape
        return spot.at if len(shape) == len(whole) else spot.at[len(whole) - len(shape) :]

    def entry(self, spot: Spot) -> ast.expr:
        """An entry as a tree: `z1[2]`, or the name alone of what has one entry."""
        return self._shown(entry(spot.name, spot.at))

    @cached_property
    def style(self) -> Style:
        return self.rules.style

    def _formula(self, link: Link) -> tuple[ast.expr, ast.expr, Sequence[str]]:
        """The factor in letters, in general and as it is here, and which cases hold in it."""
        arriving = f"∂{link.line.name}"
        tree = self._rule(link.line.name, link.of.name)
        g = np.zeros_like(self.flow[link.line.name])
        g[link.line.at] = 1
        entries = Entries({**self.flow, arriving: g})

        def leaf(name: str, at: Index) -> ast.expr:
            if name == arriving:
                return lines.ONE if at == link.line.at else NOTHING
            return entry(name, at)

        try:
            found = entries.at(tree, _met(link.of.at, np.shape(entries.value(tree))), leaf)
        except (KeyError, TooLong):
            return TOO_LONG, TOO_LONG, []
        cases: list[str] = []
        general = simplify(found)
        return general, simplify(self._decided(general, entries, cases)), cases

    def _rule(self, line: str, of: str) -> ast.expr:
        """The rule of a line towards one of its inputs, as it is run on arrays."""
        if (line, of) not in self._rules:
            told = lines.compose(self.graph, line, result="", column=False, joint=True, shaped=True)
            self._rules |= {(line, name): replace(rule, self.rules.facts) for name, rule in told.rules.items()}
        return self._rules[line, of]

    def _decided(self, tree: ast.expr, entries: Entries, cases: list[str]) -> ast.expr:
        """The tree with the case that holds in place of every comparison; which it is is told in `cases`."""
        match tree:
            case ast.Compare(left=left, comparators=[right]):
                sides = [float(np.ravel(entries.value(side))[0]) for side in (left, right)]
                cases.append(self._case(left, right, sides))
                return ast.Constant(int(np.ravel(entries.value(tree))[0]))
            case ast.Call(func=ast.Name(id="where"), args=[condition, then, otherwise]):
                decided = self._decided(condition, entries, cases)
                holds = bool(np.ravel(entries.value(decided))[0])
                return self._decided(then if holds else otherwise, entries, cases)
        return mapped(tree, lambda part: self._decided(part, entries, cases))

    def _case(self, left: ast.expr, right: ast.expr, sides: Sequence[float]) -> str:
        """`z1[2] = −1 < 0`."""
        sign = _RELATIONS[int(np.sign(sides[0] - sides[1]))]
        first, second = (text(self._shown(side), self.style) for side in (left, right))
        value, other = (f"{side:.6g}".replace("-", "−", 1) for side in sides)
        told = first if first == value or sign == "=" else f"{first} = {value}"
        return f"{told} {sign} {second}" if second == other or sign == "=" else f"{told} {sign} {other} = {second}"

    def _because(self, link: Link, formula: ast.expr, cases: Sequence[str]) -> str:
        said = ", ".join(dict.fromkeys(cases))
        if link.value:
            return said
        flat = [step.op.flat for step in self._steps(link) if step.op.flat and step.op.family == "activation"]
        if said or isinstance(formula, ast.Constant) or formula is TOO_LONG:
            return f"{said}: {flat[0]}" if said and flat else said or "".join(flat[:1])
        return ", ".join(f"{zero} = 0" for zero in self._zeros(formula)) or "".join(flat[:1])

    def _zeros(self, formula: ast.expr) -> Iterator[str]:
        """The factors of a formula that are 0, as they are told."""
        match formula:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                yield from self._zeros(left)
                yield from self._zeros(right)
            case ast.UnaryOp(operand=operand):
                yield from self._zeros(operand)
            case ast.BinOp(left=left, op=ast.Div()):
                yield from self._zeros(left)
            case _ if not np.any(Entries(self.flow).value(formula)):
                yield text(self._shown(formula), self.style)

    def _shown(self, tree: ast.expr) -> ast.expr:
        """The tree with its entries as people count them."""
        found = entry_of(tree)
        return self._told(*found) if found is not None else mapped(tree, self._shown)

    def _with_numbers(self, tree: ast.expr) -> ast.expr:
        found = entry_of(tree)
        if found is None:
            return mapped(tree, self._with_numbers)
        name, at = found
        return ast.Constant(float(self.flow[name][at]))

    def _told(self, name: str, at: Index) -> ast.expr:
        """An entry by the index that people see; a number that stands in a formula is that number."""
        quantity = self.solution.built.quantities.get(name)
        if quantity is None:
            return ast.Name(name) if self.sampled or np.size(self.flow[name]) == 1 else entry(name, at)
        index = self.index(Spot(name, at))
        by_sample = self.sampled and quantity.role in ("input", "target", "pre", "post", "loss")
        index = index[1:] if by_sample else index
        size = int(np.prod([int(side) for side in quantity.shape[1 if by_sample else 0 :]], dtype=int))
        return entry(name, index) if index and size > 1 else ast.Name(name)

    def _flow(self, link: Link) -> str:
        """How the gradient goes back through the line: adding passes it on unchanged, so that the other steps tell."""
        steps = self._steps(link)
        telling = [step for step in steps if not step.op.pattern.startswith("distributes")] or steps[:1]
        if len(telling) > 1:
            return ", ".join(dict.fromkeys(step.op.pattern.partition(":")[0] for step in telling))
        column = self.solution.built.single
        known = lines.parts(self.graph, link.line.name, column=column)
        return sentence(telling[0], known, self.rules, column=column)

    def _steps(self, link: Link) -> list[Equation]:
        """The steps that the gradient passes inside of the line, from the last of them back."""
        line = self.graph.line(link.line.name)
        leading = {link.of.name}
        for step in line:
            if not leading.isdisjoint(step.inputs):
                leading.add(step.name)
        return [step for step in reversed(line) if step.name in leading]


def _met(at: Index, shape: Index) -> Index:
    """The entry of an array of a shape that meets the entry `at` of a larger one."""
    own = at[len(at) - len(shape) :]
    return tuple(0 if side == 1 else i for i, side in zip(own, shape, strict=True))
