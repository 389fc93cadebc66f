"""How the record of every explanation begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.problem.model import Problem
from gradcalc.problem.reference import Reference


def opening(problem: Problem, asked: Reference, index: Sequence[int]) -> dict[str, Any]:
    """What was asked for, `index` counted as the problem counts."""
    return {
        "schema": "gradcalc.explain/1",
        "version": __version__,
        "title": problem.title,
        "quantity": asked.name if asked.is_value else f"d{asked.of}/d{asked.name}",
        "index": [i + problem.index_base for i in index],
    }
