"""How people call what an answer is about, and the rule by which it is computed."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradcalc.engine import book
from gradcalc.engine.maths import Maths, Words
from gradcalc.problem.answers import CLIPPED, GRADIENTS, PARAMETERS, UPDATE, Key
from gradcalc.problem.reference import reference
from gradcalc.study.rules import OWN, YHAT, Rules
from gradcalc.study.truth import Truth

_ROWS = {PARAMETERS: "", GRADIENTS: "g", CLIPPED: "g, clipped,"}


def name_of(key: Key) -> str:
    """`dW_H`, `m of w1`, `w1` for the parameter itself."""
    if key.parameter is None:
        return key.quantity
    row = _ROWS.get(key.quantity, key.quantity)
    return f"{row} of {key.parameter}" if row else key.parameter


def when(key: Key) -> str:
    """`step 2`, `adam, step 2`; nothing for the first pass."""
    step = f"step {key.step}" if key.step is not None else ""
    return ", ".join(filter(None, (key.run, step)))


def counted(index: Sequence[int | str], base: int) -> list[int | str]:
    """An index as people count; letters stay what they are."""
    return [at if isinstance(at, str) else at + base for at in index]


def place_of(key: Key, index: Sequence[int | str] = (), base: int = 1) -> str:
    """The whole name of an entry: `dW_H[1,2]`, `v_hat of b1 (adam, step 2)`."""
    inside = f"[{','.join(map(str, counted(index, base)))}]" if index else ""
    name, moment = name_of(key), when(key)
    return f"{name}{inside} ({moment})" if moment else f"{name}{inside}"


def rule_of(truth: Truth, key: Key) -> Words | None:
    """How a quantity is computed, in the problem's names: `z1 = W1 x + b1`; None where it is given."""
    if truth.composed is not None:
        return truth.composed.rules.get(key.quantity)
    if key.parameter is not None:
        return _of_step(truth, key)
    built = truth.built
    rules = Rules(truth.told)
    if key.quantity in built.graph.lines:
        if key.quantity == built.names.loss and truth.solution.sample_losses is not None:
            from gradcalc.study.conventions import loss_tree  # noqa: PLC0415 - few slips are those of a loss

            loss = loss_tree(truth.solution)
            return None if loss is None else Maths([ast.Name(key.quantity), loss], rules.style)
        called = YHAT if key.quantity == built.output and built.cost else OWN + key.quantity
        return Maths([ast.Name(called), rules.formula_tree(key.quantity)], rules.style)
    if truth.is_local(key):
        found = reference(key.quantity, built)
        local = None if found.of is None else rules.local_tree(found.of, found.name)
        return None if local is None else Maths([ast.Name(f"∂{found.of}/∂{found.name}"), local], rules.style)
    if key.quantity in built.quantities:
        return None
    name = key.quantity.removeprefix("d")
    told = rules.rule_trees(name) if name in built.quantities else []
    return Maths([ast.Name(f"∂{name}"), *told], rules.style) if told else None


def _of_step(truth: Truth, key: Key) -> Words | None:
    """The rule of a step, by the signs of the optimizer."""
    from gradcalc.study.updates import equation, signs, told  # noqa: PLC0415 - networks make no steps

    trace = truth.trace(key.run)
    if key.quantity == PARAMETERS:
        return told(trace.optimizer, trace.hyper)[-1]
    names = signs(trace.optimizer)
    for (name, rule), line in zip(trace.optimizer.rules(trace.hyper), told(trace.optimizer, trace.hyper), strict=True):
        if name == key.quantity:
            return equation(UPDATE, book.parse(rule), names) if name == UPDATE else line
    return None
