"""The curve of a run keeps what a picture shows, in bounded memory."""

from __future__ import annotations

import math

from gradcalc.study.curve import Curve


def curve(losses, most=64):
    found = Curve(most)
    for step, loss in enumerate(losses):
        found.take(step, loss)
    return found.points()


def test_a_short_curve_is_kept_whole():
    losses = [3.0, 1.0, 2.0, 5.0, 4.0]
    assert curve(losses) == list(enumerate(losses))


def test_a_long_curve_keeps_its_ends_its_extremes_and_few_points():
    losses = [math.exp(-k / 9000) * (1 + 0.5 * math.sin(k / 50)) for k in range(100_000)]
    points = curve(losses)
    assert len(points) <= 70
    assert points == sorted(points)
    assert points[0] == (0, losses[0])
    assert points[-1] == (99_999, losses[-1])
    assert max(points, key=lambda point: point[1]) == max(enumerate(losses), key=lambda point: point[1])
    assert min(loss for _, loss in points) == min(losses)


def test_a_curve_that_swings_at_every_step_still_swings_when_it_is_thinned():
    points = curve([k % 2 for k in range(10_000)])
    assert len(points) <= 70
    assert {loss for _, loss in points} == {0, 1}
    half = len(points) // 2
    assert {loss for _, loss in points[half : half + 4]} == {0, 1}
