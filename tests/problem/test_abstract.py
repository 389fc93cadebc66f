"""Functions that are not given: derivations in letters, and no numbers."""

import pytest
from invoke import invoke

from gradcalc import loads, solve
from gradcalc.engine.notation import text
from gradcalc.engine.ops import LOSSES as LOSS_NAMES
from gradcalc.errors import ProblemError, UsageError
from gradcalc.problem.abstract import FAMILY
from gradcalc.problem.letters import build_in_letters
from gradcalc.problem.reference import reference
from gradcalc.solution import Solution
from gradcalc.study.rules import Rules

COMPOSED = """
abstract: [f1, f2]
equations: {z: "f1(W1, x)", yhat: "f2(W2, z)", L: sum((yhat - y)^2)}
"""


def rules(written):
    problem = loads(written)
    built = build_in_letters(problem)
    return built, Rules(Solution(problem, built, {}, {}, built.result))


def test_a_composition_is_a_chain_of_steps_that_have_the_names_of_the_functions():
    built, _ = rules(COMPOSED)
    steps = [(e.name, e.op.name, e.inputs) for e in built.graph.equations if e.op.family == FAMILY]
    assert steps == [("z", "f1", ("W1", "x")), ("yhat", "f2", ("W2", "z"))]
    roles = {name: quantity.role for name, quantity in built.quantities.items()}
    assert roles == dict.fromkeys(["W1", "x", "W2", "y"], "input") | {"z": "line", "yhat": "line", "L": "loss"}


def test_the_rules_have_the_slopes_of_the_functions_as_factors():
    _, told = rules(COMPOSED)
    assert {name: told.rule(name) for name in ("yhat", "W2", "z", "W1", "x")} == {
        "yhat": "2 (ŷ − y)",
        "W2": "(∂f2/∂W2)ᵀ ∂L/∂ŷ",
        "z": "(∂f2/∂z)ᵀ ∂L/∂ŷ",
        "W1": "(∂f1/∂W1)ᵀ ∂L/∂z",
        "x": "(∂f1/∂x)ᵀ ∂L/∂z",
    }
    assert text(told.formula_tree("yhat")) == "f2(W2, z)"


def test_a_call_may_stand_inside_of_another_and_beside_what_is_given():
    built, told = rules("{abstract: [f, g], parameters: {w: [1, 2]}, equations: {L: 'f(g(w)) + sigmoid(w)*b'}}")
    assert [e.op.name for e in built.graph.equations if e.op.family == FAMILY] == ["g", "f"]
    assert "∂g/∂w" in told.rule("w")
    assert {name: q.role for name, q in built.quantities.items()} == {"w": "parameter", "b": "input", "L": "loss"}


def test_there_are_no_numbers_and_that_is_said_where_the_functions_are_named():
    with pytest.raises(ProblemError, match="f1, f2 are not given: there are no numbers to compute") as caught:
        solve(loads(COMPOSED))
    assert caught.value.faults[0].place.line == 2


@pytest.mark.parametrize("command", ["forward", "backward", "optimize", "gradcheck", "solve"])
def test_every_command_with_numbers_refuses(command, tmp_path):
    (path := tmp_path / "problem.yaml").write_text(COMPOSED, encoding="utf-8")
    done = invoke([command, str(path)])
    assert done.code == 3
    assert "are not given" in done.stderr


