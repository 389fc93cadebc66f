"""What a formula becomes: values as NumPy has them, gradients as differences and another library have them."""

import ast
import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from turns import examples_in_turn

from gradcalc.engine import lines
from gradcalc.engine.expression.equations import LONGEST_CHAIN, equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import parse
from gradcalc.engine.expression.writer import Operand
from gradcalc.engine.graph import Graph, backward, book_of, forward
from gradcalc.engine.notation import Style, text
from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.errors import ExpressionError

X, Y = np.array(0.7), np.array(-1.3)
V, U = np.array([0.5, -1.2, 2.1]), np.array([1.4, -0.6])
W = np.array([[0.3, -0.8, 1.7], [2.2, 0.6, -1.1]])
M = np.array([[1.3, 0.4, -0.9], [-0.2, 2.3, 0.8]])
LEAVES = {"x": X, "y": Y, "v": V, "u": U, "W": W, "M": M, "one": np.array([[0.9]])}


class Run:
    """A formula over leaves, with its value and its gradients towards them."""

    def __init__(self, written, leaves=None, base=1):
        leaves = LEAVES if leaves is None else leaves
        known = {name: Operand(name, value.shape, value=value) for name, value in leaves.items()}
        self.line = equations(parse(written, functions=FUNCTIONS), "L", known, base=base)
        self.graph = Graph(self.line.equations, self.line.constants)
        self.leaves = {**leaves, **self.line.leaves}
        self.values = forward(self.graph, self.leaves)
        self.value = np.asarray(self.values["L"])

    def gradients(self, seed, graph=None):
        back = backward(graph or self.graph, self.values, {"L": seed})
        return {name: np.asarray(g) for name, g in back.items() if name in LEAVES}

    def told(self):
        told = lines.compose(self.graph, "L", result="L", column=False, written=True)
        return text(told.formula, Style()), {name: text(rule, Style()) for name, rule in told.rules.items()}


def refusal(written, leaves=None, base=1):
    with pytest.raises(ExpressionError) as caught:
        Run(written, leaves, base)
    (fault,) = caught.value.faults
    return fault


def seed_of(value):
    return np.asarray(np.cos(1 + np.arange(value.size)) + 0.3).reshape(value.shape)


# formulas and what NumPy makes of them

