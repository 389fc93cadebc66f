"""A formula as an answer: compared as a function with the quantity that it stands for."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gradcalc.engine.expression.equations import equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula as Parsed
from gradcalc.engine.expression.writer import Operand
from gradcalc.engine.graph import Graph, forward
from gradcalc.engine.op import Array
from gradcalc.errors import ExpressionError, UsageError
from gradcalc.problem.reference import reference
from gradcalc.study import formula_text
from gradcalc.study.cause import Cause
from gradcalc.study.causes import changes_of
from gradcalc.study.formula_edits import edits
from gradcalc.study.formula_text import names_in
from gradcalc.study.sheet import Formula
from gradcalc.study.truth import Truth
from gradcalc.study.worlds import SLOPE, World, of_course, of_functions, of_graph

_CLOSE = 1e-8
_MOST_EDITS = 400

_FACTORS: Mapping[float, Cause] = {
    2.0: Cause("M2", "factor_two_lost", "a factor 2 lost"),
    0.5: Cause("M2", "factor_two_kept", "a factor 2 too much"),
    -1.0: Cause("M4", "sign", "the sign wrong"),
}


class Judgement:
    """One formula beside the quantity that it stands for."""

    def __init__(self, truth: Truth, formula: Formula) -> None:
        if formula.key.parameter is None:  # a quantity is the same function of the others in every pass
            formula = formula._replace(key=formula.key._replace(step=None, run=None))
        self.truth, self.formula = truth, formula
        self.parsed = formula_text.read(formula, truth)
        self.local = truth.is_local(formula.key) or formula_text.locals_in(formula, truth)
        self.worlds = [*self._worlds(frozenset())]
        self.operands = _operands(self.worlds[0], self.parsed, truth)

    def verdict(self) -> tuple[bool, tuple[Cause, ...]]:
        """Whether the formula is right, and if not the causes.

        Raises ExpressionError where it is no formula of the problem's quantities.
        """
        if self._fits(self.parsed, self.worlds, strict=True) and self._fits_elsewhere():
            return True, ()
        return False, tuple(dict.fromkeys(itertools.islice(self._causes(), 4)))

    def _worlds(self, loose: frozenset[str], *, leaky: bool = False) -> Iterator[World]:
        if self.formula.key.step is not None:
            return of_course(self.truth, self.formula.key, loose)
        if self.truth.composed is not None:
            return of_functions(self.truth.composed, self.formula.key.quantity)
        return of_graph(self.truth, local=self.local, leaky=leaky)

    def _fits_elsewhere(self) -> bool:
        """What is right only because a constant is tiny, or a factor 0, is seen where these are not."""
        if self.formula.key.step is not None:
            loose = frozenset(names_in(self.parsed.tree)) & {"eps", "ε"}
            if loose:
                self.worlds = [*self._worlds(frozenset(["eps"]))]
            return not loose or self._fits(self.parsed, self.worlds, strict=True)
        if self.truth.composed is not None:
            return True
        if any(map(np.any, map(self._right, self.worlds))) or not _zeros(self.parsed):
            return True
        leaky = [*self._worlds(frozenset(), leaky=True)]
        self.worlds, self.parsed = leaky, _without_zeros(self.parsed)
        return self._fits(self.parsed, leaky, strict=True)

    def _fits(self, parsed: Parsed, worlds: Sequence[World], *, strict: bool = False) -> bool:
        """Whether the formula is the quantity at every point."""
        try:
            return all(_same(self._value(parsed, world), self._right(world)) for world in worlds)
        except ExpressionError:
            if strict:
                raise
            return False

    def _value(self, parsed: Parsed, world: World) -> Array:
        if not self.formula.letters:
            return self._one(parsed, world)
        base, found = self.truth.problem.index_base, list[Array]()
        for meant, _ in self._entries(world.told[self.formula.key]):
            try:
                found.append(self._one(formula_text.at(parsed, meant, base), world))
            except ExpressionError:
                if not found:
                    raise
                return np.array(np.nan)  # an index that is another axis's leaves the array somewhere
        return np.array(found)

    def _entries(self, whole: Array) -> Iterator[tuple[Mapping[str, int], tuple[int, ...]]]:
        """The entries that a formula with letters in its index is about."""
        return formula_text.indices(self.formula.letters, whole.shape)

    def _one(self, parsed: Parsed, world: World) -> Array:
        line = equations(parsed, "·", self.operands, base=self.truth.problem.index_base)
        names = {operand.name: world.names[operand.name] for operand in self.operands.values()}
        return forward(Graph(line.equations), {**names, **line.leaves})[line.result.name]

    def _right(self, world: World) -> Array:
        """What the formula should be."""
        return self._part(world.told[self.formula.key])

    def _part(self, whole: Array) -> Array:
        """The part of a quantity that the formula is for."""
        if self.formula.letters:
            return np.array([whole[entry] for _, entry in self._entries(whole)])
        return whole[self.formula.within] if self.formula.within else whole

    def _causes(self) -> Iterator[Cause]:
        """Mistakes of the catalogue that make this formula of the right one, factors, and names that were mixed up."""
        values = [self._value(self.parsed, world) for world in self.worlds]
        rights = [*map(self._right, self.worlds)]
        factor = _factor(values, rights)
        if factor is not None and factor in _FACTORS:
            yield _FACTORS[factor]
            return
        found = [*self._mistakes(values), *self._mixed(rights)]
        yield from found
        if factor is not None and not found:
            yield Cause("M30", "constant_factor", f"a constant factor of {factor:.6g} missing")

    def _mistakes(self, values: Sequence[Array]) -> Iterator[Cause]:
        """The mistakes of the catalogue that make this formula of the right one."""
        key = self.formula.key
        for changes in zip(*(changes_of(world.scene) for world in self.worlds), strict=True):
            told = (world.of(change.make(world.scene), key) for world, change in zip(self.worlds, changes, strict=True))
            if all(other is not None and _same(v, self._part(other)) for v, other in zip(values, told, strict=True)):
                yield Cause(changes[0].mistake.id, changes[0].mistake.name, changes[0].text)

    def _mixed(self, rights: Sequence[Array]) -> Iterator[Cause]:
        """What would be right with one name or one index exchanged."""
        base, letters = self.truth.problem.index_base, self.formula.letters
        tried = edits(self.parsed, self.operands, letters, self._alike, base)
        for text, parsed in itertools.islice(tried, _MOST_EDITS):
            if (left := self._left(parsed, rights)) is not None:
                also = "" if left == 1 else f", and a factor of {left:.6g} missing"
                yield Cause("M25", "wrong_object", f"{self._plainly(text)}{also}")

    def _plainly(self, text: str) -> str:
        """The text with the names of quantities that are no single word."""
        for key in self.worlds[0].told:
            word = formula_text.as_word(key.quantity)
            if word != key.quantity and word in text:
                text = re.sub(rf"\b{word}\b", key.quantity, text)
        return text

    def _alike(self, one: Operand, other: Operand) -> bool:
        """Whether two names are of the same thing."""
        return all(np.array_equal(world.names[one.name], world.names[other.name]) for world in self.worlds)

    def _left(self, parsed: Parsed, rights: Sequence[Array]) -> float | None:
        """The constant factor that an edited formula still lacks, 1 where it is right; None where it is another one."""
        try:
            values = [self._value(parsed, world) for world in self.worlds]
        except ExpressionError:
            return None
        if all(_same(value, right) for value, right in zip(values, rights, strict=True)):
            return 1.0
        factor = _factor(values, rights)
        return factor if factor is not None and (factor in _FACTORS or self._counts(factor)) else None

    def _counts(self, factor: float) -> bool:
        """Whether a factor is that of a mean over the samples."""
        samples = self.truth.built.samples
        return isinstance(samples, int) and samples > 1 and factor in (float(samples), float(f"{1 / samples:.8g}"))


def judged(truth: Truth, formula: Formula) -> tuple[bool, tuple[Cause, ...]]:
    """Whether a formula is right, and if not what it may come from; ExpressionError for what is no formula."""
    return Judgement(truth, formula).verdict()


def _operands(world: World, parsed: Parsed, truth: Truth) -> dict[str, Operand]:
    """What the formula may use, by the names that it has for them."""
    found = {name: Operand(name, value.shape) for name, value in world.names.items()}
    for name in names_in(parsed.tree):
        if name in found or name in FUNCTIONS:
            continue
        try:
            meant = reference(name, truth.built, truth.problem.index_base)
        except UsageError:
            continue
        called = meant.name if meant.is_value else f"d{meant.name}"
        if called in found:
            found[name] = found[called]
    return found


def _same(found: Array, right: Array) -> bool:
    found, right = np.squeeze(found), np.squeeze(right)
    if found.shape != right.shape or not np.isfinite(found).all():
        return False
    size = max(float(np.max(np.abs(right), initial=0)), 1e-300)
    return bool(np.all(np.abs(found - right) <= _CLOSE * size))


def _factor(values: Sequence[Array], rights: Sequence[Array]) -> float | None:
    """The number by which the formula would have to be multiplied, the same at every point; None if there is none."""
    ratios = []
    for value, right in zip(values, rights, strict=True):
        found, wanted = np.squeeze(value), np.squeeze(right)
        if found.shape != wanted.shape or not np.all(found):
            return None
        ratios.append(np.ravel(wanted / found))
    every = np.concatenate(ratios)
    if not np.allclose(every, every[0], rtol=_CLOSE, atol=0) or every[0] == 0:
        return None
    return float(f"{every[0]:.8g}")


def _zeros(parsed: Parsed) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == 0 for node in ast.walk(parsed.tree))


def _without_zeros(parsed: Parsed) -> Parsed:
    """The formula with the slope that `leaky` worlds have for each 0 in it."""

    class Put(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.copy_location(ast.Constant(SLOPE), node) if node.value == 0 else node

    return parsed._replace(tree=Put().visit(copy.deepcopy(parsed.tree)))
