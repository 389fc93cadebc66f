"""Functions in a file and on the command line: the same problem from both, and faults that point at their cause."""

from __future__ import annotations

import numpy as np
import pytest
from invoke import invoke

from gradcalc.errors import GradcalcError, LimitError
from gradcalc.problem.chain import Link, chain, composed
from gradcalc.problem.flags import Flags
from gradcalc.problem.function_flags import FunctionFlags
from gradcalc.problem.load import combine, loads
from gradcalc.study.jacobian import report

F, G = "F(x, y, z) = [3*x*y, y - z]", "G(x, y) = [x - 5*y, x*y, x - y]"


def from_flags(*definitions, compose=None, at=()):
    problem = combine(None, Flags(functions=FunctionFlags(definitions, compose, at)))
    assert problem is not None
    return problem


def test_functions_on_the_command_line_are_those_of_a_file():
    written = loads("functions: {'F(x, y, z)': [3*x*y, y - z], 'G(x, y)': [x - 5*y, x*y, x - y]}\ncompose: F(G)\n")
    typed = from_flags(F, G, compose="F(G)")
    for problem in (written, typed):
        assert [(f.name, f.args, f.shape) for f in problem.functions.values()] == [
            ("F", ("x", "y", "z"), (2,)),
            ("G", ("x", "y"), (3,)),
        ]
    assert composed(written).name == composed(typed).name == "F∘G"


@pytest.mark.parametrize(
    ("text", "shape", "formulas"),
    [
        ("f(x) = x^2", None, ["x^2"]),
        ("f(x)=[x]", (1,), ["x"]),
        ("f(x, y) = [max(x, y), x == y]", (2,), ["max(x, y)", "x == y"]),
        ("f(x) = [[x, 1], [2, x]]", (2, 2), ["x", "1", "2", "x"]),
        ("f(z) = [z[1], z[2]*2]", (2,), ["z[1]", "z[2]*2"]),
    ],
)
def test_a_definition_is_a_formula_a_list_or_rows(text, shape, formulas):
    (function,) = from_flags(text).functions.values()
    assert function.shape == shape
    assert [formula.written.text for formula in function.formulas] == formulas


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (["x=1,y=2"], {"x": 1, "y": 2}),
        (["x=1/2", "y=-.5"], {"x": 0.5, "y": -0.5}),
        (["x = 1, y = 2"], {"x": 1, "y": 2}),
        (["x=[1,2,3],y=1e-3"], {"x": [1, 2, 3], "y": 1e-3}),
        (["x=1 2 3"], {"x": [1, 2, 3]}),
        (["x=[[1,2],[3,4]]"], {"x": [[1, 2], [3, 4]]}),
        (["x=1 2; 3 4"], {"x": [[1, 2], [3, 4]]}),
    ],
)
def test_a_point_is_written_in_any_usual_way(at, expected):
    found = from_flags("f(x, y) = x*y", at=at).at
    assert {name: np.asarray(value).tolist() for name, value in found.items()} == expected