FORMULAS = {
    "(1 - x)^2 + 100*(y - x**2)^2": lambda np, x, y, **_: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "-x^2 + +y": lambda np, x, y, **_: -(x**2) + y,
    "2^x - x^-2": lambda np, x, **_: 2**x - x**-2.0,
    "x**(1/2) + (x^2)^y": lambda np, x, y, **_: np.sqrt(x) + (x**2) ** y,
    "x/y/2 - 3*x*-y": lambda np, x, y, **_: x / y / 2 + 3 * x * y,
    "W @ v - u": lambda np, W, v, u, **_: W @ v - u,
    "u @ W": lambda np, W, u, **_: u @ W,
    "W @ M.T": lambda np, W, M, **_: W @ M.T,
    "v @ v + dot(v, v)": lambda np, v, **_: 2 * np.dot(v, v),
    "outer(u, v) * W": lambda np, u, v, W, **_: np.outer(u, v) * W,
    "W.T": lambda np, W, **_: W.T,
    "x*v + y": lambda np, x, v, y, **_: x * v + y,
    "W + v": lambda np, W, v, **_: W + v,
    "v/W": lambda np, W, v, **_: v / W,
    "one*W - one": lambda np, W, one, **_: one * W - one,
    "W*sum(W, axis=1)": lambda np, W, **_: W * np.sum(W, axis=0),
    "exp(x) + log(x) + log2(x) + log10(x)": lambda np, x, **_: np.exp(x) + np.log(x) + np.log2(x) + np.log10(x),
    "sqrt(x)*abs(y)": lambda np, x, y, **_: np.sqrt(x) * np.abs(y),
    "sin(x)*cos(y)*tan(x)": lambda np, x, y, **_: np.sin(x) * np.cos(y) * np.tan(x),
    "arcsin(x) + arccos(x) + arctan(y)": lambda np, x, y, **_: np.arcsin(x) + np.arccos(x) + np.arctan(y),
    "sinh(x) + cosh(y) - tanh(x*y)": lambda np, x, y, **_: np.sinh(x) + np.cosh(y) - np.tanh(x * y),
    "max(v, 0) + min(x, v)": lambda np, v, x, **_: np.maximum(v, 0) + np.minimum(x, v),
    "max(W) + min(W)*max(v)": lambda np, W, v, **_: np.max(W) + np.min(W) * np.max(v),
    "max(W, axis=1) - min(W, axis=1)": lambda np, W, **_: np.max(W, axis=0) - np.min(W, axis=0),
    "sum(W) + mean(W*M) + prod(v)": lambda np, W, M, v, **_: np.sum(W) + np.mean(W * M) + np.prod(v),
    "mean(W, axis=2)": lambda np, W, **_: np.mean(W, axis=1),
    "prod(W, axis=1)": lambda np, W, **_: np.prod(W, axis=0),
    "norm(v) + norm(W)": lambda np, v, W, **_: np.sqrt(np.sum(v**2)) + np.sqrt(np.sum(W**2)),
    "norm(W, axis=2)": lambda np, W, **_: np.sqrt(np.sum(W**2, axis=1)),
    "where(W > 0, W, 0.1*W)": lambda np, W, **_: np.where(W > 0, W, 0.1 * W),
    "where(x < y, v, -v)*(x >= y) + x*y": lambda np, x, y, v, **_: np.where(x < y, v, -v) * (x >= y) + x * y,
    "v*(v <= 0) + (v == 2)": lambda np, v, **_: v * (v <= 0) + (v == 2),
    "concat(v, u, x)": lambda np, v, u, x, **_: np.concatenate([v, u, np.array([1.0]) * x]),
    "concat(W, M, axis=2)": lambda np, W, M, **_: np.concatenate([W, M], axis=1),
    "v[2] + W[1, 3]*W[2][1]": lambda np, v, W, **_: v[1] + W[0, 2] * W[1, 0],
    "v[2:3]*W[:, 2:3]": lambda np, v, W, **_: v[1:3] * W[:, 1:3],
    "W[2] - v[1:3:2][2]": lambda np, W, v, **_: W[1] - v[0:3:2][1],
    "W - mean(W, axis=2, keepdims=true)": lambda np, W, **_: W - np.mean(W, axis=1, keepdims=True),
    "W*norm(W, keepdims=true) + max(W, axis=1, keepdims=true)": lambda np, W, **_: (
        W * np.sqrt(np.sum(W**2)) + np.max(W, axis=0, keepdims=True)
    ),
    "M[[2, 1, 2]] + W[1]": lambda np, M, W, **_: M[np.array([1, 0, 1])] + W[0],
    "W[:, [3, 1, 3]]*v[[2, 2, 1]]": lambda np, W, v, **_: W[:, np.array([2, 0, 2])] * v[np.array([1, 1, 0])],
    "softmax(W) + log_softmax(M)": lambda np, W, M, **_: (
        np.exp(W) / np.sum(np.exp(W), axis=1, keepdims=True) + M - np.log(np.sum(np.exp(M), axis=1, keepdims=True))
    ),
    "softmax(W, axis=1)": lambda np, W, **_: np.exp(W) / np.sum(np.exp(W), axis=0),
    "elu(v, alpha=2) + leaky_relu(v, slope=1/4)": lambda np, v, **_: (
        np.where(v > 0, v, 2 * (np.exp(v) - 1)) + np.where(v > 0, v, v / 4)
    ),
    "sigmoid(x) + logistic(y)": lambda np, x, y, **_: 1 / (1 + np.exp(-x)) + 1 / (1 + np.exp(-y)),
    "pi*x + e*y + π": lambda np, x, y, **_: np.pi * x + np.e * y + np.pi,
    "x + 0x1F + 1e-1": lambda np, x, **_: x + 31.1,
    "x": lambda np, x, **_: x,
    "W": lambda np, W, **_: W,
}


