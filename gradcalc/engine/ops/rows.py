"""How the rows of the table are put together from a value, its slopes, and the texts that say the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from gradcalc.engine.op import Array, Attrs, Form, Op, Option

SCALES = "scales: g times the slope"
GATES = "gates: g passes where the slope is not 0"
MIXES = "mixes: every output of a sample depends on each of its inputs"

LOG_BASE = Option(None, "base of the logarithm; none for e", above=1)

Slope = Callable[..., Array]


def elementwise(
    name: str,
    value: Callable[..., Array],
    slope: Slope,
    formula: str,
    rule: str,
    *,
    title: str,
    doc: str,
    pattern: str = SCALES,
    flat: str = "",
    aliases: tuple[str, ...] = (),
    options: Mapping[str, Option] | None = None,
    kinks: Callable[..., Array] | None = None,
    family: str = "activation",
) -> Op:
    """The activation, or other function, y = value(x) on every entry of x, of any shape.

    `slope(x, **options)` is its derivative, `rule` the text of it over x, y and the options.
    """
    return Op(
        name=name,
        args=("x",),
        forward=value,
        vjps=(lambda g, _y, x, **options: g * slope(x, **options),),
        formula=formula,
        rules=("g" if rule == "1" else f"g * ({rule})",),
        pattern=pattern,
        doc=doc,
        family=family,
        aliases=aliases,
        options=options or {},
        kinks=kinks,
        flat=flat,
        title=title,
        elementwise=True,
    )


def saturated(name: str) -> str:
    """Why the slope of a smooth activation is 0."""
    return f"{name} is saturated, its slope is below the smallest number"


def loss(
    name: str,
    value: Callable[..., Array],
    slopes: tuple[Slope, Slope | None],
    form: Callable[[Attrs], Form],
    *,
    title: str,
    doc: str,
    pattern: str,
    per_sample: bool = False,
    flat: str = "",
    options: Mapping[str, Option] | None = None,
    kinks: Callable[..., Array] | None = None,
) -> Op:
    """The loss y = value(p, t) of a prediction p and a target t, both (N, K).

    y is the loss of each output, (N, K), or of all together, (); `per_sample`: of each sample, (N,).
    `slopes` are the derivatives towards p and t; None where the target names a class, and has no neighbours.
    """
    texts = form({key: option.default for key, option in (options or {}).items()})
    return Op(
        name=name,
        args=("p", "t"),
        forward=value,
        vjps=tuple(None if slope is None else _share(slope, per_sample=per_sample) for slope in slopes),
        formula=texts.formula,
        rules=texts.rules,
        form_for=form if options else None,
        pattern=pattern,
        doc=doc,
        family="loss",
        options=options or {},
        kinks=kinks,
        flat=flat,
        title=title,
    )


def _share(slope: Slope, *, per_sample: bool) -> Slope:
    if per_sample:
        return lambda g, _y, p, t, **options: np.expand_dims(g, -1) * slope(p, t, **options)
    return lambda g, _y, p, t, **options: g * slope(p, t, **options)


def of_output(formula: str, *slopes: str | None) -> Form:
    """The texts of a loss of each output, or of all of them, from those of its slopes."""
    return Form(formula, tuple(slope and f"g * ({slope})" for slope in slopes))


def of_sample(formula: str, *slopes: str | None) -> Form:
    """The texts of a loss of each sample."""
    return Form(formula, tuple(slope and f"spread(g) * ({slope})" for slope in slopes))


def always(form: Form) -> Callable[[Attrs], Form]:
    """The texts of a loss that reads the same under all its options."""
    return lambda _: form


def ln(base: float | None) -> float:
    """What a natural logarithm is divided by to have the given base."""
    return 1.0 if base is None else math.log(base)


def log_text(x: str, attrs: Attrs) -> str:
    """The logarithm of the text `x` in the base that `attrs` ask for."""
    return f"log({x})" if attrs.get("log_base") is None else f"logb({x}, log_base)"


def in_base(slope: str, attrs: Attrs) -> str:
    """The text of a slope under natural logarithms, in the base that `attrs` ask for."""
    return slope if attrs.get("log_base") is None else f"({slope}) / log(log_base)"
