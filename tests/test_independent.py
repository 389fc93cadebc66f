"""gradcalc's numbers are those of independent scalar loops in 60-digit arithmetic, entry by entry."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from independent import ACTIVATIONS, OUTPUT_LOSSES, ROW_ACTIVATIONS, SAMPLE_LOSSES, indices, mpf, solve_file
from independent import entry as entry_at
from invoke import invoke
from texts import read_texts
from turns import in_turn

from gradcalc.engine.ops import ACTIVATIONS as TABLE_OF_ACTIVATIONS
from gradcalc.engine.ops import LOSSES as TABLE_OF_LOSSES

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
WITH_NUMBERS = [path for path in sorted(CONFIGS.glob("*.yaml")) if "input" in read_texts(path)]
TOLERANCE = mpf("1e-12")


def computed(command: str, path: Path) -> dict:
    done = invoke([command, str(path), "--format", "json"])
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def differences(name: str, ours, true) -> list[str]:
    """The entries that are off by more than 1e-12 of the quantity's largest."""
    if indices(ours) != indices(true):
        return [f"{name} has another shape"]
    largest = max(abs(entry_at(true, index)) for index in indices(true))
    return [
        f"{name}{list(index)} is {entry_at(ours, index)}, not {entry_at(true, index)}"
        for index in indices(true)
        if abs(mpf(entry_at(ours, index)) - entry_at(true, index)) > TOLERANCE * largest
    ]


def faults(path: Path) -> list[str]:
    """Everything in which `forward` and `backward` differ from the loops."""
    forward, backward = computed("forward", path), computed("backward", path)
    true = solve_file(path, forward["values"])
    found = [] if backward["gradients"].keys() == true["gradients"].keys() else ["other gradients are given"]
    for result in (forward, backward):
        found += [
            fault
            for name, value in true["values"].items()
            for fault in differences(name, result["values"][name], value)
        ]
        for field in ("loss", "sample_losses", "output_losses"):
            if true.get(field) is not None:
                found += differences(field, result[field], true[field])
    for name, value in true["gradients"].items():
        found += differences(f"gradient of {name}", backward["gradients"][name], value)
    return found