@pytest.mark.parametrize(("written", "meant"), FORMULAS.items(), ids=FORMULAS)
def test_a_formula_has_the_value_that_numpy_has_and_the_gradients_of_another_library(written, meant):
    run = Run(written)
    np.testing.assert_allclose(run.value, meant(np, **LEAVES), rtol=1e-14, atol=1e-15)
    assert run.value.shape == run.line.result.shape
    check_gradients(run, meant)


@pytest.mark.parametrize("written", FORMULAS, ids=FORMULAS)
def test_the_texts_of_the_steps_say_what_their_code_does(written):
    run = Run(written)
    book = book_of(run.graph)
    np.testing.assert_allclose(forward(book, run.leaves)["L"], run.value, rtol=1e-12)
    told, ran = run.gradients(seed_of(run.value), book), run.gradients(seed_of(run.value))
    assert told.keys() == ran.keys()
    for name, g in told.items():
        np.testing.assert_allclose(g, ran[name], rtol=1e-10, atol=1e-13)


def check_gradients(run, meant, rtol=1e-10):
    seed = seed_of(run.value)
    found = run.gradients(seed)
    for name in found:

        def moved(value, name=name):
            return anp.sum(seed * meant(anp, **{**LEAVES, name: value}))

        with np.errstate(all="ignore"):
            expected = autograd.grad(moved)(LEAVES[name])
        assert found[name].shape == LEAVES[name].shape
        np.testing.assert_allclose(found[name], expected, rtol=rtol, atol=1e-12 * np.max(np.abs(expected), initial=1))


# random trees


class Tree:
    """A formula, its shape, and what it means where `np` computes and `e` has the numbers."""

    def __init__(self, written, shape, meant):
        self.written, self.shape, self.meant = written, shape, meant

    def __repr__(self):
        return self.written


LEAF_TREES = [
    Tree("x", (), lambda np, e: e["x"]),
    Tree("y", (), lambda np, e: e["y"]),
    Tree("2", (), lambda np, e: 2.0),
    Tree("0.5", (), lambda np, e: 0.5),
    Tree("v", (3,), lambda np, e: e["v"]),
    Tree("W", (2, 3), lambda np, e: e["W"]),
    Tree("(u @ M)", (3,), lambda np, e: e["u"] @ e["M"]),
    Tree("(W @ v)", (2,), lambda np, e: e["W"] @ e["v"]),
    Tree("v[2]", (), lambda np, e: e["v"][1]),
    Tree("W[:,1]", (2,), lambda np, e: e["W"][:, 0]),
]

PAIRS = {
    "({} + {})": lambda np, a, b: a + b,
    "({} - {})": lambda np, a, b: a - b,
    "{}*{}": lambda np, a, b: a * b,
    "max({}, {})": lambda np, a, b: np.maximum(a, b),
    "min({}, {})": lambda np, a, b: np.minimum(a, b),
}
SINGLES = {
    "sin({})": lambda np, a: np.sin(a),
    "tanh({})": lambda np, a: np.tanh(a),
    "sigmoid({})": lambda np, a: 1 / (1 + np.exp(-a)),
    "arctan({})": lambda np, a: np.arctan(a),
    "exp(-({})^2)": lambda np, a: np.exp(-(a**2)),
    "(1/(1 + ({})**2))": lambda np, a: 1 / (1 + a**2),
    "(-{})": lambda np, a: -a,
    "({})^3": lambda np, a: a**3,
}
FOLDS = {
    "sum({})": lambda np, a: np.sum(a),
    "mean({})": lambda np, a: np.mean(a),
    "norm(1 + ({})^2)": lambda np, a: np.sqrt(np.sum((1 + a**2) ** 2)),
}


