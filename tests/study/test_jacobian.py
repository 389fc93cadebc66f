"""Functions in letters: what SymPy differentiates is what reverse mode computes and what differences say."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from networks import examples
from turns import examples_in_turn

from gradcalc.engine.notation import Style, text
from gradcalc.errors import GradcalcError, NumericError
from gradcalc.problem.load import loads
from gradcalc.study.calculus.derivatives import numbers
from gradcalc.study.calculus.textbook import source, tree
from gradcalc.study.functions import differences, evaluate
from gradcalc.study.jacobian import report
from gradcalc.study.recognized import entry_rule, in_full, names

TIGHT = Style(tight=True)
CLOSE, NEAR = 1e-9, 1e-5


def of(functions: str, **more: str):
    """The report of functions that are written in YAML's braces."""
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return report(loads(f"{{functions: {{{functions}}}{rest}}}"))


def told(functions: str, **more: str) -> list[list[str]]:
    """The Jacobian of the first function as it is shown."""
    first = next(iter(of(functions, **more).functions.values()))
    return [[text(entry, TIGHT) for entry in row] for row in first.letters.trees(first.letters.jacobian)]


# formulas that have a slope wherever they have a value
ATOMS = st.sampled_from(["x", "y", "2", "0.5", "3", "pi"])
SMOOTH = ("sigmoid", "tanh", "exp", "sin", "cos", "softplus", "silu", "gelu", "square", "arctan", "elu", "sinh", "relu")


def _larger(inner):
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    power = st.tuples(inner, st.sampled_from(["2", "3"])).map(lambda t: f"({t[0]})^{t[1]}")
    call = st.tuples(st.sampled_from(SMOOTH), inner).map(lambda t: f"{t[0]}({t[1]})")
    extreme = st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")
    chosen = st.tuples(st.sampled_from("<>"), inner, inner).map(lambda t: f"where(x {t[0]} 2, {t[1]}, {t[2]})")
    mixed = st.tuples(inner, inner).map(lambda t: f"softmax(concat({t[0]}, {t[1]}))[1]")
    return st.one_of(pair, power, call, extreme, chosen, mixed)


FORMULAS = st.recursive(ATOMS, _larger, max_leaves=6)


# numbers of ordinary size, never a 0 and never two alike
XS = st.integers(-24, 24).map(lambda k: k / 16 + 0.011)
YS = st.integers(-24, 24).map(lambda k: k / 16 + 0.0077)


@examples_in_turn(15, 60, FORMULAS, XS, YS, how=examples)
def test_letters_reverse_mode_and_differences_agree_on_any_formula(formula, x, y):
    try:
        found = of(f'"f(x, y)": "{formula}"', at=f"{{x: {x!r}, y: {y!r}}}")
    except GradcalcError:
        assume(False)
    derived = found.functions["f"]
    size = float(np.abs(derived.point.jacobian).max())
    assume(size < 1e4)
    value = numbers(derived.letters.trees(derived.letters.value), derived.point.at, 1)
    assume(np.isfinite(value).all())
    assert derived.from_letters(1) <= CLOSE * max(1, size)
    assume(all(np.abs(around - derived.point.jacobian).max() <= 1e-2 * size + 1e-7 for around in beside(derived)))
    assert np.abs(differences(derived.point) - derived.point.jacobian).max() <= NEAR * max(1, size)


def beside(derived):
    """The Jacobians a little beside the point, which are others at a corner, where differences are no slopes."""
    for dx in (-2e-5, 0, 2e-5):
        for dy in (-2e-5, 0, 2e-5):
            at = derived.point.at
            with suppress(GradcalcError):
                yield evaluate(derived.chain, {"x": at["x"] + dx, "y": at["y"] + dy}).jacobian


