"""One line of a worked solution: a quantity, its formula, the numbers put in, and the result."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from gradcalc.engine.entries import Index
from gradcalc.engine.figures import number
from gradcalc.engine.lines import arriving
from gradcalc.engine.maths import named
from gradcalc.engine.notation import text
from gradcalc.engine.op import Array
from gradcalc.problem.given import gradients_at, is_given
from gradcalc.show.blocks import Blank, Block, Line, Maths, Phrase
from gradcalc.show.forward import origins, sides
from gradcalc.show.numbers import Shown, show_number
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.rules import Rules
from gradcalc.study.worked import Worked, Workings

# a larger array is told by its shape, and by one of its entries
MOST_SHOWN = 64


class Told(NamedTuple):
    """One thing that a solution says: how it stands on a page, and as data."""

    blocks: Sequence[Block]
    record: Mapping[str, Any]


class Page:
    """A solution with what is said of it, for a reader who wants `shown` digits."""

    def __init__(self, solution: Solution, shown: Shown) -> None:
        self.solution = solution
        self.shown = shown
        self.rules = Rules(solution)

    @cached_property
    def workings(self) -> Workings:
        return Workings(self.solution, self.rules, self.digits)

    def digits(self, value: float, more: int) -> str:
        """A number in so many digits more than are shown."""
        return show_number(value, self.shown._replace(digits=self.shown.digits + more))


def given(page: Page) -> Iterator[Told]:
    """Every number that the problem starts from."""
    solution = page.solution
    known = origins(solution.problem, solution.built.layers)
    for name, array in solution.values.items():
        if name in solution.built.graph.lines:
            continue
        record = {"quantity": name, "value": array, **({"origin": known[name]} if name in known else {})}
        origin = f" ({known[name]})" if name in known else ""
        if array.size > MOST_SHOWN:
            yield Told([Line(Phrase([named(name), f": {sides(array.shape)} numbers{origin}"]))], record)
            continue
        line = maths(page.workings.value(name))
        yield Told([Line(Phrase([line, origin]) if origin and array.ndim < 2 else line)], record)
    if is_given(solution.problem):
        yield from _gradients(page)


def _gradients(page: Page) -> Iterator[Told]:
    """The gradients that stand in the problem, step by step where they change."""
    problem = page.solution.problem
    shapes = {name: page.solution.values[name].shape for name in {**problem.gradients[0]}} if problem.gradients else {}
    shapes = shapes or {name: page.solution.values[name].shape for name in problem.every_gradient or {}}
    several = len(problem.gradients) > 1
    for step in range(1, max(1, len(problem.gradients)) + 1):
        lead: list[Block] = [Blank(), Line(f"gradients of step {step}", "bold")] if several else []
        for name, g in gradients_at(problem, step, shapes).items():
            style = page.workings.numbers.style()._replace(names={f"∂{name}": f"∂L/∂{name}"})
            kept = {"quantity": f"dL/d{name}", **({"step": step} if several else {}), "value": g}
            yield Told([*lead, Line(Maths([arriving(name), number(g)], style))], kept)
            lead = []


def derived(page: Page, tell: Callable[[str, Index], Worked], name: str) -> Iterator[Told]:
    """A quantity or a gradient; and one entry of it, where the numbers of the whole would fill a page."""
    solution = page.solution
    is_gradient = tell == page.workings.gradient
    array = (solution.gradients if is_gradient else solution.values)[name]
    label = f"d{solution.result}/d{name}" if is_gradient else name
    worked = tell(name, ())
    yield Told([Line(maths(worked, most=MOST_SHOWN))], record(worked, label, array))
    if worked.numbers is None and array.size > 1 and not is_plain(worked):
        example = tell(name, (0,) * array.ndim)
        if example.numbers is not None:
            index = entry(solution, label, (0,) * array.ndim)
            yield Told([Line(maths(example))], record(example, index, array[(0,) * array.ndim]))


def is_plain(worked: Worked) -> bool:
    """Whether the formula only names something else that has been told."""
    match worked.formulas[-1:]:
        case [ast.Call(func=ast.Name(id="identity"))]:
            return True
        case [ast.Name() | ast.Constant()]:
            return True
    return not worked.formulas


def maths(worked: Worked, sign: str = "=", most: int | None = None) -> Maths:
    """The line as equal expressions; a result of more than `most` entries is left out."""
    forms = [*worked.names, *worked.formulas]
    signs = ["="] * (len(worked.names) - 1) + [sign] * bool(worked.formulas) + ["="] * (len(worked.formulas) - 1)
    if worked.numbers is not None:
        forms.append(worked.numbers)
        signs.append("=")
    if most is None or getattr(getattr(worked.result, "value", None), "size", 1) <= most:
        forms.append(worked.result)
        signs.append("=" if worked.exact else "≈")
    return Maths(forms, worked.style, signs=signs[: len(forms) - 1])


def record(worked: Worked, quantity: str, array: Array) -> dict[str, Any]:
    """The line for machines."""
    formulas = dict.fromkeys(text(form, worked.style) for form in worked.formulas)
    return {
        "quantity": quantity,
        "formula": " = ".join(formulas) or None,
        "numbers": None if worked.numbers is None else text(worked.numbers, worked.style),
        "exact": worked.exact,
        "value": array,
    }
