"""What `jacobian` says of functions: each with its derivatives, and what is composed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.chain import Link, chain, complete, composed, point_of
from gradcalc.problem.model import Problem
from gradcalc.study.boundary import Boundary, boundary
from gradcalc.study.calculus.derivatives import symbolic, tidied
from gradcalc.study.calculus.textbook import tidy
from gradcalc.study.calculus.words import run
from gradcalc.study.derived import Composition, Derived, Factor
from gradcalc.study.functions import evaluate, jacobian_of
from gradcalc.study.higher import Higher, higher


@dataclass(frozen=True, eq=False)
class Report:
    """The functions of a problem by their names, what is composed of them, and what was asked for beside that."""

    problem: Problem
    functions: Mapping[str, Derived]
    composition: Composition | None
    higher: Mapping[str, Higher]
    boundary: Boundary | None

    @property
    def base(self) -> int:
        """The number of the first index."""
        return self.problem.index_base


def report(problem: Problem, order: int | None = None, *, with_boundary: bool = False) -> Report:
    """Every function with its derivatives up to `order`; one that is fed by others is evaluated where they lead.

    Raises ProblemError and ExpressionError for what does not fit, NumericError where there is no value, LimitError
    where there would be too much of it.
    """
    at, link = point_of(problem), composed(problem)
    found: dict[str, Derived] = {}
    composition = _composition(link, at, problem, found) if link is not None else None
    for name, function in problem.functions.items():
        if name not in found:
            found[name] = _derived(Link(function), at, problem)
    functions = {name: found[name] for name in problem.functions}
    base = problem.index_base
    orders = {name: higher(one, order, base) for name, one in functions.items()} if order is not None else {}
    bound = boundary(_of_boundary(functions, composition), base) if with_boundary else None
    return Report(problem, functions, composition, orders, bound)


def _of_boundary(functions: Mapping[str, Derived], composition: Composition | None) -> Derived:
    """The function whose boundary is asked for: what is composed, or the only one."""
    if composition is not None:
        return composition.direct
    if len(functions) > 1:
        told = ", ".join(functions)
        raise UsageError(f"--boundary is of one function, and there are {told}", hint="name one alone, or compose them")
    (only,) = functions.values()
    return only


def _derived(link: Link, at: Mapping[str, Array], problem: Problem) -> Derived:
    whole = complete(link, at, problem)
    made = chain(link, {name: at[name].shape for name in link.args} if whole else {}, problem)
    return Derived(made, symbolic(made, problem.index_base), evaluate(made, at) if whole else None)


def _composition(link: Link, at: Mapping[str, Array], problem: Problem, found: dict[str, Derived]) -> Composition:
    """The composition; the functions that it is made of are put into `found`."""
    direct = _derived(link, at, problem)
    factors = _factors(direct, problem, found)
    letters = None
    if direct.letters is not None and all(factor.letters is not None for factor in factors):
        product = reduce(lambda p, q: run("p @ q", {"p": p, "q": q}), (factor.letters for factor in factors))
        letters = tidied(product, direct.letters.letters)
    return Composition(direct, tuple(factors), letters)


def _factors(whole: Derived, problem: Problem, found: dict[str, Derived]) -> list[Factor]:
    """The Jacobian of the outermost function where it is fed, then those of what feeds it."""
    link, function = whole.chain.link, whole.chain.link.function
    if not link.inner:
        found.setdefault(function.name, whole)
        return [_factor(f"D{function.name}", whole)]
    outer = _outer(whole, problem)
    found.setdefault(function.name, outer)
    at = whole.point.at if whole.point else {}
    if len(link.inner) == 1:
        inside = _derived_like(link.inner[0], whole, problem)
        name = f"D{function.name}({link.inner[0].name})"
        return [_fed(name, outer, whole), *_factors(inside, problem, found)]
    for inner in link.inner:
        _factors(_derived_like(inner, whole, problem), problem, found)
    name = ", ".join(inner.name for inner in link.inner)
    return [_fed(f"D{function.name}({name})", outer, whole), _side_by_side(f"D({name})", whole, at)]


def _derived_like(link: Link, whole: Derived, problem: Problem) -> Derived:
    """A part of a composition over the same letters at the same point."""
    made = chain(link, whole.chain.inputs, problem)
    point = evaluate(made, whole.point.at) if whole.point else None
    return Derived(made, symbolic(made, problem.index_base), point)


def _outer(whole: Derived, problem: Problem) -> Derived:
    """The outermost function alone, at what feeds it."""
    function = whole.chain.link.function
    shapes = {arg: operand.shape for arg, operand in zip(function.args, whole.chain.fed, strict=True)}
    made = chain(Link(function), shapes, problem)
    point = None
    if whole.point is not None:
        fed = (whole.point.values[operand.name] for operand in whole.chain.fed)
        point = evaluate(made, dict(zip(function.args, fed, strict=True)))
    return Derived(made, symbolic(made, problem.index_base), point)


def _factor(name: str, derived: Derived) -> Factor:
    letters, point = derived.letters, derived.point
    return Factor(name, derived.chain.size, letters.jacobian if letters else None, point.jacobian if point else None)


def _fed(name: str, outer: Derived, whole: Derived) -> Factor:
    """The Jacobian of the outermost function with what feeds it in place of its letters."""
    made = _factor(name, outer)
    if outer.letters is None or whole.letters is None:
        return made._replace(letters=None)
    fed = dict(zip(outer.letters.letters, whole.letters.fed, strict=True))
    every = whole.letters.letters
    put = np.frompyfunc(lambda entry: tidy(entry.xreplace(fed), every), 1, 1)
    return made._replace(letters=put(outer.letters.jacobian))


def _side_by_side(name: str, whole: Derived, at: Mapping[str, Array]) -> Factor:
    """The Jacobian of several functions that feed one, below each other."""
    size = (sum(int(np.prod(operand.shape, dtype=int)) for operand in whole.chain.fed), whole.chain.size[1])
    letters = None
    if whole.letters is not None:
        every = whole.letters.letters
        rows = [[entry.diff(letter) for letter in every] for entry in whole.letters.fed]
        letters = tidied(np.array(rows, dtype=object), every)
    numbers_of = jacobian_of(whole.chain, whole.point.values, whole.chain.fed) if whole.point and at else None
    return Factor(name, size, letters, numbers_of)
