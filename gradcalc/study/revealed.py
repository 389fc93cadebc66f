"""What belongs where a formula was answered: of functions the right one in letters, else the rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from math import prod

import numpy as np

from gradcalc.problem.model import Problem
from gradcalc.study.calculus.derivatives import on_entries
from gradcalc.study.calculus.textbook import source
from gradcalc.study.calculus.words import Letters
from gradcalc.study.derived import Derived
from gradcalc.study.jacobian import report

Texts = Mapping[str, Letters]


@cache
def texts_of(problem: Problem) -> Texts:
    """Values, Jacobians and their columns by their names, each entry as a formula that can be answered."""
    found = report(problem)
    told: dict[str, Letters] = {}
    composition = found.composition
    if composition is not None and composition.direct.letters is not None:
        told |= dict(_of(composition.direct, found.base))
        trees = composition.direct.letters.trees
        told |= {
            factor.name: on_entries(lambda entry: source(entry, found.base), trees(factor.letters))
            for factor in composition.factors
            if factor.letters is not None
        }
    for derived in found.functions.values():
        told |= dict(_of(derived, found.base))
    return told


def _of(derived: Derived, base: int) -> Iterator[tuple[str, Letters]]:
    """What is known of one function, or of what is composed, in its own letters."""
    letters, chain = derived.letters, derived.chain
    if letters is None:
        return
    name = chain.link.name
    value, jacobian = (
        on_entries(lambda entry: source(entry, base), letters.trees(part)) for part in (letters.value, letters.jacobian)
    )
    yield name, np.reshape(value, chain.shape)
    shape = chain.size if chain.size[0] != 1 else chain.size[1:] if chain.size[1] != 1 else ()
    yield chain.derivative, np.reshape(jacobian, shape)
    start = 0
    for letter, own in chain.inputs.items():
        end = start + prod(own)
        yield f"d{name}/d{letter}", np.reshape(jacobian[:, start:end], (*chain.shape, *own))
        start = end