def test_flags_win_over_the_file():
    done = invoke(["jacobian", "configs/functions/jacobian.yaml", "F(x, y) = x*y", "--at", "x=5"])
    assert "F(x, y) = xy" in done.stdout
    assert "x = 5, y = 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message", "line"),
    [
        (["f(x) = y"], 3, "unknown name 'y'", " 1 | f(x) = y"),
        (["f(x) = x*"], 3, "nothing follows the '*' at the end", " 1 | f(x) = x*"),
        (["f(x) = [x, x.__class__]"], 3, "an attribute can't be used", "f(x) = [x, x.__class__]"),
        (["f(x)"], 2, "'f(x)' is no function: it has no '='", "F(x, y) = [x*y, x - y]"),
        (["f() = 3"], 3, "'f()' is not a function with its arguments", "such as F(x, y)"),
        (["f(x, x) = x"], 3, "f has two arguments that are called 'x'", "rename one"),
        (["sigmoid(x) = x"], 3, "sigmoid is a function already", "choose another name"),
        (["f(x) = x", "f(y,x) = y"], 3, "two functions are called 'f'", "rename one"),
        (["f(x) = ["], 3, "the list of formulas is not closed", "a list ends with ]"),
        (["f(x) = []"], 3, "f must be a formula or a list of formulas", "such as [x*y, x - y]"),
        (["f(x) = "], 3, "f has an empty entry", "write a formula"),
        (["f(x) = [[x, 1], [2]]"], 3, "the rows of f are of different lengths", "[[x, 1], [2]]"),
        (["f(x) = f(x - 1)"], 3, "f would be called without end: f → f", "f(x) = f(x - 1)"),
        (["f(x) = g(x)", "g(x) = f(x)"], 3, "f would be called without end: f → g → f", "g(x) = f(x)"),
        (["f(x) = g(x, 2)", "g(x) = x"], 3, "g takes 1 argument (x), not 2", "f(x) = g(x, 2)"),
        (["f(z) = softmax(z)"], 3, "z is a number, but softmax needs a vector", "at: {z: [1, 2, 3]}"),
        (["f(z) = [softmax(z), 1]", "--at", "z=1 2"], 3, "an entry of f is one number, and this is 2 entries", "alone"),
        ([F, G, "--compose", "G(F)"], 0, "", ""),
        ([F, "H(x) = x", "--compose", "F(H)"], 3, "F takes 3 arguments (x, y, z), and H gives 1 entry", "F(H)"),
        ([F, G, "--compose", "F(Q)"], 3, "no function is called 'Q'", "known are F, G"),
        ([F, G, "--compose", "F + G"], 3, "a composition is written F(G)", "by the names of functions"),
        ([F, G, "--compose", "F"], 3, "F alone is not composed of anything", "such as F(G)"),
        ([F, G, "--compose", "F(G)", "--at", "x=1"], 3, "the point has no value for y of F∘G", "add y"),
        (["f(x, y) = x*y", "--at", "x=1"], 3, "the point has no value for y of f", "add y"),
        (["f(x) = x", "--at", "x=1,w=2"], 3, "no function has an argument 'w'", "known are x"),
        (["f(x) = x", "--at", "7"], 2, "--at 7: a point is written x=1,y=2", "z=[1,2,3]"),
        (["f(x) = x", "--at", "x=a"], 3, "", "a"),
        (["f(x) = log(x)", "--at", "x=0"], 4, "log(x)", "x = 0"),
        (["f(x) = sqrt(x)", "--at", "x=0"], 4, "f has no finite slope at x = 0", ""),
        (["f(x) = x + 9^9^9"], 4, "f has a part that is not a finite number", ""),
        (["f(x, y) = x*y", "--boundary"], 3, "f is not linear", "no line and no plane"),
        (["f(x) = 3 + 0*x", "--boundary"], 3, "f depends on none of its arguments", ""),
        (["f(x) = [x, 1]", "--boundary"], 3, "f gives 2 numbers, and a boundary is where one number is 0", ""),
        (["f(x) = x", "g(x) = x", "--boundary"], 2, "--boundary is of one function, and there are f, g", ""),
        (["f(x) = x", "--order", "13"], 2, "--order 13 is not between 1 and 12", ""),
        (["f(x) = x", "--order", "0"], 2, "--order 0 is not between 1 and 12", ""),
        (["f(x, y) = x", "--order", "3"], 2, "--order 3 is for functions of one number", "--order 2 gives its Hessian"),
        (["f(x) = x", "--of", "f"], 2, "--of is for a network", ""),
        (["--order", "2"], 2, "--order is for functions", ""),
        (["--boundary"], 2, "--boundary is for functions", ""),
        (["--compose", "F(G)"], 2, "there are no functions", "F(x, y) = [x*y, x - y]"),
        (["--of", "q"], 2, "q: no quantity is called 'q'", ""),
        (["--wrt", ""], 2, ": no quantity is called ''", ""),
        (["--of", "dW_H"], 2, "--of dW_H: a Jacobian is of a quantity", "a1 or W1[1,2]"),
        (["--of", "W_O", "--wrt", "x"], 2, "W_O does not depend on x", ""),
        (["configs/given-gradients.yaml"], 2, "nothing is computed in this problem", ""),
        (["configs/rosenbrock.yaml"], 2, "L with respect to what?", "--wrt x; L depends on x, y"),
        (["configs/letters/two-layer.yaml"], 3, "this network has no numbers", ""),
        (["a.yaml", "b.yaml"], 2, "two files: a.yaml and b.yaml", ""),
        (["configs/softmax-batch.yaml", "--of", "a1[1]", "--wrt", "x[2]"], 2, "does not depend on x of another", ""),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(arguments, code, message, line):
    done = invoke(["jacobian", *arguments])
    assert done.code == code, done.stderr
    assert message in done.stderr
    assert line in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("command", ["forward", "backward", "shapes", "graph"])
def test_other_commands_say_what_functions_are_for(command):
    done = invoke([command, "configs/functions/gradient.yaml"])
    assert done.code == 3
    assert "`gradcalc jacobian` shows functions and their derivatives" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("functions: {'f(x)': x}\nlayers: [{weights: [[1]]}]", "'layers' does not belong to 'functions'"),
        ("functions: {'f(x)': x}\nloss: mse", "'loss' does not belong to 'functions'"),
        ("functions: {'f(x)': x}\nrounding: 4dp", "'rounding' does not belong to 'functions'"),
        ("layers: [{weights: [[1]]}]\ncompose: F(G)", "'compose' belongs to 'functions', and this problem has none"),
        ("parameters: {x: 1}\nobjective: x\nat: {x: 1}", "'at' belongs to 'functions', and this problem has none"),
        ("functions: {}", "functions is empty"),
        ("functions: [x]", "functions must be a mapping"),
        ("functions: {'f(x)': {a: 1}}", "f must be a formula or a list of formulas"),
    ],
)
def test_functions_stand_alone(text, message):
    with pytest.raises(GradcalcError, match=message.replace("(", r"\(")):
        loads(text)


