"""What `gradcalc jacobian` does: functions from a file or from the command line, or a quantity of a network."""

from __future__ import annotations

from collections.abc import Sequence

from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, digits, read_problem, show
from gradcalc.errors import UsageError
from gradcalc.problem.model import Problem

HEAD = ("quantity", "index", "letters", "value")


def jacobian(arguments: Sequence[str], choices: Choices) -> None:
    """`gradcalc jacobian`."""
    choices.functions = [word for word in arguments if "=" in word]
    files = [word for word in arguments if "=" not in word]
    for word in files:
        if "(" in word:
            raise UsageError(f"'{word}' is no function: it has no '='", hint="such as 'F(x, y) = [x*y, x - y]'")
    if len(files) > 1:
        raise UsageError(f"two files: {files[0]} and {files[1]}", hint="a function is written 'F(x, y) = [x*y, x - y]'")
    if not arguments and (choices.compose is not None or choices.at):
        raise UsageError("there are no functions", hint="write them in quotes: 'F(x, y) = [x*y, x - y]'")
    problem = read_problem(files[0] if files else None, choices)
    if problem.functions:
        _functions(problem, choices)
    else:
        _network(problem, choices)


def _functions(problem: Problem, choices: Choices) -> None:
    for flag in ("of", "wrt"):
        if getattr(choices, flag) is not None:
            raise UsageError(f"--{flag} is for a network: of functions every Jacobian is shown")
    from gradcalc.show import derivatives  # noqa: PLC0415 - SymPy is loaded for letters alone
    from gradcalc.show.jacobian import Page  # noqa: PLC0415
    from gradcalc.study.jacobian import report  # noqa: PLC0415

    found, shown = report(problem, choices.order, with_boundary=choices.boundary), digits(problem, choices)
    page = Page(found, shown)
    show(View(page.blocks, lambda: derivatives.record(found), lambda: derivatives.cells(found), HEAD, shown), choices)


def _network(problem: Problem, choices: Choices) -> None:
    for flag in ("boundary", "order"):
        if getattr(choices, flag):
            raise UsageError(f"--{flag} is for functions: 'g(x, y) = 1 + 2*x + 3*y'")
    from gradcalc.show import sensitivity as page  # noqa: PLC0415 - as above, the other way round
    from gradcalc.solution import solve  # noqa: PLC0415
    from gradcalc.study.sensitivity import sensitivity  # noqa: PLC0415

    found = sensitivity(solve(problem, gradients=False), choices.of, choices.wrt)
    shown = digits(problem, choices)
    show(View(lambda: page.blocks(found), lambda: page.record(found), lambda: page.cells(found), HEAD, shown), choices)
