"""Compares the JSON of gradcalc with the numbers of the worked cases, digit by digit as they are written there.

A case file is read as texts, never as floats: how many digits a page prints is part of what it says.
"""

from __future__ import annotations

import os
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from texts import composed, texts

FULL_DIGITS = 14
FULL_TOLERANCE = Fraction(1, 10**13)
ULPS = Fraction(4, 2**52)


def cases_folder() -> Path:
    """Where the worked cases are: GRADCALC_CASES, or `shared/cases` beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "cases"
    return Path(os.environ.get("GRADCALC_CASES", beside))


class Case(NamedTuple):
    """One problem of the worked cases: its file's text, the commands asked of it, the numbers printed for it."""

    name: str
    problem: str
    asks: tuple[str, ...]
    expect: dict
    exact: dict


def read_cases(folder: Path) -> list[Case]:
    """Every problem of the folder that is a network of layers."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in _cases_of(path)]


def _cases_of(path: Path) -> list[Case]:
    top = composed(path)
    entries = _entries(top)
    several = entries["problems"].value if "problems" in entries else [top]
    found = []
    for position, node in enumerate(several, 1):
        own = _entries(node)
        if "problem" not in own or "layers" not in _entries(own["problem"]):
            continue
        parts = {key: texts(own[key]) for key in ("ask", "expect", "exact") if key in own}
        name = path.stem if node is top else f"{path.stem} {position}"
        problem = yaml.serialize(own["problem"], allow_unicode=True)
        found.append(Case(name, problem, tuple(parts["ask"]), parts.get("expect", {}), parts.get("exact", {})))
    return found


class Functions(NamedTuple):
    """Functions of the worked cases: their text, and what is printed of their derivatives in letters and in numbers."""

    name: str
    problem: str
    formulas: tuple[str, ...]
    expect: dict
    exact: dict


def read_functions(folder: Path) -> list[Functions]:
    """Every problem of the folder that is functions."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        top = composed(path)
        entries = _entries(top)
        for position, node in enumerate(entries["problems"].value if "problems" in entries else [top], 1):
            own = _entries(node)
            if "problem" in own and "functions" in _entries(own["problem"]):
                parts = {key: texts(own[key]) for key in ("formulas", "expect", "exact") if key in own}
                problem = yaml.serialize(own["problem"], allow_unicode=True)
                formulas = tuple(parts.get("formulas", ()))
                name = f"{path.stem} {position}"
                found.append(Functions(name, problem, formulas, parts.get("expect", {}), parts.get("exact", {})))
    return found


def printed_formula(written: str) -> tuple[str, list[str]]:
    """What a page prints of a quantity: its name, and the forms that are said to be equal."""
    name, *forms = written.removesuffix(", the same both ways").split(" = ")
    return name, forms


def same_letters(one: str, other: str) -> bool:
    """Whether two texts are the same but for spaces and the order of terms; lists are compared entry by entry."""
    one, other = (text.replace(" ", "").replace("′", "'") for text in (one, other))
    if one.startswith("[") and other.startswith("["):
        left, right = _entries_of(one[1:-1]), _entries_of(other[1:-1])
        return len(left) == len(right) and all(map(same_letters, left, right))
    quotients = (_split(one, "/"), _split(other, "/"))
    if all(len(parts) > 1 for parts in quotients):
        return len(quotients[0]) == len(quotients[1]) and all(map(same_letters, *quotients))
    if any(text.startswith("(") and _matching(text) == len(text) - 1 for text in (one, other)):
        return same_letters(_unbracketed(one), _unbracketed(other))
    return sorted(_terms(one)) == sorted(_terms(other))


def _split(text: str, sign: str) -> list[str]:
    """The parts of a text between signs that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _entries_of(text: str) -> list[str]:
    return _split(text, ",")


def _matching(text: str) -> int:
    """Where the bracket that opens a text is closed."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return position
    return -1


