"""Every key of the table: what it takes, what it refuses, and that the schema says the same."""

from collections.abc import Mapping

import pytest
from documents import faults, plain, tree
from jsonschema import Draft7Validator

from gradcalc.problem.fields import TABLES
from gradcalc.problem.model import Layer, OptimizerChoice, Problem
from gradcalc.problem.schema import schema

VALIDATOR = Draft7Validator(schema())

NUMBERS = ["[1, 2]", "[0.5, -1e-3, .5]", "[1/3, sqrt(2)/2]"]
NO_NUMBERS = ["[]", "[1, x]", "[true]", "[1, null]", "[[]]", "[1_000]", "[0,5 ; 1]"]
TEXTS = ["H", "hidden layer", "1", "'1'", "'W[out]'"]
NO_TEXTS = ["[a]", "{a: 1}", "null", "''"]
SIZES = ["1", "12", "H", "n_1"]
NO_SIZES = ["0", "-1", "3.5", "true", "'3'", "[1]", "a b", "null"]
NOT_NEGATIVE = ["0", "0.5", "1/10"]
NEGATIVE = ["-1", "-0.5", "x", "[1]", "true"]
ONE_OR_MANY = ["3", "-.5", "1/3", *NUMBERS, "[[1, 2], [3, 4]]"]
NOT_ONE_OR_MANY = ["x", "true", "null", "[[1], 2]", *NO_NUMBERS]
FROM_ELSEWHERE = ["{init: zeros}", "{init: normal, std: 0.5, seed: 3}", "{file: w.npz, key: W1}", "{file: w.csv}"]
NOT_FROM_ELSEWHERE = ["{}", "{seed: 1}", "{init: zeros, file: w.csv}", "{init: nothing}", "{file: [1]}"]
BY_NAME = [
    "{w1: 0.5}",
    "{w1: -1/3, W: [[1, 2], [3, 4]], b: [0, 1]}",
    "{θ: 1, w_H: [1], 'a b': 2}",
    "{K: [[[1, 1/2], [3, 4]]]}",
]
NOT_BY_NAME = [
    "{}",
    "3",
    "null",
    "{w: x}",
    "{w: null}",
    "{w: {a: 1}}",
    "{w: []}",
    "{w: [[1], 2]}",
    "{w: [1, [2]]}",
    "{w: [[[1, x]]]}",
    "{'': 1}",
    "{a·b: 1}",
]

# Where a mapping of each table stands in a file, and what has to stand beside a key of it.
PLACES: Mapping[str, tuple[str, dict[str, str]]] = {
    "the file": ("%s", {"layers": "[{weights: [[1, 2]]}]", "loss": "mse"}),
    "a layer": ("layers: [%s]", {"units": "2"}),
    "weights or bias that are drawn": ("layers: [{units: 2, weights: %s}]", {"init": "normal"}),
    "weights or bias from a file": ("layers: [{weights: %s}]", {"file": "w.npz"}),
    "target": ("layers: [{units: 2}]\ntarget: %s", {}),
    "penalty": ("layers: [{units: 2}]\npenalty: %s", {}),
    "notation": ("layers: [{units: 2}]\nnotation: %s", {}),
    "rounding": ("layers: [{units: 2}]\nrounding: %s", {"to": "4dp"}),
    "dims": ("layers: [{units: 2}]\ndims: %s", {}),
    "an optimizer": ("layers: [{units: 2}]\noptimizer: %s", {"name": "adam"}),
    "clip": ("layers: [{units: 2}]\noptimizer: {clip: %s}", {}),
    "shuffle": ("layers: [{units: 2}]\noptimizer: {batch_size: 1, shuffle: %s}", {}),
}

# What stands beside a key that is at home in another file than the rest of its table.
BESIDE: Mapping[tuple[str, str], dict[str, str]] = {
    ("the file", "parameters"): {"objective": "w"},
    ("the file", "objective"): {"parameters": "{w: 1}"},
    ("the file", "equations"): {"parameters": "{w: 1}"},
    ("the file", "abstract"): {"equations": "{L: 'f1(w)'}"},
    ("the file", "functions"): {},
    ("the file", "compose"): {"functions": "{F(x): x, G(t): t}"},
    ("the file", "at"): {"functions": "{f(x): x}"},
    ("an optimizer", "shuffle"): {"batch_size": "2"},
}

