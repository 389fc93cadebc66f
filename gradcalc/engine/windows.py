"""Windows that slide over images (N, H, W, C): where they stand, what they see, and what is put back into them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Value = Any
Pair = tuple[int, int]


class Window(NamedTuple):
    """The size of a window as rows and columns, its steps, and how many rows and columns stand around the image.

    `rows` and `columns` are how many lines are added before and behind.
    """

    size: Pair
    stride: Pair = (1, 1)
    rows: Pair = (0, 0)
    columns: Pair = (0, 0)

    def outputs(self, sides: Pair) -> Pair:
        """How many windows stand below and beside each other in an image of that height and width."""
        pads = (sum(self.rows), sum(self.columns))
        down, across = ((n + p - k) // s + 1 for n, p, k, s in zip(sides, pads, self.size, self.stride, strict=True))
        return down, across

    def told(self, base: int) -> str:
        """Row and column that window (i, j) sees at its own place (a, b): `i + a − 1, 2 j + b − 2`."""
        places = (("i", "a", self.stride[0], self.rows[0]), ("j", "b", self.stride[1], self.columns[0]))
        return ", ".join(_place(*place, base) for place in places)


def _place(window: str, inside: str, stride: int, pad: int, base: int) -> str:
    """`stride (window − base) + inside − pad`, written out."""
    shift = -base * stride - pad
    first = window if stride == 1 else f"{stride} {window}"
    return f"{first} + {inside}" + (f" {'+' if shift > 0 else '−'} {abs(shift)}" if shift else "")


def same(size: Pair, stride: Pair, sides: Pair) -> Window:
    """The window that stands n / stride times in n lines, rounded up; of an odd number of added lines the extra one
    comes behind, as in Keras."""
    pads = []
    for n, k, s in zip(sides, size, stride, strict=True):
        added = max((-(-n // s) - 1) * s + k - n, 0)
        pads.append((added // 2, added - added // 2))
    return Window(size, stride, *pads)


def seen(x: Value, window: Window, fill: float = 0) -> Value:
    """What each window sees, (N, windows down, windows across, C, rows, columns); `fill` stands around the image."""
    x = np.pad(x, ((0, 0), window.rows, window.columns, (0, 0)), constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, window.size, axis=(1, 2))
    return views[:, :: window.stride[0], :: window.stride[1]]


def correlate(x: Value, w: Value, window: Window) -> Value:
    """Σ over the window's places and the channels: window (i, j) of image n times kernel k."""
    x = np.pad(x, ((0, 0), window.rows, window.columns, (0, 0)))
    down, across = _windows(x, window)
    return sum(_at(x, a, b, window, down, across) @ w[a, b] for a, b in np.ndindex(window.size))


def by_image(g: Value, w: Value, x: Value, window: Window) -> Value:
    """Σ over all windows that see an entry of x: what arrives there times the weight that it meets."""
    shares = {place: g @ w[place].T for place in np.ndindex(window.size)}
    return put_back(shares, x, window)


def by_kernel(g: Value, x: Value, w: Value, window: Window) -> Value:
    """Σ over images and windows: what arrives there times what the window sees at each of its places."""
    x = np.pad(x, ((0, 0), window.rows, window.columns, (0, 0)))
    down, across = g.shape[1:3]
    found = np.empty(w.shape)
    for a, b in np.ndindex(window.size):
        met = _at(x, a, b, window, down, across)
        found[a, b] = np.sum(met[..., :, None] * g[..., None, :], axis=(0, 1, 2))
    return found


def put_back(shares: dict[Pair, Value], x: Value, window: Window) -> Value:
    """An image in the form of x: at each entry the sum of the shares of all windows' places that see it."""
    (top, bottom), (left, right) = window.rows, window.columns
    n, height, width, channels = x.shape
    whole = np.zeros((n, height + top + bottom, width + left + right, channels))
    for (a, b), share in shares.items():
        down, across = share.shape[1:3]
        whole[:, _lines(a, window.stride[0], down), _lines(b, window.stride[1], across)] += share
    return whole[:, top : top + height, left : left + width]


def largest(x: Value, window: Window) -> Value:
    """The largest entry that each window sees."""
    return np.max(seen(x, window, -np.inf), axis=(-2, -1))


def to_largest(g: Value, x: Value, window: Window) -> Value:
    """g put back to the first of the largest entries that each window sees."""
    views = seen(x, window, -np.inf)
    first = np.argmax(views.reshape(*views.shape[:4], -1), axis=-1)
    places = list(np.ndindex(window.size))
    return put_back({place: g * (first == k) for k, place in enumerate(places)}, x, window)


def average(x: Value, window: Window) -> Value:
    """The mean of the entries that each window sees; what stands around the image does not count."""
    return np.sum(seen(x, window), axis=(-2, -1)) / _counts(x, window)


def to_all(g: Value, x: Value, window: Window) -> Value:
    """g over the number of entries that a window sees, put back to each of them."""
    share = g / _counts(x, window)
    return put_back(dict.fromkeys(np.ndindex(window.size), share), x, window)


def _counts(x: Value, window: Window) -> Value:
    return np.sum(seen(np.ones((1, *x.shape[1:3], 1)), window), axis=(-2, -1))


def _windows(padded: Value, window: Window) -> Pair:
    return Window(window.size, window.stride).outputs(padded.shape[1:3])


def _at(padded: Value, a: int, b: int, window: Window, down: int, across: int) -> Value:
    """What every window sees at its place (a, b)."""
    return padded[:, _lines(a, window.stride[0], down), _lines(b, window.stride[1], across)]


def _lines(first: int, stride: int, count: int) -> slice:
    return slice(first, first + stride * (count - 1) + 1, stride)
