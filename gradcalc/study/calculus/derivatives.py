"""A function in letters: its value, its Jacobian and its higher derivatives as SymPy's expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from gradcalc.engine import book
from gradcalc.engine.op import Array, Op
from gradcalc.engine.ops import ACTIVATIONS, elementary, rows
from gradcalc.errors import NumericError
from gradcalc.problem.chain import Chain
from gradcalc.study.calculus.symbols import expressions, letters
from gradcalc.study.calculus.textbook import Page, tidy, tree
from gradcalc.study.calculus.words import Expr, Letters

# more than anybody reads
MOST_ENTRIES, MOST_STEPS = 150, 400


@dataclass(frozen=True, eq=False)
class Symbolic:
    """A chain in letters. `value` has its entries in order, `jacobian` a row for each, `fed` what its arguments are."""

    chain: Chain
    letters: tuple[Expr, ...]
    fed: Letters
    value: Letters
    jacobian: Letters
    decimals: bool

    @property
    def page(self) -> Page:
        """What its trees are written for."""
        return Page(self.letters, self.decimals)

    def trees(self, entries: Letters, known: Mapping[Expr, ast.expr] | None = None) -> Any:
        """An array of expressions as one of trees."""
        page = self.page._replace(known=known or {})
        return on_entries(lambda entry: tree(entry, page), entries)


def symbolic(chain: Chain, base: int) -> Symbolic | None:
    """The chain in letters; None where the result would be more than anybody reads.

    Raises NumericError where a formula has no finite value whatever the letters are.
    """
    if np.prod(chain.size) > MOST_ENTRIES or len(chain.graph.equations) > MOST_STEPS:
        return None
    inputs = {name: letters(name, shape, base) for name, shape in chain.inputs.items()}
    with np.errstate(all="ignore"):
        values = expressions(chain.graph, chain.leaves, inputs)
    every = tuple(letter for array in inputs.values() for letter in np.ravel(array))
    value = tidied(joined(values, [operand.name for operand in chain.outputs]), every)
    for entry in value:
        if entry.has(sp.oo, sp.zoo, sp.nan, -sp.oo):
            name = chain.link.function.name
            raise NumericError(f"{name} has a part that is not a finite number", chain.link.function.place)
    jacobian = np.array([[entry.diff(letter) for letter in every] for entry in value], dtype=object)
    fed = joined(values, [operand.name for operand in chain.fed])
    return Symbolic(chain, every, fed, value, tidied(jacobian, every), _has_decimals(chain))


def _has_decimals(chain: Chain) -> bool:
    """Whether somebody wrote a number with a point, or an option is one: 0.1, and not 1/10."""
    options = [value for equation in chain.graph.equations for value in equation.attrs.values()]
    written = any("." in name.split("·")[1] for name in chain.leaves)
    return written or any(isinstance(value, float) and not value.is_integer() for value in options)


def joined(values: Mapping[str, Letters], names: Sequence[str]) -> Letters:
    """The entries of several arrays, one behind the other."""
    return np.concatenate([np.reshape(values[name], -1) for name in names])


def tidied(entries: Letters, every: Sequence[Expr]) -> Letters:
    """Every entry as a textbook would leave it."""
    return on_entries(lambda entry: tidy(entry, every), entries)


def on_entries(function: Callable[[Expr], Any], entries: Letters) -> Letters:
    """An array of the same shape, whatever the function makes of the entries."""
    made = np.empty(np.shape(entries), dtype=object)
    for index, entry in np.ndenumerate(np.asarray(entries, dtype=object)):
        made[index] = function(entry)
    return made


def _called(op: Op) -> Callable[..., Any]:
    """An op as a tree calls it: an option that is not written has its default."""
    defaults = {name: option.default for name, option in op.options.items()}
    return lambda *inputs, **options: op.forward(*inputs, **{**defaults, **options})


_EVALUATED = book.NUMBERS._replace(
    functions={
        **{op.name: _called(op) for op in (*ACTIVATIONS.values(), *rows(elementary))},
        **book.NUMBERS.functions,
    },
    constants={"pi": np.pi, "e": np.e},
)


def numbers(trees: Any, at: Mapping[str, Array], base: int) -> Array:
    """The values of trees where their letters have numbers: what is shown, evaluated."""
    names: dict[str, Any] = dict(at)
    for name, array in at.items():
        for index, value in np.ndenumerate(array) if array.ndim else ():
            names[f"{name}[{','.join(str(i + base) for i in index)}]"] = value
        for row, line in enumerate(array if array.ndim == 2 else ()):
            names[f"{name}[{row + base}]"] = line
    with np.errstate(all="ignore"):
        found = on_entries(lambda entry: float(book.compiled(entry, _EVALUATED)(names)), trees)
    return np.asarray(found, dtype=np.float64)
