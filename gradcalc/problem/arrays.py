"""The kinds that hold arrays: a list of numbers, and a list of rows of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.atoms import Bounds, Number
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.kinds import Kind, Schema, looks
from gradcalc.problem.node import Node

# What float() reads as YAML 1.2 does, and never overflows: most numbers of a large file, at a tenth of the time.
_plain = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{0,99})?(?:[eE][-+]?[0-9]{1,2})?").fullmatch
_LONGEST = 60


class Vector(Kind[Array]):
    """A list of numbers, as an array of shape (n,)."""

    says = "a list of numbers"

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.number = Number(bounds)

    def decode(self, node: Node, faults: Faults) -> Array:
        if node.kind != "list":
            raise self.refuse(node, faults)
        if not node.items:
            raise faults.refuse(f"{faults.subject} is empty", node, "write a number for each entry")
        nested = next((item for item in node.items if item.kind != "scalar"), None)
        if nested is not None:
            flat = f"write {_listed(node)}" if all(len(item.items) == 1 for item in node.items) else None
            raise faults.refuse(f"{faults.subject} must be {self.says}, but holds {looks(nested)}", nested, flat)
        return np.array(_numbers(node.items, self.number, faults.named(f"an entry of {faults.subject}")))

    def schema(self) -> Schema:
        return {"type": "array", "items": self.number.schema(), "minItems": 1}


class Matrix(Kind[Array]):
    """A list of rows, each a list of as many numbers, as an array of shape (rows, columns)."""

    says = "a matrix"
    _number = Number()

    def decode(self, node: Node, faults: Faults) -> Array:
        if node.kind != "list":
            raise self.refuse(node, faults)
        if not node.items:
            raise faults.refuse(f"{faults.subject} is empty", node, "write a list of rows, such as [[1, 2], [3, 4]]")
        if node.items[0].kind == "scalar":
            raise faults.refuse(
                f"{faults.subject} must be {self.says}: a list of rows", node, f"write [{_listed(node)}]"
            )
        rows = [self._row(number, row, node.items[0], faults) for number, row in enumerate(node.items, 1)]
        if any(row is None for row in rows):
            raise Refused(self.says)
        return np.array(rows, dtype=np.float64)

    def _row(self, number: int, row: Node, first: Node, faults: Faults) -> list[float] | None:
        name = f"row {number} of {faults.subject}"
        if row.kind != "list":
            faults.add(f"{name} must be a list of numbers, not {looks(row)}", row)
        elif not row.items:
            faults.add(f"{name} is empty", row)
        elif first.kind == "list" and first.items and len(row.items) != len(first.items):
            faults.add(f"{name} has {_count(row)}, row 1 has {len(first.items)}", row, also=first)
        else:
            try:
                return _numbers(row.items, self._number, faults.named(f"an entry of {name}"))
            except Refused:
                return None
        return None

    def schema(self) -> Schema:
        row = {"type": "array", "items": self._number.schema(), "minItems": 1}
        return {"type": "array", "items": row, "minItems": 1}


class Nested(Kind[Array]):
    """Lists in lists, as many deep as they are, as an array of that many axes."""

    says = "a list of lists of numbers"

    def decode(self, node: Node, faults: Faults) -> Array:
        first = node.items[0] if node.items else node
        if first.kind != "list":
            return Vector().decode(node, faults)
        if not first.items or first.items[0].kind != "list":
            return Matrix().decode(node, faults)
        parts = [
            self._part(part, faults.named(f"part {number} of {faults.subject}"))
            for number, part in enumerate(node.items, 1)
        ]
        for number, part in enumerate(parts, 1):
            if part.shape != parts[0].shape:
                sizes = ["×".join(map(str, one.shape)) for one in (part, parts[0])]
                message = f"part {number} of {faults.subject} is {sizes[0]}, part 1 is {sizes[1]}"
                raise faults.refuse(message, node.items[number - 1])
        return np.stack(parts)

    def _part(self, node: Node, faults: Faults) -> Array:
        if node.kind != "list":
            raise faults.refuse(f"{faults.subject} must be {self.says}, not {looks(node)}", node)
        return self.decode(node, faults)

    def schema(self) -> Schema:
        return {"$ref": "#/definitions/array"}


def _numbers(items: Sequence[Node], kind: Number, faults: Faults) -> list[float]:
    """The numbers of a row; every wrong one is a fault of its own."""
    free = kind.bounds.free
    values: list[float] = []
    for item in items:
        if free and item.kind == "scalar" and not item.quoted and _plain(item.text):
            values.append(float(item.text))
            continue
        try:
            values.append(kind.decode(item, faults))
        except Refused:
            if faults.full:
                break
    if len(values) < len(items):
        raise Refused(kind.says)
    return values


def _count(row: Node) -> str:
    return f"{len(row.items)} number{'s' * (len(row.items) != 1)}"


def _listed(node: Node) -> str:
    """The numbers below a node as one list, as they were written; of a long list only its form."""
    text = ", ".join(scalar.text for scalar in node.scalars())
    return f"[{text}]" if len(text) <= _LONGEST else "[…]"
