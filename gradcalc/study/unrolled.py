"""The state of an optimizer after t steps, written in the gradients of all of them, or in one that stays the same."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any, NamedTuple

from gradcalc.engine import book
from gradcalc.engine.maths import Maths
from gradcalc.engine.simplify import simplify
from gradcalc.study.updates import equation, signs
from gradcalc.training.optimizer import Optimizer

Trees = dict[str, ast.expr]

_LONGEST = 6
_ONE, _T, _DOTS = ast.Constant(1), ast.Name("t"), ast.Name("…")


class Linear(NamedTuple):
    """A state s that is kept as s ← keep · s + share · input, with constants and an input that has only g in it.

    The share may look at t, as dampening does, which spares the first gradient.
    """

    keep: ast.expr
    share: list[ast.expr]
    input: list[ast.expr]


def unrolled(
    optimizer: Optimizer, hyper: Mapping[str, Any], t: int, *, scheduled: bool = False, started: Collection[str] = ()
) -> list[Maths]:
    """Each linear state after step t in the gradients up to it: `m_3 = (1 − β1) (β1² g_1 + β1 g_2 + g_3)`.

    `scheduled` says that the rate is another one at each step, `started` names the states that do not start at 0. A
    long sum is written with dots.
    """
    names = _indexed(signs(optimizer), t)
    trees = unrolled_trees(optimizer, hyper, t, scheduled=scheduled, started=started, longest=_LONGEST)
    return [_of_step(name, str(t), tree, names) for name, tree in trees.items()]


def unrolled_trees(
    optimizer: Optimizer,
    hyper: Mapping[str, Any],
    t: int,
    *,
    scheduled: bool = False,
    started: Collection[str] = (),
    longest: int | None = None,
) -> Trees:
    """The same as trees over the constants, `g_1` …, `lr_1` … where the rate changes, and starts such as `m_0`."""
    found = {}
    for name, linear in linear_states(optimizer, hyper).items():
        inside = [factor for factor in linear.share if _names(factor) & ({"t", "lr"} if scheduled else {"t"})]
        outside = [factor for factor in linear.share if factor not in inside]
        terms = [_DOTS if i is None else _term(linear, inside, t, i) for i in _steps(t, longest)]
        whole = _product([*outside, _sum(terms)])
        if name in started:
            whole = _sum([whole, _product([*_power(linear.keep, t), ast.Name(f"{name}_0")])])
        found[name] = whole
    return found


def _steps(t: int, longest: int | None = None) -> list[int | None]:
    """The steps up to t; None for those in the middle, where they are more than `longest`."""
    return [1, 2, None, t - 1, t] if longest is not None and t > longest else [*range(1, t + 1)]


def closed_form(
    optimizer: Optimizer, hyper: Mapping[str, Any], *, scheduled: bool = False, started: Collection[str] = ()
) -> list[Maths]:
    """What the rules come to when every gradient is the same G: `m_t = G (1 − β1ᵗ)`, `m̂_t = G`."""
    names = signs(optimizer, scheduled=scheduled)
    trees = closed_trees(optimizer, hyper, scheduled=scheduled, started=started)
    return [_of_step(name, "t", tree, names) for name, tree in trees.items()]


def _of_step(name: str, t: str, tree: ast.expr, names: Mapping[str, str]) -> Maths:
    """What a state is after step t, as a line of mathematics."""
    after = f"{name}_{t}"
    return equation(after, tree, {**names, after: f"{names.get(name, name)}_{t}"})


def closed_trees(
    optimizer: Optimizer, hyper: Mapping[str, Any], *, scheduled: bool = False, started: Collection[str] = ()
) -> Trees:
    """The same as trees over t, the constants and `G`, which is called g where a state is called G.

    What depends on t and on constants alone keeps its name. Not told: a state that is not linear, what is derived from
    such a one, a sum whose terms have different factors, and everything where the gradient has the decay of w in it.
    """
    linear = linear_states(optimizer, hyper)
    told = optimizer.rules(hyper)
    constant = ast.Name("g" if "G" in linear else "G")
    known: Trees = {name: ast.Name(name) for name in optimizer.hyper}
    if "g" not in [name for name, _ in told]:
        known["g"] = constant
    states = {
        name: _closed(name, state, constant, hyper, started=name in started)
        for name, state in linear.items()
        if "g" in known and not _names(_product(state.share)) & ({"t", "lr"} if scheduled else {"t"})
    }
    earlier = book.parse("t - 1")
    known |= {name: book.substitute(tree, {"t": earlier}) for name, tree in states.items()}
    apart, found = {*optimizer.hyper, "t"}, Trees()
    for name, rule in told:
        tree = book.parse(rule)
        if name in states:
            found[name] = known[name] = states[name]
        elif _names(tree) <= apart:
            known[name] = ast.Name(name)
            apart.add(name)
        elif _names(tree) <= {*known, "t"}:
            found[name] = known[name] = _reduced(book.substitute(tree, known))
    return found if states else {}


def linear_states(optimizer: Optimizer, hyper: Mapping[str, Any]) -> dict[str, Linear]:
    """The states that are linear in themselves with constant factors, by their names."""
    rules = {name: book.parse(rule) for name, rule in optimizer.rules(hyper)}
    found = {name: _linear(name, rules[name], optimizer.hyper) for name in optimizer.state(hyper)}
    return {name: linear for name, linear in found.items() if linear is not None}


def _linear(name: str, rule: ast.expr, constants: Collection[str]) -> Linear | None:
    match rule:
        case ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=added) if left == name:
            keep: ast.expr = _ONE
        case ast.BinOp(
            left=ast.BinOp(left=keep, op=ast.Mult(), right=ast.Name(id=left)), op=ast.Add(), right=added
        ) if left == name and _names(keep) <= set(constants):
            pass
        case _:
            return None
    if not _names(added) <= {*constants, "g", "t"}:
        return None
    factors, below = _factors(added)
    share, varying = [f for f in factors if "g" not in _names(f)], [f for f in factors if "g" in _names(f)]
    return None if below else Linear(keep, share, varying)


def _term(linear: Linear, inside: list[ast.expr], t: int, i: int) -> ast.expr:
    """What the gradient of step i adds to the state after step t."""
    numbered = {"g": ast.Name(f"g_{i}"), "lr": ast.Name(f"lr_{i}")}
    varying = [book.substitute(_at(factor, i), numbered) for factor in [*inside, *linear.input]]
    return _product([*_power(linear.keep, t - i), *(factor for factor in varying if not _is_one(factor))])


def _at(factor: ast.expr, i: int) -> ast.expr:
    """The factor of step i, where it is one thing at the first step and another later."""
    match factor:
        case ast.Call(func=ast.Name(id="where"), args=[ast.Compare(), later, first]):
            return later if i > 1 else first
    return factor


def _is_one(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value == 1


def _closed(name: str, linear: Linear, constant: ast.expr, hyper: Mapping[str, Any], *, started: bool) -> ast.expr:
    varying = [book.substitute(factor, {"g": constant}) for factor in linear.input]
    kept = ast.BinOp(linear.keep, ast.Pow(), _T)
    if linear.keep is _ONE or hyper[_name(linear.keep)] == 1:
        summed = _product([_T, *linear.share, *varying])
        start: ast.expr = ast.Name(f"{name}_0")
    else:
        above = [*linear.share, *varying, ast.BinOp(_ONE, ast.Sub(), kept)]
        summed = _fraction(above, [ast.BinOp(_ONE, ast.Sub(), linear.keep)])
        start = _product([kept, ast.Name(f"{name}_0")])
    return _sum([summed, start]) if started else summed


def _reduced(tree: ast.expr) -> ast.expr:
    """The tree without factors that stand above and below a line, and with |x| for the root of x²."""
    match tree:
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _reduced(operand))
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            above, below = _factors(tree)
            return simplify(_fraction([_reduced(f) for f in above], [_reduced(f) for f in below]))
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(_reduced(left), operator, _reduced(right))
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            return _root(_reduced(argument))
        case ast.Call(func=function, args=arguments):
            return ast.Call(function, [_reduced(argument) for argument in arguments], [])
    return tree


def _root(tree: ast.expr) -> ast.expr:
    """The square root, with each square of a product taken out of it."""
    above, below = _factors(tree)
    outside: list[ast.expr] = []
    inside: list[ast.expr] = []
    for factor in above:
        match factor:
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=2)):
                outside.append(ast.Call(ast.Name("abs"), [base], []))
            case _:
                inside.append(factor)
    rest = [ast.Call(ast.Name("sqrt"), [_fraction(inside, below)], [])] if inside or below else []
    return _product([*outside, *rest])


def _factors(tree: ast.expr) -> tuple[list[ast.expr], list[ast.expr]]:
    """The factors above the line, and those below it."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as operator, right=right):
            above, below = _factors(left)
            over, under = _factors(right)
            if isinstance(operator, ast.Div):
                over, under = under, over
            return above + over, below + under
    return [tree], []


