"""From bytes to located nodes: the only reader of YAML, and it takes nothing on trust.

Bytes become text here, strictly; `tree` makes nodes of the text.
"""

from __future__ import annotations

import re
import sys

from gradcalc.errors import LimitError, ProblemError, Source, UsageError
from gradcalc.problem import disk
from gradcalc.problem.node import Node

LIMIT = 1 << 20

# What YAML forbids, listed from its side: the class of what it allows takes ten times as long to compile.
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def fetch(path: str) -> bytes:
    """The bytes of a problem file, or of standard input if `path` is `-`.

    Raises UsageError if standard input is a terminal, LimitError beyond 1 MiB, ProblemError if nothing can be read.
    """
    return _standard_input() if path == "-" else disk.load(path, LIMIT)


def read(data: bytes, name: str, such: str | None = None) -> Node:
    """The mapping that the file called `name` holds, as nodes that know their places.

    `such` tells what belongs there, for who has something else; left out, it is a problem.

    Raises ProblemError with everything that is wrong, in the order of the text; LimitError beyond 200 000 values.
    """
    source = Source(name, decoded(data, name))
    _refuse_strange(source)
    node = _grow(source)
    if node is None or node.is_null:
        hint = such or "'gradcalc examples' lists files to start from"
        raise ProblemError(f"{name}: the file is empty", hint=hint)
    if node.kind != "mapping":
        raise _no_mapping(node, such)
    return node


def read_value(text: str, name: str) -> Node:
    """The value that the flag called `name` was given, in YAML; nothing at all is null. Raises as `read` does."""
    source = Source(name, text)
    _refuse_strange(source)
    return _grow(source) or Node("scalar", source, 1, 1)


def _standard_input() -> bytes:
    stream = sys.stdin
    if stream is None or stream.closed:
        raise ProblemError("standard input is closed", hint="name a problem file")
    if stream.isatty():
        raise UsageError("standard input is a terminal", hint="name a problem file, or send one through a pipe")
    try:
        data = disk.read_up_to(stream.buffer, LIMIT + 1)
    except OSError as error:
        raise ProblemError(f"can't read standard input: {(error.strerror or str(error)).lower()}") from None
    if len(data) > LIMIT:
        raise LimitError(f"standard input is larger than {LIMIT >> 20} MiB")
    return data


def decoded(data: bytes, name: str) -> str:
    """The text that the bytes of `name` are in UTF-8; raises ProblemError with the place of the first that is not."""
    if _looks_wide(data):
        raise ProblemError(f"{name} is not UTF-8 but looks like UTF-16", hint="save the file as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if _CONTROL.search(data):
            raise ProblemError(f"{name} is not a text file") from None
        # error.object is the data behind a mark at its start, and so is what error.start counts from.
        raw = error.object
        from gradcalc.problem.syntax import locate  # noqa: PLC0415 - only a fault needs it

        place = locate(Source(name, raw.decode("utf-8", "replace")), len(raw[: error.start].decode("utf-8")))
        message = f"not UTF-8: byte 0x{raw[error.start]:02X} at line {place.line}"
        raise ProblemError(message, place, "save the file as UTF-8") from None


def _looks_wide(data: bytes) -> bool:
    """Whether a mark says that a character has two or four bytes, or zeros stand at every second or fourth place."""
    zeros = [data[start::4].count(0) for start in range(4)]
    return data.startswith(_WIDE) or (min(zeros) == 0 and max(zeros) * 8 > len(data) > 1)


def _refuse_strange(source: Source) -> None:
    """Refuse control characters, and the stand-ins for bytes of a command line that are not UTF-8."""
    match = _STRANGE.search(source.text)
    if match:
        from gradcalc.problem.syntax import locate  # noqa: PLC0415 - only a fault needs it

        raise ProblemError(_strangeness(ord(match.group())), locate(source, match.start()))


def _strangeness(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        return f"not UTF-8: byte 0x{code & 0xFF:02X}"
    shown = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return f"contains the control character {shown}"


def _no_mapping(node: Node, such: str | None) -> ProblemError:
    found = "a list" if node.kind == "list" else "a single value"
    hint = "behind a key stand a colon and a space: 'key: value'" if ":" in node.text else None
    return ProblemError(f"expected a mapping, found {found}", node.place, hint or such)


def _grow(source: Source) -> Node | None:
    # Loading PyYAML takes as long as everything else here, and a network given by flags does without.
    from gradcalc.problem.tree import grow  # noqa: PLC0415

    return grow(source)
