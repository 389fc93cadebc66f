"""Arrays that stand in files of their own: `.npz`, `.npy`, `.csv` and `.json`, taken as hostile until read.

Every format is read from at most 64 MiB of bytes that are in memory already, what a header claims is checked before
anything is made of it, and no error repeats what a file holds.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.errors import LimitError, Lines, ProblemError
from gradcalc.problem import disk
from gradcalc.problem.model import File
from gradcalc.problem.scalars import Unreadable, number

LIMIT = 64 << 20
MOST_NUMBERS = 1_000_000

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_TYPE = re.compile(r"'descr'\s*:\s*'([<>|=]?(?:f[248]|[iu][1248]))'")
_FORTRAN = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(((?:[0-9]{1,15}, ?)*(?:[0-9]{1,15})?)\)")
_MOST_AXES = 8

_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 10_000

_CONVERSION = """in Python, make an .npz file of it:
import numpy; from torch import load
state = load({name!r}, map_location="cpu", weights_only=True)
numpy.savez({stem!r}, **{{key: value.detach().double().numpy() for key, value in state.items()}})"""


def read_array(file: File, folder: str, *, outside: bool = False) -> Array:
    """The numbers of a file as a float64 array; `file.path` counts from `folder`, and stays in it unless `outside`.

    `.npz` and `.json` may hold several arrays by key, and the key may be left out where there is one. The rows of a
    `.csv` are the rows of a matrix; a single row is a vector. Raises ProblemError, without a place, for what is not an
    array of finite numbers, LimitError for what is too large.
    """
    name = file.path
    path = _located(name, folder, outside)
    suffix = path.suffix.lower()
    if suffix in (".pt", ".pth"):
        hint = Lines(_CONVERSION.format(name=path.name, stem=path.stem))
        raise ProblemError(f"{name}: files of PyTorch can hold programs and are not opened", hint=hint)
    if suffix not in _READERS:
        raise ProblemError(f"{name}: this format is not supported", hint=f"one of {', '.join(_READERS)}")
    array = _READERS[suffix](disk.load(path, LIMIT, name), file)
    if not array.size:
        raise ProblemError(f"{name} holds no numbers")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        index = [axis + 1 for axis in wrong[0].tolist()]
        raise ProblemError(f"{name}: the number{f' at {index}, counted from 1,' if index else ''} is not finite")
    return array


def _located(name: str, folder: str, outside: bool) -> Path:
    """The real path, links resolved, which must lie in `folder`."""
    try:
        root = Path(folder).resolve()
        path = (root / name).resolve()
    except (OSError, RuntimeError, ValueError):
        raise ProblemError(f"{name!a} can't be the name of a file") from None
    if not outside and not path.is_relative_to(root):
        hint = "copy the file beside the problem file and name it without folders above"
        raise ProblemError(f"{name} is outside the folder of the problem file", hint=hint)
    return path


def _chosen(file: File, keys: Iterable[str]) -> str:
    """The key that is meant, of those that the file has."""
    known = list(keys)
    listed = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    if file.key is None:
        if len(known) == 1:
            return known[0]
        raise ProblemError(f"{file.path} holds {len(known)} arrays: a key must choose one", hint=f"one of {listed}")
    if file.key in known:
        return file.key
    close = disk.near(file.key, known)
    hint = f"did you mean '{close}'? it holds {listed}" if close else f"it holds {listed or 'nothing'}"
    raise ProblemError(f"{file.path} has no array '{file.key}'", hint=hint)


def _without_keys(file: File) -> None:
    if file.key is not None:
        raise ProblemError(f"{file.path} holds one array and no keys", hint=f"leave out key: {file.key}")


def _read_npz(data: bytes, file: File) -> Array:
    import zipfile  # noqa: PLC0415, only one format needs it
    import zlib  # noqa: PLC0415

    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise LimitError(f"{file.path} holds more than {_MOST_ENTRIES} arrays")
    broken = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, ValueError, LookupError, OSError, EOFError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LIMIT:
                raise LimitError(f"{file.path} is larger than {LIMIT >> 20} MiB when unpacked")
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            member = members[_chosen(file, members)]
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ProblemError(f"{file.path} is packed in a way that NumPy does not use")
            with archive.open(member) as stream:
                # Asked for a number of bytes, it unpacks no more, whatever else the archive holds.
                content = stream.read(member.file_size)
    except broken:
        raise ProblemError(f"{file.path} is not a sound .npz file") from None
    return _array(content, file)


def _read_npy(data: bytes, file: File) -> Array:
    _without_keys(file)
    return _array(data, file)


def _array(data: bytes, file: File) -> Array:
    """An array in NumPy's own format; only plain numbers are known here, so nothing in it can run."""
    header, start = _header(data, file)
    kind, fortran, sides = _TYPE.search(header), _FORTRAN.search(header), _SHAPE.search(header)
    if not kind or not fortran or not sides:
        hint = "numbers are of type float16, float32, float64 or an integer type"
        raise ProblemError(f"{file.path} does not hold a plain array of numbers", hint=hint)
    shape = tuple(int(side) for side in sides[1].split(",") if side.strip())
    dtype, count = np.dtype(kind[1]), math.prod(shape)
    _refuse_many(count, file)
    if len(shape) > _MOST_AXES or len(data) != start + count * dtype.itemsize:
        raise ProblemError(f"{file.path} does not hold the numbers that its header promises")
    flat = np.frombuffer(data, dtype, count, start)
    return np.array(flat.reshape(shape, order="F" if fortran[1] == "True" else "C"), np.float64, order="C")


