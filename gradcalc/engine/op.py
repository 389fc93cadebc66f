"""The row type of the ops table: a primitive, its value, its gradients, and how both are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Attrs = Mapping[str, Any]


class Option(NamedTuple):
    """A constant that an op can be given beside its inputs, such as a slope.

    `above` and `below` are bounds that the value must not touch, `least` and `most` such as it may.
    """

    default: float | bool | None
    doc: str
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None


class Form(NamedTuple):
    """A formula and a rule for each input, written as texts in the language of `book`."""

    formula: str
    rules: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Op:
    """A primitive of the computation.

    `forward(*inputs, **attrs)` gives the value y. `vjps[k](g, y, *inputs, **attrs)` gives the share of
    the gradient that reaches input k when g, of the shape of y, arrives at y; None: nothing flows there.
    `formula` and `rules` say the same as texts over `y`, `g`, the names in `args` and the options; `form_for(attrs)`
    gives shorter ones where the attrs allow them. `kinks(*inputs, **attrs)` marks the entries of the first input that
    sit where the derivative jumps; `flat` says why a derivative of 0 passes nothing back. An `inline` op is written
    as its formula, any other as a call; an `elementwise` one has y of the shape of x, entry by entry.
    """

    name: str
    args: tuple[str, ...]
    forward: Callable[..., Array]
    vjps: tuple[Callable[..., Array] | None, ...]
    formula: str
    rules: tuple[str | None, ...]
    pattern: str
    doc: str
    family: str = "arithmetic"
    aliases: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    kinks: Callable[..., Array] | None = None
    flat: str = ""
    title: str = ""
    inline: bool = False
    elementwise: bool = False
    column: Form | None = None
    form_for: Callable[[Attrs], Form] | None = None

    def form(self, attrs: Attrs) -> Form:
        """The texts that hold under these attrs, as short as these allow: no `/ ln 10` where logarithms are natural."""
        return self.form_for(attrs) if self.form_for else Form(self.formula, self.rules)

    def column_form(self, attrs: Attrs) -> Form:
        """The same for column vectors, as a single sample is written."""
        return self.column or self.form(attrs)
