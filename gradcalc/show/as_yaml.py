"""The tree of a problem file as YAML: rows of numbers on one line, layers and steps below each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from gradcalc.problem.node import Node

_PLAIN = re.compile(r"[\w.+-](?:[\w .+*/()=;-]*[\w.+*/()=;-])?")
# a mapping in a list that is longer stands on several lines
_BROAD = 88


def dumps(root: Node, comments: Iterable[str] = ()) -> str:
    """The text of the file, under `comments`."""
    return "".join(f"{line}\n" for line in (*(f"# {text}".rstrip() for text in comments), *_lines(root)))


def _lines(root: Node) -> Iterator[str]:
    for key, (_, value) in root.entries.items():
        if value.kind == "list" and value.items and all(item.kind == "mapping" for item in value.items):
            yield f"{_scalar_text(key)}:"
            for item in value.items:
                yield from _item(item)
        else:
            yield f"{_scalar_text(key)}: {flow(value)}"


def _item(mapping: Node) -> Iterator[str]:
    """A mapping of a list: on one line, or a line for each of its keys."""
    whole = flow(mapping)
    if len(whole) <= _BROAD and all(value.kind == "scalar" for _, value in mapping.entries.values()):
        yield f"  - {whole}"
        return
    for number, (key, (_, value)) in enumerate(mapping.entries.items()):
        yield f"  {' ' if number else '-'} {_scalar_text(key)}: {flow(value)}"


def flow(node: Node) -> str:
    """A node on one line."""
    if node.kind == "mapping":
        pairs = (f"{_scalar_text(key)}: {flow(value)}" for key, (_, value) in node.entries.items())
        return f"{{{', '.join(pairs)}}}"
    if node.kind == "list":
        return f"[{', '.join(map(flow, node.items))}]"
    return _quoted(node.text) if node.quoted else _scalar_text(node.text)


def _scalar_text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
