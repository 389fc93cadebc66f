"""From a formula to equations: every operator and every call becomes a step, all of them on one line."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from gradcalc.engine.expression import settings
from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.constant import CONSTANTS
from gradcalc.engine.expression.functions import FUNCTIONS, OTHER_NAMES
from gradcalc.engine.expression.losses import loss_of
from gradcalc.engine.expression.tree import Formula
from gradcalc.engine.expression.writer import ANY, Operand, Writer
from gradcalc.engine.graph import Equation
from gradcalc.engine.op import Array, Op
from gradcalc.engine.ops import pairs, products
from gradcalc.engine.ops.arithmetic import ADD
from gradcalc.engine.ops.arrays import COPY, ENTRY, ROWS
from gradcalc.errors import ExpressionError

LONGEST_CHAIN = 140

_OPERATORS: Mapping[type[ast.operator], Op] = {
    ast.Add: ADD,
    ast.Sub: pairs.SUBTRACT,
    ast.Mult: pairs.MULTIPLY,
    ast.Div: pairs.DIVIDE,
    ast.Pow: pairs.POWER,
}

_COMPARISONS: Mapping[type[ast.cmpop], Op] = {
    ast.Lt: pairs.COMPARISONS["<"],
    ast.LtE: pairs.COMPARISONS["<="],
    ast.Gt: pairs.COMPARISONS[">"],
    ast.GtE: pairs.COMPARISONS[">="],
    ast.Eq: pairs.COMPARISONS["=="],
}


class Line(NamedTuple):
    """A formula as equations; the last one carries the line's name.

    `leaves` has the numbers that stand in the formula; `constants` names them and every step that they alone make.
    `loss` is the loss by name that the formula is, if it is one; `entries` counts the numbers that its steps hold.
    """

    equations: tuple[Equation, ...]
    leaves: Mapping[str, Array]
    constants: frozenset[str]
    result: Operand
    loss: CalledLoss | None
    entries: int


def equations(
    formula: Formula,
    line: str,
    known: Mapping[str, Operand],
    sources: Mapping[str, Equation] | None = None,
    base: int = 1,
    later: Collection[str] = (),
    functions: Mapping[str, Function] = FUNCTIONS,
) -> Line:
    """The equations of `formula`, which may use the quantities in `known`; indices and axes count from `base`.

    `sources` has the equations of earlier lines, for losses that are computed together with their activation; `later`
    the names of this line and of those that follow, which can't be used yet; `functions` what can be called.
    Raises ExpressionError where a name is unknown, or the shapes do not go together.
    """
    writer = Writer(formula, line, known, sources or {}, base, later)
    became: dict[ast.expr, Operand] = {}
    for node in reversed(_order(formula)):
        became[node] = writer.made(node) or _written(node, became, writer, functions)
    result = became[formula.tree]
    if result.name not in writer.steps:  # a quantity or a number alone
        result = writer.step(formula.tree, COPY, [result], result.shape)
    steps = tuple(writer.steps.values())
    used = {name for step in steps for name in step.inputs}
    leaves = {name: value for name, value in writer.leaves.items() if name in used}
    loss = loss_of(formula.tree, writer.losses)
    return Line(steps, leaves, frozenset(used & writer.constants), result, loss, writer.entries)


def _order(formula: Formula) -> list[ast.expr]:
    """The nodes that become operands, each before what it is made of, the right before the left."""
    order: list[ast.expr] = []
    waiting = [(formula.tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > LONGEST_CHAIN:
            hint = "put brackets around parts of it"
            raise formula.error(f"more than {LONGEST_CHAIN} operations hang on each other", formula.tree, hint)
        order.append(node)
        waiting.extend((inner, depth + 1) for inner in _operands(node))
    return order


def _operands(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.UnaryOp(operand=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return [inner]
        case ast.Call(args=arguments):
            return arguments
    return []


def _written(
    node: ast.expr, became: Mapping[ast.expr, Operand], writer: Writer, functions: Mapping[str, Function]
) -> Operand:
    """What a node becomes, once its operands have."""
    operands = [became[inner] for inner in _operands(node)]
    match node:
        case ast.Constant(value=value):
            return _number(node, value, writer)  # type: ignore[arg-type]  # `parse` let only int and float through
        case ast.Name(id=name):
            return _named(name, node, writer)
        case ast.UnaryOp(op=ast.UAdd()):
            return operands[0]
        case ast.UnaryOp():
            return _minus(node, operands[0], writer)
        case ast.BinOp(op=ast.MatMult()):
            return _matrix_product(node, operands, writer)
        case ast.BinOp(op=operator):
            return _pair(node, _OPERATORS[type(operator)], operands, writer)
        case ast.Compare(ops=[sign]):
            return _pair(node, _COMPARISONS[type(sign)], operands, writer)
        case ast.Attribute():
            return writer.step(node, products.TRANSPOSE, operands, operands[0].shape[::-1])
        case ast.Subscript():
            return _part(node, operands[0], writer)
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, node, operands, writer, functions)
    raise writer.formula.refuse(node, node)


def _number(node: ast.expr, value: float, writer: Writer) -> Operand:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise writer.formula.error(f"{writer.formula.piece(node)} is too large: a number must be finite", node)
    return writer.number(_digits(number), number)


def _digits(number: float) -> str:
    """The number in its shortest form, a whole one without a point."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)


