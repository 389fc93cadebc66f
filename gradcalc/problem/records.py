"""The kinds that hold mappings: a table of keys, each with the kind of its value and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from gradcalc.problem.faults import Faults, Refused, quoted
from gradcalc.problem.kinds import Kind, Schema
from gradcalc.problem.node import Node
from gradcalc.problem.suggest import hint

T = TypeVar("T")
Values = Mapping[str, Any]


class Field(NamedTuple):
    """A row of a table of keys. `default` says in words what holds where the key is left out."""

    kind: Kind[Any]
    doc: str
    default: str = ""
    needed: bool = False


Fields = Mapping[str, Field]


Rules = Callable[[Node, Values, Faults], None]


def no_rules(_node: Node, _values: Values, _faults: Faults) -> None:
    """Every key may have any value beside any other."""


class Record(Kind[T]):
    """A mapping with the keys of a table.

    `make` turns the decoded values into what they stand for. `rules(node, values, faults)` notes what is wrong between
    keys; `values` then holds only those that could be read, and `law` is what a schema can say of it. `where` tells of
    keys that are not in the table where they belong.
    """

    def __init__(
        self,
        fields: Fields,
        make: Callable[[Values], T],
        rules: Rules = no_rules,
        *,
        says: str = "a mapping",
        where: Mapping[str, str] | None = None,
        law: Schema | None = None,
    ) -> None:
        self.fields, self.make, self.rules, self.says = fields, make, rules, says
        self.where, self.law = where or {}, law or {}

    def decode(self, node: Node, faults: Faults) -> T:
        if node.kind != "mapping":
            raise self.refuse(node, faults)
        values: dict[str, Any] = {}
        complete = self._has_all(node, faults)
        for key, (name, value) in node.entries.items():
            field = self.fields.get(key)
            if field is None:
                unknown(key, name, self.fields, faults, self.where)
                continue
            try:
                values[key] = field.kind.decode(value, faults.inside(key))
            except Refused:
                complete = False
        self.rules(node, values, faults)
        if not complete:
            raise Refused(self.says)
        return self.make(values)

    def _has_all(self, node: Node, faults: Faults) -> bool:
        missing = [key for key, field in self.fields.items() if field.needed and key not in node.entries]
        for key in missing:
            faults.add(
                f"{faults.subject or 'the problem'} has no '{key}'", node, f"{key}: {self.fields[key].kind.says}"
            )
        return not missing

    def schema(self) -> Schema:
        needed = [key for key, field in self.fields.items() if field.needed]
        properties = {key: described(field) for key, field in self.fields.items()}
        return {
            "type": "object",
            "properties": properties,
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
            **self.law,
        }


class Tagged(Kind[Any]):
    """A mapping that is of one record or another, by the key that only one of them has."""

    def __init__(self, records: Mapping[str, Record[Any]]) -> None:
        self.records = records
        self.says = " or ".join(record.says for record in records.values())

    def decode(self, node: Node, faults: Faults) -> Any:
        if node.kind != "mapping":
            raise self.refuse(node, faults)
        for tag, record in self.records.items():
            if tag in node.entries:
                return record.decode(node, faults)
        every = {key: field for record in self.records.values() for key, field in record.fields.items()}
        strange = [(key, name) for key, (name, _) in node.entries.items() if key not in every]
        for key, name in strange:
            unknown(key, name, every, faults)
        if strange:
            raise Refused(self.says)
        raise faults.refuse(f"{faults.subject} must be {self.says}", node)

    def schema(self) -> Schema:
        return {"anyOf": [record.schema() for record in self.records.values()]}


def described(field: Field) -> Schema:
    """The schema of a key with its documentation; a `$ref` goes into `allOf`, as draft-07 reads nothing beside it."""
    schema = field.kind.schema()
    doc = f"{field.doc} (default: {field.default})" if field.default else field.doc
    return {"description": doc, **({"allOf": [schema]} if "$ref" in schema else schema)}


def unknown(
    key: str,
    name: Node,
    known: Mapping[str, Any],
    faults: Faults,
    where: Mapping[str, str] | None = None,
) -> None:
    """Note that `key` is not one of `known`, with where it belongs or what was meant."""
    message = f"unknown key {quoted(key)}" + (f" in {faults.subject}" if faults.subject else "")
    home = (where or {}).get(key)
    faults.add(message, name, home or hint(key, known))
