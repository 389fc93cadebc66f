"""Standard output and error: colour or none, how wide, in which signs, and what happens when they are closed."""

from __future__ import annotations

import codecs
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def prepare() -> None:
    """Make the standard streams take any text: LF line ends, and a twin for a sign that the encoding lacks.

    A stream that was closed (`>&-`) is replaced: output to it fails when there is some, messages go nowhere.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - opened to read: a write to it is an error
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        sys.stdout = _buffered(sys.stdout)
    codecs.register_error("gradcalc.twins", _twin)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and stream.writable():
            errors = "gradcalc.twins" if wants_ascii(stream) else "backslashreplace"
            stream.reconfigure(errors=errors, newline="\n")


def _buffered(stream: TextIO) -> TextIO:
    """A stream that writes a long text in as many pieces as it takes.

    Under PYTHONUNBUFFERED Python takes the first piece for the whole, and the rest is lost without a word.
    """
    return open(stream.fileno(), "w", encoding=stream.encoding, closefd=False)


def _twin(error: UnicodeError) -> tuple[str, int]:
    from gradcalc.show.safe import to_ascii  # noqa: PLC0415 - most surroundings speak UTF-8

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return to_ascii(error.object[error.start : error.end]), error.end


def wants_ascii(stream: TextIO | None = None) -> bool:
    """Whether a stream (standard output if none is named) has an encoding other than UTF-8."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig", "cp65001")


def colour(option: str = "auto") -> bool:
    """Whether to colour: the option, then NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, then whether a terminal can."""
    if option not in ("auto", "always", "never"):
        from gradcalc.errors import UsageError  # noqa: PLC0415

        raise UsageError(f"--color {option} is none of auto, always, never")
    if option != "auto":
        return option == "always"
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return forced != "0"
    return os.environ.get("TERM") != "dumb" and is_terminal()


def width() -> int | None:
    """How wide the terminal is, or what COLUMNS says of it; None for a pipe or a file, where nothing is folded."""
    if not is_terminal():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


_USUAL = 80


def is_terminal() -> bool:
    """Whether a person sees standard output as it is written."""
    return sys.stdout is not None and sys.stdout.isatty()


def put(text: str, *, utf8: bool = False) -> None:
    """Write a result to standard output; `utf8` for a format that is UTF-8 whatever the surroundings speak."""
    if utf8 and wants_ascii() and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text)


def say(text: str) -> None:
    """Write a message to standard error, where a reader who went away is no reason to fail."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        return
