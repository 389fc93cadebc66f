"""What may have been meant."""

import pytest

from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.problem.draw import SCHEMES
from gradcalc.problem.fields import TABLES
from gradcalc.problem.suggest import OTHER_KEYS, OTHER_VALUES, hint, nearest
from gradcalc.training.optimizers import OPTIMIZERS

KEYS = {key for rows in TABLES.values() for key in rows}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("activaton", "a layer", "activation"),
        ("Activation", "a layer", "activation"),
        ("weight", "a layer", "weights"),
        ("biases", "a layer", "bias"),
        ("W", "a layer", "weights"),
        ("b", "a layer", "bias"),
        ("n", "a layer", "units"),
        ("bias-shared", "a layer", "bias_shared"),
        ("x", "the file", "input"),
        ("y", "the file", "target"),
        ("cost", "the file", "loss"),
        ("weight_decay", "the file", "penalty"),
        ("precision", "the file", "rounding"),
        ("params", "the file", "parameters"),
        ("optim", "the file", "optimizer"),
        ("epochs", "the file", "steps"),
        ("freeze", "an optimizer", "frozen"),
        ("zzz", "the file", None),
        ("", "the file", None),
    ],
)
def test_a_key_is_found_by_its_spelling_or_by_another_name_of_it(word, known, meant):
    assert nearest(word, TABLES[known]) == meant


@pytest.mark.parametrize("row", [*OTHER_KEYS, *OTHER_VALUES])
def test_other_names_lead_to_names_that_exist(row):
    values = {*ACTIVATIONS, *LOSSES, *SCHEMES, *OPTIMIZERS, "out_in", "in_out", "sum", "mean"}
    options = {key for op in [*ACTIVATIONS.values(), *(row.op for row in LOSSES.values())] for key in op.options}
    options |= {key for row in OPTIMIZERS.values() for key in row.hyper}
    assert row in (KEYS | options if row in OTHER_KEYS else values)


def test_a_name_is_never_another_name_for_something_else():
    for ours, others in OTHER_VALUES.items():
        assert not {*others} & {*ACTIVATIONS, *LOSSES, *OPTIMIZERS} - {ours}, ours


def test_where_nothing_is_near_everything_that_is_allowed_is_listed():
    assert hint("zzz", ["to", "when"]) == "one of to, when"
    assert hint("zzz", ["name"]) == "only name belongs there"


def test_a_word_of_a_megabyte_is_not_compared():
    assert nearest("a" * 1_000_000, TABLES["the file"]) is None
