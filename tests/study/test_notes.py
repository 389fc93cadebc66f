"""What is said beside the numbers: kinks that are hit, pairs that hardly anybody means, what a joint form passes by."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from networks import KINKS, NETS, examples, problem

from gradcalc.problem.load import loads
from gradcalc.solution import solve
from gradcalc.study.notes import notes


def told(written: str, *, gradients: bool = True) -> list[str]:
    return notes(solve(loads(written), gradients=gradients))


def layer(activation: str, loss: str = "mse", z: str = "[0.3, 0.4]", target: str = "[1, 0]") -> str:
    """A layer whose z is given."""
    layers = f"[{{weights: [[1, 0], [0, 1]], activation: {activation}}}]"
    return f"{{input: {z}, target: {target}, loss: {loss}, layers: {layers}}}"


@examples(100)
@given(NETS)
def test_off_all_kinks_no_kink_is_said(net):
    assert not [note for note in notes(solve(problem(net))) if "kink" in note]


@pytest.mark.parametrize(
    ("activation", "z", "title", "slope"),
    [
        ("relu", 0, "ReLU", "0"),
        ("leaky_relu", 0, "leaky ReLU", "0.01"),
        ("{name: elu, alpha: 2.5}", 0, "ELU", "2.5"),
        ("selu", 0, "SELU", "1.7581"),
        ("hardtanh", 1, "hard tanh", "0"),
        ("{name: hardtanh, min: -0.5, max: 3}", -0.5, "hard tanh", "0"),
        ("hardsigmoid", 3, "hard sigmoid", "0"),
        ("hardswish", 3, "hard swish", "1"),
        ("hardswish", -3, "hard swish", "0"),
        ("relu6", 6, "ReLU6", "0"),
        ("step", 0, "step", "0"),
        ("sign", 0, "sign", "0"),
        ("[tanh, relu]", 0, "the unit's activation", "0"),
    ],
)
def test_a_value_on_a_kink_is_said_with_the_slope_that_is_taken_there(activation, z, title, slope):
    (note,) = told(layer(activation, z=f"[0.3, {z}]"))
    assert note == f"z1[2] = {z} sits exactly on a kink of {title}; the slope there is taken as {slope}"


def test_every_activation_with_a_bend_is_among_the_kinks_or_smooth_by_its_slopes():
    for name, points in KINKS.items():
        for point in points:
            found = told(layer(name, z=f"[0.3, {point}]"))
            smooth = name in ("elu", "celu", "softsign")
            assert bool(found) is not smooth, name


def test_several_values_on_a_kink_are_counted_and_the_first_is_named():
    written = layer("relu", z="[[0.5, 0], [0, 0]]", target="[[1, 0], [1, 0]]")
    assert told(written) == ["z1[1,2] = 0 (and 2 more) sits exactly on a kink of ReLU; the slope there is taken as 0"]


def test_indices_of_a_kink_count_as_the_problem_counts():
    (note,) = told(layer("relu", z="[0.3, 0]").replace("{input", "{index_base: 0, input"))
    assert note.startswith("z1[1] = 0 ")


@pytest.mark.parametrize(
    ("loss", "z", "target", "title"),
    [
        ("mae", "[1, 0.5]", "[1, 0]", "absolute error"),
        ("mape", "[1, 0.5]", "[1, 2]", "absolute percentage error"),
        ("{name: smooth_l1, beta: 0}", "[1, 0.5]", "[1, 0]", "smooth L1"),
        ("hinge", "[1, 0.5]", "[1, 1]", "hinge loss"),
        ("{name: hinge, margin: 0.5}", "[0.5, 0.2]", "[1, 1]", "hinge loss"),
        ("multiclass_hinge", "[1, 0]", "[1, 0]", "multiclass hinge loss"),
        ("{name: bce, clip: 0.25}", "[0.25, 0.5]", "[1, 0]", "binary cross-entropy"),
    ],
)
def test_a_prediction_on_a_kink_of_the_loss_is_said(loss, z, target, title):
    found = [note for note in told(layer("tanh", loss, z, target).replace(", activation: tanh", "")) if "kink" in note]
    assert len(found) == 1
    assert re.fullmatch(rf"a1\[\d\] = .* sits exactly on a kink of {title}; .*", found[0])


@pytest.mark.parametrize("loss", ["mse", "huber", "smooth_l1", "squared_hinge", "log_cosh"])
def test_a_smooth_loss_has_no_kink_at_its_target(loss):
    target = "[1, -1]"
    assert not [note for note in told(layer("identity", loss, "[1, -1]", target)) if "kink" in note]


def test_a_weight_of_0_under_an_l1_penalty_is_on_a_kink_and_is_named():
    written = layer("tanh").replace("{input", "{penalty: {l1: 0.1}, input")
    (note,) = told(written)
    assert note.startswith("W1[1,2] = 0 (and 1 more) sits exactly on a kink of the L1 penalty")
    folded = written.replace("[[1, 0], [0, 1]]", "[[0, 1, 0], [0, 2, 1]], bias_column: first")
    (note,) = told(folded)
    assert note.startswith("an entry of W1 = 0 sits exactly on a kink of the L1 penalty")


USUAL = (
    ("sigmoid", "bce"),
    ("softmax", "cross_entropy"),
    ("log_softmax", "nll"),
    ("identity", "mse"),
    ("identity", "bce_with_logits"),
    ("identity", "cross_entropy_with_logits"),
    ("sigmoid", "mse"),
    ("tanh", "hinge"),
    ("relu", "mse"),
)


@pytest.mark.parametrize(("activation", "loss"), USUAL)
def test_a_usual_pair_is_not_spoken_about(activation, loss):
    target = "[1, -1]" if loss == "hinge" else "[1, 0]"
    assert told(layer(activation, loss, target=target)) == []


@pytest.mark.parametrize(
    ("activation", "loss", "word"),
    [
        ("softmax", "mse", "cross_entropy is the usual partner"),
        ("softmax", "half_squared_error", "cross_entropy is the usual partner"),
        ("softmax", "bce", "cross_entropy is the usual partner"),
        ("sigmoid", "cross_entropy", "bce is the usual partner"),
        ("identity", "bce", "bce_with_logits takes it as it is"),
    ],
)
def test_an_unusual_pair_is_said_with_its_usual_partner(activation, loss, word):
    (note,) = told(layer(activation, loss))
    assert word in note


def test_a_squared_hinge_is_no_squared_error():
    assert told(layer("softmax", "squared_hinge", target="[1, -1]")) == []


@pytest.mark.parametrize(("activation", "loss", "value"), [("softmax", "cross_entropy", 1), ("log_softmax", "nll", 0)])
def test_a_softmax_of_one_unit_is_said_to_be_constant(activation, loss, value):
    written = f"{{input: 2, target: 1, loss: {loss}, layers: [{{weights: [[1]], activation: {activation}}}]}}"
    assert told(written) == [f"{activation} of a single output is always {value}: its gradient is 0"]
    assert not solve(loads(written)).gradients["z1"].any()


def test_a_gradient_that_a_joint_form_passes_by_is_said_to_be_beyond_a_float():
    written = layer("softmax", "cross_entropy", "[1000, 0]", "[0, 1]")
    (note,) = told(written)
    assert note.startswith("∂L/∂a1 is beyond the range of a float")
    assert np.isinf(solve(loads(written)).gradients["a1"]).any()


def test_a_loss_without_a_target_is_left_out_and_that_is_said():
    written = layer("softmax", "cross_entropy").replace("target: [1, 0], ", "")
    assert told(written, gradients=False) == ["there is a loss but no target, so the loss is left out"]


def test_notes_stand_in_the_order_of_the_computation():
    first, second = told(layer("identity", "mae", "[1, 0.5]", "[1, 0]").replace("identity", "relu").replace("0.5", "0"))
    assert (first[:5], second[:5]) == ("z1[2]", "a1[1]")
