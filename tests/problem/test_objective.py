"""An objective: one number from a formula over parameters, and errors that point into the formula."""

import re
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcalc.engine import lines
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import backward, forward
from gradcalc.engine.notation import text
from gradcalc.errors import ExpressionError, GradcalcError, Place, ProblemError, Source
from gradcalc.problem.equations import not_finite
from gradcalc.problem.objective import objective

ROSENBROCK = "(1 - x)**2 + 100*(y - x**2)**2"


def numbers(**values):
    return {name: np.array(value, dtype=float) for name, value in values.items()}


def objective_graph(written, parameters, place=None):
    made = objective(Written(written, place), parameters)
    return made.graph, made.leaves, made.result


def solved(written, **values):
    graph, leaves, result = objective_graph(written, numbers(**values))
    flow = forward(graph, leaves)
    back = backward(graph, flow, {result: np.ones(())})
    return flow[result], {name: np.asarray(back[name]) for name in values if name in back}


def failure(written, **values):
    graph, leaves, result = objective_graph(written, numbers(**values))
    return not_finite(graph, leaves, {result: Written(written)})


def test_the_valley_of_rosenbrock_has_its_known_values():
    value, gradients = solved(ROSENBROCK, x=-1.2, y=1)
    assert value == pytest.approx(24.2, rel=1e-14)
    assert gradients["x"] == pytest.approx(-215.6, rel=1e-14)
    assert gradients["y"] == pytest.approx(-88, rel=1e-14)
    assert solved(ROSENBROCK, x=1, y=1) == (0, {"x": 0, "y": 0})


def test_the_valley_of_rosenbrock_reads_as_in_a_book():
    graph, _, result = objective_graph(ROSENBROCK, numbers(x=-1.2, y=1))
    told = lines.compose(graph, result, result=result, column=False, written=True)
    assert text(told.formula) == "(1 − x)² + 100 (y − x²)²"
    assert {name: text(rule) for name, rule in told.rules.items()} == {
        "x": "−2 (1 − x) − 400 (y − x²) x",
        "y": "200 (y − x²)",
    }


@pytest.mark.parametrize(("names", "result"), [("x", "L"), ("L", "objective"), ("L objective", "objective2")])
def test_the_result_has_a_name_that_no_parameter_has(names, result):
    leaves = numbers(**dict.fromkeys(names.split(), 1))
    graph, _, found = objective_graph(f"2*{names.split()[0]}", leaves)
    assert found == result
    assert graph.lines == (result,)


@pytest.mark.parametrize("written", ["w", "w*2", "softmax(w) + w", "w.T", "sum(w, axis=1)"])
def test_an_array_of_one_entry_is_one_number(written):
    value, gradients = solved(written, w=[[1.5]])
    assert value.shape == ()
    assert gradients["w"].shape == (1, 1)


def test_a_loss_of_a_batch_is_an_objective():
    value, gradients = solved("bce(sigmoid(W @ x + b), y)", W=[[1, -2]], x=[0.5, 0.25], b=[0.1], y=[1])
    assert value == pytest.approx(np.log1p(np.exp(-0.1)), rel=1e-14)
    assert gradients["b"] == pytest.approx(-1 / (1 + np.exp(0.1)), rel=1e-14)


@pytest.mark.parametrize(
    ("written", "message", "meant"),
    [
        ("v - 1", "the objective must be one number, and this is 3 entries", "v - 1"),
        ("outer(v, v)", "one number, and this is 3×3", "outer(v, v)"),
        ("2*3 + sqrt(4)", "depends on no parameter", "2*3 + sqrt(4)"),
        ("sum(v) + z", "unknown name 'z'", "z"),
    ],
)
def test_what_is_no_objective_is_refused_where_it_stands(written, message, meant):
    source = Source("a.yaml", f"parameters: {{v: [1, 2, 3]}}\nobjective: {written}\n")
    with pytest.raises(ExpressionError, match=message) as caught:
        objective_graph(written, numbers(v=[1, 2, 3]), Place(source, 2, 12, len(written)))
    place = caught.value.faults[0].place
    assert (place.source, place.line) == (source, 2)
    assert source.line(2)[place.column - 1 :][: place.length] == meant


def test_names_that_are_one_in_a_formula_are_refused():
    with pytest.raises(ProblemError, match="'x1' and 'x₁' are the same name"):
        objective_graph("x1", {"x1": np.array(1.0), "x₁": np.array(2.0)})


def test_a_parameter_in_another_form_of_letters_is_found():
    graph, leaves, result = objective_graph("ｘ + x₁", {"ｘ": np.array(1.0), "x₁": np.array(2.0)})
    values = forward(graph, leaves)
    assert values[result] == 3
    assert set(backward(graph, values, {result: np.ones(())})) >= {"ｘ", "x₁"}


