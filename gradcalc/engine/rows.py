"""The Jacobian of a network: one reverse pass whose rows are seeded by the unit vectors of the result.

Samples do not know of each other, so that a sample with K results can go back as K rows at once. Of W that meets a unit
vector nothing but a row is left, so that the pass begins with the diagonal alone, for as long as it stays one.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array


class Flow(NamedTuple):
    """What arrives at a quantity: (N, K, units) for K rows of each sample, or the diagonal (N, K) of a square one."""

    array: Array
    diagonal: bool = False

    def full(self) -> Array:
        """The rows with all their zeros."""
        if not self.diagonal:
            return self.array
        count = self.array.shape[1]
        rows = np.zeros((*self.array.shape, count))
        rows[:, np.arange(count), np.arange(count)] = self.array
        return rows

    def __add__(self, other: Flow) -> Flow:  # type: ignore[override]  # two flows are summed, never joined
        if self.diagonal and other.diagonal:
            return Flow(self.array + other.array, diagonal=True)
        return Flow(self.full() + other.full())


def jacobian_rows(
    graph: Graph, values: Mapping[str, Array], of: str, wrt: str, samples: frozenset[str]
) -> Array | None:
    """∂of/∂wrt, (N, K, …): for every sample a row for each of its K results, in the shape of `wrt`.

    Arrays of the quantities in `samples` are (N, units); all others, such as weights, belong to every sample alike.
    None where `of` does not depend on `wrt`.
    """
    leading = _leading_to(graph, wrt)
    count = values[of].shape
    flows = {of: Flow(np.ones(count), diagonal=True)}
    shares: Array | None = None
    with np.errstate(all="ignore"):
        for equation in reversed(graph.equations):
            if equation.name not in flows or equation.name == wrt:
                continue
            flow = flows.pop(equation.name)  # what has been passed on is let go, and its memory used again
            for k, name in enumerate(equation.inputs):
                if equation.op.vjps[k] is None or name not in leading or name in graph.constants:
                    continue
                if name in samples:
                    share = _carried(equation, k, flow, values, samples)
                    flows[name] = flows[name] + share if name in flows else share
                else:
                    each = _each(equation, k, flow, values, samples)
                    shares = each if shares is None else shares + each
    return flows[wrt].full() if wrt in flows else shares


def _leading_to(graph: Graph, wrt: str) -> set[str]:
    """What depends on `wrt`, and itself."""
    leading = {wrt}
    for equation in graph.equations:
        if not leading.isdisjoint(equation.inputs):
            leading.add(equation.name)
    return leading


def _carried(equation: Equation, k: int, flow: Flow, values: Mapping[str, Array], samples: frozenset[str]) -> Flow:
    """The flow one step further back, as the step's rule says: slope by slope, unchanged, through a matrix, or row by
    row."""
    op = equation.op
    y, inputs = values[equation.name], [values[name] for name in equation.inputs]
    vjp = op.vjps[k]
    if vjp is None:
        raise TypeError(f"{op.name} passes nothing back")
    if op.elementwise:
        slope = np.asarray(vjp(np.ones(y.shape), y, *inputs, **equation.attrs))
        return Flow(flow.array * slope if flow.diagonal else flow.array * slope[:, None, :], flow.diagonal)
    rule = op.form(equation.attrs).rules[k]
    tree = book.parse(rule) if rule is not None else None
    match tree:
        case ast.Name(id="g"):
            return flow
        case ast.BinOp(left=ast.Name(id="g"), op=ast.MatMult(), right=right) if not _meets(right, equation, samples):
            names = {**equation.attrs, **dict(zip(op.args, inputs, strict=True))}
            matrix = np.asarray(book.compiled(right)(names))
            return Flow(flow.array[:, :, None] * matrix if flow.diagonal else flow.array @ matrix)
    rows = flow.full()
    size, count = rows.shape[:2]
    repeated = [
        np.repeat(array, count, axis=0) if name in samples else array
        for name, array in zip((equation.name, *equation.inputs), (y, *inputs), strict=True)
    ]
    share = np.asarray(vjp(rows.reshape(size * count, -1), *repeated, **equation.attrs))
    return Flow(share.reshape(size, count, -1))


def _meets(tree: ast.expr, equation: Equation, samples: frozenset[str]) -> bool:
    """Whether a part of a rule has the arriving gradient in it, or what every sample has of its own."""
    own = {arg for arg, name in zip(equation.op.args, equation.inputs, strict=True) if name in samples} | {"g", "y"}
    return any(isinstance(node, ast.Name) and node.id in own for node in ast.walk(tree))


def _each(equation: Equation, k: int, flow: Flow, values: Mapping[str, Array], samples: frozenset[str]) -> Array:
    """The share of what all samples have in common, for every row alone: (N, K, …)."""
    vjp = equation.op.vjps[k]
    if vjp is None:
        raise TypeError(f"{equation.op.name} passes nothing back")
    rows = flow.full()
    size, count, _ = rows.shape
    found = np.zeros((size, count, *values[equation.inputs[k]].shape))
    for n in range(size):
        own = [
            values[name][n : n + 1] if name in samples else values[name] for name in (equation.name, *equation.inputs)
        ]
        for row in range(count):
            found[n, row] = vjp(rows[n, row][None, :], *own, **equation.attrs)
    return found
