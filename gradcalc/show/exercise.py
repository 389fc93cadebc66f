"""An exercise as the problem file that it is, with what can't be told apart in it, and as a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from gradcalc import __version__
from gradcalc.problem.node import Node
from gradcalc.problem.scalars import Unreadable, number
from gradcalc.show.as_yaml import dumps
from gradcalc.show.safe import to_ascii
from gradcalc.study.exercise.make import Exercise
from gradcalc.study.mistakes.row import Change

_BROAD = 76
_UNSEEN = "Mistakes that can't be seen here, because they lead to the right numbers:"
_ALIKE = "Mistakes that can't be told apart here, because they lead to the same numbers:"


def text(exercise: Exercise, command: str, *, ascii: bool = False) -> str:  # noqa: A002 - as it is called elsewhere
    """The problem file; `command` makes it again. With `ascii` the comments have ASCII signs only."""
    comments = _comments(exercise, command)
    return dumps(exercise.root, map(to_ascii, comments) if ascii else comments)


def _comments(exercise: Exercise, command: str) -> Iterator[str]:
    yield f"made by: {command}"
    yield "the key: gradcalc solve FILE; marking: gradcalc check FILE ANSWERS"
    unseen, groups = _texts(exercise.alike.unseen), [_texts(group) for group in exercise.alike.groups]
    if unseen:
        yield _UNSEEN
        yield from _listed(unseen)
    if groups:
        yield _ALIKE
        yield from _listed(dict.fromkeys(" = ".join(group) for group in groups))


def _listed(texts: Iterable[str]) -> Iterator[str]:
    for one in texts:
        yield from wrap(one, _BROAD, initial_indent="- ", subsequent_indent="  ")


def _texts(changes: Sequence[Change]) -> list[str]:
    return list(dict.fromkeys(change.text for change in changes))


def record(exercises: Sequence[Exercise]) -> dict[str, Any]:
    """The same for machines; each problem is one that every command reads."""
    return {
        "schema": "gradcalc.exercise/1",
        "version": __version__,
        "exercises": [
            {
                "seed": exercise.seed,
                "problem": plain(exercise.root),
                "unseen": _mistakes(exercise.alike.unseen),
                "alike": [*map(_mistakes, exercise.alike.groups)],
            }
            for exercise in exercises
        ],
    }


def _mistakes(changes: Sequence[Change]) -> list[dict[str, str]]:
    told = {change.text: change.mistake for change in changes}
    return [{"id": mistake.id, "name": mistake.name, "text": text} for text, mistake in told.items()]


def plain(node: Node) -> Any:
    """A tree as numbers, texts, lists and mappings."""
    if node.kind == "mapping":
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.quoted:
        return node.text
    try:
        value = number(node.text)
    except Unreadable:
        return {"true": True, "false": False, "null": None}.get(node.text, node.text)
    return int(value) if value.is_integer() else value
