"""A solution with its lines cut as an explanation needs them: a line for the losses of the samples, none that only
passes a value on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from gradcalc.engine.graph import Equation, Graph, book_of
from gradcalc.problem.quantity import Quantity
from gradcalc.solution import Solution

SAMPLE_LOSS = "ℓ"


def bypassed(solution: Solution) -> Mapping[str, str]:
    """What a joint form passes by, such as a σ(z) before its cross-entropy, and the z that it takes instead."""
    joint = [e for e in _graph(solution).equations if e.shown_as is not None]
    return {e.shown_as.inputs[0]: e.inputs[0] for e in joint if e.shown_as and e.shown_as.inputs[0] != e.inputs[0]}


def apart(solution: Solution, kept: Collection[str], *, shown: bool = False) -> Solution:
    """The solution whose graph is what the explanation walks; what is in `kept` stays a line.

    `shown` takes the steps that are shown in place of those that are computed jointly.
    """
    graph = _graph(solution)
    if shown:
        graph = Graph(tuple(e.shown_as or e for e in graph.equations), graph.constants)
    return _by_sample(_without_copies(_with(solution, graph), kept))


def as_computed(solution: Solution) -> Solution:
    """The solution with the graph that its numbers come from: by the book where every quantity is rounded."""
    return _with(solution, _graph(solution))


def _graph(solution: Solution) -> Graph:
    """The graph that the numbers come from; a loss that takes what is inside of another line is that which is shown."""
    graph, known = solution.built.graph, solution.built.quantities
    if solution.by_book:
        return book_of(graph)
    steps = (e if e.shown_as is None or e.inputs[0] in known else e.shown_as for e in graph.equations)
    return Graph(tuple(steps), graph.constants)


def _with(solution: Solution, graph: Graph) -> Solution:
    return replace(solution, built=replace(solution.built, graph=graph))


def _without_copies(solution: Solution, kept: Collection[str]) -> Solution:
    """Without the z of every line `a = z`: what computes z is said to compute a."""
    graph = solution.built.graph
    made = {e.name for e in graph.equations}
    copies = {
        e.inputs[0]: e.name
        for e in graph.equations
        if e.op.elementwise and e.op.form(e.attrs).formula == e.op.args[0] and e.line == e.name
    }
    uses = [name for e in graph.equations for name in e.inputs]
    gone = {z: a for z, a in copies.items() if z in made and z not in kept and uses.count(z) == 1}
    found = [_renamed(e, gone) for e in graph.equations if e.name not in gone.values()]
    return _with(solution, Graph(tuple(found), graph.constants))


def _by_sample(solution: Solution) -> Solution:
    """With a line for the losses of several samples, in place of the steps that compute them inside of the loss."""
    built = solution.built
    inner = built.cost.sample_losses if built.cost else None
    if inner is None or inner not in solution.flow or solution.flow[inner].size == 1 or inner in built.quantities:
        return solution
    name = SAMPLE_LOSS
    while name in built.quantities:
        name += "′"
    before = {inner}
    for e in reversed(built.graph.equations):
        if e.name in before and e.line == built.names.loss:
            before.update(e.inputs)
    moved = {e.name for e in built.graph.equations if e.line == built.names.loss and e.name in before}
    found = [_renamed(e, {inner: name}, name if e.name in moved else None) for e in built.graph.equations]
    quantity = Quantity(name, "loss", None, solution.flow[inner].shape)
    return replace(
        solution,
        built=replace(
            built, graph=Graph(tuple(found), built.graph.constants), quantities={**built.quantities, name: quantity}
        ),
        flow={**solution.flow, name: solution.flow[inner]},
    )


def _renamed(equation: Equation, names: Mapping[str, str], line: str | None = None) -> Equation:
    shown = equation.shown_as
    return replace(
        equation,
        name=names.get(equation.name, equation.name),
        inputs=tuple(names.get(name, name) for name in equation.inputs),
        line=line or names.get(equation.line, equation.line),
        shown_as=None if shown is None else _renamed(shown, names, line),
    )
