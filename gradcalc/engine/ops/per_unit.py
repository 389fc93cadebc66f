"""A layer whose units have different activations: one op made from the rows of the table."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.op import Array, Attrs, Op


def per_unit(rows: Sequence[tuple[Op, Attrs]]) -> Op:
    """The op that applies `rows[k]`, an elementwise activation and its attrs, to unit k: (N, K) → (N, K).

    Its formula and its rule are the rows' own, with `x`, `y` and `g` read at unit k.
    """

    def value(x: Array) -> Array:
        return np.stack([op.forward(x[..., k], **attrs) for k, (op, attrs) in enumerate(rows)], axis=-1)

    def share(g: Array, y: Array, x: Array) -> Array:
        parts = []
        for k, (op, attrs) in enumerate(rows):
            vjp = op.vjps[0]
            parts.append(vjp(g[..., k], y[..., k], x[..., k], **attrs) if vjp else np.zeros_like(x[..., k]))
        return np.stack(parts, axis=-1)

    def kinks(x: Array) -> Array:
        marks = [
            op.kinks(x[..., k], **attrs) if op.kinks else np.zeros(x.shape[:-1], bool)
            for k, (op, attrs) in enumerate(rows)
        ]
        return np.stack(marks, axis=-1)

    forms = [op.form(attrs) for op, attrs in rows]
    return Op(
        name="[" + ", ".join(op.name for op, _ in rows) + "]",
        args=("x",),
        forward=value,
        vjps=(share,),
        formula=_stack([_at_unit(form.formula, k, rows[k][1]) for k, form in enumerate(forms)]),
        rules=(_stack([_at_unit(form.rules[0] or "0 * g", k, rows[k][1]) for k, form in enumerate(forms)]),),
        kinks=kinks,
        pattern="gates: each unit by its own activation",
        doc="x and y (N, K): unit k has the k-th activation of the list.",
        family="activation",
        elementwise=True,
        flat="its slope is 0 there",
        title="the unit's activation",
    )


def _stack(texts: Sequence[str]) -> str:
    return f"stack({', '.join(texts)})"


def _at_unit(text: str, k: int, attrs: Attrs) -> str:
    read: Mapping[str, ast.expr] = {
        **{name: book.parse(f"unit({name}, {k})") for name in ("x", "y", "g")},
        **{name: ast.Constant(value) for name, value in attrs.items()},
    }
    return ast.unparse(book.substitute(book.parse(text), read))
