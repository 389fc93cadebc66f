"""What can go wrong, and the exit code that each kind of failure ends with.

GradcalcError (70: a bug, if nothing narrower fits)
├── UsageError    (2)   the command line asks for something that does not exist
├── ProblemError  (3)   the problem file or a flag says something that can't be meant
│   └── ExpressionError     a formula is not one, or has no finite value
├── NumericError  (4)   a number overflows, or is not defined, where it is needed
├── LimitError    (5)   the problem is larger than a calculator should take on
└── OutputError   (74)  the result could not be written
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Source(NamedTuple):
    """A text that somebody wrote: a file, standard input, or the value of a flag."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """The text of line `number`, counted from 1, without its line end."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Place(NamedTuple):
    """A stretch of one line of a source; line and column count from 1."""

    source: Source
    line: int
    column: int
    length: int = 1


class Lines(str):
    """A hint of several lines. In any other text a line end comes from what somebody wrote, and is spelled out."""

    __slots__ = ()


class Fault(NamedTuple):
    """One thing that is wrong: what, where, and what to do about it."""

    message: str
    place: Place | None = None
    hint: str | None = None
    also: Place | None = None


class GradcalcError(Exception):
    """The family of everything that gradcalc raises on purpose."""

    exit_code = 70

    def __init__(
        self,
        message: str | Sequence[Fault],
        place: Place | None = None,
        hint: str | None = None,
    ) -> None:
        faults = [Fault(message, place, hint)] if isinstance(message, str) else list(message)
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("; ".join(fault.message for fault in faults))


class UsageError(GradcalcError):
    exit_code = 2


class ProblemError(GradcalcError):
    exit_code = 3


class ExpressionError(ProblemError):
    pass


class NumericError(GradcalcError):
    exit_code = 4


class LimitError(GradcalcError):
    exit_code = 5


class OutputError(GradcalcError):
    exit_code = 74
