"""The ways on which a change of one entry reaches another: the paths of the chain rule, entry by entry.

No op is known here. What goes back through a line is linear in what arrives, so that a single 1 gives a row of the
line's Jacobian; and a NaN in the place of the 1 spoils every entry that there is a way to, even where the slope is 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import Arrays, Graph, backward, forward
from gradcalc.engine.op import Array
from gradcalc.errors import LimitError

Index = tuple[int, ...]

# how many numbers the Jacobian of one line may have where the ways through it are counted
MOST_ENTRIES = 4_000_000
# of so few entries each is asked by itself whether it depends on the end
FEW = 100
MOST_ROUTES = 100


class Spot(NamedTuple):
    """One entry of a quantity, where it stands in the array of the graph."""

    name: str
    at: Index


class Link(NamedTuple):
    """One step back: how an entry of a line changes with an entry of what it uses."""

    line: Spot
    of: Spot
    value: float


Way = tuple[Link, ...]


class Ways:
    """Every way from `start`, which is differentiated, back to `end`.

    `values` are those at which slopes are taken. `batched` are the quantities that have a row for each sample, no
    sample meeting another.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Array],
        start: Spot,
        end: Spot,
        batched: Collection[str] = (),
    ) -> None:
        self.graph, self.values, self.start, self.end, self.batched = graph, values, start, end, batched
        self._parts = {line: Graph(graph.line(line), graph.constants) for line in graph.lines}
        self._rows: dict[Spot, list[Link]] = {}

    def first(self, most: int) -> list[Way]:
        """The first ways, in the order of the entries that they come by."""
        return list(islice(self._all(), most))

    def links(self, spot: Spot) -> list[Link]:
        """The steps back from an entry of a line that lead to the end, those with a slope of 0 included."""
        if spot not in self._rows:
            self._rows[spot] = list(self._links(spot))
        return self._rows[spot]

    @cached_property
    def count(self) -> float | None:
        """How many ways there are; None where only finding out would take long."""
        if self.start == self.end:
            return 0.0
        counts: Arrays = {self.start.name: np.zeros_like(self.values[self.start.name])}
        counts[self.start.name][self.start.at] = 1
        for line in reversed(self.graph.lines):
            if line == self.end.name or line not in counts:
                continue
            for name, ways in self._passed_on(line, counts[line]).items():
                if ways is None:
                    return None
                counts[name] = counts.get(name, 0) + ways * self.leads[name]
        return float(counts[self.end.name][self.end.at]) if self.end.name in counts else 0.0

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines on the ways, from the start back."""
        reached, found = {self.start.name}, []
        for line in reversed(self.graph.lines):
            if line in reached and line in self.leads and line != self.end.name:
                found.append(line)
                reached.update(self.inputs(line))
        return tuple(found)

    def inputs(self, line: str) -> list[str]:
        """What a line uses that leads to the end."""
        return [name for name in fed(self._parts[line]) if name in self.leads]

    @cached_property
    def leads(self) -> Mapping[str, Array]:
        """For each quantity that depends on the end, which of its entries do."""
        found = {self.end.name: np.zeros(self.values[self.end.name].shape, dtype=bool)}
        found[self.end.name][self.end.at] = True
        for line, part in self._parts.items():
            used = set(fed(part)) & found.keys()
            if used and line not in found:
                reached = self._reached(line, {name: found[name] for name in used})
                found |= {line: reached} if reached.any() else {}
        return found

    def _reached(self, line: str, leads: Mapping[str, Array]) -> Array:
        """Which entries of a line depend on those of its inputs that lead to the end."""
        part, inner = self._parts[line], self._inner(line)
        outer = {name: value for name, value in self.values.items() if name not in inner}
        spoilt = {name: np.where(mark, np.nan, self.values[name]) for name, mark in leads.items()}
        reached = np.asarray(np.isnan(forward(part, {**outer, **spoilt})[line]))
        if reached.size <= FEW:
            # where the value is 0 whatever comes in, as of a loss with a target of 0, there is still a way back
            for at in map(tuple, np.argwhere(~reached).tolist()):
                marked = self._back(line, _one(self.values[line], at, np.nan))
                reached[at] = any((np.isnan(marked[name]) & leads[name]).any() for name in leads if name in marked)
        return reached

    def _all(self) -> Iterator[Way]:
        """Depth first, without going deeper for each line."""
        way: list[Link] = []
        waiting = [iter(self.links(self.start))] if self.start != self.end else []
        while waiting:
            link = next(waiting[-1], None)
            if link is None:
                waiting.pop()
                if way:
                    way.pop()
            elif link.of == self.end:
                yield (*way, link)
            elif link.of.name in self._parts:
                way.append(link)
                waiting.append(iter(self.links(link.of)))

    def _links(self, spot: Spot) -> Iterator[Link]:
        row = self._back(spot.name, _one(self.values[spot.name], spot.at, 1.0))
        marked = self._back(spot.name, _one(self.values[spot.name], spot.at, np.nan))
        for name in self.inputs(spot.name):
            if name in row:
                found = (np.isnan(marked[name]) | (row[name] != 0)) & self.leads[name]
                for at in map(tuple, np.argwhere(found).tolist()):
                    yield Link(spot, Spot(name, at), float(row[name][at]))

    def _back(self, line: str, g: Array) -> Arrays:
        return backward(self._parts[line], self.values, {line: g})

    def _inner(self, line: str) -> set[str]:
        return {step.name for step in self._parts[line].equations}

    def _passed_on(self, line: str, counts: Array) -> Mapping[str, Array | None]:
        """For each input of a line how many ways come to its entries through the line; None: too many to tell."""
        steps = self._parts[line].equations
        if len(steps) == 1 and steps[0].op.elementwise:
            return dict.fromkeys(self.inputs(line), counts)
        if any(self.values[line].size * self.values[name].size > MOST_ENTRIES for name in self.inputs(line)):
            return dict.fromkeys(self.inputs(line))
        if line in self.batched and all(name in self.batched for name in self.inputs(line)):
            return self._by_sample(line, counts)
        found: dict[str, Array | None] = {}
        for at in map(tuple, np.argwhere(counts).tolist()):
            marked = self._back(line, _one(self.values[line], at, np.nan))
            for name in self.inputs(line):
                ways = np.isnan(marked[name]) * counts[at] if name in marked else np.zeros_like(self.values[name])
                known = found.get(name)
                found[name] = ways if known is None else known + ways
        return found

    def _by_sample(self, line: str, counts: Array) -> Mapping[str, Array | None]:
        """The same, every unit of a sample at once: as a batch of as many copies of the sample."""
        part, inputs = self._parts[line], self.inputs(line)
        found: dict[str, Array | None] = {}
        for n in np.flatnonzero(counts.any(axis=1)).tolist():
            units = counts.shape[1]
            outer = {name: value for name, value in self.values.items() if name not in self._inner(line)}
            copies = {k: np.repeat(v[n : n + 1], units, axis=0) if k in self.batched else v for k, v in outer.items()}
            marks = np.where(np.eye(units) == 1, np.nan, 0.0)
            marked = backward(part, forward(part, copies), {line: marks})
            for name in inputs:
                ways = np.zeros(self.values[name].shape)
                ways[n] = counts[n] @ np.isnan(marked[name])
                known = found.get(name)
                found[name] = ways if known is None else known + ways
        return found


def fed(part: Graph) -> list[str]:
    """What the steps of a line are fed with from outside, as far as a gradient goes back to it: to no index."""
    inner = {step.name for step in part.equations}
    pairs = [(name, rule) for step in part.equations for name, rule in zip(step.inputs, step.op.rules, strict=True)]
    return list(dict.fromkeys(name for name, rule in pairs if rule is not None and name not in inner))


def every_route(graph: Graph, start: str, end: str) -> list[tuple[str, ...]]:
    """Every way of whole lines from `start` back to the quantity `end`; LimitError where there are too many."""
    found = list(islice(_routes(graph, start, end), MOST_ROUTES + 1))
    if len(found) > MOST_ROUTES:
        raise LimitError(f"there are more than {MOST_ROUTES} routes from {start} to {end}")
    return found


def _routes(graph: Graph, start: str, end: str) -> Iterator[tuple[str, ...]]:
    inputs = {line: fed(Graph(graph.line(line), graph.constants)) for line in graph.lines}
    leading = {end}
    for line, names in inputs.items():
        if leading.intersection(names):
            leading.add(line)
    waiting: list[tuple[str, ...]] = [(start,)]
    while waiting:
        route = waiting.pop()
        if route[-1] == end:
            yield route
        else:
            waiting += [(*route, name) for name in reversed(inputs.get(route[-1], [])) if name in leading]


def _one(like: Array, at: Index, entry: float) -> Array:
    """Zeros with one other entry."""
    g = np.zeros_like(like)
    g[at] = entry
    return g
