"""The loss of a run over the number of steps made, in as many points as a picture shows."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, float]

MOST = 1024


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
        self._low = self._high = (0, 0.0)
        self._first: Point | None = None
        self._last: Point | None = None

    def take(self, made: int, loss: float) -> None:
        """Add the loss after `made` steps."""
        self._last = point = made, loss
        if self._first is None:
            self._first = point
        if self._stride == 1:
            self._points.append(point)
        else:
            self._in_stretch(point)
        if len(self._points) >= self._most:
            self._points = [p for i in range(0, len(self._points), 4) for p in extremes(self._points[i : i + 4])]
            self._stride = max(2 * self._stride, 4)

    def _in_stretch(self, point: Point) -> None:
        """Keep the point as long as it is the lowest or the highest of its stretch."""
        if not self._since:
            self._low = self._high = point
        elif point[1] < self._low[1]:
            self._low = point
        elif point[1] > self._high[1]:
            self._high = point
        self._since += 1
        if self._since == self._stride:
            self._points += sorted({self._low, self._high})
            self._since = 0

    def points(self) -> list[Point]:
        """The points in order; the first and the last are always there."""
        ends = [point for point in (self._first, self._last) if point is not None]
        return sorted({*self._points, *([self._low, self._high] if self._since else ()), *ends})


def extremes(points: Sequence[Point]) -> list[Point]:
    """The lowest and the highest point in order, or the one that is both."""
    return sorted({min(points, key=_loss), max(points, key=_loss)})


def _loss(point: Point) -> float:
    return point[1]
