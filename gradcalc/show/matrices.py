"""A whole quantity explained: by its rule with shapes, numbers and result, or by a product of Jacobian matrices."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradcalc.engine.notation import Style, text
from gradcalc.engine.op import Array
from gradcalc.engine.simplify import mapped
from gradcalc.engine.trees import array_of, constant, product
from gradcalc.show.blocks import Block, Cell, Column, Equal, Maths, Note, Row, Shaped, Table, Value
from gradcalc.show.explained import opening
from gradcalc.show.forward import entries, said
from gradcalc.show.head import head
from gradcalc.show.numbers import DEFAULT, Shown, prints_like, read_number, show_number
from gradcalc.solution import Solution
from gradcalc.study.rules import Rules
from gradcalc.study.whole import Composition, Route, Whole

# a matrix of more entries is left to machines
MOST_ENTRIES = 400
# so many numbers are put into one product
MOST_BESIDE = 60

OF_ROWS = Note(
    "A Jacobian has a row for each entry of what is above and a column for each of what is below, taken row by row."
)

Form = tuple[str, Cell | Shaped]


def blocks(solution: Solution, found: Whole) -> list[Block]:
    """The page of a quantity by its rule."""
    return [*head(solution, Rules(solution)), _worked(solution, found), *said(solution)]


def _worked(solution: Solution, found: Whole) -> Equal:
    """Formula with shapes, numbers, result."""
    worked = found.worked
    name = Maths(worked.names, worked.style)
    forms: list[Form] = []
    whole = not found.reference.index and found.value.size > 1
    for tree in worked.formulas:
        maths = Maths([tree], worked.style)
        forms.append(("=", Shaped(maths, _shapes(tree, found)) if whole else maths))
    if worked.numbers is not None:
        forms.append(("=", Maths([_upright(worked.numbers, solution)], worked.style)))
    value = found.value if not solution.built.single or found.value.ndim != 1 else found.value[:, None]
    forms.append(("=" if worked.exact else "≈", Value(value)))
    shaped = Shaped(name, _shapes(worked.names[-1], found)) if whole and len(worked.names) == 1 else name
    return Equal(shaped, forms)


def _shapes(tree: ast.expr, found: Whole) -> list[tuple[ast.expr, str]]:
    """The names in a tree with their shapes, in the order in which they are set."""
    match tree:
        case ast.Name(id=name) if name in found.shapes:
            return [(tree, found.shapes[name])]
        case ast.Attribute(value=ast.Name(id=name)) if name in found.shapes:
            return [(tree, "×".join(reversed(found.shapes[name].split("×"))))]
        case ast.Call(args=arguments):
            return [shape for argument in arguments for shape in _shapes(argument, found)]
    return [
        shape for part in ast.iter_child_nodes(tree) if isinstance(part, ast.expr) for shape in _shapes(part, found)
    ]


def _upright(tree: ast.expr, solution: Solution) -> ast.expr:
    """Vectors of a single sample as columns, and what is turned round turned round."""
    turned = array_of(tree.value) if isinstance(tree, ast.Attribute) else None
    if turned is not None:
        return constant(turned.T if turned.ndim > 1 else turned[None, :])
    array = array_of(tree)
    if array is not None and array.ndim == 1 and solution.built.single:
        return constant(array[:, None])
    return mapped(tree, lambda part: _upright(part, solution))


def jacobians(solution: Solution, found: Composition, shown: Shown = DEFAULT) -> list[Block]:
    """The page of a derivative as a product of Jacobian matrices."""
    style = found.style._replace(number=partial(show_number, shown=shown))
    chains: list[Form] = [
        ("+" if number else "=", _chain(route, Maths([product([m.name for m in route.matrices])], style)))
        for number, route in enumerate(found.routes)
    ]
    name = Maths([found.name], style)
    page: list[Block] = [*head(solution, Rules(solution))]
    if not chains:
        note = Note(f"{found.reference.of} does not depend on it.")
        return [*page, Equal(name, [("=", Value(found.value))]), note]
    if len(chains) == len(found.routes[0].matrices) == 1:
        (matrix,) = found.routes[0].matrices
        return [*page, Equal(name, [("=", matrix.formula), ("=", Value(matrix.array))]), OF_ROWS]
    page += [Equal(name, chains), _matrices(found, style)]
    if any(matrix.array.size > 1 for route in found.routes for matrix in route.matrices):
        page.append(OF_ROWS)
    return [*page, *_results(found, name, shown, style), *said(solution)]


def _chain(route: Route, maths: Maths) -> Shaped:
    return Shaped(maths, [(matrix.name, "×".join(map(str, matrix.array.shape))) for matrix in route.matrices])


def _matrices(found: Composition, style: Style) -> Table:
    rows: dict[tuple[str, str], Row] = {}
    for route in found.routes:
        for matrix in route.matrices:
            value: Cell = Value(matrix.array) if matrix.array.size <= MOST_ENTRIES else "large: --format json has it"
            sides = "×".join(map(str, matrix.array.shape))
            rows.setdefault((matrix.line, matrix.of), Row((Maths([matrix.name], style), matrix.formula, sides, value)))
    columns = [Column("factor"), Column("formula", role="formula"), Column("shape"), Column("value", role="value")]
    return Table(columns, list(rows.values()))


def _results(found: Composition, name: Maths, shown: Shown, style: Style) -> list[Block]:
    """The product, and the same in the shape of the quantity."""
    if sum(route.product.size for route in found.routes) > MOST_ENTRIES:
        return [Note("The product is large: --format json has it.")]
    numbers = [product([constant(m.array) for m in route.matrices]) for route in found.routes]
    forms: list[Form] = []
    if sum(m.array.size for route in found.routes for m in route.matrices) <= MOST_BESIDE:
        forms += [("+" if n else "=", Maths([tree], style)) for n, tree in enumerate(numbers)]
    sign = "=" if not forms or _gives(found, shown) else "≈"
    if len(found.routes) > 1 or found.routes[0].product.shape != found.value.shape:
        forms += [("+" if n else sign, Value(route.product)) for n, route in enumerate(found.routes)]
        sign = "="
    return [Equal(name, [*forms, (sign, Value(found.value))])]


def _gives(found: Composition, shown: Shown) -> bool:
    """Whether the matrices as they are printed give the products to their last printed digit."""
    for route in found.routes:
        product = np.eye(len(route.product))
        for matrix in route.matrices:
            product = product @ np.vectorize(partial(read_number, shown=shown), otypes=[float])(matrix.array)
        pairs = zip(np.ravel(product).tolist(), np.ravel(route.product).tolist(), strict=True)
        if not all(prints_like(x, result, shown) for x, result in pairs):
            return False
    return True


def record(solution: Solution, found: Whole, composition: Composition | None) -> dict[str, Any]:
    """The result for machines; of a derivative its paths are the products of Jacobians."""
    return {
        **opening(solution.problem, found.reference, found.reference.index),
        "rule": " = ".join(dict.fromkeys(text(tree, found.worked.style) for tree in found.worked.formulas)) or None,
        "value": found.value,
        "paths": routes(composition) if composition is not None else [],
        "symbolic": None,
    }


def of_composition(solution: Solution, found: Composition) -> dict[str, Any]:
    """The result for machines of a derivative that has no rule but its product of Jacobians."""
    reference = found.reference
    return {
        **opening(solution.problem, reference, (*reference.of_index, *reference.index)),
        "rule": None,
        "value": found.value,
        "paths": routes(found),
        "symbolic": None,
    }


def routes(found: Composition) -> list[dict[str, Any]]:
    """Every product of Jacobians."""
    return [
        {
            "factors": [
                {"derivative": f"d{m.line}/d{m.of}", "index": [], "formula": m.formula, "value": m.array}
                for m in route.matrices
            ],
            "product": route.product,
        }
        for route in found.routes
    ]


def cells(solution: Solution, name: str, value: Array) -> Iterator[tuple[str, str, float]]:
    """Every entry, a row each: quantity, index, value."""
    return entries(name, value, solution.problem.index_base)
