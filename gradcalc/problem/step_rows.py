"""What people call a row of a step, and what is made of such rows on the way."""

from __future__ import annotations

import ast
import re

from gradcalc.engine.expression.tree import parse
from gradcalc.errors import ExpressionError
from gradcalc.problem.answers import CLIPPED, GRADIENTS, PARAMETERS, UPDATE
from gradcalc.problem.node import Node
from gradcalc.problem.where import Where

_STEP_WORDS = {
    **dict.fromkeys(("gradients", "gradient", "grad", "grads", "g"), GRADIENTS),
    **dict.fromkeys(("update", "updates", "delta"), UPDATE),
    **dict.fromkeys(("parameters", "parameter", "params", "theta", "θ"), PARAMETERS),
    "clipped": CLIPPED,
}
_STATES = {"m̂": "m_hat", "mhat": "m_hat", "v̂": "v_hat", "vhat": "v_hat"}
_ROOT = re.compile(r"√(\w+)")


def step_row(text: str, value: Node, where: Where) -> str | None:
    """The row of a step that `text` names; at the top only what can be nothing else."""
    built = where.built
    if text in built.quantities and value.kind != "mapping":
        return None
    if where.step is None and value.kind != "mapping" and (built.layers or text in built.quantities):
        return None
    if where.run is None and where.step is None and value.kind != "mapping" and built.graph.equations:
        return None
    # runs are asked for only now: what nothing is trained in has none
    rows = {row for trained in where.words.runs.values() for row in trained.rows}
    # AdaDelta has a row `delta` of its own, and a gradient with the decay of weights in it is `g`
    word = text if text in rows else _STEP_WORDS.get(text) or _STATES.get(text, text)
    if word in rows:
        return word
    return _made_of_rows(text, where) if where.step is not None and value.kind == "mapping" else None


def _made_of_rows(text: str, where: Where) -> str | None:
    """What is computed of a state on the way, as `sqrt(s)`; None for what is no formula of one."""
    runs = where.words.runs.values() if where.run is None else [where.words.runs[where.run]]
    known = {name for trained in runs for name in (*trained.rows, *trained.constants)}
    for sign, name in _STATES.items():
        text = text.replace(sign, name)
    try:
        tree = parse(_ROOT.sub(r"sqrt(\1)", text)).tree
    except ExpressionError:
        return None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return ast.unparse(tree) if names <= known | {"sqrt", "abs"} and names & known else None
