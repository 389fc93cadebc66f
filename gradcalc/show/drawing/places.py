"""Where each box of a drawing stands, and along which points each edge runs, so that nothing overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gradcalc.show.drawing.ranks import Ranked, neighbours, ranked

Point = tuple[float, float]
Size = tuple[float, float]

# room between boxes of one rank, and at least and at most between two ranks, more where edges go far to the side
BESIDE, LEAST, MOST, STEEP = 18.0, 20.0, 64.0, 0.06
ROUNDS = 12
# the part of a box's side along which its edges end
SIDE = 0.6


class Box(NamedTuple):
    """The size of a box. Its edges end along `door`, a stretch of its side that begins so far from its start (None: the
    middle of the side), and `inset` behind it."""

    width: float
    height: float
    door: tuple[float, float] | None = None
    inset: float = 0.0


class Spot(NamedTuple):
    """A box by its centre and its size."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Spot) -> bool:
        """Whether the two boxes overlap."""
        beside = 2 * abs(self.x - other.x) >= self.width + other.width
        return not beside and 2 * abs(self.y - other.y) < self.height + other.height


class Places(NamedTuple):
    """The spot of each box, that of each edge's label (None: it has none), the points of each edge, the whole size."""

    boxes: Sequence[Spot]
    labels: Sequence[Spot | None]
    paths: Sequence[Sequence[Point]]
    width: float
    height: float