@examples_in_turn(10, 30, FORMULAS, FORMULAS, XS, YS, how=examples)
def test_the_chain_rule_is_the_direct_derivative(outer, inner, x, y):
    try:
        found = of(f'"F(x, y)": "{outer}", "G(x, y)": ["{inner}", "x*y"]', compose="F(G)", at=f"{{x: {x!r}, y: {y!r}}}")
    except GradcalcError:
        assume(False)
    composition = found.composition
    size = float(np.abs(composition.direct.point.jacobian).max())
    assume(size < 1e4)
    assert composition.difference <= 1e-9 * max(1, size)
    assert composition.agrees is not False


@pytest.mark.parametrize(
    ("formula", "letters"),
    [
        ("(2*x + 3*y)^2", ["8x + 12y", "12x + 18y"]),
        ("x*y - x^2*y", ["y − 2xy", "x − x²"]),
        ("x/(1 + x)", ["1 / (x + 1)²", "0"]),
        ("x/y", ["1 / y", "−x / y²"]),
        ("sqrt(x^2 + y^2)", ["x / √(x² + y²)", "y / √(x² + y²)"]),
        ("0.3*x^2", ["0.6x", "0"]),
        ("x^3/3", ["x²", "0"]),
        ("relu(x*y)", ["y [xy > 0]", "x [xy > 0]"]),
        ("leaky_relu(x, slope=0.2)", ["(1 if x > 0, else 0.2)", "0"]),
        ("max(x, y)", ["[x ≥ y]", "[y > x]"]),
        ("abs(x)*pi", ["π sign(x)", "0"]),
        ("log10(x) + log2(y)", ["1 / (x ln 10)", "1 / (y ln 2)"]),
        ("e^x", ["exp(x)", "0"]),
        ("x^y", ["x^y y / x", "x^y ln x"]),
        ("bce(sigmoid(x), y)", ["sigmoid(x) − y", "ln(1 − sigmoid(x)) − ln sigmoid(x)"]),
        ("where(x > y, x^2, y)", ["(2x if x > y, else 0)", "(0 if x > y, else 1)"]),
        ("sigmoid(x)", ["sigmoid(x) (1 − sigmoid(x))", "0"]),
    ],
)
def test_a_derivative_reads_as_in_a_book(formula, letters):
    assert told(f'"f(x, y)": "{formula}"') == [letters]


def test_vectors_and_matrices_have_a_letter_for_each_entry():
    found = of('"f(W, x)": "sum((W @ x)^2)"', at="{W: [[1, 2], [3, 4]], x: [1, -1]}").functions["f"]
    shown = [text(entry, TIGHT) for entry in found.letters.trees(found.letters.jacobian)[0]]
    assert shown[0] == "2 W[1,1] x[1]² + 2 W[1,2] x[1] x[2]"
    assert len(shown) == 6
    assert found.from_letters(1) <= 1e-12
    assert found.from_differences() <= 1e-6


def test_rows_of_a_matrix_go_one_behind_the_other():
    found = of('"F(X)": "X.T"', at="{X: [[1, 2], [3, 4]]}").functions["F"]
    assert found.point.jacobian.tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]


def test_softmax_along_an_axis_and_of_a_part_is_told_by_what_it_is_of():
    found = of('"p(z)": "softmax(z[1:2])"', at="{z: [1, 2, 3]}").functions["p"]
    assert text(found.letters.trees(found.letters.value)[0]) == "softmax([z[1], z[2]])[1]"
    found = of('"p(Z)": "softmax(Z, axis=1)"', at="{Z: [[1, 2], [3, 5]]}").functions["p"]
    assert found.from_letters(1) <= 1e-15
    found = of('"p(Z)": "softmax(Z)"', at="{Z: [[1, 2], [3, 5]]}").functions["p"]
    assert text(found.letters.trees(found.letters.value)[3]) == "softmax(Z[2])[2]"
    assert found.from_letters(1) <= 1e-15


def test_a_function_of_the_problem_is_recognized_in_a_derivative():
    found = of('"s(x)": "sigmoid(x)", "ls(x)": "log(s(x))"')
    ls = found.functions["ls"]
    assert text(ls.letters.trees(ls.letters.jacobian, names(found))[0, 0]) == "1 − s(x)"
    assert source(ls.letters.trees(ls.letters.jacobian)[0, 0]) == "1 - sigmoid(x)"


