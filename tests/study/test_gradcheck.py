"""A gradient that is right passes the comparison with differences, and one that is wrong does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from engine.samples import SAMPLES
from hypothesis import given
from invoke import invoke
from networks import PAIRS, SEEDS, SPREAD, draw, examples, problem
from turns import in_turn

from gradcalc.engine import ops
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Op
from gradcalc.errors import ProblemError
from gradcalc.problem.build import Built, build
from gradcalc.problem.load import load, loads
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import Names, Quantity
from gradcalc.solution import Solution, evaluate, solve
from gradcalc.study.gradcheck import gradcheck

Share = Callable[..., Any]

FAULTS: Mapping[str, Callable[[Share], Share]] = {
    "a thousandth too large": lambda vjp: lambda *inputs, **attrs: 1.001 * vjp(*inputs, **attrs),
    "of the other sign": lambda vjp: lambda *inputs, **attrs: -vjp(*inputs, **attrs),
    "a thousandth beside": lambda vjp: lambda *inputs, **attrs: vjp(*inputs, **attrs) + 1e-3,
}
ROWS = [(name, k) for name, op in ops.OPS.items() for k, vjp in enumerate(op.vjps) if vjp is not None]
PLANTED = [(name, k, fault) for name, k in ROWS for fault in FAULTS]


def broken(op: Op, k: int, fault: str) -> Op:
    """The row with a fault in the share of input k."""
    vjp = op.vjps[k]
    assert vjp is not None
    return replace(op, vjps=(*op.vjps[:k], FAULTS[fault](vjp), *op.vjps[k + 1 :]))


def is_ok(solution: Solution) -> bool:
    return all(one.ok for one in gradcheck(solution))


def alone(op: Op, sample) -> Solution:
    """A computation of one op, whose entries are added up with weights of which no two are alike."""
    attrs = {**{key: option.default for key, option in op.options.items()}, **sample.attrs}
    leaves = dict(zip(op.args, sample.inputs, strict=True))
    with np.errstate(all="ignore"):
        y = np.asarray(op.forward(*sample.inputs, **attrs))
    weights = np.cos(1 + np.arange(y.size)).reshape(y.shape) + 0.3
    summed = Op(
        name="weighted",
        args=("x",),
        forward=lambda x: np.sum(weights * x),
        vjps=(lambda g, _y, _x: g * weights,),
        formula="total(x)",
        rules=("g",),
        pattern="",
        doc="",
    )
    steps = (Equation("y_", op, op.args, attrs, "y_"), Equation("L_", summed, ("y_",), {}, "L_"))
    shapes = {**{name: value.shape for name, value in leaves.items()}, "y_": y.shape, "L_": ()}
    built = Built(
        graph=Graph(steps),
        leaves=leaves,
        quantities={name: Quantity(name, "parameter", None, shape) for name, shape in shapes.items()},
        names=Names("", "", "L_", ()),
        output="L_",
        result="L_",
        single=False,
        cost=None,
        layers=(),
        samples=1,
    )
    return evaluate(Problem(), built)


@pytest.mark.parametrize("name", ops.OPS)
def test_every_row_of_the_table_passes(name):
    for sample in SAMPLES[name]:
        assert is_ok(alone(ops.OPS[name], sample))


@in_turn("name, k, fault", PLANTED, PLANTED[::7], ids=[f"{name}-{k}-{fault}" for name, k, fault in PLANTED])
def test_a_fault_in_any_row_at_any_input_is_found(name, k, fault):
    op = ops.OPS[name]
    samples = SAMPLES[name]
    if all(not alone(op, sample).back[op.args[k]].any() for sample in samples) and fault != "a thousandth beside":
        pytest.skip("the gradient is 0, and so is every multiple of it")
    assert not all(is_ok(alone(broken(op, k, fault), sample)) for sample in samples)


@in_turn("pair", dict.fromkeys([*SPREAD, *PAIRS[::13], *PAIRS[5::17]]), SPREAD, ids="-".join)
@given(seed=SEEDS)
@examples(1)
def test_a_network_of_any_activation_and_loss_passes(pair, seed):
    assert is_ok(solve(problem(draw(seed, *pair))))


JOINED = [("sigmoid", "bce"), ("softmax", "cross_entropy"), ("log_softmax", "nll"), ("sigmoid", "binary_focal")]


@pytest.mark.parametrize("where", ["the step that is computed", "the loss that is shown", "the activation"])
@pytest.mark.parametrize("pair", JOINED, ids="-".join)
def test_a_fault_is_found_on_both_routes_of_a_joint_form(pair, where):
    problems = (problem(draw(seed, *pair)) for seed in range(20))
    chosen, built, joint = next(
        (chosen, built, equation)
        for chosen in problems
        for built in [build(chosen)]
        for equation in built.graph.equations
        if equation.shown_as is not None and built.leaves["y"].shape[-1] > 1
    )

    def planted(equation: Equation) -> Equation:
        if where == "the activation" and equation.name == joint.shown_as.inputs[0]:
            return replace(equation, op=broken(equation.op, 0, "of the other sign"))
        if equation is joint and where == "the step that is computed":
            return replace(equation, op=broken(equation.op, 0, "of the other sign"))
        if equation is joint and where == "the loss that is shown":
            return replace(
                equation, shown_as=replace(joint.shown_as, op=broken(joint.shown_as.op, 0, "of the other sign"))
            )
        return equation

    graph = Graph(tuple(map(planted, built.graph.equations)), built.graph.constants)
    # nothing is passed on by the activation that a joint form bypasses, so that a fault of it does no harm there
    assert is_ok(evaluate(chosen, replace(built, graph=graph))) == (where == "the activation")


def test_the_sign_of_a_tiny_gradient_is_not_lost_in_an_absolute_tolerance():
    text = "{input: 1, target: 1, loss: mse, layers: [{weights: [[1e-9]], activation: square}, {weights: [[1e-9]]}]}"
    solution = solve(loads(text))
    assert 0 < abs(solution.gradients["W1"][0, 0]) < 1e-16
    checked = {one.name: one for one in gradcheck(solution)}
    assert checked["W1"].skipped == 1, "no difference can tell it from its opposite, and that is said"


def test_what_sits_on_a_kink_is_skipped_and_not_called_wrong():
    layers = "[{weights: [[2, -1], [1, 1]], activation: relu}, {weights: [[3, 1]]}]"
    text = f"{{input: [1, 2], target: 1, loss: mse, layers: {layers}}}"
    checked = {one.name: one for one in gradcheck(solve(loads(text)))}
    assert all(one.ok for one in checked.values())
    assert {name: one.kinks for name, one in checked.items() if one.kinks} == {"z1": 1, "W1": 2, "x": 2}


def test_a_kink_near_by_does_not_keep_an_entry_from_being_judged():
    text = "{input: 1, target: 5, loss: mse, layers: [{weights: [[3]], bias: -2.9999999, activation: relu}]}"
    checked = {one.name: one for one in gradcheck(solve(loads(text)))}
    assert all(one.ok and not one.kinks for one in checked.values())


WIDE = """
input: %s
target: 1
loss: mse
layers:
  - {units: 40, weights: {init: normal, seed: 1}, activation: tanh}
  - {units: 1, weights: {init: normal, seed: 2}}
