"""How gradient flows back through each line, in words and in the problem's own names."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from gradcalc.engine import book, lines
from gradcalc.engine.graph import Equation
from gradcalc.engine.notation import Style, text, text_of_factor
from gradcalc.engine.simplify import simplify
from gradcalc.study.rules import Rules

# a name of an op's inputs in its pattern, and whether it is told what it gets
_NAME = re.compile(r"(?<![^\W\d_])([A-Za-z])(?![A-Za-z0-9_])( gets)?")


def flow(rules: Rules, line: str) -> list[str]:
    """A sentence for each step of a line, from its end back: `switches: x gets g·w, w gets g·x`.

    g is the gradient that arrives at the step. A step with one input that is no constant passes it or scales it.
    """
    graph, single = rules.graph, rules.built.single
    known = lines.parts(graph, line, column=single)
    steps = [e.shown_as or e for e in graph.line(line) if e.name not in graph.constants]
    steps = [step for step in steps if not _reduces_nothing(step, rules)]
    said = [sentence(step, known, rules, column=single) for step in reversed(steps)]
    return list(dict.fromkeys(sentence for sentence in said if sentence))


def _reduces_nothing(step: Equation, rules: Rules) -> bool:
    """Whether a sum or a mean has one term alone."""
    values = rules.solution.flow
    if step.attrs.get("count") == 1:
        return True
    if step.op.family != "reduction" or not {step.inputs[0], step.name} <= values.keys():
        return False
    return values[step.inputs[0]].size == values[step.name].size


def sentence(step: Equation, known: Mapping[str, ast.expr], rules: Rules, *, column: bool) -> str:
    """How gradient flows back through one step; `known` has the formulas of the steps of its line."""
    constants = rules.graph.constants
    open_inputs = [k for k, name in enumerate(step.inputs) if name not in constants and step.op.vjps[k] is not None]
    names = {arg: known.get(name, ast.Name(name)) for arg, name in zip(step.op.args, step.inputs, strict=True)}
    if len(open_inputs) == 1 and len(step.inputs) > 1 and not step.op.pattern.startswith(("routes", "blocks")):
        return _alone(step, open_inputs[0], names, rules.style, column=column) or step.op.pattern
    if step.op.family == "loss":
        return step.op.pattern

    def named(word: re.Match[str]) -> str:
        tree = names.get(word[1])
        if tree is None:
            return word[0]
        return f"{text(tree, rules.style)}{word[2]}" if word[2] else text_of_factor(tree, rules.style)

    return _NAME.sub(named, step.op.pattern)


def _alone(step: Equation, k: int, names: Mapping[str, ast.expr], style: Style, *, column: bool) -> str:
    """The sentence of a step whose other inputs are constants, if its rule is short enough for one."""
    form = step.op.column_form(step.attrs) if column else step.op.form(step.attrs)
    rule = form.rules[k]
    if rule is None or step.op.family == "loss":
        return ""
    share = simplify(book.substitute(book.parse(rule), {**names, **_attributes(step)}))
    told, own = text(share, style), text(names[step.op.args[k]], style)
    return f"passes: {own} gets g unchanged" if told == "g" else f"scales: {own} gets {told}"


def _attributes(step: Equation) -> dict[str, ast.expr]:
    return {name: ast.Constant(value) for name, value in step.attrs.items()}
