"""Functions with their derivatives, as blocks: formulas first, numbers after them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradcalc.engine.notation import Style
from gradcalc.engine.op import Array
from gradcalc.show.blocks import Block, Cell, Column, Grid, Heading, Line, Maths, Note, Pairs, Row, Table, Value
from gradcalc.show.definitions import definition, listed
from gradcalc.show.forward import sides
from gradcalc.show.numbers import Shown, inline, show_number
from gradcalc.study.boundary import Boundary
from gradcalc.study.calculus.derivatives import Symbolic
from gradcalc.study.calculus.textbook import tree
from gradcalc.study.calculus.words import Expr
from gradcalc.study.derived import Composition, Derived
from gradcalc.study.functions import Point, is_close
from gradcalc.study.higher import Higher
from gradcalc.study.jacobian import Report
from gradcalc.study.recognized import entry_rule, in_full, names

_SAME = {
    True: ": the chain rule and the direct derivative are the same",
    False: ": the chain rule and the direct derivative DIFFER",
    None: "",
}


class Page:
    """The page that `gradcalc jacobian` prints of functions."""

    def __init__(self, found: Report, shown: Shown) -> None:
        self.found, self.shown = found, shown
        self.style = Style(base=found.base, tight=True)
        self.known: Mapping[Expr, ast.expr] = names(found)

    def blocks(self) -> list[Block]:
        """Definitions, derivatives in letters, the boundary if it was asked for, and the numbers at the point."""
        title, composition = self.found.problem.title, self.found.composition
        page: list[Block] = [Line(title, "title")] if title else []
        page += [definition(derived.chain, self.style) for derived in self.found.functions.values()]
        if composition:
            page.append(self._composed(composition.direct))
        rows = [row for name, derived in self.found.functions.items() for row in self._of_function(name, derived)]
        rows += self._of_composition(composition) if composition else []
        if rows:
            page.append(Table([Column("derivative"), Column("shape"), Column("in letters", role="formula")], rows))
        page += [Note(note) for note in self._notes()]
        if self.found.boundary:
            page += self._boundary(self.found.boundary)
        return page + self._numbers()

    def _composed(self, direct: Derived) -> Line:
        """`(F∘G)(x, y) = …` in letters."""
        args = [ast.Name(arg) for arg in direct.chain.inputs]
        forms: list[ast.expr] = [ast.Call(ast.Name(f"({direct.chain.link.name})"), list(args), [])]
        if direct.letters is not None:
            forms.append(listed([tree(entry, direct.letters.page) for entry in direct.letters.value], direct.chain))
        return Line(Maths(tuple(forms), self.style))

    def _of_function(self, name: str, derived: Derived) -> Iterator[Row]:
        rule, letters = entry_rule(derived, self.found), derived.letters
        if rule is not None:
            (arg,) = derived.chain.inputs
            yield Row((_named(f"∂{name}_i/∂{arg}_j"), sides(derived.chain.size), Maths((rule,), self.style)))
        if letters is None:
            return
        higher = self.found.higher.get(name)
        if higher is None or higher.is_hessian:
            yield Row((_named(derived.chain.derivative), _size(derived), self._slopes(derived, letters)))
        if higher is not None:
            yield from self._higher(name, derived, letters, higher)

    def _slopes(self, derived: Derived, letters: Symbolic) -> Cell:
        """A derivative, a gradient or a Jacobian in letters."""
        matrix = letters.trees(letters.jacobian, self.known)
        if derived.is_scalar and derived.is_of_one:
            full = in_full(derived)
            return Maths((matrix[0, 0], *([] if full is None else [tree(full, letters.page)])), self.style)
        return Grid(matrix[0] if derived.is_scalar else matrix, self.style)

    def _higher(self, name: str, derived: Derived, letters: Symbolic, higher: Higher) -> Iterator[Row]:
        """Every derivative of a function of one number, or the Hessian of each entry of one of several."""
        for told, entries in self._orders(name, derived, higher, letters.trees(higher.letters, self.known)):
            cell = Grid(entries, self.style) if isinstance(entries, np.ndarray) else Maths((entries,), self.style)
            yield Row((_named(told), sides(np.shape(entries)), cell))

    def _orders(self, name: str, derived: Derived, higher: Higher, every: Any) -> Iterator[tuple[str, Any]]:
        """What a higher derivative is called, with its entries, a single one of a scalar function alone."""
        for number, entries in enumerate(every, 1):
            if not higher.is_hessian:
                yield f"{name}{primes(number)}", entries[0] if derived.is_scalar else entries
            else:
                entry = "" if derived.is_scalar else f"[{number - 1 + self.found.base}]"
                yield f"∇²{name}{entry}", entries

    def _of_composition(self, composition: Composition) -> Iterator[Row]:
        """The factors of the chain rule that are not among the functions, their product, and the direct derivative."""
        direct, letters = composition.direct, composition.direct.letters
        if letters is None:
            return
        for factor in composition.factors[:-1]:
            if factor.letters is not None:
                grid = Grid(letters.trees(factor.letters, self.known), self.style)
                yield Row((_named(factor.name), sides(factor.shape), grid))
        size = sides(direct.chain.size)
        if composition.letters is not None:
            product = Grid(letters.trees(composition.letters, self.known), self.style)
            yield Row((_product(composition), size, product), gap=True)
        whole = Grid(letters.trees(letters.jacobian, self.known), self.style)
        yield Row((_named(f"D({direct.chain.link.name})"), size, whole))

    def _notes(self) -> list[str]:
        told = []
        composition = self.found.composition
        if composition is not None:
            shapes = "".join(f"({sides(factor.shape)})" for factor in composition.factors)
            told.append(f"{shapes} = {sides(composition.direct.chain.size)}{_SAME[composition.agrees]}")
        large = [name for name, derived in self.found.functions.items() if derived.letters is None]
        if large:
            told.append(f"{', '.join(large)}: too large to be shown in letters.")
        return told

    def _boundary(self, bound: Boundary) -> list[Block]:
        name, args = bound.of.chain.link.name, ", ".join(bound.of.chain.inputs)
        number = ast.Name(show_number(bound.distance, self.shown))
        distance = Maths((ast.Name(f"|{name}(0)| / ‖∇{name}‖"), bound.distance_letters, number), self.style)
        pairs: list[tuple[str, Cell]] = [
            ("normal", Grid(np.array(bound.normal_letters, dtype=object), self.style)),
            ("distance from the origin", distance),
            ("side of the origin", _side(bound.origin, name)),
        ]
        if bound.side is not None and bound.value is not None:
            value = show_number(bound.value, self.shown)
            pairs.append(("side of the point", f"{_side(bound.side, name)}: {name} = {value}"))
            pairs.append(("signed distance of the point", Value(bound.signed)))
        return [Heading(f"The boundary {name}({args}) = 0"), Pairs(pairs)]

    def _numbers(self) -> list[Block]:
        """The values at the point, with what confirms them."""
        rows = [row for name, derived in self.found.functions.items() for row in self._at(name, derived)]
        composition = self.found.composition
        if composition and composition.direct.point:
            rows += self._of_product(composition, composition.direct.point)
        if not rows:
            return []
        columns = [Column("quantity"), Column("at", role="formula"), Column("shape"), Column("value", role="value")]
        return [Heading("Numbers"), Table(columns, rows), *(Note(note) for note in self._checks())]

    def _at(self, name: str, derived: Derived) -> Iterator[Row]:
        point, higher = derived.point, self.found.higher.get(name)
        if point is None:
            return
        yield Row((_named(name), self._where(point), sides(point.value.shape), Value(point.value)))
        if higher is None or higher.is_hessian:
            yield Row((_named(derived.chain.derivative), "", _size(derived), _shaped(derived, point.jacobian)))
        if higher is not None and higher.values is not None:
            for told, array in self._orders(name, derived, higher, higher.values):
                yield Row((_named(told), "", sides(np.shape(array)), Value(array)))

    def _of_product(self, composition: Composition, point: Point) -> list[Row]:
        name, size = composition.direct.chain.link.name, sides(composition.direct.chain.size)
        return [
            Row((_named(name), self._where(point), sides(point.value.shape), Value(point.value)), gap=True),
            Row((_product(composition), "", size, Value(composition.jacobian))),
            Row((_named(f"D({name})"), "", size, Value(point.jacobian))),
        ]

    def _where(self, point: Point) -> str:
        return ", ".join(f"{arg} = {inline(value, self.shown)}" for arg, value in point.at.items())

    def _checks(self) -> list[str]:
        """Whether other ways lead to what reverse mode gives."""
        pointed = [
            (derived.chain.derivative, derived) for name, derived in self.found.functions.items() if derived.point
        ]
        if self.found.composition and self.found.composition.direct.point:
            direct = self.found.composition.direct
            pointed.append((direct.chain.derivative, direct))
        ways: dict[str, None] = {}
        apart = []
        for name, derived in pointed:
            letters, near = derived.from_letters(self.found.base), derived.from_differences()
            for way, size in (("the letters", letters), ("central differences", near)):
                if size is not None and derived.is_close(size):
                    ways[f"with {way}"] = None
                elif size is not None:
                    apart.append(f"{name} by reverse mode is {show_number(size, Shown(2))} from {way}")
        for name, higher in self.found.higher.items():
            if higher.difference is not None and higher.values is not None:
                if is_close(higher.difference, higher.values):
                    ways["with central differences"] = None
                else:
                    far = show_number(higher.difference, Shown(2))
                    apart.append(f"The second derivative of {name} is {far} from differences of the first")
        told = [f"Reverse mode agrees {' and '.join(ways)}."] if ways and not apart else []
        return told + [f"{sentence}: is there a corner or a jump here?" for sentence in apart]


def _named(name: str) -> Maths:
    """A name that a notation may set in its own way."""
    return Maths((ast.Name(name),))


def _product(composition: Composition) -> Maths:
    """The factors of the chain rule, `DF(G) · DG`."""
    return Maths([ast.Name(factor.name) for factor in composition.factors], sign="·")


def primes(order: int) -> str:
    """The sign of a derivative: f′, f″, f‴, then f⁽⁴⁾."""
    if order <= 3:
        return "′″‴"[order - 1]
    return f"⁽{str(order).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}⁾"


def _size(derived: Derived) -> str:
    """The shape of the Jacobian as it is shown."""
    if derived.is_scalar:
        return sides(()) if derived.is_of_one else str(derived.chain.size[1])
    return sides(derived.chain.size)


def _shaped(derived: Derived, jacobian: Array) -> Value:
    """The Jacobian as it is shown: a number, a gradient, a matrix."""
    if not derived.is_scalar:
        return Value(jacobian)
    return Value(jacobian[0, 0] if derived.is_of_one else jacobian[0], upright=False)


def _side(side: str, name: str) -> str:
    return {"positive": f"positive, {name} > 0", "negative": f"negative, {name} < 0"}.get(side, side)
