"""The computation as a picture: nodes with value and gradient, edges with the local derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from gradcalc.engine.notation import hatted
from gradcalc.engine.op import Array
from gradcalc.problem.quantity import UNKNOWN
from gradcalc.solution import Solution
from gradcalc.study.flow import flow
from gradcalc.study.locals import local_inputs, local_of
from gradcalc.study.rules import YHAT, Rules
from gradcalc.study.shapes import dimensions

# what the shape of a quantity and the bias of a unit are said under, where there are no numbers
SHAPE, BIAS = "shape", "bias"


class Node(NamedTuple):
    """A quantity, or in the view of neurons a unit.

    `said` is the formula of its value; `parts` are the numbers that belong to it, by their names, and where there are
    none `letters` are its shape and the rule of its gradient. `flow` says how gradient flows back through it. `idle` is
    a node that no gradient reaches or passes. `more` is how many units a node of the kind "more" stands for, 0 where
    that is not known.
    """

    name: str
    label: str
    kind: Literal["given", "line", "result", "unit", "more"]
    role: str
    said: str = ""
    parts: Sequence[tuple[str, Array]] = ()
    letters: Mapping[str, str] = MappingProxyType({})
    flow: Sequence[str] = ()
    idle: bool = False
    more: int = 0


class Edge(NamedTuple):
    """From a quantity to one that is computed from it. `derivative` is what the arriving gradient is multiplied by,
    `said` its formula, `value` its number where it is one; `parts` are numbers that belong to the edge itself."""

    source: str
    target: str
    derivative: str = ""
    said: str = ""
    value: float | None = None
    parts: Sequence[tuple[str, Array]] = ()
    idle: bool = False


class Picture(NamedTuple):
    """`across` is a picture that is read from left to right, any other from top to bottom; one `in_letters` has no
    numbers."""

    view: Literal["equations", "neurons"]
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    across: bool = False
    in_letters: bool = False
    notes: Sequence[str] = ()


def equations(solution: Solution) -> Picture:
    """A node for every quantity, an edge for every use of one."""
    rules = Rules(solution)
    graph, known = rules.graph, solution.built.quantities
    used = {name for line in graph.lines for name in _inputs(solution, line)}
    given = [_node(solution, rules, name) for name in known if name in used and name not in graph.lines]
    lines = [_node(solution, rules, line) for line in graph.lines]
    edges = [_edge(solution, rules, name, line) for line in graph.lines for name in _inputs(solution, line)]
    return Picture("equations", [*given, *lines], edges, in_letters=not solution.values)


def _inputs(solution: Solution, line: str) -> list[str]:
    """Every quantity that a line is computed from, those without a gradient, too."""
    steps = [e.shown_as or e for e in solution.built.graph.line(line)]
    names = [name for step in steps for name in step.inputs]
    return [name for name in dict.fromkeys(names) if name in solution.built.quantities]


def _node(solution: Solution, rules: Rules, name: str) -> Node:
    value, g = solution.values.get(name), solution.gradients.get(name)
    is_line = name in rules.graph.lines
    is_result = name == solution.built.result
    parts = [] if value is None else [(shown_name(solution, name), value)]
    parts += [] if g is None or is_result else [(rules.gradient(name), g)]
    letters = {} if solution.values else _letters(solution, rules, name)
    return Node(
        name=name,
        label=shown_name(solution, name),
        kind="result" if is_result else "line" if is_line else "given",
        role=solution.built.quantities[name].role,
        said=rules.formula(name) if is_line else "",
        parts=parts,
        letters=letters,
        flow=flow(rules, name) if is_line else (),
        idle=g is not None and not g.any(),
    )


def _letters(solution: Solution, rules: Rules, name: str) -> dict[str, str]:
    """The shape of a quantity, if it is known, and how its gradient comes about."""
    shape = solution.built.quantities[name].shape
    told = {} if UNKNOWN in shape else {SHAPE: dimensions(shape, column=_column(solution))}
    if name != solution.built.result and rules.rule_trees(name):
        told[rules.gradient(name)] = rules.rule(name)
    return told


def _column(solution: Solution) -> bool | None:
    """Whether vectors stand as columns; those of formulas are neither columns nor rows."""
    return None if solution.built.formulas else solution.built.single


def shown_name(solution: Solution, name: str) -> str:
    """A quantity's name; the prediction of a network has a second one."""
    built = solution.built
    is_prediction = built.cost is not None and not built.formulas and name == built.output
    return f"{name} = {YHAT}" if is_prediction else hatted(name)


def _edge(solution: Solution, rules: Rules, name: str, line: str) -> Edge:
    if name not in local_inputs(solution.built, line):
        return Edge(name, line)
    scalar = all(side == 1 for one in (name, line) for side in solution.built.quantities[one].shape)
    value = float(np.sum(local_of(solution, line, name))) if scalar and solution.values else None
    g, said = solution.back.get(name), rules.local(line, name)
    return Edge(
        source=name,
        target=line,
        derivative=f"∂{line}/∂{name}",
        said="1" if scalar and said == "I" else said,
        value=value,
        idle=value == 0 or (g is not None and not g.any()),
    )
