"""What `gradcalc gradcheck` does: compare every gradient with differences, and end with the verdict."""

from __future__ import annotations

from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, digits, read_problem, show
from gradcalc.errors import UsageError
from gradcalc.show import gradcheck as page
from gradcalc.solution import solve
from gradcalc.study.gradcheck import MOST_ENTRIES, TOLERANCE
from gradcalc.study.gradcheck import gradcheck as compare

HEAD = ("quantity", "max_abs_error", "max_rel_error", "skipped", "verdict")
DIFFERENT = 1


def gradcheck(file: str | None, choices: Choices) -> None:
    """`gradcalc gradcheck`."""
    tolerance = TOLERANCE if choices.tolerance is None else choices.tolerance
    if not 0 < tolerance < 1:
        raise UsageError(f"--tolerance {tolerance:g} is not between 0 and 1")
    solution = solve(read_problem(file, choices), of=choices.of)
    checked = compare(solution, tolerance, most=None if choices.all else MOST_ENTRIES)
    show(
        View(
            lambda: page.blocks(solution, checked, tolerance),
            lambda: page.record(solution, checked, tolerance),
            lambda: page.cells(checked),
            HEAD,
            digits(solution.problem, choices),
        ),
        choices,
    )
    if not page.agree(checked):
        raise SystemExit(DIFFERENT)
