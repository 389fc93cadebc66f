"""What a line says as a whole: its formula and its rules, composed of the equations that it is made of.

The trees hold the names of quantities; the gradient that arrives at a quantity is named by `arriving`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from gradcalc.engine import book
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.measure import FORMULA, RULE, Measure
from gradcalc.engine.op import Form
from gradcalc.engine.simplify import replace, simplify, simplify_shaped

ONE = ast.Constant(1)
# a result is one number, so that the 1 which arrives there is all that there is to add up or to turn on its side
_ALONE = {"samples(1)": ONE, "total(1)": ONE, "1 .T": ONE}


class Told(NamedTuple):
    """A line's formula, and for each quantity that it uses the rule of the gradient that flows back to it."""

    formula: ast.expr
    rules: Mapping[str, ast.expr]


def arriving(name: str) -> ast.expr:
    """The gradient of the result with respect to `name`, as a name in a tree."""
    return ast.Name(f"∂{name}")


def compose(
    graph: Graph,
    line: str,
    *,
    result: str,
    column: bool,
    joint: bool = False,
    expand: bool = False,
    written: bool = False,
    shaped: bool = False,
) -> Told:
    """The line as one formula and one rule per input.

    `column` writes single samples as column vectors; `joint` tells the step that is computed where the
    line has a stable form, in place of the one that is shown; `expand` writes functions of the table out;
    `written` leaves the formula as somebody wrote it, with nothing gathered; `shaped` leaves the words in that arrays
    need to meet, so that the trees can be run.
    At the result itself the arriving gradient is 1. What would fill a page is told as `…`.
    """
    steps = [e if joint else (e.shown_as or e) for e in graph.line(line)]
    measure = Measure()
    values = _formulas(steps, measure, column=column, expand=expand)
    shares: dict[str, ast.expr] = {line: ONE if line == result else arriving(line)}
    inner = {step.name for step in steps} - {line}
    for step in reversed(steps):
        if step.name not in shares:
            continue
        y = ast.Name(line) if step.name == line else values[step.name]
        names = {**_inputs(step, values), "g": shares[step.name], "y": y}
        for name, rule in zip(step.inputs, _form(step, column=column).rules, strict=True):
            if rule is not None and name not in graph.constants:
                share = book.substitute(book.parse(rule), names)
                share = ast.BinOp(share, ast.Add(), shares[name]) if name in shares else share
                shares[name] = measure.held(share, RULE)
    told = {name: tree for name, tree in shares.items() if name not in inner and name != line}
    tidy = simplify_shaped if shaped else simplify
    rules = {name: tidy(replace(tree, _ALONE) if line == result else tree) for name, tree in told.items()}
    as_it_is = written or measure.is_large(values[line])
    return Told(values[line] if as_it_is else tidy(values[line]), rules)


def parts(graph: Graph, line: str, *, column: bool) -> Mapping[str, ast.expr]:
    """The formula of every step of a line by the step's name, in the names of quantities."""
    return _formulas([e.shown_as or e for e in graph.line(line)], Measure(), column=column, expand=False)


def call(graph: Graph, line: str) -> ast.expr | None:
    """The line as the call of a function of the table (`relu(z1)`), if it is one."""
    steps = graph.line(line)
    return _call(steps[0]) if len(steps) == 1 and not steps[0].op.inline else None


def _formulas(steps: list[Equation], measure: Measure, *, column: bool, expand: bool) -> dict[str, ast.expr]:
    """The value of every step in the names of quantities; functions of the table stand as calls."""
    values = _written_numbers(steps)
    for step in steps:
        if expand or step.op.inline:
            names = _inputs(step, values)
            value = book.substitute(book.parse(_form(step, column=column).formula), names)
        else:
            value = _call(step, values)
        values[step.name] = measure.held(value, FORMULA)
    return values


def _written_numbers(steps: list[Equation]) -> dict[str, ast.expr]:
    """The leaves that are numbers of the line's own text: `L·100` is 100, `L·pi` is π, `L·2·3×3` a 2 everywhere."""
    parts = [(name, name.split("·")) for step in steps for name in step.inputs if name.startswith(f"{step.line}·")]
    return {name: _literal(text) for name, (_, text, *_) in parts}


def _literal(text: str) -> ast.expr:
    try:
        number = float(text)
    except ValueError:
        return ast.Name(text)
    return ast.Constant(int(number) if number.is_integer() else number)


def _call(step: Equation, values: Mapping[str, ast.expr] | None = None) -> ast.expr:
    inputs = [(values or {}).get(name, ast.Name(name)) for name in step.inputs]
    options = [
        ast.keyword(key, ast.Constant(value))
        for key, value in step.attrs.items()
        if key in step.op.options and (value or value != step.op.options[key].default)
    ]
    return ast.Call(ast.Name(step.op.name), inputs, options)


def _form(step: Equation, *, column: bool) -> Form:
    return step.op.column_form(step.attrs) if column else step.op.form(step.attrs)


def _inputs(step: Equation, values: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    inputs = {arg: values.get(name, ast.Name(name)) for arg, name in zip(step.op.args, step.inputs, strict=True)}
    attrs = {key: value if isinstance(value, ast.expr) else ast.Constant(value) for key, value in step.attrs.items()}
    return {**attrs, **inputs}
