"""Equations: lines over what is given and what stands above them, and errors that point into a line."""

import numpy as np
import pytest

from gradcalc import loads, solve
from gradcalc.engine.graph import Graph
from gradcalc.errors import GradcalcError, LimitError, NumericError, ProblemError, UsageError
from gradcalc.problem.build import build
from gradcalc.problem.flags import Flags, overlay
from gradcalc.problem.seed import Seed
from gradcalc.show.blocks import plain
from gradcalc.show.head import facts
from gradcalc.study.rules import Rules

HEAD = "parameters: {W: [[1, 2], [3, 4]], b: 0.5}\ninputs: {x: [1, -2], y: 1}\n"


def solved(equations, head=HEAD, **more):
    return solve(loads(f"{head}equations:\n{lines(equations)}"), **more)


def lines(equations):
    return "".join(f"  {line.strip()}\n" for line in equations.split(";"))


def refused(equations, head=HEAD):
    """Every fault as its message, its hint, and the text that it points at."""
    with pytest.raises(GradcalcError) as caught:
        solved(equations, head)
    return [(fault.message, fault.hint, pointed(fault.place)) for fault in caught.value.faults]


def pointed(place):
    return place and place.source.line(place.line)[place.column - 1 :][: place.length]


def test_a_quantity_is_given_or_a_line_and_the_last_line_is_the_loss():
    built = build(loads(f"{HEAD}equations:\n{lines('z: W @ x + b; a: tanh(z); L: sum((a - y)^2)')}"))
    roles = {name: quantity.role for name, quantity in built.quantities.items()}
    assert roles == {
        "x": "input",
        "y": "input",
        "W": "parameter",
        "b": "parameter",
        "z": "line",
        "a": "line",
        "L": "loss",
    }
    assert (built.result, built.output, built.names.loss) == ("L", "L", "L")
    assert [*built.formulas] == ["z", "a", "L"]


def test_a_loss_called_by_name_judges_the_output_and_has_its_parts():
    built = build(loads(f"{HEAD}equations:\n{lines('p: W @ x; L: mse(p, x, reduction=sum) + 0.1*sum(W**2)')}"))
    assert (built.output, built.cost.row.name, built.cost.reduction) == ("p", "mse", "sum")
    solution = solved("p: W @ x; L: mse(p, x) + 0.1*sum(W**2)")
    errors = (np.array([-3, -5]) - np.array([1, -2])) ** 2
    np.testing.assert_allclose(solution.output_losses, errors)
    np.testing.assert_allclose(solution.sample_losses, [errors.mean()])
    assert solution.loss == pytest.approx(errors.mean() + 0.1 * 30)


@pytest.mark.parametrize("line", ["2*bce(b, y)", "bce(b, y) + bce(b, 1)", "sum(x)", "bce(b, y)*1 + b"])
def test_a_loss_that_is_not_the_sum_or_a_term_of_it_has_no_parts(line):
    assert solved(f"L: {line}").sample_losses is None


def test_a_name_that_is_used_often_gets_the_sum_of_what_flows_back():
    gradients = solved("h1: tanh(b*x[1]); h2: tanh(b*h1 + x[2]); L: h1*h2 + b**2").gradients
    step = 1e-6
    up, down = (
        solved("h1: tanh(b*x[1]); h2: tanh(b*h1 + x[2]); L: h1*h2 + b**2", HEAD.replace("0.5", str(0.5 + s)))
        for s in (step, -step)
    )
    assert gradients["b"] == pytest.approx((up.loss - down.loss) / (2 * step), rel=1e-9)


def test_every_quantity_has_a_gradient_and_that_of_the_last_line_is_1():
    gradients = solved("unused: 3*b; z: W @ x; L: sum(z)").gradients
    assert [*gradients] == ["L", "z", "W", "unused", "b", "x", "y"]
    assert (gradients["L"], gradients["unused"], gradients["b"], gradients["y"]) == (1, 0, 0, 0)


