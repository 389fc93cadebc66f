"""Nodes in ranks: who stands before whom, and in which order within a rank, so that few edges cross."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Link = tuple[int, int]

SWEEPS = 24


class Ranked(NamedTuple):
    """Cells in ranks, each rank in order. Cells from `nodes` on stand for a piece of an edge, one in each rank that it
    crosses; `chains` has those of each edge, its two nodes included. Edges lead from one rank to the next."""

    ranks: list[list[int]]
    chains: list[list[int]]

    @property
    def links(self) -> list[Link]:
        """The pieces of all edges."""
        return [link for chain in self.chains for link in pairwise(chain)]


def ranked(nodes: int, edges: Sequence[Link], *, in_order: bool = False) -> Ranked:
    """Every second rank holds nodes, as late as what needs them allows; between them there is room for labels.

    No way along the edges leads back to where it began. With `in_order` the nodes of a rank keep the order of their
    numbers.
    """
    level = _levels(nodes, edges)
    ranks: list[list[int]] = [[] for _ in range(2 * max(level, default=0) + 1)]
    for node in range(nodes):
        ranks[2 * level[node]].append(node)
    chains, cell = [], nodes
    for source, target in edges:
        chain = [source]
        for rank in range(2 * level[source] + 1, 2 * level[target]):
            ranks[rank].append(cell)
            chain.append(cell)
            cell += 1
        chains.append([*chain, target])
    return _ordered(Ranked(ranks, chains), {*range(nodes)} if in_order else set())


def _levels(nodes: int, edges: Sequence[Link]) -> list[int]:
    """The longest way to each node; what has nothing before it moves up to its first use."""
    level, after = [0] * nodes, defaultdict[int, list[int]](list)
    for source, target in edges:
        after[source].append(target)
    for _ in range(nodes):
        moved = False
        for source, target in edges:
            if level[target] <= level[source]:
                level[target], moved = level[source] + 1, True
        if not moved:
            break
    fed = {target for _, target in edges}
    for node in range(nodes):
        if node not in fed and after[node]:
            level[node] = min(level[target] for target in after[node]) - 1
    return level


def _ordered(start: Ranked, fixed: set[int]) -> Ranked:
    """The order with the fewest crossings of those that sweeps to and fro by the mean of the neighbours come by."""
    before, after = neighbours(start.links)
    ranks = [list(rank) for rank in start.ranks]
    best, fewest = [list(rank) for rank in ranks], crossings(ranks, start.links)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        numbers = range(1, len(ranks)) if sweep % 2 == 0 else range(len(ranks) - 2, -1, -1)
        for number in numbers:
            beside = ranks[number - 1] if sweep % 2 == 0 else ranks[number + 1]
            if fixed.isdisjoint(ranks[number]):
                _by_mean(ranks[number], beside, before if sweep % 2 == 0 else after)
        found = crossings(ranks, start.links)
        if found < fewest:
            best, fewest = [list(rank) for rank in ranks], found
    return start._replace(ranks=best)


def neighbours(links: Sequence[Link]) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
    """For each cell those that lead to it, and those that it leads to."""
    before, after = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for source, target in links:
        before[target].append(source)
        after[source].append(target)
    return before, after


def _by_mean(rank: list[int], beside: Sequence[int], near: Mapping[int, list[int]]) -> None:
    place = {cell: position for position, cell in enumerate(beside)}
    own = {cell: float(position) for position, cell in enumerate(rank)}

    def mean(cell: int) -> float:
        places = [place[other] for other in near.get(cell, ()) if other in place]
        return sum(places) / len(places) if places else own[cell]

    rank.sort(key=mean)


def crossings(ranks: Sequence[Sequence[int]], links: Sequence[Link]) -> int:
    """How many pairs of edges cross between neighbouring ranks."""
    place = {cell: position for rank in ranks for position, cell in enumerate(rank)}
    rank_of = {cell: number for number, rank in enumerate(ranks) for cell in rank}
    between = defaultdict[int, list[Link]](list)
    for source, target in links:
        between[rank_of[source]].append((place[source], place[target]))
    count = 0
    for pairs in between.values():
        ends: list[int] = []
        # from the right to the left: each edge crosses those that start further right and end further left
        for _, group in sorted(_grouped(pairs).items(), reverse=True):
            count += sum(bisect_left(ends, end) for end in group)
            for end in group:
                insort(ends, end)
    return count


def _grouped(pairs: Sequence[Link]) -> Mapping[int, list[int]]:
    groups = defaultdict[int, list[int]](list)
    for start, end in pairs:
        groups[start].append(end)
    return groups
