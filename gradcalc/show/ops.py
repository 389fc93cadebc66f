"""The tables of activations, losses and optimizers, and one row of them in full."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.engine import book
from gradcalc.engine.maths import Maths, Phrase, Words, figure, named
from gradcalc.engine.notation import Style
from gradcalc.engine.op import Form, Op
from gradcalc.engine.ops import ACTIVATIONS, LOSSES, OPS
from gradcalc.engine.ops.losses import Loss
from gradcalc.engine.simplify import simplify
from gradcalc.errors import UsageError
from gradcalc.problem.suggest import OTHER_VALUES, nearest
from gradcalc.show.blocks import Block, Cell, Column, Heading, Line, Note, Pairs, Row, Table
from gradcalc.study.updates import told
from gradcalc.training.optimizer import Optimizer
from gradcalc.training.optimizers import OPTIMIZERS

_LOSS_NAMES = {"p": "ŷ", "t": "y", "∂g": "∂L/∂ℓ", "y": "ℓ"}
_OP_NAMES = {"∂g": "∂L/∂y"}
# what an op gives, whatever its arguments are called
_OWN = "own"


AnyRow = Op | Loss | Optimizer


def find(name: str) -> AnyRow:
    """The row called `name`; a UsageError with the nearest name if there is none."""
    known: Mapping[str, AnyRow] = {**OPTIMIZERS, **OPS, **ACTIVATIONS, **LOSSES}
    if name in known:
        return known[name]
    near = nearest(name, known, OTHER_VALUES)
    raise UsageError(
        f"no op is called '{name}'", hint=f"did you mean '{near}'?" if near else "`gradcalc ops` lists all"
    )


def blocks() -> list[Block]:
    """Every activation, loss, optimizer and primitive, a line each."""
    page: list[Block] = []
    columns = [Column("name"), Column("also"), Column("formula", role="formula")]
    for heading, rows in _families():
        page.append(Heading(heading))
        page.append(Table(columns, [Row((row.name, ", ".join(row.aliases), _formula(row))) for row in rows]))
    return [*page, Note("`gradcalc ops NAME` shows derivative, back-flow and conventions of one.")]


def one(row: AnyRow) -> list[Block]:
    """One row of the table in full."""
    if isinstance(row, Optimizer):
        return _optimizer(row)
    op = row.op if isinstance(row, Loss) else row
    form = _form(op)
    formula = _formula(row)
    if op is row:
        formula = Maths([ast.Name(_OWN), *formula.forms], Style({**formula.style.names, _OWN: "y"}))
    pairs: list[tuple[Words, Cell]] = [("formula", formula)]
    pairs += [
        (named(f"∂L/∂{_names(op).get(arg, arg)}"), _maths(op, rule))
        for arg, rule in zip(op.args, form.rules, strict=True)
        if rule
    ]
    pairs += [("back-flow", op.pattern), ("convention", op.doc)]
    pairs += [
        (f"option {key}", Phrase([f"{option.doc} (default ", _shown(option.default), ")"]))
        for key, option in op.options.items()
    ]
    if row.aliases:
        pairs.append(("also called", ", ".join(row.aliases)))
    if isinstance(row, Loss):
        pairs += [
            (what, value) for what, value in (("over outputs", row.outputs), ("over samples", row.reduction)) if value
        ]
    return [Line(op.title or row.name, "title"), Pairs(pairs)]


def _optimizer(row: Optimizer) -> list[Block]:
    """An optimizer in full: its rule under the defaults, its state, its constants."""
    hyper = {key: constant.default for key, constant in row.hyper.items()}
    pairs: list[tuple[Words, Cell]] = [("rule" if not i else "", rule) for i, rule in enumerate(told(row, hyper))]
    pairs += [("state", ", ".join(row.state(hyper)) or "none"), ("convention", row.doc)]
    for key, constant in row.hyper.items():
        names = ", ".join([key, *constant.aliases])
        words = f" ({', '.join(constant.choices)})" if constant.choices else ""
        is_word = isinstance(constant.default, bool | str)
        sign = constant.sign if is_word else named(constant.sign)
        pairs.append(
            (Phrase([sign, f"  {names}"]), Phrase([f"{constant.doc}{words}; default ", _shown(constant.default)]))
        )
    return [Line(row.title, "title"), Pairs(pairs)]


def record() -> dict[str, Any]:
    """The whole table for machines."""
    return {
        "schema": "gradcalc.ops/1",
        "version": __version__,
        "ops": [entry(row) for _, rows in _families() for row in rows],
    }


def entry(row: AnyRow) -> dict[str, Any]:
    """One row for machines."""
    if isinstance(row, Optimizer):
        return _optimizer_entry(row)
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


def _optimizer_entry(row: Optimizer) -> dict[str, Any]:
    hyper = {key: constant.default for key, constant in row.hyper.items()}
    return {
        "name": row.name,
        "aliases": list(row.aliases),
        "family": "optimizer",
        "rules": dict(row.rules(hyper)),
        "state": list(row.state(hyper)),
        "convention": row.doc,
        "options": hyper,
    }


def cells(rows: Sequence[AnyRow] | None = None) -> Iterator[tuple[str, str, str]]:
    """The table, a row each: name, family, formula."""
    for row in rows or [row for _, family in _families() for row in family]:
        yield row.name, _family(row), _formula(row).text


def _family(row: AnyRow) -> str:
    if isinstance(row, Optimizer):
        return "optimizer"
    return (row.op if isinstance(row, Loss) else row).family


def _families() -> list[tuple[str, list[AnyRow]]]:
    activations: list[AnyRow] = [op for name, op in ACTIVATIONS.items() if name == op.name]
    losses: list[AnyRow] = [loss for name, loss in LOSSES.items() if name == loss.name]
    optimizers: list[AnyRow] = [row for name, row in OPTIMIZERS.items() if name == row.name]
    others: list[AnyRow] = [op for op in OPS.values() if op.family not in ("activation", "loss")]
    return [
        ("Activations", activations),
        ("Losses", losses),
        ("Optimizers", optimizers),
        ("What layers and losses are made of", others),
    ]


def _formula(row: AnyRow) -> Maths:
    if isinstance(row, Optimizer):
        return told(row, {key: constant.default for key, constant in row.hyper.items()})[-1]
    op = row.op if isinstance(row, Loss) else row
    return _maths(op, _form(op).formula)


def _maths(op: Op, formula: str) -> Maths:
    tree = book.substitute(book.parse(formula), {"g": ast.Name("∂g")})
    return Maths([simplify(tree)], Style(_names(op)))


def _names(op: Op) -> Mapping[str, str]:
    return _LOSS_NAMES if op.family == "loss" else _OP_NAMES


def _defaults(op: Op) -> dict[str, Any]:
    return {key: option.default for key, option in op.options.items()}


def _form(op: Op) -> Form:
    """The texts under the default options; those of a reduction, which takes counts, in full."""
    return op.form(_defaults(op)) if op.options else Form(op.formula, op.rules)


def _shown(default: float | bool | str | None) -> str | Maths:
    if isinstance(default, str):
        return default
    if default is None:
        return "none"
    return str(default).lower() if isinstance(default, bool) else figure(default, "{:g}".format)