def _header(data: bytes, file: File) -> tuple[str, int]:
    """The text of the header, and where the numbers begin."""
    width = 2 if data[6:7] == b"\x01" else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if not data.startswith(_MAGIC) or start > min(len(data), _LONGEST_HEADER):
        raise ProblemError(f"{file.path} does not begin as an array of NumPy's does")
    return data[8 + width : start].decode("latin-1"), start


def _read_csv(data: bytes, file: File) -> Array:
    import csv  # noqa: PLC0415, only one format needs it

    _without_keys(file)
    text = _text(data, file)
    first = re.search(r"[^\r\n]*\S[^\r\n]*", text)
    delimiter = next((sign for sign in "\t;" if first and sign in first.group()), ",")
    _refuse_many(text.count(delimiter) + text.count("\n"), file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows: list[list[float]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(cells, reader.line_num, file, first=not rows))
                if len(rows[-1]) != len(rows[0]):
                    counts = f"row {reader.line_num} has {len(rows[-1])} numbers but the first has {len(rows[0])}"
                    raise ProblemError(f"{file.path}: {counts}")
    except csv.Error:
        raise ProblemError(f"{file.path}: row {reader.line_num} is not a row of a .csv file") from None
    return np.array(rows[0] if len(rows) == 1 else rows, np.float64)


def _row(cells: list[str], line: int, file: File, *, first: bool) -> list[float]:
    row: list[float] = []
    wrong: list[int] = []
    for column, cell in enumerate(cells, 1):
        try:
            row.append(number(cell))
        except Unreadable:
            wrong.append(column)
    if first and len(wrong) == len(cells) and all(cell.strip()[:1].isalpha() for cell in cells):
        raise ProblemError(f"{file.path}: row {line} holds names, not numbers", hint="remove the row of names")
    if wrong:
        column = wrong[0]
        raise ProblemError(
            f"{file.path}: row {line}, column {column} is not a finite number", hint=_remedy(cells[column - 1])
        )
    return row


def _remedy(cell: str) -> str | None:
    """What is wrong with a cell, in words that do not repeat it."""
    if re.search(r"[0-9],[0-9]", cell):
        return "numbers have a decimal point, not a comma"
    return "cells are parted by commas, semicolons or tabs" if " " in cell.strip() else None


def _read_json(data: bytes, file: File) -> Array:
    import json  # noqa: PLC0415, only one format needs it

    # Every array, entry and pair begins behind one of these signs, and takes memory even where it is empty.
    _refuse_many(sum(data.count(sign) for sign in b"[{,") // 2, file)
    try:
        content = json.loads(_text(data, file), parse_int=float, parse_constant=_no_constant)
    except RecursionError:
        raise ProblemError(f"{file.path} is nested too deeply") from None
    except ValueError as error:
        line = f": line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = "is not sound JSON" if line else "holds a number that is not finite"
        raise ProblemError(f"{file.path}{line} {reason}") from None
    if isinstance(content, dict):
        return _rectangle(content[_chosen(file, content)], file)
    _without_keys(file)
    return _rectangle(content, file)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _rectangle(content: Any, file: File) -> Array:
    """Lists in lists as an array: level by level, each of which must be lists of one length, or numbers."""
    level: list[Any] = [content]
    shape: list[int] = []
    while level and len(shape) <= _MOST_AXES and all(isinstance(item, list) for item in level):
        if any(len(item) != len(level[0]) for item in level):
            raise ProblemError(f"{file.path} holds lists of different lengths at one depth")
        shape.append(len(level[0]))
        level = [entry for item in level for entry in item]
    if not all(type(item) is float for item in level):
        raise ProblemError(f"{file.path} does not hold numbers alone, or lists of them")
    return np.array(level, np.float64).reshape(shape)


def _refuse_many(count: int, file: File) -> None:
    if count > MOST_NUMBERS:
        raise LimitError(f"{file.path} holds more than {MOST_NUMBERS} numbers")


def _text(data: bytes, file: File) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProblemError(f"{file.path} is not UTF-8", hint="save the file as UTF-8") from None


_READERS: Mapping[str, Callable[[bytes, File], Array]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".csv": _read_csv,
    ".json": _read_json,
}
