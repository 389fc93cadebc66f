"""Every gradient that is exactly 0 is told once, with a reason that the numbers bear out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from networks import SEEDS, draw, examples, problem
from reference import Layer, Named, Net
from turns import examples_in_turn

from gradcalc.errors import NumericError
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.load import loads
from gradcalc.solution import Solution, solve
from gradcalc.study.zeros import Zero, zeros

# losses that are defined whatever the last layer gives
FREE = ("squared_error", "mae", "huber", "hinge", "squared_hinge", "multiclass_hinge", "categorical_hinge", "msle")
JOINED = (
    ("sigmoid", "bce"),
    ("sigmoid", "binary_focal"),
    ("softmax", "cross_entropy"),
    ("softmax", "focal"),
    ("softmax", "kl_div"),
    ("log_softmax", "nll"),
    ("identity", "cross_entropy_with_logits"),
    ("identity", "focal_with_logits"),
    ("identity", "bce_with_logits"),
    ("identity", "cosine_distance"),
)
LASTS = ("identity", "relu", "hardtanh", "relu6", "step", "sigmoid", "square", "softmax", "leaky_relu", "tanh")
PAIRS = [*JOINED, *((last, loss) for last in LASTS for loss in FREE)]


def plant(seed: int) -> Net:
    """A network in which much is 0: inputs, weights, dead and saturated units, targets that are reached."""
    rng = np.random.default_rng(seed)
    net = draw(seed, *PAIRS[seed % len(PAIRS)])

    def sparse(array, share: float):
        return np.where(rng.random(np.shape(array)) < share, 0.0, array)

    def planted(layer: Layer) -> Layer:
        """Some weights 0, all of them a thousandfold now and then, and a unit that will hardly fire."""
        if layer.weights is None:
            return layer
        weights = sparse(layer.weights, 0.25) * rng.choice([1, 1, 1, 1000])
        bias = None if layer.bias is None else np.asarray(layer.bias - rng.choice([0, 0, 10], np.shape(layer.bias)))
        return layer._replace(weights=weights, bias=bias)

    layers = [planted(layer) for layer in net.layers]
    for k in range(len(layers) - 1):
        if rng.random() < 0.5:
            layers[k] = layers[k]._replace(activations=(Named("relu"),))
    net = net._replace(layers=tuple(layers), input=sparse(net.input, 0.3))
    if net.sample_weights is not None:
        weights = sparse(net.sample_weights, 0.4)
        net = net._replace(sample_weights=weights if weights.any() else None)
    if net.loss.name in ("squared_error", "mae", "huber"):
        reached = solve(problem(net), gradients=False).flow[f"a{len(layers)}"].reshape(np.shape(net.target))
        net = net._replace(target=np.where(rng.random(reached.shape) < 0.4, reached, net.target))
    return net


def entry(solution: Solution, text: str) -> tuple[str, tuple]:
    """`a1[·,2]` as a name and the entries that it stands for, of the shape shown."""
    name, _, index = text.partition("[")
    if not index:
        return name, ()
    return name, tuple(slice(None) if one == "·" else int(one) - 1 for one in index.removesuffix("]").split(","))


def reached(solution: Solution, zero: Zero) -> bool:
    return judged(solution, zero, lambda p, t: np.abs(p - t) < 1e-100)


def judged(solution: Solution, zero: Zero, test: Callable) -> bool:
    """Whether prediction and target pass the test, at the entry of the zero."""
    p, t = solution.flow[solution.built.output], solution.flow["y"]
    at = zero.position if not solution.built.single else (0, *zero.position)
    with np.errstate(all="ignore"):
        return bool(np.broadcast_to(test(p, t), p.shape)[at])


def logits(solution: Solution):
    """What goes into the last activation."""
    step = next(e for e in solution.built.graph.equations if e.name == solution.built.output)
    return solution.flow[step.inputs[0]]


def met(solution: Solution, zero: Zero) -> bool:
    cost = solution.built.cost
    margin = cost.attrs.get("margin", 1)

    def test(p, t):
        if "multiclass" in cost.row.name:
            short = (p - np.sum(t * p, axis=1, keepdims=True) + margin > 0) * (t == 0)
            return np.where(t == 1, ~short.any(axis=1, keepdims=True), ~short)
        return t * p >= margin

    return judged(solution, zero, test)


def met_or_weaker(solution: Solution, zero: Zero) -> bool:
    def test(p, t):
        others = (1 - t) * p
        lead = 1 + others.max(axis=1, keepdims=True) - (t * p).sum(axis=1, keepdims=True)
        first = np.arange(p.shape[1]) == others.argmax(axis=1)[:, None]
        return (lead <= 0) | ~first | ((1 - t) == t)

    return judged(solution, zero, test)


def no_turn(solution: Solution, zero: Zero) -> bool:
    def test(p, t):
        p, t = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (p, t))
        return np.isclose((p * t).sum(axis=1, keepdims=True) * p, t, rtol=1e-12, atol=1e-15)

    return judged(solution, zero, test)


def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_reached(solution: Solution, zero: Zero) -> bool:
    return judged(solution, zero, lambda _, t: np.abs(sigmoid(logits(solution)) - t) < 1e-100)


def clipped(solution: Solution, zero: Zero, p) -> bool:
    clip = solution.built.cost.attrs["clip"]
    return clip is not None and judged(solution, zero, lambda *_: (p < clip) | (p > 1 - clip))


def softmax_reached(solution: Solution, zero: Zero) -> bool:
    z = logits(solution)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    share = e / e.sum(axis=1, keepdims=True)
    return judged(
        solution, zero, lambda _, t: np.isclose(share * t.sum(axis=1, keepdims=True), t, rtol=1e-12, atol=1e-100)
    )


def weightless(solution: Solution, zero: Zero) -> bool:
    return solution.flow[SAMPLE_WEIGHTS][0 if solution.built.single else zero.position[0]] == 0


# what a loss says, and what is true then
AT_THE_LOSS: Mapping[str, Callable[[Solution, Zero], bool]] = {
    "ŷ has reached y": reached,
    "ŷ has reached y, or is held by clip": lambda s, z: reached(s, z) or clipped(s, z, s.flow[s.built.output]),
    "ŷ has reached the proportions of y": lambda s, z: judged(
        s,
        z,
        lambda p, t: np.isclose(p / p.sum(axis=1, keepdims=True), t / t.sum(axis=1, keepdims=True), rtol=1e-12, atol=0),
    ),
    "ŷ has reached y, or is held at 1e-7": lambda s, z: judged(
        s, z, lambda p, t: (p == np.maximum(t, 1e-7)) | (p < 1e-7)
    ),
    "ŷ turns no nearer to y that way": no_turn,
    "the target has nothing there": lambda s, z: judged(s, z, lambda _, t: t == 0),
    "the target has nothing there, or ŷ is 1": lambda s, z: judged(s, z, lambda p, t: (t == 0) | (p == 1)),
    "the margin is met, so that nothing is passed back": met,
    "the margin is met, or another class is the stronger rival": met_or_weaker,
    "σ(z) has reached its target": sigmoid_reached,
    "σ(z) has reached its target, or is held by clip": lambda s, z: (
        sigmoid_reached(s, z) or clipped(s, z, sigmoid(logits(s)))
    ),
    "softmax(z) has reached its target": softmax_reached,
    "the weight of the sample is 0": weightless,
}


def uses(solution: Solution, zero: Zero):
    """The gradients that reach a zero entry and what they meet on the way, as two arrays beside each other."""
    name, layer = zero.quantity, solution.built.quantities[zero.quantity].layer or 0
    role = solution.built.quantities[name].role
    back, flow = solution.back, solution.flow
    at = zero.position
    if role == "bias":
        g = back[f"z{layer}"]
        g = g[:, at[0]] if at else g
        return g, np.ones_like(g)
    if role == "weights":
        j, i = at if solution.problem.weight_layout == "in_out" else at[::-1]
        return back[f"z{layer}"][:, i], feed(solution, layer)[:, j]
    at = (0, *at) if solution.built.single else at
    if role == "pre" or f"z{layer + 1}" not in flow:
        step = next(e for e in solution.built.graph.equations if name in e.inputs)
        g = back[step.line]
        if not (step.shown_as or step).op.elementwise:
            return g[at[0]], np.ones_like(g[at[0]])
        return g[at], (step.shown_as or step).shares(np.ones_like(g), flow)[0][at]
    weights = flow[f"W{layer + 1}"]
    weights = weights.T if solution.problem.weight_layout == "in_out" else weights
    column = solution.problem.layers[layer].bias_column
    return back[f"z{layer + 1}"][at[0]], weights[:, at[1] + (column == "first")]


def feed(solution: Solution, layer: int):
    """What the weights of a layer meet, a 1 for a folded bias counted."""
    before = solution.flow[f"a{layer - 1}" if layer > 1 else "x"]
    ones = np.ones((len(before), 1))
    column = solution.problem.layers[layer - 1].bias_column
    return np.hstack([ones] * (column == "first") + [before] + [ones] * (column == "last"))


def is_true(solution: Solution, zero: Zero) -> bool:
    """Whether the numbers bear a reason out; KeyError for a reason that is not known here."""
    reason = zero.reason
    if reason in AT_THE_LOSS:
        return AT_THE_LOSS[reason](solution, zero)
    if match := re.fullmatch(r"follows from ∂L/∂(.*) = 0", reason):
        name, index = entry(solution, match[1])
        arriving, _ = uses(solution, zero)
        return not solution.gradients[name][index].any() and not arriving.any()
    if match := re.fullmatch(r"([^ ]*) = 0", reason):
        name, index = entry(solution, match[1])
        arriving, factors = uses(solution, zero)
        return not solution.values[name][index].any() and arriving.any() and not factors.any()
    if match := re.fullmatch(r"([^ ]*) = ([−.e+\d-]*)( [<>] 0)?: (.*)", reason):
        return is_flat(solution, zero, *match.groups())
    arriving, factors = uses(solution, zero)
    match reason:
        case "every weight from it is 0":
            inner = solution.built.quantities[zero.quantity].role in ("post", "input")
            return inner and arriving.any() and not factors.any()
        case "in every term one factor is 0":
            return arriving.any() and factors.any() and not np.logical_and(arriving, factors).any()
        case "its terms are below the smallest number":
            return np.logical_and(arriving, factors).any() and not (arriving * factors).any()
        case "its terms cancel":
            return (arriving * factors).any()
    raise KeyError(reason)


def is_flat(solution: Solution, zero: Zero, shown: str, value: str, side: str | None, words: str) -> bool:
    """A unit whose activation has no slope: named rightly, with the flatness visible on both sides of its z."""
    name, index = entry(solution, shown)
    z = float(solution.values[name][index])
    right = float(value.replace("−", "-"))
    arriving, slope = uses(solution, zero)
    fits = name == zero.quantity and index == zero.position and np.isclose(right, z, rtol=1e-5, atol=0)
    fits = fits and {None: z == 0, " > 0": z > 0, " < 0": z < 0}[side]
    step = next(e for e in solution.built.graph.equations if name in e.inputs)
    near = np.array([[z - 1e-6, z, z + 1e-6]])
    if len(step.op.name.split(",")) > 1:
        return bool(fits and arriving and slope == 0)
    y = step.op.forward(near, **step.attrs)[0]
    level = y[1] == y[0] or y[1] == y[2] or abs(y[2] - y[0]) < 1e-15
    return bool(fits and level and arriving and slope == 0 and words == step.op.flat)


def solved(seed: int) -> Solution | None:
    """The planted network, or None where one of its numbers overflows."""
    try:
        return solve(problem(plant(seed)))
    except NumericError:
        return None


@examples_in_turn(75, 300, SEEDS, how=examples)
def test_every_zero_entry_has_one_reason_and_it_is_true(seed):
    solution = solved(seed)
    if solution is None:
        return
    found = zeros(solution)
    expected = [
        (name, tuple(index)) for name, g in solution.gradients.items() for index in np.argwhere(g == 0).tolist()
    ]
    assert [(zero.quantity, zero.position) for zero in found] == expected
    with np.errstate(all="ignore"):
        assert [zero for zero in found if not is_true(solution, zero)] == []


def test_the_planted_zeros_are_of_every_kind():
    solutions = filter(None, map(solved, range(300)))
    told = [zero.reason for solution in solutions for zero in zeros(solution)]
    reasons = {re.sub("^follows from .*", "follows", reason.split(" = ")[0]) for reason in told}
    assert reasons > {
        "follows",
        "x[1]",
        "x[·,1]",
        "a1[2]",
        "its terms cancel",
        "in every term one factor is 0",
        "every weight from it is 0",
        "the weight of the sample is 0",
        "ŷ has reached y",
        "softmax(z) has reached its target",
        "the target has nothing there",
        "the margin is met, so that nothing is passed back",
    }


def test_a_reason_that_is_not_true_is_found_out():
    solution = solve(loads("{input: [1, 0], target: 3, loss: mse, layers: [{weights: [[1, 2]], activation: relu}]}"))
    (zero,) = zeros(solution)
    assert zero.reason == "x[2] = 0"
    assert is_true(solution, zero)
    for wrong in (
        "x[1] = 0",
        "follows from ∂L/∂z1[1] = 0",
        "its terms cancel",
        "every weight from it is 0",
    ):
        assert not is_true(solution, zero._replace(reason=wrong)), wrong


DEAD = (
    "{input: [1, 1], target: 1, loss: bce, layers: [{weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu}, %s]}"
)
REASONS = {
    "a dead unit": (
        DEAD % "{weights: [[4, 6]], bias: -3.5, activation: sigmoid}",
        {
            "W2[1,2]": "a1[2] = 0",
            "z1[2]": "z1[2] = −1 < 0: ReLU passes nothing back",
            "W1[2,1]": "follows from ∂L/∂z1[2] = 0",
            "W1[2,2]": "follows from ∂L/∂z1[2] = 0",
            "b1[2]": "follows from ∂L/∂z1[2] = 0",
        },
    ),
    "a unit on the kink": (
        "{input: 1, target: 2, loss: mse, layers: [{weights: [[0]], activation: relu}, {weights: [[1]]}]}",
        {
            "W2[1,1]": "a1[1] = 0",
            "z1[1]": "z1[1] = 0: ReLU passes nothing back",
            "W1[1,1]": "follows from ∂L/∂z1 = 0",
            "x[1]": "follows from ∂L/∂z1 = 0",
        },
    ),
    "a zero input in a batch": (
        "{input: [[0, 1], [0, 2]], target: [[1], [5]], loss: mse, layers: [{weights: [[1, 1]]}]}",
        {"a1[1,1]": "ŷ has reached y", "z1[1,1]": "follows from ∂L/∂a1[1,1] = 0", "W1[1,1]": "x[·,1] = 0"}
        | {f"x[1,{j}]": "follows from ∂L/∂z1[1,·] = 0" for j in (1, 2)},
    ),
    "shares that cancel": (
        "{input: [[1], [1]], target: [[1], [-1]], loss: mse, layers: [{weights: [[0.0]], bias: 0}]}",
        {
            "W1[1,1]": "its terms cancel",
            "b1[1]": "its terms cancel",
            "x[1,1]": "every weight from it is 0",
            "x[2,1]": "every weight from it is 0",
        },
    ),
    "one factor or the other": (
        "{input: [[1], [0]], target: [[1], [5]], loss: mse, layers: [{weights: [[1]]}]}",
        {
            "a1[1,1]": "ŷ has reached y",
            "z1[1,1]": "follows from ∂L/∂a1[1,1] = 0",
            "W1[1,1]": "in every term one factor is 0",
            "x[1,1]": "follows from ∂L/∂z1[1,·] = 0",
        },
    ),
    "a sample without weight": (
        "{input: [[1], [2]], target: [[3], [3]], loss: mse, sample_weights: [1, 0], layers: [{weights: [[1]]}]}",
        {
            "a1[2,1]": "the weight of the sample is 0",
            "z1[2,1]": "follows from ∂L/∂a1[2,1] = 0",
            "x[2,1]": "follows from ∂L/∂z1[2,·] = 0",
        },
    ),
    "a softmax that is sure": (
        "{input: 1, target: [1, 0], loss: cross_entropy, layers: [{weights: [[1000], [0]], activation: softmax}]}",
        {
            "a1[2]": "the target has nothing there",
            "z1[1]": "softmax(z) has reached its target",
            "z1[2]": "softmax(z) has reached its target",
            "W1[1,1]": "follows from ∂L/∂z1 = 0",
            "W1[2,1]": "follows from ∂L/∂z1 = 0",
            "x[1]": "follows from ∂L/∂z1 = 0",
        },
    ),
    "a product below the smallest number": (
        "{input: 1, target: 0, loss: mse, layers: [{weights: [[-400]], activation: sigmoid}]}",
        {
            "z1[1]": "its terms are below the smallest number",
            "W1[1,1]": "follows from ∂L/∂z1 = 0",
            "x[1]": "follows from ∂L/∂z1 = 0",
        },
    ),
    "a folded bias": (
        "{input: 0, target: 5, loss: mse, layers: [{weights: [[1, 2]], bias_column: first}]}",
        {"W1[1,2]": "x[1] = 0"},
    ),
    "in_out": (
        "{input: [0, 1], target: [9, 9], loss: mse, weight_layout: in_out, layers: [{weights: [[1, 2], [3, 4]]}]}",
        {"W1[1,1]": "x[1] = 0", "W1[1,2]": "x[1] = 0"},
    ),
    "counted from 0": (
        "{index_base: 0, input: [0, 1], target: 9, loss: mse, layers: [{weights: [[1, 2]]}]}",
        {"W1[0,0]": "x[0] = 0"},
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_a_zero_is_told_in_these_words(case):
    written, expected = REASONS[case]
    solution = solve(loads(written))
    base = solution.problem.index_base
    told = {
        f"{zero.quantity}[{','.join(str(i + base) for i in zero.position)}]": zero.reason for zero in zeros(solution)
    }
    assert told == expected


def test_a_gradient_without_a_zero_needs_no_reason():
    assert zeros(solve(loads("{input: 1, target: 3, loss: mse, layers: [{weights: [[1]]}]}"))) == []


def test_no_zero_is_shown_with_a_minus():
    for solution in filter(None, map(solved, range(100))):
        for arrays in (solution.values, solution.gradients):
            for name, array in arrays.items():
                assert not np.signbit(array[array == 0]).any(), name
