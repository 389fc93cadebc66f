"""The name of one entry of a quantity, with indices counted as the problem counts them."""

from __future__ import annotations

from collections.abc import Sequence

from gradcalc.solution import Solution


def entry(solution: Solution, name: str, index: Sequence[int]) -> str:
    """`W1[2,1]` for the entry at `index`, which counts from 0 here."""
    base = solution.problem.index_base
    return f"{name}[{','.join(str(i + base) for i in index)}]" if len(index) else name


def shown_index(solution: Solution, name: str, index: Sequence[int]) -> tuple[int, ...]:
    """An index of the graph's (N, units) array as an index of the shown one, which lacks N for a single sample."""
    role = solution.built.quantities[name].role
    return tuple(index)[1:] if solution.built.single and role in ("input", "target", "pre", "post") else tuple(index)
