"""Blank sheets filled in, as somebody does who has worked an exercise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gradcalc.problem.answer_files import from_mapping
from gradcalc.problem.filled import words_of
from gradcalc.problem.model import Rounding
from gradcalc.show import as_csv, latex, markdown, worksheet
from gradcalc.show.numbers import DEFAULT
from gradcalc.study.check import Checked, Checker
from gradcalc.study.truth import Truth

SUFFIXES = {"markdown": ".md", "latex": ".tex", "csv": ".csv"}


def texts(numbers: Sequence[float], asked: Rounding) -> list[str]:
    """The numbers as a hand writes them, with the digits that are asked for."""
    if asked.unit == "dp":
        return [f"{number:.{asked.digits}f}" for number in numbers]
    return ["0" if number == 0 else f"{number:.{asked.digits - 1}e}" for number in numbers]


def checked(checker: Checker, numbers: Sequence[float], asked: Rounding) -> Checked:
    """The verdicts on numbers in the order of the blanks."""
    answers: dict = {}
    for place, text in zip(worksheet.places(checker.truth), texts(numbers, asked), strict=True):
        *outer, last = words_of(worksheet.path(place))
        inner = answers
        for word in outer:
            inner = inner.setdefault(word, {})
        inner[last] = text
    return checker.check(from_mapping(answers))


def filled_in(truth: Truth, numbers: Sequence[float] | None, asked: Rounding, form: str, folder: Path) -> Path:
    """The file of a sheet with numbers in the order of its blanks, or of a blank one."""
    written = iter([] if numbers is None else texts(numbers, asked))
    blank = _blank(truth, form)
    gap = {"markdown": r"(?<=[^-] \|) +\|$", "latex": r"(?<=\}\{)\}(?= % )", "csv": r"$"}[form]
    lines = blank.splitlines()
    start = 1 if form == "csv" else 0
    for number, line in enumerate(lines[start:], start):
        if re.search(gap, line) and (text := next(written, None)) is not None:
            put = {"markdown": f" {text} |", "latex": f"{text}}}", "csv": text}[form]
            lines[number] = re.sub(gap, lambda _, put=put: put, line)
    assert next(written, None) is None
    path = folder / f"sheet{SUFFIXES[form]}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _blank(truth: Truth, form: str) -> str:
    if form == "csv":
        return as_csv.dumps(worksheet.HEAD, worksheet.cells(truth))
    write = markdown.write if form == "markdown" else latex.write
    return write(worksheet.blocks(truth, DEFAULT))
