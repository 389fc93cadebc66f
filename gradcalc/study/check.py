"""A person's answers checked: which are right, which follow from an earlier slip, which are wrong, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine.maths import plain
from gradcalc.engine.op import Array
from gradcalc.problem.answer_files import from_mapping, load_answers
from gradcalc.problem.answers import Claim, Key, Letters
from gradcalc.problem.claims import read_answers
from gradcalc.problem.faults import Faults
from gradcalc.problem.model import Problem
from gradcalc.problem.node import Node
from gradcalc.problem.vocabulary import Vocabulary
from gradcalc.study.blanks import of_first_pass
from gradcalc.study.sheet import Formula, Given, Index, Misfit, Sheet, Way, sheet_of
from gradcalc.study.truth import Truth
from gradcalc.study.verdicts import Cell, Judge, Judged, Verdict, Word
from gradcalc.study.working import Scene, scene_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.study.cause import Cause


class Entry(NamedTuple):
    """An answer with its verdict; `at` counts from 0, `expected` is the right number.

    `letters` has the index of a formula that is one for many entries: `W[h,m]`.
    """

    key: Key
    at: Index
    given: str
    value: Any
    word: Word
    note: str
    causes: Sequence[Cause]
    expected: Any
    letters: Letters = ()

    @property
    def inside(self) -> Letters:
        """The place of the answer, in letters or as positions."""
        return self.letters or self.at


@dataclass(frozen=True, eq=False)
class Checked:
    """All answers of a sheet with their verdicts, in the order in which a first wrong one is looked for."""

    truth: Truth
    entries: Sequence[Entry]
    unanswered: int

    @cached_property
    def first_wrong(self) -> Entry | None:
        return next((entry for entry in self.entries if entry.word == "wrong"), None)

    @property
    def ok(self) -> bool:
        return self.first_wrong is None

    def count(self, word: Word) -> int:
        return sum(entry.word == word for entry in self.entries)


class Checker:
    """Checks one sheet after the other against one problem, which is solved once."""

    def __init__(self, problem: Problem, tolerance: float | None = None) -> None:
        self.truth = Truth(problem)
        self.tolerance = tolerance
        self._scenes: dict[Any, Scene] = {}

    @property
    def vocabulary(self) -> Vocabulary:
        return self.truth.vocabulary

    def check(self, root: Node) -> Checked:
        """The verdicts on the answers under `root`; ProblemError with everything in them that can't be understood."""
        claims = read_answers(root, self.vocabulary)
        arrays = self.truth.arrays(claim.key for claim in claims)
        _refuse_unknown(claims, arrays, root)
        shapes = {key: array.shape for key, array in arrays.items()}
        constant = self.truth.is_open if self.truth.composed is not None else None
        sheet = sheet_of(claims, shapes, root, constant)
        if self.truth.lettered:
            _refuse_numbers(sheet, root)
        right = {key: np.ravel(array) for key, array in arrays.items()}
        judge = Judge(self._scene(sheet), sheet, right, self.tolerance)
        judged = judge.judge()
        causes, verdicts = self._causes(judge, judged, [*arrays])
        entries: list[Entry] = []
        for key in arrays:
            entries += [self._misfit(misfit, right[key]) for misfit in sheet.misfits if misfit.key == key]
            entries += [self._formula(formula) for formula in sheet.formulas if formula.key == key]
            entries += [self._way(way, sheet) for way in sheet.ways if way.key == key]
            for given in sorted(sheet.cells.get(key, ()), key=_position):
                cell = (key, given.position)
                entries.append(_entry(given, verdicts[cell], causes.get(cell, ()), right))
        return Checked(self.truth, entries, self._unanswered(sheet))

    def _formula(self, formula: Formula) -> Entry:
        """The verdict on a formula; what it should be is told by the rule."""
        from gradcalc.study.formulas import judged  # noqa: PLC0415 - most answers are numbers
        from gradcalc.study.place import rule_of  # noqa: PLC0415

        right, causes = judged(self.truth, formula)
        word: Word = "right" if right else "wrong"
        rule = rule_of(self.truth, formula.key)
        expected = None if rule is None else plain(rule)
        return Entry(
            formula.key, formula.within, formula.text, formula.text, word, "", causes, expected, formula.letters
        )

    def _way(self, way: Way, sheet: Sheet) -> Entry:
        """The verdict on numbers that were put in to come to a result."""
        from gradcalc.study.on_the_way import judged  # noqa: PLC0415 - as above

        right, causes = judged(way, sheet, self.truth.built.leaves)
        word: Word = "right" if right else "wrong"
        text = f"{way.number.text} = {way.result.text}"
        return Entry(way.key, way.within, text, text, word, "", causes, way.result.value)

    def _misfit(self, misfit: Misfit, right: Array) -> Entry:
        """An answer of another shape than the quantity has."""
        from gradcalc.study.misfits import causes_of, note_of  # noqa: PLC0415 - most answers fit

        part = right.reshape(misfit.shape) if right.size == prod(misfit.shape) else np.full(misfit.shape, np.nan)
        told = _as_written(misfit.node)
        causes = causes_of(misfit, part, self._made(misfit.key))
        return Entry(misfit.key, (), told, misfit.array.tolist(), "wrong", note_of(misfit), causes, part.tolist())

    def _made(self, key: Key) -> Iterator[tuple[Cause, Array]]:
        """What each mistake makes of a quantity of functions, whose Jacobians have another shape by some."""
        if self.truth.composed is None:
            return
        from gradcalc.study.cause import Cause  # noqa: PLC0415 - as above
        from gradcalc.study.causes import changes_of  # noqa: PLC0415
        from gradcalc.study.worlds import World  # noqa: PLC0415

        scene = scene_of(self.truth.solution, (), local=False)
        world = World(scene, {}, {})
        for change in changes_of(scene):
            made = world.of(change.make(scene), key)
            if made is not None:
                yield Cause(change.mistake.id, change.mistake.name, change.text), made

    def _causes(
        self, judge: Judge, judged: Judged, order: Sequence[Key]
    ) -> tuple[Mapping[Cell, Sequence[Cause]], Mapping[Cell, Verdict]]:
        """The causes of what is wrong, and the verdicts as they are once causes are known."""
        if all(verdict.word != "wrong" for verdict in judged.verdicts.values()):
            return {}, judged.verdicts
        from gradcalc.study.causes import Search, changes_of  # noqa: PLC0415 - right answers need none

        causes, follows = Search(
            judge, judged, [key for key in order if key in judge.sheet.cells], changes_of(judge.scene)
        ).run()
        return causes, {**judged.verdicts, **follows}

    def _scene(self, sheet: Sheet) -> Scene:
        local = any(map(self.truth.is_local, sheet.cells))
        courses = self.truth.courses(sheet.cells)
        return scene_of(self.truth.solution, courses, local=local)

    def _unanswered(self, sheet: Sheet) -> int:
        """How many of the quantities that are computed in the first pass nobody has answered."""
        answered = {*sheet.cells, *(formula.key for formula in sheet.formulas)}
        return sum(key not in answered for key in of_first_pass(self.truth))


