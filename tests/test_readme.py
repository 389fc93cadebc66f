"""The README says what the code does."""

from __future__ import annotations

import re

import pytest
from readme import README, ROOT, commands, made, screen

from gradcalc.cli.app import COMMANDS
from gradcalc.cli.options import NETWORK, OUTPUT
from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.training.optimizers import OPTIMIZERS

TEXT = README.read_text(encoding="utf-8")
SCREENS = re.findall(r"```console\n(\$ .*?)```\n", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", SCREENS, ids=lambda block: commands(block)[0])
def test_a_screen_in_the_readme_is_what_the_command_prints(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert screen(block) == block


def test_the_tables_of_keys_and_examples_are_those_of_the_code():
    assert made(TEXT) == TEXT


def test_every_command_is_in_the_readme():
    assert [name for name in COMMANDS if f"`gradcalc {name}" not in TEXT] == []


def test_every_shared_option_is_in_the_readme():
    assert [row.name for row in (*NETWORK, *OUTPUT) if row.flags[0] not in TEXT] == []


def test_every_activation_loss_and_optimizer_is_in_the_readme():
    words = set(re.findall(r"\w+", TEXT))
    named = [row.name for table in (ACTIVATIONS, LOSSES, OPTIMIZERS) for row in table.values()]
    assert sorted(set(named) - words) == []


def test_the_python_in_the_readme_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - the README's own example
