"""Blocks as plain text: for pipes and files, and for terminals without colour."""

from __future__ import annotations

from collections.abc import Iterable

from gradcalc.show.blocks import PLAIN, Block, Look
from gradcalc.show.layout import layout


def write(blocks: Iterable[Block], look: Look = PLAIN) -> str:
    """`blocks` as lines of text; without a width in `look` no line is folded."""
    return "".join("".join(text for text, _ in line) + "\n" for line in layout(blocks, look))
