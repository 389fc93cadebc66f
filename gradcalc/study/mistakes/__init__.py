"""The catalogue of mistakes: each row one thing that is done otherwise, wherever a problem has a place for it."""

from __future__ import annotations

from gradcalc.problem.model import Problem
from gradcalc.study.mistakes import functions, layers, losses, slopes, steps
from gradcalc.study.mistakes.row import Mistake

ROWS: tuple[Mistake, ...] = (*slopes.ROWS, *losses.ROWS, *layers.ROWS, *steps.ROWS)


def rows_for(problem: Problem) -> tuple[Mistake, ...]:
    """The rows of a problem: functions have some of their own."""
    return functions.ROWS if problem.functions else ROWS
