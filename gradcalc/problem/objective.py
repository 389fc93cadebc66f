"""An objective: a body of one line, whose result is one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import parse
from gradcalc.engine.expression.writer import sides
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.engine.ops.arrays import ONLY
from gradcalc.problem.equations import Body, body


def objective(written: Written, parameters: Mapping[str, Array], base: int = 1) -> Body:
    """The body of the formula over `parameters`; indices and axes count from `base`.

    The result is a number, `L` unless a parameter has that name. Raises ExpressionError for what is not a formula of
    these parameters, or not one number that they change.

    >>> from gradcalc.engine.graph import backward, forward
    >>> import numpy as np
    >>> made = objective(Written("(1 - x)**2"), {"x": np.array(3.0)})
    >>> values = forward(made.graph, made.leaves)
    >>> float(values["L"]), float(backward(made.graph, values, {"L": np.ones(())})["x"])
    (4.0, 4.0)
    """
    name = next(
        name for name in chain(["L", "objective"], map("objective{}".format, count(2))) if name not in parameters
    )
    made = body({name: written}, {}, parameters, base)
    _refuse(made, written)
    return made if made.shapes[name] == () else _as_number(made)


def _refuse(made: Body, written: Written) -> None:
    """Refuse what can't be an objective: an array, or a number that nothing changes."""
    formula = parse(written.text, written.origin, FUNCTIONS)
    if made.is_constant:
        raise formula.error("the objective depends on no parameter", formula.tree)
    shape = made.shapes[made.result]
    if any(side != 1 for side in shape):
        hint = "add its entries up, as in sum((x - y)**2)"
        raise formula.error(f"the objective must be one number, and this is {sides(shape)}", formula.tree, hint)


def _as_number(made: Body) -> Body:
    """The same with the number of an array that has one entry."""
    last = made.graph.equations[-1]
    shown = replace(last.shown_as, name=f"{last.name}·array") if last.shown_as else None
    inner = replace(last, name=f"{last.name}·array", shown_as=shown)
    only = Equation(last.name, ONLY, (inner.name,), {}, last.line)
    graph = Graph((*made.graph.equations[:-1], inner, only), made.graph.constants)
    return made._replace(graph=graph, shapes={last.name: ()})
