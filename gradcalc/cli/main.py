"""The process around the commands: what a failure prints, and the code that the process ends with.

Nothing slow is imported before it is known that more is needed: `--version` answers at once.
"""

from __future__ import annotations

import errno
import gc
import os
import sys

from gradcalc import __version__
from gradcalc.cli import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

INTERRUPTED, READER_GONE, TERMINATED = 130, 141, 143


def main() -> NoReturn:
    """Run the command line of this process, and end the process."""
    if not sys.warnoptions:
        import warnings  # noqa: PLC0415

        # What Python warns a programmer of is noise to a student; what they should know is in the result.
        warnings.simplefilter("ignore")
    # The process builds what it keeps: looking for garbage as often as Python does would cost a tenth of its time.
    gc.set_threshold(10_000, 1_000, 1_000)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # A second one, while the first was being dealt with.
        code = INTERRUPTED
    _leave(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command line in this process, report what goes wrong, and give the exit code."""
    streams.prepare()
    try:
        code = _version() if arguments[:1] in (["--version"], ["-V"]) else _command(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return READER_GONE
    except Exception as error:  # noqa: BLE001 - this is where every failure becomes an exit code
        from gradcalc.cli.failure import report  # noqa: PLC0415

        return report(error, arguments)
    return code


def _version() -> int:
    sys.stdout.write(f"gradcalc {__version__}\n")
    return 0


def _command(arguments: Sequence[str]) -> int:
    """Run the arguments, for which `--debug` is none of their business, and give the exit code."""
    import signal  # noqa: PLC0415

    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _run(_filled([argument for argument in arguments if argument != "--debug"]))
    except SystemExit as end:
        # Typer makes an exit of a broken pipe, which is still to be seen as its context.
        code = READER_GONE if getattr(end.__context__, "errno", None) == errno.EPIPE else end.code
    finally:
        if before is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, before)
    return code if isinstance(code, int) else 0


def _run(arguments: list[str]) -> object:
    """Run a command line: at once if it is plainly in order, else by Typer, who says what is wrong or asked for."""
    if "_GRADCALC_COMPLETE" in os.environ:
        # Typer would load all of Rich to take markup out of our help, which has none.
        sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    else:
        from gradcalc.cli.quick import read  # noqa: PLC0415

        call = read(arguments)
        if call is not None:
            call()
            return 0
    from gradcalc.cli.app import app  # noqa: PLC0415

    return app(args=arguments, prog_name="gradcalc", standalone_mode=False)


def _filled(arguments: list[str]) -> list[str]:
    """The arguments with a 1 for a `--hint` that says no number."""
    following = [*arguments, ""][1:]
    pairs = zip(arguments, following, strict=True)
    return [word for one, two in pairs for word in ([one, "1"] if one == "--hint" and not two.isdigit() else [one])]


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    """End by an exception, so that files that are half written are removed."""
    raise SystemExit(TERMINATED)


def _leave(code: int) -> NoReturn:
    """End the process when all is written.

    There is nothing for Python to tidy up: that takes 10 ms, and fails once more over output that can't be written.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
