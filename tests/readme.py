"""The made parts of README.md: screens, tables of keys, the list of examples. `scripts/readme` writes them."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

from invoke import invoke

from gradcalc.problem.examples import examples
from gradcalc.problem.fields import TABLES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_SCREEN = re.compile(r"```console\n(\$ .*?)```\n", re.DOTALL)
_MADE = re.compile(r"(<!-- (keys|examples): .*? -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def made(text: str) -> str:
    """The text of the README with every made part as it is now."""
    with contextlib.chdir(ROOT):
        text = _SCREEN.sub(lambda match: f"```console\n{screen(match[1])}```\n", text)
    parts = {"keys": keys, "examples": listed}
    return _MADE.sub(lambda match: f"{match[1]}\n{parts[match[2]]()}\n{match[3]}", text)


def screen(block: str) -> str:
    """The commands of a block, each with what a person in a terminal of 80 columns sees of it."""
    return "\n".join(f"$ {command}\n{shown(command)}" for command in commands(block))


def commands(block: str) -> list[str]:
    """The lines of a block that begin with a prompt."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def shown(command: str) -> str:
    """What a command writes; `printf TEXT | gradcalc …` gives it TEXT as its input."""
    given, _, called = command.rpartition(" | ")
    stdin = shlex.split(given)[1].encode().decode("unicode_escape") if given else ""
    program, *arguments = shlex.split(called)
    assert program == "gradcalc", called
    # a problem file is as wide as it is
    fixed = "--format" in arguments or arguments[0] == "exercise"
    done = invoke(arguments if fixed else [*arguments, "--width", "80"], stdin)
    return done.stderr + done.stdout


def keys() -> str:
    """Every table of keys of the problem file."""
    return "\n".join(_table(name, table) for name, table in TABLES.items())


def _table(name: str, table: dict) -> str:
    rows = [f"| key of {name} | meaning | left out |", "|---|---|---|"]
    rows += [
        f"| `{key}` | {_cell(field.doc)} | {_cell(field.default or ('needed' if field.needed else ''))} |"
        for key, field in table.items()
    ]
    return "\n".join(rows) + "\n"


def listed() -> str:
    """The examples, each with what it shows."""
    rows = [f"| `configs/{example.name}.yaml` | {_cell(example.about)} |" for example in examples()]
    return "\n".join(["| file | shows |", "|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(made(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    print("made the screens and tables of README.md anew")
