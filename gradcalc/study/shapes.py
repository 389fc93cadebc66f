"""The dimension of every quantity and of every derivative, in letters and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradcalc.problem.build import Built, build, quantities
from gradcalc.problem.letters import build_in_letters, layers_in_letters, letter_of_samples, samples_of
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import BACKWARDS, UNKNOWN, Names, Quantity, names_of
from gradcalc.problem.sizes import SizedLayer, size_layers
from gradcalc.study.locals import is_entrywise, local_inputs


class Shape(NamedTuple):
    """A quantity with its sizes; `numbers` has None where only a letter is known.

    `column` marks a single sample, None the arrays of formulas, whose vectors are neither columns nor rows.
    """

    name: str
    role: str
    layer: int | None
    letters: tuple[str, ...]
    numbers: tuple[int | None, ...]
    column: bool | None


class DerivativeShape(NamedTuple):
    """The dimension of a derivative and the sentence that says why."""

    name: str
    letters: tuple[str, ...]
    numbers: tuple[int | None, ...]
    why: str


def shapes(problem: Problem) -> list[Shape]:
    """Every quantity in the order of the computation; needs no numbers, only sizes.

    Where functions are not given, the sizes of what depends on them have a question mark for a letter.
    """
    if problem.abstract:
        return [_plain(quantity) for quantity in build_in_letters(problem).quantities.values()]
    if not problem.layers:
        return [_plain(quantity) for quantity in build(problem).quantities.values()]
    names = names_of(problem)
    layers = size_layers(problem, names)
    samples = samples_of(problem)
    numeric = quantities(problem, names, layers, samples)
    lettered = quantities(problem, names, layers_in_letters(problem, layers), letter_of_samples(problem, samples))
    return [_shape(q, letters, column=samples is None) for q, letters in zip(numeric, lettered, strict=True)]


def derivative_shapes(problem: Problem) -> list[DerivativeShape]:
    """The shape of the gradient of every quantity, and of every local derivative, from the loss back."""
    found = {shape.name: shape for shape in shapes(problem)}
    if not problem.layers:
        return _of_formulas(build_in_letters(problem), found)
    names = names_of(problem)
    layers = size_layers(problem, names)
    result = names.loss if names.loss in found else names.layers[-1].post
    lines = _lines(names, layers, found)
    backwards = sorted(found.values(), key=lambda shape: (-(shape.layer or 0), BACKWARDS.index(shape.role)))
    # only of one number is there a gradient; of an output with many entries there are its local derivatives
    single = _kind(found[result]) == "scalar"
    apart = (result, names.target) if single else found
    gradients = [_gradient(shape, result) for shape in backwards if shape.name not in apart]
    inner = [(line, name) for line, inputs in reversed(lines) for name in inputs if line != result or not single]
    alone = {sized.names.post for sized in layers if all(a.op.elementwise for a in sized.activations)}
    return gradients + [_local(found[line], found[name], entrywise=line in alone) for line, name in inner]


def dimensions(sizes: Sequence[object], *, column: bool | None) -> str:
    """Sizes as a page writes them: `M×1` for the vector of one sample, `scalar` where every side is 1.

    >>> dimensions(["M"], column=True), dimensions([1, 1], column=True), dimensions(["N", "K"], column=False)
    ('M×1', 'scalar', 'N×K')
    """
    sides = [str(size) for size in sizes]
    if column is None:
        return "×".join(sides) or "scalar"
    if all(side == "1" for side in sides):
        return "scalar"
    if len(sides) == 1:
        return f"{sides[0]}×1" if column else f"1×{sides[0]}"
    return "×".join(sides)


def _shape(quantity: Quantity, letters: Quantity, *, column: bool) -> Shape:
    numbers = tuple(side if isinstance(side, int) else None for side in quantity.shape)
    return Shape(
        quantity.name, quantity.role, quantity.layer, tuple(str(side) for side in letters.shape), numbers, column
    )


def _lines(names: Names, layers: tuple[SizedLayer, ...], found: dict[str, Shape]) -> list[tuple[str, list[str]]]:
    lines, feed = [], names.input
    for sized in layers:
        own = sized.names
        if own.pre in found:
            parameters = [name for name in (own.weights, own.bias) if name in found]
            lines.append((own.pre, [feed, *parameters]))
            feed = own.pre
        lines.append((own.post, [feed]))
        feed = own.post
    return [*lines, (names.loss, [feed])] if names.loss in found else lines


def _of_formulas(built: Built, found: dict[str, Shape]) -> list[DerivativeShape]:
    """The gradient of a last line that is one number towards all that it uses, and every local derivative."""
    result = built.result or built.names.loss
    lines = [(line, local_inputs(built, line)) for line in reversed(built.graph.lines)]
    gradients = [_gradient(shape, result or "L") for shape in reversed(found.values()) if shape.name != result]
    inner = [(line, name) for line, inputs in lines for name in inputs if line != result]
    return (gradients if result or not lines else []) + [
        _local(found[line], found[name], entrywise=is_entrywise(built.graph.line(line), name)) for line, name in inner
    ]


def _gradient(shape: Shape, result: str) -> DerivativeShape:
    why = f"{_kind(shape)} → scalar: the shape of {shape.name}"
    return DerivativeShape(f"∂{result}/∂{shape.name}", shape.letters, shape.numbers, why)


def _local(line: Shape, of: Shape, *, entrywise: bool) -> DerivativeShape:
    kinds = f"{_kind(of)} → {_kind(line)}"
    name = f"∂{line.name}/∂{of.name}"
    if not line.numbers:
        return DerivativeShape(name, of.letters, of.numbers, f"{kinds}: the shape of {of.name}")
    why = f"{kinds}: a row per entry of {line.name}, a column per entry of {of.name}"
    if kinds == "scalar → scalar":
        why = f"{kinds}: a number"
    elif entrywise:
        why = f"{kinds}: entry by entry, so that the Jacobian is diagonal"
    return DerivativeShape(name, (*line.letters, *of.letters), (*line.numbers, *of.numbers), why)


def _kind(shape: Shape) -> str:
    if UNKNOWN in shape.letters:
        return "unknown"
    if all(side == "1" for side in shape.letters):
        return "scalar"
    return ("vector", "matrix")[len(shape.letters) - 1] if len(shape.letters) < 3 else "array"


def _plain(quantity: Quantity) -> Shape:
    """A quantity without layers, whose sizes have no letters, unless they are not known."""
    numbers = tuple(side if isinstance(side, int) else None for side in quantity.shape)
    return Shape(quantity.name, quantity.role, None, tuple(map(str, quantity.shape)), numbers, column=None)
