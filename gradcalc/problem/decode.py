"""A tree of nodes becomes a Problem, or one error with everything that is wrong with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from gradcalc.errors import ProblemError
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.fields import FILE_OF_LAYERS
from gradcalc.problem.model import Problem, Target
from gradcalc.problem.node import Node
from gradcalc.problem.records import Values

OTHER_BODIES = ("equations", "functions", "objective", "gradients", "parameters")


def decode(root: Node, folder: str = ".") -> Problem:
    """The problem that the tree `root` describes; files that it names are looked for in `folder`.

    Classes come out counted from 0, single numbers of input and target as arrays of shape (1,).
    Raises one ProblemError that holds every fault, in the order of the text.
    """
    _refuse_other_body(root)
    faults = Faults()
    values: Values = {}
    with suppress(Refused):
        values = FILE_OF_LAYERS.decode(root, faults)
    faults.check(root.source)
    return Problem(**_meant(values), origin=root, folder=folder)


def _refuse_other_body(root: Node) -> None:
    if "layers" in root.entries:
        return
    for key in OTHER_BODIES:
        if key in root.entries:
            name, _ = root.entries[key]
            hint = "this version of gradcalc works networks of 'layers'"
            raise ProblemError(f"the file describes its computation by '{key}'", name.place, hint)


def _meant(values: Values) -> dict[str, Any]:
    """The values with what depends on another key put in: classes from 0, the reduction in the loss."""
    meant = {key: value for key, value in values.items() if key != "reduction"}
    target: Target | None = values.get("target")
    if target is not None and target.classes is not None:
        base = values.get("index_base", 1)
        meant["target"] = Target(classes=tuple(number - base for number in target.classes))
    if "reduction" in values:
        meant["loss"] = replace(values["loss"], reduction=values["reduction"])
    return meant