def test_shapes_tell_what_there_is(tmp_path):
    (path := tmp_path / "problem.yaml").write_text(COMPOSED, encoding="utf-8")
    done = invoke(["shapes", str(path), "--derivatives"])
    assert done.code == 0
    assert "∂L/∂W1" in done.stdout


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{abstract: [relu], equations: {L: relu(x)}}", "'relu' is a function that is given"),
        ("{abstract: [f], equations: {z: 'f(x', L: z}}", r"a '\(' is never closed"),
        ("{abstract: [f], equations: {L: 'f()'}}", "f takes 1 or more arguments, not 0"),
        ("{abstract: [f], equations: {L: 'h(x)'}}", "unknown function 'h'"),
        ("{abstract: [f], equations: {L: 'f(x)[2]'}}", r"f\(x\) is of a shape that is not known: there is no axis"),
        ("{abstract: [f], equations: {L: 'sum(f(x), axis=1)'}}", r"f\(x\) is of a shape that is not known"),
        ("{abstract: [f], equations: {L: 'sum(concat(f(x), x))'}}", "what is joined must have a shape"),
        ("{abstract: [f], inputs: {y: 1}, equations: {L: 'cross_entropy(f(x), y)'}}", "cross_entropy needs a vector"),
        ("{abstract: [f], parameters: {w: 1}, objective: w}", "'abstract' names functions of equations"),
    ],
)
def test_what_is_no_composition_is_told(written, message):
    with pytest.raises(ProblemError, match=message):
        build_in_letters(loads(written))


# losses whose answer is known from the same problem with numbers: one output, several of them, and how many is open
LOSSES = [
    ("squared_error", "[1, 0]", "2 (ŷ − y)"),
    ("squared_error", None, "2 (ŷ − y)"),
    ("mse", "[1, 0]", "ŷ − y"),
    ("mse", "1", "2 (ŷ − y)"),
    ("mse", None, "2 (ŷ − y) / K"),
    ("bce", "1", "(ŷ − y) / (ŷ (1 − ŷ))"),
    ("bce", None, "(ŷ − y) / (K ŷ ⊙ (1 − ŷ))"),
    ("cross_entropy", "[1, 0]", "−y / ŷ"),
    ("cross_entropy", None, "−y / ŷ"),
    ("nll", None, "−y"),
    ("kl_div", None, "−y / ŷ"),
]


@pytest.mark.parametrize(("loss", "target", "slope"), LOSSES)
def test_a_loss_judges_what_such_a_function_gives(loss, target, slope):
    given = f"inputs: {{y: {target}}}, " if target else ""
    _, told = rules(f"{{abstract: [f], {given}equations: {{yhat: f(x), L: '{loss}(yhat, y)'}}}}")
    assert told.local("L", "yhat") == slope


@pytest.mark.parametrize("loss", sorted({*LOSS_NAMES} - {"gaussian_nll"}))
def test_every_loss_can_be_called_with_functions_that_are_not_given(loss):
    built, told = rules(f"{{abstract: [f], equations: {{yhat: f(x), L: '{loss}(yhat, y)'}}}}")
    assert built.cost.row.name
    assert told.local("L", "yhat")


def test_softmax_runs_along_what_is_not_known():
    _, told = rules("{abstract: [f], equations: {p: softmax(f(x)), L: 'cross_entropy(p, y)'}}")
    assert told.formula("p") == "softmax(f(x))"
    assert told.local("p", "x") == "g ↦ (∂f/∂x)ᵀ (p ⊙ (g − Σ_k (g ⊙ p)))"


def test_what_is_judged_has_the_shape_of_what_it_is_judged_by():
    built, _ = rules("{abstract: [f], inputs: {y: [1, 0, 0]}, equations: {yhat: f(x), L: 'cross_entropy(yhat, y)'}}")
    assert built.quantities["yhat"].shape == (3,)
    assert built.quantities["x"].shape == ("?",)


def test_no_entry_can_be_asked_for_where_the_shape_is_not_known():
    built, _ = rules(COMPOSED)
    with pytest.raises(UsageError, match="the shape of W1 is not known"):
        reference("dW1[1,2]", built)


def test_nothing_is_said_of_a_line_for_using_one_that_is_wrong_itself():
    with pytest.raises(ProblemError) as caught:
        build_in_letters(loads("{abstract: [f], equations: {z: 'f(x', q: 2*z, L: sum(z) + h(q)}}"))
    assert [fault.message for fault in caught.value.faults] == ["a '(' is never closed", "unknown function 'h'"]