def fits(one, two):
    try:
        return np.broadcast_shapes(one, two) in (one, two)
    except ValueError:
        return False


def paired(form, one, two):
    meant, written = PAIRS[form], form.format(one.written, two.written)
    shape = np.broadcast_shapes(one.shape, two.shape)
    return Tree(written, shape, lambda np, e: meant(np, one.meant(np, e), two.meant(np, e)))


def called(form, inner):
    meant, shape = (SINGLES[form], inner.shape) if form in SINGLES else (FOLDS[form], ())
    return Tree(form.format(inner.written), shape, lambda np, e: meant(np, inner.meant(np, e)))


@st.composite
def drawn(draw, depth=4):
    """A random formula, of a shape that its parts allow."""
    kind = draw(st.sampled_from(["leaf", "pair", "pair", "call"])) if depth else "leaf"
    if kind == "leaf":
        return draw(st.sampled_from(LEAF_TREES))
    one = draw(drawn(depth=depth - 1))
    if kind == "call":
        return called(draw(st.sampled_from([*SINGLES, *FOLDS])), one)
    two = draw(drawn(depth=depth - 1))
    if not fits(one.shape, two.shape):
        two = called("sum({})", two)
    return paired(draw(st.sampled_from(list(PAIRS))), one, two)


trees = drawn()


@examples_in_turn(50, 200, trees)
def test_a_random_formula_has_the_value_of_numpy_and_the_gradients_of_another_library(tree):
    run, meant = Run(tree.written), tree.meant
    assert run.value.shape == tree.shape
    expected = meant(np, LEAVES)
    assume(np.all(np.abs(expected) < 1e12))
    np.testing.assert_allclose(run.value, expected, rtol=1e-12, atol=1e-13 * np.max(np.abs(expected), initial=1))
    assume(not is_near_a_kink(run))
    check_gradients(run, lambda np, **leaves: meant(np, leaves), rtol=1e-8)


@examples_in_turn(25, 100, trees)
def test_a_random_formula_has_the_gradients_of_central_differences(tree):
    run, meant = Run(tree.written), tree.meant
    assume(np.all(np.abs(run.value) < 1e3))
    assume(not is_near_a_kink(run))
    seed, found = seed_of(run.value), run.gradients(seed_of(run.value))
    for name, g in found.items():
        for index in np.ndindex(g.shape):
            step = np.zeros(g.shape)
            step[index] = 6e-6
            sides = [np.sum(seed * meant(np, {**LEAVES, name: LEAVES[name] + way * step})) for way in (1, -1)]
            slope = (sides[0] - sides[1]) / 1.2e-5
            assert abs(slope - g[index]) <= 1e-6 * max(1.0, abs(slope)) ** 3, name


@examples_in_turn(25, 100, trees)
def test_what_is_told_of_a_random_formula_can_be_told(tree):
    formula, rules = Run(tree.written).told()
    assert formula
    assert all(rules.values())


def is_near_a_kink(run):
    """Whether two numbers of which the larger counts are so close that rounding, or a step, may change which it is."""
    pairs = (step for step in run.graph.equations if step.op.name in ("maximum", "minimum"))
    return any(np.min(np.abs(np.subtract(*(run.values[name] for name in step.inputs)))) < 1e-3 for step in pairs)


# what is told of a line

