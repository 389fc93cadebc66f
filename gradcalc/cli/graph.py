"""What `gradcalc graph` does: solve the problem, and draw it in the format that was asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from gradcalc.cli import files
from gradcalc.cli.options import Choices
from gradcalc.cli.run import View, check, digits, page, put, read_problem, solved, wants_ascii
from gradcalc.errors import UsageError
from gradcalc.problem.letters import is_in_letters
from gradcalc.problem.model import Problem
from gradcalc.problem.suggest import hint
from gradcalc.show.numbers import Shown
from gradcalc.solution import Solution
from gradcalc.study.picture import Picture

TEXTS = ("text", "svg", "dot", "mermaid", "json")
# what Graphviz makes of DOT
DRAWN = ("png", "pdf")
VIEWS = ("equations", "neurons")


def graph(file: str | None, choices: Choices) -> None:
    """`gradcalc graph`."""
    check(choices, (*TEXTS, *DRAWN))
    if choices.view not in VIEWS:
        raise UsageError(f"no view is called '{choices.view}'", hint=hint(choices.view, VIEWS))
    if choices.format in DRAWN and choices.out in (None, "-"):
        raise UsageError(f"a {choices.format} is no text", hint=f"name a file for it: --out graph.{choices.format}")
    problem = read_problem(file, choices)
    solution = _in_letters(problem, choices.of) if is_in_letters(problem) else solved(problem, "draw", choices.of)
    shown = digits(problem, choices)
    picture = _picture(solution, choices.view)
    if choices.format in DRAWN:
        from gradcalc.show.drawing.dot import dot  # noqa: PLC0415

        files.write(
            choices.out, _through_graphviz(dot(picture, problem.title, shown), choices.format), force=choices.force
        )
        return
    put(_text(solution, picture, choices, shown), choices)


def _in_letters(problem: Problem, of: str | None) -> Solution:
    from gradcalc.problem.focus import focus  # noqa: PLC0415 - numbers have no need of letters
    from gradcalc.solution import in_letters  # noqa: PLC0415

    solution = in_letters(problem)
    if of is None:
        return solution
    aim = focus(solution.built, of, problem.index_base)
    return replace(solution, built=aim.built, result=aim.label)


def _picture(solution: Solution, view: str) -> Picture:
    if view == "neurons":
        from gradcalc.study.neurons import neurons  # noqa: PLC0415

        return neurons(solution)
    from gradcalc.study.picture import equations  # noqa: PLC0415

    return equations(solution)


def _text(solution: Solution, picture: Picture, choices: Choices, shown: Shown) -> str:
    title = solution.problem.title
    if choices.format == "json":
        from gradcalc.show.as_json import dumps  # noqa: PLC0415
        from gradcalc.show.drawing.record import record  # noqa: PLC0415

        return dumps(record(picture, title))
    if choices.format == "svg":
        from gradcalc.show.blocks import plain  # noqa: PLC0415
        from gradcalc.show.drawing.svg import svg  # noqa: PLC0415
        from gradcalc.show.head import facts  # noqa: PLC0415
        from gradcalc.study.rules import Rules  # noqa: PLC0415

        return svg(picture, title, [plain(fact) for fact in facts(solution, Rules(solution))], shown)
    if choices.format == "dot":
        from gradcalc.show.drawing.dot import dot  # noqa: PLC0415

        return dot(picture, title, shown)
    if choices.format == "mermaid":
        from gradcalc.show.drawing.mermaid import mermaid  # noqa: PLC0415

        return mermaid(picture, shown)
    from gradcalc.show.drawing.page import blocks  # noqa: PLC0415

    view = View(partial(blocks, solution, picture, shown), dict, list, (), shown)
    return page(view, choices, ascii_only=wants_ascii(choices))


def _through_graphviz(text: str, form: str) -> bytes:
    """What `dot` draws; a UsageError where it is not installed."""
    import shutil  # noqa: PLC0415
    import subprocess  # noqa: PLC0415 - Graphviz is a program of its own

    program = shutil.which("dot")
    if program is None:
        raise UsageError(
            f"a {form} needs Graphviz, whose `dot` is not on the path", hint="--format svg needs nothing more"
        )
    done = subprocess.run([program, f"-T{form}"], input=text.encode(), capture_output=True, check=True)  # noqa: S603 - no shell, no word of a user's
    return done.stdout
