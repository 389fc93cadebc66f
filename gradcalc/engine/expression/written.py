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
        return self._folded(start, end) or self.origin

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> ExpressionError:
        """The error of the characters from `start` up to `end`."""
        return ExpressionError(message, self.place(start, end), hint)

    def _folded(self, start: int, end: int) -> Place | None:
        """The place in a text that goes over several lines: its characters stand there in order, parted by spaces."""
        if self.origin is None:
            return None
        source, line, column, _ = self.origin
        lines = source.text.splitlines()
        if lines[line - 1][column - 1 : column] in ("|", ">"):  # the text of a block begins below its sign
            line, column = line + 1, 1
        places = [
            (number, at)
            for number, shown in enumerate(lines[line - 1 :], line)
            for at, sign in enumerate(shown, 1)
            if not sign.isspace() and (number, at) >= (line, column)
        ]
        signs = [at for at, sign in enumerate(self.text) if not sign.isspace()]
        skip = int(bool(places) and lines[places[0][0] - 1][places[0][1] - 1] in "\"'")
        found = dict(zip(signs, places[skip:], strict=False))
        if any(at not in found or lines[found[at][0] - 1][found[at][1] - 1] != self.text[at] for at in signs):
            return None
        meant = [found[at] for at in signs if start <= at < end]
        if not meant:
            return None
        on_line = [at for number, at in meant if number == meant[0][0]]
        return Place(source, meant[0][0], on_line[0], on_line[-1] - on_line[0] + 1)
