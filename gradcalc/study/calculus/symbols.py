"""From our graph to SymPy: every value of a computation as an expression of the letters of its inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import sympy as sp

from gradcalc.engine import book
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array, Op
from gradcalc.study.calculus.words import LETTERS, NATIVE, Expr, Letters, entry_of, exact, number, run, word

CONSTANTS: Mapping[str, Expr] = {"pi": sp.pi, "e": sp.E}


def letters(name: str, shape: tuple[int, ...], base: int = 1) -> Letters:
    """The letters of a quantity: its name alone where it is a number, `z[1]`, `z[2]` … of a vector."""
    made = np.empty(shape, dtype=object)
    for index in product(*map(range, shape)):
        inside = ",".join(str(i + base) for i in index)
        made[index] = sp.Symbol(f"{name}[{inside}]" if index else name, real=True)
    return made


def expressions(graph: Graph, leaves: Mapping[str, Array], inputs: Mapping[str, Letters]) -> dict[str, Letters]:
    """Every value of the graph in letters; `leaves` are the numbers that stand in its formulas.

    A step that is computed in a joint form counts as what is shown.
    """
    values = {**{name: _written(name, array) for name, array in leaves.items()}, **inputs}
    for equation in graph.equations:
        values[equation.name] = np.asarray(_value(equation.shown_as or equation, values), dtype=object)
    return values


def _written(name: str, array: Array) -> Letters:
    """A leaf by the text of its number, which the name ends with: 0.1 is a tenth, pi is π."""
    text = name.split("·")[1]
    made = np.empty(array.shape, dtype=object)
    made.fill(CONSTANTS[text] if text in CONSTANTS else number(float(text)))
    return made


def _value(equation: Equation, values: Mapping[str, Letters]) -> Letters:
    op, inputs = equation.op, [values[name] for name in equation.inputs]
    if op.family == "activation" and not op.elementwise:
        return _mixed(op, inputs[0], equation.attrs.get("axis"))
    if op.elementwise and op.name in NATIVE:
        return LETTERS.functions[op.name](inputs[0])
    formula = op.form(equation.attrs).formula
    if op.elementwise and not _is_plain(book.parse(formula)):
        function = word(op, tuple(sorted(equation.attrs.items())))
        return np.frompyfunc(function, 1, 1)(inputs[0])
    return run(formula, {**exact(equation.attrs), **dict(zip(op.args, inputs, strict=True))})


def _mixed(op: Op, x: Letters, axis: int | None) -> Letters:
    """Every entry of softmax and its like, row by row along the axis."""
    from gradcalc.engine.ops import ACTIVATIONS  # noqa: PLC0415 - the table's own row, whatever the axis

    function = entry_of(ACTIVATIONS[op.name])
    rows = x if axis is None else np.swapaxes(x, axis, -1)
    made = np.empty(rows.shape, dtype=object)
    for *outer, position in _positions(rows.shape):
        made[(*outer, position)] = function(position, *rows[tuple(outer)])
    return made if axis is None else np.swapaxes(made, axis, -1)


def _positions(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, shape))


def _is_plain(tree: ast.expr) -> bool:
    """Whether a formula is made of operators alone: x, -x, x**2."""
    return not any(isinstance(node, ast.Call | ast.Compare) for node in ast.walk(tree))