def test_the_gradient_of_a_target_is_that_of_the_loss_alone():
    """Where sigmoid and bce are one step, the target is an input of that step and of the one that is shown."""
    gradients = solved("p: sigmoid(b); L: bce(p, y)").gradients
    assert gradients["y"] == pytest.approx(-0.5, rel=1e-14)


def test_a_result_with_one_entry_keeps_its_shape_and_is_the_loss():
    solution = solved("L: (W[1:1, 1:1] - y)^2 + x[1]")
    assert solution.values["L"].shape == solution.gradients["L"].shape == (1, 1)
    assert solution.loss == 1


def test_an_array_as_the_last_line_has_values_and_is_asked_which_entry_is_meant():
    assert solved("z: W @ x", gradients=False).loss is None
    ((message, hint, mark),) = refused("a: 2*b; z: W @ x")
    assert message == "the last line, z, is 2 entries: a gradient is that of one number"
    assert hint == "make it one number, choose an entry (--of 'z[1]'), or give --seed-gradient"
    assert mark == "z"
    np.testing.assert_allclose(solved("z: W @ x", of="z[2]").gradients["W"], [[0, 0], [1, -2]])


def test_yhat_is_the_line_of_that_name_before_it_is_the_output():
    assert solved("yhat: 2*b; p: 3*b; L: bce(p, y)", of="yhat").gradients["b"] == 2
    assert solved("q: 2*b; p: 3*b; L: mse(p, y)", of="yhat").gradients["b"] == 3


def test_equations_need_neither_inputs_nor_parameters():
    assert solved("a: 2; L: a**3 + 1", "").loss == 9
    assert solved("a: 2; L: a**3 + 1", "").gradients["a"] == 12


def test_arrays_have_as_many_axes_as_they_are_nested():
    solution = solved("L: sum(x*W[1])", "inputs: {x: [[[1, 2]], [[3, 4]]]}\nparameters: {W: [[10, 1/2]]}\n")
    assert solution.values["x"].shape == (2, 1, 2)
    assert solution.loss == 43


WRONG = {
    "z: W @ q; L: sum(z)": ("unknown name 'q'", "q"),
    "z: W @ x; L: sm(z)": ("unknown function 'sm'", "sm(z)"),
    "z: W @ x; L: relu + 1": ("relu is a function: it needs its argument in brackets", "relu"),
    "L: z + 1; z: 2": ("z is computed on a later line", "z"),
    "a: 1; z: z + 1; L: 2": ("z is what this line computes", "z"),
    "t: e + 1; e: 2; L: e": ("e is computed on a later line", "e"),
    "z: W @ b; L: 1": ("W @ b: W is 2×2 and b is a number, but @ multiplies vectors and matrices", "W @ b"),
    "x: 2; L: x": ("'x' is given already: no line can compute it again", "x"),
    "b: 2; L: x": ("'b' is given already: no line can compute it again", "b"),
    "a b: 2; L: x": ("no formula could use the name 'a b'", "a b"),
    "ｘ: 2; L: b": ("in a formula 'x' and 'ｘ' are the same name", "ｘ"),
    "L: W[3, 1]": ("there is no index 3: W counts from 1 to 2 there", "3"),
    "L: sum(W, axis=3)": ("there is no axis 3: W is 2×2, it has the axes 1 to 2", "3"),
}


