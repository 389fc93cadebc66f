"""Bad input, bad numbers and bad surroundings: each is a few files in `bad/`, and ends as its `.expect` says.

A row is what has one stem. `12-not-finite.expect` holds the exit code, then patterns that stderr must hold, each on a
line of its own; `stdout: …` must be on stdout, `never: …` on neither. The row runs `gradcalc forward` over its `.yaml`,
or every line of its `.cmd`. Behind the exit code, `subprocess` makes a script for bash of the `.cmd`.
Its files are alone in the folder in which it runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from invoke import SURROUNDINGS, Done, invoke

FOLDER = Path(__file__).resolve().parent / "bad"
CODES = {0, 1, 2, 3, 4, 5, 74, 130, 141, 143}
WITH_OUTPUT = {0, 1, 74, 141}

SECONDS, MEGABYTES = 2.0, 500
WATCHDOG = 10
SCRIPT_MEMORY = 2 << 30
SCRIPT = """gradcalc() { "$PYTHON" -c 'from gradcalc.cli.main import main; main()' "$@"; }"""


class Row(NamedTuple):
    """A row: the files with its stem, how it ends, and what is said and shown then."""

    name: str
    code: int
    is_script: bool
    stderr: tuple[str, ...]
    stdout: tuple[str, ...]
    never: tuple[str, ...]

    @property
    def files(self) -> list[Path]:
        return [path for path in FOLDER.glob(f"{self.name}.*") if path.suffix != ".expect"]

    @property
    def script(self) -> str:
        """The text of the `.cmd`, or the usual command over the row's problem file."""
        command = FOLDER / f"{self.name}.cmd"
        if command.exists():
            return command.read_text(encoding="utf-8")
        problem = next((path for path in self.files if path.suffix == ".yaml"), self.files[0])
        return f"gradcalc forward {problem.name}"

    @property
    def commands(self) -> list[list[str]]:
        """The arguments of every line of the script."""
        return [shlex.split(line)[1:] for line in self.script.splitlines()]


def _read(path: Path) -> Row:
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    code, *lane = first.split()
    told: dict[str, list[str]] = {"stderr": [], "stdout": [], "never": []}
    for line in lines:
        head, colon, pattern = line.partition(": ")
        if colon and head in ("stdout", "never"):
            told[head].append(pattern)
        else:
            told["stderr"].append(line)
    assert lane in ([], ["subprocess"]), path
    return Row(path.stem, int(code), lane == ["subprocess"], *map(tuple, told.values()))


ROWS = [_read(path) for path in sorted(FOLDER.glob("*.expect"))]
INSIDE = [row for row in ROWS if not row.is_script]
REFUSED = [row for row in INSIDE if row.code != 0]


@pytest.fixture
def folder(request, tmp_path):
    """A folder with the files of the row, and this process in it."""
    for path in request.getfixturevalue("row").files:
        shutil.copy(path, tmp_path)
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.usefixtures("folder")
def test_a_bad_input_ends_as_it_should_and_harms_nothing(row, folder):
    before = {path.name for path in folder.iterdir()}
    for done in [_in_bash(row)] if row.is_script else [_inside(arguments) for arguments in row.commands]:
        _is_decent(done, row)
    assert row.is_script or {path.name for path in folder.iterdir()} == before


@pytest.mark.parametrize("row", [row for row in ROWS if row.stderr or row.stdout or row.never], ids=lambda row: row.name)
@pytest.mark.usefixtures("folder")
def test_a_bad_input_is_answered_with_what_helps(row):
    ends = [_in_bash(row)] if row.is_script else [invoke(arguments) for arguments in row.commands]
    out, err = ("".join(texts) for texts in list(zip(*ends, strict=True))[1:])
    for pattern in row.stderr:
        assert re.search(pattern, err, re.MULTILINE), f"{pattern}\n{err}"
    for pattern in row.stdout:
        assert re.search(pattern, out, re.MULTILINE), f"{pattern}\n{out}"
    for pattern in row.never:
        assert not re.search(pattern, out + err, re.MULTILINE), pattern
