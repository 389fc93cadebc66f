"""What people call a quantity, and the key that it has in the record."""

from __future__ import annotations

import re

from gradcalc.problem.answers import GRADIENTS, LOSSES, PARAMETERS, Key, Letters
from gradcalc.problem.node import Node
from gradcalc.problem.where import Place, Where

_OF_LOSSES = re.compile(rf"({'|'.join(LOSSES)})(?:\[([0-9, ]+)\])?")
_LETTERS = re.compile(r"\[([^\[\]]*[^\W\d][^\[\]]*)\]")
_ENTRIES = re.compile(r"\[([^\[\]]*)\]")
_WHOLE: tuple[int, ...] = ()


def without_letters(text: str, base: int) -> tuple[str, Letters]:
    """The name without its indices, and all of these, where there is a letter among them; else as it is."""
    if not _LETTERS.search(text):
        return text, ()
    parts = [part.strip() for inside in _ENTRIES.findall(text) for part in inside.split(",")]
    letters = tuple(int(part) - base if part.isdecimal() else part for part in parts)
    return _ENTRIES.sub("", text), letters


def place_of(text: str, name: Node, where: Where) -> Place:
    """The key of a value, a gradient or a local derivative, and the part of it that is meant."""
    key, within = where.of_sample(_alone(text, name, where), name)
    if key.step is None and where.step is not None and where.step > 1:
        run, _ = where.trained(name)
        key = key._replace(step=where.step, run=run)  # the pass of step 1 is the first
    return key, within


def _alone(text: str, name: Node, where: Where) -> Place:
    built = where.built
    loss = _OF_LOSSES.fullmatch(text)
    if loss and loss[1] not in built.quantities:
        within = tuple(int(at) - where.words.base for at in (loss[2] or "").replace(",", " ").split())
        return Key(LOSSES[loss[1]]), within
    if text == "loss" and built.result is not None and text not in built.quantities:
        return Key(built.result), _WHOLE
    return _named(text, name, where)


def _named(text: str, name: Node, where: Where) -> Place:
    found, built = where.reference(text, name), where.built
    if found.of is None:
        return _of_step(PARAMETERS, found.name, name, where) or Key(found.name), found.index
    if found.of == (built.result or built.output):
        return _of_step(GRADIENTS, found.name, name, where) or Key(f"d{found.name}"), found.index
    return Key(f"d{found.of}/d{found.name}"), (*found.of_index, *found.index)


def _of_step(row: str, parameter: str, name: Node, where: Where) -> Key | None:
    """The row of a step for what is trained in it; None for anything else."""
    if where.step is None:
        return None
    run, trained = where.trained(name)
    return Key(row, where.step, parameter, run) if parameter in trained.parameters else None
