"""The table of activations and losses, and one row of it in full."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.engine import book
from gradcalc.engine.notation import Style, text
from gradcalc.engine.op import Form, Op
from gradcalc.engine.ops import ACTIVATIONS, LOSSES, OPS
from gradcalc.engine.ops.losses import Loss
from gradcalc.engine.simplify import simplify
from gradcalc.errors import UsageError
from gradcalc.problem.suggest import OTHER_VALUES, nearest
from gradcalc.show.blocks import Block, Column, Heading, Line, Note, Pairs, Row, Table

_LOSS_NAMES = {"p": "ŷ", "t": "y", "∂g": "∂L/∂ℓ", "y": "ℓ"}
_OP_NAMES = {"∂g": "∂L/∂y"}


def find(name: str) -> Op | Loss:
    """The row called `name`; a UsageError with the nearest name if there is none."""
    known: Mapping[str, Op | Loss] = {**OPS, **ACTIVATIONS, **LOSSES}
    if name in known:
        return known[name]
    near = nearest(name, known, OTHER_VALUES)
    raise UsageError(
        f"no op is called '{name}'", hint=f"did you mean '{near}'?" if near else "`gradcalc ops` lists all"
    )


def blocks() -> list[Block]:
    """Every activation, loss and primitive, a line each."""
    page: list[Block] = []
    columns = [Column("name"), Column("also"), Column("formula", role="formula")]
    for heading, rows in _families():
        page.append(Heading(heading))
        page.append(Table(columns, [Row((row.name, ", ".join(row.aliases), _formula(row))) for row in rows]))
    return [*page, Note("`gradcalc ops NAME` shows derivative, back-flow and conventions of one.")]


def one(row: Op | Loss) -> list[Block]:
    """One row of the table in full."""
    op = row.op if isinstance(row, Loss) else row
    form = _form(op)
    pairs = [("formula", f"y = {_formula(row)}" if op is row else _formula(row))]
    pairs += [
        (f"∂L/∂{_names(op).get(arg, arg)}", _text(op, rule))
        for arg, rule in zip(op.args, form.rules, strict=True)
        if rule
    ]
    pairs += [("back-flow", op.pattern), ("convention", op.doc)]
    pairs += [
        (f"option {key}", f"{option.doc} (default {_shown(option.default)})") for key, option in op.options.items()
    ]
    if row.aliases:
        pairs.append(("also called", ", ".join(row.aliases)))
    if isinstance(row, Loss):
        pairs += [
            (what, value) for what, value in (("over outputs", row.outputs), ("over samples", row.reduction)) if value
        ]
    return [Line(op.title or row.name, "title"), Pairs(pairs)]


def record() -> dict[str, Any]:
    """The whole table for machines."""
    return {
        "schema": "gradcalc.ops/1",
        "version": __version__,
        "ops": [entry(row) for _, rows in _families() for row in rows],
    }


def entry(row: Op | Loss) -> dict[str, Any]:
    """One row for machines."""
    op = row.op if isinstance(row, Loss) else row
    form = _form(op)
    return {
        "name": row.name,
        "aliases": list(row.aliases),
        "family": op.family,
        "arguments": list(op.args),
        "formula": form.formula,
        "rules": dict(zip(op.args, form.rules, strict=True)),
        "pattern": op.pattern,
        "convention": op.doc,
        "options": {key: option.default for key, option in op.options.items()},
        **({"outputs": row.outputs, "reduction": row.reduction} if isinstance(row, Loss) else {}),
    }


def cells(rows: Sequence[Op | Loss] | None = None) -> Iterator[tuple[str, str, str]]:
    """The table, a row each: name, family, formula."""
    for row in rows or [row for _, family in _families() for row in family]:
        yield row.name, (row.op if isinstance(row, Loss) else row).family, _formula(row)


def _families() -> list[tuple[str, list[Op | Loss]]]:
    activations: list[Op | Loss] = [op for name, op in ACTIVATIONS.items() if name == op.name]
    losses: list[Op | Loss] = [loss for name, loss in LOSSES.items() if name == loss.name]
    others: list[Op | Loss] = [op for op in OPS.values() if op.family not in ("activation", "loss")]
    return [("Activations", activations), ("Losses", losses), ("What layers and losses are made of", others)]


def _formula(row: Op | Loss) -> str:
    op = row.op if isinstance(row, Loss) else row
    return _text(op, _form(op).formula)


def _text(op: Op, formula: str) -> str:
    tree = book.substitute(book.parse(formula), {"g": ast.Name("∂g")})
    return text(simplify(tree), Style(_names(op)))


def _names(op: Op) -> Mapping[str, str]:
    return _LOSS_NAMES if op.family == "loss" else _OP_NAMES


def _defaults(op: Op) -> dict[str, Any]:
    return {key: option.default for key, option in op.options.items()}


def _form(op: Op) -> Form:
    """The texts under the default options; those of a reduction, which takes counts, in full."""
    return op.form(_defaults(op)) if op.options else Form(op.formula, op.rules)


def _shown(default: float | bool | None) -> str:
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else f"{default:g}"