def _named(name: str, node: ast.expr, writer: Writer) -> Operand:
    if name in writer.known:
        return writer.known[name]
    if name in writer.later:
        what = "is what this line computes" if name == writer.line else "is computed on a later line"
        raise writer.formula.error(f"{name} {what}", node, "a line may use what stands above it")
    if name in CONSTANTS:
        return writer.number({"π": "pi"}.get(name, name), CONSTANTS[name])
    if name in FUNCTIONS:
        raise writer.formula.error(f"{name} is a function: it needs its argument in brackets", node, f"write {name}(…)")
    raise writer.formula.error(f"unknown name '{name}'", node, _meant(name, writer))


def _meant(name: str, writer: Writer) -> str:
    """Which quantity was probably meant, or which letter looks like another."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name asks for it

    close = get_close_matches(name, writer.known, 1)
    if close:
        return f"did you mean '{close[0]}'?"
    if not name.isascii():
        import unicodedata  # noqa: PLC0415 - likewise

        strange = next(sign for sign in name if not sign.isascii())
        return f"'{strange}' is {unicodedata.name(strange, 'a letter without a name').lower()}"
    return f"known are {', '.join(writer.known)}" if writer.known else "nothing has a name here"


def _minus(node: ast.expr, x: Operand, writer: Writer) -> Operand:
    """A minus; that before a number is a part of the number."""
    if x.constant and x.value is not None and isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return writer.number(f"-{_digits(float(x.value))}", -float(x.value))
    return writer.step(node, pairs.NEGATE, [x], x.shape)


def _pair(node: ast.expr, op: Op, operands: list[Operand], writer: Writer) -> Operand:
    """Two operands entry by entry; the smaller is stretched to the shape of the larger."""
    shape = writer.common(node, operands)
    x, n = operands
    if op is pairs.POWER and n.constant and n.shape == ():
        return writer.step(node, pairs.POWER_OF, operands, x.shape)
    return writer.step(node, op, writer.stretched(operands, shape), shape)


def _matrix_product(node: ast.expr, operands: list[Operand], writer: Writer) -> Operand:
    p, q = (operand.shape for operand in operands)
    if ANY in (p, q):
        return writer.step(node, products.MATMUL, operands, ANY)
    op = products.BY_AXES.get((len(p), len(q)))
    if op is None:
        raise writer.misfit(node, operands, "but @ multiplies vectors and matrices", "numbers are multiplied by *")
    if p[-1] != q[0]:
        raise _unequal(node, operands, writer)
    return writer.step(node, op, operands, (*p[:-1], *q[1:]))


def _unequal(node: ast.expr, operands: list[Operand], writer: Writer) -> ExpressionError:
    p, q = (operand.shape for operand in operands)
    what = "columns" if len(p) == 2 else "entries"
    needs = f"{writer.told(operands[0])} needs {q[0]} {what}"
    turned = (len(p) == 2 and p[0] == q[0]) or (len(q) == 2 and p[-1] == q[-1])
    return writer.misfit(node, operands, needs, "transposed?" if turned else None)


def _part(node: ast.Subscript, x: Operand, writer: Writer) -> Operand:
    settings.refuse_any(node, x, writer)
    named = _rows(node, x, writer)
    if named is not None:
        return writer.step(node, ROWS, [x, named], (*named.shape, *x.shape[1:]), {"base": writer.base})
    key = settings.key(node, x, writer)
    shape = np.broadcast_to(False, x.shape)[key].shape
    return writer.step(node, ENTRY, [x], shape, {"key": key})


def _rows(node: ast.Subscript, x: Operand, writer: Writer) -> Operand | None:
    """The quantity whose numbers name the rows that are taken, if the index is one."""
    index = writer.known.get(node.slice.id) if isinstance(node.slice, ast.Name) else None
    if index is None or not x.shape:
        return None
    if index.value is None:
        hint = "rows are named by an input, or written out: x[2], x[[2, 4, 2]]"
        raise writer.formula.error(f"{index.name} is no input, and an index does not vary", node.slice, hint)
    last = x.shape[0] - 1 + writer.base
    wrong = [i for i in np.ravel(index.value).tolist() if not (i.is_integer() and writer.base <= i <= last)]
    if wrong:
        told = f"{writer.told(x)} has the rows {writer.base} to {last}"
        raise writer.formula.error(f"{index.name} has the entry {wrong[0]:g}, and {told}", node.slice)
    return index


def _call(
    name: str, node: ast.Call, operands: list[Operand], writer: Writer, functions: Mapping[str, Function]
) -> Operand:
    function = functions.get(name)
    if function is None:
        raise writer.formula.error(f"unknown function '{name}'", node, _meant_call(name, writer))
    given: dict[str, ast.expr] = {}
    for word in node.keywords:
        if word.arg in given:
            raise writer.formula.error(f"the keyword '{word.arg}' is given twice", word.value)
        given[str(word.arg)] = word.value
    call = Call(node, name, operands, given, writer)
    function.check(call)
    return function.write(call)


def _meant_call(name: str, writer: Writer) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name asks for it

    if name in writer.known:
        return f"{name} is a quantity: write {name}*(…)"
    close = [OTHER_NAMES[name]] if name in OTHER_NAMES else get_close_matches(name, FUNCTIONS, 1)
    return f"did you mean {close[0]}(…)?" if close else "`gradcalc ops` lists the functions"
