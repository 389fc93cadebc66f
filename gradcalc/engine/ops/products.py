"""Products of vectors and matrices, and the transpose."""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Op

SWITCHES = "switches: p gets g through q, q gets g through p"

DOT = Op(
    name="dot",
    args=("p", "q"),
    forward=np.dot,
    vjps=(lambda g, y, p, q: g * q, lambda g, y, p, q: g * p),
    formula="dot(p, q)",
    rules=("g * q", "g * p"),
    pattern="switches: p gets g·q, q gets g·p",
    doc="p and q (n,), y (): Σ p q, what `p @ q` is for two vectors.",
    inline=True,
)

OUTER = Op(
    name="outer",
    args=("p", "q"),
    forward=np.outer,
    vjps=(lambda g, y, p, q: g @ q, lambda g, y, p, q: p @ g),
    formula="outer(p, q)",
    rules=("g @ q", "g.T @ p"),
    pattern=SWITCHES,
    doc="p (m,), q (n,), y (m, n): y[i, j] = p[i] q[j].",
    inline=True,
)

MATRIX_VECTOR = Op(
    name="matrix_vector",
    args=("p", "q"),
    forward=np.matmul,
    vjps=(lambda g, y, p, q: np.outer(g, q), lambda g, y, p, q: g @ p),
    formula="p @ q",
    rules=("outer(g, q)", "p.T @ g"),
    pattern=SWITCHES,
    doc="p (m, n), q (n,), y (m,): what `p @ q` is for a matrix and a vector.",
    inline=True,
)

VECTOR_MATRIX = Op(
    name="vector_matrix",
    args=("p", "q"),
    forward=np.matmul,
    vjps=(lambda g, y, p, q: q @ g, lambda g, y, p, q: np.outer(p, g)),
    formula="p @ q",
    rules=("q @ g", "outer(p, g)"),
    pattern=SWITCHES,
    doc="p (m,), q (m, n), y (n,): what `p @ q` is for a vector and a matrix.",
    inline=True,
)

MATMUL = Op(
    name="matmul",
    args=("p", "q"),
    forward=np.matmul,
    vjps=(lambda g, y, p, q: g @ q.T, lambda g, y, p, q: p.T @ g),
    formula="p @ q",
    rules=("g @ q.T", "p.T @ g"),
    pattern=SWITCHES,
    doc="p (m, k), q (k, n), y (m, n).",
    inline=True,
)

TRANSPOSE = Op(
    name="transpose",
    args=("x",),
    forward=np.transpose,
    vjps=(lambda g, y, x: g.T,),
    formula="x.T",
    rules=("g.T",),
    pattern="rearranges: every entry gets its own g",
    doc="x of any shape, y with its axes in reverse order; a vector stays as it is.",
    inline=True,
)

# `@` by the number of axes of its two sides
BY_AXES = {(1, 1): DOT, (2, 1): MATRIX_VECTOR, (1, 2): VECTOR_MATRIX, (2, 2): MATMUL}
