"""The number that a formula without names is: sqrt(2)/2, 1e3/7, 2^-3.

Everything is computed in float64, so that 9^9^9 overflows instead of growing without end.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.errors import ExpressionError

FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "abs": math.fabs,
}

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi, "e": math.e}


def _minus(a: float) -> float:
    return -a


def _plus(a: float) -> float:
    return a


_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: math.pow,
}

_UNARY: Mapping[type[ast.unaryop], Callable[[float], float]] = {ast.USub: _minus, ast.UAdd: _plus}


def constant(text: str) -> float:
    """The float64 value of a formula without names other than π and e, such as `sqrt(2)/2` or `2^-3`.

    `^` and `**` are powers, bind tighter than a minus before them and group from the right: -2^2 is -4. Raises
    ExpressionError for all that is not such a formula or has no finite real value.

    >>> constant("1/4 + 2^-2")
    0.5
    """
    formula = parse(text, functions=FUNCTIONS)
    return evaluate(formula, formula.tree)


def evaluate(formula: Formula, tree: ast.expr) -> float:
    """The value of a part of a formula: children before parents and without recursion, however deep it is."""
    order = [tree]
    for node in order:
        order.extend(_operands(node, formula))
    values: dict[ast.expr, float] = {}
    for node in reversed(order):
        values[node] = _value(node, values, formula)
    return values[tree]


def _operands(node: ast.expr, formula: Formula) -> list[ast.expr]:
    """The nodes whose values this one needs; refuses what makes no number."""
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return [left, right]
        case ast.BinOp(op=operator):
            raise formula.refuse(operator, node, "a formula of numbers")
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            _check_call(name, node, formula)
            return arguments
        case ast.Call(keywords=[word, *_]):
            raise formula.refuse(word, node, "a formula of numbers")
        case ast.Name(id=name):
            _check_name(name, node, formula)
            return []
        case ast.Constant():
            return []
    raise formula.refuse(node, node, "a formula of numbers")


def _check_call(name: str, node: ast.Call, formula: Formula) -> None:
    if name not in FUNCTIONS:
        raise formula.error(f"unknown function '{name}'", node, f"known here: {', '.join(FUNCTIONS)}")
    if len(node.args) != 1:
        raise formula.error(f"{name} takes one number, not {len(node.args)}", node)


def _check_name(name: str, node: ast.expr, formula: Formula) -> None:
    if name in FUNCTIONS:
        raise formula.error(f"{name} needs a number in brackets", node, f"write {name}(…)")
    if name not in CONSTANTS:
        raise formula.error(f"unknown name '{name}'", node, "only pi and e stand for numbers here")


def _value(node: ast.expr, values: Mapping[ast.expr, float], formula: Formula) -> float:
    try:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                value = _BINARY[type(operator)](values[left], values[right])
            case ast.UnaryOp(op=sign, operand=operand):
                value = _UNARY[type(sign)](values[operand])
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                value = FUNCTIONS[name](values[argument])
            case ast.Name(id=name):
                value = CONSTANTS[name]
            case ast.Constant(value=number):
                value = float(number)  # type: ignore[arg-type]  # `parse` let only int and float through
            case _:
                raise formula.refuse(node, node)
    except (ValueError, ZeroDivisionError):
        raise _undefined(node, values, formula) from None
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise formula.error(f"{formula.piece(node)} is too large: a number must be finite", node)
    return value


def _undefined(node: ast.expr, values: Mapping[ast.expr, float], formula: Formula) -> ExpressionError:
    piece = formula.piece(node)
    match node:
        case ast.BinOp(op=ast.Pow(), left=base) if values[base] < 0:
            hint = "an odd root of a negative number is written with the minus outside: -(8^(1/3))"
            return formula.error(f"{piece} is not a real number", node, hint)
        case ast.BinOp():
            return formula.error(f"{piece} divides by 0", node)
    return formula.error(f"{piece} is not a real number", node)
