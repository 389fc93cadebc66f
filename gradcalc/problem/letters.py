"""A network without its numbers: a letter for every size, and the graph that letters are put through."""

from __future__ import annotations

from gradcalc.engine.graph import Graph
from gradcalc.problem.build import Built, build, joined, layer_equations, quantities
from gradcalc.problem.cost import cost_in_letters, loss_equations
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import Quantity, Size, names_of
from gradcalc.problem.sizes import SizedLayer, has_numbers, size_layers


def is_in_letters(problem: Problem) -> bool:
    """Whether there are no numbers to compute: layers that have only sizes, or functions that are not given."""
    return bool(problem.abstract) or (bool(problem.layers) and not has_numbers(problem))


def build_in_letters(problem: Problem) -> Built:
    """The graph of a network whose sizes are letters and whose leaves have no numbers, whether or not it was given any.

    It can be told and derived, and not evaluated. Formulas have the sizes of their numbers and are built with them, but
    for those with functions that are not given, which have none.
    Raises ProblemError where the layers do not fit.
    """
    if problem.abstract:
        from gradcalc.problem.abstract import outline  # noqa: PLC0415 - few problems have functions that are not given

        return outline(problem)
    if not problem.layers:
        return build(problem)
    names = names_of(problem)
    layers = layers_in_letters(problem, size_layers(problem, names))
    batch = letter_of_samples(problem, samples_of(problem))
    samples = 1 if batch is None else batch
    equations, output = layer_equations(layers, problem, names.input)
    cost = cost_in_letters(problem, names, samples)
    if cost is not None:
        equations += loss_equations(cost, layers, problem, names, output, samples)
    graph = Graph(tuple(equations), frozenset(cost.leaves if cost else ()))
    known = {q.name: q for q in quantities(problem, names, layers, batch)}
    if cost is not None:
        known.setdefault(names.loss, Quantity(names.loss, "loss", None, ()))
    return Built(
        graph=joined(graph, cost),
        leaves={},
        quantities=known,
        names=names,
        output=output,
        result=names.loss if cost else None,
        single=batch is None,
        cost=cost,
        layers=layers,
        samples=samples,
    )


def samples_of(problem: Problem) -> Size | None:
    """How many samples there are, in a number or a letter; None for a single one, shown without that axis."""
    if problem.input is not None:
        return problem.input.shape[0] if problem.input.ndim == 2 else None
    return problem.samples


def letter_of_samples(problem: Problem, samples: Size | None) -> Size | None:
    """The letter for the number of samples; None where there is a single one."""
    return samples if samples is None else problem.dims.get("samples", samples if isinstance(samples, str) else "N")


def layers_in_letters(problem: Problem, layers: tuple[SizedLayer, ...]) -> tuple[SizedLayer, ...]:
    """The layers with a letter for every size above 1; layers of the same place keep one letter."""
    hidden = len([sized for sized in layers[:-1] if sized.weighted])
    letter = problem.dims.get("hidden", "H")
    fan_in = _letter(layers[0].fan_in, problem.dims.get("inputs", "M"))
    lettered, count = [], 0
    for position, sized in enumerate(layers):
        units = fan_in
        if sized.weighted:
            count += 1
            own = letter if hidden == 1 else f"{letter}{count}"
            units = _letter(sized.units, problem.dims.get("outputs", "K") if _last(layers, position) else own)
        lettered.append(sized._replace(fan_in=fan_in, units=units))
        fan_in = units
    return tuple(lettered)


def _last(layers: tuple[SizedLayer, ...], position: int) -> bool:
    return not any(sized.weighted for sized in layers[position + 1 :])


def _letter(size: Size, letter: str) -> Size:
    return letter if isinstance(size, int) and size > 1 else size
