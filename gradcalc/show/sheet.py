"""What the pages of the chain rule share: factors as they are told, numbers as they are printed, sums that are true."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from gradcalc.engine.entries import Entries
from gradcalc.engine.notation import text
from gradcalc.engine.simplify import mapped
from gradcalc.engine.trees import FACTORS, constant, multiplied, product, summed
from gradcalc.show.blocks import Cell, Column, Equal, Maths, Row, Table, Value, Words
from gradcalc.show.numbers import Shown, prints_like, read_number, show_number
from gradcalc.show.prose import prose
from gradcalc.study.explain import Explanation, Path
from gradcalc.study.factors import Factor

# a sum of so many signs stands on one line
ONE_LINE = 60
# so many numbers stand beside each other in one sum
MOST_TERMS = 12
# how far the product of two factors may be from what they are when computed together
CLOSE = 1e-9

Form = tuple[str, Cell]


class Part(NamedTuple):
    """A factor of a product as it is told: one derivative, or two that are computed together."""

    name: ast.expr
    general: ast.expr
    formula: ast.expr
    value: float
    pieces: tuple[Factor, ...]

    @property
    def is_joint(self) -> bool:
        return len(self.pieces) > 1

    @property
    def falls_apart(self) -> bool:
        """Whether its pieces, computed one by one, are beyond the range of a float, or too close to its edge."""
        with np.errstate(all="ignore"):
            apart = np.prod([piece.value for piece in self.pieces])
        return self.is_joint and not abs(apart - self.value) <= CLOSE * abs(self.value)


class Sheet:
    """One explanation, with numbers as `shown` says."""

    def __init__(self, found: Explanation, shown: Shown) -> None:
        self.found, self.shown = found, shown
        self.style = found.style._replace(number=partial(show_number, shown=shown))
        self.names = {shown for name, shown in found.style.names.items() if not name.startswith("∂")}

    def prose(self, said: str) -> Words:
        """A sentence with the names in it as mathematics."""
        return prose(said, self.names) if said else ""

    def parts(self, path: Path) -> list[Part]:
        """The factors of a path, without what all samples share."""
        return _parts(path)[1 if self.found.shared and path.sample is not None else 0 :]

    def key(self, path: Path) -> tuple[str, ...]:
        """What paths have in common that differ only in their sample."""
        return tuple(self.text(part.name) for part in self.parts(path))

    def maths(self, tree: ast.expr) -> Maths:
        return Maths([tree], self.style)

    def text(self, tree: ast.expr) -> str:
        return text(tree, self.style)

    def equal(self, name: ast.expr, forms: Sequence[Form]) -> Equal:
        return Equal(self.maths(name), forms)

    def chain(self, name: ast.expr, paths: Iterable[Sequence[Part]]) -> Equal:
        """A derivative as a sum over paths, each a product of derivatives."""
        return self.equal(name, self.terms([product([part.name for part in path]) for path in paths]))

    def terms(self, trees: Sequence[ast.expr]) -> list[Form]:
        """The terms of a sum below each other; one that begins with a number below zero is taken away."""
        signed = [("−", opposite) if (opposite := _opposite(tree)) is not None else ("+", tree) for tree in trees[1:]]
        return [("=", self.maths(trees[0])), *((sign, self.maths(tree)) for sign, tree in signed)]

    def together(self, trees: Sequence[ast.expr]) -> list[Form]:
        """A sum on one line if it is short, else a term on each."""
        whole = self.maths(summed(trees))
        return [("=", whole)] if len(whole.text) <= ONE_LINE else self.terms(trees)

    def result(self, tree: ast.expr) -> list[Form]:
        """The end of a calculation that `tree` has come to: what the paths that are left out add, and the value."""
        found = self.found
        if not found.rest and found.count == len(found.paths):
            return [(self.sign(tree, found.value), Value(found.value))]
        rest = show_number(found.rest, self.shown)
        rest = f"{f'({rest})' if found.rest < 0 else rest} by {others(found)}"
        return [("+", rest), (self.sign(summed([tree, constant(found.rest)]), found.value), Value(found.value))]

    def total(self, name: ast.expr, terms: Sequence[float]) -> Equal:
        """Numbers added up."""
        tree = summed([constant(term) for term in terms])
        forms: list[Form] = [("=", self.maths(tree))] if 1 < len(terms) <= MOST_TERMS else []
        return self.equal(name, [*forms, *self.result(tree)])

    def sign(self, tree: ast.expr, result: float) -> str:
        """`=` if the numbers, as they are printed, give the result to its last printed digit."""
        with np.errstate(all="ignore"):
            value = float(Entries({}).value(multiplied(self._as_printed(tree))))
        return "=" if prints_like(value, result, self.shown) else "≈"

    def _as_printed(self, tree: ast.expr) -> ast.expr:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, float):
            return constant(read_number(tree.value, self.shown))
        return mapped(tree, self._as_printed)


def table(sheet: Sheet, parts: Iterable[Part], *, numbers: bool) -> Table:
    """Each factor once: its formula, and with `numbers` its value and what decides it."""
    rows: dict[str, tuple[Cell, ...]] = {}
    for part in parts:
        for piece in part.pieces:
            because = "out of the range of a float" if part.falls_apart else sheet.prose(piece.because)
            value: Cell = "" if part.falls_apart else Value(piece.value)
            formula = piece.formula if numbers else piece.general
            rows.setdefault(sheet.text(piece.name), (sheet.maths(piece.name), sheet.maths(formula), value, because))
        if part.is_joint:
            told = (sheet.maths(part.name), sheet.maths(part.formula), Value(part.value), "computed together")
            rows.setdefault(sheet.text(part.name), told)
    columns = [Column("factor"), Column("formula", role="formula"), Column("value", "number"), Column("because")]
    if not numbers:
        joint = {sheet.text(part.name) for part in parts if part.is_joint}
        rows = {name: (*cells[:3], cells[3] if name in joint else "") for name, cells in rows.items()}
    said = any(cells[3] for cells in rows.values())
    kept = [0, 1, *([2] if numbers else []), *([3] if said else [])]
    return Table([columns[k] for k in kept], [Row(tuple(cells[k] for k in kept)) for cells in rows.values()])


def _opposite(tree: ast.expr) -> ast.expr | None:
    """A product that begins with a number below zero, without its minus; None for any other tree."""
    match tree:
        case ast.Constant(value=float() as value) if value < 0:
            return constant(-value)
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=float() as value), *factors]) if value < 0:
            return product([constant(-value), *factors]) if name == FACTORS else None
    return None


def says_something(tree: ast.expr) -> bool:
    """Whether a formula is more than a number."""
    return not isinstance(tree, ast.Constant)


def others(found: Explanation) -> str:
    """The paths that are not shown."""
    if found.count is None:
        return "the other paths"
    left = found.count - len(found.paths)
    return "the other path" if left == 1 else f"{amount(left)} other paths"


def amount(count: float) -> str:
    return f"{int(count)}" if count < _EXACT else f"about {count:.3g}"


_EXACT = 2**53


def _parts(path: Path) -> list[Part]:
    """The factors of a path, those that are computed together as one."""
    found, joint = [], path.joint
    for number, factor in enumerate(path.factors):
        if joint is not None and number == joint.first:
            pieces = path.factors[number : number + 2]
            name = product([piece.name for piece in pieces])
            found.append(Part(name, joint.formula, joint.formula, joint.value, pieces))
        elif joint is None or number != joint.first + 1:
            found.append(Part(factor.name, factor.general, factor.formula, factor.value, (factor,)))
    return found
