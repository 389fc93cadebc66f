"""Gradients that are given, frozen names and initial states against the parameters they belong to."""

import numpy as np
import pytest
from documents import faults, marked, problem

from gradcalc.errors import ProblemError
from gradcalc.problem.faults import MOST
from gradcalc.problem.given import check_gradients, check_training, gradients_at, is_given, steps_of
from gradcalc.problem.model import OptimizerChoice, Problem

PARAMETERS = "parameters: {w: 0.5, b: [0, 1], W: [[1, 2], [3, 4], [5, 6]]}\n"
FITTING = "{w: 1, b: [1, 2], W: [[1, 2], [3, 4], [5, 6]]}"
SHAPES = {"w": (), "b": (2,), "W": (3, 2)}
NETWORK = "layers: [{weights: [[0.5]], bias: 0}]\n"


def test_gradients_that_fit_are_taken_as_a_list_and_as_one_for_every_step():
    listed = problem(f"{PARAMETERS}gradients: [{FITTING}, {FITTING}]")
    every = problem(f"{PARAMETERS}gradients: {FITTING}")
    assert (len(listed.gradients), listed.every_gradient) == (2, None)
    assert every.gradients == ()
    for found, step in ((listed, 1), (listed, 2), (every, 1), (every, 1000)):
        assert is_given(found)
        gradients = gradients_at(found, step, SHAPES)
        assert {name: array.shape for name, array in gradients.items()} == SHAPES
        assert gradients["W"].tolist() == [[1, 2], [3, 4], [5, 6]]


def test_steps_are_those_that_are_asked_for_else_those_that_are_given_else_one():
    listed = f"{PARAMETERS}gradients: [{FITTING}, {FITTING}, {FITTING}]\n"
    assert steps_of(problem(listed)) == 3
    assert steps_of(problem(f"{listed}steps: 2")) == 2
    assert steps_of(problem(f"{PARAMETERS}gradients: {FITTING}")) == 1
    assert steps_of(problem(f"{PARAMETERS}gradients: {FITTING}\nsteps: 7")) == 7
    assert steps_of(problem(NETWORK)) == 1
    assert not is_given(problem(NETWORK))


# One row a fault: the gradients of one step, what the message says of it, what is marked, what the hint says.
FAULTS = [
    (
        "{w: 1, b: [1, 2]}",
        "the gradients{} have no 'W'",
        "{",
        "every parameter that is trained needs one, in every step",
    ),
    (
        "{w: 1, b: [1, 2], W: [[1, 2], [3, 4], [5, 6]], bb: 1}",
        "unknown parameter 'bb' in the gradients{}",
        "bb",
        "did you mean 'b'?",
    ),
    (
        "{w: 1, b: [1, 2], W: [[1, 2], [3, 4], [5, 6]], zzz: 1}",
        "unknown parameter 'zzz' in the gradients{}",
        "zzz",
        "the parameters are w, b, W",
    ),
    (
        "{w: [1, 2], b: [1, 2], W: [[1, 2], [3, 4], [5, 6]]}",
        "the gradient of 'w'{} is a list of 2 but 'w' is a number",
        "[",
        "write one number",
    ),
    (
        "{w: 1, b: 3, W: [[1, 2], [3, 4], [5, 6]]}",
        "the gradient of 'b'{} is a number but 'b' is a list of 2",
        "3",
        "write a list of 2 numbers",
    ),
    (
        "{w: 1, b: [1, 2], W: [[1, 3, 5], [2, 4, 6]]}",
        "the gradient of 'W'{} is 2×3 but 'W' is 3×2",
        "[",
        "transposed?",
    ),
    (
        "{w: 1, b: [1, 2], W: [[1, 2]]}",
        "the gradient of 'W'{} is 1×2 but 'W' is 3×2",
        "[",
        "write 3 rows of 2 numbers",
    ),
]


@pytest.mark.parametrize(("text", "message", "mark", "hint"), FAULTS)
def test_a_gradient_that_does_not_fit_is_an_error_that_names_step_and_parameter(text, message, mark, hint):
    for gradients, step, plural in ((text, "", ""), (f"[{FITTING}, {text}]", " in step 2", " of step 2")):
        (fault,) = faults(f"{PARAMETERS}gradients: {gradients}")
        assert fault.message == message.format(plural if message.startswith(("the gradients", "unknown")) else step)
        assert marked(fault) == mark
        assert fault.hint == hint


def test_all_gradients_that_do_not_fit_are_told_at_once():
    found = faults(f"{PARAMETERS}gradients: [{{w: 1}}, {{b: 2, c: 3}}]")
    assert len(found) == 6
    assert [fault.place.line for fault in found] == [2] * 6


def test_of_thousands_of_steps_without_a_gradient_the_first_are_told():
    found = faults(f"{PARAMETERS}gradients: [{', '.join(['{w: 1}'] * 5000)}]")
    assert len(found) == MOST + 1


