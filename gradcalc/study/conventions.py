"""Every convention that changes a number, as it holds for one solution."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from gradcalc.engine import lines
from gradcalc.engine.notation import text
from gradcalc.problem.sizes import SizedLayer
from gradcalc.solution import Solution
from gradcalc.study.rules import Rules


def loss_formula(solution: Solution, rules: Rules) -> str | None:
    """The loss with nothing hidden: `L = (Σ_n (ŷ − y)²) / 3`."""
    tree = loss_tree(solution)
    return None if tree is None else f"{solution.built.names.loss} = {text(tree, rules.style)}"


def loss_tree(solution: Solution) -> ast.expr | None:
    """The formula of the loss before it is set; None where there is no loss."""
    built = solution.built
    if built.names.loss not in built.quantities:
        return None
    told = lines.compose(built.graph, built.names.loss, result=built.names.loss, column=built.single, expand=True)
    return told.formula


def conventions(solution: Solution, rules: Rules) -> Mapping[str, Any]:
    """The conventions by name, as JSON holds them."""
    problem, built, cost = solution.problem, solution.built, solution.built.cost
    return {
        "loss": cost.row.name if cost else None,
        "loss_formula": loss_formula(solution, rules),
        "loss_options": dict(cost.attrs) if cost else {},
        "outputs": cost.outputs if cost else None,
        "reduction": cost.reduction if cost else None,
        "divisor": cost.divisor if cost else None,
        "log_base": _log_base(solution),
        "sample_weights": problem.sample_weights,
        "penalty": dict(problem.penalty),
        "activations": {
            e.name: {"name": e.op.name, **e.attrs} for e in built.graph.equations if e.name in _posts(solution)
        },
        "bias": {sized.names.pre: _bias(sized) for sized in built.layers if sized.weights is not None},
        "weight_layout": problem.weight_layout,
        "index_base": problem.index_base,
        "rounding": problem.rounding._asdict() if problem.rounding else None,
        "kinks": "PyTorch",
        "arithmetic": "float64",
    }


def _bias(sized: SizedLayer) -> str:
    """How a layer has its bias: none, one for each unit, shared, or the first or last column of its weights."""
    if sized.layer.bias_column is not None:
        return f"{sized.layer.bias_column}_column"
    if sized.bias is None:
        return "none"
    return "shared" if sized.layer.bias_shared else "per_unit"


def _posts(solution: Solution) -> set[str]:
    return {q.name for q in solution.built.quantities.values() if q.role == "post"}


def _log_base(solution: Solution) -> str | float | None:
    cost = solution.built.cost
    if cost is None or "log(" not in cost.row.op.formula:
        return None
    return cost.attrs.get("log_base") or "e"