def place(
    boxes: Sequence[Box],
    edges: Sequence[tuple[int, int]],
    labels: Sequence[Size | None],
    *,
    across: bool,
    in_order: bool = False,
) -> Places:
    """A layered drawing, from top to bottom, or `across` from left to right; boxes of a rank stay `in_order` if asked.

    Ranks, orders that cross little, and then the places nearest to the neighbours (Sugiyama, Tagawa and Toda, 1981).
    """
    table = ranked(len(boxes), edges, in_order=in_order)
    middle = [chain[len(chain) // 2] for chain in table.chains]
    sizes = {number: _turned((box.width, box.height), across=across) for number, box in enumerate(boxes)}
    for cell, size in zip(middle, labels, strict=True):
        if size is not None:
            sizes[cell] = _turned(size, across=across)
    centres = _along(table, sizes)
    tops = _tops(table, sizes, centres)
    spots = _spots(table, sizes, centres, tops)
    named = [None if size is None else spots[cell] for cell, size in zip(middle, labels, strict=True)]
    paths = _paths(table, spots, tops, boxes)
    left = min((spot.x - spot.width / 2 for spot in spots.values()), default=0.0)
    right = max((spot.x + spot.width / 2 for spot in spots.values()), default=0.0)
    whole = Places(
        [_moved(spots[node], left) for node in range(len(boxes))],
        [None if spot is None else _moved(spot, left) for spot in named],
        [[(x - left, y) for x, y in path] for path in paths],
        right - left,
        tops[-1][1] if tops else 0.0,
    )
    return _flipped(whole) if across else whole


def _turned(size: Size, *, across: bool) -> Size:
    return (size[1], size[0]) if across else size


def _moved(spot: Spot, left: float) -> Spot:
    return spot._replace(x=spot.x - left)


def _flipped(places: Places) -> Places:
    def flip(spot: Spot) -> Spot:
        return Spot(spot.y, spot.x, spot.height, spot.width)

    return Places(
        [flip(spot) for spot in places.boxes],
        [None if spot is None else flip(spot) for spot in places.labels],
        [[(y, x) for x, y in path] for path in places.paths],
        places.height,
        places.width,
    )


def _along(table: Ranked, sizes: Mapping[int, Size]) -> dict[int, float]:
    """The centre of each cell along its rank, as near to its neighbours as the order allows."""
    before, after = neighbours(table.links)
    centres: dict[int, float] = {}
    for rank in table.ranks:
        reached = 0.0
        for cell in rank:
            width = sizes.get(cell, (0.0, 0.0))[0]
            centres[cell] = reached + width / 2
            reached += width + BESIDE
    for number in range(ROUNDS):
        near = before if number % 2 else after
        for rank in table.ranks if number % 2 else reversed(table.ranks):
            wanted = [_mean([centres[other] for other in near.get(cell, ())], centres[cell]) for cell in rank]
            centres.update(zip(rank, _apart(wanted, [sizes.get(cell, (0.0, 0.0))[0] for cell in rank]), strict=True))
    return centres


def _mean(places: Sequence[float], own: float) -> float:
    return sum(places) / len(places) if places else own


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in the sense of least squares, at which boxes in this order keep apart."""
    offsets, reached = [], 0.0
    for number, width in enumerate(widths):
        reached += (widths[number - 1] + width) / 2 + BESIDE if number else 0.0
        offsets.append(reached)
    blocks: list[tuple[float, int]] = []
    for place_, offset in zip(wanted, offsets, strict=True):
        total, count = place_ - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            more, members = blocks.pop()
            total, count = total + more, count + members
        blocks.append((total, count))
    shifts = [total / count for total, count in blocks for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _tops(table: Ranked, sizes: Mapping[int, Size], centres: Mapping[int, float]) -> list[tuple[float, float]]:
    """From where to where each rank reaches."""
    _, after = neighbours(table.links)
    tops, reached = [], 0.0
    for rank in table.ranks:
        depth = max((sizes.get(cell, (0.0, 0.0))[1] for cell in rank), default=0.0)
        aside = max(
            (abs(centres[cell] - centres[other]) for cell in rank for other in after.get(cell, ())), default=0.0
        )
        tops.append((reached, reached + depth))
        reached += depth + min(MOST, max(LEAST, STEEP * aside))
    return tops


def _spots(
    table: Ranked, sizes: Mapping[int, Size], centres: Mapping[int, float], tops: Sequence[tuple[float, float]]
) -> dict[int, Spot]:
    spots = {}
    for rank, (top, bottom) in zip(table.ranks, tops, strict=True):
        for cell in rank:
            spots[cell] = Spot(centres[cell], (top + bottom) / 2, *sizes.get(cell, (0.0, 0.0)))
    return spots


def _paths(
    table: Ranked, spots: Mapping[int, Spot], tops: Sequence[tuple[float, float]], boxes: Sequence[Box]
) -> list[list[Point]]:
    """The points of each edge; beside the boxes of a rank it runs straight, between two ranks it bends."""
    rank_of = {cell: number for number, rank in enumerate(table.ranks) for cell in rank}
    before, after = neighbours(table.links)
    leaving = {node: _ports(spots, node, box, after.get(node, ())) for node, box in enumerate(boxes)}
    coming = {node: _ports(spots, node, box, before.get(node, ())) for node, box in enumerate(boxes)}
    paths = []
    for chain in table.chains:
        points: list[Point] = []
        for position, cell in enumerate(chain):
            spot, (top, bottom) = spots[cell], tops[rank_of[cell]]
            inset = boxes[cell].inset if cell < len(boxes) else 0.0
            if position:
                x = coming[cell][chain[position - 1]] if cell < len(boxes) else spot.x
                points += [(x, top), (x, spot.y - spot.height / 2 + inset)]
            if position < len(chain) - 1:
                x = leaving[cell][chain[position + 1]] if cell < len(boxes) else spot.x
                points += [(x, spot.y + spot.height / 2 - inset), (x, bottom)]
        paths.append(points)
    return paths


def _ports(spots: Mapping[int, Spot], node: int, box: Box, others: Sequence[int]) -> dict[int, float]:
    """Where along a node's side its edges end, in the order of what they lead to."""
    spot, ordered = spots[node], sorted(others, key=lambda other: spots[other].x)
    start, length = box.door or ((1 - SIDE) / 2 * spot.width, SIDE * spot.width)
    step, first = length / max(1, len(ordered)), spot.x - spot.width / 2 + start
    return {other: first + step * (number + 0.5) for number, other in enumerate(ordered)}
