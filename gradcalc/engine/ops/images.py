"""What slides over images (N, H, W, C): cross-correlation with kernels, and the largest or the mean in each window.

Where a window stands over the rim of an image (`padding=same`), zeros are seen by a kernel, and nothing by the others.
"""

from __future__ import annotations

import numpy as np

from gradcalc.engine import windows
from gradcalc.engine.op import Array, Op
from gradcalc.engine.windows import Window


def _convolved(x: Array, w: Array, window: Window) -> Array:
    y: Array = np.tensordot(windows.seen(x, window), w, axes=((4, 5, 3), (0, 1, 2)))
    return y


def _by_kernel(g: Array, x: Array, window: Window) -> Array:
    share = np.tensordot(windows.seen(x, window), g, axes=((0, 1, 2), (0, 1, 2)))
    return share.transpose(1, 2, 0, 3)


CONV2D = Op(
    name="conv2d",
    args=("x", "w"),
    forward=_convolved,
    vjps=(
        lambda g, y, x, w, window: windows.by_image(g, w, x, window),
        lambda g, y, x, w, window: _by_kernel(g, x, window),
    ),
    formula="correlate(x, w, window)",
    rules=("by_image(g, w, x, window)", "by_kernel(g, x, w, window)"),
    pattern="switches: x gets g through w, w gets g times what its windows see of x",
    doc="x (N, H, W, C), w (row, column, in, out), y (N, rows, columns, out): cross-correlation, w is not flipped.",
    family="image",
    inline=True,
)


def _tied(x: Array, window: Window) -> Array:
    """Where entries are that share the largest value of a window with others."""
    views = windows.seen(x, window, -np.inf)
    top = views == np.max(views, axis=(-2, -1), keepdims=True)
    tied = top & (np.sum(top, axis=(-2, -1), keepdims=True) > 1)
    shares = {(a, b): tied[..., a, b] * 1.0 for a, b in np.ndindex(window.size)}
    marked: Array = windows.put_back(shares, x, window) > 0
    return marked


MAX_POOL2D = Op(
    name="max_pool2d",
    args=("x",),
    forward=windows.largest,
    vjps=(lambda g, y, x, window: windows.to_largest(g, x, window),),
    formula="largest_seen(x, window)",
    rules=("to_largest(g, x, window)",),
    pattern="routes: all of g to the largest entry of the window, 0 to the others (to the first in a tie)",
    doc="x (N, H, W, C), y (N, rows, columns, C); of equal entries the first counts, row by row.",
    family="image",
    kinks=_tied,
    flat="a larger entry stands in its window",
    inline=True,
)


def _averaged(x: Array, window: Window) -> Array:
    mean: Array = windows.average(x, window)
    return mean


AVG_POOL2D = Op(
    name="avg_pool2d",
    args=("x",),
    forward=_averaged,
    vjps=(lambda g, y, x, window: windows.to_all(g, x, window),),
    formula="mean_seen(x, window)",
    rules=("to_seen(g, x, window)",),
    pattern="distributes: each entry of the window gets g over their number",
    doc="x (N, H, W, C), y (N, rows, columns, C): the mean of the entries of x in the window, as in Keras.",
    family="image",
    inline=True,
)
