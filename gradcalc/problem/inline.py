"""What people write behind a flag, as nodes: `1 2; 3 4`, `[1, 1/2]`, `leaky_relu:slope=0.1`."""

from __future__ import annotations

from gradcalc.errors import Place, ProblemError, Source
from gradcalc.problem.node import Node

_DEEPEST = 8
_MARKS = "[],;"


def scalar(source: Source) -> Node:
    """The whole text as one scalar."""
    return _piece(source, 0, len(source.text))


def named(source: Source) -> Node:
    """A name, or a name with its options: `elu:alpha=2` is `{name: elu, alpha: 2}`; several are parted by commas.

    Raises ProblemError where an option has no value.
    """
    return _named(source, 0, len(source.text), "leaky_relu:slope=0.1")


def several(source: Source) -> list[Node]:
    """Names parted by commas, each perhaps with options: `sgd,momentum:beta=0.8,form=ema,adam`. Raises as `named`."""
    found: list[tuple[int, int]] = []
    start = 0
    for piece in source.text.split(","):
        end = start + len(piece)
        # an equals sign before any colon: another option of the name before
        if found and "=" in piece.partition(":")[0]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        start = end + 1
    return [_named(source, begin, end, "momentum:beta=0.8") for begin, end in found]


def _named(source: Source, begin: int, stop: int, example: str) -> Node:
    """The name, with its options, from `begin` to `stop`."""
    text = source.text[:stop]
    colon = text.find(":", begin)
    if colon < 0:
        return _piece(source, begin, stop)
    name = _piece(source, begin, colon)
    entries = {"name": (name, name)}
    start = colon + 1
    for option in text[start:].split(","):
        end, equals = start + len(option), text.find("=", start, start + len(option))
        if equals < 0:
            key = _piece(source, start, end)
            raise ProblemError("an option is written NAME=VALUE", key.place, f"such as {example}")
        key = _piece(source, start, equals)
        if key.text in entries:
            raise ProblemError(f"'{key.text}' is given twice", key.place)
        entries[key.text] = (key, _piece(source, equals + 1, end))
        start = end + 1
    length = max(len(text[begin:].strip()), 1)
    return Node("mapping", source, name.line, name.column, length, entries=entries)


def array(source: Source) -> Node:
    """A number, a list or a list of rows: rows parted by `;`, entries by spaces or commas, with or without brackets.

    Raises ProblemError where a bracket or an entry is missing; whether the entries are numbers is not asked here.
    """
    rows = _Scanner(source).rows(0)
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    return _listed(source, rows, 0, len(source.text))


class _Scanner:
    """Reads entries and rows from left to right; `at` is the position of the next character."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.at = source, source.text, 0

    def rows(self, depth: int) -> list[list[Node]]:
        """The rows up to the bracket that ends them, or to the end of the text at depth 0."""
        opened = self.at - 1
        rows: list[list[Node]] = [[]]
        after_comma = False
        while self._more(depth, opened):
            start, mark = self.at, self.text[self.at]
            if mark in ",;]" and after_comma:
                raise self._fault("an entry is missing after a comma", start)
            self.at += mark in _MARKS
            match mark:
                case "]":
                    self._close(rows, depth, start)
                    return rows
                case "[":
                    rows[-1].append(self._bracket(depth, start))
                case ";":
                    self._filled(rows, start)
                    rows.append([])
                case ",":
                    if not rows[-1]:
                        raise self._fault("an entry is missing before a comma", start)
                case _:
                    rows[-1].append(self._word())
            after_comma = mark == ","
        if after_comma:
            raise self._fault("an entry is missing after a comma", len(self.text.rstrip()) - 1)
        self._last_filled(rows, len(self.text) - 1)
        return rows

    def _more(self, depth: int, opened: int) -> bool:
        """Whether there is another character, spaces aside."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        if self.at == len(self.text) and depth:
            raise self._fault("this bracket is not closed", opened)
        return self.at < len(self.text)

    def _bracket(self, depth: int, start: int) -> Node:
        if depth == _DEEPEST:
            raise self._fault("brackets are nested too deeply", start)
        rows = self.rows(depth + 1)
        return _listed(self.source, rows, start, self.at)

    def _close(self, rows: list[list[Node]], depth: int, at: int) -> None:
        if not depth:
            raise self._fault("this bracket closes nothing", at)
        self._last_filled(rows, at)

    def _last_filled(self, rows: list[list[Node]], at: int) -> None:
        if len(rows) > 1:
            self._filled(rows, at)

    def _filled(self, rows: list[list[Node]], at: int) -> None:
        if not rows[-1]:
            raise self._fault(f"row {len(rows)} is empty", at)

    def _word(self) -> Node:
        """A run of characters up to a space, a comma, a semicolon or a bracket that stands outside of parentheses."""
        start, inside = self.at, 0
        while self.at < len(self.text):
            character = self.text[self.at]
            inside += (character == "(") - (character == ")")
            if inside <= 0 and (character.isspace() or character in _MARKS):
                break
            self.at += 1
        return _piece(self.source, start, self.at)

    def _fault(self, message: str, at: int) -> ProblemError:
        return ProblemError(message, Place(self.source, *_where(self.text, max(at, 0)), 1))


def _listed(source: Source, rows: list[list[Node]], start: int, end: int) -> Node:
    """The rows as one list; a row that is a list already, in brackets, is taken as it is."""
    items = rows[0]
    if len(rows) > 1:
        items = [row[0] if len(row) == 1 and row[0].kind == "list" else _row(source, row) for row in rows]
    return Node("list", source, *_where(source.text, start), max(end - start, 1), items=items)


def _row(source: Source, entries: list[Node]) -> Node:
    first, last = entries[0], entries[-1]
    length = last.column + last.length - first.column if last.line == first.line else first.length
    return Node("list", source, first.line, first.column, length, items=entries)


def _piece(source: Source, start: int, end: int) -> Node:
    """The text from `start` to `end` as a scalar, without the spaces around it."""
    text = source.text[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    return Node("scalar", source, *_where(source.text, start), max(len(text), 1), text=text)


def _where(text: str, at: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
