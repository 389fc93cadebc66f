"""A chart as a file that the ending of its name says the format of: SVG of our own, PNG through matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib import import_module

from gradcalc.errors import UsageError
from gradcalc.show.chart import chart
from gradcalc.show.plot import Series
from gradcalc.show.safe import safe_text
from gradcalc.show.scale import DECADES

ENDINGS = (".svg", ".png")
INSTALL = "pip install 'gradcalc[plot]' installs it; a .svg needs nothing more"


def check(path: str) -> None:
    """Raise a UsageError for another format, and for PNG where there is no matplotlib."""
    from importlib.util import find_spec  # noqa: PLC0415

    if not path.lower().endswith(ENDINGS):
        raise UsageError(f"--plot-file {path} is neither a .svg nor a .png")
    if path.lower().endswith(".png") and find_spec("matplotlib") is None:
        raise UsageError("a .png needs matplotlib, which is not installed", hint=INSTALL)


def draw(path: str, series: Sequence[Series], title: str | None) -> str | bytes:
    """The content of the picture at `path`."""
    return _png(series, title) if path.lower().endswith(".png") else chart(series, title)


def _png(series: Sequence[Series], title: str | None) -> bytes:
    figure = import_module("matplotlib.figure").Figure(figsize=(7.2, 4.2), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    drawn = [one for one in series if one.points]
    for one in drawn:
        axes.plot(*zip(*one.points, strict=True), label=_plain(one.name), marker="" if one.points[1:] else "o")
    losses = [y for one in drawn for _, y in one.points]
    if min(losses) > 0 and max(losses) > DECADES * min(losses):
        axes.set_yscale("log")
    axes.set(title=_plain(title or "Loss over the steps"), xlabel="steps made", ylabel="loss L")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(drawn) > 1:
        axes.legend(frameon=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _plain(text: str) -> str:
    """A text in which matplotlib sees no formula."""
    return safe_text(text).replace("$", r"\$")
