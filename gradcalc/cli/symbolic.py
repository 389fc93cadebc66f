"""What `--symbolic` does: a problem in letters, one gradient of it or the whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, read_problem, show
from gradcalc.errors import ProblemError, UsageError
from gradcalc.problem.model import Problem
from gradcalc.problem.reference import Reference, reference
from gradcalc.show import symbolic as page
from gradcalc.study.symbolic import Symbolic

HEAD = ("what", "formula")
# the letters of an index, as they are printed: `dW1[h,m]` is every entry, and so is dW1
_LETTERS = re.compile(r"\[[a-z·][a-z0-9+·]*(,[a-z·][a-z0-9+·]*)*\]")


def explain(words: Sequence[str], choices: Choices) -> None:
    """`gradcalc explain --symbolic [FILE] QUANTITY`."""
    if choices.paths is not None:
        raise UsageError("--paths counts paths that have numbers", hint="leave it out beside --symbolic")
    problem = read_problem(words[0] if len(words) == 2 else None, choices)
    symbolic = _symbolic(problem)
    asked = reference(_LETTERS.sub("", words[-1]), symbolic.numbered, problem.index_base)
    symbolic = symbolic.towards(_meant(symbolic, asked, words[-1]))
    form = choices.told_by
    show(
        View(
            lambda: page.explained(symbolic, asked, form),
            lambda: page.record(symbolic, asked, form),
            lambda: page.cells(symbolic, asked, form),
            HEAD,
        ),
        choices,
    )


def solve(file: str | None, choices: Choices, chosen: Sequence[str]) -> None:
    """`gradcalc solve --symbolic [FILE]`, with the sections that are chosen of those that letters have."""
    if not set(chosen) & set(page.SECTIONS):
        raise UsageError("--symbolic has none of these sections", hint=f"some of {', '.join(page.SECTIONS)}")
    symbolic = _symbolic(read_problem(file, choices))
    show(
        View(
            lambda: page.solved(symbolic, chosen),
            lambda: page.solution(symbolic, chosen),
            lambda: page.all_cells(symbolic, chosen),
            HEAD,
        ),
        choices,
    )


def _symbolic(problem: Problem) -> Symbolic:
    if not (problem.layers or problem.equations or problem.objective is not None):
        raise ProblemError("there is no computation to derive, only parameters", problem.place("parameters"))
    return Symbolic(problem)


def _meant(symbolic: Symbolic, asked: Reference, word: str) -> Reference:
    """The quantity that is asked for, or the UsageError of one that has nothing to be derived."""
    if asked.step is not None:
        raise UsageError(f"{word}: there are no steps to explain here", hint="gradcalc optimize --symbolic shows them")
    lines = symbolic.built.graph.lines
    if asked.of is None:
        if asked.name not in lines:
            raise UsageError(
                f"{word}: {asked.name} is given, nothing is computed", hint=f"its gradient is d{asked.name}"
            )
    elif asked.of not in lines:
        raise UsageError(f"{word}: {asked.of} is given, nothing changes it")
    elif asked.name in symbolic.built.graph.constants:
        raise UsageError(f"{word}: {asked.name} is given, no gradient flows to it")
    elif asked.name not in symbolic.towards(asked).elements.upstream:
        raise UsageError(f"{word}: {asked.of} does not depend on {asked.name}")
    return asked
