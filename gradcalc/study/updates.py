"""The rules of an optimizer and of a schedule as lines of mathematics."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from gradcalc.engine import book
from gradcalc.engine.maths import Maths, Phrase
from gradcalc.engine.notation import Style
from gradcalc.training.optimizer import Optimizer
from gradcalc.training.schedules import SCHEDULES, WARMUP, Choice, constants, warmup

_HAT, _BAR = "\N{COMBINING CIRCUMFLEX ACCENT}", "\N{COMBINING MACRON}"
_SIGNS = {"w": "θ", "loss": "L", "lr_t": "α", "m_hat": f"m{_HAT}", "v_hat": f"v{_HAT}", "m_bar": f"m{_BAR}"}
RATE_OF_STEP = "η_t"
_LISTED = 8


class ToldSchedule(NamedTuple):
    """The rate of step t as a formula, and its constants by their signs."""

    formula: Phrase
    constants: Mapping[str, float]


def told(optimizer: Optimizer, hyper: Mapping[str, Any], *, scheduled: bool = False) -> list[Maths]:
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
            lines.append(equation("w", stepped(tree), names, "←"))
        else:
            lines.append(equation(name, tree, names, "←" if name in kept else "="))
    return lines


def equation(name: str, tree: ast.expr, names: Mapping[str, str], sign: str = "=") -> Maths:
    """A line of mathematics: what has the name is the tree, without second brackets around the root of a sum."""
    return Maths([ast.Name(name), _rooted(tree)], Style(names), sign)


def signs(optimizer: Optimizer, *, scheduled: bool = False) -> dict[str, str]:
    """How each name of the rules is written where that is not the name itself: `w` θ, `m_hat` m̂, `lr` η."""
    found = {**_SIGNS, **{name: row.sign for name, row in optimizer.hyper.items()}, **optimizer.signs}
    return {**found, "lr": RATE_OF_STEP} if scheduled else found


def told_schedule(choice: Choice, steps: int) -> ToldSchedule:
    """A schedule as it is in a run of `steps` steps: `η_t = η γ^⌊(t − 1) / n⌋`."""
    slow = warmup(choice)
    start = {WARMUP.sign: slow} if slow else {}
    names = {"lr": "η", "warmup": WARMUP.sign, "lr_t": RATE_OF_STEP}
    if choice.rates:
        first: ast.expr = ast.Constant(choice.rates[0])
        rest = _listed(choice.rates, steps - slow)
    else:
        row, values = SCHEDULES[choice.name], constants(choice, steps)
        names |= {name: hyper.sign for name, hyper in row.hyper.items()}
        since = book.parse("t - warmup - 1" if slow else "t - 1")
        first, rest = book.parse(row.first), [book.substitute(book.parse(row.rule), {"k": since})]
        start |= {row.hyper[name].sign: value for name, value in values.items()}
    style = Style(names, number=_six)
    parts: list[str | Maths] = [part if isinstance(part, str) else Maths([_rooted(part)], style) for part in rest]
    if slow:
        rising = ast.BinOp(ast.BinOp(first, ast.Mult(), ast.Name("t")), ast.Div(), ast.Name("warmup"))
        until = Maths([ast.Name("t"), ast.Name("warmup")], style)
        return ToldSchedule(
            Phrase([Maths([ast.Name("lr_t"), rising], style), " until ", until, ", then ", *parts]), start
        )
    whole = parts[0].forms[0] if isinstance(parts[0], Maths) else ast.Name("…")
    return ToldSchedule(Phrase([Maths([ast.Name("lr_t"), whole], style), *parts[1:]]), start)


def _six(rate: float) -> str:
    return f"{rate:.6g}"


def stepped(update: ast.expr) -> ast.expr:
    """What a parameter becomes, from the rule of what is added to it."""
    return _added(ast.Name("w"), update)


def _listed(rates: tuple[float, ...], steps: int) -> list[str | ast.expr]:
    shown: list[str | ast.expr] = [ast.Constant(rate) for rate in rates[:steps]]
    if len(shown) > _LISTED:
        shown = [*shown[: _LISTED - 2], "…", shown[-1]]
    parts = [part for one in shown for part in (", ", one)][1:]
    return [*parts, ", then ", ast.Constant(rates[-1])] if steps > len(rates) else parts


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


def _rooted(tree: ast.expr) -> ast.expr:
    """The tree with the root of a sum or a product as a word that has its own brackets."""
    match tree:
        case ast.Call(func=ast.Name(id="sqrt"), args=[ast.BinOp() as inner]):
            return ast.Call(ast.Name("root"), [_rooted(inner)], [])
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_rooted(left), operator, _rooted(right))
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _rooted(operand))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(_rooted(left), operators, [_rooted(right)])
        case ast.Call(func=function, args=arguments):
            return ast.Call(function, [_rooted(argument) for argument in arguments], [])
    return tree