TOLD = {
    "(1 - x)**2 + 100*(y - x**2)**2": (
        "(1 − x)² + 100 (y − x²)²",
        {"x": "−2 (1 − x) − 400 (y − x²) x", "y": "200 (y − x²)"},
    ),
    "x**4 - 3*x^2 + 2": ("x⁴ − 3 x² + 2", {"x": "4 x³ − 6 x"}),
    "x^-1": ("x⁻¹", {"x": "−x⁻²"}),
    "exp(-x**2/2)/sqrt(2*pi)": ("exp(−x² / 2) / √(2 π)", {"x": "−exp(−x² / 2) x / √(2 π)"}),
    "-2*x*y - -3": ("−2 x y − (−3)", {"x": "−2 y", "y": "−2 x"}),
    "x*2*(1/3)": ("x · 2 · (1/3)", {"x": "2/3"}),
    "0.123456789*x": ("0.123456789 x", {"x": "0.123456789"}),
    "sum((W @ v - u)**2)/2": (
        "sum((W v − u)²) / 2",
        {"W": "(W v − u) vᵀ", "v": "Wᵀ (W v − u)", "u": "−(W v − u)"},
    ),
    "sum(W @ v)": ("sum(W v)", {"W": "1 vᵀ", "v": "Wᵀ 1"}),
    "mean((x*v - u[1])^2)": (
        "mean((x v − u[1])²)",
        {"x": "Σ (2/3 (x v − u[1]) v)", "v": "2/3 (x v − u[1]) x", "u": "(Σ (−2/3 (x v − u[1])) at [1], else 0)"},
    ),
    "bce(sigmoid(x*y), 1)": (
        "bce(sigmoid(x y), 1)",
        {"x": "(sigmoid(x y) − 1) y", "y": "(sigmoid(x y) − 1) x"},
    ),
    "max(W, axis=2) @ u": ("max(W, axis=2) · u", {"W": "u [first max W]", "u": "max(W, axis=2)"}),
    "sum(W[:, 2:3])": ("sum(W[:,2:3])", {"W": "(1 at [:,2:3], else 0)"}),
    "elu(x, alpha=2)*y": ("elu(x, α=2) y", {"x": "y (1 if x > 0, else elu(x, α=2) + 2)", "y": "elu(x, α=2)"}),
    "sum(concat(x, v)*2)": ("sum(concat(x, v) · 2)", {"x": "2", "v": "2"}),
    "concat(x, v)[1]": (
        "concat(x, v)[1]",
        {"x": "(part 1 of (1 at [1], else 0))", "v": "(part 2 of (1 at [1], else 0))"},
    ),
    "softmax(W, axis=1)[1, 1]": (
        "softmax(W, axis=1)[1,1]",
        {
            "W": "softmax(W, axis=1) ((1 at [1,1], else 0) − Σ_k ((1 at [1,1], else 0) softmax(W, axis=1)))",
        },
    ),
    "where(x > y, x, 0)": ("(x if x > y, else 0)", {"x": "(1 if x > y, else 0)", "y": "0"}),
    "norm(v) + dot(v, v)": ("‖v‖ + v · v", {"v": "v / ‖v‖ + v + v"}),
    "x": ("x", {"x": "1"}),
}


@pytest.mark.parametrize(("written", "told"), TOLD.items(), ids=TOLD)
def test_a_line_is_told_as_it_was_written_with_its_rules_composed(written, told):
    assert Run(written).told() == told


@pytest.mark.parametrize("wide", ["+", "*", "^", "/", "-"])
def test_the_longest_chain_is_told_whole_and_its_rules_are_never_endless(wide):
    written = wide.join(["x"] * (LONGEST_CHAIN - 1))
    formula, rules = Run(written).told()
    assert "…" not in formula
    assert len(rules["x"]) < 5000
    balanced = "*".join("(" + "*".join(["x"] * 33) + ")" for _ in range(29))
    assert len(Run(balanced).told()[1]["x"]) < 5000


def test_functions_inside_of_one_another_are_told_at_once():
    for function in ("log", "sqrt", "tanh", "1 + log", "2*sqrt"):
        written = f"{function}(" * 48 + "9 + x*x" + ")" * 48
        assert Run(written).told()


# steps


