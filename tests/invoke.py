"""Runs the command line inside this process and keeps what it writes."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from unittest import mock

from gradcalc.cli.main import run

# What a person's surroundings may add to the output, taken away.
_SURROUNDINGS = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PYTHONIOENCODING")


class Done(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    stdout: str
    stderr: str


def invoke(arguments: list[str], stdin: str = "", environment: Mapping[str, str] | None = None) -> Done:
    """Run `gradcalc ARGUMENTS` as into a pipe, in UTF-8."""
    out, err = _stream(), _stream()
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _stdin(given), _environment(environment):
        code = run(arguments)
    return Done(code, _written(out), _written(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()


@contextlib.contextmanager
def _stdin(stream: io.TextIOWrapper) -> Iterator[None]:
    with mock.patch.object(sys, "stdin", stream):
        yield


@contextlib.contextmanager
def _environment(extra: Mapping[str, str] | None) -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if name not in _SURROUNDINGS}
    with mock.patch.dict(os.environ, kept | dict(extra or {}), clear=True):
        yield
