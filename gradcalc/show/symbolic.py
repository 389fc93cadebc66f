"""A problem in letters: one gradient, or the whole solution, as blocks and as records for machines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from gradcalc import __version__
from gradcalc.engine.maths import named
from gradcalc.engine.notation import text
from gradcalc.engine.trees import product
from gradcalc.problem.model import OptimizerChoice
from gradcalc.problem.reference import Reference
from gradcalc.show import shapes
from gradcalc.show.blocks import (
    Blank,
    Block,
    Cell,
    Column,
    Equal,
    Facts,
    Heading,
    Line,
    Maths,
    Phrase,
    Row,
    Shaped,
    Table,
    Words,
)
from gradcalc.show.explained import opening
from gradcalc.show.head import head
from gradcalc.show.matrices import OF_ROWS
from gradcalc.study.routes import Routes
from gradcalc.study.rules import YHAT
from gradcalc.study.shapes import shapes as dimensions_of
from gradcalc.study.symbolic import Derivation, Statement, Symbolic

# the sections of a solution that has no numbers
SECTIONS = ("dimensions", "forward", "backward", "update")


def explained(symbolic: Symbolic, asked: Reference, form: str | None = None) -> list[Block]:
    """The page that `gradcalc explain --symbolic` prints of a quantity, of its gradient or of an entry of it.

    `form` leaves only what is said of entries (`paths`), or of arrays (`matrix`), or tells a product of Jacobians.
    """
    if asked.is_value:
        values = symbolic.formula(asked.name)
        return [*_head(symbolic, values), Blank(), *_lines(values)]
    if form == "jacobians":
        return _jacobians(symbolic, asked.name)
    found = symbolic.derivation(asked.name, asked.index)
    of_arrays = [*found.deltas, found.whole] if found.whole else []
    page = _head(symbolic, found.statements)
    if form != "matrix" or not of_arrays:
        page += [Blank(), *_chain(found), *_lines(_entries(found))]
    if form != "paths" and of_arrays:
        page += [Heading("As arrays"), *_lines(of_arrays)]
    return page


def solved(symbolic: Symbolic, chosen: Sequence[str]) -> list[Block]:
    """The page that `gradcalc solve --symbolic` prints, of the chosen sections."""
    values = [symbolic.formula(name) for name in symbolic.built.graph.lines]
    gradients = [symbolic.derivation(name) for name in symbolic.wanted]
    by_chain = bool(symbolic.problem.abstract)
    sections: Mapping[str, Callable[[], Sequence[Block]]] = {
        "dimensions": lambda: _dimensions(symbolic),
        "forward": lambda: [Heading("Forward"), _forward(values)],
        "backward": lambda: [Heading("Backward"), *_backward(gradients, by_chain=by_chain)] if gradients else [],
        "update": lambda: _updates(symbolic),
    }
    said = [*chain.from_iterable(values)] if "forward" in chosen else []
    said += [one for found in gradients for one in _entries(found)] if "backward" in chosen else []
    return [*_head(symbolic, said), *(block for name in SECTIONS if name in chosen for block in sections[name]())]


def record(symbolic: Symbolic, asked: Reference, form: str | None = None) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it; it has no numbers. Of Jacobians every route is a path."""
    told = definition(symbolic, asked.name) if asked.is_value else derived(symbolic, asked.name, asked.index)
    return {
        **opening(symbolic.problem, asked, asked.index),
        "rule": told["matrix"],
        "value": None,
        "paths": _paths(symbolic, asked.name) if form == "jacobians" and not asked.is_value else [],
        "symbolic": told,
    }


def cells(symbolic: Symbolic, asked: Reference, form: str | None = None) -> Iterator[tuple[str, str]]:
    """Every statement, a row each: what of, and what is said of it."""
    if asked.is_value:
        found = symbolic.formula(asked.name)
    elif form == "jacobians":
        found = _of_routes(symbolic.routes(asked.name))
    else:
        found = symbolic.derivation(asked.name, asked.index).statements
    yield from map(_row, found)


def _of_routes(found: Routes) -> list[Statement]:
    factors = [Statement((one.name(), one.formula), found.style) for one in found.factors]
    return [*([Statement((found.derivative, *found.chains), found.style)] if found.paths else []), *factors]