def test_a_short_derivative_is_written_out():
    found = of('"ls(x)": "log(sigmoid(x))", "q(x)": "x^2"')
    ls = found.functions["ls"]
    assert text(tree(in_full(ls), ls.letters.page)) == "exp(−x) / (1 + exp(−x))"
    assert in_full(found.functions["q"]) is None


def test_the_rule_of_softmax_names_the_function_that_it_is():
    found = of('"lp(z)": log_softmax(z), "p(z)": softmax(z)', at="{z: [1, 2]}")
    rules = {name: entry_rule(derived, found) for name, derived in found.functions.items()}
    assert {name: text(rule) for name, rule in rules.items()} == {"p": "p_i (δ_ij − p_j)", "lp": "δ_ij − p_j"}
    alone = of('"lp(z)": log_softmax(z)', at="{z: [1, 2]}")
    assert text(entry_rule(alone.functions["lp"], alone)) == "δ_ij − softmax(z)_j"


@pytest.mark.parametrize(
    ("compose", "name", "letters"),
    [
        ("F(G)", "F∘G", ["2x + 1"]),
        ("F(G, H)", "F∘(G, H)", ["2x", "cos(y)"]),
        ("K(F(G))", "K∘F∘G", ["4x³ + 6x² + 2x"]),
        ("K(K(H))", "K∘K∘H", ["4 cos(y) sin(y)³"]),
    ],
)
def test_functions_feed_each_other_in_every_way(compose, name, letters):
    functions = {
        "F(G)": '"F(u, v)": u + v, "G(x)": [x^2, x]',
        "F(G, H)": '"F(u, v)": u + v, "G(x)": x^2, "H(y)": sin(y)',
        "K(F(G))": '"K(t)": t^2, "F(u, v)": u + v, "G(x)": [x^2, x]',
        "K(K(H))": '"K(t)": t^2, "H(y)": sin(y)',
    }[compose]
    args = "{x: 0.7, y: 0.4}" if compose == "F(G, H)" else "{x: 0.7}" if "G" in compose else "{y: 0.4}"
    composition = of(functions, compose=f'"{compose}"', at=args).composition
    direct = composition.direct
    assert direct.chain.link.name == name
    assert [text(entry, TIGHT) for entry in direct.letters.trees(direct.letters.jacobian)[0]] == letters
    assert composition.agrees
    assert composition.difference <= 1e-15
    assert direct.from_differences() <= 1e-8


def test_a_vector_argument_takes_a_list_of_numbers_whole():
    composition = of('"p(z)": softmax(z), "G(x)": [x, 2*x, x^2]', compose="p(G)", at="{x: 0.5}").composition
    assert composition.direct.chain.shape == (3,)
    assert composition.difference <= 1e-15
    assert composition.agrees


def test_an_inner_function_that_is_constant_has_no_slope():
    composition = of('"F(u)": u^2, "G(x)": 3 + 0*x', compose="F(G)", at="{x: 1}").composition
    assert composition.direct.point.jacobian.tolist() == [[0]]


@pytest.mark.parametrize("formula", ["9^9^9*x", "x + 9^9^9", "(2*x)^1e9", "exp(x)^(9^9)", "((x^99)^99)^99", "x/0"])
def test_powers_without_end_end_at_once(formula):
    with suppress(NumericError):
        of(f'"f(x)": "{formula}"')


def test_what_nobody_could_read_has_no_letters():
    entries = ", ".join(f"x[{k}]^2" for k in range(1, 51))
    derived = of(f'"F(x)": "concat({entries})"', at=f"{{x: {list(range(50))}}}").functions["F"]
    assert derived.letters is None
    assert derived.point.jacobian.shape == (50, 50)


def test_a_power_of_a_long_sum_stays_as_it_is():
    derived = of('"f(x, y)": (x + y + 1)^60').functions["f"]
    assert text(derived.letters.trees(derived.letters.jacobian)[0, 0], TIGHT) == "60 (x + y + 1)⁵⁹"