"""


def test_of_a_wide_layer_a_part_is_compared_unless_all_is_asked_for():
    solution = solve(loads(WIDE % ([0.5] * 20)))
    assert {one.name: (one.compared, one.size) for one in gradcheck(solution)}["W1"] == (400, 800)
    assert {one.name: (one.compared, one.size) for one in gradcheck(solution, most=None)}["W1"] == (800, 800)


def test_rounding_at_each_step_is_left_out_of_the_comparison():
    solution = solve(
        loads("{input: 0.5, target: 1, loss: mse, rounding: {to: 2dp}, layers: [{weights: [[0.3]], activation: tanh}]}")
    )
    assert solution.by_book
    assert is_ok(solution)


def test_given_gradients_have_nothing_to_be_compared_with():
    with pytest.raises(ProblemError, match="nothing to compare"):
        gradcheck(solve(loads("{parameters: {w: 1}, gradients: {w: 2}}")))


def test_the_exit_code_says_whether_they_agree():
    command = ["gradcheck", "configs/mazur.yaml"]
    assert invoke(command).code == 0
    wrong = broken(ops.ACTIVATIONS["sigmoid"], 0, "a thousandth too large")
    mazur = load("configs/mazur.yaml")
    layers = tuple(replace(layer, activation=replace(layer.activation, op=wrong)) for layer in mazur.layers)
    with mock.patch("gradcalc.cli.gradcheck.read_problem", return_value=replace(mazur, layers=layers)):
        done = invoke(command)
        machine = invoke([*command, "--format", "json"])
    assert (done.code, machine.code) == (1, 1)
    assert "∂L/∂net2[1]  0.138637 by its rule, 0.138499 by differences" in done.stdout
    assert '"ok": false' in machine.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--tolerance", "0"], 2, "is not between 0 and 1"),
        (["--tolerance", "x"], 2, "not a valid float"),
        (["--of", "q"], 2, "no computed quantity is called 'q'"),
        (["--of", "z_H[1]"], 0, ""),
        (["--all"], 0, ""),
    ],
)
def test_options_are_followed_or_refused(arguments, code, said):
    done = invoke(["gradcheck", "configs/relu-sigmoid-bce.yaml", *arguments])
    assert done.code == code
    assert said in done.stderr
