"""A result written to a file: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from gradcalc.cli import streams
from gradcalc.errors import OutputError, UsageError
from gradcalc.show.safe import safe_text


def write(path: str, content: str | bytes, *, force: bool = False, utf8: bool = False) -> None:
    """Write text to the file `path`, in UTF-8, or bytes, and say so.

    With `-` text goes to standard output, as `streams.put` writes to it. An existing file is replaced only with
    `force` (else a UsageError), and keeps its mode; until the new content is complete and on the disk the old one
    stands. A device or a pipe is written to as it is. What fails is an OutputError.
    """
    if path == "-" and isinstance(content, str):
        streams.put(content, utf8=utf8)
        return
    if not path:
        raise OutputError("the name of the file to write is empty")
    try:
        data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        _write(Path(path), data, force)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path} could not be written: {_reason(error)}") from error
    except ValueError as error:
        raise OutputError(f"{path} is not the name of a file") from error
    streams.say(f"wrote {safe_text(path)}\n")


def refuse_existing(path: str, *, force: bool = False) -> None:
    """Raise at once the UsageError that `write` would raise after all the work: the file exists."""
    with suppress(OSError, ValueError):
        mode = _mode(Path(path))
        if mode is not None and stat.S_ISREG(mode) and not force:
            raise _exists(path)


def _exists(path: str | Path) -> UsageError:
    return UsageError(f"{path} exists", hint="--force replaces it")


def _reason(error: OSError) -> str:
    """What the system says of a failure."""
    if isinstance(error, FileNotFoundError):
        return "there is no such folder"
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]


def _write(path: Path, data: bytes, force: bool) -> None:
    mode = _mode(path)
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if mode is not None and not stat.S_ISREG(mode):
        path.write_bytes(data)
    elif mode is not None and not force:
        raise _exists(path)
    else:
        _replace(path.resolve(), data, None if mode is None else stat.S_IMODE(mode))


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    """Put `data` beside `path`, on the disk, and then in its place."""
    beside = next(name for name in _names(path.parent) if not os.path.lexists(name))
    try:
        # Opened like any new file, so that the mode follows the umask.
        with beside.open("xb") as file:
            if mode is not None:
                beside.chmod(mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _names(folder: Path) -> Iterator[Path]:
    return (folder / f".gradcalc-{os.getpid()}-{number}" for number in count())