def test_what_is_written_twice_is_computed_once():
    run = Run("(x*y)**2 + sin(x * y) + (x*y)")
    assert [step.name for step in run.graph.equations].count("L·x*y") == 1
    assert len(run.graph.equations) == 6


def test_numbers_are_constant_leaves_and_what_they_make_is_constant():
    run = Run("x*2 + sqrt(3)*4")
    assert set(run.line.leaves) == {"L·2", "L·3", "L·4"}
    assert run.graph.constants == {"L·2", "L·3", "L·4", "L·sqrt(3)", "L·sqrt(3)*4"}
    assert run.gradients(np.ones(())) == {"x": 2.0}


def test_names_win_over_the_numbers_that_letters_stand_for():
    run = Run("e + pi", {"e": np.array(1.0), "pi": np.array(2.0)})
    assert run.value == 3
    assert not run.graph.constants


def test_a_minus_before_a_number_belongs_to_the_number():
    run = Run("x**-2 + (-3)*x")
    assert set(run.line.leaves) == {"L·-2", "L·-3"}


@pytest.mark.parametrize("joint", [("sigmoid", "bce", "y"), ("softmax", "cross_entropy", "t")])
def test_a_loss_on_its_activation_is_computed_in_the_stable_form(joint):
    activation, loss, target = joint
    leaves = {"z": np.array([1000.0, -1000.0]), "y": np.array([0.0, 1.0]), "t": np.array([0.0, 1.0])}
    run = Run(f"{loss}({activation}(z), {target})", leaves)
    assert np.isfinite(run.value)
    assert np.isfinite(run.values["L"])
    back = backward(run.graph, run.values, {"L": np.ones(())})
    assert np.isfinite(back["z"]).all()


P, T = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]]), np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
SIGNED = {"sign": 2 * T - 1}


@pytest.mark.parametrize("name", sorted({row.name for row in LOSSES.values()}))
@pytest.mark.parametrize("samples", [None, 2])
def test_a_loss_by_name_has_its_own_defaults_over_outputs_and_samples(name, samples):
    row = LOSSES[name]
    p, t = (P, SIGNED.get(row.target, T)) if samples else (P[0], SIGNED.get(row.target, T)[0])
    leaves = {"p": p, "t": t}
    attrs = {key: option.default for key, option in row.op.options.items()}
    with np.errstate(all="ignore"):
        expected = row.op.forward(np.atleast_2d(p), np.atleast_2d(t), **attrs)
    if row.level == "output":
        expected = expected.sum(axis=-1) / (3 if row.outputs == "mean" else 1)
    elif row.outputs == "mean":
        expected = expected / 3
    if row.level != "all":
        expected = expected.sum() / (len(expected) if row.reduction == "mean" else 1)
    run = Run(f"{name}(p, t)", leaves)
    np.testing.assert_allclose(run.value, expected, rtol=1e-14)
    assert run.value.shape == ()
    assert set(backward(run.graph, run.values, {"L": np.ones(())})) >= {"p"}


def test_the_keywords_of_a_loss_say_what_is_added_up_how():
    leaves = {"p": P, "t": T, "s": np.array([1.0, 3.0])}
    squares = (P - T) ** 2
    cases = {
        "mse(p, t)": squares.mean(),
        "mse(p, t, reduction=sum)": squares.mean(axis=1).sum(),
        "mse(p, t, outputs=sum)": squares.sum() / 2,
        "mse(p, t, weights=s)": (squares.mean(axis=1) * [1, 3]).sum() / 2,
        "mse(p, t, weights=s, reduction=sum)": (squares.mean(axis=1) * [1, 3]).sum(),
        "mse(p, t, weights=s, reduction=weighted_mean)": (squares.mean(axis=1) * [1, 3]).sum() / 4,
        "multiclass_hinge(p, t, outputs=mean, margin=2)": LOSSES["multiclass_hinge"].op.forward(P, T, margin=2).mean()
        / 3,
    }
    for written, expected in cases.items():
        np.testing.assert_allclose(Run(written, leaves).value, expected, rtol=1e-14, err_msg=written)
    steps = [step.name for step in Run("mse(p, t)", leaves).graph.equations]
    assert steps == ["L·e", "L·l", "L"]


