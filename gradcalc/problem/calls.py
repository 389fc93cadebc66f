"""Functions that call each other: every call is written out by the formula that it stands for."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.errors import ExpressionError
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.model import Function


def written_out(functions: Mapping[str, Function], faults: Faults) -> dict[str, Function]:
    """The functions with no call of one another left; a call that can't be meant, or that has no end, is a fault."""
    made: dict[str, Function] = {}
    for name in functions:
        with suppress(Refused):
            _made(name, functions, made, (), faults)
    if len(made) < len(functions):
        raise Refused("functions")
    return {name: made[name] for name in functions}


def _made(
    name: str, functions: Mapping[str, Function], made: dict[str, Function], calling: tuple[str, ...], faults: Faults
) -> Function:
    if name not in made:
        function = functions[name]
        formulas = [_formula(formula, functions, made, (*calling, name), faults) for formula in function.formulas]
        made[name] = replace(function, formulas=tuple(formulas))
    return made[name]


def _formula(
    formula: Formula,
    functions: Mapping[str, Function],
    made: dict[str, Function],
    calling: tuple[str, ...],
    faults: Faults,
) -> Formula:
    calls = [node for node in ast.walk(formula.tree) if isinstance(node, ast.Call) and _called(node) in functions]
    if not calls:
        return formula
    try:
        for node in calls:
            _check(node, formula, functions[_called(node)], calling)
        known = {_called(node): _made(_called(node), functions, made, calling, faults) for node in calls}
        tree = _WrittenOut(known).visit(formula.tree)
        return parse(ast.unparse(ast.fix_missing_locations(tree)), formula.written.origin, FUNCTIONS)
    except ExpressionError as error:
        for fault in error.faults:
            faults.add(fault.message, fault.place or formula.written.place(0, 1), fault.hint)
        raise Refused(formula.written.text) from None


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _check(node: ast.Call, formula: Formula, function: Function, calling: tuple[str, ...]) -> None:
    """A call has an argument for each of the function's, and leads to an end."""
    if function.name in calling:
        way = " → ".join([*calling[calling.index(function.name) :], function.name])
        raise formula.error(f"{function.name} would be called without end: {way}", node)
    if len(node.args) != len(function.args) or node.keywords:
        takes = f"{len(function.args)} argument{'' if len(function.args) == 1 else 's'} ({', '.join(function.args)})"
        raise formula.error(f"{function.name} takes {takes}, not {len(node.args)}", node)
    if function.shape is not None and len(function.shape) > 1:
        raise formula.error(f"{function.name} gives a matrix, which can't stand in a formula", node)


class _WrittenOut(ast.NodeTransformer):
    """Calls of the known functions become their formulas, a list of formulas a vector."""

    def __init__(self, known: Mapping[str, Function]) -> None:
        self.known = known

    def visit_Call(self, node: ast.Call) -> ast.expr:
        args = [self.visit(argument) for argument in node.args]
        function = self.known.get(_called(node))
        if function is None:
            return ast.Call(node.func, args, node.keywords)
        put = _Put(dict(zip(function.args, args, strict=True)))
        entries = [put.visit(parse(formula.written.text).tree) for formula in function.formulas]
        return entries[0] if len(entries) == 1 else ast.Call(ast.Name("concat"), entries, [])


class _Put(ast.NodeTransformer):
    """The arguments of a call in the places of their letters; words behind a keyword are no letters."""

    def __init__(self, args: Mapping[str, ast.expr]) -> None:
        self.args = args

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.args.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], node.keywords)
