"""A sheet that was filled in, Markdown or LaTeX, as answers: what stands in the places for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from gradcalc.errors import Place, ProblemError, Source
from gradcalc.problem.faults import Faults
from gradcalc.problem.node import Node
from gradcalc.problem.reader import read_value

# what parts the words of a place in the steps of an optimizer: `step 2: m: w1`, `adam: step 2: m: w1`
PARTED = ": "
_OF_STEPS = re.compile(r"(?:(.+?): )?(step [0-9]+): (.+?): (.+)")
_ROW = re.compile(r"\s*\|(.*)\|\s*")
_CELL = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\(?=[\W_])")
_ANSWER = re.compile(r"\s*\\answer\{.*\}\{([^{}]*)\}\s*%\s*(\S.*?)\s*")
# what stands around a number in a text that is set
_SET = "$* "


class _Filled(NamedTuple):
    line: int
    name: str
    text: str


def filled(source: Source, suffix: str) -> Node:
    """The answers of a sheet; raises ProblemError where the text is none, or has nothing filled in."""
    found = list(_READERS[suffix](source.text))
    if not found:
        hint = "`gradcalc exercise --sheet` makes one; answers of your own are YAML, JSON or CSV"
        raise ProblemError(f"{source.name} is no sheet with places for answers", Place(source, 1, 1), hint)
    root, faults = Node("mapping", source, 1, 1), Faults()
    for answer in found:
        if answer.text:
            _put(root, answer, source, faults)
    faults.check(source)
    return root


def _put(root: Node, answer: _Filled, source: Source, faults: Faults) -> None:
    """Lay one answer under its words, each of which is a mapping inside of that before it."""
    length = max(len(source.line(answer.line)), 1)
    value = read_value(answer.text, source.name).moved(source, answer.line, length)
    mapping = root
    *outer, last = words_of(answer.name)
    for word in outer:
        inner = Node("mapping", source, answer.line, 1, length)
        mapping = mapping.entries.setdefault(word, (_name(word, source, answer.line, length), inner))[1]
    if last in mapping.entries or mapping.kind != "mapping":
        faults.add(f"'{answer.name}' is answered twice", value, "leave one of them out")
    else:
        mapping.entries[last] = (_name(last, source, answer.line, length), value)


def words_of(name: str) -> list[str]:
    """The words of a place.

    >>> words_of("adam: step 2: m: w1"), words_of("z1[2]")
    (['adam', 'step 2', 'm', 'w1'], ['z1[2]'])
    """
    found = _OF_STEPS.fullmatch(name)
    return [word for word in found.groups() if word is not None] if found else [name]


def _name(text: str, source: Source, line: int, length: int) -> Node:
    return Node("scalar", source, line, 1, length, text=text)


def _in_markdown(text: str) -> Iterator[_Filled]:
    """The rows of every table that has the columns of a sheet."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        row = _ROW.fullmatch(line)
        cells = [_plain(cell) for cell in _CELL.split(row[1])] if row else []
        if cells[:1] == ["quantity"] and cells[-1:] == ["answer"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and len(cells) > 1 and cells[0].strip("-: "):
            yield _Filled(number, cells[0], cells[-1].strip(_SET))


def _plain(cell: str) -> str:
    return _ESCAPED.sub("", cell.strip()).replace("&lt;", "<").replace("&amp;", "&")


def _in_latex(text: str) -> Iterator[_Filled]:
    for number, line in enumerate(text.splitlines(), 1):
        found = _ANSWER.fullmatch(line)
        if found:
            yield _Filled(number, found[2], found[1].strip(_SET))


_READERS: Mapping[str, Callable[[str], Iterator[_Filled]]] = {".md": _in_markdown, ".tex": _in_latex}
