"""What produced a wrong number, as it is told."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A mistake that produces what was written: its id in the catalogue, its name, and a sentence about it."""

    id: str
    name: str
    text: str
