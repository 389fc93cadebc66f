"""How far a long job has come, on standard error, where a person waits for it; nothing of it stays."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from gradcalc.cli import streams

T = TypeVar("T")

# seconds until the bar is shown, and between two pictures of it
PATIENCE, PAUSE = 0.5, 0.1
BAR = 24


class Progress:
    """A bar for a job of `total` parts, which may come in several runs.

    It is there only where standard error is a terminal, and only once the job has taken half a second.
    """

    def __init__(self, total: int, noun: str = "steps") -> None:
        self._total, self._noun = total, noun
        self._done = 0
        self._start = time.monotonic()
        self._next = self._start + PATIENCE
        self._shown = 0

    def watch(self, parts: Iterable[T]) -> Iterable[T]:
        """The same parts, counted as they come."""
        return self._counted(parts) if sys.stderr is not None and sys.stderr.isatty() else parts

    def _counted(self, parts: Iterable[T]) -> Iterator[T]:
        try:
            for part in parts:
                self._done += 1
                now = time.monotonic()
                if now >= self._next:
                    self._next = now + PAUSE
                    self._draw(now - self._start)
                yield part
        finally:
            self._clear()

    def _draw(self, seconds: float) -> None:
        share = min(self._done / self._total, 1.0)
        full = int(share * BAR)
        left = seconds / share - seconds if share else 0.0
        counted = f"{self._done} of {self._total} {self._noun}"
        line = f"[{'#' * full}{'.' * (BAR - full)}] {share:4.0%}  {counted}, about {left:.0f} s left"
        line = line[: _columns() - 1]
        streams.say("\r" + line.ljust(self._shown))
        self._shown = len(line)

    def _clear(self) -> None:
        if self._shown:
            streams.say("\r" + " " * self._shown + "\r")
            self._shown = 0


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
