"""Mistakes with functions: at their Jacobians, where they are composed, at a boundary, and inside of their formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradcalc.engine.graph import Equation, Graph, book_of
from gradcalc.problem.chain import Chain
from gradcalc.study.mistakes import layers, losses, slopes
from gradcalc.study.mistakes.row import Change, Mistake, Other, of_op, stepwise
from gradcalc.study.working import Scene

# the steps of a graph of functions that hold one
_HELD = "chain"


def _at_the_point(equation: Equation, _scene: Scene) -> Iterator[Other]:
    """What is fed by others, taken at the letters themselves."""
    if equation.op.name in ("composed", "fed_jacobian"):
        yield Other("other", reads={"other": f"{equation.name}·unfed"})


def _inside(row: Mistake) -> Mistake:
    """A mistake in a step of a formula, on the way to what it is used for."""

    def changes(mistake: Mistake, scene: Scene) -> Iterator[Change]:
        chains = {own.link.name: own for own in map(_chain_of, scene.graph.equations) if own is not None}
        for name, chain in chains.items():
            inner = _inner(chain, scene)
            touched = frozenset(
                e.name for e in scene.graph.equations if (own := _chain_of(e)) is not None and own.link.name == name
            )
            for change in row.among(inner):
                where = re.sub(r"∘\d+", "", change.where).partition("·")[0] or name
                yield Change(mistake, where, _made(change, inner, name), True, touched)

    return Mistake(row.id, row.name, row.text, changes)


def _chain_of(equation: Equation) -> Chain | None:
    found = equation.attrs.get(_HELD)
    return found if isinstance(found, Chain) else None


def _inner(chain: Chain, scene: Scene) -> Scene:
    """The formulas of a function as a scene of their own."""
    letters: Mapping[str, np.ndarray] = {name: np.zeros(shape) for name, shape in chain.inputs.items()}
    return replace(scene, graph=book_of(chain.graph), leaves={**chain.leaves, **letters})


def _made(change: Change, inner: Scene, name: str) -> Callable[[Scene], Scene]:
    def make(scene: Scene) -> Scene:
        return replace(scene, graph=Graph(tuple(map(other, scene.graph.equations)), scene.graph.constants))

    def other(equation: Equation) -> Equation:
        chain = _chain_of(equation)
        if chain is None or chain.link.name != name:
            return equation
        graph = change.make(replace(inner, graph=book_of(chain.graph))).graph
        return replace(equation, attrs={**equation.attrs, _HELD: replace(chain, graph=graph)})

    return make


def _of_boundary(id: str, name: str, text: str, **formulas: str) -> Mistake:  # noqa: A002 - as the record calls it
    """A mistake at the boundary of a function, with the formulas that it makes of its steps."""
    others = {op: Other(formula, where=None) for op, formula in formulas.items()}
    return stepwise(id, name, text, of_op(**others), together=False)


ROWS = (
    stepwise("M9", "jacobian_transposed", "rows and columns of the Jacobian swapped", of_op(jacobian=Other("p.T"))),
    stepwise(
        "M7",
        "not_at_the_inner_value",
        "the point itself in place of the inner function",
        _at_the_point,
        together=False,
    ),
    stepwise(
        "M9", "factors_swapped", "the factors of the chain rule in the wrong order", of_op(chain_rule=Other("q @ p"))
    ),
    stepwise("M5", "inner_derivative_left_out", "the inner derivative left out", of_op(chain_rule=Other("p"))),
    stepwise("M5", "outer_derivative_left_out", "the outer derivative left out", of_op(chain_rule=Other("q"))),
    stepwise(
        "M23",
        "entry_by_entry",
        "a product entry by entry for the product of matrices",
        of_op(chain_rule=Other("p * q")),
    ),
    stepwise("M25", "sum_for_product", "a sum of the factors for their product", of_op(chain_rule=Other("p + q"))),
    stepwise(
        "M9",
        "factor_transposed",
        "a factor of the chain rule transposed",
        of_op(chain_rule=[Other("p.T @ q"), Other("p @ q.T"), Other("(p @ q).T")]),
        together=False,
    ),
    _of_boundary("M30", "length_left_out", "the length of the normal left out", distance="abs(p)", signed_distance="p"),
    _of_boundary(
        "M33",
        "root_forgotten",
        "the root forgotten in the length of the normal",
        distance="abs(p) / total(q**2)",
        signed_distance="p / total(q**2)",
    ),
    _of_boundary(
        "M22",
        "sum_for_length",
        "the sum of its entries for the length of the normal",
        distance="abs(p) / total(abs(q))",
        signed_distance="p / total(abs(q))",
    ),
    _of_boundary(
        "M4",
        "sign",
        "the sign wrong",
        distance="-abs(p) / norm(q)",
        signed_distance="-p / norm(q)",
        side="-sign(p)",
        normal="-p",
    ),
    *map(_inside, (*slopes.ROWS, *losses.ROWS, *layers.ROWS)),
)
