"""The kind that holds values by names that the problem chooses: parameters, their gradients, states of an optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.arrays import Nested, Vector
from gradcalc.problem.atoms import Number
from gradcalc.problem.faults import Faults, Refused, quoted
from gradcalc.problem.kinds import Either, Kind, Made, Schema
from gradcalc.problem.node import Node

T = TypeVar("T")


def _alone(value: float) -> Array:
    return np.array(value)


ARRAY = Either(scalar=Made(Number(), _alone), list=Vector(), rows=Nested())


class ByName(Kind[Mapping[str, T]]):
    """A mapping from names to values of one kind, at least one; `of` is what the names belong to."""

    def __init__(self, kind: Kind[T], of: str, says: str) -> None:
        self.kind, self.of, self.says = kind, of, says

    def decode(self, node: Node, faults: Faults) -> Mapping[str, T]:
        if node.kind != "mapping":
            raise self.refuse(node, faults)
        if not node.entries:
            raise faults.refuse(f"{faults.subject} is empty", node, f"write {self.says}")
        values: dict[str, T] = {}
        for name, (key, value) in node.entries.items():
            with suppress(Refused):
                self._refuse_name(name, key, faults)
                values[name] = self.kind.decode(value, faults.inside(name if name.isidentifier() else quoted(name)))
        if len(values) < len(node.entries):
            raise Refused(self.says)
        return values

    def _refuse_name(self, name: str, key: Node, faults: Faults) -> None:
        """A `·` parts the names of quantities from those of the steps inside of their lines."""
        if not name.strip():
            raise faults.refuse(f"{self.of} has no name", key, "such as w1")
        if "·" in name:
            raise faults.refuse(f"the name {quoted(name)} holds a '·'", key)

    def schema(self) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": r"^[^·]*[^\s·][^·]*$"},
            "additionalProperties": self.kind.schema(),
            "minProperties": 1,
        }
