"""The kind of a row of one of the engine's tables: its name, or a mapping with its name and its options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from gradcalc.engine.op import Option
from gradcalc.problem.atoms import Bounds, Number, Text, Truth
from gradcalc.problem.faults import Faults, quoted
from gradcalc.problem.kinds import Kind, Maybe, Schema
from gradcalc.problem.node import Node
from gradcalc.problem.records import Field, Fields, Record, Rules, Values, no_rules
from gradcalc.problem.suggest import OTHER_VALUES, nearest

T = TypeVar("T")
NAME = "name"


class Entry(NamedTuple):
    """A row of a table: all its names, the keys that may stand beside one, their defaults, and why others may not.

    `rules` and `law` are those of a Record; the rules see the defaults among the values. A row with a law can't stand
    as its name alone.
    """

    row: Any
    names: tuple[str, ...]
    fields: Fields
    defaults: Values
    without: Mapping[str, str]
    rules: Rules = no_rules
    law: Schema = {}  # noqa: RUF012  nobody writes into it


class Named(Kind[T]):
    """`relu`, or `{name: leaky_relu, slope: 0.1}`.

    `entries` is called when it is first needed. `make(row, values)` gives the value. A mapping without a name is of the
    row called `default`, if there is one.
    """

    def __init__(
        self,
        noun: str,
        entries: Callable[[], Iterable[Entry]],
        make: Callable[[Any, Values], T],
        default: str | None = None,
    ) -> None:
        self.noun, self.entries, self.make, self.default = noun, entries, make, default
        self.says = f"the name of {noun} or {{{NAME}: …}} with its options"
        self._rows: tuple[Entry, ...] = ()

    @property
    def rows(self) -> tuple[Entry, ...]:
        if not self._rows:
            self._rows = tuple(self.entries())
        return self._rows

    def decode(self, node: Node, faults: Faults) -> T:
        if node.is_null or node.kind == "list":
            raise self.refuse(node, faults)
        if node.kind == "scalar":
            node = Node("mapping", node.source, node.line, node.column, node.length, entries={NAME: (node, node)})
        return self._record(self.entry_of(node, faults)).decode(node, faults)

    def find(self, name: str) -> Entry | None:
        """The row that has this name, or None."""
        return next((entry for entry in self.rows if name in entry.names), None)

    def entry_of(self, node: Node, faults: Faults) -> Entry:
        """The row that a mapping names."""
        name = node.get(NAME)
        if name is not None:
            return self._entry(name, faults)
        default = self.find(self.default) if self.default else None
        if default is None:
            raise faults.refuse(f"{faults.subject} has no '{NAME}'", node, f"{NAME}: the name of {self.noun}")
        return default

    def _entry(self, name: Node, faults: Faults) -> Entry:
        if name.kind != "scalar" or name.is_null:
            raise faults.refuse(f"{faults.subject} must be the name of {self.noun}", name)
        found = self.find(name.text)
        if found is not None:
            return found
        first = [entry.names[0] for entry in self.rows]
        close = nearest(name.text, [*first, *(other for entry in self.rows for other in entry.names[1:])], OTHER_VALUES)
        hint = f"did you mean '{close}'?" if close else f"one of {', '.join(first)}"
        raise faults.refuse(f"unknown {self.noun.split()[-1]} {quoted(name.text)}", name, hint)

    def _record(self, entry: Entry) -> Record[T]:
        def make(values: Values) -> T:
            return self.make(entry.row, {key: value for key, value in values.items() if key != NAME})

        def rules(node: Node, values: Values, faults: Faults) -> None:
            unsaid = {key: value for key, value in entry.defaults.items() if key not in node.entries}
            entry.rules(node, {**unsaid, **values}, faults)

        fields = {NAME: Field(Text(), f"the name of {self.noun}"), **entry.fields}
        return Record(fields, make, rules, where=entry.without)

    def schema(self) -> Schema:
        names = [name for entry in self.rows if not entry.law for name in entry.names]
        return {"anyOf": [{"enum": names}, *self._mappings()]}

    def _mappings(self) -> list[Schema]:
        """One schema for all entries that have the same keys."""
        alike: list[tuple[Entry, list[str]]] = []
        for entry in self.rows:
            group = next((names for other, names in alike if other.fields == entry.fields), None)
            if group is None:
                alike.append((entry, group := []))
            group += entry.names
        return [self._mapping(entry, names) for entry, names in alike]

    def _mapping(self, entry: Entry, names: list[str]) -> Schema:
        schema = Record(entry.fields, dict, law=entry.law).schema()
        schema["properties"] = {NAME: {"enum": names}, **schema["properties"]}
        return schema if self.default in names else {**schema, "required": [NAME]}


def by_row(table: Mapping[str, T]) -> Iterator[tuple[T, tuple[str, ...]]]:
    """Every row of a table once, with its own name first and the other names that lead to it after it."""
    for name, row in table.items():
        if name == getattr(row, NAME):
            yield row, (name, *(other for other, same in table.items() if same is row and other != name))


def options(rows: Mapping[str, Option]) -> Fields:
    """The keys that set the options of a row of the engine's tables."""
    return {key: Field(_kind(row), row.doc, _default(row)) for key, row in rows.items()}


def _kind(row: Option) -> Kind[Any]:
    if isinstance(row.default, bool):
        return Truth()
    number = Number(Bounds(row.above, row.least, row.below, row.most))
    return Maybe(number) if row.default is None else number


def _default(row: Option) -> str:
    if row.default is None:
        return "none"
    return str(row.default).lower() if isinstance(row.default, bool) else f"{row.default:g}"
