"""Any exception as one of our own errors, and how it is told: to a person, or to a program that asked for JSON."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradcalc.cli import streams
from gradcalc.errors import GradcalcError, LimitError, OutputError, UsageError
from gradcalc.show import messages

_WRITE_FAILURES = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF}
_INTERRUPTED = 130


def report(error: Exception, arguments: Sequence[str]) -> int:
    """Say on stderr what went wrong, and give the exit code that stands for it."""
    kind = type(error).__name__
    if kind == "Abort":
        return _INTERRUPTED
    if kind == "NoArgsIsHelpError":
        streams.say(_message(error) + "\n")
        return UsageError.exit_code
    told = as_error(error, arguments)
    if type(told) is GradcalcError and _debugging(arguments):
        _traceback(error)
    render = messages.render_json if wants_json(arguments) else messages.render
    streams.say(render(told, "--ascii" in arguments or streams.wants_ascii(sys.stderr)))
    return told.exit_code


def as_error(error: Exception, arguments: Sequence[str]) -> GradcalcError:
    """The error of our own family that says what `error` means to the person at the command line."""
    if isinstance(error, GradcalcError):
        return error
    if hasattr(error, "format_message"):
        return _usage(error, arguments)
    if isinstance(error, io.UnsupportedOperation) or getattr(error, "errno", None) == errno.EBADF:
        return OutputError("standard output is closed")
    if isinstance(error, OSError) and error.errno in _WRITE_FAILURES:
        return OutputError(f"standard output could not be written: {(error.strerror or '').lower()}")
    if isinstance(error, MemoryError):
        return LimitError("this needs more memory than there is")
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return GradcalcError(
        f"this is a bug in gradcalc: {what[:200]}{_where(error)}",
        hint="please report it, with the command line and the problem file; --debug shows how it came about",
    )


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for JSON; it may be one that can't be parsed."""
    chosen = ""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--":
            break
        if argument in ("--format", "-f"):
            chosen = following
        elif argument.startswith("--format="):
            chosen = argument.removeprefix("--format=")
        elif argument.startswith("-f"):
            chosen = argument.removeprefix("-f")
    return chosen == "json"


def _message(error: Any) -> str:
    """The text of an exception of Typer's; its class is not public in every version."""
    return str(error.format_message())


def _usage(error: Any, arguments: Sequence[str]) -> UsageError:
    message = _message(error).rstrip(".")
    nearest = getattr(error, "possibilities", None)
    if nearest:
        message = f"{error.message}. Did you mean {' or '.join(sorted(nearest))}?"
    return UsageError(message, hint=_way_out(error, arguments))


def _way_out(error: Any, arguments: Sequence[str]) -> str:
    """The command that shows what can be said instead."""
    context = getattr(error, "ctx", None)
    first = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    if context is None:
        return " ".join(filter(None, ("gradcalc", first, "--help")))
    option = getattr(error, "option_name", "")
    commands = getattr(context.command, "commands", {})
    if option and any(option in parameter.opts for command in commands.values() for parameter in command.params):
        return f"{option} stands after the command: gradcalc forward {option}"
    if commands and first not in commands and (Path(first).exists() or first.endswith((".yaml", ".yml"))):
        return f"gradcalc forward {first}"
    return f"{context.command_path} --help"


def _where(error: Exception) -> str:
    """The last line of our own that the error came by."""
    package = Path(__file__).parent.parent
    found = ""
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(package):
            found = f" ({file.relative_to(package)}:{trace.tb_lineno})"
        trace = trace.tb_next
    return found


def _debugging(arguments: Sequence[str]) -> bool:
    return "--debug" in arguments or os.environ.get("GRADCALC_DEBUG", "0") not in ("", "0")


def _traceback(error: Exception) -> None:
    import traceback  # noqa: PLC0415

    from gradcalc.show.safe import safe_text  # noqa: PLC0415

    lines = "".join(traceback.format_exception(error)).splitlines()
    streams.say("".join(f"{safe_text(line)}\n" for line in lines))
