"""The text of a formula, and where each of its characters stands in what somebody wrote."""

from __future__ import annotations

from typing import NamedTuple

from gradcalc.errors import ExpressionError, Place, Source


class Written(NamedTuple):
    """A formula as it was written; `origin` is where its text stands, None for a text that is alone."""

    text: str
    origin: Place | None = None

    def place(self, start: int, end: int) -> Place:
        """The place of the characters from `start` up to `end`, or of the whole if it was written in another form."""
        if self.origin is None:
            lines = f"{self.text[:start]}.".splitlines()
            return Place(Source("formula", self.text), len(lines), len(lines[-1]), max(end - start, 1))
        source, line, column, _ = self.origin
        shown = source.line(line)
        for skip in (0, 1):  # a text may stand in quotes
            if shown.startswith(self.text, column - 1 + skip):
                return Place(source, line, column + skip + start, max(end - start, 1))
        return self.origin

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> ExpressionError:
        """The error of the characters from `start` up to `end`."""
        return ExpressionError(message, self.place(start, end), hint)
