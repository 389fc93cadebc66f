"""A problem in letters: one gradient, or the whole solution, as blocks and as records for machines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from gradcalc import __version__
from gradcalc.engine.maths import named
from gradcalc.problem.model import OptimizerChoice
from gradcalc.show import shapes
from gradcalc.show.blocks import Blank, Block, Column, Facts, Heading, Line, Maths, Pairs, Phrase, Row, Table, Words
from gradcalc.show.head import head
from gradcalc.study.rules import YHAT
from gradcalc.study.symbolic import Derivation, Statement, Symbolic


def explained(symbolic: Symbolic, name: str, at: Sequence[int] = ()) -> list[Block]:
    """The page that `gradcalc explain --symbolic` prints of the gradient of a quantity, or of an entry of it."""
    found = symbolic.derivation(name, at)
    page = [*_head(symbolic, found.statements), Blank(), *_chain(found), *_lines(_entries(found))]
    return [*page, Heading("As arrays"), *_lines([*found.deltas, found.whole])] if found.whole else page


def defined(symbolic: Symbolic, name: str) -> list[Block]:
    """The page that it prints of a quantity itself."""
    found = symbolic.formula(name)
    return [*_head(symbolic, found), Blank(), *_lines(found)]


def solved(symbolic: Symbolic) -> list[Block]:
    """The page that `gradcalc solve --symbolic` prints: everything, from the dimensions to the update."""
    values = [symbolic.formula(name) for name in symbolic.built.graph.lines]
    gradients = [symbolic.derivation(name) for name in symbolic.parameters]
    said = [*chain.from_iterable(values), *(one for found in gradients for one in _entries(found))]
    return [
        *_head(symbolic, said),
        Heading("Dimensions"),
        *(block for block in shapes.blocks(symbolic.problem) if isinstance(block, Table)),
        Heading("Forward"),
        _forward(values),
        Heading("Backward"),
        *_backward(gradients),
        Heading("Update, with the learning rate η"),
        *_lines(symbolic.updates),
        *_optimizers(symbolic),
    ]


def record(symbolic: Symbolic, name: str, at: Sequence[int] = ()) -> dict[str, Any]:
    """The derivation of one gradient for machines: what `symbolic` holds in `gradcalc explain --format json`."""
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


def solution(symbolic: Symbolic) -> dict[str, Any]:
    """The whole solution for machines."""
    return {
        "schema": "gradcalc.solve/1",
        "version": __version__,
        "title": symbolic.problem.title,
        "result": symbolic.of,
        "values": {name: definition(symbolic, name) for name in symbolic.built.graph.lines},
        "gradients": {name: record(symbolic, name) for name in symbolic.parameters},
        "updates": [_text(one) for one in symbolic.updates],
    }


def _head(symbolic: Symbolic, statements: Sequence[Statement]) -> list[Block]:
    """The conventions, what ŷ is, and what the letters of indices run over."""
    ranges = symbolic.sizes(statements)
    first = symbolic.problem.index_base
    said: list[Words] = [named(letter, f"{first} … {_last(size, first)}") for letter, size in ranges.items()]
    if symbolic.built.cost is not None and not symbolic.built.formulas:
        said.insert(0, named(YHAT, symbolic.built.output))
    if symbolic.assumes_distribution:
        said.append(Phrase([named(symbolic.built.names.target), " adds up to 1"]))
    return [*head(symbolic.solution, symbolic.rules), Facts(said)]


def _last(size: str, first: int) -> str:
    """The last value of an index that counts from `first`."""
    return size if first else f"{size}−1"


def _chain(found: Derivation) -> list[Block]:
    """The chain rule and its factors; a chain of one link says nothing."""
    if found.chain is None or len(found.factors) < 2:
        return []
    rows = [(Maths(one.forms[:1], one.style), Maths(one.forms[1:], one.style)) for one in found.factors]
    return [_line(found.chain), Blank(), Pairs(rows), Blank()]


def _entries(found: Derivation) -> list[Statement]:
    return [one for one in (found.entry, found.unit) if one]


def _forward(values: Sequence[Sequence[Statement]]) -> Table:
    rows = []
    for whole, *entry in values:
        cells = [Maths(one.forms[1:], one.style) for one in (whole, *entry)]
        rows.append(Row((Maths(whole.forms[:1], whole.style), cells[0], cells[1] if entry else "")))
    return Table(
        [Column("quantity"), Column("formula", role="formula"), Column("one entry, written out", role="formula")], rows
    )


def _backward(gradients: Sequence[Derivation]) -> list[Block]:
    """Every δ from the loss back, then the gradient of every parameter."""
    deltas = {one.text: one for found in gradients for one in found.deltas}
    page: list[Block] = _lines([*deltas.values()])
    for found in gradients:
        page += [Blank(), *_lines([*([found.whole] if found.whole else []), *_entries(found)])]
    return page


def _optimizers(symbolic: Symbolic) -> list[Block]:
    return [block for choice in symbolic.problem.optimizers if choice.name != "sgd" for block in _rules_of(choice)]


def _rules_of(choice: OptimizerChoice) -> list[Block]:
    """The rules of an optimizer that does more than that."""
    from gradcalc.study.updates import told  # noqa: PLC0415 - not every problem has an optimizer
    from gradcalc.training.optimizers import OPTIMIZERS  # noqa: PLC0415

    row = OPTIMIZERS[choice.name]
    hyper = {**{name: constant.default for name, constant in row.hyper.items()}, **choice.hyper}
    return [Heading(f"{row.title}, for every parameter θ with g = ∂L/∂θ"), *map(Line, told(row, hyper))]


def _lines(statements: Sequence[Statement]) -> list[Block]:
    return [_line(one) for one in statements]


def _line(statement: Statement) -> Line:
    return Line(Maths(statement.forms, statement.style))


def _text(statement: Statement | None) -> str | None:
    return statement.text if statement else None
