"""What is shown of an optimizer, read as a person reads it, gives the numbers that were computed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from optimizer_checks import same, walk
from paper import Reader, Sheet
from turns import in_turn
from variants import ROWS, Hypers, told, variants

from gradcalc.study import updates
from gradcalc.study.unrolled import closed_form, unrolled
from gradcalc.training.optimizer import Optimizer

ARROW = re.compile(r" [←=] ")
GIVEN = ("w", "g", "t", "loss")


def read(line: str, numbers: dict[str, Any]) -> Any:
    """The value of the right-hand side, where the signs on it have these numbers."""
    text = ARROW.split(line, maxsplit=1)[1]
    return Sheet(numbers, {}).value(Reader({sign: sign for sign in numbers}).read(text))


def with_powers(numbers: dict[str, Any], t: int) -> dict[str, Any]:
    """The numbers by their signs, and those of signs that a person puts together."""
    powers = {f"{sign}ᵗ": value**t for sign, value in numbers.items() if isinstance(value, float)}
    norm = {"‖g‖": np.linalg.norm(numbers["g"])} if "g" in numbers else {}
    return {**numbers, **powers, **norm, "t": t}


def signed(row: Optimizer, values: dict[str, Any]) -> dict[str, Any]:
    signs = updates.signs(row)
    return {signs.get(name, name): value for name, value in values.items() if not isinstance(value, str)}


each_row = in_turn("name", ROWS, ["momentum", "adam", "nadam", "rprop"])


@each_row
def test_every_line_of_an_update_is_what_is_computed(name):
    for hyper in variants(ROWS[name]):
        check_lines(ROWS[name], hyper)


def check_lines(row: Optimizer, hyper: Hypers) -> None:
    lines = [line.text for line in updates.told(row, hyper)]
    for given, found in walk(row, hyper):
        numbers = signed(row, {**hyper, **given["state"], **{key: given[key] for key in GIVEN if key in given}})
        for line, (key, value) in zip(lines, found.items(), strict=True):
            sign = ARROW.split(line, maxsplit=1)[0]
            numbers[sign] = read(line, with_powers(numbers, given["t"]))
            same(numbers[sign], given["w"] + value if key == "update" else value, f"{told(hyper)}: {line}")


@each_row
def test_every_unrolled_line_is_what_is_computed(name):
    row = ROWS[name]
    for hyper in variants(row):
        steps, state = [], {key: np.full(3, row.start(key, hyper)) for key in row.state(hyper)}
        for t, g in enumerate(np.cos(np.arange(12.0)).reshape(4, 3), start=1):
            found = row.update(np.ones(3), g, t, state, **hyper, **({"loss": 1.0} if row.needs_loss else {}))
            state = {key: found[key] for key in state}
            steps.append({"g": g, **found})
            for line in (form.text for form in unrolled(row, hyper, t)):
                gradients = {f"g_{i}": step["g"] for i, step in enumerate(steps, start=1)}
                key = entry(row, line, found)
                same(read(line, {**signed(row, hyper), **gradients}), found[key], f"{told(hyper)}: {line}")


@each_row
def test_every_closed_form_is_what_is_computed(name):
    row, constant = ROWS[name], np.array([2.0, -0.3, 0.7])
    for hyper in variants(row):
        letter = "g" if "G" in row.state(hyper) else "G"
        state = {key: np.full(3, row.start(key, hyper)) for key in row.state(hyper)}
        for t in range(1, 8):
            found = row.update(np.ones(3), constant, t, state, **hyper, **({"loss": 1.0} if row.needs_loss else {}))
            state = {key: found[key] for key in state}
            singles = {key: value for key, value in found.items() if isinstance(value, float)}
            numbers = {**with_powers(signed(row, {**hyper, **singles}), t), letter: constant}
            for line in (form.text for form in closed_form(row, hyper)):
                same(read(line, numbers), found[entry(row, line, found)], f"{told(hyper)}: {line}")


def entry(row: Optimizer, line: str, found: dict[str, Any]) -> str:
    """The name of what a line such as `m̂_3 = …` is about."""
    sign = ARROW.split(line, maxsplit=1)[0].rpartition("_")[0]
    signs = updates.signs(row)
    return next(name for name in found if signs.get(name, name) == sign)
