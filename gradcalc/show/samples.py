"""The chain rule over a batch: one chain for every sample, a row of numbers for each, and what becomes of their sum."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from gradcalc.engine.trees import constant, derivative, product, sides, summed
from gradcalc.show.blocks import Block, Column, Row, Table, Value
from gradcalc.show.sheet import MOST_TERMS, Form, Part, Sheet, says_something, table
from gradcalc.study.explain import Path


def by_sample(sheet: Sheet) -> list[Block]:
    """Each sample's share by the same chain, the shares added up and divided, and what comes beside them."""
    found = sheet.found
    sampled = [path for path in found.paths if path.sample is not None]
    direct = [path for path in found.paths if path.sample is None]
    groups = _groups(sheet, sampled)
    share = _share(sheet, sampled[0])
    over = ast.Call(ast.Name("samples"), [share], [])
    first = [sheet.parts(group[0]) for group in groups]
    return [
        *_chains(sheet, share, first, direct),
        table(sheet, [part for parts in first for part in parts], numbers=False),
        *(_numbers(sheet, group, n if len(groups) > 1 else 0) for n, group in enumerate(groups, 1)),
        *(table(sheet, sheet.parts(path), numbers=True) for path in direct),
        *_reduced(sheet, over, sampled, direct),
    ]


def _chains(sheet: Sheet, share: ast.expr, chains: Sequence[Sequence[Part]], direct: Sequence[Path]) -> list[Block]:
    """The derivative as a sum over the samples, and that of one sample as a sum over paths."""
    found = sheet.found
    beside = [product([part.name for part in sheet.parts(path)]) for path in direct]
    if found.shared is None:
        names = [product([part.name for part in chain]) for chain in chains]
        forms = [(f"{sign} Σ_n", maths) for sign, maths in sheet.terms(names)]
        return [sheet.equal(found.name, [*forms, *(("+", sheet.maths(tree)) for tree in beside)])]
    in_front = [found.shared.formula] if says_something(found.shared.formula) else []
    over = product([*in_front, ast.Call(ast.Name("samples"), [share], [])])
    return [sheet.equal(found.name, sheet.terms([over, *beside])), sheet.chain(share, chains)]


def _groups(sheet: Sheet, sampled: Sequence[Path]) -> list[list[Path]]:
    """The paths that differ only in their sample."""
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in sampled:
        groups.setdefault(sheet.key(path), []).append(path)
    return list(groups.values())


def _share(sheet: Sheet, path: Path) -> ast.expr:
    """∂ℓ/∂W, or ∂L/∂W where the samples do not count alike: what is added up over the samples."""
    above, _ = sides(path.factors[1 if sheet.found.shared else 0].name)
    return derivative(above, sides(sheet.found.name)[1])


def _numbers(sheet: Sheet, group: Sequence[Path], number: int) -> Table:
    """The numbers of one chain, a sample a row."""
    trees = [min(part.general, part.name, key=lambda tree: len(sheet.text(tree))) for part in sheet.parts(group[0])]
    heads = [Column(sheet.maths(tree), "number") for tree in trees]
    columns = [Column("sample", "right"), *heads, Column("product", "number")]
    rows = [
        Row((str(path.sample), *(Value(part.value) for part in sheet.parts(path)), Value(_multiplied(sheet, path))))
        for path in group
    ]
    return Table(columns, rows, f"Path {number}" if number else None)


def _multiplied(sheet: Sheet, path: Path) -> float:
    return float(np.prod([part.value for part in sheet.parts(path)])) + 0.0  # no −0


def _reduced(sheet: Sheet, over: ast.expr, sampled: Sequence[Path], direct: Sequence[Path]) -> list[Block]:
    """The shares of the samples added up, divided, and what comes beside them."""
    found = sheet.found
    terms = [_multiplied(sheet, path) for path in sampled]
    if found.shared is None or (found.divisor == 1 and not direct):
        return [sheet.total(found.name, [*terms, *(path.product for path in direct)])]
    whole = sum(terms)
    tree = summed([constant(term) for term in terms])
    forms: list[Form] = [("=", sheet.maths(tree))] if 1 < len(terms) <= MOST_TERMS else []
    added = sheet.equal(over, [*forms, (sheet.sign(tree, whole), Value(whole))])
    divided = ast.BinOp(constant(whole), ast.Div(), constant(_plain(found.divisor)))
    last = summed([divided if found.divisor != 1 else constant(whole), *(constant(p.product) for p in direct)])
    return [added, sheet.equal(found.name, [("=", sheet.maths(last)), *sheet.result(last)])]


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number
