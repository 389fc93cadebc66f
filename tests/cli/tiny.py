"""A small app behind the real process wrapper: `python tests/cli/tiny.py COMMAND` fails in each of the known ways."""

from __future__ import annotations

import os
import signal
import sys
import time
import types
import warnings
from typing import Annotated

import typer

from gradcalc.cli import files, streams
from gradcalc.cli.main import main
from gradcalc.errors import Fault, LimitError, NumericError, Place, ProblemError, Source

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
SOURCE = Source("net.yaml", "layers:\n  - activaton: relu\n")


@app.callback()
def root() -> None:
    """A tiny app: ∂L/∂z."""


@app.command()
def lines(count: int = 3) -> None:
    streams.put("".join(f"∂L/∂z{number} = −1 é\n" for number in range(count)))


@app.command()
def echoed(count: int = 3) -> None:
    for number in range(count):
        typer.echo(f"line {number}")


@app.command()
def printed(count: int = 3) -> None:
    sys.stdout.write("".join(f"line {number}\n" for number in range(count)))


@app.command()
def json() -> None:
    streams.put('{"∂": 1}\n', utf8=True)


@app.command()
def fail(kind: str, form: Annotated[str, typer.Option("--format", "-f")] = "table") -> None:
    place = Place(SOURCE, 2, 5, 9)
    errors = {
        "problem": ProblemError([Fault("unknown key", place, "did you mean 'activation'?"), Fault("another ∂")]),
        "numeric": NumericError("z1 overflows"),
        "limit": LimitError("too large"),
        "bug": ZeroDivisionError("division by zero\x1b\nmore"),
        "memory": MemoryError(),
        "os": PermissionError(13, "Permission denied"),
        "abort": typer.Abort(),
        "exit": typer.Exit(1),
        "system": SystemExit(1),
        "interrupt": KeyboardInterrupt(),
        "eof": EOFError(),
    }
    raise errors[kind]


@app.command()
def verdict() -> int:
    return 1


@app.command()
def warn() -> None:
    warnings.warn("overflow encountered in exp", RuntimeWarning, stacklevel=1)
    warnings.warn("for programmers", DeprecationWarning, stacklevel=1)


@app.command()
def save(path: str, text: str = "new", force: bool = False, pause: bool = False, sign: str = "") -> None:
    def stop(descriptor: int) -> None:
        if sign:
            os.kill(os.getpid(), getattr(signal, sign))
        typer.echo("ready")
        sys.stdout.flush()
        time.sleep(20)

    if pause:
        os.fsync = stop
    files.write(path, f"{text}\n", force=force)


@app.command()
def surroundings(color: str = "auto") -> None:
    typer.echo(f"{streams.colour(color)} {streams.width()} {streams.wants_ascii()}")


if __name__ == "__main__":
    module = types.ModuleType("gradcalc.cli.app")
    module.app = app  # type: ignore[attr-defined]
    sys.modules["gradcalc.cli.app"] = module
    main()
