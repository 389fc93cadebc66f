"""The problem files that come along: as blocks, as a record for machines, as rows, and each as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradcalc import __version__
from gradcalc.problem.examples import examples, find
from gradcalc.show.blocks import Block, Column, Note, Row, Table


def blocks() -> list[Block]:
    """The page that `gradcalc examples` prints."""
    rows = [Row((example.name, example.about)) for example in examples()]
    return [Table([Column("name"), Column("what it shows")], rows), Note("`gradcalc examples NAME` prints the file.")]


def record() -> dict[str, Any]:
    """The list for machines."""
    found = [{"name": example.name, "about": example.about} for example in examples()]
    return {"schema": "gradcalc.examples/1", "version": __version__, "examples": found}


def cells() -> Iterator[tuple[str, str]]:
    """A row for each example: name, what it shows."""
    for example in examples():
        yield example.name, example.about


def text(name: str) -> str:
    """The file itself, without the lines that only editors and this list read."""
    with open(find(name).path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("# yaml-language-server", "# About"))) + "\n"
