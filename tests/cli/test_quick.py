"""A command line that is plainly in order is read as Typer reads it, and any other is left to Typer."""

from __future__ import annotations

import shlex
from importlib import import_module

import pytest

from gradcalc.cli.app import app
from gradcalc.cli.quick import read

IN_ORDER = [
    "forward",
    "forward net.yaml",
    "forward -",
    "backward net.yaml --locals --of 'a1[2]' -p 3",
    "backward -x '-1 2' -y 1 -w '1 2; 3 4' -w '1 2' -b -3.5 -b none -a relu -a sigmoid",
    "backward --format=json --set layers.1.units=2 --set=loss=mse --index-base 0 --ascii",
    "shapes --derivatives net.yaml --width 40 --color never -o out.txt --force",
    "optimize --optimizer adam --steps 2 --lr 0.1 --beta1 .9 --alpha 0.5 --tol 1e-6 --tol-on loss --show 2,3",
    "optimize net.yaml --optimizer sgd --optimizer adam",
]

LEFT_TO_TYPER = [
    "",
    "--help",
    "forwards",
    "ops sigmoid",
    "forward --help",
    "forward a.yaml b.yaml",
    "forward --nonsense",
    "forward -p three",
    "forward -p",
    "forward -fjson",
    "forward --ascii=yes",
    "forward -- -net.yaml",
    "optimize --tol much",
]


def heard(arguments, run, monkeypatch):
    """What reaches the command."""
    module = import_module("gradcalc.cli.optimize" if arguments[0] == "optimize" else "gradcalc.cli.run")
    calls = []
    monkeypatch.setattr(module, arguments[0], lambda file, choices: calls.append((file, vars(choices))))
    run()
    (call,) = calls
    return call


@pytest.mark.parametrize("line", IN_ORDER)
def test_a_line_that_is_in_order_says_the_same_to_both(line, monkeypatch):
    arguments = shlex.split(line)
    call = read(arguments)
    assert call is not None
    quick = heard(arguments, call, monkeypatch)
    assert quick == heard(arguments, lambda: app(args=arguments, standalone_mode=False), monkeypatch)


@pytest.mark.parametrize("line", LEFT_TO_TYPER)
def test_any_other_line_is_left_to_typer(line):
    assert read(shlex.split(line)) is None
