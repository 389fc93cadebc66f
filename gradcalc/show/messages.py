"""Errors as people read them: what is wrong, where it stands, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from gradcalc.errors import Fault, GradcalcError, Lines, Place
from gradcalc.show.safe import display_width, safe_text, to_ascii

Say = Callable[[str], str]

# How much of a long line is shown, and how much of it before the place that is meant.
_WINDOW, _BEFORE = 72, 32
# What is not cut in two: a number or a word.
_WORD = re.compile(r"[\w.+−-]+")


def render(error: GradcalcError, ascii: bool = False) -> str:  # noqa: A002 - as the option is called
    """All faults of `error`, in order, each with its place and its hint, as lines of text."""
    say: Say = (lambda text: to_ascii(safe_text(text))) if ascii else safe_text
    return "\n".join("".join(f"{line}\n" for line in _fault(fault, say)) for fault in error.faults)


def render_json(error: GradcalcError, ascii: bool = False) -> str:  # noqa: A002
    """One line of JSON: the first fault, and all of them under `faults` if there are several."""
    from gradcalc.show.as_json import dump_line  # noqa: PLC0415 - a person's message needs no JSON

    first: dict[str, Any] = {"code": f"GC{error.exit_code:03d}", **_fields(error.faults[0])}
    if len(error.faults) > 1:
        first["faults"] = [_fields(fault) for fault in error.faults]
    return dump_line({"error": first}, ascii=ascii)


def _fields(fault: Fault) -> dict[str, Any]:
    place = fault.place
    return {
        "message": fault.message,
        "file": place.source.name if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "hint": fault.hint,
    }


class _Mark(NamedTuple):
    """A place with the sign that underlines it, what is said there, and lines that follow."""

    place: Place
    sign: str
    said: str
    more: Sequence[str] = ()


def _fault(fault: Fault, say: Say) -> Iterator[str]:
    yield f"error: {say(fault.message)}"
    hint = fault.hint or ""
    said, *more = map(say, hint.splitlines() if isinstance(hint, Lines) else [hint])
    if fault.place is None:
        if said:
            yield f"  hint: {said}"
            yield from (f"  {line}" for line in more)
        return
    marks = [_Mark(fault.place, "^", said, more)]
    if fault.also is not None:
        earlier = fault.also[1:] < fault.place[1:]
        marks.append(_Mark(fault.also, "-", "first here" if earlier else "and here"))
    yield from _snippets(marks, say)


def _snippets(marks: list[_Mark], say: Say) -> Iterator[str]:
    """The lines that are meant, in the order of the file; those of another file after those of the first."""
    gutter = max(len(str(mark.place.line)) for mark in marks)
    sources = dict.fromkeys(mark.place.source for mark in marks)
    for source in sources:
        inside = [mark for mark in marks if mark.place.source == source]
        place = inside[0].place
        yield f" {' ' * gutter}--> {say(source.name)}:{place.line}:{place.column}"
        yield from _snippet(sorted(inside, key=lambda mark: mark.place[1:3]), gutter, say)


def _snippet(marks: list[_Mark], gutter: int, say: Say) -> Iterator[str]:
    empty = f" {' ' * gutter} |"
    yield empty
    before: tuple[int, str] | None = None
    for place, sign, said, more in marks:
        text, indent, length = _window(place, say)
        if before is not None and place.line > before[0] + 1:
            yield "..."
        if before != (place.line, text):
            yield f" {place.line:>{gutter}} | {text}".rstrip()
        yield f"{empty} {' ' * indent}{sign * length} {said}".rstrip()
        yield from (f"{empty} {line}" for line in more)
        before = place.line, text


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    """A text of many faults is split once."""
    return text.splitlines()


def _window(place: Place, say: Say) -> tuple[str, int, int]:
    """The line of a place, or a part of it if it is long, and where in it the place begins and how long it is."""
    lines = _lines(place.source.text)
    line = lines[place.line - 1].replace("\t", " ") if 0 < place.line <= len(lines) else ""
    start = min(max(place.column - 1, 0), len(line))
    stop = min(start + max(place.length, 1), len(line))
    left, right = _cut(line, start, stop)
    prefix, suffix = "... " if left else "", " ..." if right < len(line) else ""
    head, meant = prefix + say(line[left:start]), say(line[start : min(stop, right)])
    tail = say(line[min(stop, right) : right].rstrip()) + suffix
    return head + meant + tail, display_width(head), max(display_width(meant), 1)


def _cut(line: str, start: int, stop: int) -> tuple[int, int]:
    """Where the part of `line` that is shown begins and ends: not inside a number or a word, if that can be."""
    if len(line) <= _WINDOW:
        return 0, len(line)
    left = max(0, start - _BEFORE)
    right = min(len(line), left + _WINDOW)
    for word in _WORD.finditer(line):
        if word.start() < left < word.end():
            left = word.end()
        if word.start() < right < word.end():
            right = word.start() if word.start() >= min(stop, right) else min(word.end(), right + _WINDOW)
    while 0 < left < start and line[left] in " ,":
        left += 1
    return min(left, start), right
