"""Gradients of random networks: every activation before every loss, against HIPS autograd and central differences."""

from __future__ import annotations

import autograd
import numpy as np
import pytest
from hypothesis import given
from networks import LEFT_OUT, PAIRS, SEEDS, SPREAD, draw, examples, problem
from reference import ACTIVATIONS, LOSSES, Evaluated, Layer, Named, Net, evaluate, run
from turns import in_turn

from gradcalc.engine.graph import Graph, forward
from gradcalc.engine.ops import ACTIVATIONS as OUR_ACTIVATIONS
from gradcalc.engine.ops import LOSSES as OUR_LOSSES
from gradcalc.errors import NumericError
from gradcalc.solution import Solution, solve

# how many networks of a pair every run looks at, and how many the slow step does
FEW, EXAMPLES = 2, 20
# of the size of the terms, which is some ten times the largest of them: together at most 1e-12 of that one
EXACT = 1e-13
CLOSE = 1e-7
STEP = np.cbrt(np.finfo(float).eps)


def off(found, expected, sizes) -> float:
    """The largest error of an entry, as a part of the size of its terms; an entry without terms must be 0."""
    assert found.shape == expected.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.abs(found - expected) / sizes
    return float(np.max(np.where(found == expected, 0, parts), initial=0))


def errors_beside_autograd(solution: Solution, expected: Evaluated) -> dict[str, float]:
    """The error of every value and gradient, as a part of the size of its terms."""
    assert solution.gradients.keys() == expected.gradients.keys()
    found = {}
    for name, sizes in expected.value_sizes.items():
        found[name] = off(solution.flow[name], expected.values[name], sizes)
    for name, sizes in expected.gradient_sizes.items():
        found[f"∂L/∂{name}"] = off(solution.back[name], expected.gradients[name], sizes)
    return found


class Differences:
    """Central differences of gradcalc's own forward walk, over the steps that are shown, so that each a counts."""

    def __init__(self, solution: Solution, expected: Evaluated) -> None:
        self.flow, self.back = solution.flow, solution.back
        self.steps = [step.shown_as or step for step in solution.built.graph.equations]
        self.sizes = expected.gradient_sizes
        self.least = float(expected.value_sizes["L"])

    def error(self, name: str, way) -> float:
        """How far Σ gradient · way is from the change of L along `way`, as a part of the size of its terms.

        Differences are blind below the square of the step, and L itself is only known to its last place.
        """
        first = next(position for position, step in enumerate(self.steps) if name in step.inputs)
        rest = Graph(tuple(self.steps[first:]))
        above, below = (
            forward(rest, {**self.flow, name: self.flow[name] + by})["L"] for by in (STEP * way, -STEP * way)
        )
        size = np.sum(self.sizes[name] * np.abs(way)) + self.least
        error = abs((above - below) / (2 * STEP) - np.sum(self.back[name] * way)) - way.size * STEP**2
        return float(error / size) if error > 0 else 0.0

    def unit(self, name: str):
        """The step of each entry: 1, or the entry where that is larger."""
        return np.maximum(1, np.abs(self.flow[name]))


RUNS = [*((*pair, FEW) for pair in SPREAD), *((*pair, EXAMPLES) for pair in PAIRS)]


@in_turn("activation, loss, count", RUNS, RUNS[: len(SPREAD)], ids=[f"{a} · {b} · {count}" for a, b, count in RUNS])
def test_gradients_agree_with_autograd_and_with_central_differences(activation, loss, count):
    executed = []

    @examples(count)
    @given(seed=SEEDS)
    def examine(seed):
        net = draw(seed, activation, loss)
        solution, expected = solve(problem(net)), evaluate(net)
        errors = errors_beside_autograd(solution, expected)
        assert max(errors.values()) <= EXACT, errors
        differences = Differences(solution, expected)
        signs = np.random.default_rng(seed)
        for name in differences.sizes:
            unit = differences.unit(name)
            assert differences.error(name, signs.choice([-1, 1], unit.shape) * unit) <= CLOSE, name
        executed.append(seed)

    examine()
    assert len(executed) >= count


