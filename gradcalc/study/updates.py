"""The rules of an optimizer and of a schedule as lines of mathematics."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from gradcalc.engine import book
from gradcalc.engine.notation import Style, text
from gradcalc.training.optimizer import Optimizer
from gradcalc.training.schedules import SCHEDULES, WARMUP, Choice, constants, warmup

_HAT, _BAR = "\N{COMBINING CIRCUMFLEX ACCENT}", "\N{COMBINING MACRON}"
_SIGNS = {"w": "θ", "loss": "L", "lr_t": "α", "m_hat": f"m{_HAT}", "v_hat": f"v{_HAT}", "m_bar": f"m{_BAR}"}
RATE_OF_STEP = "η_t"
_LISTED = 8


class ToldSchedule(NamedTuple):
    """The rate of step t as a formula, and its constants by their signs."""

    formula: str
    constants: Mapping[str, float]


def told(optimizer: Optimizer, hyper: Mapping[str, Any], *, scheduled: bool = False) -> list[str]:
    """The rules of one step in order, one line each: `m ← β1 m + (1 − β1) g` … `θ ← θ − η m̂ / (√v̂ + ε)`.

    `hyper` has every constant of the row. What is kept for the next step has an arrow, what is only derived a sign of
    equality. With a schedule the rate is that of the step, `η_t`.
    """
    names = signs(optimizer, scheduled=scheduled)
    kept = {*optimizer.state(hyper), "g"}
    lines = []
    for name, rule in optimizer.rules(hyper):
        tree = book.parse(rule)
        if name == "update":
            lines.append(f"{names['w']} ← {written(stepped(tree), names)}")
        else:
            lines.append(f"{names.get(name, name)} {'←' if name in kept else '='} {written(tree, names)}")
    return lines


def signs(optimizer: Optimizer, *, scheduled: bool = False) -> dict[str, str]:
    """How each name of the rules is written where that is not the name itself: `w` θ, `m_hat` m̂, `lr` η."""
    found = {**_SIGNS, **{name: row.sign for name, row in optimizer.hyper.items()}, **optimizer.signs}
    return {**found, "lr": RATE_OF_STEP} if scheduled else found


def told_schedule(choice: Choice, steps: int) -> ToldSchedule:
    """A schedule as it is in a run of `steps` steps: `η_t = η γ^⌊(t − 1) / n⌋`."""
    slow = warmup(choice)
    start = {WARMUP.sign: slow} if slow else {}
    if choice.rates:
        first, rest = f"{choice.rates[0]:.6g}", _listed(choice.rates, steps - slow)
    else:
        row, values = SCHEDULES[choice.name], constants(choice, steps)
        names = {"lr": "η", "warmup": WARMUP.sign, **{name: hyper.sign for name, hyper in row.hyper.items()}}
        since = book.parse("t - warmup - 1" if slow else "t - 1")
        first = written(book.parse(row.first), names)
        rest = written(book.substitute(book.parse(row.rule), {"k": since}), names)
        start |= {row.hyper[name].sign: value for name, value in values.items()}
    slowly = f"{first} t / {WARMUP.sign} until t = {WARMUP.sign}, then " if slow else ""
    return ToldSchedule(f"{RATE_OF_STEP} = {slowly}{rest}", start)


def written(tree: ast.expr, names: Mapping[str, str]) -> str:
    """The tree as one line, with powers of t raised (`β1ᵗ`) and no second brackets around the root of a sum."""
    return text(_joined(tree, names), Style(names))


def stepped(update: ast.expr) -> ast.expr:
    """What a parameter becomes, from the rule of what is added to it."""
    return _added(ast.Name("w"), update)


def _listed(rates: tuple[float, ...], steps: int) -> str:
    shown = [f"{rate:.6g}" for rate in rates[:steps]]
    if len(shown) > _LISTED:
        shown = [*shown[: _LISTED - 2], "…", shown[-1]]
    return ", ".join([*shown, *([f"then {rates[-1]:.6g}"] if steps > len(rates) else [])])


def _added(to: ast.expr, tree: ast.expr) -> ast.expr:
    """The sum of both, so that a minus in front of a term of `tree` becomes the sign of the sum."""
    match tree:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right):
            return ast.BinOp(_added(to, left), operator, right)
    positive = _without_minus(tree)
    return ast.BinOp(to, ast.Add(), tree) if positive is None else ast.BinOp(to, ast.Sub(), positive)


def _without_minus(tree: ast.expr) -> ast.expr | None:
    """A product without the minus in front of it; None if there is none."""
    match tree:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as operator, right=right):
            positive = _without_minus(left)
            return None if positive is None else ast.BinOp(positive, operator, right)
    return None


def _joined(tree: ast.expr, names: Mapping[str, str]) -> ast.expr:
    """The tree with each part that holds together in print as one name."""
    match tree:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Pow(), right=ast.Name(id="t")):
            return ast.Name(names.get(name, name) + "ᵗ")
        case ast.Call(func=ast.Name(id="sqrt"), args=[ast.BinOp() as inner]):
            return ast.Name(f"√({written(inner, names)})")
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_joined(left, names), operator, _joined(right, names))
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _joined(operand, names))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(_joined(left, names), operators, [_joined(right, names)])
        case ast.Call(func=function, args=arguments):
            return ast.Call(function, [_joined(argument, names) for argument in arguments], [])
    return tree