def test_every_activation_and_every_loss_can_be_called_by_all_its_names():
    assert set(ACTIVATIONS) | set(LOSSES) <= set(FUNCTIONS)
    assert len(set(ACTIVATIONS) & set(LOSSES)) == 0


# indices and axes

INDICES = {
    (1, "v[1]"): V[0],
    (0, "v[1]"): V[1],
    (1, "v[1:2]"): V[:2],
    (0, "v[1:2]"): V[1:2],
    (1, "v[2:]"): V[1:],
    (0, "v[2:]"): V[2:],
    (1, "v[:2]"): V[:2],
    (0, "v[:2]"): V[:2],
    (0, "v[0:3]"): V,
    (1, "v[::2]"): V[::2],
    (1, "W[2]"): W[1],
    (0, "W[1, 0]"): W[1, 0],
    (1, "W[2, 1:2]"): W[1, :2],
    (1, "W[:, 3]"): W[:, 2],
    (1, "v[3 - 1]"): V[1],
    (1, "sum(W, axis=1)"): W.sum(axis=0),
    (0, "sum(W, axis=1)"): W.sum(axis=1),
    (0, "softmax(W, axis=0)[0, 0]"): np.exp(W[0, 0]) / np.exp(W[:, 0]).sum(),
}


@pytest.mark.parametrize(("base", "written"), INDICES)
def test_indices_slices_and_axes_count_from_the_base(base, written):
    np.testing.assert_allclose(Run(written, base=base).value, INDICES[base, written], rtol=1e-15)