EXAMPLES: Mapping[str, Mapping[str, tuple[list[str], list[str]]]] = {
    "the file": {
        "title": (TEXTS, NO_TEXTS),
        "input": (ONE_OR_MANY, [*NOT_ONE_OR_MANY, "{class: 1}"]),
        "target": (
            [*ONE_OR_MANY, "{class: 2}", "{class: [1, 3]}"],
            [*NOT_ONE_OR_MANY, "{}", "{class: 1.5}", "{kind: 2}"],
        ),
        "loss": (
            [
                "mse",
                "l2",
                "{name: huber, delta: 2}",
                "{name: bce, clip: none}",
                "{name: mse, outputs: sum, reduction: mean}",
            ],
            [
                "msee",
                "[mse]",
                "null",
                "{}",
                "{name: huber, delta: -1}",
                "{name: mse, delta: 1}",
                "{name: dice, reduction: sum}",
            ],
        ),
        "reduction": (["sum", "mean", "weighted_mean"], ["average", "1", "[sum]", "null"]),
        "sample_weights": (["[1, 2]", "[0, 1/2]"], ["1", "[-1]", "[]", "[[1]]", "[x]", "null"]),
        "penalty": (["{l2: 0.1}", "{l1: 1, half_l2: 1/2}", "{}"], ["0.1", "[l2]", "{l3: 1}", "{l2: -1}", "null"]),
        "layers": (
            ["[{units: H}]", "[{weights: [[1]]}, {activation: relu}]"],
            ["[]", "{units: 2}", "3", "null", "[relu]", "[{}]", "[{name: H}]", "[{units: 2, unit: 3}]"],
        ),
        "weight_layout": (["out_in", "in_out"], ["in-out", "[out_in]", "null"]),
        "notation": (
            ["bishop", "mazur", "{pre: net}", "{weights: θ}"],
            ["bisop", "{z: net}", "[bishop]", "null", "{pre: []}"],
        ),
        "rounding": (
            ["4dp", "0dp", "4sf", "4 sf", "{to: 3dp, when: each}"],
            ["4", "0sf", "4d", "21dp", "{when: each}", "null"],
        ),
        "index_base": (["0", "1"], ["2", "-1", "true", "'0'", "[0]", "null"]),
        "dims": (["{inputs: M, hidden: H}", "{}"], ["{input: M}", "{inputs: 3}", "M", "[M]"]),
        "inputs": (SIZES, NO_SIZES),
        "samples": (SIZES, NO_SIZES),
        "parameters": (BY_NAME, NOT_BY_NAME),
        "equations": (
            ["{L: w}", "{z: 2*w, L: '(1 - z)**2'}", "{'a b': 1}"],
            ["{}", "w", "[w]", "null", "{L: null}", "{L: [w]}", "{L: {z: w}}", "{'': w}", "{a·b: w}", "{L: ''}"],
        ),
        "functions": (
            ["{f(x): x}", "{'F(x, y)': [x, y], 'G(t)': [t, t^2]}"],
            ["{}", "x", "[x]", "null", "{f(x): null}", "{f(x): {a: 1}}"],
        ),
        "compose": (["F(G)", "f(g(h))"], NO_TEXTS),
        "at": (["{x: 1}", "{x: -1/3, z: [1, 2, 3], X: [[1, 2], [3, 4]]}"], ["3", "null", "{x: y z}", "[1]"]),
        "marks": (["{W1: 2}", "{dW1: 1, z1: 1/2}"], ["{}", "3", "null", "{W1: x}"]),
        "abstract": (["[f1]", "[f1, g]"], ["[]", "f1", "[1]", "[[f1]]", "null", "[a b]"]),
        "objective": (["w", "(1 - x)**2", "3"], NO_TEXTS),
        "gradients": (
            [*BY_NAME, "[{w1: 1}]", "[{w1: 1, W: [[1]]}, {w1: 1/3, W: [[2]]}]"],
            [*NOT_BY_NAME, "[]", "[1]", "[{}]", "[{w: x}]", "[[{w: 1}]]"],
        ),
        "optimizer": (
            ["sgd", "{lr: 0.1}", "{name: adam}", "[sgd, {name: adam, eps: 1e-8}, adam]"],
            ["sdg", "3", "null", "[]", "[sdg]", "[[sgd]]", "{name: 3}", "{name: adam, rho: 0.9}", "{name: sgd, lr: 0}"],
        ),
        "steps": (["1", "10000", "10000000"], ["0", "-1", "2.5", "x", "'2'", "[2]", "null"]),
    },
    "a layer": {
        "name": (TEXTS, NO_TEXTS),
        "units": (SIZES, NO_SIZES),
        "weights": (
            ["[[1, 2], [3, 4]]", "[[1/3]]", "0.5", "1/2", *FROM_ELSEWHERE],
            ["[1, 2]", "[]", "[[]]", "[[1], 2]", "[[x]]", "x", "null", "none", *NOT_FROM_ELSEWHERE],
        ),
        "bias": (
            [*NUMBERS, "3", "-1/2", "none", "null", *FROM_ELSEWHERE],
            ["[[1], [2]]", *NO_NUMBERS, "x", "true", *NOT_FROM_ELSEWHERE],
        ),
        "bias_shared": (["false"], ["no", "0", "'true'", "[true]", "null"]),
        "bias_column": (["first", "last"], ["middle", "1", "[first]", "null"]),
        "activation": (
            [
                "relu",
                "swish",
                "none",
                "{name: leaky_relu, slope: 1/10}",
                "{name: relu}",
                "[relu, {name: elu, alpha: 2}]",
            ],
            ["rleu", "[]", "[rleu]", "{}", "{slope: 1}", "{name: relu, slope: 1}", "{name: celu, alpha: x}", "3"],
        ),
    },
    "weights or bias that are drawn": {
        "init": (["zeros", "he_normal", "glorot_uniform"], ["nothing", "1", "[zeros]", "null"]),
        "seed": (["0", "12"], ["-1", "1.5", "x", "'1'", "null"]),
        "std": (["0.5", "1/3"], ["0", "-1", "x", "[1]", "null"]),
    },
    "weights or bias from a file": {
        "file": (TEXTS, NO_TEXTS),
        "key": (TEXTS, NO_TEXTS),
    },
    "target": {"class": (["1", "[1, 2]"], ["-1", "1.5", "x", "[]", "[[1]]", "'1'", "null"])},
    "penalty": dict.fromkeys(("l2", "half_l2", "l1"), (NOT_NEGATIVE, NEGATIVE)),
    "notation": dict.fromkeys(("pre", "post", "weights", "bias", "input", "target", "loss"), (TEXTS, NO_TEXTS)),
    "rounding": {
        "to": (["4dp", "20dp", "1sf"], ["4", "0sf", "x", "[4dp]", "null"]),
        "when": (["each", "shown"], ["always", "true", "null"]),
    },
    "dims": dict.fromkeys(
        ("inputs", "hidden", "outputs", "samples"), (["M", "θ", "n_1"], ["3", "true", "a b", "null", "[M]"])
    ),
    "an optimizer": {
        "name": (["sgd", "lion"], ["Adam", "1", "[adam]", "null"]),
        "schedule": (
            [
                "cosine",
                "[0.1, 0.05, 0]",
                "{name: step, every: 10, factor: 0.5}",
                "{name: step, step_size: 10}",
                "{name: linear, warmup: 3}",
                "{name: list, rates: [0.1], warmup: 2}",
            ],
            [
                "step",
                "sinus",
                "3",
                "null",
                "[]",
                "[x]",
                "[-1]",
                "{name: step}",
                "{name: step, every: 1.5}",
                "{name: list}",
                "{name: linear, zzz: 3}",
                "list",
            ],
        ),
        "clip": (["{norm: 1}", "{value: 1/2}"], ["{}", "1", "null", "{norm: 1, value: 1}", "{max: 1}", "{norm: 0}"]),
        "frozen": (["[]", "[b1]", "[b1, b2]"], ["b1", "null", "[[b1]]", "{b1: true}", "[null]"]),
        "initial": (
            ["{m: 0.1}", "{m: {w1: 1, W: [[1, 2]]}, v: 0}"],
            ["0.1", "{}", "null", "[m]", "{m: x}", "{m: {w: x}}"],
        ),
        "batch_size": (["1", "12"], ["0", "-1", "1.5", "x", "null", "[1]"]),
        "shuffle": (["{seed: 3}", "{}"], ["true", "3", "null", "{sead: 1}"]),
        "maximize": (["true", "false"], ["yes", "1", "null"]),
    },
    "clip": dict.fromkeys(("norm", "value"), (["1", "0.5", "1/3"], ["0", "-1", "x", "null", "[1]"])),
    "shuffle": {"seed": (["0", "7"], ["-1", "1.5", "x", "null"])},
}

