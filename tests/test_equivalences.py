"""The same thing said in two ways gives the same numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from invoke import invoke
from networks import NETS, PAIRS, SEEDS, document, draw, examples, problem, text
from reference import LOSSES, Named, Net, evaluate
from turns import examples_in_turn

from gradcalc.engine.graph import Graph, backward, book_of, forward
from gradcalc.errors import NumericError
from gradcalc.problem.load import load, loads
from gradcalc.solution import Solution, solve

EXACT = 1e-13


def gradients(net: Net) -> Mapping[str, np.ndarray]:
    return solve(problem(net)).back


def same(found, expected, sizes) -> bool:
    """Whether two arrays are equal but for rounding, which is a part of the size of the terms."""
    assert np.shape(found) == np.shape(expected)
    return bool(np.all(np.abs(found - expected) <= EXACT * sizes))


def same_back(found: Mapping, expected: Mapping, sizes: Mapping) -> list[str]:
    """The quantities whose gradients differ."""
    return [name for name in sizes if not same(found[name], expected[name], sizes[name])]


def is_batch_sum(net: Net) -> bool:
    return LOSSES[net.loss.name].level != "all"


@examples_in_turn(16, 80, NETS, how=examples)
def test_the_gradients_of_a_batch_added_up_are_the_sums_of_those_of_its_samples(net):
    assume(is_batch_sum(net))
    batch = net._replace(reduction="sum", penalty={}, input=np.atleast_2d(net.input), target=np.atleast_2d(net.target))
    whole, sizes = solve(problem(batch)), evaluate(batch).gradient_sizes
    weights = np.ones(len(batch.input)) if net.sample_weights is None else net.sample_weights
    alone = [
        solve(problem(batch._replace(input=x, target=t, sample_weights=np.array([w]))))
        for x, t, w in zip(batch.input, batch.target, weights, strict=True)
    ]
    for name, size in sizes.items():
        parts = [solution.back[name] for solution in alone]
        per_sample = name[0] in "xza"
        assert same(np.concatenate(parts) if per_sample else sum(parts), whole.back[name], size), name
    losses = [solution.loss for solution in alone]
    assert math.isclose(sum(losses), whole.loss, rel_tol=1e-12, abs_tol=1e-12 * max(map(abs, losses)))
    assert np.allclose(whole.sample_losses * weights, losses, rtol=1e-12, atol=1e-15)


@examples_in_turn(16, 80, NETS, how=examples)
def test_a_mean_is_the_sum_over_the_number_of_samples(net):
    assume(is_batch_sum(net))
    net = net._replace(penalty={}, sample_weights=None)
    sizes = evaluate(net._replace(reduction="sum")).gradient_sizes
    added, mean, weighted = (gradients(net._replace(reduction=way)) for way in ("sum", "mean", "weighted_mean"))
    count = len(np.atleast_2d(net.input))
    assert same_back({name: g * count for name, g in mean.items()}, added, sizes) == []
    assert same_back(mean, weighted, sizes) == []


@examples_in_turn(16, 80, NETS, how=examples)
def test_permuted_hidden_units_permute_their_gradients(net):
    spots = [k for k in range(len(net.layers) - 1) if net.layers[k].weights is not None]
    spots = [k for k in spots if net.layers[k + 1].weights is not None]
    assume(spots)
    k = spots[0]
    layer, following = net.layers[k], net.layers[k + 1]
    rows, columns = (0, 1) if net.layout == "out_in" else (1, 0)
    units = layer.weights.shape[rows]
    order = np.roll(np.arange(units), 1)
    lead = 1 if following.column == "first" else 0
    fed = np.arange(following.weights.shape[columns])
    fed[lead : lead + units] = lead + order
    kinds = layer.activations
    layers = list(net.layers)
    layers[k] = layer._replace(
        weights=np.take(layer.weights, order, axis=rows),
        bias=layer.bias if np.ndim(layer.bias) == 0 else layer.bias[order],
        activations=tuple(kinds[i] for i in order) if len(kinds) > 1 else kinds,
    )
    layers[k + 1] = following._replace(weights=np.take(following.weights, fed, axis=columns))
    moved = {f"W{k + 1}": (order, rows), f"W{k + 2}": (fed, columns)}
    moved |= {f"{letter}{k + 1}": (order, 1) for letter in "za"}
    if np.ndim(layer.bias) == 1:
        moved[f"b{k + 1}"] = (order, 0)
    sizes, before, after = evaluate(net).gradient_sizes, gradients(net), gradients(net._replace(layers=tuple(layers)))
    for name, size in sizes.items():
        there = moved.get(name)
        expected, scale = (np.take(array, *there) if there else array for array in (before[name], size))
        assert same(after[name], expected, scale), name


@examples_in_turn(12, 60, NETS, how=examples)
def test_in_out_is_out_in_with_the_weights_turned(net):
    other = "in_out" if net.layout == "out_in" else "out_in"
    turned = [layer._replace(weights=None if layer.weights is None else layer.weights.T) for layer in net.layers]
    sizes, found = evaluate(net).gradient_sizes, gradients(net._replace(layout=other, layers=tuple(turned)))
    found = {name: g.T if name.startswith("W") else g for name, g in found.items()}
    assert same_back(found, gradients(net), sizes) == []


@examples_in_turn(16, 80, NETS, how=examples)
def test_a_folded_bias_is_a_separate_one(net):
    folded = [k for k, layer in enumerate(net.layers) if layer.column]
    assume(folded)
    layers, axis = list(net.layers), 1 if net.layout == "out_in" else 0
    at = {"first": 0, "last": -1}
    for k in folded:
        layer = layers[k]
        weights, bias = (cut(layer.weights, at[layer.column], axis) for cut in (np.delete, np.take))
        layers[k] = layer._replace(weights=weights, bias=bias, column=None)
    sizes, before, after = evaluate(net).gradient_sizes, gradients(net), gradients(net._replace(layers=tuple(layers)))
    for k in folded:
        name, place = f"W{k + 1}", at[net.layers[k].column]
        assert same(after[f"b{k + 1}"], np.take(before[name], place, axis), np.take(sizes[name], place, axis))
        assert same(after[name], np.delete(before[name], place, axis), np.delete(sizes[name], place, axis))
    rest = {name: size for name, size in sizes.items() if name not in {f"W{k + 1}" for k in folded}}
    assert same_back(after, before, rest) == []


@examples_in_turn(16, 80, NETS, how=examples)
def test_a_shared_bias_is_one_for_each_unit_whose_gradients_are_added_up(net):
    shared = [k for k, layer in enumerate(net.layers) if layer.shared]
    assume(shared)
    layers = list(net.layers)
    for k in shared:
        units = layers[k].weights.shape[0 if net.layout == "out_in" else 1]
        layers[k] = layers[k]._replace(bias=np.full(units, float(layers[k].bias)), shared=False)
    sizes, before, after = evaluate(net).gradient_sizes, gradients(net), gradients(net._replace(layers=tuple(layers)))
    after = {**after, **{f"b{k + 1}": after[f"b{k + 1}"].sum() for k in shared}}
    assert same_back(after, before, sizes) == []


@examples_in_turn(16, 80, NETS, how=examples)
def test_a_list_of_one_activation_per_unit_is_that_activation(net):
    layers = list(net.layers)
    for k, layer in enumerate(layers):
        units = gradients(net)[f"a{k + 1}"].shape[1]
        if len(layer.activations) == 1 and layer.activations[0].name not in ("softmax", "log_softmax"):
            layers[k] = layer._replace(activations=layer.activations * units)
    assume(tuple(layers) != net.layers)
    sizes = evaluate(net).gradient_sizes
    assert same_back(gradients(net._replace(layers=tuple(layers))), gradients(net), sizes) == []


@examples_in_turn(40, 200, NETS, how=examples)
def test_the_page_s_own_formulas_and_rules_give_what_the_code_gives(net):
    solution, expected = solve(problem(net)), evaluate(net)
    page = book_of(solution.built.graph)
    values = forward(page, solution.built.leaves)
    back = backward(page, values, {"L": np.array(1.0)})
    assert same_back(values, solution.flow, {name: 10 * size for name, size in expected.value_sizes.items()}) == []
    assert same_back(back, solution.back, {name: 10 * size for name, size in expected.gradient_sizes.items()}) == []


def joints() -> list[tuple[str, str]]:
    """The pairs that are computed in a joint form."""
    return [
        (activation, loss)
        for activation, loss in PAIRS
        if any(step.shown_as for step in solve(problem(draw(0, activation, loss))).built.graph.equations)
    ]


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("sigmoid", "bce"),
        ("sigmoid", "binary_focal"),
        ("softmax", "cross_entropy"),
        ("softmax", "focal"),
        ("softmax", "kl_div"),
        ("log_softmax", "nll"),
    ],
)
def test_a_joint_form_is_the_separate_steps_where_these_are_finite(activation, loss):
    @examples(30)
    @given(SEEDS)
    def examine(seed):
        net = draw(seed, activation, loss)
        solution, expected = solve(problem(net)), evaluate(net)
        steps = [step.shown_as or step for step in solution.built.graph.equations]
        apart = Graph(tuple(steps), solution.built.graph.constants)
        values = forward(apart, solution.built.leaves)
        assert same_back(values, solution.flow, expected.value_sizes) == []
        back = backward(apart, values, {"L": np.array(1.0)})
        assert same_back(back, solution.back, expected.gradient_sizes) == []

    examine()


def test_every_pair_with_a_joint_form_is_compared():
    assert {*joints()} == {
        ("sigmoid", "bce"),
        ("sigmoid", "binary_focal"),
        ("softmax", "cross_entropy"),
        ("softmax", "focal"),
        ("softmax", "kl_div"),
        ("log_softmax", "nll"),
    }


def with_loss(name: str, **options):
    """What makes the network one with another loss."""
    return lambda net: net._replace(loss=Named(name, options), outputs=None, reduction=None)


def ending(activation: str, loss: str, **options):
    """What makes the network one with another last activation and another loss."""

    def change(net: Net) -> Net:
        end = net.layers[-1]._replace(activations=(Named(activation),))
        return with_loss(loss, **options)(net._replace(layers=(*net.layers[:-1], end)))

    return change


def smoothed(net: Net) -> Net:
    """The network with a fifth of its target spread over the classes."""
    return ending("softmax", "cross_entropy")(net._replace(target=0.8 * net.target + 0.2 / net.target.shape[-1]))


# how many networks every run looks at, and how many the slow step does
seeds = pytest.mark.parametrize("count", [5, pytest.param(25, marks=pytest.mark.slow)])

# where the networks come from; one loss, another, and how much larger its gradients are (N samples, K outputs)
NUMBERS, CHANCES, SHARES = ("tanh", "mse"), ("sigmoid", "bce"), ("softmax", "kl_div")
SCALED = {
    "a mean and a sum": (NUMBERS, with_loss("mse"), with_loss("squared_error"), lambda n, k: n * k),
    "half of a mean": (NUMBERS, with_loss("mse"), with_loss("half_mse"), lambda n, k: 0.5),
    "half of a sum": (NUMBERS, with_loss("squared_error"), with_loss("half_squared_error"), lambda n, k: 0.5),
    "sizes": (NUMBERS, with_loss("mae"), with_loss("absolute_error"), lambda n, k: n * k),
    "no bend": (NUMBERS, with_loss("mae"), with_loss("smooth_l1", beta=0.0), lambda n, k: 1),
    "two bends": (NUMBERS, with_loss("smooth_l1", beta=0.7), with_loss("huber", delta=0.7), lambda n, k: 0.7),
    "a far bend": (NUMBERS, with_loss("half_mse"), with_loss("huber", delta=100.0), lambda n, k: 1),
    "a variance": (NUMBERS, with_loss("half_mse"), with_loss("gaussian_nll", var=0.25), lambda n, k: 4),
    "a constant": (NUMBERS, with_loss("gaussian_nll"), with_loss("gaussian_nll", full=True), lambda n, k: 1),
    "a sign": (NUMBERS, with_loss("cosine_distance"), with_loss("cosine_similarity"), lambda n, k: 1),
    "a base": (CHANCES, with_loss("bce"), with_loss("bce", log_base=10.0), lambda n, k: 1 / math.log(10)),
    "a base squared": (CHANCES, with_loss("msle"), with_loss("msle", log_base=2.0), lambda n, k: math.log(2) ** -2),
    "a base of shares": (SHARES, with_loss("kl_div"), with_loss("kl_div", log_base=2.0), lambda n, k: 1 / math.log(2)),
    "no focus": (CHANCES, with_loss("bce"), with_loss("binary_focal", gamma=0.0), lambda n, k: 1),
    "balance": (CHANCES, with_loss("bce"), with_loss("binary_focal", gamma=0.0, alpha=0.5), lambda n, k: 0.5),
    "no focus on classes": (SHARES, with_loss("cross_entropy"), with_loss("focal", gamma=0.0), lambda n, k: 0.25),
    "entropy of the target": (SHARES, with_loss("kl_div"), with_loss("cross_entropy"), lambda n, k: 1),
    "smoothing": (SHARES, with_loss("cross_entropy", label_smoothing=0.2), smoothed, lambda n, k: 1),
}
INSIDE = {
    "sigmoid and bce": (CHANCES, ending("sigmoid", "bce"), ending("identity", "bce_with_logits")),
    "sigmoid and clipped bce": (
        CHANCES,
        ending("sigmoid", "bce", clip=0.2),
        ending("identity", "bce_with_logits", clip=0.2),
    ),
    "sigmoid and focal": (CHANCES, ending("sigmoid", "binary_focal"), ending("identity", "binary_focal_with_logits")),
    "softmax": (SHARES, ending("softmax", "cross_entropy"), ending("identity", "cross_entropy_with_logits")),
    "log softmax": (SHARES, ending("log_softmax", "nll"), ending("identity", "cross_entropy_with_logits")),
    "softmax and focal": (SHARES, ending("softmax", "focal"), ending("identity", "focal_with_logits")),
    "normalized": (SHARES, ending("softmax", "cross_entropy"), ending("softmax", "cross_entropy", normalize=True)),
    "exponentials": (SHARES, ending("softmax", "cross_entropy"), ending("exp", "cross_entropy", normalize=True)),
}


@seeds
@pytest.mark.parametrize("pair", SCALED)
def test_a_loss_that_is_a_multiple_of_another_has_the_multiple_of_its_gradients(pair, count):
    origin, first, second, factor = SCALED[pair]
    for seed in range(count):
        net = draw(seed, *origin)._replace(penalty={}, sample_weights=None)
        times = factor(*np.atleast_2d(net.target).shape)
        sizes = {name: times * size for name, size in evaluate(first(net)).gradient_sizes.items()}
        expected = {name: times * g for name, g in gradients(first(net)).items()}
        assert same_back(gradients(second(net)), expected, sizes) == [], f"seed {seed}"


@seeds
@pytest.mark.parametrize("pair", INSIDE)
def test_an_activation_gives_the_same_gradients_before_a_loss_and_inside_of_it(pair, count):
    origin, first, second = INSIDE[pair]
    for seed in range(count):
        net = draw(seed, *origin)
        sizes = evaluate(first(net)).gradient_sizes
        del sizes[f"a{len(net.layers)}"]
        assert same_back(gradients(second(net)), gradients(first(net)), sizes) == [], f"seed {seed}"


@pytest.mark.parametrize("ending_of_file", ["npz", "npy", "csv", "json"])
def test_numbers_from_a_file_are_the_numbers_written_inline(ending_of_file, tmp_path):
    for seed in range(8):
        net = draw(seed, *PAIRS[seed * 31 % len(PAIRS)])
        whole = document(net)
        inline = solve(loads(text(whole)))
        for k, layer in enumerate(whole["layers"], 1):
            for key in ("weights", "bias"):
                if key in layer and isinstance(layer[key], list):
                    layer[key] = written(np.array(layer[key]), tmp_path, f"{key}{k}-{seed}.{ending_of_file}")
        path = tmp_path / "net.yaml"
        path.write_text(text(whole), encoding="utf-8")
        assert_equal(solve(load(path)), inline)


def written(array, folder, name: str) -> dict[str, str]:
    """The array as a file, and what stands in the problem in its place."""
    path = folder / name
    match path.suffix:
        case ".npz":
            np.savez(path, first=array, second=array + 1)
            return {"file": name, "key": "first"}
        case ".npy":
            np.save(path, array)
        case ".csv":
            rows = np.atleast_2d(array).tolist()
            path.write_text("\n".join(",".join(map(repr, row)) for row in rows), encoding="utf-8")
        case ".json":
            path.write_text(json.dumps(array.tolist()), encoding="utf-8")
    return {"file": name}


def assert_equal(found: Solution, expected: Solution) -> None:
    """Two solutions are the same to the last bit."""
    assert found.gradients.keys() == expected.gradients.keys()
    for one, other in ((found.values, expected.values), (found.gradients, expected.gradients)):
        for name in one:
            assert np.array_equal(one[name], other[name], equal_nan=True), name


@examples(40)
@given(NETS)
def test_a_problem_read_from_its_text_is_the_problem_built_from_its_data(net):
    assert_equal(solve(loads(text(document(net)))), solve(problem(net)))


def flags(whole: dict, taken: str) -> tuple[dict, list[str]]:
    """The document without the key `taken` (dots lead into layers), and the flag that says it."""
    *path, key = taken.split(".")
    inner = whole["layers"][int(path[1]) - 1] if path else whole
    value = inner.pop(key)
    return whole, ["--set", f"{taken}={json.dumps(value)}"]


@pytest.mark.parametrize(
    "key",
    [
        "input",
        "target",
        "loss",
        "weight_layout",
        "penalty",
        "sample_weights",
        "layers.1.weights",
        "layers.1.activation",
    ],
)
def test_a_value_that_is_set_is_the_same_value_in_the_file(key, tmp_path):
    seen = 0
    for seed in range(60):
        whole = document(draw(seed, *PAIRS[seed * 17 % len(PAIRS)]))
        inner = whole["layers"][0] if key.startswith("layers") else whole
        if key.split(".")[-1] not in inner or seen == 5:
            continue
        seen += 1
        expected = backward_json(text(whole), [])
        rest, setting = flags(whole, key)
        assert backward_json(text(rest), setting) == expected
    assert seen


def test_one_entry_that_is_set_is_the_same_entry_in_the_file():
    whole = document(draw(5, "tanh", "mse"))
    changed = json.loads(text(whole))
    changed["layers"][0]["weights"][0][-1] = 0.125
    column = len(changed["layers"][0]["weights"][0])
    expected = backward_json(text(changed), [])
    assert backward_json(text(whole), ["--set", f"layers.1.weights[1,{column}]=0.125"]) == expected
    assert (
        backward_json(text(whole), ["--index-base", "0", "--set", f"layers.1.weights[0,{column - 1}]=1/8"])["gradients"]
        == expected["gradients"]
    )


def backward_json(written: str, options: list[str]) -> dict:
    """What `gradcalc backward` says of a text on standard input."""
    done = invoke(["backward", "-", "--format", "json", *options], stdin=written)
    assert (done.code, done.stderr) == (0, "")
    return json.loads(done.stdout)


@examples(25)
@given(NETS)
def test_the_numbers_of_json_are_the_numbers_that_were_computed(net):
    whole = document(net)
    solution, told = solve(loads(text(whole))), backward_json(text(whole), ["--locals"])
    for part in ("values", "gradients"):
        assert {name: array.tolist() for name, array in getattr(solution, part).items()} == told[part]
    assert solution.loss == told["loss"]
    for name, local in told["locals"].items():
        assert np.isfinite(np.array(local)).all(), name


@examples(25)
@given(NETS)
def test_parameters_from_json_give_the_same_result_when_they_are_put_in_again(net):
    whole = document(net)
    told = backward_json(text(whole), [])
    for k, layer in enumerate(whole["layers"], 1):
        if "weights" in layer:
            layer["weights"] = told["values"][f"W{k}"]
        if "bias" in layer:
            layer["bias"] = told["values"][f"b{k}"]
    whole["input"], whole["target"] = told["values"]["x"], told["values"]["y"]
    assert backward_json(text(whole), []) == told


@examples_in_turn(12, 60, NETS, how=examples)
def test_an_input_of_zeros_leaves_the_first_weights_without_a_gradient(net):
    first = net.layers[0]
    assume(first.weights is not None and first.column is None)
    still = net._replace(input=np.zeros_like(net.input), penalty={})
    try:
        found = gradients(still)
    except NumericError:
        assume(condition=False)
    assert not found["W1"].any()


LARGE = [[1000.0, -1000.0], [-1000.0, 1000.0], [1000.0, 1000.0], [-1000.0, -1000.0], [1e5, -1e5]]


@pytest.mark.parametrize("z", LARGE, ids=str)
@pytest.mark.parametrize("target", [[1, 0], [0, 1]], ids=str)
@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("sigmoid", "bce"),
        ("identity", "bce_with_logits"),
        ("sigmoid", "binary_focal"),
        ("identity", "binary_focal_with_logits"),
        ("softmax", "cross_entropy"),
        ("identity", "cross_entropy_with_logits"),
        ("softmax", "focal"),
        ("identity", "focal_with_logits"),
        ("softmax", "kl_div"),
        ("log_softmax", "nll"),
    ],
)
def test_logits_of_a_thousand_give_finite_losses_and_gradients_without_a_word(activation, loss, target, z):
    whole = {
        "input": [1, 1],
        "target": target,
        "loss": loss,
        "layers": [{"weights": [[z[0], 0], [0, z[1]]], "bias": 0, "activation": activation}],
    }
    done = invoke(["backward", "-", "--format", "json"], stdin=text(whole))
    assert (done.code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert math.isfinite(told["loss"])
    for name, g in told["gradients"].items():
        assert name == "a1" or np.isfinite(np.array(g, dtype=float)).all(), name
    page = invoke(["backward", "-"], stdin=text(whole))
    assert (page.code, page.stderr) == (0, "")


def through_the_program(activation: str, z, **more) -> dict:
    """What `backward` says of a layer whose z is given, differentiated with respect to its first output."""
    z = np.atleast_1d(z)
    whole = {"input": [1], "layers": [{"weights": z[:, None].tolist(), "activation": activation}], **more}
    options = [] if "loss" in more else ["--of", "a1" if len(z) == 1 else "a1[1]"]
    done = invoke(["backward", "-", "--format", "json", *options], stdin=text(whole))
    assert (done.code, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("activation", "z", "expected"),
    [
        ("sigmoid", -710, [4.47628622567513e-309]),
        ("sigmoid", -745, [5e-324]),
        ("sigmoid", -800, [0]),
        ("sigmoid", 1e308, [1]),
        ("sigmoid", -1e308, [0]),
        ("softplus", 710, [710]),
        ("softplus", 1000, [1000]),
        ("softplus", -37, [8.533047625744066e-17]),
        ("softmax", [1000, 1000], [0.5, 0.5]),
        ("softmax", [-1000, -1000], [0.5, 0.5]),
        ("softmax", [1000, 0], [1, 0]),
        ("log_softmax", [0, -1000], [0, -1000]),
        ("log_softmax", [0, -745], [-5e-324, -745]),
        ("log_softmax", [1000, 0], [0, -1000]),
        ("gelu", -10, [-7.61985302416059e-23]),
        ("gelu", 1, [0.8413447460685429]),
        ("gelu_tanh", 1, [0.8411919906082768]),
    ],
)
def test_a_value_that_breaks_the_plain_formula_comes_out_of_the_program(activation, z, expected):
    found = through_the_program(activation, z)["values"]["a1"]
    # the last bit of a denormal number is all of it
    assert np.allclose(found, expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize(
    ("activation", "z", "expected"),
    [
        ("sigmoid", 37, 8.533047625744066e-17),
        ("sigmoid", 40, 4.248354255291589e-18),
        ("sigmoid", 100, 3.720075976020836e-44),
        ("tanh", 10, 8.244614455767397e-09),
        ("tanh", 19, 1.2556531168192118e-16),
        ("tanh", 20, 1.6993417021166355e-17),
    ],
)
def test_a_slope_that_breaks_the_plain_formula_comes_out_of_the_program(activation, z, expected):
    assert np.allclose(through_the_program(activation, z)["gradients"]["z1"], [expected], rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    ("activation", "loss", "z", "target", "expected", "slope"),
    [
        ("softmax", "cross_entropy", [1000, 0], [0, 1], 1000.0, [1, -1]),
        ("identity", "cross_entropy_with_logits", [1000, 0], [0, 1], 1000.0, [1, -1]),
        ("log_softmax", "nll", [1000, 0], [0, 1], 1000.0, [1, -1]),
        ("sigmoid", "bce", 37, 0, 37.0, [1]),
        ("sigmoid", "bce", 40, 0, 40.0, [1]),
        ("sigmoid", "bce", 710, 0, 710.0, [1]),
        ("sigmoid", "bce", 1000, 1, 0.0, [0]),
        ("sigmoid", "bce", 0, 0.5, 0.6931471805599453, [0]),
    ],
)
def test_a_loss_that_breaks_the_plain_formula_comes_out_of_the_program(activation, loss, z, target, expected, slope):
    told = through_the_program(activation, z, loss=loss, target=target)
    assert math.isclose(told["loss"], expected, rel_tol=1e-15)
    assert np.allclose(told["gradients"]["z1"], slope, rtol=1e-15, atol=0)
