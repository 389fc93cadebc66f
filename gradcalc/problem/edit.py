"""`--set KEY=VALUE`: a new tree in which one value of the problem file is another."""

from __future__ import annotations

import re

from gradcalc.errors import Place, Source, UsageError
from gradcalc.problem.faults import quoted
from gradcalc.problem.kinds import looks
from gradcalc.problem.node import Node
from gradcalc.problem.reader import read_value
from gradcalc.problem.scalars import Unreadable, whole

# The key that a value on its own stands for: `loss: mse` is `loss: {name: mse}`.
_SHORT = {"loss": "name", "activation": "name", "rounding": "to", "optimizer": "name", "schedule": "name"}
# The lists of mappings, and what an entry of each is called: it goes by its number or its name, never by an index.
_LISTS = {"layers": "layer", "optimizer": "optimizer", "gradients": "step"}
_NAMED = ("layers", "optimizer")
_INDEXED = re.compile(r"(.*)\[([^\[\]]*)\]")
_FLAG = "--set"


def assign(root: Node, assignment: str, index_base: int = 1) -> Node:
    """The tree `root` with the value that `assignment` (`layers.H.weights[2,1]=7`) gives; `root` stays as it was.

    Layers, optimizers and steps of `gradients` go by name, or by number from 1; indices count from `index_base`;
    mappings that are not there are made.
    Raises UsageError where there is no such place, ProblemError where the value is not YAML.
    """
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"{_FLAG} takes KEY=VALUE, not '{assignment}'", hint=f"such as {_FLAG} loss=mse")
    return _Assignment(assignment, key.strip(), read_value(value, f"{_FLAG} {key.strip()}"), index_base).on(root)


def put(mapping: Node, name: Node, value: Node) -> Node:
    """The mapping with `value` under the key that `name` spells; a key that is there keeps its place."""
    old = mapping.entries.get(name.text)
    return _mapping_like(mapping, {**mapping.entries, name.text: (old[0] if old else name, value)})


def drop(mapping: Node, key: str) -> Node:
    """The mapping without `key`."""
    return _mapping_like(mapping, {name: pair for name, pair in mapping.entries.items() if name != key})


def replace(items: Node, position: int, value: Node) -> Node:
    """The list with another node at `position`, counted from 0."""
    values = [*items.items[:position], value, *items.items[position + 1 :]]
    return Node("list", items.source, items.line, items.column, items.length, items=values)


def opened(scalar: Node, key: str) -> Node:
    """The mapping that a scalar stands for, with the scalar under its key: `{name: mse}` for `mse`."""
    name = Node("scalar", scalar.source, scalar.line, scalar.column, scalar.length, text=key)
    return Node("mapping", scalar.source, scalar.line, scalar.column, scalar.length, entries={key: (name, scalar)})


def _mapping_like(node: Node, entries: dict[str, tuple[Node, Node]]) -> Node:
    return Node("mapping", node.source, node.line, node.column, node.length, entries=entries)


