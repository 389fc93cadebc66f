"""A body of formulas: each line is computed from what is given and the lines above it; the last is the result."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.equations import Line, equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.engine.expression.writer import Operand, Shape
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import Equation, Graph, backward, forward
from gradcalc.engine.op import Array
from gradcalc.errors import ExpressionError, Fault, LimitError, NumericError, Place

MAX_ENTRIES = 10_000_000
MAX_LINES = 2000


class Body(NamedTuple):
    """The graph of all lines, its leaves (those given, and the numbers in the formulas), and the shape of each line.

    The last line is the result; `loss` is the loss by name that it is, if it is one. `is_constant` says that numbers
    alone make it.
    """

    graph: Graph
    leaves: Mapping[str, Array]
    shapes: Mapping[str, Shape]
    loss: CalledLoss | None
    is_constant: bool = False

    @property
    def result(self) -> str:
        """The name of the last line."""
        return [*self.shapes][-1]


def body(
    formulas: Mapping[str, Written],
    inputs: Mapping[str, Array],
    parameters: Mapping[str, Array],
    base: int = 1,
    names: Mapping[str, Place | None] | None = None,
) -> Body:
    """The lines `formulas` over what is given, as one graph; indices and axes count from `base`.

    `names` tells where the names of the lines and of what is given stand. Raises one ExpressionError with every line
    that is not a formula of what stands above it, LimitError where the lines would hold too many numbers.

    >>> lines = {"z": Written("w*x"), "L": Written("z**2")}
    >>> made = body(lines, {"x": np.array(2.0)}, {"w": np.array(3.0)})
    >>> values = forward(made.graph, made.leaves)
    >>> float(values["L"]), float(backward(made.graph, values, {"L": np.ones(())})["w"])
    (36.0, 24.0)
    """
    if len(formulas) > MAX_LINES:
        raise LimitError(f"{len(formulas)} lines are more than the {MAX_LINES} that gradcalc takes on")
    leaves = {**inputs, **parameters}
    faults = [*_wrong_names(formulas, leaves, names or {})]
    if faults:
        raise ExpressionError(faults)
    known = {_plain(name): Operand(name, value.shape, value=inputs.get(name)) for name, value in leaves.items()}
    lines, faults = _lines(formulas, known, base)
    if faults:
        raise ExpressionError(faults)
    return Body(
        Graph(
            tuple(step for line in lines for step in line.equations),
            frozenset().union(*(line.constants for line in lines)),
        ),
        {**leaves, **{name: value for line in lines for name, value in line.leaves.items()}},
        {name: line.result.shape for name, line in zip(formulas, lines, strict=True)},
        lines[-1].loss,
        lines[-1].result.constant,
    )


def _lines(formulas: Mapping[str, Written], known: dict[str, Operand], base: int) -> tuple[list[Line], list[Fault]]:
    """Each line after those that it uses; nothing is said of a line that uses one that is wrong itself."""
    lines: list[Line] = []
    faults: list[Fault] = []
    wrong: set[str] = set()
    sources: dict[str, Equation] = {}
    names, entries = [_plain(name) for name in formulas], 0
    for at, (name, written) in enumerate(formulas.items()):
        try:
            formula = parse(written.text, written.origin, FUNCTIONS)
            if not wrong.isdisjoint(_words(formula)):
                wrong.add(names[at])
                continue
            line = equations(formula, name, known, sources, base, names[at:])
        except ExpressionError as error:
            faults += error.faults
            wrong.add(names[at])
            continue
        entries += line.entries
        if entries > MAX_ENTRIES:
            message = f"with '{name}' the lines hold {entries} numbers; the limit is {MAX_ENTRIES}"
            raise LimitError(message, written.place(0, len(written.text)))
        lines.append(line)
        sources |= {step.name: step for step in line.equations}
        known[names[at]] = Operand(name, line.result.shape)
    return lines, faults


def _words(formula: Formula) -> set[str]:
    return {node.id for node in ast.walk(formula.tree) if isinstance(node, ast.Name)}


def _plain(name: str) -> str:
    """A name as formulas know it."""
    return unicodedata.normalize("NFKC", name)


def _wrong_names(
    formulas: Mapping[str, Written], leaves: Mapping[str, Array], names: Mapping[str, Place | None]
) -> list[Fault]:
    """Names that no formula could use, and names that two quantities would share."""
    faults: list[Fault] = []
    owners: dict[str, str] = {}
    for name in (*leaves, *formulas):
        plain, place = _plain(name), names.get(name)
        if "·" in name:
            faults.append(Fault(f"the name '{name}' holds a '·'", place))
        elif name in formulas and not plain.isidentifier():
            hint = "a name is a word of letters, digits and _, such as z1"
            faults.append(Fault(f"no formula could use the name '{name}'", place, hint))
        elif plain in owners and (name in formulas or owners[plain] != name):
            faults.append(_double(name, owners[plain], place, names))
        owners.setdefault(plain, name)
    return faults


def _double(name: str, other: str, place: Place | None, names: Mapping[str, Place | None]) -> Fault:
    if name == other:
        return Fault(f"'{name}' is given already: no line can compute it again", place, "rename one")
    return Fault(f"in a formula '{other}' and '{name}' are the same name", place, "rename one", names.get(other))


def not_finite(graph: Graph, leaves: Mapping[str, Array], formulas: Mapping[str, Written]) -> NumericError | None:
    """The error of the first part of a formula that has no value, or no slope; None if all are finite."""
    values = forward(graph, leaves)
    for step in graph.equations:
        if not np.isfinite(values[step.name]).all():
            what = "is not defined" if np.isnan(values[step.name]).any() else "is infinite"
            return _error(what, step, graph, values, formulas)
    last = graph.equations[-1].name
    grads = backward(graph, values, {last: np.ones_like(values[last])})
    for step in reversed(graph.equations):
        g = grads.get(step.name)
        if g is None or not np.isfinite(g).all():
            continue
        with np.errstate(all="ignore"):
            shares = step.shares(g, values)
        if any(not np.isfinite(g).all() for k, g in shares.items() if step.inputs[k] not in graph.constants):
            return _error("has no finite slope", step, graph, values, formulas)
    return None


def _error(
    what: str, step: Equation, graph: Graph, values: Mapping[str, Array], formulas: Mapping[str, Written]
) -> NumericError:
    written = formulas[step.line]
    part = _part(step.name, formulas) if step.name != step.line else written.text.strip()
    inputs = {_part(name, formulas): values[name] for name in step.inputs if name not in graph.constants}
    where = " and ".join(f"{name} = {float(value):.6g}" for name, value in inputs.items() if np.ndim(value) == 0)
    hint = None
    if what == "is not defined" and step.op.name in ("power", "power_of") and np.any(values[step.inputs[0]] < 0):
        hint = "an odd root of a negative number is written with the minus outside: -(8^(1/3))"
    start = max(written.text.find(part), 0)
    named = f"{step.line}: {part}" if len(formulas) > 1 else part
    message = f"{named} {what}{' where ' if where else ''}{where}"
    return NumericError(message, written.place(start, start + len(part)), hint)


def _part(name: str, formulas: Mapping[str, Written]) -> str:
    """What a step is called in a message: the part of the formula that it stands for; a quantity has its name."""
    line, *inner = name.split("·")
    if not inner:
        return name
    text = " ".join(formulas[line].text.split())
    return inner[0] if inner[0] in text else text