ROWS = [(table, key) for table, rows in EXAMPLES.items() for key in rows]


def written(table: str, key: str, value: str) -> str:
    """A file that says `value` under `key`."""
    place, beside = PLACES[table]
    entries = {**BESIDE.get((table, key), beside), key: value}
    return place % f"{{{', '.join(f'{name}: {text}' for name, text in entries.items())}}}"


def test_every_key_of_every_table_has_examples():
    assert {(table, key) for table, rows in TABLES.items() for key in rows} == set(ROWS)


@pytest.mark.parametrize(("table", "key"), ROWS)
def test_what_a_key_takes_is_taken_by_decoder_and_schema_alike(table, key):
    for value in EXAMPLES[table][key][0]:
        text = written(table, key, value)
        assert not faults(text), value
        assert not [error.message for error in VALIDATOR.iter_errors(plain(tree(text)))], value


@pytest.mark.parametrize(("table", "key"), ROWS)
def test_what_a_key_refuses_is_refused_by_decoder_and_schema_alike(table, key):
    for value in EXAMPLES[table][key][1]:
        text = written(table, key, value)
        assert faults(text), value
        assert not VALIDATOR.is_valid(plain(tree(text))), value


@pytest.mark.parametrize(("table", "key"), ROWS)
def test_every_key_says_what_it_means_in_one_line(table, key):
    doc = TABLES[table][key].doc
    assert doc == doc.strip(" .")
    assert 10 < len(doc) < 120
    assert "\n" not in doc


def test_the_keys_of_the_file_and_of_a_layer_are_the_attributes_of_the_model():
    of_the_model = {*Problem.__dataclass_fields__} - {"origin", "folder", "every_gradient", "optimizers", "data"}
    assert {*TABLES["the file"]} == of_the_model | {"reduction", "optimizer"}
    assert {*TABLES["a layer"]} <= {*Layer.__dataclass_fields__}
    assert {*TABLES["an optimizer"]} == {*OptimizerChoice.__dataclass_fields__} - {"hyper"}
