"""Every gradient of a solution, from the loss back: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from gradcalc import __version__
from gradcalc.engine.maths import named
from gradcalc.engine.op import Array
from gradcalc.show.blocks import Block, Cell, Column, Heading, Maths, Note, Pairs, Phrase, Row, Table, Value, Words
from gradcalc.show.forward import body, entries, said, sides
from gradcalc.show.head import head
from gradcalc.show.prose import prose
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.rules import YHAT, Rules
from gradcalc.study.zeros import MOST_AXES, Zero, zeros

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.study.locals import Local

MOST_ZEROS = 50


def blocks(solution: Solution, *, with_locals: bool = False) -> list[Block]:
    """The page that `gradcalc backward` prints."""
    rules = Rules(solution)
    rows = [
        Row(
            (named(rules.gradient(name)), _rule(solution, rules, name), sides(g.shape), Value(g, solution.built.single))
        )
        for name, g in solution.gradients.items()
    ]
    columns = [
        Column("quantity"),
        Column("rule", role="formula"),
        Column("shape"),
        Column("gradient", role="value"),
    ]
    page: list[Block] = [*head(solution, rules), Table(columns, rows)]
    if with_locals:
        page += _locals_table(solution, rules)
    page += _zeros(solution, zeros(solution))
    return [*page, *said(solution)]


def _rule(solution: Solution, rules: Rules, name: str) -> Words:
    trees = rules.rule_trees(name)
    return Maths(trees, rules.style) if trees else _start(solution, name)


def _start(solution: Solution, name: str) -> str:
    """What is said of a gradient that no rule brings: it is given, the one that all begins with, or nothing arrives."""
    if not solution.built.formulas:
        return "given"
    if name != solution.built.result:
        return "0"
    if solution.seed is not None:
        return "g"
    return "1" if solution.gradients[name].size == 1 else "1 at its entry, else 0"


def record(solution: Solution, *, with_locals: bool = False) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    base = solution.problem.index_base
    seed = {} if solution.seed is None else {"of": solution.built.result, "seed_gradient": solution.seed}
    found: dict[str, Any] = {
        "schema": "gradcalc.backward/1",
        "version": __version__,
        **body(solution),
        **seed,
        "gradients": solution.gradients,
        "zeros": [
            {"quantity": zero.quantity, "index": [i + base for i in zero.position], "reason": zero.reason}
            for zero in zeros(solution)
        ],
    }
    if with_locals:
        from gradcalc.study.locals import local_derivatives  # noqa: PLC0415 - few ask for them

        found["locals"] = {local.name: local.array for local in local_derivatives(solution)}
    return found


def cells(solution: Solution, *, with_locals: bool = False) -> Iterator[tuple[str, str, float]]:
    """Every gradient, an entry a row: quantity, index, value."""
    base = solution.problem.index_base
    for name, g in solution.gradients.items():
        yield from entries(f"d{solution.result}/d{name}", g, base)
    if with_locals:
        from gradcalc.study.locals import local_derivatives  # noqa: PLC0415

        for local in local_derivatives(solution):
            if local.line != solution.result:
                yield from entries(local.name, local.array, base)


def _locals_table(solution: Solution, rules: Rules) -> list[Block]:
    columns = [Column("derivative"), Column("rule", role="formula"), Column("shape"), Column("value", role="value")]
    from gradcalc.study.locals import local_derivatives  # noqa: PLC0415

    rows = [_local_row(solution, rules, local) for local in local_derivatives(solution)]
    return [Heading("Local derivatives"), Table(columns, rows)]


def _seen(solution: Solution, local: Local) -> Array:
    """The array as a page has it; where one of formulas has more axes than a matrix, a row for each entry of the line
    and a column for each entry of the input."""
    rows = int(solution.flow[local.line].size)
    too_deep = local.array.ndim > MOST_AXES and local.array.size == rows * solution.flow[local.input].size
    return local.array.reshape(rows, -1) if solution.built.formulas and too_deep else local.array


def _local_row(solution: Solution, rules: Rules, local: Local) -> Row:
    """A local derivative; what repeats itself along a diagonal or in every sample is shown once, and said."""
    role, array, single = solution.built.quantities[local.input].role, _seen(solution, local), solution.built.single
    told = Maths([rules.local_tree(local.line, local.input)], rules.style)
    rule: Words = told
    value: Cell = Value(array, single)
    if role == "weights":
        line = "row" if solution.problem.weight_layout == "out_in" else "column"
        rule = Phrase([told, f" in the {line} of its unit, else 0"])
        value = Value(solution.shown_feed(local.line), single)
    elif role == "bias":
        shared = solution.flow[local.input].ndim == 0
        rule, value = "1 for every unit" if shared else "1 at its own unit, else 0", "1"
    elif array.ndim == 3 and solution.built.layers and not single and (array == array[0]).all():
        rule, value = Phrase([told, " in every sample"]), Value(array[0])
    return Row((named(f"∂{local.line}/∂{local.input}"), rule, sides(array.shape), value))


def _zeros(solution: Solution, found: Sequence[Zero]) -> list[Block]:
    """The zeros, those of one reason together; whole rows are written as one."""
    if not found:
        return []
    reasons = [(reason, list(group)) for reason, group in groupby(found, key=lambda zero: zero.reason)]
    names = [*solution.built.quantities, YHAT]
    rows = [
        (listed(labels(solution, group)), prose(f"{reason}{_share(solution, group)}", names))
        for reason, group in reasons
    ]
    more = len(rows) - MOST_ZEROS
    rest = [Note(f"showing {MOST_ZEROS} of {len(rows)} reasons; --format json has all zeros")] if more > 0 else []
    return [Heading("Zero, and why"), Pairs(rows[:MOST_ZEROS]), *rest]


def _share(solution: Solution, group: Sequence[Zero]) -> str:
    """How many entries are meant where they are not named one by one."""
    array = solution.gradients[group[0].quantity]
    return f" ({len(group)} of {array.size} entries)" if array.ndim > MOST_AXES and len(group) < array.size else ""


def listed(names: Iterable[str]) -> Phrase:
    """Names one behind the other, each as mathematics."""
    parts: list[str | Maths] = []
    for label in names:
        parts += [", ", named(label)] if parts else [named(label)]
    return Phrase(parts)


def labels(solution: Solution, group: Sequence[Zero]) -> Iterator[str]:
    """The zeros of a group by their names: a whole gradient, a row, or an entry."""
    for name, zeros_of in groupby(group, key=lambda zero: zero.quantity):
        gradient, indices = f"∂{solution.result}/∂{name}", [zero.position for zero in zeros_of]
        shape = solution.gradients[name].shape
        if (len(indices) == solution.gradients[name].size and len(indices) > 1) or len(shape) > MOST_AXES:
            yield gradient
        elif len(shape) == 2:
            yield from _rows(solution, gradient, indices, shape[1])
        else:
            yield from (entry(solution, gradient, index) for index in indices)


def _rows(solution: Solution, gradient: str, indices: Sequence[tuple[int, ...]], columns: int) -> Iterator[str]:
    base = solution.problem.index_base
    for i, row in groupby(indices, key=lambda index: index[0]):
        own = list(row)
        if len(own) == columns and columns > 1:
            yield f"{gradient}[{i + base},·]"
        else:
            yield from (entry(solution, gradient, index) for index in own)
