"""Functions of a whole array, or of each of its lines along one axis: sum, mean, product, norm, largest, smallest.

`axis` counts from 0 and is the axis that goes away; None: all of them do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcalc.engine import words
from gradcalc.engine.op import Array, Attrs, Form, Op, Option
from gradcalc.engine.ops.pairs import SPLIT

AXIS = Option(None, "the axis that goes away; none for all", least=0)


def _fold(
    name: str,
    value: Callable[..., Array],
    share: Callable[..., Array],
    told: Callable[[str, str, Attrs], tuple[str, str]],
    *,
    title: str,
    pattern: str,
    doc: str,
    options: Mapping[str, Option] | None = None,
    kinks: Callable[..., Array] | None = None,
) -> Op:
    """A row of this table.

    `share(g, y, x, axis, **more)` sees g and y with the lost axes at length 1. `told(over, back, attrs)` gives formula
    and rule: `over` names the axis in a call, `back` has a place for what has lost its axes.
    """

    def form(attrs: Attrs) -> Form:
        whole = attrs["axis"] is None
        formula, rule = told("" if whole else ", axis", "{0}" if whole else "expand({0}, axis)", attrs)
        return Form(formula, (rule,))

    def vjp(g: Array, y: Array, x: Array, axis: int | None, **more: Any) -> Array:
        if axis is not None:
            g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
        return np.broadcast_to(share(g, y, x, axis, **more), x.shape)

    chosen = {"axis": AXIS, **(options or {})}
    plain = form({key: option.default for key, option in chosen.items()})
    return Op(
        name=name,
        args=("x",),
        forward=value,
        vjps=(vjp,),
        formula=plain.formula,
        rules=plain.rules,
        form_for=form,
        pattern=pattern,
        doc=doc,
        family="function",
        options=chosen,
        title=title,
        kinks=kinks,
    )


SUM = _fold(
    "sum",
    lambda x, axis: np.sum(x, axis=axis),
    lambda g, y, x, axis: g,
    lambda over, back, attrs: (f"along(x{over})", f"fill({back.format('g')}, x)"),
    title="sum",
    pattern="distributes: each entry gets g unchanged",
    doc="x of any shape.",
)

MEAN = _fold(
    "mean",
    lambda x, axis, count: np.sum(x, axis=axis) / count,
    lambda g, y, x, axis, count: g / count,
    lambda over, back, attrs: (f"along(x{over}) / count", f"fill({back.format('g')}, x) / count"),
    title="mean",
    pattern="distributes: each entry gets g over the number of entries",
    doc="x of any shape; `count` is the number of entries that a mean is taken of.",
)


def _product(x: Array, axis: int | None) -> Array:
    return np.asarray(np.prod(x, axis=axis))


PROD = _fold(
    "prod",
    _product,
    lambda g, y, x, axis: g * words.others(x, axis),
    lambda over, back, attrs: (f"product(x{over})", f"{back.format('g')} * others(x{over})"),
    title="product",
    pattern="switches: each entry gets g times the product of the others",
    doc="x of any shape.",
)


def _norm(x: Array, axis: int | None) -> Array:
    """√Σx², scaled so that no square overflows."""
    largest = np.max(np.abs(x), axis=axis, keepdims=True)
    scale = np.where(largest == 0, 1, largest)
    root: Array = np.sqrt(np.sum((x / scale) ** 2, axis=axis, keepdims=True)) * scale
    return root.reshape(()) if axis is None else np.squeeze(root, axis)


NORM = _fold(
    "norm",
    _norm,
    lambda g, y, x, axis: g * words.ratio(x, y),
    lambda over, back, attrs: (f"sqrt(along(x**2{over}))", f"{back.format('g')} * ratio(x, {back.format('y')})"),
    title="Euclidean norm",
    pattern="scales: each entry gets g times itself over the norm",
    doc="x of any shape: √Σx²; the slope at 0 is 0, as in PyTorch.",
    kinks=lambda x, axis: np.broadcast_to(np.all(x == 0, axis=axis, keepdims=True), x.shape),
)


def _largest(x: Array, axis: int | None, *, split: bool) -> Array:
    chosen: Array = words.even_max(x, axis) if split else words.first_max(x, axis)
    return chosen


def _tied(x: Array, axis: int | None) -> Array:
    """Where the entries are that share the first place with others."""
    largest = x == np.max(x, axis=axis, keepdims=True)
    tied: Array = np.logical_and(largest, np.sum(largest, axis=axis, keepdims=True) > 1)
    return tied


def _chosen(end: str, over: str, attrs: Attrs) -> str:
    return f"{'even' if attrs['split'] else 'first'}_{end}(x{over})"


MAX = _fold(
    "max",
    lambda x, axis, split: np.max(x, axis=axis),
    lambda g, y, x, axis, split: g * _largest(x, axis, split=split),
    lambda over, back, attrs: (f"largest(x{over})", f"{back.format('g')} * {_chosen('max', over, attrs)}"),
    title="largest entry",
    pattern="routes: all of g to the largest entry, 0 to the others (to the first in a tie)",
    doc="x of any shape; of equal entries the first counts.",
    options={"split": SPLIT},
    kinks=lambda x, axis, split: _tied(x, axis),
)

MIN = _fold(
    "min",
    lambda x, axis, split: np.min(x, axis=axis),
    lambda g, y, x, axis, split: g * _largest(-x, axis, split=split),
    lambda over, back, attrs: (f"smallest(x{over})", f"{back.format('g')} * {_chosen('min', over, attrs)}"),
    title="smallest entry",
    pattern="routes: all of g to the smallest entry, 0 to the others (to the first in a tie)",
    doc="x of any shape; of equal entries the first counts.",
    options={"split": SPLIT},
    kinks=lambda x, axis, split: _tied(-x, axis),
)