def test_too_few_gradients_are_an_error_with_both_counts():
    (fault,) = faults(f"{PARAMETERS}gradients: [{FITTING}, {FITTING}]\nsteps: 3")
    assert fault.message == "3 steps but gradients for 2"
    assert (fault.place.line, fault.also.line) == (3, 2)
    assert not faults(f"{PARAMETERS}gradients: [{FITTING}, {FITTING}]\nsteps: 1")


def test_a_parameter_that_every_optimizer_freezes_needs_no_gradient():
    text = f"{PARAMETERS}gradients: {{w: 1, b: [1, 2]}}\noptimizer: "
    assert not faults(f"{text}{{frozen: [W]}}")
    assert not faults(f"{text}[{{frozen: [W]}}, {{frozen: [W, b]}}]")
    (fault,) = faults(f"{text}[{{frozen: [W]}}, sgd]")
    assert fault.message == "the gradients have no 'W'"


# One row a fault: the optimizer, what the message says, what is marked, what the hint says.
OF_OPTIMIZERS = [
    ("{frozen: [w, bb]}", "unknown parameter 'bb' in frozen", "bb", "did you mean 'b'?"),
    ("[sgd, {frozen: [c]}]", "unknown parameter 'c' in frozen", "c", "the parameters are w, b, W"),
    ("{frozen: [w, b, W]}", "every parameter is frozen: nothing is left to train", "[", "leave one of them out"),
    (
        "{name: adam, initial: {m: {q: 1}}}",
        "unknown parameter 'q' in the initial m",
        "q",
        "the parameters are w, b, W",
    ),
    (
        "[{name: adam, initial: {v: {b: [1, 2, 3]}}}]",
        "the initial v of 'b' is a list of 3 but 'b' is a list of 2",
        "[",
        "write a list of 2 numbers",
    ),
    (
        "{batch_size: 2}",
        "a batch_size parts samples, and the gradients are given",
        "2",
        "leave it out",
    ),
]


@pytest.mark.parametrize(("text", "message", "mark", "hint"), OF_OPTIMIZERS)
def test_what_an_optimizer_says_of_parameters_fits_them(text, message, mark, hint):
    (fault,) = faults(f"{PARAMETERS}gradients: {FITTING}\noptimizer: {text}")
    assert (fault.message, marked(fault), fault.hint) == (message, mark, hint)


def test_an_objective_has_no_samples_to_part():
    (fault,) = faults(f"{PARAMETERS}objective: w**2\noptimizer: {{batch_size: 2}}")
    assert fault.message == "a batch_size parts samples, and there are no samples"


@pytest.mark.parametrize(
    ("gradients", "shape"),
    [("{W1: 1, b1: 2}", (1, 1)), ("{W1: [1], b1: [2]}", (1, 1)), ("{W1: [[1]], b1: 2}", (1, 1))],
)
def test_axes_of_length_1_may_be_left_out(gradients, shape):
    network = problem(f"{NETWORK}gradients: {gradients}")
    shapes = {"W1": shape, "b1": (1,)}
    check_gradients(network, shapes)
    assert {name: array.shape for name, array in gradients_at(network, 1, shapes).items()} == shapes


@pytest.mark.parametrize(
    ("text", "shape", "fits"),
    [
        ("[4, 6]", (1, 2), True),
        ("[4, 6]", (2, 1), True),
        ("[[4, 6]]", (2, 1), False),
        ("[[4], [6]]", (2,), False),
        ("[[4]]", (), False),
        ("4", (1, 2), False),
        ("[4]", (), False),
    ],
)
def test_axes_are_left_out_but_never_added_and_never_swapped(text, shape, fits):
    network = problem(f"{NETWORK}gradients: [{{W1: {text}}}]")
    if fits:
        check_gradients(network, {"W1": shape})
    else:
        with pytest.raises(ProblemError, match="the gradient of 'W1' in step 1 is"):
            check_gradients(network, {"W1": shape})


def test_gradients_beside_a_network_are_checked_when_its_sizes_are_known():
    network = problem(f"{NETWORK}gradients: [{{W1: 1}}]\noptimizer: {{frozen: [b2]}}")
    with pytest.raises(ProblemError) as raised:
        check_training(network, {"W1": (1, 1), "b1": (1,)})
    assert [fault.message for fault in raised.value.faults] == [
        "unknown parameter 'b2' in frozen",
        "the gradients of step 1 have no 'b1'",
    ]
    check_gradients(network, {"W1": (1, 1), "b1": (1,)}, frozen=("b1",))


def test_a_problem_that_was_not_read_from_a_text_is_checked_too():
    made = Problem(
        parameters={"w": np.zeros(2)},
        gradients=({"w": np.zeros(3)},),
        optimizers=(OptimizerChoice("sgd", frozen=("v",)),),
    )
    with pytest.raises(ProblemError) as raised:
        check_training(made, {"w": (2,)})
    assert [fault.place for fault in raised.value.faults] == [None, None]


def test_of_many_parameters_a_message_lists_only_some():
    names = ", ".join(f"parameter_{k}: {k}" for k in range(500))
    (fault,) = faults(f"parameters: {{{names}}}\nobjective: x\noptimizer: {{frozen: [zzz]}}")
    assert fault.hint.endswith(", …")
    assert len(fault.hint) < 300
