"""The bytes of a regular file, up to a limit: every file that a person names is opened here."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from gradcalc.errors import LimitError, ProblemError

_ENTRIES = 2000
_PIECE = 1 << 16


def load(path: str | Path, limit: int, name: str | None = None) -> bytes:
    """All bytes of the regular file at `path`, which messages call `name`.

    Raises ProblemError where it is missing, something else than a file, or unreadable; LimitError where it holds
    more than `limit` bytes, which are counted while reading, because a file's stated size may be 0.
    """
    shown = str(path) if name is None else name
    try:
        _refuse_other_than_file(path, shown)
        with Path(path).open("rb") as stream:
            content = read_up_to(stream, limit + 1)
    except FileNotFoundError:
        raise ProblemError(f"{shown}: no such file", hint=_similar(Path(path), Path(shown))) from None
    except OSError as error:
        raise ProblemError(f"can't read {shown}: {(error.strerror or str(error)).lower()}") from None
    except ValueError:
        raise ProblemError(f"{shown!a} can't be the name of a file") from None
    if len(content) > limit:
        raise LimitError(f"{shown} is larger than {limit >> 20} MiB")
    return content


def read_up_to(stream: BinaryIO, most: int) -> bytes:
    """At least `most` bytes, or all there are; piece by piece, so that a short file takes little memory."""
    pieces: list[bytes] = []
    missing = most
    while missing > 0 and (piece := stream.read(_PIECE)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def near(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was probably meant to be."""
    from difflib import get_close_matches  # noqa: PLC0415, only where something is wrong

    return next(iter(get_close_matches(word, list(words), n=1)), None)


def _refuse_other_than_file(path: str | Path, shown: str) -> None:
    """Find out before opening it: to open a pipe or a device can hang."""
    if not shown:
        raise ProblemError("the name of the file is empty")
    mode = Path(path).stat().st_mode
    if stat.S_ISDIR(mode):
        raise ProblemError(f"{shown} is a directory")
    if not stat.S_ISREG(mode):
        raise ProblemError(f"{shown} is not a regular file", hint="a pipe is read from standard input, as '-'")


def _similar(path: Path, shown: Path) -> str | None:
    try:
        names = [entry.name for entry in islice(path.parent.iterdir(), _ENTRIES)]
    except OSError:
        return None
    found = near(path.name, names)
    return f"did you mean '{shown.with_name(found)}'?" if found else None
