"""The loss of a run over the number of steps made, in as many points as a picture shows."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, float]

MOST = 4096


class Curve:
    """Gathers the points of a curve in bounded memory.

    Where there are too many, each stretch of it keeps its lowest and its highest point, so that a curve that swings
    at every step is not smoothed by leaving out.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._stride = 1
        self._since = 0
        self._points: list[Point] = []
        self._open: list[Point] = []
        self._first: Point | None = None
        self._last: Point | None = None

    def take(self, made: int, loss: float) -> None:
        """Add the loss after `made` steps."""
        self._last = made, loss
        if self._first is None:
            self._first = self._last
        self._open.append(self._last)
        if len(self._open) > 2:
            self._open = extremes(self._open)
        self._since += 1
        if self._since == self._stride:
            self._points += self._open
            self._open, self._since = [], 0
        if len(self._points) >= self._most:
            self._points = [p for i in range(0, len(self._points), 4) for p in extremes(self._points[i : i + 4])]
            self._stride = max(2 * self._stride, 4)

    def points(self) -> list[Point]:
        """The points in order; the first and the last are always there."""
        ends = [point for point in (self._first, self._last) if point is not None]
        return sorted({*self._points, *self._open, *ends})


def extremes(points: Sequence[Point]) -> list[Point]:
    """The lowest and the highest point in order, or the one that is both."""
    low = min(range(len(points)), key=lambda i: points[i][1])
    high = max(range(len(points)), key=lambda i: points[i][1])
    return [points[i] for i in sorted({low, high})]