def all_cells(symbolic: Symbolic, chosen: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same of the chosen sections of the whole solution."""
    if "forward" in chosen:
        for name in symbolic.built.graph.lines:
            yield from map(_row, symbolic.formula(name))
    if "backward" in chosen:
        for name in symbolic.wanted:
            yield from map(_row, symbolic.derivation(name).statements)
    if "update" in chosen:
        yield from map(_row, symbolic.updates)


def derived(symbolic: Symbolic, name: str, at: Sequence[int] = ()) -> dict[str, Any]:
    """The derivation of one gradient for machines."""
    found = symbolic.derivation(name, at)
    return {
        "chain": _text(found.chain),
        "factors": [_text(factor) for factor in found.factors],
        "entry": _text(found.entry),
        "unit": _text(found.unit),
        "deltas": [_text(one) for one in found.deltas],
        "matrix": _text(found.whole),
        "letters": dict(symbolic.sizes(found.statements)),
    }


def definition(symbolic: Symbolic, name: str) -> dict[str, Any]:
    """The same of a quantity itself."""
    found = symbolic.formula(name)
    whole, *entry = map(_text, found)
    return {"matrix": whole, "entry": entry[0] if entry else None, "letters": dict(symbolic.sizes(found))}


def solution(symbolic: Symbolic, chosen: Sequence[str]) -> dict[str, Any]:
    """The whole solution for machines, of the chosen sections; it has no numbers."""
    told: Mapping[str, Callable[[], Any]] = {
        "dimensions": lambda: {one.name: list(one.letters) for one in dimensions_of(symbolic.problem)},
        "forward": lambda: {name: definition(symbolic, name) for name in symbolic.built.graph.lines},
        "backward": lambda: {f"d{symbolic.of}/d{name}": derived(symbolic, name) for name in symbolic.wanted},
        "update": lambda: [_text(one) for one in symbolic.updates],
    }
    return {
        "schema": "gradcalc.solve/1",
        "version": __version__,
        "title": symbolic.problem.title,
        "symbolic": {name: told[name]() for name in SECTIONS if name in chosen},
    }


def _head(symbolic: Symbolic, statements: Sequence[Statement]) -> list[Block]:
    """The conventions, what ŷ is, and what the letters of indices run over."""
    ranges = symbolic.sizes(statements)
    first = symbolic.problem.index_base
    said: list[Words] = [
        Phrase([named(letter), f" = {first} … ", named(size), "" if first else "−1"]) for letter, size in ranges.items()
    ]
    if symbolic.built.cost is not None and not symbolic.built.formulas:
        said.insert(0, named(YHAT, symbolic.built.output))
    if symbolic.many:
        said.append(Phrase([named(symbolic.many), ": the number of entries"]))
    if symbolic.assumes_distribution:
        said.append(Phrase([named(symbolic.built.names.target), " adds up to 1"]))
    return [*head(symbolic.solution, symbolic.rules), *([Facts(said)] if said else [])]


def _jacobians(symbolic: Symbolic, name: str) -> list[Block]:
    """A gradient as a product of Jacobians with their shapes, and what that comes to."""
    found, page = symbolic.routes(name), head(symbolic.solution, symbolic.rules)
    if not found.paths:
        return [*page, Line(Maths([found.derivative, ast.Constant(int(name == found.of))], found.style))]
    if len(found.factors) > 1:
        page += [Equal(Maths([found.derivative], found.style), _products(found)), _factors(found)]
        page += [OF_ROWS] if any(one.sides for one in found.factors) else []
    told = found.factors[0].formula if len(found.factors) == 1 else found.whole
    whole = symbolic.derivation(name).whole or (told and Statement((found.derivative, told), found.style))
    last: list[Block] = [Blank(), _line(whole)] if whole else []
    return [*page, *last]


def _products(found: Routes) -> list[tuple[str, Cell | Shaped]]:
    """The product over every route, with the shapes of its factors where they are known."""
    forms: list[tuple[str, Cell | Shaped]] = []
    for number, route in enumerate(found.paths):
        maths = Maths([product([one.name() for one in route])], found.style)
        shapes = [(one.name(), "×".join(one.sides)) for one in route if one.sides]
        forms.append(("+" if number else "=", Shaped(maths, shapes) if shapes else maths))
    return [*forms, *(("=", Maths([tree], found.style)) for tree in found.chains[1:])]


def _factors(found: Routes) -> Table:
    shaped = any(one.sides for one in found.factors)
    rows = []
    for one in found.factors:
        sides = (shapes.sizes("×".join(one.sides or ())),) if shaped else ()
        rows.append(Row((Maths([one.name()], found.style), Maths([one.formula], found.style), *sides)))
    columns = [Column("factor"), Column("formula", role="formula"), *([Column("shape")] if shaped else [])]
    return Table(columns, rows)


def _paths(symbolic: Symbolic, name: str) -> list[dict[str, Any]]:
    """Every route for machines; `letters` count the rows and the columns of a Jacobian."""
    found = symbolic.routes(name)
    return [
        {
            "factors": [
                {
                    "derivative": f"d{one.line}/d{one.of}",
                    "index": [],
                    "formula": text(one.formula, found.style),
                    "value": None,
                    "letters": list(one.sides) if one.sides else None,
                }
                for one in route
            ],
            "product": None,
        }
        for route in found.paths
    ]


def _chain(found: Derivation) -> list[Block]:
    """The chain rule and its factors; a chain of one link says nothing."""
    if found.chain is None or len(found.factors) < 2:
        return []
    rows = [Row((Maths(one.forms[:1], one.style), Maths(one.forms[1:], one.style))) for one in found.factors]
    return [_line(found.chain), Table([Column("factor"), Column("formula", role="formula")], rows)]


def _entries(found: Derivation) -> list[Statement]:
    return [one for one in (found.entry, found.unit) if one]


def _dimensions(symbolic: Symbolic) -> list[Block]:
    page = shapes.blocks(symbolic.problem)
    return [Heading("Dimensions"), *(block for block in page if isinstance(block, Table))]


def _forward(values: Sequence[Sequence[Statement]]) -> Table:
    """Every quantity: the whole, and written out for one entry where that says more."""
    maths = [[Maths(one.forms[1:], one.style) for one in told] for told in values]
    entries = any(len(told) > 1 for told in values)
    rows = []
    for (whole, *_), (formula, *entry) in zip(values, maths, strict=True):
        written_out = (entry[0] if entry else "",) if entries else ()
        rows.append(Row((Maths(whole.forms[:1], whole.style), formula, *written_out)))
    last = [Column("one entry, written out", role="formula")] if entries else []
    return Table([Column("quantity"), Column("formula", role="formula"), *last], rows)


def _backward(gradients: Sequence[Derivation], *, by_chain: bool) -> list[Block]:
    """Every δ from the loss back, then the gradient of every parameter: as an array, or by the chain rule."""
    deltas = {one.text: one for found in gradients for one in found.deltas}
    groups = [[*deltas.values()], *([*_first(found, by_chain=by_chain), *_entries(found)] for found in gradients)]
    parts = [[Blank(), *_lines(group)] for group in groups if group]
    return [*chain.from_iterable(parts)][1:]


def _first(found: Derivation, *, by_chain: bool) -> list[Statement]:
    """The gradient as an array, and where functions are not given by the chain rule, too."""
    return [one for one in (found.chain if by_chain else None, found.whole) if one]


def _updates(symbolic: Symbolic) -> list[Block]:
    """A step of every optimizer of the problem; of gradient descent where it names none."""
    if not symbolic.parameters:
        return []
    choices = symbolic.problem.optimizers
    descent = [Heading("Update, with the learning rate η"), *_lines(symbolic.updates)]
    others = [_rules_of(choice) for choice in choices if choice.name != "sgd"]
    return [*(descent if len(others) < len(choices) or not choices else []), *chain.from_iterable(others)]


def _rules_of(choice: OptimizerChoice) -> list[Block]:
    """The rules of an optimizer that does more than step down the gradient."""
    from gradcalc.study.updates import told  # noqa: PLC0415 - not every problem has an optimizer
    from gradcalc.training.optimizers import OPTIMIZERS  # noqa: PLC0415

    row = OPTIMIZERS[choice.name]
    hyper = {**{name: constant.default for name, constant in row.hyper.items()}, **choice.hyper}
    said = f"Update of every parameter θ by {row.title}, where g is ∂L/∂θ"
    return [Heading(said), *map(Line, told(row, hyper))]


def _lines(statements: Sequence[Statement]) -> list[Block]:
    return [_line(one) for one in statements]


def _line(statement: Statement) -> Line:
    return Line(Maths(statement.forms, statement.style))


def _row(statement: Statement) -> tuple[str, str]:
    first, _, rest = statement.text.partition(" = ")
    return first, rest


def _text(statement: Statement | None) -> str | None:
    return statement.text if statement else None
