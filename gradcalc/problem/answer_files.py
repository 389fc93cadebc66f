"""Where answers come from: a YAML, JSON or CSV file, a flag, or a mapping of a program."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from gradcalc.errors import Place, ProblemError, Source, UsageError
from gradcalc.problem.edit import put
from gradcalc.problem.faults import Faults
from gradcalc.problem.node import Node
from gradcalc.problem.reader import decoded, fetch, read, read_value

_FLAG = "--answer"
_SUCH = "answers stand by quantity, as in L: 0.5"
_COLUMNS = ("quantity", "value")
_MORE = ("index", "step", "parameter")
_DELIMITERS = ",;\t"
_QUOTED = 'a list stands in quotes, "[4, -1]", and a number has a decimal point'
# the suffixes of sheets that were filled in
FILLED = (".md", ".tex")


def load_answers(path: str) -> Node:
    """The answers in a file, as a mapping of nodes; `-` is standard input.

    `.csv` is a table of them, `.md` and `.tex` a sheet of `gradcalc exercise` that was filled in.

    Raises ProblemError where the file is none, or is not what its name says.
    """
    name, data = "<stdin>" if path == "-" else path, fetch(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".csv":
        return _table(Source(name, decoded(data, name)))
    if suffix in FILLED:
        from gradcalc.problem.filled import filled  # noqa: PLC0415 - most answers are YAML

        return filled(Source(name, decoded(data, name)), suffix)
    return read(data, name, _SUCH)


def from_flags(root: Node | None, answers: Iterable[str]) -> Node:
    """The answers with those of `--answer QUANTITY=VALUE` put in; they win."""
    for text in answers:
        name, equals, value = text.partition("=")
        source = Source(_FLAG, text)
        if not equals or not name.strip():
            raise UsageError(f"{_FLAG} takes QUANTITY=VALUE, not '{text}'", hint=f"such as {_FLAG} L=0.5")
        root = Node("mapping", source, 1, 1) if root is None else root
        key = Node("scalar", source, 1, 1, len(name), text=name.strip())
        root = put(root, key, read_value(value, f"{_FLAG} {name.strip()}"))
    if root is None:
        raise UsageError("no answers are given", hint=f"name a file, or give {_FLAG} L=0.5")
    return root


def from_mapping(answers: Mapping[str, Any]) -> Node:
    """The answers that a program has as numbers, lists, arrays or texts."""
    return read(json.dumps(answers, default=_plain).encode(), "<answers>")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise ProblemError(f"an answer is a number, a list or a text, not {value!r}")


def _table(source: Source) -> Node:
    """The rows of a CSV file as a mapping by quantity; the columns index, step and parameter are those of gradcalc."""
    lines = source.text.splitlines()
    if not lines:
        raise ProblemError(f"{source.name}: the file is empty", hint="its first line is: quantity,value")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    head = [cell.strip().lower() for cell in next(csv.reader([lines[0]], delimiter=delimiter))]
    if any(column not in head for column in _COLUMNS):
        hint = f"its first line is: {delimiter.join(_COLUMNS)}"
        raise ProblemError("the columns 'quantity' and 'value' are missing", Place(source, 1, 1), hint)
    faults, entries = Faults(), dict[str, tuple[Node, Node]]()
    reader = csv.reader(io.StringIO(source.text), delimiter=delimiter)
    next(reader)
    for cells in reader:
        row = dict(zip(head, [cell.strip() for cell in cells], strict=False))
        if any(cells[len(head) :]):
            place = Place(source, reader.line_num, 1, max(len(source.line(reader.line_num)), 1))
            faults.add(f"{len(cells)} cells in a row of {len(head)} columns", place, _QUOTED)
        elif any(row.values()):
            _row(row, source, reader.line_num, entries, faults)
    faults.check(source)
    return Node("mapping", source, 1, 1, entries=entries)


def _row(
    row: Mapping[str, str], source: Source, line: int, entries: dict[str, tuple[Node, Node]], faults: Faults
) -> None:
    length = max(len(source.line(line)), 1)
    quantity, value = row["quantity"].removeprefix("'"), row.get("value", "")
    if not quantity:
        faults.add("a row without a quantity", Place(source, line, 1, length))
        return
    answer = read_value(value, source.name).moved(source, line, length)
    index, step, parameter = (row.get(column, "") for column in _MORE)
    place = f"[{index}]" if index else ""
    key = Node("scalar", source, line, 1, length, text=quantity if parameter else f"{quantity}{place}")
    if parameter:
        name = Node("scalar", source, line, 1, length, text=f"{parameter}{place}")
        answer = Node("mapping", source, line, 1, length, entries={name.text: (name, answer)})
    label = f"{key.text}@{step}" if step else key.text
    if label in entries and parameter:
        entries[label][1].entries.update(answer.entries)
    elif label in entries:
        faults.add(f"'{key.text}' is answered twice", Place(source, line, 1, length), "leave one of them out")
    else:
        entries[label] = (key, answer)
