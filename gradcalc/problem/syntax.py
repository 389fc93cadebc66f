"""Errors of YAML's grammar, said so that somebody who does not know its grammar finds the place and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradcalc.errors import Fault, Place, Source

if TYPE_CHECKING:
    from yaml import MarkedYAMLError
    from yaml.error import Mark

_CLOSING = {"flow sequence": ("[", "]"), "flow mapping": ("{", "}")}
_INSIDE_DOUBLE_QUOTES = "in double quotes a backslash begins an escape: double it, or use single quotes"
_KEY_VALUE = "a key and its value are written 'key: value'"
_KEY_AT_VALUE = re.compile(r"[ -]*\w+:(?=\S)")
_ENDED_VALUE = re.compile(r"[\"'\]}]\s*\Z")


def locate(source: Source, index: int, length: int = 1) -> Place:
    """The place of the character at `index`; past the end of the text, that behind its last written character."""
    index = min(index, len(source.text.rstrip()))
    lines = f"{source.text[:index]}.".splitlines()
    return Place(source, len(lines), len(lines[-1]), length)


def explain(error: MarkedYAMLError, source: Source) -> Fault:
    """What is wrong, where, and where the construct began that it is wrong in.

    The two parsers of PyYAML word their errors differently; what is asked of their texts here holds for both.
    """
    context, problem = str(error.context or ""), str(error.problem or "")
    place = _place(error.problem_mark or error.context_mark, source)
    start = _place(error.context_mark, source) if error.context_mark else None
    sign = _sign(error.problem_mark, source)
    for name, (opening, closing) in _CLOSING.items():
        if name in context and start:
            message = f"expected ',' or '{closing}': the '{opening}' of line {start.line} is still open"
            return Fault(message, place, also=start)
    if "quoted scalar" in context and start:
        return _in_quotes(problem, place, start)
    if "simple key" in context and start:
        return _without_space(start.line, source) or Fault("expected ':' behind this key", start, _KEY_VALUE)
    if "alias" in context or "anchor" in context:
        return Fault("a text that begins with '*' or '&' needs quotes", start)
    if "tag" in f"{context} {problem}":
        return Fault("tags are not allowed", place, "a text that begins with '!' needs quotes")
    if "cannot start any token" in problem:
        return _cannot_start(sign, place)
    if "mapping values are not allowed" in problem:
        return _without_space(place.line - 1, source) or _stray_colon(place)
    if "node content" in problem:
        return Fault(f"expected a value before the '{sign}'", place)
    if context.startswith("while parsing a block"):
        return _in_block(sign, place, start)
    return Fault(f"not valid YAML: {problem or context}", place)


def _place(mark: Mark | None, source: Source) -> Place:
    return locate(source, mark.index if mark else 0)


def _sign(mark: Mark | None, source: Source) -> str:
    return source.text[mark.index : mark.index + 1] if mark else ""


def _in_quotes(problem: str, place: Place, start: Place) -> Fault:
    if "escape" in problem or "hexadecimal" in problem or "Unicode" in problem:
        return Fault("unknown escape in a quoted text", place, _INSIDE_DOUBLE_QUOTES, start)
    return Fault(f"the quote of line {start.line} is never closed", place, also=start)


def _cannot_start(sign: str, place: Place) -> Fault:
    if sign == "\t":
        return Fault("a tab can't indent a line", place, "indent with spaces")
    return Fault(f"a text can't begin with '{sign}'", place, "put it in quotes")


def _without_space(line: int, source: Source) -> Fault | None:
    """A key that is none, because its colon stands at its value; the parser notices a line later."""
    key = _KEY_AT_VALUE.match(source.line(line))
    return Fault("a space is missing after this ':'", Place(source, line, key.end()), _KEY_VALUE) if key else None


def _stray_colon(place: Place) -> Fault:
    before = place.source.line(place.line)[: place.column - 1]
    if ": " in before:
        return Fault("a second ':' in one line", place, "put the text in quotes if the ':' belongs to it")
    return Fault("a key can't stand here", place, "keys that belong together are indented alike")


def _in_block(sign: str, place: Place, start: Place | None) -> Fault:
    before = place.source.line(place.line)[: place.column - 1]
    if sign and sign in "]}":
        return Fault(f"a '{sign}' that closes nothing", place)
    if sign == ":":
        return Fault("a key is missing before this ':'", place)
    if _ENDED_VALUE.search(before):
        return Fault("the value has ended before this", place, "a value is quoted as a whole or not at all")
    hint = "what belongs together is indented alike; every item of a list has its '- '"
    return Fault("this line does not continue what stands above it", place, hint, start)
