"""Functions on the command line, `F(x, y) = [x*y, x - y]`, with what is composed and the point: nodes like a file's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gradcalc.errors import ProblemError, Source, UsageError
from gradcalc.problem import inline
from gradcalc.problem.edit import put
from gradcalc.problem.node import Node

# the sign between a function and its formulas, which is no part of a comparison
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_VALUE = re.compile(r"(?:^|[,;\s])\s*([^\W\d]\w*)\s*=")


class FunctionFlags(NamedTuple):
    """What the command line says of functions; empty or None where it says nothing."""

    definitions: Sequence[str] = ()
    compose: str | None = None
    at: Sequence[str] = ()


def overlay(root: Node, flags: FunctionFlags) -> Node:
    """The tree with the functions of the command line over those of a file.

    Raises UsageError for what is no definition or no point, ProblemError for a value that can't be read.
    """
    for text in flags.definitions:
        root = _into(root, "functions", *_definition(Source("the function", text)))
    if flags.compose is not None:
        compose = inline.scalar(Source("--compose", flags.compose))
        root = put(root, _key("compose", compose), compose)
    for text in flags.at:
        for key, value in _point(text):
            root = _into(root, "at", key, value)
    return root


def _into(root: Node, mapping: str, key: Node, value: Node) -> Node:
    """The tree with an entry put into one of its mappings, which is made where it is missing."""
    inside = root.get(mapping)
    if inside is None or inside.kind != "mapping":
        inside = Node("mapping", key.source, key.line, key.column, key.length)
    return put(root, _key(mapping, key), put(inside, key, value))


def _key(name: str, at: Node) -> Node:
    return Node("scalar", at.source, at.line, at.column, at.length, text=name)


def _definition(source: Source) -> tuple[Node, Node]:
    """The signature and the body."""
    sign = _EQUALS.search(source.text)
    if sign is None:
        raise UsageError(f"'{source.text}' is no function", hint="a function is written 'F(x, y) = [x*y, x - y]'")
    return _piece(source, 0, sign.start()), _body(source, sign.end(), len(source.text))


def _body(source: Source, start: int, end: int) -> Node:
    """A formula, or a list of formulas or rows in brackets."""
    whole = _piece(source, start, end)
    if not whole.text.startswith("["):
        return whole
    opened = whole.column - 1
    if not whole.text.endswith("]"):
        raise ProblemError("the list of formulas is not closed", whole.place, "a list ends with ]")
    items = [_body(source, *part) for part in _parts(source.text, opened + 1, opened + len(whole.text) - 1)]
    return Node("list", source, 1, whole.column, whole.length, items=items)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the parts between commas that stand in no bracket begin and end; none of nothing."""
    if not text[start:end].strip():
        return
    depth = 0
    for position in range(start, end):
        depth += (text[position] in "([") - (text[position] in ")]")
        if text[position] == "," and not depth:
            yield start, position
            start = position + 1
    yield start, end


def _piece(source: Source, start: int, end: int) -> Node:
    """The text between two positions as a scalar, without the spaces around it."""
    text = source.text[start:end]
    column = start + len(text) - len(text.lstrip()) + 1
    return Node("scalar", source, 1, column, max(len(text.strip()), 1), text=text.strip())


def _point(text: str) -> Iterator[tuple[Node, Node]]:
    """The names of a point with their values: `x=1,y=2`, `z=[1, 2, 3]`, `z=1 2 3`."""
    names = list(_VALUE.finditer(text))
    if not names or text[: names[0].start()].strip():
        raise UsageError(f"--at {text}: a point is written x=1,y=2", hint="a vector is written z=[1,2,3]")
    ends = [*(name.start() for name in names[1:]), len(text)]
    for name, end in zip(names, ends, strict=True):
        written = text[name.end() : end].strip().removesuffix(",").removesuffix(";")
        value = inline.array(Source(f"--at {name[1]}", written))
        yield Node("scalar", Source("--at", text), 1, name.start(1) + 1, len(name[1]), text=name[1]), value
