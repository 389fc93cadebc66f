"""What `gradcalc check` does: read the problem and the answers, judge them, and show the verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, digits, read_problem, show
from gradcalc.errors import UsageError
from gradcalc.problem.answer_files import from_flags, load_answers
from gradcalc.show import check as page
from gradcalc.study.check import Checker

NO = 1


def check(file: str | None, answers: Sequence[str], choices: Choices) -> None:
    """`gradcalc check`; ends with 1 where an answer is wrong."""
    _refuse(answers, choices)
    problem = read_problem(file, choices)
    checker = Checker(problem, choices.tolerance)
    shown = digits(problem, choices)
    checked = checker.check(from_flags(load_answers(answers[0]) if answers else None, choices.answer))
    show(
        View(
            lambda: page.blocks(checked, reveal=choices.reveal, hint=choices.hint, shown=shown),
            lambda: page.record(checked, reveal=choices.reveal),
            lambda: page.cells(checked),
            page.HEAD,
            shown,
        ),
        choices,
    )
    if not checked.ok:
        raise SystemExit(NO)


def _refuse(answers: Sequence[str], choices: Choices) -> None:
    if not answers and not choices.answer:
        raise UsageError("no answers are given", hint="gradcalc check problem.yaml answers.yaml, or --answer L=0.5")
    if choices.hint is not None and not 1 <= choices.hint <= page.MOST_HINTS:
        raise UsageError(f"--hint {choices.hint} is none of 1 to {page.MOST_HINTS}")
    if choices.hint is not None and choices.reveal:
        raise UsageError("--hint tells less than the page, and --reveal more")
    if choices.tolerance is not None and not 0 <= choices.tolerance < 1:
        raise UsageError(f"--tolerance {choices.tolerance:g} is not from 0 to below 1", hint="1e-3 is a thousandth")
