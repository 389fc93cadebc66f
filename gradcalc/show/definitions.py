"""Functions as they were written: `F(x, y) = [3xy, y − x]`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradcalc.engine import lines
from gradcalc.engine.notation import Style
from gradcalc.problem.chain import Chain
from gradcalc.show.blocks import Line, Maths


def definition(chain: Chain, style: Style) -> Line:
    """A function alone with its letters, and what it was said to be."""
    args: list[ast.expr] = [ast.Name(arg) for arg in chain.link.function.args]
    told = [
        lines.compose(chain.graph, output.name, result="", column=False, written=True).formula
        for output in chain.outputs
    ]
    return Line(Maths((ast.Call(ast.Name(chain.link.function.name), args, []), listed(told, chain)), style))


def listed(entries: Sequence[ast.expr], chain: Chain) -> ast.expr:
    """Formulas in the brackets in which they stand in a list; one formula alone without any."""
    shape = chain.shape
    if len(entries) == 1 and len(shape) < 2:
        return entries[0]
    if len(shape) < 2:
        return ast.Call(ast.Name("stack"), [*entries], [])
    size = len(entries) // shape[0]
    rows: list[ast.expr] = [
        ast.Call(ast.Name("stack"), [*entries[start : start + size]], []) for start in range(0, len(entries), size)
    ]
    return ast.Call(ast.Name("stack"), rows, [])
