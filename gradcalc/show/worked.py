"""Worked lines as blocks: a formula, the numbers put in, the result, below each other."""

from __future__ import annotations

from gradcalc.show.blocks import Equal, Maths, Value
from gradcalc.show.numbers import Shown, show_number
from gradcalc.show.sheet import Form
from gradcalc.study.worked import Digits, Worked


def digits(shown: Shown) -> Digits:
    """How a number is set, perhaps with more digits than are shown elsewhere."""
    return lambda value, more: show_number(value, shown._replace(digits=shown.digits + more))


def worked(line: Worked) -> Equal:
    """The lines of a quantity or of an entry."""
    name, *more = (Maths([tree], line.style) for tree in line.names)
    forms: list[Form] = [("=", form) for form in more]
    forms += [("=", Maths([tree], line.style)) for tree in line.formulas]
    forms += [("=", Maths([line.numbers], line.style))] if line.numbers is not None else []
    result = getattr(line.result, "value", line.result)
    return Equal(name, [*forms, ("=" if line.exact else "≈", Value(result))])
