"""The flags of `optimize` over the optimizers and the steps of a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from gradcalc.errors import Fault, Place, ProblemError, Source, UsageError
from gradcalc.problem import inline
from gradcalc.problem.edit import drop, opened, put
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.named import NAME, Entry
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer import ROWS, STEPS, canonical

OPTIMIZER, RATE, SCHEDULE = "optimizer", "lr", "schedule"


class OptimizerFlags(NamedTuple):
    """What stands behind the flags; None or empty where a flag was not given. `hyper` is by key: `eps_place`."""

    optimizer: str | None = None
    steps: int | str | None = None
    lr: str | None = None
    hyper: Mapping[str, str] = {}


class Overlaid(NamedTuple):
    """The tree under the flags, and in a sentence each what of the file the flags have left out."""

    root: Node
    left_out: tuple[str, ...] = ()


def overlay(root: Node, flags: OptimizerFlags) -> Overlaid:
    """Lay the flags over the optimizers of the tree.

    A name keeps of the file what the file says of that optimizer, else every key that the new one knows. Several names
    and several rates make a list, each name with each rate. A constant goes to those of several that know it.
    Raises UsageError for what a flag alone has wrong, and points into it.
    """
    left_out: list[str] = []
    if flags.steps is not None:
        root = _with_steps(root, str(flags.steps))
    chosen = _written(root)
    if chosen is None:
        return Overlaid(root)
    own: list[Source] = []
    if flags.optimizer is not None:
        own.append(Source("--optimizer", flags.optimizer))
        chosen = [one for name in _names(own[0]) for one in _under(name, chosen, left_out)]
    if flags.lr is not None or flags.hyper:
        chosen = chosen or [Node("mapping", root.source, root.line, root.column)]
    for key, text in flags.hyper.items():
        own.append(Source(f"--{key.replace('_', '-')}", text))
        value = inline.scalar(own[-1])
        chosen = [one for old in chosen for one in _each(old, key, [value], chosen)]
    if flags.lr is not None:
        own.append(Source("--lr", flags.lr))
        rates = _rates(own[-1])
        chosen = [_without_rates(old, left_out) for old in chosen]
        chosen = [one for old in chosen for one in _each(old, RATE, rates, chosen)]
    _refuse(chosen, own)
    return Overlaid(_with_optimizers(root, chosen) if own else root, tuple(dict.fromkeys(left_out)))


def _names(source: Source) -> list[Node]:
    try:
        return inline.several(source)
    except ProblemError as error:
        raise UsageError(error.faults) from None


def _rates(source: Source) -> list[Node]:
    try:
        rates = inline.array(source)
    except ProblemError as error:
        raise UsageError(error.faults) from None
    return rates.items or [rates]


def _with_steps(root: Node, text: str) -> Node:
    steps = inline.scalar(Source("--steps", text))
    faults = Faults("--steps")
    with suppress(Refused):
        STEPS.decode(steps, faults)
    if faults.found:
        raise UsageError(faults.found)
    return put(root, _key("steps", steps), steps)


def _with_optimizers(root: Node, chosen: Sequence[Node]) -> Node:
    first = chosen[0]
    value = first
    if len(chosen) > 1:
        value = Node("list", first.source, first.line, first.column, first.length, items=[*chosen])
    return put(root, _key(OPTIMIZER, first), value)


def _key(name: str, like: Node) -> Node:
    return Node("scalar", like.source, like.line, like.column, like.length, text=name)


def _written(root: Node) -> list[Node] | None:
    """The optimizers of the tree as mappings; None if they are nothing that a flag could be laid over."""
    node = root.get(OPTIMIZER)
    if node is None or node.is_null:
        return []
    found = [opened(one, NAME) if one.kind == "scalar" else one for one in (node.items or [node])]
    return found if all(one.kind == "mapping" for one in found) else None


def _entry(node: Node) -> Entry | None:
    """The row that a mapping names; None if there is no such row."""
    with suppress(Refused):
        return ROWS.entry_of(node, Faults())
    return None


def _canonical(entry: Entry | None, key: str) -> str:
    return canonical(entry.row.hyper, key) if entry else key


def _under(name: Node, written: Sequence[Node], left_out: list[str]) -> Iterator[Node]:
    """The optimizers that a name of the flag stands for, with what the file has to say of them."""
    asked = name if name.kind == "mapping" else opened(name, NAME)
    entry = _entry(asked)
    same = [old for old in written if entry is not None and _entry(old) is entry]
    for base in same or [_shared(written, asked, entry, left_out)]:
        merged = base
        for key, (at, value) in asked.entries.items():
            merged = _set(merged, _key(key, at), value)
        yield merged


def _shared(written: Sequence[Node], asked: Node, entry: Entry | None, left_out: list[str]) -> Node:
    """What all optimizers of the file say alike, as far as the one that is asked for knows it."""
    empty = Node("mapping", asked.source, asked.line, asked.column, asked.length)
    if entry is None or not written:
        return empty
    first, *others = written
    old = _entry(first)
    lost = []
    kept = empty
    for key, (name, value) in first.entries.items():
        if key == NAME or not all(_alike(value, other.get(key)) for other in others):
            continue
        now = _canonical(old, key)
        if _is_wrong(entry, now, value) and not (old and _is_wrong(old, key, value)):
            lost.append(key)
        else:
            kept = put(kept, _key(now, name), value)
    left_out += _told(entry, old, lost, first.source.name, several=bool(others))
    return kept


def _told(entry: Entry, old: Entry | None, lost: Sequence[str], file: str, *, several: bool) -> Iterator[str]:
    """What the new optimizer does not take over, in sentences."""
    new = entry.names[0]
    if several:
        yield f"{new} is none of the optimizers of {file}: it takes over only what all of them say alike"
    if lost:
        yield f"{new} leaves out {', '.join(lost)}, which {file} says of {old.names[0] if old else 'its optimizer'}"


def _alike(one: Node, other: Node | None) -> bool:
    return other is not None and _plain(one) == _plain(other)


def _plain(node: Node) -> Any:
    """What a node says, without where it says it."""
    if node.kind == "mapping":
        return {key: _plain(value) for key, (_, value) in node.entries.items()}
    return [*map(_plain, node.items)] if node.kind == "list" else node.text


def _is_wrong(entry: Entry, key: str, value: Node) -> bool:
    """Whether a row does not take a value under a key that is all that is said of it."""
    name = Node("scalar", value.source, value.line, value.column, text=entry.names[0])
    alone = put(opened(name, NAME), _key(key, value), value)
    faults = Faults()
    with suppress(Refused):
        ROWS.decode(alone, faults)
    return bool(faults.found)


def _each(old: Node, key: str, values: Sequence[Node], every: Sequence[Node]) -> list[Node]:
    """The optimizer with each of the values; as it is where it does not know the key but another one does."""
    if not _knows(old, key) and any(_knows(other, key) for other in every):
        return [old]
    return [_set(old, _key(key, value), value) for value in values]


def _knows(node: Node, key: str) -> bool:
    entry = _entry(node)
    return entry is not None and key in entry.fields


def _set(node: Node, key: Node, value: Node) -> Node:
    """The optimizer with a value under a key, in place of whatever stood there under any of its names."""
    entry = _entry(node)
    for other in [*node.entries]:
        if other != key.text and _canonical(entry, other) == _canonical(entry, key.text):
            node = drop(node, other)
    return put(node, key, value)


def _without_rates(node: Node, left_out: list[str]) -> Node:
    """A rate drives out a list of rates."""
    schedule = node.get(SCHEDULE)
    name = schedule.get(NAME) if schedule is not None else None
    if schedule is None or not (schedule.kind == "list" or (name is not None and name.text == "list")):
        return node
    left_out.append(f"--lr leaves out the list of rates in {schedule.source.name}")
    return drop(node, SCHEDULE)


def _refuse(chosen: Sequence[Node], own: Sequence[Source]) -> None:
    """Refuse what is wrong in the flags themselves; what is wrong in the file is found when all of it is read."""
    found: dict[Place, Fault] = {}
    for node in chosen:
        faults = Faults(OPTIMIZER)
        with suppress(Refused):
            ROWS.decode(node, faults)
        for fault in faults.found:
            if fault.place is not None and fault.place.source in own:
                found.setdefault(fault.place, fault)
    if found:
        raise UsageError([*found.values()])
