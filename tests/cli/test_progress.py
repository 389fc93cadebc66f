"""A bar tells how far a long job is, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import pty
import sys

import pytest
from process import GRADCALC, start

from gradcalc.cli import progress
from gradcalc.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Puts a terminal in the place of standard error, and gives it."""

    def put():
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return put


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a quarter of a second at each look."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(ticks) / 4)


def screen(text):
    """What a terminal shows after `text` without a line end."""
    shown = ""
    for part in text.split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip()


def test_the_bar_shows_share_and_count_after_half_a_second_and_is_gone_in_the_end(terminal, clock):
    shown = terminal()
    assert list(Progress(8).watch(range(8))) == [*range(8)]
    first, *_ = shown.getvalue().split("\r")[1:]
    assert first == "[######..................]  25%  2 of 8 steps, about 2 s left"
    assert "8 of 8 steps, about 0 s left" in shown.getvalue()
    assert screen(shown.getvalue()) == ""


def test_a_short_job_shows_nothing(terminal):
    shown = terminal()
    assert list(Progress(8).watch(range(8))) == [*range(8)]
    assert shown.getvalue() == ""


def test_the_bar_is_gone_when_the_job_fails_or_is_left(terminal, clock):
    shown = terminal()

    def fails():
        yield from range(6)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        list(Progress(8).watch(fails()))
    assert "6 of 8" in shown.getvalue()
    assert screen(shown.getvalue()) == ""
    left = iter(Progress(8).watch(range(8)))
    next(left), next(left), next(left)
    assert screen(shown.getvalue())
    left.close()
    assert screen(shown.getvalue()) == ""


def test_several_runs_are_one_job(terminal, clock):
    shown = terminal()
    job = Progress(8)
    list(job.watch(range(4)))
    list(job.watch(range(4)))
    assert "8 of 8 steps" in shown.getvalue()


def on_error_terminal(*arguments):
    """What a command writes to standard error where that alone is a terminal."""
    leader, follower = pty.openpty()
    process = start([*GRADCALC, "optimize", *arguments], stderr=follower)
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
    out, _ = process.communicate(timeout=30)
    return process.returncode, out.decode(), text.decode()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_the_terminal_shows_a_bar_while_the_result_goes_elsewhere(form):
    code, out, err = on_error_terminal("--steps", "300000", "--every", "300000", "-f", form)
    assert code == 0
    assert "of 300000 steps" in err
    assert "of 300000 steps, about" not in out
    assert screen(err.split("\n")[-1]) == ""
