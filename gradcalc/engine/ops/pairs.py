"""Operators: two arrays of the same shape, or a number that is no variable beside an array, entry by entry.

What NumPy would broadcast is stretched first, by a step of its own, so that every rule here is that of numbers.
"""

from __future__ import annotations

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form, Op, Option

SAME = "p and q of the same shape."

NEGATE = Op(
    name="negate",
    args=("x",),
    forward=np.negative,
    vjps=(lambda g, y, x: -g,),
    formula="-x",
    rules=("-g",),
    pattern="scales: g times −1",
    doc="x of any shape.",
    inline=True,
    elementwise=True,
)

SUBTRACT = Op(
    name="subtract",
    args=("p", "q"),
    forward=np.subtract,
    vjps=(lambda g, y, p, q: g, lambda g, y, p, q: -g),
    formula="p - q",
    rules=("g", "-g"),
    pattern="distributes: p gets g unchanged, q gets −g",
    doc=SAME,
    inline=True,
)

MULTIPLY = Op(
    name="multiply",
    args=("p", "q"),
    forward=np.multiply,
    vjps=(lambda g, y, p, q: g * q, lambda g, y, p, q: g * p),
    formula="p * q",
    rules=("g * q", "g * p"),
    pattern="switches: p gets g·q, q gets g·p",
    doc=f"{SAME[:-1]}, multiplied entry by entry.",
    inline=True,
)

DIVIDE = Op(
    name="divide",
    args=("p", "q"),
    forward=np.divide,
    vjps=(lambda g, y, p, q: g / q, lambda g, y, p, q: -g * y / q),
    formula="p / q",
    rules=("g / q", "-g * p / q**2"),
    pattern="scales: p gets g/q, q gets −g·p/q²",
    doc=f"{SAME[:-1]}, divided entry by entry; q ≠ 0.",
    inline=True,
)


def _by_base(p: Array, q: Array) -> Array:
    return np.where(q == 0, 0, q * p ** (q - 1))


def _by_exponent(y: Array, p: Array, q: Array) -> Array:
    """p^q ln p, and 0 at p = 0, where y stays 0 as q changes."""
    return np.where((p == 0) & (q >= 0), 0, y * np.log(p))


POWER = Op(
    name="power",
    args=("p", "q"),
    forward=lambda p, q: p**q,
    vjps=(lambda g, y, p, q: g * _by_base(p, q), lambda g, y, p, q: g * _by_exponent(y, p, q)),
    formula="p**q",
    rules=("g * q * p**(q - 1)", "g * y * log(p)"),
    pattern="scales: p gets g·q·p^(q−1), q gets g·y·ln p",
    doc=f"{SAME[:-1]}. 0^0 is 1; of a negative p only whole powers are numbers, and there is no slope towards q.",
    inline=True,
)

POWER_OF = Op(
    name="power_of",
    args=("x", "n"),
    forward=lambda x, n: x**n,
    vjps=(lambda g, y, x, n: g * (n * x ** (n - 1)) if n else np.zeros_like(x), None),
    formula="x**n",
    rules=("g * n * x**(n - 1)", None),
    pattern="scales: g times n·x^(n−1)",
    doc="x of any shape, n one number that does not vary. 0^0 is 1; of a negative x only whole powers are numbers.",
    inline=True,
)

SPLIT = Option(False, "an even split of g in a tie")


def _extreme(name: str, attrs: Attrs) -> Form:
    """The texts of the larger or smaller of two; `split` divides g evenly where they are equal."""
    sign = {"max": ">", "min": "<"}[name]
    if attrs["split"]:
        rules = (f"g * ((p {sign} q) + (p == q) / 2)", f"g * ((q {sign} p) + (p == q) / 2)")
    else:
        rules = (f"g * (p {sign}= q)", f"g * (q {sign} p)")
    return Form(f"{name}(p, q)", rules)


def _ahead(p: Array, q: Array, split: bool) -> Array:
    """1 where p is the larger of the two, 0 where q is; a tie is p's, or shared."""
    return np.where(p == q, 0.5 if split else 1.0, p > q)


MAXIMUM = Op(
    name="maximum",
    args=("p", "q"),
    forward=lambda p, q, split: np.maximum(p, q),
    vjps=(
        lambda g, y, p, q, split: g * _ahead(p, q, split),
        lambda g, y, p, q, split: g * (1 - _ahead(p, q, split)),
    ),
    formula="max(p, q)",
    rules=("g * (p >= q)", "g * (q > p)"),
    form_for=lambda attrs: _extreme("max", attrs),
    pattern="routes: all of g to the larger input, 0 to the other (to p in a tie)",
    doc=f"{SAME[:-1]}, the larger entry of each pair.",
    options={"split": SPLIT},
    kinks=lambda p, q, split: p == q,
    inline=True,
)

MINIMUM = Op(
    name="minimum",
    args=("p", "q"),
    forward=lambda p, q, split: np.minimum(p, q),
    vjps=(
        lambda g, y, p, q, split: g * _ahead(-p, -q, split),
        lambda g, y, p, q, split: g * (1 - _ahead(-p, -q, split)),
    ),
    formula="min(p, q)",
    rules=("g * (p <= q)", "g * (q < p)"),
    form_for=lambda attrs: _extreme("min", attrs),
    pattern="routes: all of g to the smaller input, 0 to the other (to p in a tie)",
    doc=f"{SAME[:-1]}, the smaller entry of each pair.",
    options={"split": SPLIT},
    kinks=lambda p, q, split: p == q,
    inline=True,
)


def _comparison(name: str, sign: str, compare: np.ufunc) -> Op:
    return Op(
        name=name,
        args=("p", "q"),
        forward=lambda p, q: compare(p, q) * 1.0,
        vjps=(lambda g, y, p, q: np.zeros_like(p), lambda g, y, p, q: np.zeros_like(q)),
        formula=f"p {sign} q",
        rules=("0 * g", "0 * g"),
        pattern="blocks: no gradient passes",
        doc=f"{SAME[:-1]}: 1 where it holds, else 0.",
        flat="a comparison is flat and passes nothing back",
        kinks=lambda p, q: p == q,
        inline=True,
    )


# by the sign that is written
COMPARISONS = {
    "<": _comparison("less", "<", np.less),
    "<=": _comparison("less_equal", "<=", np.less_equal),
    ">": _comparison("greater", ">", np.greater),
    ">=": _comparison("greater_equal", ">=", np.greater_equal),
    "==": _comparison("equal", "==", np.equal),
}


def _choose(c: Array, p: Array, q: Array) -> Array:
    chosen: Array = np.where(c != 0, p, q)
    return chosen


WHERE = Op(
    name="where",
    args=("c", "p", "q"),
    forward=_choose,
    vjps=(
        lambda g, y, c, p, q: np.zeros_like(c),
        lambda g, y, c, p, q: np.where(c != 0, g, 0),
        lambda g, y, c, p, q: np.where(c != 0, 0, g),
    ),
    formula="where(c, p, q)",
    rules=("0 * g", "where(c, g, 0)", "where(c, 0, g)"),
    pattern="routes: g to the input that was chosen, 0 to the other",
    doc="c, p and q of the same shape: p where c is not 0, else q; no gradient flows to c.",
)
