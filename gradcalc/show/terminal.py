"""Blocks painted for a terminal; with the colours taken away it is the plain text, sign for sign."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradcalc.show.blocks import PLAIN, Block, Look
from gradcalc.show.layout import Paint, layout


def write(blocks: Iterable[Block], look: Look = PLAIN) -> str:
    """`blocks` as lines of text with the escape sequences that style them."""
    brushes = _brushes()
    return "".join("".join(brushes[paint](text) for text, paint in line) + "\n" for line in layout(blocks, look))


def _brushes() -> dict[Paint, Callable[[str], str]]:
    """Rich's console takes 15 ms to import and 350 µs for a row of a table; its styles alone paint as well."""
    from rich.color import ColorSystem  # noqa: PLC0415
    from rich.style import Style  # noqa: PLC0415

    def brush(style: Style) -> Callable[[str], str]:
        return lambda text: style.render(text, color_system=ColorSystem.STANDARD)

    return {
        "plain": lambda text: text,
        "dim": brush(Style(dim=True)),
        "bold": brush(Style(bold=True)),
        "wrong": brush(Style(bold=True, color="red")),
    }
