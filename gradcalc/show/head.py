"""The head of every result: the title and each convention that changes a number."""

from __future__ import annotations

import ast

from gradcalc.engine import lines
from gradcalc.engine.maths import named
from gradcalc.engine.notation import Style
from gradcalc.engine.trees import constant
from gradcalc.problem.quantity import SYMBOLS
from gradcalc.show.blocks import Block, Facts, Line, Maths, Phrase, Words
from gradcalc.show.numbers import show_number
from gradcalc.show.prose import prose
from gradcalc.solution import Solution
from gradcalc.study.conventions import loss_tree
from gradcalc.study.rules import Rules

_BASES = {None: "natural logarithm", 2: "logarithm to base 2", 10: "logarithm to base 10"}


def head(solution: Solution, rules: Rules) -> list[Block]:
    """The title, if there is one, and the conventions."""
    title = solution.problem.title
    said = facts(solution, rules)
    return [*([Line(title, "title")] if title else []), *([Facts(said)] if said else [])]


def facts(solution: Solution, rules: Rules) -> list[Words]:
    """The conventions as short statements, those that always matter first."""
    problem, built, cost = solution.problem, solution.built, solution.built.cost
    said: list[Words | None] = [_affine(solution), _loss(solution, rules), _samples(solution), *_seed(solution, rules)]
    if cost is not None:
        said += [_reduction(solution), _logarithm(solution)]
    said += _directions(solution)
    if problem.sample_weights is not None:
        weights = Maths([ast.Name("s"), constant(problem.sample_weights)], Style(number=show_number, upright=False))
        said.append(Phrase([weights, ", the weights of the samples"]))
    shared = [sized.names.bias for sized in built.layers if sized.layer.bias_shared]
    if shared:
        said.append(prose(f"{', '.join(shared)}: one number for all units of the layer", shared))
    if problem.weight_layout == "in_out":
        said.append(
            Phrase(["weights in_out: ", named("W[j,k]"), " leads from unit ", named("j"), " to unit ", named("k")])
        )
    if problem.index_base == 0:
        said.append("indices count from 0")
    if problem.rounding is not None:
        places = "decimals" if problem.rounding.unit == "dp" else "significant figures"
        when = "every quantity rounded" if problem.rounding.when == "each" else "shown rounded"
        said.append(f"{when} to {problem.rounding.digits} {places}, half away from zero")
    return [fact for fact in said if fact]


def _directions(solution: Solution) -> list[str]:
    """Which way the functions of formulas run over a matrix: `softmax along each row`."""
    said = []
    for step in solution.built.graph.equations if solution.built.formulas else ():
        runs = step.op.name in ("softmax", "log_softmax") or step.attrs.get("axis") is not None
        if (
            runs
            and step.op.family in ("activation", "function")
            and getattr(solution.flow.get(step.inputs[0]), "ndim", 0) == 2
        ):
            along = step.attrs.get("axis", 1)
            said.append(f"{step.op.name} {'down each column' if along == 0 else 'along each row'}")
    return list(dict.fromkeys(said))


def _samples(solution: Solution) -> str | None:
    """How many samples there are; nothing is said of it where there is no network."""
    samples = solution.built.samples
    return f"{samples} sample{'' if samples == 1 else 's'}" if solution.built.layers else None


def _loss(solution: Solution, rules: Rules) -> Maths | None:
    tree = loss_tree(solution)
    return None if tree is None else Maths([ast.Name(solution.built.names.loss), tree], rules.style)


def _seed(solution: Solution, rules: Rules) -> list[Words | None]:
    """What is differentiated where a gradient is given to start with: `s = Σ (g ⊙ z)`, and g."""
    of, g = solution.built.result, solution.seed
    if g is None or of is None or solution.result is None:
        return []
    product: ast.expr = ast.BinOp(ast.Name("g"), ast.Mult(), ast.Name(of))
    total = ast.Call(ast.Name("total"), [product], []) if g.ndim else product
    style = rules.style._replace(axes={"g": g.ndim, of: g.ndim}, number=show_number)
    return [
        Maths([ast.Name(solution.result), total], style),
        Maths([ast.Name("g"), constant(g if g.ndim else g.item())], style),
    ]


def _affine(solution: Solution) -> Maths | None:
    """What z is, in the letters of the problem: `z = W x + b`."""
    built = solution.built
    symbols = {**SYMBOLS, **solution.problem.notation}
    for sized in built.layers:
        if sized.weighted:
            told = lines.compose(built.graph, sized.names.pre, result="", column=built.single)
            names = {name: symbols[role] for role, name in sized.names._asdict().items()}
            feed = built.graph.line(sized.names.pre)[0].inputs[0]
            shown = Style({**names, feed: symbols["input"]}, solution.problem.index_base)
            return Maths([ast.Name(sized.names.pre), told.formula], shown)
    return None


def _reduction(solution: Solution) -> str | None:
    """How many samples become one loss, with the divisor; silent for one sample, where nothing is divided."""
    cost = solution.built.cost
    if cost is None or cost.reduction is None or solution.built.samples == 1:
        return None
    if cost.reduction == "sum":
        return "summed over the samples"
    words = "weighted mean" if cost.reduction == "weighted_mean" else "mean"
    divisor = "the sum of the weights" if cost.divisor is None else cost.divisor
    divisor = divisor if isinstance(divisor, str) else f"{divisor:.6g}"
    return f"{words} over the samples: divided by {divisor}"


def _logarithm(solution: Solution) -> str | None:
    cost = solution.built.cost
    if cost is None or "log(" not in cost.row.op.formula:
        return None
    base = cost.attrs.get("log_base")
    return _BASES.get(base, f"logarithm to base {base}")
