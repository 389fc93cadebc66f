"""A command and its options as Typer reads them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from gradcalc.cli.options import Choices, Option

Command = Callable[..., None]


def with_options(*groups: Sequence[Option]) -> Callable[[Command], Command]:
    """Say which options a command has; `dressed` gives them to it."""

    def mark(command: Command) -> Command:
        command.groups = groups  # type: ignore[attr-defined]
        return command

    return mark


def dressed(command: Command) -> Command:
    """The command as Typer reads it: with its own arguments and its options, which reach it as one `choices`."""
    rows = [row for group in command.groups for row in group]  # type: ignore[attr-defined]
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "choices"]

    def run(**given: Any) -> None:
        choices = Choices(**{row.name: given.pop(row.name) for row in rows})
        command(**given, choices=choices)

    run.__name__ = command.__name__
    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature([*own, *map(_parameter, rows)])  # type: ignore[attr-defined]
    return run


def _parameter(row: Option) -> inspect.Parameter:
    option = typer.Option(*row.flags, help=row.help, metavar=row.metavar, show_default=False)
    repeated = row.type == list[str]
    kind = row.type if repeated or row.type is bool else row.type | None
    default = list(row.default) if repeated else row.default
    return inspect.Parameter(
        row.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )
