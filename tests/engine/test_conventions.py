"""What the table does where texts differ: joint forms, 0 · ln 0, bases of logarithms, ties, held probabilities."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from checks import settled, shares, value
from samples import SAMPLES, Sample, at

from gradcalc.engine import ops
from gradcalc.engine.ops import ACTIVATIONS, LOSSES, OPS

JOINT = [
    pytest.param(row, ACTIVATIONS[name], joint, id=f"{name}-{row.name}")
    for row in ops.losses.LOSSES
    for name, joint in row.joint.items()
]


@pytest.mark.parametrize(("row", "activation", "joint"), JOINT)
@pytest.mark.parametrize("t", [[1, 0, 0], [0, 0, 1], [0.2, 0.3, 0.5]])
def test_a_joint_form_is_finite_for_every_logit(row, activation, joint, t):
    z = [[1000, 0, -1000], [-1000, -1000, 1000], [40, -40, 0]]
    sample = Sample(at(z, [t] * 3).inputs, settled(row.op, at(z)))
    y = value(joint, sample)
    assert np.isfinite(y).all()
    for share in shares(joint, sample, np.ones(y.shape)):
        assert np.isfinite(share).all()


@pytest.mark.parametrize(("row", "activation", "joint"), JOINT)
def test_a_joint_form_equals_loss_after_activation(row, activation, joint):
    z, t = SAMPLES[joint.name][0].inputs[0], SAMPLES[row.op.name][1].inputs[1]
    for extra in (sample.attrs for sample in SAMPLES[row.op.name]):
        attrs = {**settled(row.op, at(z)), **extra}
        if row.joint_for(activation.name, attrs) is None:
            assert any(attrs[option] for option in row.apart)
            continue
        a = activation.forward(z)
        apart = row.op.forward(a, t, **attrs)
        g = np.cos(1 + np.arange(apart.size)).reshape(apart.shape)
        back = activation.vjps[0](row.op.vjps[0](g, apart, a, t, **attrs), a, z)
        np.testing.assert_allclose(joint.forward(z, t, **attrs), apart, rtol=1e-12)
        np.testing.assert_allclose(joint.vjps[0](g, apart, z, t, **attrs), back, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("name", "option", "chosen"), [("bce", "clip", 1e-7), ("cross_entropy", "normalize", True)])
def test_an_option_that_acts_between_activation_and_loss_keeps_them_apart(name, option, chosen):
    row = LOSSES[name]
    (activation,) = row.joint
    attrs = {key: default.default for key, default in row.op.options.items()}
    assert row.joint_for(activation, attrs) is not None
    assert row.joint_for(activation, {**attrs, option: chosen}) is None
    assert row.joint_for("tanh", attrs) is None


@pytest.mark.parametrize("p", [0.0, 1.0])
@pytest.mark.parametrize("name", ["bce", "binary_focal"])
def test_nothing_times_the_logarithm_of_nothing_is_nothing(name, p):
    sample = at([[p]], [[p]])
    assert value(OPS[name], sample) == 0
    assert shares(OPS[name], sample, np.ones((1, 1)))[0] == {"bce": 1 - 2 * p, "binary_focal": 0}[name]


@pytest.mark.parametrize("name", ["cross_entropy", "focal", "kl_div"])
def test_a_class_that_is_neither_expected_nor_predicted_costs_nothing_and_passes_nothing(name):
    sample = at([[1, 0]], [[1, 0]])
    assert value(OPS[name], sample) == 0
    share = shares(OPS[name], sample, np.ones(1))[0]
    assert share is not None
    assert share[0, 1] == 0


@pytest.mark.parametrize("name", sorted(name for name, op in OPS.items() if "log_base" in op.options))
@pytest.mark.parametrize("base", [2, 10])
def test_a_log_base_divides_value_and_gradient(name, base):
    for sample in SAMPLES[name]:
        natural = Sample(sample.inputs, {**sample.attrs, "log_base": None})
        other = Sample(sample.inputs, {**sample.attrs, "log_base": base})
        factor = math.log(base) ** (2 if name == "msle" else 1)
        y = value(OPS[name], natural)
        np.testing.assert_allclose(value(OPS[name], other) * factor, y, rtol=1e-14)
        for one, two in zip(
            shares(OPS[name], other, np.ones(y.shape)), shares(OPS[name], natural, np.ones(y.shape)), strict=True
        ):
            np.testing.assert_allclose(one * factor, two, rtol=1e-14)


@pytest.mark.parametrize("name", sorted(name for name, op in OPS.items() if "log_base" in op.options))
def test_natural_logarithms_are_written_without_a_base(name):
    form = OPS[name].form({key: option.default for key, option in OPS[name].options.items()})
    assert not any("base" in text for text in (form.formula, *form.rules) if text)


def test_a_held_probability_costs_as_much_as_the_end_it_is_held_at():
    sample = at([[0.0, 1.0, 1e-9]], [[1, 0, 1]], clip=1e-7)
    with mpmath.workdps(50):
        np.testing.assert_allclose(
            value(OPS["bce"], sample), [[float(-mpmath.log(mpmath.mpf("1e-7")))] * 3], rtol=1e-14
        )
    share = shares(OPS["bce"], sample, np.ones((1, 3)))[0]
    assert share is not None
    assert not share.any()


def test_of_equal_rivals_the_first_pays():
    sample = at([[0.5, 0.5, 0.5, 0.0]], [[0, 0, 0, 1]])
    np.testing.assert_array_equal(shares(OPS["categorical_hinge"], sample, np.ones(1))[0], [[1, 0, 0, -1]])
