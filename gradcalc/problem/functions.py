"""The kind of the body `functions`: by its signature, `F(x, y)`, each function's formulas."""

from __future__ import annotations

from collections.abc import Mapping

from gradcalc.problem.faults import Faults
from gradcalc.problem.kinds import Kind, Schema
from gradcalc.problem.model import Function
from gradcalc.problem.node import Node

# a name, as a schema can say it; `definitions` knows better
_NAME = r"[^\s\d(),][^\s(),]*"
_SIGNATURE = rf"^\s*{_NAME}\s*\(\s*{_NAME}(\s*,\s*{_NAME})*\s*,?\s*\)\s*$"


class Functions(Kind[Mapping[str, Function]]):
    """A mapping from signatures to a formula, a list of formulas, or a list of rows of formulas."""

    says = "a mapping such as {F(x, y): [x*y, x - y]}"

    def decode(self, node: Node, faults: Faults) -> Mapping[str, Function]:
        if node.kind != "mapping":
            raise self.refuse(node, faults)
        if not node.entries:
            raise faults.refuse(f"{faults.subject} is empty", node, "such as F(x, y): [x*y, x - y]")
        from gradcalc.problem.definitions import read  # noqa: PLC0415 - it knows all functions, and networks have none

        return read(node, faults)

    def schema(self) -> Schema:
        entry = {"anyOf": [{"type": "string"}, {"type": "number"}]}
        row = {"type": "array", "items": entry, "minItems": 1}
        body = {"anyOf": [*entry["anyOf"], row, {"type": "array", "items": row, "minItems": 1}]}
        return {
            "type": "object",
            "propertyNames": {"pattern": _SIGNATURE},
            "additionalProperties": body,
            "minProperties": 1,
        }
