"""Every gradient beside central differences, which know nothing of its rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, Literal, NamedTuple

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.entries import Entries
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.engine.program import Program
from gradcalc.errors import ProblemError
from gradcalc.solution import Solution, evaluate

EPS = float(np.finfo(np.float64).eps)
TOLERANCE = 1e-6
# the part of the tolerance below which two numbers are the same, and the digits of an error say nothing
CLEAR = 1e-2
# how many entries of a quantity are compared unless all are asked for
MOST_ENTRIES = 400

# where rounding and the curve of the function harm a central difference alike
_STEP = EPS ** (1 / 3)
# for an entry whose first difference does not agree: shorter steps against kinks, longer ones against rounding
_STEPS = (_STEP, _STEP / 16, 16 * _STEP, 256 * _STEP, _STEP / 256)
# how often the rounding of all numbers on the way may add up
_ROUNDINGS = 8
_DRAWS = 16
# by how much an estimate may be further off than it seems
_DOUBT = 4


class Compared(NamedTuple):
    """One gradient, compared at `compared` entries.

    Errors are the largest; the relative one is that over the size of the terms which the gradient is the sum of, of
    which `terms` is the largest.
    `kinks` and `lost` count entries that differences say nothing about: there is a kink within the step, or the
    gradient is below what rounding leaves of a difference. `worst` is the entry of the largest relative error.
    """

    name: str
    compared: int
    size: int
    max_abs_error: float
    max_rel_error: float
    terms: float
    kinks: int
    lost: int
    ok: bool
    worst: Worst | None

    @property
    def skipped(self) -> int:
        """How many entries were not judged."""
        return self.kinks + self.lost


class Worst(NamedTuple):
    """An entry, its position counted from 0 in the shape shown, and the two numbers that it has."""

    position: tuple[int, ...]
    exact: float
    difference: float


def gradcheck(solution: Solution, tolerance: float = TOLERANCE, *, most: int | None = MOST_ENTRIES) -> list[Compared]:
    """Compare every gradient of a solution with central differences of its result.

    Of a quantity with more than `most` entries that many are taken, evenly spread; None takes all. A problem that is
    rounded at each step is compared as it is without rounding, which has no derivative.
    ProblemError where gradients are given and nothing is computed.

    >>> import gradcalc
    >>> problem = gradcalc.loads("{input: 3, layers: [{weights: [[2]], activation: tanh}]}")
    >>> [(one.name, one.ok) for one in gradcheck(gradcalc.solve(problem))]
    [('z1', True), ('W1', True), ('x', True)]
    """
    problem = solution.problem
    if not solution.built.graph.equations:
        raise ProblemError(
            "the gradients are given, so there is nothing to compare them with", problem.place("gradients")
        )
    if solution.by_book:
        solution = evaluate(replace(problem, rounding=None), solution.built, of=solution.result)
    sizes, noise = _sizes(solution), _noise(solution)
    # what no gradient reaches, such as the numbers of rows, has none to be compared
    names = [name for name in solution.gradients if name in sizes and name != solution.built.result]
    return [_checked(_Differences(solution, name, noise), sizes[name], tolerance, most) for name in names]


def _checked(function: _Differences, sizes: Array, tolerance: float, most: int | None) -> Compared:
    """One quantity, an entry after the other."""
    exact, size = np.ravel(function.exact), np.ravel(sizes)
    taken = _spread(exact.size, most)
    entries = [_judged(function, i, float(exact[i]), float(size[i]), tolerance) for i in taken]
    known = [entry for entry in entries if entry.verdict in ("ok", "wrong")]
    worst = max(known, key=lambda entry: entry.rel, default=None)
    return Compared(
        name=function.name,
        compared=len(entries),
        size=exact.size,
        max_abs_error=max((entry.abs for entry in known), default=0.0),
        max_rel_error=worst.rel if worst else 0.0,
        terms=max((entry.scale for entry in known), default=0.0),
        kinks=sum(entry.verdict == "kink" for entry in entries),
        lost=sum(entry.verdict == "lost" for entry in entries),
        ok=all(entry.verdict != "wrong" for entry in entries),
        worst=Worst(function.index(worst.place), worst.exact, worst.difference) if worst else None,
    )


def _spread(size: int, most: int | None) -> Sequence[int]:
    """The entries that are compared: all, or so many with the first and the last."""
    if most is None or size <= most:
        return range(size)
    return [int(i) for i in np.linspace(0, size - 1, most).round()]


class _Entry(NamedTuple):
    """One entry: what was found, the size of its terms, and what that says."""

    place: int
    exact: float
    difference: float
    scale: float
    verdict: Literal["ok", "wrong", "kink", "lost"]

    @property
    def abs(self) -> float:
        """How far apart the two numbers are."""
        return abs(self.difference - self.exact)

    @property
    def rel(self) -> float:
        """The same, relative to the size of the terms."""
        return self.abs / self.scale if self.scale else 0.0


def _judged(function: _Differences, place: int, exact: float, size: float, tolerance: float) -> _Entry:
    def entry(difference: float, verdict: Literal["ok", "wrong", "kink", "lost"]) -> _Entry:
        return _Entry(place, exact, difference, max(abs(exact), abs(difference), size), verdict)

    if not isfinite(exact):
        return entry(exact, "lost")
    first = entry(function.difference(place, _STEP), "ok")
    if first.rel <= tolerance * CLEAR:
        return first
    best, kink = function.best(place)
    if best is None:
        return first if first.rel <= tolerance else entry(exact, "kink" if kink else "lost")
    better = entry(best.value, "ok")
    if better.rel <= tolerance:
        return better
    return better._replace(verdict="lost" if better.abs <= _DOUBT * best.error else "wrong")


class _Estimate(NamedTuple):
    """A derivative from differences, and how far off it may be."""

    value: float
    error: float


class _Differences:
    """The result as a function of one quantity, and its slopes from differences."""

    def __init__(self, solution: Solution, name: str, noise: float) -> None:
        self.name = name
        self.exact = solution.back[name]
        self._shape = solution.gradients[name].shape
        self._noise = noise
        self._result = solution.built.result or ""
        self._seed = solution.back[self._result]
        self._x = np.array(solution.flow[name], order="C")
        steps = _steps(solution.built.graph, name)
        self._bends = [step for step in steps if step.op.kinks is not None]
        made = {step.name for step in steps}
        leaves = {leaf: value for leaf, value in solution.flow.items() if leaf not in made}
        self._program = Program(Graph(tuple(steps)), {**leaves, name: self._x}, self._result, ())

    def index(self, place: int) -> tuple[int, ...]:
        """The index of an entry in the shape shown."""
        return tuple(int(i) for i in np.unravel_index(place, self._shape))

    def difference(self, place: int, step: float) -> float:
        """The central difference at an entry; not finite where the function is not."""
        (high, above, _), (low, below, _) = self._ends(place, step, bends=False)
        return (above - below) / (high - low)

    def best(self, place: int) -> tuple[_Estimate | None, bool]:
        """The best of several steps, each refined by one of half the size; and whether there was a kink in the way."""
        found, kink = [], False
        for step in _STEPS:
            (high, above, left), (low, below, right) = self._ends(place, step, bends=True)
            if left != right:
                kink = True
                continue
            wide, narrow = (above - below) / (high - low), self.difference(place, step / 2)
            value = (4 * narrow - wide) / 3
            if isfinite(value):
                found.append(_Estimate(value, abs(value - narrow) + self._noise / (high - low)))
        return min(found, key=lambda estimate: estimate.error, default=None), kink

    def _ends(self, place: int, step: float, *, bends: bool) -> list[tuple[float, float, list[list[Any]]]]:
        """Both ends of a step: where it is, the result there, and on which side of its kinks every step is."""
        x, flat = float(self._x.flat[place]), self._x.reshape(-1)
        step *= max(1.0, abs(x))
        found = []
        try:
            with np.errstate(all="ignore"):
                for end in (x + step, x - step):
                    flat[place] = end
                    value = float(np.sum(self._seed * self._program.run()))
                    sides = [self._sides(equation) for equation in self._bends] if bends else []
                    found.append((end, value, sides))
        finally:
            flat[place] = x
        return found

    def _sides(self, step: Equation) -> list[Any]:
        """How every comparison in the texts of a step comes out."""
        inputs = dict(zip(step.op.args, map(self._program.value, step.inputs), strict=True))
        y = self._program.value(step.name)
        entries = Entries({**step.attrs, **inputs, "y": y, "g": np.ones_like(y)})
        form = step.op.form(step.attrs)
        trees = [book.parse(text) for text in (form.formula, *form.rules) if text is not None]
        return [entries.value(side).tolist() for tree in trees for side in _comparisons(tree)]


def _steps(graph: Graph, name: str) -> list[Equation]:
    """What has to be run again when a quantity changes; where a joint form bypasses it, the steps that are shown."""
    changed, steps = {name}, []
    for equation in graph.equations:
        shown = equation.shown_as
        step = shown if shown is not None and name in shown.inputs and name not in equation.inputs else equation
        if equation.line != name and not changed.isdisjoint(step.inputs):
            changed.add(step.name)
            steps.append(step)
    return steps


# what of a word says on which side of its kink it is
_SIDES: Mapping[str, str] = {
    "abs": "sign(p)",
    "sign": "sign(p)",
    "floor": "floor(p)",
    "max": "sign(p - q)",
    "min": "sign(p - q)",
    "first_top": "first_top(p)",
    **{word: f"{word}(p, q)" for word in ("first_max", "first_min", "even_max", "even_min")},
}


def _comparisons(tree: ast.expr) -> Iterator[ast.expr]:
    """Every comparison in a tree, and what the words for absolute values and largest entries compare."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare():
                yield node
            case ast.Call(func=ast.Name(id=name), args=[first, *others]) if name in _SIDES:
                second = others[0] if others else ast.Constant(None)
                yield book.substitute(book.parse(_SIDES[name]), {"p": first, "q": second})