def test_a_parameter_can_not_be_taken_for_a_number_of_the_formula():
    with pytest.raises(ProblemError, match="holds a '·'"):
        objective_graph("2*x", {"x": np.array(1.0), "L·2": np.array(5.0)})


WITHOUT_VALUE = {
    "1/(x - 1) + x": ("1/(x - 1) is infinite where x - 1 = 0", "1/(x - 1)"),
    "2*log(x - 2)": ("log(x - 2) is not defined where x - 2 = -1", "log(x - 2)"),
    "x*(0/(x - 1))": ("0/(x - 1) is not defined where x - 1 = 0", "0/(x - 1)"),
    "x + sqrt(x - 1)": ("sqrt(x - 1) has no finite slope where x - 1 = 0", "sqrt(x - 1)"),
    "arccos(x)*2": ("arccos(x) has no finite slope where x = 1", "arccos(x)"),
    "x + (-8)**(1/3)": ("(-8)**(1/3) is not defined", "(-8)**(1/3)"),
    "x*9**9**9": ("9**9**9 is infinite", "9**9**9"),
    "exp(x*1000)": ("exp(x*1000) is infinite where x*1000 = 1000", "exp(x*1000)"),
    "sum(v/(v - 2))": ("v/(v - 2) is infinite", "v/(v - 2)"),
    "(x - 3)**x": ("(x - 3)**x has no finite slope where x - 3 = -2 and x = 1", "(x - 3)**x"),
}


@pytest.mark.parametrize(("written", "told"), WITHOUT_VALUE.items(), ids=WITHOUT_VALUE)
def test_a_number_that_is_not_finite_is_named_by_its_part_of_the_formula(written, told):
    message, meant = told
    error = failure(written, x=1, v=[1, 2, 3])
    (fault,) = error.faults
    assert error.exit_code == 4
    assert fault.message == message
    assert written[fault.place.column - 1 :][: fault.place.length] == meant


def test_an_odd_root_of_a_negative_number_is_answered_with_how_to_write_it():
    assert re.search(r"-\(8\^\(1/3\)\)", failure("x*(-8)^(1/3)", x=1).faults[0].hint)


def test_where_everything_is_finite_there_is_no_error():
    assert failure("abs(x - 1) + max(x, 1) + norm(v - v)", x=1, v=[1, 2]) is None


def test_whole_powers_of_negative_numbers_and_of_zero_are_numbers_with_slopes():
    assert solved("x^3 + x^2", x=-2) == (-4, {"x": 8})
    assert solved("x^2 + x^1 + x^0", x=0) == (1, {"x": 1})
    value, gradients = solved("x^y", x=0, y=0)
    assert (value, gradients["x"], gradients["y"]) == (1, 0, 0)
    value, gradients = solved("x^y", x=0, y=2)
    assert (value, gradients["x"], gradients["y"]) == (0, 0, 0)


def test_a_tie_goes_to_the_first_argument_unless_it_is_to_be_split():
    assert solved("max(x, y)", x=2, y=2)[1] == {"x": 1, "y": 0}
    assert solved("min(x, y)", x=2, y=2)[1] == {"x": 1, "y": 0}
    assert solved("max(x, y, ties=split)", x=2, y=2)[1] == {"x": 0.5, "y": 0.5}
    assert solved("max(v, ties=split)", v=[1, 2, 2])[1]["v"].tolist() == [0, 0.5, 0.5]


PIECES = [*"xyvW(),+-*/^@[]:123.", *FUNCTIONS, "**", ".T", "<=", "==", "axis=", "ties=split", "0.5", "pi", "sum(", "(x"]
parts = st.recursive(
    st.sampled_from(["x", "y", "v", "W", "2", "0", "-1", "0.5", "pi", "v[1]", "W[1]"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", "@", "<", "=="]), inner).map(
            lambda three: "({} {} {})".format(*three)
        ),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner).map(lambda two: "{}({})".format(*two)),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner, inner).map(lambda three: "{}({}, {})".format(*three)),
        inner.map(lambda one: f"sum({one})"),
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join), parts, parts.map("sum({})".format)
    )
)
def test_any_text_is_an_objective_with_all_that_is_said_of_it_or_an_error_of_ours(written):
    leaves = numbers(x=0, y=-2, v=[1, 0, 3], W=[[1, 2, 0], [0, -1, 2]])
    with suppress(GradcalcError):
        graph, leaves, result = objective_graph(written, leaves)
        flow = forward(graph, leaves)
        back = backward(graph, flow, {result: np.ones(())})
        finite = all(np.isfinite(value).all() for value in (*flow.values(), *back.values()))
        assert finite or not_finite(graph, leaves, {result: Written(written)}) is not None
        told = lines.compose(graph, result, result=result, column=False, written=True)
        assert all(map(text, (told.formula, *told.rules.values())))