@pytest.mark.parametrize(("equations", "told"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_in_a_line_is_told_where_it_stands(equations, told):
    ((message, _, mark),) = refused(equations)
    assert (message, mark) == told


def test_all_lines_that_are_wrong_are_told_at_once_and_none_that_only_follows():
    found = refused("z: W @ q; a: relu(z); c: a + p1; d: p2; L: sum(c) + d + p3")
    assert [message for message, _, _ in found] == ["unknown name 'q'", "unknown name 'p2'"]


def test_an_input_can_not_be_a_parameter():
    ((message, _, mark),) = refused("L: b", "parameters: {b: 1}\ninputs: {b: 2}\n")
    assert (message, mark) == ("'b' is an input and a parameter", "b")


@pytest.mark.parametrize(
    "value",
    [
        "  L: >-\n    x[1]*\n    sm(x[2])\n",
        "  L: |\n    x[1]*sm(x[2])\n",
        "  L: x[1]*\n     sm(x[2])\n",
        '  L: "x[1]*sm(x[2])"\n',
        "  L: 'x[1]*\n\n    sm(x[2])'\n",
    ],
)
def test_a_place_is_found_in_every_form_that_yaml_has_for_a_text(value):
    with pytest.raises(ProblemError) as caught:
        solve(loads(f"inputs: {{x: [1, 2]}}\nequations:\n{value}"))
    assert pointed(caught.value.faults[0].place) == "sm(x[2])"


def test_a_text_with_escapes_is_pointed_at_as_a_whole():
    with pytest.raises(ProblemError) as caught:
        solve(loads('inputs: {x: [1, 2]}\nequations:\n  L: "x[1]*\\x73m(x[2])"\n'))
    assert pointed(caught.value.faults[0].place) == '"x[1]*\\x73m(x[2])"'


BODIES = {
    "layers: [{units: 2}]\nequations: {L: 1}": ["the problem has both 'layers' and 'equations'"],
    "parameters: {w: 1}\nobjective: w\nequations: {L: w}": ["the problem has both 'equations' and 'objective'"],
    "inputs: 2\nequations: {L: 1}": ["the inputs of equations have names"],
    "inputs: {x: 1}\nlayers: [{units: 2}]": ["'inputs' by name belong to equations"],
    "inputs: {x: 1}\nparameters: {w: 1}\nobjective: w": [
        "'inputs' belong to layers or equations, and this problem has neither"
    ],
    "loss: mse\nequations: {L: 1}": ["'loss' belongs to a network of layers, and this problem has 'equations'"],
    "gradients: {w: 1}\nequations: {L: 1}": ["the problem has 'gradients' but no 'parameters'"],
    "inputs: {x: [[[1], [2]], [[3]]]}\nequations: {L: 1}": ["part 2 of x of inputs is 1×1, part 1 is 2×1"],
    "inputs: {x: [[[1], [2]], 3]}\nequations: {L: 1}": [
        "part 2 of x of inputs must be a list of lists of numbers, not '3'"
    ],
    "inputs: {x: [[[1], [2]], [3, 4]]}\nequations: {L: 1}": ["part 2 of x of inputs is 2, part 1 is 2×1"],
    "equations: {L: [1]}": ["L of equations must be a formula, not a list"],
}


@pytest.mark.parametrize(("text", "messages"), BODIES.items())
def test_what_does_not_go_with_equations_is_told(text, messages):
    with pytest.raises(ProblemError) as caught:
        loads(text)
    assert [fault.message for fault in caught.value.faults] == messages


NOT_FINITE = {
    "z: b - 0.5; L: 1/z + b": ("L: 1/z is infinite where z = 0", "1/z"),
    "z: log(x[2]); L: z": ("z: log(x[2]) is not defined where x[2] = -2", "log(x[2])"),
    "z: sqrt(b - 0.5); L: 2*z": ("z: sqrt(b - 0.5) has no finite slope where b - 0.5 = 0", "sqrt(b - 0.5)"),
    "z: 9**9**9; L: z*b": ("z: 9**9**9 is infinite", "9**9**9"),
    "p: 2*b; L: bce(p + 0*b, x[2] + 2)": ("L: bce(p + 0*b, x[2] + 2) is infinite", "bce(p + 0*b, x[2] + 2)"),
}


@pytest.mark.parametrize(("equations", "told"), NOT_FINITE.items(), ids=NOT_FINITE)
def test_a_number_that_is_not_finite_is_named_by_its_line_and_its_part(equations, told):
    with pytest.raises(NumericError) as caught:
        solved(equations)
    (fault,) = caught.value.faults
    assert (fault.message.partition(" where p")[0], pointed(fault.place)) == told


def test_lines_that_would_hold_too_many_numbers_are_refused_before_any_is_computed():
    head = f"inputs: {{x: [{', '.join(['1'] * 4000)}]}}\n"
    with pytest.raises(LimitError, match="with 'A' the lines hold 16000000 numbers"):
        solved("A: outer(x, x); L: sum(A)", head)


def test_a_flag_that_describes_a_network_is_refused_over_equations():
    root = loads(f"{HEAD}equations: {{L: b}}").origin
    for flags in (Flags(input="1"), Flags(weights=["1"]), Flags(loss="mse"), Flags(activations=["relu"])):
        with pytest.raises(UsageError, match="describes a network of layers, and <text> has 'equations'"):
            overlay(root, flags)


def test_inner_steps_never_reach_a_result():
    solution = solved("z: (W @ x + b)*2 - x; L: mse(softmax(z), x)")
    assert isinstance(solution.built.graph, Graph)
    assert {*solution.values, *solution.gradients} == {"x", "y", "W", "b", "z", "L"}


SEEDED = "layers: [{weights: [[1, 2], [3, 4]], bias: [0, 1]}, {activation: tanh}]\ninput: [0.5, -1]\n"


@pytest.mark.parametrize(
    ("problem", "of", "seed"),
    [
        (f"{HEAD}equations:\n{lines('z: W @ x; L: sum(z)')}", "z", [1, -2]),
        (f"{HEAD}equations:\n{lines('z: W*b')}", None, [[1, 2], [-3, 0.5]]),
        (f"{HEAD}equations:\n{lines('z: W @ x; L: sum(z)')}", None, 3),
        (SEEDED, None, [1, -2]),
        (SEEDED, "z1", [0.5, 4]),
    ],
)
def test_a_seed_gradient_gives_the_sum_of_the_gradients_of_the_entries_times_it(problem, of, seed):
    problem, seed = loads(problem), np.array(seed, dtype=float)
    whole = solve(problem, of=of, seed=Seed(seed))
    name = whole.built.result
    summed = {quantity: np.zeros_like(g) for quantity, g in whole.gradients.items()}
    for index in np.ndindex(seed.shape):
        entry = f"{name}[{','.join(str(i + 1) for i in index)}]" if index else name
        for quantity, g in solve(problem, of=entry).gradients.items():
            summed[quantity] = summed[quantity] + seed[index] * g
    for quantity, g in whole.gradients.items():
        np.testing.assert_allclose(g, summed[quantity], rtol=1e-14, atol=1e-14)


def test_a_seed_gradient_of_another_shape_is_refused_where_it_stands():
    problem = loads(f"{HEAD}equations:\n{lines('z: W @ x; L: sum(z)')}")
    with pytest.raises(ProblemError, match="the seed gradient is 1×3, and z is a list of 2") as caught:
        solve(problem, of="z", seed=Seed.read("[[1, 2, 3]]"))
    assert caught.value.faults[0].place.source.name == "--seed-gradient"
    with pytest.raises(UsageError, match="a seed gradient belongs to a whole quantity"):
        solve(problem, of="z[1]", seed=Seed.read("2"))
    with pytest.raises(ProblemError, match="'x' is not a number"):
        Seed.read("[1, x]")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sum(softmax(W)*W)", ["softmax along each row"]),
        ("sum(softmax(W, axis=1)*W)", ["softmax down each column"]),
        ("sum(mean(W, axis=1)) + max(sum(W, axis=2))", ["mean down each column", "sum along each row"]),
        ("sum(softmax(x)) + sum(W)", []),
    ],
)
def test_which_way_a_function_runs_over_a_matrix_is_said_in_words(line, said):
    solution = solved(f"L: {line}")
    told = [plain(fact) for fact in facts(solution, Rules(solution))]
    assert [fact for fact in told if " each " in fact] == said