@in_turn("activation, loss", PAIRS, SPREAD, ids=[" · ".join(pair) for pair in PAIRS])
def test_every_single_entry_agrees_with_its_central_difference(activation, loss):
    net = draw(0, activation, loss)
    differences = Differences(solve(problem(net)), evaluate(net))
    for name in differences.sizes:
        unit = differences.unit(name)
        for index in np.ndindex(unit.shape):
            one = np.zeros(unit.shape)
            one[index] = unit[index]
            assert differences.error(name, one) <= CLOSE, f"{name}{list(index)}"


def test_every_activation_and_every_loss_of_the_tables_has_a_definition_here():
    assert set(ACTIVATIONS) == {op.name for op in OUR_ACTIVATIONS.values()}
    assert set(LOSSES) == {row.name for row in OUR_LOSSES.values()}


@pytest.mark.parametrize(("activation", "loss"), LEFT_OUT, ids=[" · ".join(pair) for pair in LEFT_OUT])
def test_a_pair_that_is_left_out_has_no_finite_loss(activation, loss):
    last = Layer((Named(activation),), weights=np.array([[0.5], [0.7]]))
    net = Net(input=np.array([1.3]), target=np.array([0.4, 0.6]), loss=Named(loss), layers=(last,))
    with pytest.raises(NumericError):
        solve(problem(net))


def test_the_networks_are_of_every_kind():
    drawn = [draw(seed, *PAIRS[seed % len(PAIRS)]) for seed in range(400)]
    layers = [layer for net in drawn for layer in net.layers]
    assert {net.layout for net in drawn} == {"out_in", "in_out"}
    assert {layer.column for layer in layers} == {None, "first", "last"}
    assert {np.ndim(layer.bias) for layer in layers if layer.bias is not None} == {0, 1}
    assert {len(net.layers) for net in drawn} == {1, 2, 3}
    assert {net.input.shape[0] for net in drawn if net.input.ndim == 2} == {1, 2, 3, 4, 5}
    assert {net.reduction for net in drawn} == {None, "sum", "mean", "weighted_mean"}
    assert {kind for net in drawn for kind in net.penalty} == {"l2", "half_l2", "l1"}
    assert any(net.input.ndim == 1 for net in drawn)
    assert any(net.sample_weights is not None for net in drawn)
    assert any(layer.bias is None and layer.column is None for layer in layers)
    assert any(layer.weights is None for layer in layers)
    assert any(len(layer.activations) > 1 for layer in layers)


def test_the_reference_is_what_autograd_itself_gives():
    net = draw(3, "softmax", "cross_entropy")._replace(sample_weights=None)
    expected = evaluate(net)
    for name, leaf in net.leaves.items():
        by_autograd = autograd.grad(lambda value, name=name: run(net, {**net.leaves, name: value})["L"])(leaf)
        assert off(by_autograd, expected.gradients[name], expected.gradient_sizes[name]) <= EXACT


def test_the_size_of_an_entry_is_never_below_its_largest_term_and_mostly_some_ten_times_it():
    ratios = []
    for seed in range(200):
        net = draw(seed, "tanh", "mse")._replace(penalty={})
        last = net.layers[-1]
        if last.weights is None or last.column is not None:
            continue
        expected = evaluate(net)
        fed = expected.values[f"a{len(net.layers) - 1}"] if len(net.layers) > 1 else net.leaves["x"]
        terms = np.abs(expected.gradients[f"z{len(net.layers)}"][:, :, None] * fed[:, None, :]).max(axis=0)
        sizes = expected.gradient_sizes[f"W{len(net.layers)}"]
        sizes = sizes if net.layout == "out_in" else sizes.T
        ratios += list(sizes[terms > 0] / terms[terms > 0])
    assert min(ratios) >= 1
    assert np.median(ratios) < 15
    assert np.quantile(ratios, 0.9) < 50
