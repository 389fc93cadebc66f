"""Convolution and pooling, against plain loops over every entry."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gradcalc import loads, solve
from gradcalc.engine.ops.images import AVG_POOL2D, CONV2D, MAX_POOL2D
from gradcalc.engine.windows import Window, same
from gradcalc.errors import ExpressionError

SIDES = (5, 6)
WINDOWS = [
    Window((1, 1)),
    Window((2, 3)),
    Window((3, 2), (2, 1)),
    Window((2, 2), (2, 2)),
    Window((3, 3), (1, 2), (1, 1), (1, 1)),
    Window((2, 3), (3, 3), (1, 0), (0, 2)),
    *(same(size, stride, SIDES) for size in ((2, 2), (3, 3), (3, 2), (4, 1)) for stride in ((1, 1), (2, 1), (3, 2))),
]
each_window = pytest.mark.parametrize("window", WINDOWS, ids=str)


def image(rng, channels=2):
    return rng.normal(size=(2, *SIDES, channels))


def places(window: Window):
    """For each window its place, and every entry that it sees: its own place in the window, and that in the image."""
    down = (SIDES[0] + sum(window.rows) - window.size[0]) // window.stride[0] + 1
    across = (SIDES[1] + sum(window.columns) - window.size[1]) // window.stride[1] + 1
    for i, j in itertools.product(range(down), range(across)):
        seen = []
        for a, b in itertools.product(range(window.size[0]), range(window.size[1])):
            r, s = i * window.stride[0] + a - window.rows[0], j * window.stride[1] + b - window.columns[0]
            if 0 <= r < SIDES[0] and 0 <= s < SIDES[1]:
                seen.append(((a, b), (r, s)))
        yield (i, j), seen


@each_window
def test_a_convolution_is_the_sum_over_kernel_and_channels_and_so_are_its_gradients(window):
    rng = np.random.default_rng(7)
    x, w = image(rng), rng.normal(size=(*window.size, 2, 3))
    y = CONV2D.forward(x, w, window=window)
    g = rng.normal(size=y.shape)
    told, to_x, to_w = np.zeros(y.shape), np.zeros(x.shape), np.zeros(w.shape)
    for (i, j), seen in places(window):
        for ((a, b), (r, s)), n, c, k in itertools.product(seen, range(2), range(2), range(3)):
            told[n, i, j, k] += x[n, r, s, c] * w[a, b, c, k]
            to_x[n, r, s, c] += g[n, i, j, k] * w[a, b, c, k]
            to_w[a, b, c, k] += g[n, i, j, k] * x[n, r, s, c]
    np.testing.assert_allclose(y, told, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(CONV2D.vjps[0](g, y, x, w, window=window), to_x, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(CONV2D.vjps[1](g, y, x, w, window=window), to_w, rtol=1e-12, atol=1e-13)


@each_window
def test_the_largest_of_a_window_gets_its_gradient_and_the_mean_shares_it(window):
    rng = np.random.default_rng(8)
    x = np.round(image(rng), 1)  # with ties
    largest, mean = MAX_POOL2D.forward(x, window=window), AVG_POOL2D.forward(x, window=window)
    g = rng.normal(size=largest.shape)
    to_largest, to_all = np.zeros(x.shape), np.zeros(x.shape)
    for (i, j), seen in places(window):
        for n, c in itertools.product(range(2), range(2)):
            values = [x[n, r, s, c] for _, (r, s) in seen]
            assert largest[n, i, j, c] == max(values)
            assert mean[n, i, j, c] == pytest.approx(sum(values) / len(values), rel=1e-13, abs=1e-15)
            r, s = seen[values.index(max(values))][1]
            to_largest[n, r, s, c] += g[n, i, j, c]
            for _, (r, s) in seen:
                to_all[n, r, s, c] += g[n, i, j, c] / len(seen)
    np.testing.assert_allclose(MAX_POOL2D.vjps[0](g, largest, x, window=window), to_largest, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(AVG_POOL2D.vjps[0](g, mean, x, window=window), to_all, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("n", "k", "s", "before", "behind"),
    [(5, 3, 1, 1, 1), (5, 2, 1, 0, 1), (6, 3, 2, 0, 1), (5, 3, 2, 1, 1), (4, 1, 3, 0, 0)],
)
def test_padding_same_keeps_n_over_stride_windows_and_puts_the_odd_line_behind(n, k, s, before, behind):
    window = same((k, k), (s, s), (n, n))
    assert (window.rows, window.columns) == ((before, behind), (before, behind))
    assert window.outputs((n, n)) == (-(-n // s), -(-n // s))


def test_the_place_of_an_entry_is_told_in_the_way_of_counting():
    assert Window((3, 3)).told(1) == "i + a − 1, j + b − 1"
    assert Window((3, 3)).told(0) == "i + a, j + b"
    assert Window((3, 3), (2, 1), (1, 1), (0, 2)).told(1) == "2 i + a − 3, j + b − 1"
    assert Window((3, 3), (2, 1), (1, 1), (0, 2)).told(0) == "2 i + a − 1, j + b"


X = image(np.random.default_rng(1)).round(3).tolist()
KERNEL = np.random.default_rng(2).normal(size=(2, 3, 2, 4)).round(3).tolist()


def problem(call):
    return loads(f"inputs: {{x: {X}, w: {KERNEL}, y: [1, 2]}}\nequations: {{L: '{call}'}}")


CALLS = {
    "conv2d(x, w)": (2, 4, 4, 4),
    "conv2d(x, w, stride=2)": (2, 2, 2, 4),
    "conv2d(x, w, stride=(1, 2), padding=same)": (2, 5, 3, 4),
    "conv2d(x, w, padding=valid)": (2, 4, 4, 4),
    "max_pool2d(x, 2)": (2, 2, 3, 2),
    "max_pool2d(x, size=(2, 3))": (2, 2, 2, 2),
    "avg_pool2d(x, 3, stride=1)": (2, 3, 4, 2),
    "avg_pool2d(x, 2, padding=same)": (2, 3, 3, 2),
    "max_pool2d(conv2d(x, w), size=2, stride=(1, 2))": (2, 3, 2, 4),
}


@pytest.mark.parametrize(("call", "shape"), CALLS.items())
def test_size_stride_and_padding_are_keywords(call, shape):
    solution = solve(problem(call), gradients=False)
    assert solution.values["L"].shape == shape


WRONG = {
    "conv2d(y, w)": "y is 2 entries and w is 2×3×2×4, but conv2d needs an image N,H,W,C and a kernel row,column,in,out",
    "conv2d(w, x)": "w is 2×3×2×4 and x is 2×5×6×2, the image has 4 channels, the kernel takes 6",
    "conv2d(x, w, stride=0)": "stride must be at least 1, not 0",
    "conv2d(x, w, stride=(1, 2, 3))": r"stride is one number or two, not \(1, 2, 3\)",
    "conv2d(x, w, padding=full)": "padding is valid or same, not full",
    "max_pool2d(x)": "max_pool2d needs the size of its window, once",
    "max_pool2d(x, 2, size=2)": "max_pool2d needs the size of its window, once",
    "max_pool2d(x, y)": "the size of a window is a whole number, not y",
    "max_pool2d(x, 9)": "a window of 9×9 does not fit into x, which is 5×6",
    "avg_pool2d(y, 2)": "but avg_pool2d needs an image N,H,W,C",
}


@pytest.mark.parametrize(("call", "message"), WRONG.items())
def test_what_no_window_can_be_is_told(call, message):
    with pytest.raises(ExpressionError, match=message):
        solve(problem(call), gradients=False)