def test_every_fault_of_a_file_is_told_at_once():
    with pytest.raises(GradcalcError) as caught:
        loads("functions:\n  f(x): [x +, 2x]\n  g(y: y\n  h(x, x): 1\n")
    assert [fault.place.line for fault in caught.value.faults] == [2, 2, 3, 4]


def test_a_formula_with_a_comma_in_a_list_is_told_to_stand_in_quotes():
    with pytest.raises(GradcalcError) as caught:
        loads("functions:\n  f(x): [max(x, 1), 2]\n")
    assert caught.value.faults[0].hint == "a formula with a comma in it stands in quotes in a list"


def test_a_jacobian_that_would_fill_the_memory_is_refused():
    big = "{functions: {'f(z)': 'outer(z, z)'}, at: {z: [" + ", ".join(["1"] * 300) + "]}}"
    with pytest.raises(LimitError, match=r"the Jacobian of f has 90000 × 300 entries; the limit is 4000000"):
        report(loads(big))


def test_calls_of_other_functions_are_written_out():
    problem = from_flags("h(x) = s(2*x) + F(x)[2]", "s(t) = sigmoid(t)", "F(x) = [x, x^3]", at=["x=0.5"])
    derived = report(problem).functions["h"]
    value = 1 / (1 + np.exp(-1)) + 0.125
    assert derived.point.value == pytest.approx(value, rel=1e-15)
    assert derived.from_letters(1) <= 1e-15


def test_an_argument_of_one_function_is_not_that_of_another():
    problem = from_flags("f(x, y) = g(y, x)", "g(x, y) = x - 2*y", at=["x=1,y=10"])
    assert report(problem).functions["f"].point.value == 10 - 2


def test_indices_count_from_the_problems_base():
    problem = loads("{functions: {'f(z)': 'z[0]^2*z[1]'}, at: {z: [2, 3]}, index_base: 0}")
    derived = report(problem).functions["f"]
    assert derived.point.jacobian.tolist() == [[12, 4]]
    assert [letter.name for letter in derived.letters.letters] == ["z[0]", "z[1]"]
    assert derived.from_letters(0) == 0


def test_a_chain_feeds_numbers_entries_or_vectors():
    problem = loads("{functions: {'F(z)': 'sum(z^2)', 'G(x)': [x, 2*x], 'H(a, b)': a*b, 'K(x)': 'concat(x, x)'}}")
    functions = problem.functions
    for outer, inner in (("F", "G"), ("H", "G"), ("H", "K"), ("F", "K")):
        made = chain(Link(functions[outer], (Link(functions[inner]),)), {}, problem)
        assert made.size == (1, 1)
        assert [operand.shape for operand in made.fed] == ([(2,)] if outer == "F" else [(), ()])
