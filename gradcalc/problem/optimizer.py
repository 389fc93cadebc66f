"""The keys of an optimizer: the name of a row of its table, the constants of the row, and what surrounds every rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from gradcalc.problem import scalars
from gradcalc.problem.atoms import Bounds, Choice, Number, Text, Truth, Whole
from gradcalc.problem.byname import ARRAY, ByName
from gradcalc.problem.faults import Faults, quoted
from gradcalc.problem.kinds import Either, Kind, ListOf, Made, Schema, Shared
from gradcalc.problem.model import OptimizerChoice, Schedule
from gradcalc.problem.named import NAME, Entry, Named, by_row
from gradcalc.problem.node import Node
from gradcalc.problem.records import Field, Fields, Record, Rules, Values
from gradcalc.problem.suggest import hint

if TYPE_CHECKING:
    # a problem without an optimizer does not wait for them
    from gradcalc.training.optimizer import Hyper, Optimizer

MAX_STEPS = 10_000_000
MAX_RUNS = 100
DEFAULT = "sgd"

_NAMED_AT_MOST = 8


class Steps(Whole):
    """A whole number from 1. Too many are refused as a matter of size by `decode`, and `1e12` is one of those."""

    def __init__(self) -> None:
        super().__init__(least=1)

    def parse(self, text: str) -> int:
        with suppress(scalars.Unreadable):
            if scalars.number(text) > MAX_STEPS:
                return int(text) if text.isdecimal() else int(scalars.number(text))
        return super().parse(text)

    def schema(self) -> Schema:
        return {**super().schema(), "maximum": MAX_STEPS}


STEPS = Steps()
RATE = Number(Bounds(above=0))
RATES = ListOf(Number(Bounds(least=0)), "a list of rates")


class _Row(Protocol):
    """What optimizers and schedules have in common."""

    @property
    def name(self) -> str: ...

    @property
    def hyper(self) -> Mapping[str, Hyper]: ...


def constants(rows: Mapping[str, Hyper]) -> Fields:
    """The keys that set the constants of a row, under each of their names."""
    fields = {}
    for key, row in rows.items():
        kind = RATE if key == "lr" else _kind(row)
        fields[key] = Field(kind, row.doc, _default(row))
        fields.update({alias: Field(kind, f"another name for {key}") for alias in row.aliases})
    return fields


def canonical(rows: Mapping[str, Hyper], key: str) -> str:
    """The name of a constant by any of its names; any other key as it is."""
    return next((name for name, row in rows.items() if key in row.aliases), key)


def _kind(row: Hyper) -> Kind[Any]:
    if isinstance(row.default, bool):
        return Truth()
    if row.choices:
        return Choice(*row.choices)
    if row.whole:
        return Whole(int(row.least or 0), None if row.most is None else int(row.most))
    return Number(Bounds(row.above, row.least, row.below, row.most))


def _default(row: Hyper) -> str:
    if row.default is None:
        return ""
    return f"{row.default:g}" if isinstance(row.default, float) else str(row.default).lower()


def _split(rows: Mapping[str, Hyper], values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The constants by their own names, and the other values."""
    mine = {canonical(rows, key): value for key, value in values.items() if canonical(rows, key) in rows}
    return mine, {key: value for key, value in values.items() if canonical(rows, key) not in rows}


def _names_of(rows: Mapping[str, Hyper], node: Node, faults: Faults) -> None:
    """A constant is given under one of its names, and one that is needed is given."""
    for key, row in rows.items():
        given = [name for name in node.entries if name in (key, *row.aliases)]
        for other in given[1:]:
            message = f"{given[0]} and {other} of {faults.subject} are one and the same"
            faults.add(message, node.entries[other][0], "keep one of them", node.entries[given[0]][0])
        if row.needed and not given:
            faults.add(f"{faults.subject} has no '{key}'", node, f"{key}: {row.doc}")


def _law(rows: Mapping[str, Hyper]) -> Schema:
    """That each constant that is needed stands there under one of its names."""
    needed = [(key, *row.aliases) for key, row in rows.items() if row.needed]
    return {"allOf": [{"anyOf": [{"required": [name]} for name in names]} for names in needed]} if needed else {}


class _Listed:
    """The list of rates as a row beside those of the table, for `warmup` to stand beside it."""

    name = "list"
    hyper: Mapping[str, Hyper] = {}


def _schedules() -> Iterator[Entry]:
    from gradcalc.training.schedules import SCHEDULES, WARMUP  # noqa: PLC0415  only a schedule needs them

    around = constants({"warmup": WARMUP})
    for row, names in by_row(SCHEDULES):
        yield Entry(row, names, {**constants(row.hyper), **around}, _defaults(row), {}, _rules_of(row), _law(row.hyper))
    rates = Field(RATES, "the rate of each step; the last one stays", needed=True)
    yield Entry(_Listed, (_Listed.name,), {"rates": rates, **around}, {}, {}, law={"allOf": [{"required": ["rates"]}]})


def _defaults(row: _Row) -> Values:
    return {key: constant.default for key, constant in row.hyper.items()}


def _rules_of(row: _Row) -> Rules:
    return lambda node, _values, faults: _names_of(row.hyper, node, faults)


def _schedule(row: _Row, values: Values) -> Schedule:
    named = {canonical(row.hyper, key): value for key, value in values.items()}
    return Schedule(row.name, named, named.pop("rates", ()))


def _rates(rates: tuple[float, ...]) -> Schedule:
    return Schedule(_Listed.name, rates=rates)


