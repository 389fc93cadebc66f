"""What every row of the optimizers table has to satisfy: each check takes a row and its constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from variants import Hypers, variants

from gradcalc.engine import book
from gradcalc.training.optimizer import Optimizer

STEPS = 6
SHAPES = ((), (4,), (1, 1), (2, 3))
GIVEN = {"w", "g", "t"}


def walk(row: Optimizer, hyper: Hypers, shape: tuple[int, ...] = (7,)) -> Iterator[tuple[dict[str, Any], dict]]:
    """Some steps on random numbers from a state that is not 0: what a step was given, and what it gave."""
    numbers = np.random.default_rng(11)
    state = {name: row.start(name, hyper) + numbers.uniform(0.01, 0.3, shape) for name in row.state(hyper)}
    w = numbers.normal(size=shape)
    gradients = [numbers.normal(size=shape) for _ in range(STEPS)]
    # the second step goes on as the first, later ones turn round here and there
    gradients[1] = 1.5 * gradients[0]
    for t, g in enumerate(gradients, start=1):
        given = {"w": w, "g": g, "t": t, "state": state}
        extra = {"loss": float(numbers.uniform(0, 2))} if row.needs_loss else {}
        found = row.update(w, g, t, state, **hyper, **extra)
        yield {**given, **extra}, found
        assert set(state) <= set(found), f"{row.name}: {set(state) - set(found)} of the state is lost"
        state = {name: found[name] for name in state}
        w = w + found["update"]


def same(found: Any, expected: Any, what: str) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape} is not {expected.shape}"
    room = 1e-12 * np.abs(expected) + 1e-14 * np.max(np.abs(expected), initial=0)
    assert np.all(np.abs(found - expected) <= room), f"{what}: {found} is not {expected}"


def check_rules(row: Optimizer, hyper: Hypers) -> None:
    """The rules, one after the other, give what the code gives."""
    for given, found in walk(row, hyper):
        names = {**given.pop("state"), **given, **hyper}
        rules = row.rules(hyper)
        assert [name for name, _ in rules] == list(found), f"{row.name}: rules for {rules}, values for {list(found)}"
        for name, rule in rules:
            with np.errstate(all="ignore"):
                names[name] = book.run(rule, names)
            same(names[name], found[name], f"{row.name}, step {given['t']}: {name} = {rule}")


def check_shapes(row: Optimizer, hyper: Hypers) -> None:
    """An entry is an array of the shape of w, or one float."""
    for shape in SHAPES:
        for _, found in walk(row, hyper, shape):
            for name, value in found.items():
                assert type(value) is float or np.shape(value) == shape, f"{row.name}: {name} is {value}"
            assert np.shape(found["update"]) == shape


def check_purity(row: Optimizer, hyper: Hypers) -> None:
    """Nothing that is given is changed, neither at once nor when a result is changed later."""
    for given, found in walk(row, hyper):
        inputs = [given["w"], given["g"], *given["state"].values()]
        copies = [array.copy() for array in inputs]
        row.update(given.pop("w"), given.pop("g"), given.pop("t"), given.pop("state"), **hyper, **given)
        for array, copy in zip(inputs, copies, strict=True):
            assert np.array_equal(array, copy), f"{row.name} changes what it is given"
            for name, value in found.items():
                assert not np.shares_memory(array, value), f"{row.name}: {name} is a view of what was given"


def check_order(row: Optimizer, hyper: Hypers) -> None:
    """The update comes last, and no rule uses what is not there yet."""
    known = {*GIVEN, *row.state(hyper), *hyper, *(["loss"] if row.needs_loss else [])}
    rules = row.rules(hyper)
    assert [name for name, _ in rules][-1] == "update"
    for name, rule in rules:
        unknown = names_in(rule) - known
        assert not unknown, f"{row.name}: {rule} uses {unknown}"
        known.add(name)


def check_relevance(row: Optimizer, hyper: Hypers) -> None:
    """The texts are silent about what does not act, and name every number that does."""
    used = set().union(*(names_in(rule) for _, rule in row.rules(hyper)))
    numbers = {name for name, value in hyper.items() if isinstance(value, float)}
    acting = {name for name in numbers if acts(row, hyper, name)}
    assert used & numbers == acting, f"{row.name}: the rules name {used & numbers}, what acts is {acting}"


def acts(row: Optimizer, hyper: Hypers, name: str) -> bool:
    """Whether another value of this constant would give other numbers."""
    other = {**hyper, name: hyper[name] * 1.01}
    same_start = replace(row, start=lambda state, _: row.start(state, hyper))
    return any(
        not np.array_equal(one[key], two[key])
        for (_, one), (_, two) in zip(walk(row, hyper), walk(same_start, other), strict=True)
        for key in one
    )


def names_in(rule: str) -> set[str]:
    tree = book.parse(rule)
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in calls}


CHECKS = (check_rules, check_shapes, check_purity, check_order, check_relevance)


def check(row: Optimizer) -> None:
    """Every check on every variant."""
    for hyper in variants(row):
        for one in CHECKS:
            one(row, hyper)