def written(tmp_path: Path, problem: dict) -> Path:
    """A problem as a file; JSON is YAML."""
    path = tmp_path / "problem.yaml"
    path.write_text(json.dumps(problem), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", WITH_NUMBERS, ids=[path.stem for path in WITH_NUMBERS])
def test_every_number_of_an_example_is_what_the_loops_give(path):
    assert faults(path) == []


OPTIONS = {
    "leaky_relu": {"slope": 0.2},
    "elu": {"alpha": 0.7},
    "celu": {"alpha": 1.3},
    "softplus": {"beta": 2},
    "hardtanh": {"min": -0.4, "max": 0.6},
}


@pytest.mark.parametrize("name", [*ACTIVATIONS, *ROW_ACTIVATIONS])
@in_turn("scale", [1, 9], [1])
def test_every_activation_is_what_the_loops_give(name, scale, tmp_path):
    hidden = {
        "weights": [[0.31 * scale, -0.72], [-0.55, 0.43 * scale], [0.9, 0.25], [-0.8 * scale, 0.6]],
        "bias": [0.05, -0.15, 0.25, 0.1],
        "activation": {"name": name} | OPTIONS.get(name, {}),
    }
    output = {"weights": [[0.4, -0.6, 0.3, 0.8]], "bias": 0.1}
    problem = {"input": [[0.7, -1.1], [1.3, 0.4]], "target": [0.5, -1], "loss": "mse", "layers": [hidden, output]}
    assert faults(written(tmp_path, problem)) == []


CLASSES = {"target": [[0, 1, 0], [1, 0, 0]]}
SOFT = {"target": [[0.2, 0.7, 0.1], [0.5, 0.2, 0.3]]}
BINARY = {"target": [[1, 0, 1], [0, 0, 1]]}
SIGNS = {"target": [[1, -1, 1], [-1, -1, 1]]}
REAL = {"target": [[0.5, -1.7, 2], [0.3, 0.1, -0.4]]}
POSITIVE = {"target": [[0.5, 1.7, 2], [0.3, 0.1, 4]]}

# (loss, what reaches it, its targets)
LOSSES = [
    ("squared_error", "identity", REAL),
    ("half_squared_error", "sigmoid", BINARY),
    ("mse", "tanh", REAL),
    ("half_mse", "identity", REAL),
    ("absolute_error", "identity", REAL),
    ("mae", "identity", REAL),
    ({"name": "huber", "delta": 0.6}, "identity", REAL),
    ({"name": "smooth_l1", "beta": 0.7}, "identity", REAL),
    ("log_cosh", "identity", REAL),
    ("mape", "identity", REAL),
    ("msle", "softplus", POSITIVE),
    ("bce", "sigmoid", BINARY),
    ("bce", "sigmoid", SOFT),
    ({"name": "bce", "clip": 1e-7}, "sigmoid", BINARY),
    ({"name": "bce", "log_base": 10}, "sigmoid", BINARY),
    ("bce_with_logits", "identity", SOFT),
    ("binary_focal", "sigmoid", BINARY),
    ({"name": "binary_focal", "gamma": 1.5, "alpha": 0.3}, "sigmoid", BINARY),
    ({"name": "binary_focal_with_logits", "gamma": 3}, "identity", BINARY),
    ("hinge", "identity", SIGNS),
    ({"name": "squared_hinge", "margin": 1.5}, "identity", SIGNS),
    ({"name": "msle", "log_base": 10}, "softplus", POSITIVE),
    ("poisson_nll", "identity", POSITIVE),
    ({"name": "poisson_nll", "full": True}, "identity", POSITIVE),
    ({"name": "poisson_nll", "log_input": False, "eps": 1e-3}, "softplus", POSITIVE),
    ("gaussian_nll", "identity", REAL),
    ({"name": "gaussian_nll", "var": 0.3, "full": True}, "identity", REAL),
    ({"name": "gaussian_nll", "var": 0, "eps": 0.5}, "identity", REAL),
    ("cross_entropy", "softmax", CLASSES),
    ("cross_entropy", "softmax", SOFT),
    ({"name": "cross_entropy", "label_smoothing": 0.1}, "softmax", CLASSES),
    ({"name": "cross_entropy", "normalize": True}, "sigmoid", SOFT),
    ({"name": "cross_entropy", "log_base": 2}, "softmax", SOFT),
    ("cross_entropy", "sigmoid", CLASSES),
    ({"name": "cross_entropy_with_logits", "label_smoothing": 0.2}, "identity", CLASSES),
    ("focal", "softmax", CLASSES),
    ({"name": "focal", "gamma": 1.5, "alpha": 0.5}, "softmax", CLASSES),
    ("focal_with_logits", "identity", CLASSES),
    ("nll", "log_softmax", CLASSES),
    ("nll", "identity", SOFT),
    ("kl_div", "softmax", SOFT),
    ({"name": "kl_div", "log_base": 2}, "sigmoid", SOFT),
    ({"name": "focal", "log_base": 10}, "softmax", CLASSES),
    ({"name": "binary_focal", "log_base": 2}, "sigmoid", BINARY),
    ("multiclass_hinge", "identity", CLASSES),
    ({"name": "multiclass_hinge", "margin": 0.5, "outputs": "mean"}, "identity", CLASSES),
    ("categorical_hinge", "identity", CLASSES),
    ("cosine_similarity", "identity", REAL),
    ("cosine_distance", "identity", REAL),
    ("dice", "sigmoid", BINARY),
]


@pytest.mark.parametrize(("loss", "activation", "target"), LOSSES, ids=str)
@in_turn("reduction", [{}, {"reduction": "sum"}], [{}])
def test_every_loss_is_what_the_loops_give(loss, activation, target, reduction, tmp_path):
    layer = {
        "weights": [[0.5, -0.7], [0.9, 0.35], [-0.2, 1.1]],
        "bias": [0.3, -0.1, 0.2],
        "activation": activation,
    }
    problem = {"input": [[0.6, -1.2], [1.1, 0.45]], "loss": loss, "layers": [layer]} | target
    if loss != "dice":
        problem |= reduction
    assert faults(written(tmp_path, problem)) == []


def two_layers(**first) -> list[dict]:
    return [
        {"weights": [[0.5, -0.7, 0.2], [0.9, 0.35, -0.4]], "activation": "tanh"} | first,
        {"weights": [[0.6, -0.3]], "bias": 0.2},
    ]


BATCH = {"input": [[0.6, -1.2], [1.1, 0.45], [-0.4, 0.8]], "target": [1, -0.5, 0.3], "loss": "mse"}
WAYS = {
    "a bias column in front": BATCH | {"layers": two_layers(bias_column="first")},
    "a bias column behind": BATCH | {"layers": two_layers(bias_column="last")},
    "a penalty that leaves a bias column alone": BATCH
    | {"layers": two_layers(bias_column="first"), "penalty": {"l2": 0.1, "l1": 0.02}},
    "half an L2 penalty on one sample": BATCH
    | {"input": [0.6, -1.2, 1], "target": 2, "layers": two_layers(bias=0.1), "penalty": {"half_l2": 0.3}},
    "a shared bias": BATCH | {"input": [[1, 2, 3]], "target": [2], "layers": two_layers(bias=0.1, bias_shared=True)},
    "a shared bias in a batch": BATCH
    | {"layers": [{"weights": [[1, 0.5], [0.2, -0.3]], "bias": 0.4, "bias_shared": True}, {"weights": [[0.6, 0.7]]}]},
    "no bias": BATCH | {"layers": [{"weights": [[0.3, -0.4]], "activation": "sigmoid"}]},
    "an activation as a layer of its own": BATCH
    | {"layers": [{"weights": [[0.3, -0.4], [1, 2]]}, {"activation": "tanh"}, {"weights": [[1, -1]]}]},
    "weights from unit to unit": BATCH
    | {
        "weight_layout": "in_out",
        "layers": [{"weights": [[0.3, 1, -2], [0.4, -0.6, 0.7]], "bias": 0.1}, {"weights": [[1], [2], [-1]]}],
    },
    "the sum over weighted samples": BATCH
    | {"sample_weights": [1, 2, 0.5], "reduction": "sum", "layers": [{"weights": [[0.3, -0.4]]}]},
    "the mean over weighted samples": BATCH | {"sample_weights": [1, 2, 0.5], "layers": [{"weights": [[0.3, -0.4]]}]},
    "the weighted mean": BATCH
    | {"sample_weights": [1, 2, 0.5], "reduction": "weighted_mean", "layers": [{"weights": [[0.3, -0.4]]}]},
    "the sum over outputs": {
        "input": [1, 2],
        "target": [1, 0],
        "loss": {"name": "mse", "outputs": "sum"},
        "layers": [{"weights": [[0.3, -0.4], [0.2, 0.6]]}],
    },
    "classes counted from 0": {
        "input": [1, 2],
        "target": {"class": 1},
        "index_base": 0,
        "loss": "cross_entropy",
        "layers": [{"weights": [[0.3, -0.4], [0.2, 0.6]], "activation": "softmax"}],
    },
    "weights drawn by a scheme": BATCH
    | {
        "layers": [
            {"units": 4, "weights": {"init": "xavier_uniform", "seed": 3}, "bias": 0.1, "activation": "silu"},
            {"units": 1, "weights": {"init": "he_normal", "seed": 4}},
        ]
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_a_network_is_what_the_loops_give(way, tmp_path):
    assert faults(written(tmp_path, WAYS[way])) == []


def test_no_activation_and_no_loss_of_the_tables_is_missing_here():
    losses = {loss.name for loss in TABLE_OF_LOSSES.values()}
    assert {op.name for op in TABLE_OF_ACTIVATIONS.values()} == {*ACTIVATIONS, *ROW_ACTIVATIONS}
    assert losses == {*OUTPUT_LOSSES, *SAMPLE_LOSSES, "dice"}
    assert losses == {loss if isinstance(loss, str) else loss["name"] for loss, _, _ in LOSSES}


def test_the_loops_share_nothing_with_gradcalc():
    tree = ast.parse(Path(__file__).with_name("independent.py").read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not any(name.startswith("gradcalc") for name in names)


def test_the_loops_refuse_a_point_on_a_kink(tmp_path):
    problem = {
        "input": [1],
        "target": 1,
        "loss": "mse",
        "layers": [{"weights": [[1]], "bias": -1, "activation": "relu"}],
    }
    with pytest.raises(ArithmeticError, match="kink"):
        solve_file(written(tmp_path, problem))
