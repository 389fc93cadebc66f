"""The ops table: what is shown of every row equals what is computed, and both are right."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from checks import CHECKS, check_kink, plain, value
from samples import KINKS, SAMPLES

from gradcalc.engine import ops
from gradcalc.engine.ops import ACTIVATIONS, LOSSES, OPS
from gradcalc.engine.ops.losses import TARGETS

CASES = [
    pytest.param(OPS[name], sample, id=f"{name}-{plain(sample.attrs)}-{i}")
    for name, samples in SAMPLES.items()
    if name in OPS
    for i, sample in enumerate(samples)
]
ON_KINKS = [
    pytest.param(OPS[name], kink, id=f"{name}-{plain(kink.attrs)}-{i}")
    for name, kinks in KINKS.items()
    for i, kink in enumerate(kinks)
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize(("op", "sample"), CASES)
def test_a_row_of_the_table_passes(op, sample, check):
    check(op, sample)


@pytest.mark.parametrize(("op", "kink"), ON_KINKS)
def test_on_a_kink_the_slope_is_the_stated_one_and_the_place_is_marked(op, kink):
    check_kink(op, kink)


def test_every_op_has_example_inputs():
    assert set(OPS) == set(SAMPLES)


def test_every_op_that_marks_kinks_has_an_example_on_one():
    marking = {name for name, op in OPS.items() if op.kinks is not None}
    marked = {name for name, kinks in KINKS.items() if any(kink.marked for kink in kinks)}
    # a sigmoid is never exactly at a clip that can be written down
    assert marking - {"bce_with_logits"} == marked


@pytest.mark.parametrize("name", sorted(OPS))
def test_every_option_is_tried_and_described(name):
    for option, row in OPS[name].options.items():
        assert row.doc
        tried = [sample.attrs[option] for sample in SAMPLES[name] if option in sample.attrs]
        assert any(choice != row.default for choice in tried), f"{option} is never set"


# names


def test_no_two_ops_have_the_same_name():
    held = {id(op): op.name for module in ops.modules() for op in ops.rows(module)}
    assert [name for name, count in Counter(held.values()).items() if count > 1] == []


def test_no_two_activations_go_by_the_same_name():
    rows = {op.name: op for op in OPS.values() if op.family == "activation"}
    names = [name for op in rows.values() for name in (op.name, *op.aliases)]
    assert sorted(names) == sorted(set(names)) == sorted(ACTIVATIONS)


def test_no_two_losses_go_by_the_same_name():
    names = [name for row in ops.losses.LOSSES for name in (row.name, *row.aliases)]
    assert sorted(names) == sorted(set(names)) == sorted(LOSSES)


NAMES_OF_ACTIVATIONS = """
identity linear sigmoid logistic tanh relu leaky_relu elu selu celu gelu gelu_tanh silu swish mish softplus softsign
hardtanh hardsigmoid hardswish relu6 logsigmoid step sign exp square sin cos softmax log_softmax
"""


def test_the_activations_are_those_of_the_contract():
    assert set(ACTIVATIONS) == set(NAMES_OF_ACTIVATIONS.split())


def test_the_losses_are_those_of_the_contract_with_their_defaults():
    told = {
        "squared_error rss sse l2": ("sum", "sum"),
        "half_squared_error half_sse": ("sum", "sum"),
        "absolute_error": ("sum", "sum"),
        "mse": ("mean", "mean"),
        "half_mse": ("mean", "mean"),
        "mae l1": ("mean", "mean"),
        "huber": ("mean", "mean"),
        "smooth_l1": ("mean", "mean"),
        "log_cosh": ("mean", "mean"),
        "mape": ("mean", "mean"),
        "msle": ("mean", "mean"),
        "bce": ("mean", "mean"),
        "bce_with_logits": ("mean", "mean"),
        "binary_focal": ("mean", "mean"),
        "binary_focal_with_logits": ("mean", "mean"),
        "hinge": ("mean", "mean"),
        "squared_hinge": ("mean", "mean"),
        "poisson_nll": ("mean", "mean"),
        "gaussian_nll": ("mean", "mean"),
        "cross_entropy cce": (None, "mean"),
        "cross_entropy_with_logits": (None, "mean"),
        "focal": (None, "mean"),
        "focal_with_logits": (None, "mean"),
        "nll": (None, "mean"),
        "kl_div": (None, "mean"),
        "multiclass_hinge": ("sum", "mean"),
        "categorical_hinge": (None, "mean"),
        "cosine_similarity": (None, "mean"),
        "cosine_distance": (None, "mean"),
        "dice": (None, None),
    }
    found = {" ".join((row.name, *row.aliases)): (row.outputs, row.reduction) for row in ops.losses.LOSSES}
    assert found == told


@pytest.mark.parametrize("row", ops.losses.LOSSES, ids=lambda row: row.name)
def test_a_loss_has_the_shape_of_its_level(row):
    prediction = SAMPLES[row.op.name][0].inputs[0]
    shape = {"output": prediction.shape, "sample": prediction.shape[:1], "all": ()}[row.level]
    assert value(row.op, SAMPLES[row.op.name][0]).shape == shape


@pytest.mark.parametrize("row", ops.losses.LOSSES, ids=lambda row: row.name)
def test_a_loss_takes_the_targets_of_its_samples(row):
    assert row.refuses(SAMPLES[row.op.name][0].inputs[1]) is None


MEANINGLESS = (
    ("hinge", 0.0),
    ("hinge", 2.0),
    ("bce", 1.5),
    ("bce", -1.0),
    ("poisson_nll", -1.0),
    ("cross_entropy", -0.5),
    ("multiclass_hinge", 0.5),
    ("multiclass_hinge", 1.0),
    ("dice", 2.0),
)


@pytest.mark.parametrize(("name", "target"), MEANINGLESS)
def test_a_target_that_a_loss_cannot_mean_is_refused_in_words(name, target):
    told = LOSSES[name].refuses(np.full((1, 2), target))
    assert told == TARGETS[LOSSES[name].target].words
    assert told