def _fraction(above: list[ast.expr], below: list[ast.expr]) -> ast.expr:
    above, rest = list(above), []
    for factor in below:
        same = next((i for i, other in enumerate(above) if ast.unparse(other) == ast.unparse(factor)), None)
        if same is None:
            rest.append(factor)
        else:
            del above[same]
    return ast.BinOp(_product(above), ast.Div(), _product(rest)) if rest else _product(above)


def _power(base: ast.expr, exponent: int) -> list[ast.expr]:
    """base^exponent as a list of factors, which is empty where it is 1."""
    if exponent == 0 or base is _ONE:
        return []
    return [base if exponent == 1 else ast.BinOp(base, ast.Pow(), ast.Constant(exponent))]


def _product(factors: list[ast.expr]) -> ast.expr:
    return reduce(lambda left, right: ast.BinOp(left, ast.Mult(), right), factors) if factors else _ONE


def _sum(terms: list[ast.expr]) -> ast.expr:
    return reduce(lambda left, right: ast.BinOp(left, ast.Add(), right), terms)


def _names(tree: ast.expr) -> set[str]:
    nodes = [*ast.walk(tree)]
    calls = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in calls}


def _name(tree: ast.expr) -> str:
    return tree.id if isinstance(tree, ast.Name) else ""


def _indexed(names: Mapping[str, str], t: int) -> dict[str, str]:
    """The signs with those of the rates of each step."""
    return {**names, **{f"lr_{i}": f"η_{i}" for i in _steps(t, _LONGEST) if i is not None}}
