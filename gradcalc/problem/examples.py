"""The problem files that come with gradcalc."""

from __future__ import annotations

import os
from typing import NamedTuple

from gradcalc.errors import UsageError

DEFAULT = "example"
_ABOUT = "# About: "


class Example(NamedTuple):
    """A problem file that comes along: its name, its path, and in one sentence what it shows."""

    name: str
    path: str
    about: str


def folder() -> str:
    """Where the files are: inside the installed package, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "configs")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), "configs")


def examples() -> list[Example]:
    """Every example, by name."""
    return [find(file.removesuffix(".yaml")) for file in sorted(os.listdir(folder())) if file.endswith(".yaml")]


def find(name: str) -> Example:
    """The example called `name`, with or without `.yaml`; a UsageError that lists the names if there is none."""
    name = name.removesuffix(".yaml")
    path = os.path.join(folder(), f"{name}.yaml")
    known = [file.removesuffix(".yaml") for file in sorted(os.listdir(folder())) if file.endswith(".yaml")]
    if name not in known:
        from gradcalc.problem.suggest import nearest  # noqa: PLC0415

        near = nearest(name, known)
        hint = f"did you mean '{near}'?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"no example is called '{name}'", hint=hint)
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    about = next((line.removeprefix(_ABOUT) for line in lines if line.startswith(_ABOUT)), "")
    return Example(name, path, about)
