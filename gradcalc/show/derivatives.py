"""Functions with their derivatives for machines: as a record and as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcalc import __version__
from gradcalc.study.boundary import Boundary
from gradcalc.study.calculus.derivatives import on_entries
from gradcalc.study.calculus.textbook import source
from gradcalc.study.calculus.words import Letters
from gradcalc.study.derived import Composition, Derived
from gradcalc.study.higher import Higher
from gradcalc.study.jacobian import Report

Cells = Iterator[tuple[str, str, str, float | None]]


def record(found: Report) -> dict[str, Any]:
    """The result as `--format json` writes it; expressions are in the language in which formulas are written."""
    composition, bound = found.composition, found.boundary
    return {
        "schema": "gradcalc.jacobian/1",
        "version": __version__,
        "title": found.problem.title,
        "functions": {name: _function(name, derived, found) for name, derived in found.functions.items()},
        "composition": _composition(composition, found.base) if composition else None,
        "boundary": _boundary(bound, found.base) if bound else None,
    }


def _function(name: str, derived: Derived, found: Report) -> dict[str, Any]:
    letters, higher = derived.letters, found.higher.get(name)
    return {
        "args": list(derived.chain.inputs),
        "expressions": _texts(derived, letters.value if letters else None, found.base),
        "symbolic": _texts(derived, letters.jacobian if letters else None, found.base),
        **_point(derived),
        "jacobian": derived.point.jacobian if derived.point else None,
        "differences": {"symbolic": derived.from_letters(found.base), "central": derived.from_differences()},
        **(_orders(derived, higher, found.base) if higher else {}),
    }


def _point(derived: Derived) -> dict[str, Any]:
    point = derived.point
    return {"at": point.at if point else None, "value": np.atleast_1d(point.value) if point else None}


def _orders(derived: Derived, higher: Higher, base: int) -> dict[str, Any]:
    """Derivatives in the order of their orders, or the Hessian; of one number without the list of entries."""
    key = "hessian" if higher.is_hessian else "derivatives"
    of_one: Any = (0 if higher.is_hessian else (slice(None), 0)) if derived.is_scalar else slice(None)
    numbers = higher.values[of_one] if higher.values is not None else None
    return {
        key: numbers,
        f"{key}_symbolic": _texts(derived, higher.letters[of_one], base),
        "second_difference": higher.difference,
    }


def _composition(composition: Composition, base: int) -> dict[str, Any]:
    direct = composition.direct
    letters = direct.letters
    return {
        "name": direct.chain.link.name,
        "args": list(direct.chain.inputs),
        "expressions": _texts(direct, letters.value if letters else None, base),
        "symbolic_direct": _texts(direct, letters.jacobian if letters else None, base),
        "symbolic_chain": _texts(direct, composition.letters, base),
        "same": composition.agrees,
        "factors": [
            {
                "name": factor.name,
                "shape": list(factor.shape),
                "symbolic": _texts(direct, factor.letters, base),
                "jacobian": factor.jacobian,
            }
            for factor in composition.factors
        ],
        **_point(direct),
        "jacobian_direct": direct.point.jacobian if direct.point else None,
        "jacobian_chain": composition.jacobian,
        "max_difference": composition.difference,
    }


def _boundary(bound: Boundary, base: int) -> dict[str, Any]:
    return {
        "normal": bound.normal,
        "distance": bound.distance,
        "distance_symbolic": source(bound.distance_letters, base),
        "side_of_origin": bound.origin,
        "side": bound.side,
        "value": bound.value,
        "signed_distance": bound.signed,
    }


def _texts(derived: Derived, entries: Letters | None, base: int) -> Any:
    """Expressions as texts; None where there are none."""
    if entries is None or derived.letters is None:
        return None
    return on_entries(lambda entry: source(entry, base), derived.letters.trees(entries)).tolist()


def cells(found: Report) -> Cells:
    """Every entry of every value and Jacobian: quantity, index, in letters, number."""
    base = found.base
    for name, derived in found.functions.items():
        yield from _of(name, f"D{name}", derived, base)
        if name in found.higher:
            told = _orders(derived, found.higher[name], base)
            (key, numbers), (_, texts), _ = told.items()
            yield from _entries(f"{key} of {name}", texts, numbers, base)
    if found.composition:
        direct = found.composition.direct
        for factor in found.composition.factors:
            yield from _entries(factor.name, _texts(direct, factor.letters, base), factor.jacobian, base)
        name = direct.chain.link.name
        yield from _of(name, f"D({name})", direct, base)
    if found.boundary:
        bound = _boundary(found.boundary, base)
        yield from _entries("normal", None, bound["normal"], base)
        yield "distance", "", bound["distance_symbolic"], bound["distance"]
        if bound["side"] is not None:
            yield "signed distance", "", "", bound["signed_distance"]


def _of(name: str, slopes: str, derived: Derived, base: int) -> Cells:
    letters, point = derived.letters, derived.point
    value = _texts(derived, np.reshape(letters.value, derived.chain.shape) if letters else None, base)
    yield from _entries(name, value, point.value if point else None, base)
    jacobian = _texts(derived, letters.jacobian if letters else None, base)
    yield from _entries(slopes, jacobian, point.jacobian if point else None, base)


def _entries(name: str, texts: Any, numbers: Any, base: int) -> Cells:
    """The entries of an array in letters, in numbers, or in both."""
    told = None if texts is None else np.array(texts, dtype=object)
    given = numbers if told is None else told
    for index, _ in np.ndenumerate(given) if given is not None else ():
        place = ",".join(str(i + base) for i in index)
        number = None if numbers is None else float(np.asarray(numbers)[index])
        yield name, place, "" if told is None else str(told[index]), number