def _unbracketed(text: str) -> str:
    return text[1:-1] if text.startswith("(") and _matching(text) == len(text) - 1 else text


def _terms(text: str) -> list[str]:
    """The terms of a sum with their signs."""
    terms, depth = ["+"], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter in "+−" and not depth:
            terms.append(letter)
        else:
            terms[-1] += letter
    return [term for term in terms if len(term) > 1]


class Training(NamedTuple):
    """A run of an optimizer that the worked cases ask for: its arguments, and what is printed of its steps."""

    name: str
    problem: str
    arguments: tuple[str, ...]
    expect: dict[Entry, str]
    slips: dict[Entry, tuple[str, str]]


class Entry(NamedTuple):
    """One number of a run: `m` of `w1` after a step; the parameters themselves are the quantity `parameters`."""

    step: str
    quantity: str
    parameter: str


@cache
def read_trainings(folder: Path) -> list[Training]:
    """Every run of the folder's problems that are parameters with their gradients."""
    return [run for path in sorted(folder.glob("*.yaml")) for run in _trainings_of(path)]


def _trainings_of(path: Path) -> list[Training]:
    top = composed(path)
    entries = _entries(top)
    found = []
    for node in entries["problems"].value if "problems" in entries else [top]:
        own = _entries(node)
        if "problem" not in own or "parameters" not in _entries(own["problem"]):
            continue
        parts, parameters = texts(node), texts(own["problem"])["parameters"]
        problem = yaml.serialize(own["problem"], allow_unicode=True)
        for label, written in parts.get("expect", {}).items():
            slips = [slip for slip in parts.get("slips", ()) if slip["optimizer"] == label.split()[0]]
            name, arguments = f"{path.stem}, {label}", _arguments(label, parts["ask"])
            found.append(Training(name, problem, arguments, _steps(written, parameters), _slips(slips)))
    return found


def _arguments(label: str, asks: list[str]) -> tuple[str, ...]:
    """How a run is asked for that a page calls `rmsprop (rho 0.9, eps 1e-8 inside the root)`, or `with correction`."""
    if label.startswith("with"):
        (ask,) = (ask for ask in asks if ("false" in ask) == label.startswith("without"))
        return tuple(ask.split()[1:])
    name, _, settings = label.removesuffix(")").partition(" (")
    arguments = ["--optimizer", name]
    for setting in settings.split(", ") if settings else ():
        numbered = re.fullmatch(r"(\w+) (\S*\d\S*)( inside the root)?", setting)
        if numbered is None:
            arguments += ["--form", setting]
            continue
        arguments += [f"--{numbered[1]}", numbered[2], *(["--eps-place", "inside"] if numbered[3] else [])]
    return tuple(arguments)


def _steps(written: dict, parameters: dict) -> dict[Entry, str]:
    """The printed numbers, which stand by step and quantity or, of a single parameter, by quantity and step."""
    found = {}
    for first, rest in written.items():
        for second, value in rest.items():
            if not first.isdecimal():
                (only,) = parameters
                found[Entry(second, first, only)] = value
            elif second in parameters:
                found[Entry(first, "parameters", second)] = value
            else:
                found.update({Entry(first, second, name): text for name, text in value.items()})
    return found


def _slips(slips: list[dict]) -> dict[Entry, tuple[str, str]]:
    """What is misprinted, and what would be right, where both are numbers of a run."""
    found = {}
    for slip in slips:
        named = re.fullmatch(r"(\w+) of (\w+)", slip.get("quantity", ""))
        if named is not None:
            found[Entry(slip["step"], *named.groups())] = slip["printed"], slip["right"]
    return found


def entry_of(record: dict, entry: Entry) -> float:
    """A number of a JSON object of `optimize`."""
    (step,) = (step for step in record["steps"] if str(step["step"]) == entry.step)
    return {**step["state"], "parameters": step["parameters"]}[entry.quantity][entry.parameter]


