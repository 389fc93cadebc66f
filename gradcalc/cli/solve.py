"""What `gradcalc solve` does: work a problem from beginning to end."""

from __future__ import annotations

from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, digits, read_problem, show
from gradcalc.problem.model import Problem
from gradcalc.show import solve as pages
from gradcalc.show.derivation import Page
from gradcalc.solution import Solution
from gradcalc.solution import solve as solved

HEAD = ("section", "quantity", "formula", "numbers", "result")


def solve(file: str | None, choices: Choices) -> None:
    """`gradcalc solve`."""
    chosen = pages.choose(choices.sections)
    if choices.symbolic:
        from gradcalc.cli.symbolic import solve as in_letters  # noqa: PLC0415 - numbers have no need of letters

        in_letters(file, choices, chosen)
        return
    problem = read_problem(file, choices)
    shown = digits(problem, choices)
    page = Page(_solution(problem), shown)
    show(
        View(
            lambda: pages.blocks(page, chosen),
            lambda: pages.record(page, chosen),
            lambda: pages.cells(page, chosen),
            HEAD,
            shown,
        ),
        choices,
    )


def _solution(problem: Problem) -> Solution:
    """The problem with its gradients, where there is one number to differentiate."""
    solution = solved(problem, gradients=False)
    single = solution.built.result is not None or not solution.built.graph.equations or solution.output.size == 1
    return solved(problem) if single else solution
