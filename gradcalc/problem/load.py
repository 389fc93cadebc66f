"""From a file, a text or flags to a Problem."""

from __future__ import annotations

import os
from collections.abc import Callable

from gradcalc.problem.decode import decode
from gradcalc.problem.model import Problem
from gradcalc.problem.node import Node
from gradcalc.problem.reader import fetch, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.problem.flags import Flags


def load(path: str | os.PathLike[str]) -> Problem:
    """The problem in a YAML file; `-` is standard input.

    Raises ProblemError with every fault of the file, each with its place, and LimitError beyond 1 MiB.
    """
    return combine(os.fspath(path), None)


def loads(text: str, name: str = "<text>") -> Problem:
    """The problem in a YAML text; `name` is what messages call it."""
    return decode(read(text.encode(), name))


def combine(
    path: str | None, flags: Flags | None, tell: Callable[[str], object] | None = None, *, name: str | None = None
) -> Problem:
    """The problem of a file with flags laid over it, or of flags alone; `tell` hears what the flags have left out.

    `name` is what messages call the file, if not by its path.
    """
    root: Node | None = None
    folder = "."
    if path is not None:
        root = read(fetch(path), name or ("<stdin>" if path == "-" else path))
        folder = os.path.dirname(path) or "."
    if flags is not None:
        from gradcalc.problem.flags import overlay  # noqa: PLC0415 - a file alone needs no flags

        root = overlay(root, flags, tell)
    if root is None:
        raise TypeError("neither a file nor flags")
    return decode(root, folder)
