"""Numbers put in on the way to a result: whether they come to it, and which of them was miscopied."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem import scalars
from gradcalc.problem.scalars import Unreadable
from gradcalc.problem.written import Written
from gradcalc.study.cause import Cause
from gradcalc.study.sheet import Sheet, Way

_MOST = 4


def judged(way: Way, sheet: Sheet, leaves: Mapping[str, Array]) -> tuple[bool, tuple[Cause, ...]]:
    """Whether the numbers come to what is said to be their result, and if not which of them may have been another."""
    if _comes(way.number.value, way.result):
        return True, ()
    causes = dict.fromkeys(_exchanged(way, sheet, leaves))
    return False, tuple(causes)[:_MOST] or (Cause("M18", "arithmetic", "a slip of arithmetic"),)


def _comes(value: float, result: Written) -> bool:
    return result.agrees(value, noise=1e-12 * abs(value))


def _exchanged(way: Way, sheet: Sheet, leaves: Mapping[str, Array]) -> Iterator[Cause]:
    """The numbers that stand on the sheet or in the problem, each in the place of one that was put in."""
    known = dict.fromkeys(
        [
            *(given.number.text for given in sheet.numbers),
            *(f"{value:.12g}" for array in leaves.values() for value in np.ravel(array).tolist()),
        ]
    )
    text = way.number.text
    for node in ast.walk(ast.parse(text.replace("^", "**"), mode="eval")):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float):
            continue
        own = text[node.col_offset : node.end_col_offset]
        for other in known:
            put = f"{text[: node.col_offset]}({other}){text[node.end_col_offset :]}"
            try:
                value = scalars.number(put)
            except Unreadable:
                continue
            if _comes(value, way.result):
                yield Cause("M18", "miscopied", f"{own} written where {other} belongs")
