"""Which gradients are exactly zero, and why.

A gradient's entry is a sum of products: what arrives, times the factor that it meets. It is 0 where nothing
arrives, where every factor is 0, where in each product one or the other is, or where the products cancel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Equation, book_of
from gradcalc.engine.op import Array
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.solution import Solution
from gradcalc.study.entry import entry, shown_index

Index = tuple[int, ...]
Pattern = tuple[int | None, ...]


# what the layers of a network and their loss are made of
OF_LAYERS = ("arithmetic", "activation", "loss")


# of an array with more axes, nobody reads what is said of each entry
MOST_AXES = 2


class Zero(NamedTuple):
    """One entry of a gradient that is exactly 0; `position` counts from 0, in the shape shown."""

    quantity: str
    position: Index
    reason: str


class Use(NamedTuple):
    """A step that uses a quantity: the step of the loss, if the gradient comes straight from that, whether any
    gradient arrives at its line at all, and its slope at every entry if it goes entry by entry."""

    step: Equation
    loss: Equation | None
    silent: bool
    slope: Array | None


class Meeting(NamedTuple):
    """The gradients that reach one entry, where they stand in the line that they come from (None: all along
    that axis), the factors that they meet, and what is said if these are all 0."""

    arriving: Array
    where: Pattern
    factors: Array
    blame: str


def zeros(solution: Solution) -> list[Zero]:
    """Every zero gradient with its reason, from the loss back."""
    return [zero for name in solution.gradients for zero in _of(solution, name)]


def _of(solution: Solution, name: str) -> Iterator[Zero]:
    found = np.argwhere(solution.back[name] == 0).tolist()
    if solution.built.formulas:
        from gradcalc.study.blame import Blame  # noqa: PLC0415 - networks have no formulas

        blame = Blame(solution, name, in_detail=solution.back[name].ndim <= MOST_AXES)
        reasons = [Zero(name, index, blame.reason(index)) for index in map(tuple, found)]
        yield from reasons if blame.in_detail else sorted(reasons, key=lambda zero: zero.reason)
        return
    uses = [_use(solution, step) for step in _uses(solution, name)] if found else []
    for index in map(tuple, found):
        yield Zero(name, shown_index(solution, name, index), _reason(solution, name, uses, index))


def _uses(solution: Solution, name: str) -> list[Equation]:
    """The steps that use a quantity, as they are shown, without those of the penalty."""
    graph = solution.built.graph
    steps = book_of(graph).equations if solution.by_book else [e.shown_as or e for e in graph.equations]
    return [step for step in steps if name in step.inputs and step.op.family != "penalty"]


def _use(solution: Solution, step: Equation) -> Use:
    g = solution.back[step.line]
    slope = None
    if step.op.elementwise:
        with np.errstate(all="ignore"):
            slope = step.shares(np.ones_like(g), solution.flow)[0]
    loss = step if step.op.family == "loss" else _bypassing(solution, step.line)
    return Use(step, loss, not g.any(), slope)


def _reason(solution: Solution, name: str, uses: list[Use], index: Index) -> str:
    if len(uses) != 1:
        return "its shares cancel" if uses else "nothing uses it"
    use = uses[0]
    if not solution.built.layers or use.step.op.family not in OF_LAYERS:
        return "its terms are 0, or cancel"
    if use.loss is not None:
        return _at_the_loss(solution, use.loss, index)
    meeting = _meeting(solution, use, name, index)
    if not meeting.arriving.any():
        return f"follows from {_gradient(solution, use.step.line, () if use.silent else meeting.where)} = 0"
    if not meeting.factors.any():
        return meeting.blame
    if not np.logical_and(meeting.arriving, meeting.factors).any():
        return "in every term one factor is 0"
    if not (meeting.arriving * meeting.factors).any():
        return "its terms are below the smallest number"
    return "its terms cancel"


def _bypassing(solution: Solution, name: str) -> Equation | None:
    """The loss that is computed together with the activation `name`, so that z gets its gradient straight from it."""
    joint = (e for e in solution.built.graph.equations if e.shown_as is not None and e.shown_as.inputs[0] == name)
    return None if solution.by_book else next(joint, None)


def _at_the_loss(solution: Solution, loss: Equation, index: Index) -> str:
    built, flow = solution.built, solution.flow
    if built.cost is None:
        return "the result does not change with it there"
    if SAMPLE_WEIGHTS in flow and flow[SAMPLE_WEIGHTS][index[0]] == 0:
        return "the weight of the sample is 0"
    hit = flow[built.output][index] == flow[built.names.target][index]
    if loss.attrs.get("normalize"):
        return "ŷ has reached the proportions of y"
    return loss.op.flat or ("ŷ = y there" if hit else "the loss does not change with it there")


def _meeting(solution: Solution, used: Use, name: str, index: Index) -> Meeting:
    use, flow = used.step, solution.flow
    g = solution.back[use.line]
    role = solution.built.quantities[name].role
    if role == "bias":
        unit = index[0] if index else None
        reaching = g[:, unit] if unit is not None else g
        return Meeting(reaching, (None, unit), np.ones_like(reaching), "")
    if role == "weights":
        j, i = index if use.op.name == "linear_in_out" else index[::-1]
        fed = flow[use.inputs[0]][:, j]
        return Meeting(g[:, i], (None, i), fed, f"{_fed_by(solution, use, j)} = 0")
    sample = index[0]
    if used.slope is not None:
        return Meeting(g[index], index, used.slope[index], _flat(solution, use, name, index))
    if use.op.family == "activation":
        return Meeting(g[sample], (sample, None), np.ones_like(g[sample]), "")
    return Meeting(g[sample], (sample, None), _weights_from(solution, use, index[1]), "every weight from it is 0")


def _weights_from(solution: Solution, use: Equation, j: int) -> Array:
    """The weights that lead from unit j into the line of `use`, a folded bias counted."""
    linear = next(step for step in solution.built.graph.line(use.line) if step.op.name.startswith("linear"))
    weights = solution.flow[linear.inputs[1]]
    weights = weights if linear.op.name == "linear_in_out" else weights.T
    found: Array = weights[j + 1 if use.op.name == "bias_first" else j]
    return found


def _fed_by(solution: Solution, use: Equation, j: int) -> str:
    """The name of the j-th number that the weights of `use` meet."""
    name = use.inputs[0]
    extended = next((e for e in solution.built.graph.line(use.line) if e.name == name), None)
    if extended is not None:
        j -= 1 if extended.op.name == "bias_first" else 0
        name = extended.inputs[0]
    return _named(solution, name, (None, j))


def _flat(solution: Solution, use: Equation, name: str, index: Index) -> str:
    z = float(solution.flow[name][index]) + 0.0
    side = "< 0" if z < 0 else "> 0"
    value = f"{z:.6g}".replace("-", "−", 1) if z < 0 else f"{z:.6g}"
    shown = entry(solution, name, shown_index(solution, name, index))
    return f"{shown} = {value}{f' {side}' if z else ''}: {use.op.flat or 'the slope is 0 there'}"


def _gradient(solution: Solution, name: str, where: Pattern) -> str:
    return f"∂{solution.result}/∂{_named(solution, name, where)}"


def _named(solution: Solution, name: str, where: Pattern) -> str:
    """`a1[2]` for one sample, `a1[·,2]` for unit 2 of every sample of a batch."""
    shown = where[1:] if solution.built.single else where
    if all(i is None for i in shown):
        return name
    base = solution.problem.index_base
    return f"{name}[{','.join('·' if i is None else str(i + base) for i in shown)}]"
