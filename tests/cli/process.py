"""Runs a command line as a process of its own, in surroundings that are known."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TINY = [sys.executable, str(ROOT / "tests" / "cli" / "tiny.py")]
GRADCALC = [sys.executable, "-c", "from gradcalc.cli.main import main; main()"]

_OF_THE_MACHINE = (
    "COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "GRADCALC_DEBUG",
    "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONCOERCECLOCALE", "PYTHONUNBUFFERED",
)  # fmt: skip


def environment(**extra: str) -> dict[str, str]:
    """The environment without what changes output, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_THE_MACHINE}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm-256color", **extra}


def start(command: list[str], *, env: dict[str, str] | None = None, **options) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment(**(env or {})),
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def run(command: list[str], *, env: dict[str, str] | None = None, **options) -> tuple[int, str, str]:
    """Exit code, stdout and stderr; bytes that are not UTF-8 are kept as surrogates."""
    process = start(command, env=env, **options)
    out, err = process.communicate(timeout=30)
    return process.returncode, *((part or b"").decode("utf-8", "surrogateescape") for part in (out, err))


def shell(line: str, *, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """A line for bash in which $TINY and $GRADCALC are the commands; the code is that of the first one in a pipe."""
    commands = {"TINY": " ".join(TINY), "PYTHON": sys.executable}
    line = f"gradcalc() {{ $PYTHON -c '{GRADCALC[2]}' \"$@\"; }}; {line}; exit ${{PIPESTATUS[0]}}"
    return run(["bash", "-c", line], env={**commands, **(env or {})})


def on_terminal(command: list[str], columns: int, **env: str) -> str:
    """What a command writes to a terminal that is so many columns wide, with its line ends; stderr is not shown."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(command, env=env, stdout=follower)
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    process.communicate(timeout=30)
    return text.decode()
