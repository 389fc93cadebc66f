"""The chain rule for one entry: as a page, as a record for machines, as rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcalc.engine.notation import Style, text
from gradcalc.engine.trees import constant, derivative, product, summed
from gradcalc.show.blocks import Block, Cell, Column, Heading, Maths, Note, Pairs, Row, Table, Value
from gradcalc.show.explained import opening
from gradcalc.show.forward import said, sides
from gradcalc.show.head import head
from gradcalc.show.numbers import DEFAULT, Shown
from gradcalc.show.samples import by_sample
from gradcalc.show.sheet import Form, Part, Sheet, amount, says_something, table
from gradcalc.solution import Solution
from gradcalc.study.explain import Explanation, Path
from gradcalc.study.factors import Factor
from gradcalc.study.rules import Rules

# up to so many chains, of so many different factors, are read one by one
MOST_CHAINS, MOST_FACTORS = 12, 24
# so many gradients on the way are worked out one by one
MOST_STEPS = 24
# so many products stand beside each other in one sum
MOST_BESIDE = 3

_DIRECT = "A derivative in a product, or as a term of its own, is that of one line: all else that it uses is held."


def blocks(solution: Solution, found: Explanation, shown: Shown = DEFAULT, *, every: bool = False) -> list[Block]:
    """The page that `gradcalc explain` prints of an entry; `every` has its paths in full, however many they are."""
    sheet = Sheet(found, shown)
    page = [*head(solution, Rules(solution)), *_body(sheet, every=every), *_rounded(solution, sheet)]
    return [*page, *said(solution)]


def _rounded(solution: Solution, sheet: Sheet) -> list[Block]:
    """The chain as it was computed where every gradient on the way is rounded: a line for each."""
    steps = sheet.found.steps
    if not solution.by_book or not steps or len(steps) > MOST_STEPS:
        return []
    from gradcalc.show.worked import digits, worked  # noqa: PLC0415 - only rounded problems show them
    from gradcalc.study.worked import Workings  # noqa: PLC0415 - likewise

    workings = Workings(solution, Rules(solution), digits(sheet.shown))
    lines = (worked(workings.gradient(step.name, step.at)) for step in steps)
    return [Heading("Rounded at every gradient"), *lines]


def _body(sheet: Sheet, *, every: bool) -> list[Block]:
    found = sheet.found
    if not found.count and found.count is not None:
        result = found.reference.of == found.reference.name and found.value
        note = (
            "It is the result itself." if result else f"{found.reference.of} does not depend on it: there is no path."
        )
        return [sheet.equal(found.name, [("=", Value(found.value))]), Note(note)]
    if found.count == 1 and len(found.paths[0].factors) == 1:
        return _alone(sheet, found.paths[0].factors[0])
    if _is_much(sheet) and not every:
        return [*_by_layers(sheet), *_count(found)]
    samples = {path.sample for path in found.paths if path.sample is not None}
    page = by_sample(sheet) if found.sampled and len(samples) > 1 else _in_full(sheet)
    direct = len(found.paths) > 1 and any(len(path.factors) == 1 for path in found.paths)
    return [*page, *_together(sheet), *([Note(_DIRECT)] if direct else []), *_flow(sheet)]


def _is_much(sheet: Sheet) -> bool:
    """Whether there is more than anybody reads path by path."""
    found = sheet.found
    chains = {sheet.key(path) for path in found.paths}
    factors = {name for chain in chains for name in chain}
    return found.count != len(found.paths) or len(chains) > MOST_CHAINS or len(factors) > MOST_FACTORS


def _alone(sheet: Sheet, factor: Factor) -> list[Block]:
    """A derivative that is one step: its formula, the numbers, the result."""
    trees = [tree for tree in (factor.general, factor.numbers) if says_something(tree)]
    forms: list[Form] = [("=", sheet.maths(tree)) for tree in trees]
    result = (sheet.sign(factor.numbers, factor.value), Value(factor.value))
    return [
        sheet.equal(sheet.found.name, [*forms, result]),
        *([Note(sheet.prose(factor.because))] if factor.because else []),
    ]


def _in_full(sheet: Sheet) -> list[Block]:
    """Every path: the chain, its factors, the products and their sum."""
    paths = [sheet.parts(path) for path in sheet.found.paths]
    factors = table(sheet, [part for path in paths for part in path], numbers=True)
    return [sheet.chain(sheet.found.name, paths), factors, *_products(sheet, paths)]


def _products(sheet: Sheet, paths: list[list[Part]]) -> list[Block]:
    """The formulas multiplied, the numbers put in, the products, and their sum."""
    found = sheet.found
    numbers = [product([constant(part.value) for part in path]) for path in paths]
    products = [path.product for path in found.paths]
    if len(paths) > MOST_BESIDE:
        columns = [Column("path", "right"), Column("numbers", role="formula"), Column("product", "number")]
        rows = [
            Row((str(n), sheet.maths(tree), Value(value)))
            for n, (tree, value) in enumerate(zip(numbers, products, strict=True), 1)
        ]
        return [Table(columns, rows), sheet.total(found.name, products)]
    formulas = [product([part.formula for part in path]) for path in paths]
    whole = summed(numbers)
    forms: list[Form] = [*sheet.together(formulas), *sheet.together(numbers)]
    if len(paths) > 1:
        listed = summed([constant(value) for value in products])
        forms.append((sheet.sign(whole, sum(products)), sheet.maths(listed)))
        whole = listed
    return [sheet.equal(found.name, [*forms, *sheet.result(whole)])]


def _together(sheet: Sheet) -> list[Block]:
    """The same where loss and what mixes its inputs are computed together."""
    joint = sheet.found.together
    if joint is None:
        return []
    numbers = product([constant(factor.value) for factor in joint.factors])
    forms: list[Form] = [("=", sheet.maths(product([factor.formula for factor in joint.factors])))]
    forms += [("=", sheet.maths(numbers))] if len(joint.factors) > 1 else []
    result = (sheet.sign(numbers, joint.product), Value(joint.product))
    return [Heading("Computed together"), sheet.equal(sheet.found.name, [*forms, result])]


def _by_layers(sheet: Sheet) -> list[Block]:
    """The chain with its common factors taken out: gradient by gradient, from the result back."""
    columns = [
        Column("quantity"),
        Column("rule", role="formula"),
        Column("shape"),
        Column("entries on the way", "right"),
        Column("value", "number"),
    ]
    rows = [
        Row(
            (
                sheet.maths(layer.name),
                Maths(layer.rule, sheet.style),
                sides(layer.shape),
                str(layer.entries),
                "" if layer.value is None else Value(layer.value),
            )
        )
        for layer in sheet.found.layers
    ]
    whole = sheet.equal(sheet.found.name, [("=", Value(sheet.found.value))])
    return [*([Table(columns, rows)] if rows else []), whole]


def _count(found: Explanation) -> list[Block]:
    count = "more paths than can be counted" if found.count is None else f"{amount(found.count)} paths"
    return [Note(f"There are {count}: too many to read one by one. --paths 3 shows the first 3 of them.")]


def _flow(sheet: Sheet) -> list[Block]:
    """How the gradient goes back through each line of the paths."""
    told: dict[tuple[str, str], Factor] = {}
    for path in sheet.found.paths:
        for factor in path.factors:
            told.setdefault((factor.line, factor.of), factor)
    rows: list[tuple[Maths, Cell]] = [
        (sheet.maths(derivative(ast.Name(line), ast.Name(of))), sheet.prose(factor.flow))
        for (line, of), factor in told.items()
    ]
    return [Heading("How the gradient flows back"), Pairs(rows)]


def record(solution: Solution, found: Explanation) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    base = solution.problem.index_base
    reference = found.reference
    return {
        **opening(solution.problem, reference, (*reference.of_index, *reference.index)),
        "rule": found.rule or None,
        "value": found.value,
        "paths": [_path(path, found.style, base) for path in found.paths],
        "count": None if found.count is None else int(found.count),
        "rest": found.rest,
        "symbolic": None,
    }


def _path(path: Path, style: Style, base: int) -> dict[str, Any]:
    joint = path.joint
    together = joint and {
        "factors": [joint.first + 1, joint.first + 2],
        "formula": text(joint.formula, style),
        "value": joint.value,
    }
    return {
        "sample": path.sample,
        "factors": [_factor(factor, style, base) for factor in path.factors],
        "together": together,
        "product": path.product,
    }


def _factor(factor: Factor, style: Style, base: int) -> dict[str, Any]:
    return {
        "derivative": f"d{factor.line}/d{factor.of}",
        "index": [i + base for i in (*factor.line_index, *factor.of_index)],
        "formula": text(factor.formula, style),
        "value": factor.value,
        "because": factor.because or None,
        "flow": factor.flow,
    }


def cells(solution: Solution, found: Explanation) -> Iterator[tuple[int, int, str, str, str, float]]:
    """Every factor of every path, a row each, and the products: path, factor, derivative, index, formula, value."""
    base = solution.problem.index_base
    for number, path in enumerate(found.paths, 1):
        for place, factor in enumerate(path.factors, 1):
            index = ",".join(str(i + base) for i in (*factor.line_index, *factor.of_index))
            yield number, place, f"d{factor.line}/d{factor.of}", index, text(factor.formula, found.style), factor.value
        yield number, 0, "product", "", "", path.product
