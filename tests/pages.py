"""The pages of the worked cases as sheets of answers, and everything that stands on them to be answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from comparator import cases_folder, read_trainings
from texts import read_texts

FOLDER = cases_folder()
TOLD = Path(__file__).parent / "answers" / "pages.yaml"
# what stands in a case and is no answer to a problem, with what holds it
NO_ANSWERS = {
    "about": "prose",
    "ask": "the commands that a page is for",
    "problem": "the problem itself",
    "problems": "the problems themselves",
    "network": "a problem in words",
    "loss": "a problem in words",
    "inputs": "the problem itself",
    "parameters": "the problem itself",
    "equations": "the problem itself",
    "abstract": "the problem itself",
    "question": "prose",
    "patterns": "a table of `ops`, not of a problem",
    "shapes": "a table of `shapes --derivatives`, not of a problem",
    "also": "what commands can do",
}
BLOCKS = ("expect", "carried", "exact")
# dimensions, which `shapes` tells
NO_VALUES = ("x: M×1",)


class Slip(NamedTuple):
    """What a page has wrong: the answers that say it, the cause, and words of its text."""

    printed: str
    answers: dict
    cause: str
    text: str


class Page(NamedTuple):
    """One sheet of a case: its problem, the options of the command, all answers, and which of them are slips.

    `held` are the ways to what it holds of the case.
    """

    case: str
    name: str
    problem: str
    arguments: tuple[str, ...]
    answers: dict
    exact: dict
    slips: tuple[Slip, ...]
    held: frozenset[tuple[str, ...]]


def read_pages() -> list[Page]:
    """Every sheet of every case."""
    told = read_texts(TOLD)
    if not FOLDER.is_dir():
        return []
    return [_page(name, number, sheet) for name, sheets in told.items() for number, sheet in enumerate(sheets, 1)]


def _page(name: str, number: int, sheet: dict) -> Page:
    case = read_texts(FOLDER / f"{name}.yaml")
    own = case["problems"][int(sheet["at"]) - 1] if "at" in sheet else case
    problem, arguments = sheet.get("problem"), tuple(sheet.get("arguments", ()))
    where = ("problems", sheet["at"]) if "at" in sheet else ()
    held = set()
    answers: dict = {}
    exact: dict = {}
    if problem is None and "run" in sheet:
        run = next(run for run in read_trainings(FOLDER) if _is(run.name, name, sheet["run"]))
        problem, label = run.problem, run.name.partition(", ")[2]
        pairs = zip(run.arguments[::2], run.arguments[1::2], strict=True)
        arguments = tuple(word for pair in pairs if pair[0] != "--show" for word in pair)
        for entry, text in run.expect.items():
            _put(answers, {f"step {entry.step}": {entry.quantity: {entry.parameter: text}}})
        held |= {(*where, "expect", label, *path) for path, _ in leaves(own["expect"][label])}
    elif problem is None:
        problem = as_yaml(own["problem"])
        names = sheet.get("names", {})
        for block in BLOCKS:
            found = {names.get(quantity, quantity): value for quantity, value in own.get(block, {}).items()}
            _merge(exact if block == "exact" else answers, found)
            held |= {(*where, block, *path) for path, _ in leaves(own.get(block, {}))}
    for printed, formulas in sheet.get("formulas", {}).items():
        _put(answers, formulas)
        held.add((*where, "formulas", printed))
    for key, told in sheet.get("texts", {}).items():
        _put(answers, told)
        held.add((key, case[key]))
    slips = [
        Slip(printed, told["answers"], told["cause"], told.get("text", ""))
        for printed, told in sheet.get("slips", {}).items()
    ]
    for slip in slips:
        _put(answers, slip.answers)
        held.add(("slips", slip.printed))
    return Page(name, f"{name} {number}", problem, arguments, answers, exact, tuple(slips), frozenset(held))


def _is(run: str, name: str, label: str) -> bool:
    page, _, rest = run.partition(", ")
    return page == name and (rest == label or rest.split()[0] == label)


def _put(answers: dict, more: dict) -> None:
    """More answers beside those that are there; none is answered twice by the same name."""
    for name, value in more.items():
        if isinstance(value, dict):
            _put(answers.setdefault(name, {}), value)
        else:
            assert answers.get(name) in (None, value), f"{name} is answered twice"
            answers[name] = value


def _merge(answers: dict, more: dict) -> None:
    """Arrays of numbers beside each other: of one array each may have some entries."""
    for name, value in more.items():
        known = answers.get(name)
        answers[name] = [b if a is None else a for a, b in zip(known, value, strict=True)] if known else value


def leaves(value, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of nested mappings and lists with its way; a null is nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from leaves(inner, (*path, str(number)))
    elif value is not None:
        yield path, value


def printed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Everything that the cases print to be answered: the page, and the way to it, formulas by their text."""
    for path in sorted(FOLDER.glob("*.yaml")):
        case = read_texts(path)
        for number, own in enumerate(case.get("problems", ()), 1):
            before = ("problems", str(number))
            yield from ((path.stem, way if way[0] == "slips" else (*before, *way)) for way in _printed(own))
        yield from ((path.stem, way) for way in _printed(case))


def _printed(own: dict) -> Iterator[tuple[str, ...]]:
    for key, value in own.items():
        if key == "slips":
            yield from (("slips", slip["printed"]) for slip in value)
        elif key == "formulas":
            yield from (("formulas", formula) for formula in value)
        elif key in BLOCKS:
            yield from ((key, *way) for way, _ in leaves(value))
        elif key not in NO_ANSWERS:
            yield key, str(value)


def as_yaml(value) -> str:
    """Mappings, lists and texts as YAML, a text as it stands: its digits are kept."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {as_yaml(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if value is None:
        return "null"
    return value if re.fullmatch(r"[-+.\w]+", value) else json.dumps(value, ensure_ascii=False)
