"""A well-formed command line, read by the table of options alone.

It takes Typer a third of the time of a small problem to load. Whatever is not plainly in order is left to it: help,
completion, an option that does not exist, a number that is none; it knows what to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from gradcalc.cli.options import OF_PROBLEMS, Choices, Option

_HOMES = {name: f"gradcalc.cli.{name}" for name in ("optimize", "graph", "gradcheck")}


class Call(NamedTuple):
    """A command with what it is called with."""

    command: str
    file: str | None
    choices: Choices

    def __call__(self) -> None:
        run: Callable[[str | None, Choices], None] = getattr(
            import_module(_HOMES.get(self.command, "gradcalc.cli.run")), self.command
        )
        run(self.file, self.choices)


def read(arguments: Sequence[str]) -> Call | None:
    """The call that the arguments are; None where that is for Typer to say."""
    if not arguments or arguments[0] not in OF_PROBLEMS:
        return None
    rows = [row for group in OF_PROBLEMS[arguments[0]] for row in group]
    chosen: dict[str, Any] = {row.name: list(row.default) if row.type == list[str] else row.default for row in rows}
    by_flag = {flag: row for row in rows for flag in row.flags}
    files: list[str] = []
    try:
        rest = iter(arguments[1:])
        for word in rest:
            if word == "-" or not word.startswith("-"):
                files.append(word)
            else:
                _choose(chosen, by_flag, word, rest)
    except (KeyError, StopIteration, ValueError):
        return None
    return Call(arguments[0], files[0] if files else None, Choices(**chosen)) if len(files) <= 1 else None


def _choose(chosen: dict[str, Any], by_flag: dict[str, Option], word: str, rest: Iterator[str]) -> None:
    """Take one option, and its value if it has one; an error of any kind says that the line is not in order."""
    flag, given, attached = word.partition("=") if word.startswith("--") else (word, "", "")
    row = by_flag[flag]
    if row.type is bool:
        if given:
            raise ValueError(word)
        chosen[row.name] = True
        return
    text = attached if given else next(rest)
    if row.type == list[str]:
        chosen[row.name].append(text)
    else:
        chosen[row.name] = row.type(text)
