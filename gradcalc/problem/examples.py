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
    """Every example, those of the folder itself before those of folders in it."""
    return [_example(name) for name in _names()]


def find(name: str) -> Example:
    """The example called `name`, with or without `.yaml`; a UsageError that lists the names if there is none."""
    name = name.removesuffix(".yaml")
    known = _names()
    if name not in known:
        from gradcalc.problem.suggest import hint  # noqa: PLC0415

        raise UsageError(f"no example is called '{name}'", hint=hint(name, known))
    return _example(name)


def default() -> str:
    """The path of the problem that is worked where none is named."""
    return _path(DEFAULT)


def _names() -> list[str]:
    found = []
    for where, _, files in os.walk(folder()):
        inside = os.path.relpath(where, folder())
        prefix = "" if inside == "." else f"{inside}/"
        found += [prefix + file.removesuffix(".yaml") for file in files if file.endswith(".yaml")]
    return sorted(found, key=lambda name: (name.count("/"), name))


def _path(name: str) -> str:
    return os.path.join(folder(), *f"{name}.yaml".split("/"))


def _example(name: str) -> Example:
    with open(_path(name), encoding="utf-8") as file:
        lines = file.read().splitlines()
    about = next((line.removeprefix(_ABOUT) for line in lines if line.startswith(_ABOUT)), "")
    return Example(name, _path(name), about)
