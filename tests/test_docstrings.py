"""Every example in a docstring gives what stands there."""

from __future__ import annotations

import ast
import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import gradcalc
from gradcalc.engine import book

ROOT = Path(gradcalc.__file__).parent
GIVEN = {"ast": ast, "book": book, "np": np}
MODULES = [
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(ROOT.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_hold(module):
    done = doctest.testmod(import_module(module), extraglobs=GIVEN)
    assert done.attempted
    assert not done.failed


def test_an_example_that_does_not_hold_would_be_seen():
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner(verbose=False).run(example, out=lambda _: None).failed == 1