def _noise(solution: Solution) -> float:
    """What rounding may do to the result: some ulps of the largest contribution of any line."""
    shares = [np.nansum(np.abs(solution.flow[name] * g)) for name, g in solution.back.items() if np.isfinite(g).all()]
    result = solution.built.result or ""
    value = float(np.sum(np.abs(solution.flow[result] * solution.back[result])))
    return _ROUNDINGS * EPS * max(value, *map(float, shares))


def _sizes(solution: Solution) -> dict[str, Array]:
    """The size of the terms that each gradient is the sum of.

    With signs drawn at random the terms of a sum do not cancel: the mean of its squares is the sum of theirs.
    """
    graph, flow = solution.built.graph, solution.flow
    draw = np.random.default_rng(0)
    sizes = {solution.built.result or "": np.abs(solution.back[solution.built.result or ""])}
    bypassed: dict[str, Array] = {}
    for equation in reversed(graph.equations):
        if equation.name not in sizes:
            continue
        signs = [draw.choice([-1.0, 1.0], np.shape(sizes[equation.name])) for _ in range(_DRAWS)]
        arriving = [sign * sizes[equation.name] for sign in signs]
        _add_sizes(sizes, equation, arriving, flow)
        if equation.shown_as is not None:
            _add_sizes(bypassed, equation.shown_as, arriving, flow)
    return {**bypassed, **{name: size + bypassed.get(name, 0.0) for name, size in sizes.items()}}


def _add_sizes(sizes: dict[str, Array], step: Equation, arriving: Sequence[Array], flow: Mapping[str, Array]) -> None:
    with np.errstate(all="ignore"):
        draws = [step.shares(g, flow) for g in arriving]
        for k in draws[0]:
            size = np.sqrt(np.mean([np.square(np.nan_to_num(shares[k])) for shares in draws], axis=0))
            sizes[step.inputs[k]] = sizes.get(step.inputs[k], 0.0) + size
