"""What is recognized in a derivative: other functions of the problem, the rule of softmax, a formula written out."""

from __future__ import annotations

import ast

import numpy as np
import sympy as sp

from gradcalc.engine import lines
from gradcalc.engine.book import substitute
from gradcalc.engine.graph import Equation
from gradcalc.engine.jacobian import jacobian_entry
from gradcalc.engine.ops.activations import LOG_SOFTMAX, SOFTMAX
from gradcalc.engine.simplify import replace
from gradcalc.study.calculus.words import Expr, Word, alone
from gradcalc.study.derived import Derived
from gradcalc.study.jacobian import Report

LONGEST_IN_FULL = 12


def names(found: Report) -> dict[Expr, ast.expr]:
    """Parts of expressions that are functions of the problem: sigmoid(x) is s(x) where s is defined by it."""
    known: dict[Expr, ast.expr] = {}
    for name, derived in found.functions.items():
        for index, entry in _entries(derived):
            if isinstance(entry, Word):
                inside = ",".join(str(i + found.base) for i in index)
                call = ast.Call(ast.Name(name), [ast.Name(arg) for arg in derived.chain.inputs], [])
                known.setdefault(entry, call if derived.is_scalar else ast.Name(f"{name}[{inside}]"))
    return known


def _entries(derived: Derived) -> list[tuple[tuple[int, ...], Expr]]:
    """The entries of a function in letters, each with its index."""
    if derived.letters is None:
        return []
    return list(np.ndenumerate(np.reshape(derived.letters.value, derived.chain.shape)))


def in_full(derived: Derived) -> Expr | None:
    """A derivative of one number by one, with the functions of our table written out; None where that is no news."""
    if derived.letters is None or not (derived.is_scalar and derived.is_of_one):
        return None
    slope = alone(derived.letters.jacobian)
    words = [part for part in slope.atoms(Word) if part.op is not None]
    written = slope.xreplace({part: part.formula() for part in words})
    if written == slope:
        return None
    # exp(-x) stays what it is, where SymPy would rather have 1/exp(x)
    kept = {power: sp.Dummy() for power in written.atoms(sp.exp)}
    whole = sp.together(written.xreplace(kept))
    shortest = min((whole, sp.factor(whole)), key=lambda form: form.count_ops())
    if shortest.count_ops() > LONGEST_IN_FULL:
        return None
    return shortest.xreplace({dummy: power for power, dummy in kept.items()})


def entry_rule(derived: Derived, found: Report) -> ast.expr | None:
    """Row i, column j of the Jacobian of a function that is softmax or its like, in letters; None for any other."""
    step = _mixing(derived)
    if step is None or derived.letters is None:
        return None
    rule = lines.compose(derived.chain.graph, step.name, result="", column=False).rules[step.inputs[0]]
    entry = _renamed(jacobian_entry(rule, step.name), step.name, derived.chain.link.function.name)
    matrix = derived.letters.jacobian
    if (matrix == matrix.T).all():  # rows and columns may be exchanged: i first
        named = {
            f"{letter}_{index}"
            for letter in (derived.chain.link.function.name, *derived.chain.inputs)
            for index in "ij"
        }
        turned = {name: ast.Name(f"{name[:-1]}{'j' if name.endswith('i') else 'i'}") for name in named}
        entry = substitute(entry, turned)
    return replace(entry, _powers_of_e(found))


def _mixing(derived: Derived) -> Equation | None:
    """The one step of a function that is an activation which mixes the entries of a vector."""
    steps = derived.chain.graph.equations
    if len(steps) != 1 or steps[0].op.family != "activation" or steps[0].op.elementwise:
        return None
    return steps[0] if len(derived.chain.shape) == 1 else None


def _powers_of_e(found: Report) -> dict[str, ast.expr]:
    """What e to the power of an entry of log_softmax is: the entry of softmax, by its name if it has one."""
    mixing = {name: step for name, derived in found.functions.items() if (step := _mixing(derived)) is not None}
    of = {step.inputs: name for name, step in mixing.items() if step.op is SOFTMAX}
    return {
        f"exp({name}_j)": ast.Name(f"{of.get(step.inputs, f'softmax({step.inputs[0]})')}_j")
        for name, step in mixing.items()
        if step.op is LOG_SOFTMAX
    }


def _renamed(rule: ast.expr, before: str, after: str) -> ast.expr:
    """The tree with a part of its names exchanged."""
    names_of = {node.id for node in ast.walk(rule) if isinstance(node, ast.Name)}
    return substitute(rule, {name: ast.Name(name.replace(before, after)) for name in names_of})
