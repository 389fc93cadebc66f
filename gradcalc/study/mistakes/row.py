"""The row type of the catalogue of mistakes: a scene in which one thing is done otherwise."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.graph import BookEquation, Equation, in_shape
from gradcalc.engine.op import Array, Form
from gradcalc.study.working import Course, Scene

_NOTHING = Form("", ())


class Change(NamedTuple):
    """One way to make a mistake in a problem: at one quantity, or wherever it can be made.

    `ahead` says whether values change; what is no Change of the graph is one of the runs of optimizers. `touched` are
    the places that it changes, of which two mistakes that go together share none.
    """

    mistake: Mistake
    where: str
    make: Callable[[Scene], Scene]
    ahead: bool
    touched: frozenset[object]

    @property
    def text(self) -> str:
        """The mistake in a sentence, with the place where it is made."""
        return self.mistake.text + (f" at {self.where}" if self.where else "")


class Mistake(NamedTuple):
    """One entry of the catalogue: what it is, and every way to make it in a scene."""

    id: str
    name: str
    text: str
    changes: Callable[[Mistake, Scene], Iterator[Change]]

    def among(self, scene: Scene) -> Iterator[Change]:
        return self.changes(self, scene)


@dataclass(frozen=True, eq=False)
class Slipped(BookEquation):
    """A step that is computed by other texts than its own; `reads` names quantities that these use beside its inputs.

    What has no value stays without one.
    """

    told: Form = _NOTHING
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        return self.told

    def value(self, values: Mapping[str, Array]) -> Array:
        return np.asarray(book.run(self.told.formula, self._known(values)), dtype=np.float64)

    def shares(self, g: Array, values: Mapping[str, Array]) -> dict[int, Array]:
        names = {**self._known(values), "g": g, "y": values[self.name]}
        shapes = [values[name].shape for name in self.inputs]
        return {
            k: in_shape(book.run(rule, names), shapes[k]) for k, rule in enumerate(self.told.rules) if rule is not None
        }

    def _known(self, values: Mapping[str, Array]) -> dict[str, object]:
        return {**self._names(values), **{name: values[other] for name, other in self.reads.items()}}


class Other(NamedTuple):
    """How a step is computed by mistake: its formula or its rules, those that are None staying as they are.

    `where` is the place that is named, None where the mistake itself says it; left out, it is the step's line.
    """

    formula: str | None = None
    rules: Mapping[int, str | None] = {}
    reads: Mapping[str, str] = {}
    attrs: Mapping[str, object] = {}
    where: str | None = ""


# every way in which one step may be computed otherwise; none where the mistake has nothing to do with it
Applies = Callable[[Equation, Scene], Iterator[Other] | Sequence[Other]]


def stepwise(
    id: str,  # noqa: A002 - as the record calls it
    name: str,
    text: str,
    applies: Applies,
    *,
    together: bool = True,
    alone: bool = True,
) -> Mistake:
    """A mistake in steps of the graph: at one of them (`alone`), or at all of them alike (`together`)."""

    def changes(mistake: Mistake, scene: Scene) -> Iterator[Change]:
        sites = [
            (position, other)
            for position, equation in enumerate(scene.graph.equations)
            for other in applies(equation, scene)
        ]
        places = {position for position, _ in sites}
        if together and len(places) > 1:
            every = dict(reversed(sites))
            yield _change(mistake, scene, every, "every layer" if scene.built.layers else "every step")
        for position, other in sites if alone else ():
            yield _change(mistake, scene, {position: other}, _where(scene, position, other, alone=len(places) == 1))

    return Mistake(id, name, text, changes)


def _where(scene: Scene, position: int, other: Other, *, alone: bool) -> str:
    line = scene.graph.equations[position].line
    if other.where is None:
        return ""
    return other.where or ("" if alone and line == scene.result else line)


def _change(mistake: Mistake, scene: Scene, others: Mapping[int, Other], where: str) -> Change:
    changed = {position: slipped(scene.graph.equations[position], other) for position, other in others.items()}

    def make(other: Scene) -> Scene:
        equations = [changed.get(position, own) for position, own in enumerate(other.graph.equations)]
        return replace(other, graph=replace(other.graph, equations=tuple(equations)))

    ahead = any(other.formula is not None for other in others.values())
    names = frozenset(scene.graph.equations[position].name for position in others)
    return Change(mistake, where, make, ahead, names)


def slipped(equation: Equation, other: Other) -> Slipped:
    form = equation.op.form(equation.attrs)
    rules = tuple(other.rules.get(k, rule) for k, rule in enumerate(form.rules))
    told = Form(form.formula if other.formula is None else other.formula, rules)
    attrs = {**equation.attrs, **other.attrs}
    return Slipped(equation.name, equation.op, equation.inputs, attrs, equation.line, None, told, other.reads)


def of_op(**others: Sequence[Other] | Other) -> Applies:
    """What is done otherwise in the steps of an op, by the op's name."""

    def applies(equation: Equation, _scene: Scene) -> Sequence[Other]:
        found = others.get(equation.op.name, ())
        return [found] if isinstance(found, Other) else found

    return applies


def coursewise(
    id: str,  # noqa: A002
    name: str,
    text: str,
    applies: Callable[[Course], Iterator[tuple[str, Course]]],
) -> Mistake:
    """A mistake in the runs of optimizers: in one of them, with the place where it is made."""

    def changes(mistake: Mistake, scene: Scene) -> Iterator[Change]:
        for position, course in enumerate(scene.courses):
            for where, other in applies(course):
                yield _in_course(mistake, position, where, course, other)

    return Mistake(id, name, text, changes)


def _in_course(mistake: Mistake, position: int, where: str, course: Course, other: Course) -> Change:
    def make(scene: Scene) -> Scene:
        courses = [*scene.courses]
        courses[position] = other
        return replace(scene, courses=tuple(courses))

    return Change(mistake, where, make, False, frozenset([(position, course.label)]))


def reworded(rules: Sequence[tuple[str, str]], new: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The rules of a step with other texts for those that `new` names."""
    return tuple((name, new.get(name, text)) for name, text in rules)


@cache
def exchanged(text: str, old: str, new: str) -> str:
    """The formula `text` with every part that reads like `old` exchanged for `new`.

    >>> exchanged("-lr * m / (sqrt(v) + eps)", "sqrt(v)", "v")
    '-lr * m / (v + eps)'
    """
    wanted, other = ast.unparse(book.parse(old)), book.parse(new)

    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if isinstance(node, ast.expr) and ast.unparse(node) == wanted:
                return other
            return self.generic_visit(node)

    tree = ast.parse(text, mode="eval").body
    return ast.unparse(ast.fix_missing_locations(Exchange().visit(tree)))


def plain(text: str) -> str:
    """The formula as `exchanged` gives it where there is nothing to exchange."""
    return ast.unparse(book.parse(text))
