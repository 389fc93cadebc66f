"""What `gradcalc explain` does: solve the problem, and explain one quantity of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradcalc.cli.options import Choices
from gradcalc.cli.run import FORMATS, View, check, digits, read_problem, show, solved
from gradcalc.errors import UsageError
from gradcalc.problem.reference import Reference, reference
from gradcalc.problem.suggest import hint
from gradcalc.show.numbers import Shown
from gradcalc.solution import Solution

FORMS = ("paths", "matrix", "jacobians")
EACH_FACTOR = ("path", "factor", "derivative", "index", "formula", "value")
EACH_ENTRY = ("quantity", "index", "value")


def explain(words: Sequence[str], choices: Choices) -> None:
    """`gradcalc explain [FILE] QUANTITY`."""
    check(choices, FORMATS)
    if len(words) not in (1, 2) or (len(words) == 1 and words[0].lower().endswith((".yaml", ".yml"))):
        raise UsageError(
            "explain takes a file and a quantity, in this order", hint="gradcalc explain net.yaml 'dW1[1,2]'"
        )
    if choices.told_by is not None and choices.told_by not in FORMS:
        raise UsageError(f"no form is called '{choices.told_by}'", hint=hint(choices.told_by, FORMS))
    if choices.paths is not None and choices.paths < 1:
        raise UsageError(f"--paths {choices.paths} shows nothing", hint="--paths 3 shows the first 3")
    if choices.symbolic:
        from gradcalc.cli.symbolic import explain as in_letters  # noqa: PLC0415 - numbers have no need of letters

        in_letters(words, choices)
        return
    problem = read_problem(words[0] if len(words) == 2 else None, choices)
    solution = solved(problem, "explain")
    asked = reference(words[-1], solution.built, problem.index_base)
    show(_view(solution, _meant(solution, asked, words[-1]), choices, digits(problem, choices)), choices)


def _meant(solution: Solution, asked: Reference, word: str) -> Reference:
    """The quantity that is asked for, or the UsageError of one that there is not."""
    if asked.step is not None:
        raise UsageError(f"{word}: there are no steps to explain here", hint="gradcalc optimize shows every step")
    if asked.of is None:
        return asked
    if asked.of not in solution.built.graph.lines:
        raise UsageError(f"{word}: {asked.of} is given, nothing changes it")
    return asked


def _view(solution: Solution, asked: Reference, choices: Choices, shown: Shown) -> View:
    sizes = {name: array.size for name, array in solution.values.items()}
    is_entry = _is_entry(solution, asked.name, asked.index)
    one = is_entry and (asked.of is None or _is_entry(solution, asked.of, asked.of_index))
    if asked.is_value:
        return _by_rule(solution, asked, shown)
    form = choices.told_by or ("paths" if one else "matrix")
    if form == "paths" and not one:
        name = asked.name if not is_entry else asked.of
        raise UsageError(f"{name} has {sizes[name or '']} entries, and paths lead to one", hint=f"name it: {name}[…]")
    if form == "paths":
        return _by_paths(solution, asked, choices.paths, shown)
    is_gradient = asked.of == solution.result and not asked.of_index
    if form == "matrix" and is_gradient and asked.name in solution.gradients:
        return _by_rule(solution, asked, shown)
    return _by_jacobians(solution, asked, shown)


def _is_entry(solution: Solution, name: str, index: tuple[int, ...]) -> bool:
    array = solution.values[name]
    return array.size == 1 or len(index) == array.ndim


def _by_paths(solution: Solution, asked: Reference, paths: int | None, shown: Shown) -> View:
    from gradcalc.show import explain as page  # noqa: PLC0415
    from gradcalc.study.explain import explain_entry  # noqa: PLC0415

    found = explain_entry(solution, asked, paths)
    return View(
        lambda: page.blocks(solution, found, shown, every=paths is not None),
        lambda: page.record(solution, found),
        lambda: page.cells(solution, found),
        EACH_FACTOR,
        shown,
    )


def _by_rule(solution: Solution, asked: Reference, shown: Shown) -> View:
    from gradcalc.show import matrices as page  # noqa: PLC0415
    from gradcalc.show.worked import digits as exactly  # noqa: PLC0415
    from gradcalc.study.whole import explain_by_jacobians, explain_whole  # noqa: PLC0415

    found = explain_whole(solution, asked, exactly(shown))
    name = asked.name if asked.is_value else f"d{asked.of}/d{asked.name}"
    whole = replace(asked, index=())
    return View(
        lambda: page.blocks(solution, found),
        lambda: page.record(solution, found, None if asked.is_value else explain_by_jacobians(solution, whole)),
        lambda: page.cells(solution, name, found.value),
        EACH_ENTRY,
        shown,
    )


def _by_jacobians(solution: Solution, asked: Reference, shown: Shown) -> View:
    from gradcalc.show import matrices as page  # noqa: PLC0415
    from gradcalc.study.whole import explain_by_jacobians  # noqa: PLC0415

    found = explain_by_jacobians(solution, asked)
    return View(
        lambda: page.jacobians(solution, found, shown),
        lambda: page.of_composition(solution, found),
        lambda: page.cells(solution, f"d{asked.of}/d{asked.name}", found.value),
        EACH_ENTRY,
        shown,
    )
