"""What a notebook shows of a result: its page as HTML, and its equations as LaTeX."""

from __future__ import annotations

import ast

from gradcalc.engine.maths import Maths
from gradcalc.engine.notation import Style
from gradcalc.engine.trees import constant
from gradcalc.show.numbers import show_number
from gradcalc.solution import Solution


def html(solution: Solution) -> str:
    """Values and gradients, as `gradcalc forward` and `gradcalc backward` show them."""
    from gradcalc.show import backward, forward  # noqa: PLC0415 - who asks for numbers alone needs no page
    from gradcalc.show.blocks import Note  # noqa: PLC0415
    from gradcalc.show.head import head  # noqa: PLC0415
    from gradcalc.show.html import write  # noqa: PLC0415
    from gradcalc.study.rules import Rules  # noqa: PLC0415

    if not solution.gradients:
        return write(forward.blocks(solution))
    # head and notes are the same on both pages
    values = [block for block in forward.blocks(solution) if not isinstance(block, Note)]
    return write([*values, *backward.blocks(solution)[len(head(solution, Rules(solution))) :]])


def latex(solution: Solution) -> str:
    """Every quantity with its formula and its value, then every gradient with its rule, as one formula."""
    from gradcalc.show.html import ROW  # noqa: PLC0415
    from gradcalc.show.tex import maths  # noqa: PLC0415
    from gradcalc.study.rules import Rules  # noqa: PLC0415

    rules = Rules(solution)
    told = {name: [rules.formula_tree(name)] for name in rules.graph.lines}
    lines = [_equation(name, forms, solution.values[name], rules.style) for name, forms in told.items()]
    for name, g in solution.gradients.items():
        lines.append(_equation(f"∂{name}", rules.rule_trees(name), g, rules.style))
    rows = f" {ROW} ".join(f"& {maths(line, ROW)}" for line in lines)
    return rf"$$\begin{{aligned}} {rows} \end{{aligned}}$$"


def _equation(name: str, forms: list[ast.expr], value: object, style: Style) -> Maths:
    return Maths([ast.Name(name), *forms, constant(value)], style._replace(number=show_number))


def dress() -> None:
    """Give the results of the library what notebooks look for; the stages above know nothing of pages."""
    Solution._repr_html_ = html  # type: ignore[attr-defined]  # a notebook's name, which no stage has
    Solution._repr_latex_ = latex  # type: ignore[attr-defined]
