"""Bad input, bad numbers and bad surroundings: each is a few files in `bad/`, and ends as its `.expect` says.

A row is what has one stem. `12-not-finite.expect` holds the exit code, then a line for each pattern that must be found
on stderr; `stdout: …` must be found on stdout, `never: …` on neither. The row runs `gradcalc forward` over its `.yaml`,
or else every line of its `.cmd`, in a folder where its files are alone. With `subprocess` behind the exit code the
`.cmd` is a script for bash, in processes of its own.
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
from invoke import Done, invoke
from turns import in_turn

FOLDER = Path(__file__).resolve().parent / "bad"
WITH_OUTPUT = {0, 74, 141}
CODES = {1, 2, 3, 4, 5, 130, 143} | WITH_OUTPUT

SECONDS, WATCHDOG = 2, 10
MEMORY, ADDRESSES = 500 << 20, 2 << 30

SCRIPT = """\
ulimit -v {kilobytes} 2>/dev/null
gradcalc() {{ "$PYTHON" -c 'from gradcalc.cli.main import main; main()' "$@"; }}
{script}
"""


class Row(NamedTuple):
    """What has one stem: the exit code, and what is found on stderr, on stdout, and nowhere."""

    name: str
    code: int
    is_script: bool
    told: list[str]
    shown: list[str]
    never: list[str]

    def files(self) -> list[Path]:
        return [path for path in FOLDER.glob(f"{self.name}.*") if path.suffix != ".expect"]

    def script(self) -> str:
        command = FOLDER / f"{self.name}.cmd"
        if command.exists():
            return command.read_text(encoding="utf-8")
        problem = next((path for path in self.files() if path.suffix == ".yaml"), self.files()[0])
        return f"gradcalc forward {problem.name}"

    def commands(self) -> list[list[str]]:
        return [shlex.split(line)[1:] for line in self.script().splitlines()]


def _read(path: Path) -> Row:
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    patterns: dict[str, list[str]] = {"stderr": [], "stdout": [], "never": []}
    for line in lines:
        where = next((where for where in ("stdout", "never") if line.startswith(f"{where}: ")), "stderr")
        patterns[where].append(line if where == "stderr" else line.removeprefix(f"{where}: "))
    code, _, lane = first.partition(" ")
    assert lane in ("", "subprocess"), path
    return Row(path.stem, int(code), lane == "subprocess", *patterns.values())


ROWS = [_read(path) for path in sorted(FOLDER.glob("*.expect"))]
REFUSED = [row for row in ROWS if row.code in (3, 4, 5) and not row.is_script]

# rows that go the way of another one, and have their turn in the slow step
LATER = (
    "88-reader-that-goes-away-unbuffered",
    "89-full-disk-and-a-long-result",
    "90-standard-output-closed-with-json",
    "94-locale-c",
    "94-western-terminal",
)
each_row = in_turn("row", ROWS, [row for row in ROWS if row.name not in LATER], ids=[row.name for row in ROWS])
each_refused = pytest.mark.parametrize("row", REFUSED, ids=[row.name for row in REFUSED])


@pytest.fixture(autouse=True)
def folder(request, tmp_path):
    """A folder with the files of the row, and this process in it."""
    row = request.node.callspec.params.get("row") if hasattr(request.node, "callspec") else None
    for path in row.files() if row else ():
        shutil.copy(path, tmp_path)
    with contextlib.chdir(tmp_path):
        yield tmp_path


@each_row
def test_what_is_bad_ends_as_it_should_says_what_helps_and_harms_nothing(row, folder):
    if row.is_script:
        ends = [_in_bash(row.script())]
    else:
        before = sorted(folder.iterdir())
        ends = [_inside(arguments) for arguments in row.commands()]
        assert sorted(folder.iterdir()) == before
    for done in ends:
        assert done.code == row.code, done.stderr
        _is_decent(done)
    _says(row, "".join(done.stdout for done in ends), "".join(done.stderr for done in ends))
    assert not (folder / "executed").exists()


@each_refused
def test_a_program_that_asks_for_json_is_told_in_one_line_of_it(row):
    for arguments in row.commands():
        done = _inside([*arguments, "--format", "json"])
        *notes, last = done.stderr.splitlines()
        assert (done.code, done.stdout, len(notes)) == (row.code, "", "no file given" in done.stderr)
        error = json.loads(last)["error"]
        assert error["code"] == f"GC{row.code:03d}"
        assert error["message"]


@each_refused
def test_in_ascii_the_message_is_ascii(row):
    for arguments in row.commands():
        done = _inside([*arguments, "--ascii"])
        assert done.code == row.code
        assert done.stderr.isascii()


def test_every_file_belongs_to_a_row():
    stems = {path.name.partition(".")[0] for path in FOLDER.iterdir() if not path.name.startswith(".")}
    assert stems == {row.name for row in ROWS}
    assert all(row.files() for row in ROWS)


def test_a_bug_is_called_a_bug_and_only_who_asks_sees_how_it_came_about(monkeypatch):
    monkeypatch.setattr("gradcalc.solution.solve", lambda *_, **__: next(iter(())))
    done = invoke(["forward"])
    assert (done.code, done.stdout) == (70, "")
    assert "this is a bug in gradcalc: StopIteration" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in invoke(["forward", "--debug"]).stderr


def _is_decent(done: Done) -> None:
    """What holds of every end, good or bad."""
    assert done.code in CODES
    assert done.code in WITH_OUTPUT or not done.stdout
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def _says(row: Row, out: str, err: str) -> None:
    for patterns, text in ((row.told, err), (row.shown, out)):
        for pattern in patterns:
            assert re.search(pattern, text, re.MULTILINE), f"no {pattern} in\n{text}"
    for pattern in row.never:
        assert not re.search(pattern, out + err, re.MULTILINE), f"{pattern} in\n{out + err}"


def _inside(arguments: list[str]) -> Done:
    """The command in this process, with an end to its time and its memory."""
    begin = time.process_time()
    with _watched(), _bounded():
        done = invoke(arguments)
    assert time.process_time() - begin < SECONDS
    return done


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """An error in whatever takes too long."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError(f"still running after {WATCHDOG} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(WATCHDOG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """So much memory more than this process has already, and none beyond; where the system says how much that is."""
    statistics = Path("/proc/self/statm")
    if not statistics.exists():
        yield
        return
    has = int(statistics.read_text().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (has + MEMORY, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


_OF_THE_MACHINE = (
    "COLUMNS",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "LC_ALL",
    "GRADCALC_DEBUG",
    "PYTHONUNBUFFERED",
)


def _in_bash(script: str) -> Done:
    """The script in processes of its own, likewise; what they took counts with what children took before."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_THE_MACHINE}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        ["bash", "-c", SCRIPT.format(kilobytes=ADDRESSES >> 10, script=script)],
        env={**kept, "PYTHON": sys.executable, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=WATCHDOG,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS
    assert after.ru_maxrss * (1 if sys.platform == "darwin" else 1024) < MEMORY
    return Done(ended.returncode, *(text.decode("utf-8", "replace") for text in (ended.stdout, ended.stderr)))
