"""What `gradcalc check` does: read the problem and the answers, judge them, and show the verdicts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from gradcalc.cli import files, streams
from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, digits, read_problem, show
from gradcalc.errors import GradcalcError, UsageError
from gradcalc.problem.answer_files import from_flags, load_answers
from gradcalc.show import check as page
from gradcalc.study.check import Checked, Checker

NO = 1


def check(file: str | None, answers: Sequence[str], choices: Choices) -> None:
    """`gradcalc check`; ends with 1 where an answer is wrong, else where a file of a class can not be read."""
    _refuse(answers, choices)
    problem = read_problem(file, choices)
    checker = Checker(problem, choices.tolerance)
    if len(answers) > 1 or choices.marks is not None:
        _class(checker, answers, choices)
        return
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


def _class(checker: Checker, answers: Sequence[str], choices: Choices) -> None:
    """Several people: what can be read is judged, and the rest is reported."""
    from gradcalc.show import classes  # noqa: PLC0415 - one sheet is the usual case
    from gradcalc.study.classes import group_of  # noqa: PLC0415

    unread: list[GradcalcError] = []
    group = group_of(checker.truth, list(_sheets(checker, answers, choices, unread)))
    view = View(
        lambda: classes.blocks(group),
        lambda: classes.record(group, reveal=choices.reveal),
        lambda: classes.cells(group),
        classes.HEAD,
        digits(checker.truth.problem, choices),
    )
    show(view, choices)
    if choices.marks is not None:
        from gradcalc.show.as_csv import dumps  # noqa: PLC0415

        files.write(choices.marks, dumps(classes.HEAD, classes.cells(group)), force=choices.force, utf8=True)
    if unread:
        raise SystemExit(unread[0].exit_code)
    if not all(person.checked.ok for person in group.people):
        raise SystemExit(NO)


def _sheets(
    checker: Checker, answers: Sequence[str], choices: Choices, unread: list[GradcalcError]
) -> Iterator[tuple[str, Checked]]:
    """Every sheet that can be read, by the name of its file; what is wrong with the others is said."""
    from gradcalc.show.messages import render  # noqa: PLC0415

    names = Counter(map(_name, answers))
    for path in answers:
        try:
            checked = checker.check(from_flags(load_answers(path), choices.answer))
        except GradcalcError as error:
            unread.append(error)
            streams.say(f"{render(error, ascii=choices.ascii)}note: {path} is skipped\n")
        else:
            yield _name(path) if names[_name(path)] == 1 else path, checked


def _name(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _refuse(answers: Sequence[str], choices: Choices) -> None:
    if not answers and (not choices.answer or choices.marks is not None):
        raise UsageError("no answers are given", hint="gradcalc check problem.yaml answers.yaml, or --answer L=0.5")
    if choices.hint is not None and not 1 <= choices.hint <= page.MOST_HINTS:
        raise UsageError(f"--hint {choices.hint} is none of 1 to {page.MOST_HINTS}")
    if choices.hint is not None and (choices.reveal or len(answers) > 1):
        raise UsageError("--hint tells one person less than the page", hint="leave out --reveal, and name one file")
    if choices.tolerance is not None and not 0 <= choices.tolerance < 1:
        raise UsageError(f"--tolerance {choices.tolerance:g} is not from 0 to below 1", hint="1e-3 is a thousandth")
    if choices.marks is not None:
        files.refuse_existing(choices.marks, force=choices.force)
