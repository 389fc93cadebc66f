"""An entry that is written out term by term is the entry of the whole."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from checks import seed, settled, value
from samples import SAMPLES

from gradcalc.engine.book import parse
from gradcalc.engine.entries import Entries, TooLong
from gradcalc.engine.figures import figures
from gradcalc.engine.notation import text
from gradcalc.engine.ops import OPS

X, W, V = np.array([1.5, -2.0, 0.5]), np.array([[2.0, 4.0, 0.0], [3.0, -5.0, 1.0]]), np.array([0.25, -0.75])


def letter(name, index):
    return ast.Call(ast.Name("entry"), [ast.Name(name), ast.Constant(index)], []) if index else ast.Name(name)


@pytest.mark.parametrize("name", OPS)
def test_every_formula_and_every_rule_of_the_table_is_the_sum_of_its_entries(name):
    op = OPS[name]
    for sample in SAMPLES[name]:
        attrs = settled(op, sample)
        y = value(op, sample)
        names = {**attrs, **dict(zip(op.args, sample.inputs, strict=True)), "y": y, "g": seed(y)}
        form = op.form(attrs)
        for told in (form.formula, *form.rules):
            if told is not None:
                check_entries(parse(told), names)


def check_entries(tree, names):
    entries = Entries(names)
    whole = np.asarray(entries.value(tree), dtype=float)
    for index in np.ndindex(*whole.shape):
        try:
            entry = entries.at(tree, index, lambda name, at: ast.Constant(float(np.asarray(names[name])[at])))
        except TooLong:
            continue
        for written in (entry, figures(entry)):
            found = Entries({}).value(written)
            assert np.isclose(found, whole[index], rtol=1e-9, atol=1e-14, equal_nan=True), ast.unparse(written)


@pytest.mark.parametrize(
    ("formula", "index", "printed"),
    [
        ("W @ x", (1,), "W[2,1] x[1] + W[2,2] x[2] + W[2,3] x[3]"),
        ("W.T @ v", (2,), "W[1,3] v[1] + W[2,3] v[2]"),
        ("v @ x.T", (1, 2), "v[2] x[3]"),
        ("W @ one_before(tail(x))", (0,), "W[1,1] · 1 + W[1,2] x[2] + W[1,3] x[3]"),
        ("total(v**2)", (), "v[1]² + v[2]²"),
        ("x * (1 - x)", (0,), "x[1] (1 − x[1])"),
        ("stack(unit(x, 2), exp(unit(v, 0)))", (1,), "exp(v[1])"),
    ],
)
def test_an_entry_is_told_in_the_entries_that_it_is_made_of(formula, index, printed):
    entries = Entries({"W": W, "x": X, "v": V}, column=True)
    assert text(entries.at(parse(formula), index, letter)) == printed


def test_more_terms_than_anybody_reads_are_refused():
    with pytest.raises(TooLong):
        Entries({"x": np.ones(50)}).at(parse("total(x)"), (), letter)