def _either_clip(node: Node, _values: Values, faults: Faults) -> None:
    """The gradient is clipped in one way."""
    given = [node.entries[key][0] for key in ("norm", "value") if key in node.entries]
    if not given:
        faults.add(f"{faults.subject} is empty", node, "norm: 1, or value: 1")
    elif len(given) > 1:
        faults.add(f"{faults.subject} is by the norm or by the value, not by both", given[1], "keep one", given[0])


SCHEDULE = Shared("schedule", Named("a schedule", _schedules, _schedule, "constant"))

CLIP: Fields = {
    "norm": Field(Number(Bounds(above=0)), "how long the gradient of all parameters together may be at most"),
    "value": Field(Number(Bounds(above=0)), "how large each entry of the gradient may be at most"),
}

SHUFFLE: Fields = {
    "seed": Field(Whole(), "where the generator starts; a seed gives the same order on every machine", "0"),
}

CLIP_LAW: Schema = {"minProperties": 1, "maxProperties": 1}
NAMES = ListOf(Text(), "a list of names", least=0)

OWN: Fields = {
    "schedule": Field(
        Either(
            scalar=SCHEDULE,
            mapping=SCHEDULE,
            list=Made(RATES, _rates),
        ),
        "how the learning rate changes: a name with its constants, or a list with the rate of each step",
        "constant",
    ),
    "clip": Field(
        Record(CLIP, dict, _either_clip, says="{norm: …} or {value: …}", law=CLIP_LAW), "the largest gradient"
    ),
    "frozen": Field(NAMES, "the names of the parameters that are not trained", "none"),
    "initial": Field(
        ByName(Either(scalar=Number(), mapping=ByName(ARRAY, "a parameter", "{w1: 0.1, …}")), "a state", "{m: 0, …}"),
        "where the state starts, by its name: a number, or arrays by parameter",
        "0",
    ),
    "batch_size": Field(Whole(least=1), "how many samples a step is made from, in the order of the file", "all"),
    "shuffle": Field(
        Record(SHUFFLE, lambda values: values.get("seed", 0), says="{seed: 0}"),
        "another order of the samples in each epoch",
        "that of the file",
    ),
    "maximize": Field(Truth(), "the loss is to become large: the rule uses −g", "false"),
}

# What README says of an optimizer: the constants of each row are in its own table, which `gradcalc ops` shows.
COMMON: Fields = {
    NAME: Field(Text(), "the rule, one of those that `gradcalc ops` lists, with its constants beside it", DEFAULT),
    **OWN,
}


def _optimizers() -> Iterator[Entry]:
    from gradcalc.training.optimizers import OPTIMIZERS  # noqa: PLC0415  only a problem with an optimizer needs them

    rows = [*by_row(OPTIMIZERS)]
    for row, names in rows:
        without = _without(row, [other for other, _ in rows])
        yield Entry(row, names, {**constants(row.hyper), **OWN}, _defaults(row), without, _rules_of_optimizer(row))


def _without(row: Optimizer, rows: list[Optimizer]) -> dict[str, str]:
    """For each constant that only others have, who they are; and what has its place beside the optimizer."""
    owners: dict[str, list[str]] = {}
    for other in rows:
        for key in constants(other.hyper):
            owners.setdefault(key, []).append(other.name)
    own = constants(row.hyper)
    theirs = {key: names for key, names in owners.items() if key not in own}
    return {
        **{key: f"'{key}' stands beside 'optimizer', not in it" for key in ("steps", "gradients", "rounding")},
        **{key: f"{row.name} has none: it is a key of {_listed(names)}" for key, names in theirs.items()},
    }


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED_AT_MOST:
        return f"{', '.join(names[:_NAMED_AT_MOST])} and others"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _rules_of_optimizer(row: Optimizer) -> Rules:
    def rules(node: Node, values: Values, faults: Faults) -> None:
        _names_of(row.hyper, node, faults)
        hyper = {**_defaults(row), **_split(row.hyper, values)[0]}
        _states(row, node, values, faults, hyper)
        _one_rate(row, node, values, faults, hyper)
        if "shuffle" in node.entries and "batch_size" not in node.entries:
            name, _ = node.entries["shuffle"]
            faults.add(f"shuffle of {faults.subject} changes nothing without batches", name, "add batch_size: 1")

    return rules


def _states(row: Optimizer, node: Node, values: Values, faults: Faults, hyper: Values) -> None:
    """Only a state that the rule has starts somewhere."""
    states = row.state(hyper)
    for name in values.get("initial", {}):
        if name not in states:
            key, _ = node.at("initial").entries[name]
            known = hint(name, states, {}) if states else f"{row.name} has no state"
            faults.add(f"unknown state {quoted(name)} in initial of {faults.subject}", key, known)


def _one_rate(row: Optimizer, node: Node, values: Values, faults: Faults, hyper: Values) -> None:
    """A schedule works on a rate, and a list of rates leaves none to give beside it."""
    if "schedule" not in node.entries:
        return
    name, _ = node.entries["schedule"]
    schedule: Schedule | None = values.get("schedule")
    given = next((key for key in node.entries if canonical(row.hyper, key) == "lr"), None)
    if not any(re.search(r"\blr\b", rule) for _, rule in row.rules(hyper)):
        faults.add(f"{row.name} has no learning rate that a schedule could change", name, "leave the schedule out")
    elif schedule is not None and schedule.rates and given is not None:
        message = f"{faults.subject} has a list of rates, and {given} beside it"
        faults.add(message, node.entries[given][0], "keep one of them", name)


def _optimizer(row: Optimizer, values: Values) -> OptimizerChoice:
    hyper, around = _split(row.hyper, values)
    return OptimizerChoice(row.name, hyper, **around)


ROWS = Named("an optimizer", _optimizers, _optimizer, DEFAULT)
OPTIMIZER = Shared("optimizer", ROWS)