class _Assignment:
    """One assignment on its way down the tree."""

    def __init__(self, written: str, key: str, value: Node, index_base: int) -> None:
        self.source = Source(_FLAG, written)
        self.value = value
        self.base = index_base
        indexed = _INDEXED.fullmatch(key)
        self.start = written.index(key) + 1
        self.path: str = indexed[1] if indexed else key
        self.indices: list[str] = indexed[2].split(",") if indexed else []

    def on(self, root: Node) -> Node:
        return self._below(root, self.path, "")

    def _below(self, mapping: Node, path: str, owner: str) -> Node:
        """The mapping `mapping` of `owner` with the value put in where `path` leads."""
        key, _, rest = path.partition(".")
        if not key or "[" in key:
            raise self._error(f"'{path}' is not a key", "keys are parted by dots, and an index comes last")
        old = mapping.get(key)
        name = Node("scalar", self.source, 1, self._column(path), len(key), text=key)
        return put(mapping, name, self._value(old, key, rest, owner))

    def _value(self, old: Node | None, key: str, rest: str, owner: str) -> Node:
        if not rest:
            return self._entry(old, key, owner, self.indices) if self.indices else self.value
        if key == "layers" or (key in _LISTS and not owner and old is not None and old.kind == "list"):
            return self._member(key, old, rest)
        if old is None or old.is_null:
            return self._below(Node("mapping", self.source, 1, self._column(rest)), rest, key)
        if old.kind == "scalar" and key in _SHORT:
            old = opened(old, _SHORT[key])
        if old.kind != "mapping":
            hint = f"set the whole of it: {_FLAG} '{self.path.removesuffix(f'.{rest}')}={{{rest}: …}}'"
            raise self._error(f"{_of(key, owner)} is {looks(old)}: it has no '{rest}'", hint)
        return self._below(old, rest, key)

    def _member(self, key: str, members: Node | None, path: str) -> Node:
        """The list of layers (optimizers, steps) with the value put into the one that `path` begins with."""
        noun = _LISTS[key]
        if members is None or members.kind != "list" or not members.items:
            raise self._error(f"the problem has no {noun}s")
        names = [_name(member) if key in _NAMED else "" for member in members.items]
        position, rest = self._find(noun, names, path)
        member = members.items[position]
        if not rest:
            return replace(members, position, self.value)
        if member.kind == "scalar" and key in _SHORT:
            member = opened(member, _SHORT[key])
        if member.kind != "mapping":
            raise self._error(f"{noun} {position + 1} is {looks(member)}: it has no keys")
        owner = f"{noun} {quoted(names[position]) if names[position] else position + 1}"
        return replace(members, position, self._below(member, rest, owner))

    def _find(self, noun: str, names: list[str], path: str) -> tuple[int, str]:
        """Which entry `path` begins with, by name (it may hold dots) or by number, and what follows in the path."""
        for name in sorted(filter(None, names), key=len, reverse=True):
            if path == name or path.startswith(f"{name}."):
                return names.index(name), path[len(name) + 1 :]
        number, _, rest = path.partition(".")
        if number.isascii() and number.isdigit() and 0 < int(number[:9]) <= len(names):
            return int(number[:9]) - 1, rest
        every = ", ".join(f"{count} ({name})" if name else str(count) for count, name in enumerate(names, 1))
        raise self._error(f"there is no {noun} '{number}'", f"the {noun}s are {every}")

    def _entry(self, old: Node | None, key: str, owner: str, indices: list[str]) -> Node:
        """The list `old` with the value at the entry that `indices` name."""
        if key in _LISTS and not owner:
            by = "a number or a name" if key in _NAMED else "a number"
            raise self._error(f"{_a(_LISTS[key])} has {by}, not an index", f"write {key}.{indices[0]}")
        what = _of(key, owner)
        hint = f"set the whole of it: {_FLAG} '{self.path}=…'"
        if old is None:
            raise self._error(f"there is no {what}, so it has no entry to set", hint)
        if old.kind != "list":
            found = "one number" if old.kind == "scalar" else "not written out"
            raise self._error(f"{what} is {found}: it has no entries to set", hint)
        position = self._position(indices[0], old, what)
        if len(indices) == 1:
            return replace(old, position, self.value)
        if old.items[position].kind != "list":
            raise self._error(f"{what} is a list: one index finds an entry")
        return replace(old, position, self._entry(old.items[position], f"row {indices[0]}", what, indices[1:]))

    def _position(self, index: str, entries: Node, what: str) -> int:
        try:
            position = whole(index) - self.base
        except Unreadable as reason:
            raise self._error(f"an index is a whole number: {reason.message}", reason.hint) from None
        size = len(entries.items)
        if not 0 <= position < size:
            hint = f"it has {size} {'entry' if size == 1 else 'entries'}, counted from {self.base}"
            raise self._error(f"{what} has no entry {index.strip()}", hint)
        return position

    def _column(self, path: str) -> int:
        """Where `path`, the rest of the key's path, begins."""
        return self.start + len(self.path) - len(path)

    def _error(self, message: str, hint: str | None = None) -> UsageError:
        written = self.source.text.partition("=")[0]
        return UsageError(message, Place(self.source, 1, 1, max(len(written), 1)), hint)


def _of(key: str, owner: str) -> str:
    return f"{key} of {owner}" if owner else key


def _name(member: Node) -> str:
    """The name of an entry of a list, which may be all of it."""
    name = member if member.kind == "scalar" else member.get("name")
    return name.text if name is not None else ""


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