def step_faults(expect: dict[Entry, str], record: dict) -> list[str]:
    """What differs between printed numbers and a JSON object of `optimize`; empty if nothing does."""
    return [
        f"step {entry.step}: {entry.quantity} of {entry.parameter}: {text} is printed, {true!r} is computed"
        for entry, text in expect.items()
        if not is_printed(text, true := entry_of(record, entry))
    ]


def _entries(node: yaml.Node) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def faults(case: Case, result: dict) -> list[str]:
    """What differs between the case's numbers and a JSON object of `forward` or `backward`; empty if nothing does."""
    found = []
    for expected, agrees in ((case.expect, is_printed), (case.exact, is_exact)):
        for name, written in expected.items():
            quantity = look_up(name, result)
            if quantity is None:
                found.append(f"{name}: not in the result")
            else:
                found += _differences(name, squeeze(written), squeeze(quantity), agrees)
    return found


def missing(faults_found: list[str]) -> list[str]:
    return [fault for fault in faults_found if fault.endswith("not in the result")]


def look_up(name: str, result: dict):
    """The quantity that a page calls `name`: a value, a loss, or after a `d` a gradient; None if there is none."""
    if name == "yhat":
        return result["values"][result["output"]]
    if name in result["values"]:
        return result["values"][name]
    if name in ("L", "sample_losses"):
        return result["loss" if name == "L" else name]
    return result.get("gradients", {}).get(name.removeprefix("d")) if name.startswith("d") else None


def squeeze(array):
    """Nested lists without their axes of length 1."""
    if not isinstance(array, list):
        return array
    items = [squeeze(item) for item in array]
    return items[0] if len(items) == 1 else items


def _differences(name: str, written, true, agrees) -> list[str]:
    if written is None:
        return []
    if isinstance(written, list) != isinstance(true, list):
        return [f"{name}: {written} has another shape than {true}"]
    if not isinstance(written, list):
        return [] if agrees(written, true) else [f"{name}: {written} is printed, {true!r} is computed"]
    if len(written) != len(true):
        return [f"{name}: {len(written)} entries are printed, {len(true)} computed"]
    return [
        fault
        for position, (text, value) in enumerate(zip(written, true, strict=True), 1)
        for fault in _differences(f"{name}[{position}]", text, value, agrees)
    ]


def unit(text: str) -> Decimal:
    """One unit in the last written digit."""
    return Decimal((0, (1,), Decimal(text).as_tuple().exponent))


def is_printed(text: str, true: float) -> bool:
    """Whether the text is the true value, rounded or truncated to the digits of the text; `0` is only an exact 0."""
    return true == 0 if text == "0" else Decimal(text) in (*_rounded(text, true), _truncated(text, true))


def is_exact(text: str, true: float) -> bool:
    """Whether the text is the true value: in full where it has the digits for that, else rounded to its digits."""
    if text == "0":
        return true == 0
    written = Decimal(text)
    if len(written.as_tuple().digits) < FULL_DIGITS:
        return written in _rounded(text, true)
    return abs(Fraction(written) - Fraction(true)) <= FULL_TOLERANCE * abs(Fraction(written))


def _rounded(text: str, true: float) -> list[Decimal]:
    """The true value at the digits of the text; two of them where the last bits of a float decide."""
    return [_scaled(true, 1 + sign * ULPS).quantize(unit(text), ROUND_HALF_UP) for sign in (-1, 1)]


def _truncated(text: str, true: float) -> Decimal:
    """The true value cut off; what is 0.08 but for the last bits of a float is not 0.07."""
    return _scaled(true, 1 + ULPS).quantize(unit(text), ROUND_DOWN)


def _scaled(value: float, factor: Fraction) -> Decimal:
    scaled = Fraction(value) * factor
    return Decimal(scaled.numerator) / Decimal(scaled.denominator)
