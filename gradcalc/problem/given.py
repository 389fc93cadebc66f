"""Whether what a problem says of its training fits its parameters: gradients that are given, frozen names, states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradcalc.engine.op import Array
from gradcalc.errors import Fault, ProblemError
from gradcalc.problem.faults import MOST, quoted
from gradcalc.problem.model import OptimizerChoice, Problem

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
Path = tuple[str | int, ...]

_LISTED = 12


def steps_of(problem: Problem) -> int:
    """How many steps are asked for: what the problem says, else one for each given gradient, else one."""
    return problem.steps or len(problem.gradients) or 1


def is_given(problem: Problem) -> bool:
    """Whether the gradients are those of the problem, and none is computed."""
    return bool(problem.gradients) or problem.every_gradient is not None


def gradients_at(problem: Problem, step: int, shapes: Shapes) -> dict[str, Array]:
    """The given gradients of a step (from 1) by parameter, each in the shape of its parameter.

    They have passed `check_gradients`; axes of length 1 may be missing where they were written.
    """
    every = problem.every_gradient
    given = every if every is not None else problem.gradients[step - 1]
    return {name: array.reshape(shapes[name]) for name, array in given.items()}


def check_training(problem: Problem, shapes: Shapes) -> None:
    """Raise one ProblemError with everything that does not fit the parameters, whose shapes are given by name.

    That is: frozen names and states of the optimizers, how many gradients there are for the steps, and
    the gradients, of which a parameter that every optimizer freezes needs none.
    """
    choices = problem.optimizers
    frozen = set.intersection(*(set(choice.frozen) for choice in choices)) if choices else set()
    _refuse([
        *_choices(problem, shapes),
        *_count(problem),
        *_gradients(problem, shapes, frozen),
    ])  # fmt: skip


def check_gradients(problem: Problem, shapes: Shapes, frozen: Iterable[str] = ()) -> None:
    """Raise one ProblemError with every given gradient that is missing, of nothing, or of another shape."""
    _refuse([*_gradients(problem, shapes, frozen)])


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ProblemError(faults if len(faults) <= MOST else [*faults[:MOST], Fault("and more like these")])


def _gradients(problem: Problem, shapes: Shapes, frozen: Iterable[str]) -> Iterator[Fault]:
    needed = [name for name in shapes if name not in {*frozen}]
    if problem.every_gradient is not None:
        yield from _step(problem, problem.every_gradient, None, shapes, needed)
    for number, given in enumerate(problem.gradients, 1):
        yield from _step(problem, given, number, shapes, needed)


def _step(
    problem: Problem, given: Mapping[str, Array], number: int | None, shapes: Shapes, needed: list[str]
) -> Iterator[Fault]:
    """What is wrong with the gradients of a step, or with those that hold in every step."""
    path: Path = ("gradients",) if number is None else ("gradients", number - 1)
    where = "the gradients" if number is None else f"the gradients of step {number}"
    for name in needed:
        if name not in given:
            hint = "every parameter that is trained needs one, in every step"
            yield Fault(f"{where} have no {quoted(name)}", problem.place(*path), hint)
    for name, array in given.items():
        if name not in shapes:
            yield _unknown(problem, name, where, (*path, name), shapes)
        elif not _fits(array.shape, shapes[name]):
            what = f"the gradient of {quoted(name)}" + (f" in step {number}" if number is not None else "")
            yield _misfit(problem, name, array.shape, what, (*path, name), shapes[name])


def _choices(problem: Problem, shapes: Shapes) -> Iterator[Fault]:
    several = problem.origin is not None and problem.origin.at("optimizer").kind == "list"
    for at, choice in enumerate(problem.optimizers):
        path: Path = ("optimizer", at) if several else ("optimizer",)
        yield from _frozen(problem, choice, path, shapes)
        yield from _initial(problem, choice, path, shapes)
        yield from _batches(problem, choice, path)


def _frozen(problem: Problem, choice: OptimizerChoice, path: Path, shapes: Shapes) -> Iterator[Fault]:
    for at, name in enumerate(choice.frozen):
        if name not in shapes:
            yield _unknown(problem, name, "frozen", (*path, "frozen", at), shapes)
    if choice.frozen and not {*shapes} - {*choice.frozen}:
        place = problem.place(*path, "frozen")
        yield Fault("every parameter is frozen: nothing is left to train", place, "leave one of them out")


def _initial(problem: Problem, choice: OptimizerChoice, path: Path, shapes: Shapes) -> Iterator[Fault]:
    for state, start in choice.initial.items():
        for name, array in start.items() if isinstance(start, Mapping) else ():
            where: Path = (*path, "initial", state, name)
            if name not in shapes:
                yield _unknown(problem, name, f"the initial {state}", where, shapes)
            elif not _fits(array.shape, shapes[name]):
                yield _misfit(problem, name, array.shape, f"the initial {state} of {quoted(name)}", where, shapes[name])


def _batches(problem: Problem, choice: OptimizerChoice, path: Path) -> Iterator[Fault]:
    if choice.batch_size is None or (problem.layers and not is_given(problem)):
        return
    why = "the gradients are given" if is_given(problem) else "there are no samples"
    yield Fault(f"a batch_size parts samples, and {why}", problem.place(*path, "batch_size"), "leave it out")


def _count(problem: Problem) -> Iterator[Fault]:
    """A list of gradients has those of every step."""
    steps, given = steps_of(problem), len(problem.gradients)
    if given and given < steps:
        yield Fault(
            f"{_many(steps, 'step')} but gradients for {given}",
            problem.place("steps"),
            "give one for each step, or a single mapping for every step",
            problem.place("gradients"),
        )


def _unknown(problem: Problem, name: str, where: str, path: Path, shapes: Shapes) -> Fault:
    # imported where a fault has already been made
    from gradcalc.problem.suggest import nearest  # noqa: PLC0415

    names = [*shapes]
    close = nearest(name, names, {})
    listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    hint = f"did you mean '{close}'?" if close else f"the parameters are {listed}"
    return Fault(f"unknown parameter {quoted(name)} in {where}", problem.key(*path), hint)


def _misfit(problem: Problem, name: str, found: Shape, what: str, path: Path, wanted: Shape) -> Fault:
    message = f"{what} is {_dimensions(found)} but {quoted(name)} is {_dimensions(wanted)}"
    flipped = len(found) == 2 and found[::-1] == wanted
    return Fault(message, problem.place(*path), "transposed?" if flipped else f"write {_form(wanted)}")


def _fits(found: Shape, wanted: Shape) -> bool:
    """Whether an array is of a shape, with or without the axes of length 1."""
    return found == wanted or (len(found) < len(wanted) and _squeezed(found) == _squeezed(wanted))


def _squeezed(shape: Shape) -> Shape:
    return tuple(side for side in shape if side != 1)


def _dimensions(shape: Shape) -> str:
    """A shape in words: `a number`, `a list of 2`, `2×3`."""
    if len(shape) > 1:
        return "×".join(map(str, shape))
    return f"a list of {shape[0]}" if shape else "a number"


def _form(shape: Shape) -> str:
    if len(shape) > 2:
        return f"lists in lists, {_dimensions(shape)}"
    if len(shape) == 2:
        return f"{_many(shape[0], 'row')} of {_many(shape[1], 'number')}"
    return f"a list of {_many(shape[0], 'number')}" if shape else "one number"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
