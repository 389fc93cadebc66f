"""One line of a worked solution: a quantity, its formula, the numbers put in, and the result."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from gradcalc.engine.entries import Index
from gradcalc.engine.figures import number
from gradcalc.engine.maths import named
from gradcalc.engine.notation import text
from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.given import gradients_at, is_given
from gradcalc.problem.reference import reference
from gradcalc.show.blocks import Blank, Block, Line, Maths, Phrase
from gradcalc.show.forward import origins, sides
from gradcalc.show.numbers import DEFAULT, Shown, show_number
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.rules import Rules
from gradcalc.study.worked import Worked, Workings
from gradcalc.study.zeros import MOST_AXES

# a larger array is told by its shape, and by one of its entries; matrices below each other take more room
MOST_SHOWN, MOST_DEEP = 64, 16


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


def worked(solution: Solution, quantity: str, precision: int = DEFAULT.digits) -> str:
    """One line of a solution: the quantity, its formula, the numbers put in, and the result.

    `quantity` is a value (`z1`, `z1[2]`, `L`) or a gradient (`dL/dW1[1,2]`, `dW1`). UsageError for what is neither.

    >>> import gradcalc
    >>> problem = gradcalc.loads("{input: [1, 1], target: 1, loss: mse, layers: [{weights: [[2, 4]], bias: -5.5}]}")
    >>> solution = gradcalc.solve(problem)
    >>> print(worked(solution, "z1"))
    z1 = W1 x + b1 = 2 · 1 + 4 · 1 + (−5.5) = 0.5
    >>> print(worked(solution, "dW1"))
    ∂L/∂W1 = ∂L/∂z1 xᵀ = −1 · [1, 1]ᵀ = [[−1, −1]]
    """
    meant = reference(quantity, solution.built, solution.problem.index_base)
    page = Page(solution, Shown(precision, index_base=solution.problem.index_base))
    known = solution.values if meant.is_value else solution.gradients
    of_result = meant.is_value or (meant.of in (solution.result, solution.built.result) and not meant.of_index)
    if meant.step is not None or not of_result or meant.name not in known:
        raise UsageError(f"{quantity} is neither a value nor a gradient of this solution")
    if meant.index and len(meant.index) != known[meant.name].ndim:
        raise UsageError(f"{quantity} is a row; one entry, or the whole, has a line of its own")
    tell = page.workings.value if meant.is_value else page.workings.gradient
    return maths(tell(meant.name, meant.index)).text


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
            kept = {"quantity": f"dL/d{name}", **({"step": step} if several else {}), "value": g}
            yield Told([*lead, Line(plainly(page, f"∂L/∂{name}", g))], kept)
            lead = []


def derived(page: Page, tell: Callable[[str, Index], Worked], name: str) -> Iterator[Told]:
    """A quantity or a gradient; and one entry of it, where the numbers of the whole would fill a page."""
    solution = page.solution
    is_gradient = tell == page.workings.gradient
    array = (solution.gradients if is_gradient else solution.values)[name]
    label = f"d{solution.result}/d{name}" if is_gradient else name
    whole = tell(name, ())
    line = maths(whole, result=not is_large(array))
    large = Phrase([line, f" ({sides(array.shape)} numbers)"]) if is_large(array) else line
    yield Told([Line(large)], record(whole, label, array))
    if whole.numbers is None and array.size > 1 and not is_plain(whole):
        example = tell(name, (0,) * array.ndim)
        if example.numbers is not None and example.formulas:
            index = entry(solution, label, (0,) * array.ndim)
            yield Told([Line(maths(example))], record(example, index, array[(0,) * array.ndim]))


def plainly(page: Page, name: str, array: Array) -> Maths:
    """A name, and the numbers that it stands for."""
    return Maths([ast.Name(name), number(array)], page.workings.numbers.style()._replace(names={name: name}))


def is_plain(line: Worked) -> bool:
    """Whether the formula only names something else that has been told."""
    match line.formulas[-1:]:
        case [ast.Call(func=ast.Name(id="identity"))]:
            return True
        case [ast.Name() | ast.Constant()]:
            return True
    return not line.formulas


def is_large(array: Array) -> bool:
    """Whether an array would fill a page."""
    return array.size > (MOST_SHOWN if array.ndim <= MOST_AXES else MOST_DEEP)


def maths(line: Worked, sign: str = "=", *, result: bool = True) -> Maths:
    """The line as equal expressions, the last of them the result unless that is left out."""
    forms = [*line.names, *line.formulas]
    signs = ["="] * (len(line.names) - 1) + [sign] * bool(line.formulas) + ["="] * (len(line.formulas) - 1)
    if line.numbers is not None:
        forms.append(line.numbers)
        signs.append("=")
    if result:
        forms.append(line.result)
        signs.append("=" if line.exact else "≈")
    return Maths(forms, line.style, signs=signs[: len(forms) - 1])


def record(line: Worked, quantity: str, array: Array) -> dict[str, Any]:
    """The line for machines."""
    formulas = dict.fromkeys(text(form, line.style) for form in line.formulas)
    return {
        "quantity": quantity,
        "formula": " = ".join(formulas) or None,
        "numbers": None if line.numbers is None else text(line.numbers, line.style),
        "exact": line.exact,
        "value": array,
    }