def _position(given: Given) -> int:
    return given.position


def _entry(given: Given, verdict: Verdict, causes: Sequence[Cause], right: Mapping[Key, Array]) -> Entry:
    expected = float(right[given.key][given.position])
    return Entry(
        given.key, given.at, given.number.text, given.number.value, verdict.word, verdict.note, causes, expected
    )


def _refuse_numbers(sheet: Sheet, root: Node) -> None:
    """Where there are letters there are no numbers that a number could be."""
    faults = Faults()
    for given in sheet.numbers:
        faults.add("the problem has letters, and no numbers", given.node, "answer by a formula: (yhat - y).T @ a1")
    faults.check(root.source)


def _as_written(node: Node) -> str:
    """Nested lists with what was written in them."""
    if node.kind != "list":
        return node.text
    return f"[{', '.join(map(_as_written, node.items))}]"


def _refuse_unknown(claims: Sequence[Claim], arrays: Mapping[Key, Array], root: Node) -> None:
    faults = Faults()
    for claim in claims:
        if claim.key not in arrays:
            faults.add(f"there is no {claim.key.quantity} here", claim.node, "the result does not depend on it")
    faults.check(root.source)


def check(problem: Problem, answers: Mapping[str, Any] | str, *, tolerance: float | None = None) -> Checked:
    """The verdicts on a person's answers: a mapping by quantity, or the path of a YAML or JSON file.

    `tolerance` is a relative error that counts as right, in place of what the written digits say.
    Raises ProblemError for answers that can't be understood.

    >>> import gradcalc
    >>> problem = gradcalc.loads("{input: 3, target: 1, loss: mse, layers: [{weights: [[2]]}]}")
    >>> [entry.word for entry in check(problem, {"z1": 6, "L": 25, "dW1": 15}).entries]
    ['right', 'right', 'wrong']
    """
    return Checker(problem, tolerance).check(
        load_answers(answers) if isinstance(answers, str) else from_mapping(answers)
    )