REFUSED = {
    "z + 1": ("unknown name 'z'", "known are x, y"),
    "xx": ("unknown name 'xx'", "did you mean 'x'"),
    "relu + 1": ("relu is a function", r"write relu\(…\)"),
    "factorial(x)": ("unknown function 'factorial'", None),
    "σ(x)": ("unknown function 'σ'", "sigmoid"),
    "ln(x)": ("unknown function 'ln'", "log"),
    "sigmiod(x)": ("unknown function 'sigmiod'", "sigmoid"),
    "x(y + 1)": ("unknown function 'x'", r"write x\*\(…\)"),
    "1e400*x": ("too large", None),
    "9" * 400 + "*x": ("too large", None),
    "v + u": (r"v \+ u: v is 3 entries and u is 2 entries, the shapes do not fit", None),
    "W + u": ("W is 2×3 and u is 2 entries", None),
    "v + outer(u, u)[:, 1:1]": ("together they would become 2×3, larger than each", None),
    "W @ u": (r"W @ u: W is 2×3 and u is 2 entries, W needs 2 columns", "transposed"),
    "v @ W": ("v needs 2 entries", "transposed"),
    "W @ M": ("W needs 2 columns", "transposed"),
    "x @ v": ("x is a number and v is 3 entries, but @ multiplies vectors and matrices", r"\*"),
    "dot(v, u)": ("two vectors of the same length", "@"),
    "dot(W, M)": ("two vectors", "@"),
    "outer(W, v)": ("outer needs two vectors", None),
    "concat(W, v)": ("can't be joined", None),
    "softmax(x)": ("softmax needs a vector", None),
    "v[4]": ("there is no index 4: v counts from 1 to 3 there", None),
    "v[0]": ("there is no index 0", None),
    "v[-1]": ("a negative index is refused", None),
    "v[3:2]": ("the slice 3:2 takes nothing", None),
    "v[1:3:-1]": ("goes backwards", None),
    "v[x]": ("x has the entry 0.7, and v has the rows 1 to 3", None),
    "v[x + 1]": (r"an index is a whole number that is written out, not x \+ 1", None),
    "v[[1, 4]]": ("there is no index 4: v counts from 1 to 3 there", None),
    "W[[1], [2]]": ("only one axis can have a list of positions", None),
    "v[[]]": ("there is nothing between these brackets", None),
    "max(x, y, keepdims=true)": ("max of two arrays has no keepdims", None),
    "sum(W, keepdims=1)": ("keepdims is true or false, not 1", None),
    "v[1.5]": ("an index is a whole number, not 1.5", None),
    "v[1, 2]": ("2 indices for v, which is 3 entries", None),
    "x[1]": ("1 index for x, which is a number", None),
    "sum(W, axis=3)": ("there is no axis 3: W is 2×3, it has the axes 1 to 2", None),
    "sum(x, axis=1)": ("it has no axis", None),
    "sum(W, axis=x)": ("an axis is a whole number that is written out", None),
    "sum(W, 1)": ("sum takes 1 argument, not 2", None),
    "sin()": ("sin takes 1 argument, not 0", None),
    "max(x, y, v)": ("max takes 1 or 2 arguments, not 3", None),
    "max(v, u, axis=1)": ("max of two arrays has no axis", None),
    "where(x, y)": ("where takes 3 arguments, not 2", None),
    "concat()": ("concat takes 1 or more arguments", None),
    "sin(x, axis=1)": ("sin has no keyword 'axis'", "it has none"),
    "elu(x, slope=1)": ("elu has no keyword 'slope'", "it knows alpha"),
    "elu(x, alpha=-1)": ("alpha must be at least 0, not -1", None),
    "elu(x, alpha=y)": ("unknown name 'y'", None),
    "softplus(x, beta=0)": ("beta must be above 0", None),
    "max(x, y, ties=all)": ("ties is first or split, not all", None),
    "mse(v, v, reduction=none)": ("reduction is sum or mean or weighted_mean, not none", None),
    "poisson_nll(v, v*v, full=1)": ("full is true or false, not 1", None),
    "mse(v, u)": ("the shapes do not fit", None),
    "mse(x, v)": ("prediction and target must have the same shape", None),
    "cross_entropy(x, y)": ("cross_entropy needs a vector", None),
    "bce(v, v)": ("bce: a target must be from 0 to 1", None),
    "hinge(v, 0)": ("hinge: a target must be -1 or 1", None),
    "mse(v, v, weights=v)": ("weights belong to a batch", None),
    "mse(W, M, weights=v)": ("weights is the name of a quantity with 2 entries", None),
    "+".join(["x"] * (LONGEST_CHAIN + 1)): ("operations hang on each other", "brackets"),
}


@pytest.mark.parametrize(("written", "told"), REFUSED.items(), ids=[text[:40] for text in REFUSED])
def test_what_does_not_go_together_is_refused_where_it_stands(written, told):
    message, hint = told
    fault = refusal(written)
    assert_found(message, fault.message)
    assert fault.place is not None
    if hint:
        assert_found(hint, fault.hint or "")


def assert_found(pattern, told):
    assert re.search(pattern, told), told


def test_a_keyword_that_is_given_twice_is_refused():
    assert_found("not a formula|given twice", refusal("sum(W, axis=1, axis=2)").message)


def test_a_name_in_another_form_is_the_same_name():
    assert Run("ｘ + x").value == 2 * X


def test_a_letter_that_only_looks_alike_is_told():
    assert "cyrillic small letter ha" in refusal("х + 1").hint


def test_the_grammar_has_no_node_that_becomes_nothing():
    tree = parse("f(a, b=1)[1:2].T @ (-a**2 < +3)").tree
    kinds = {type(node).__name__ for node in ast.walk(tree) if isinstance(node, ast.expr)}
    assert kinds == {
        "Attribute",
        "BinOp",
        "Call",
        "Compare",
        "Constant",
        "Name",
        "Slice",
        "Subscript",
        "UnaryOp",
    }
