"""The JSON Schema of a problem file."""

import json
from pathlib import Path

import pytest
from documents import NETWORK, faults, plain, tree
from jsonschema import Draft7Validator

from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.problem.fields import TABLES
from gradcalc.problem.schema import schema
from gradcalc.training.optimizers import OPTIMIZERS

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
VALIDATOR = Draft7Validator(schema())


def test_the_schema_is_a_schema_of_draft_07_and_plain_json():
    Draft7Validator.check_schema(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.loads(json.dumps(schema())) == schema()


def test_the_network_of_the_contract_is_valid():
    assert VALIDATOR.is_valid(plain(tree(NETWORK)))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_problem_that_comes_with_gradcalc_is_valid(path):
    assert not [error.message for error in VALIDATOR.iter_errors(plain(tree(path.read_text(encoding="utf-8"))))]


def test_every_key_of_the_file_and_of_a_layer_is_described():
    inside = schema()["properties"]
    for rows, properties in (
        (TABLES["the file"], inside),
        (TABLES["a layer"], inside["layers"]["items"]["properties"]),
    ):
        assert list(properties) == list(rows)
        assert all(properties[key]["description"].startswith(field.doc) for key, field in rows.items())


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_is_valid_by_its_name_and_with_each_of_its_options(name):
    options = LOSSES[name].op.options
    for loss in (name, {"name": name}, {"name": name, **{key: option.default for key, option in options.items()}}):
        assert VALIDATOR.is_valid({"layers": [{"units": 2}], "loss": loss})
    assert not VALIDATOR.is_valid({"layers": [{"units": 2}], "loss": {"name": name, "zzz": 1}})


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_is_valid_by_its_name_and_with_each_of_its_options(name):
    options = ACTIVATIONS[name].options
    for activation in (name, {"name": name, **{key: option.default for key, option in options.items()}}, [name, name]):
        assert VALIDATOR.is_valid({"layers": [{"activation": activation}]})
    assert not VALIDATOR.is_valid({"layers": [{"activation": {"name": name, "zzz": 1}}]})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_valid_by_its_name_and_with_each_of_its_constants(name):
    constants = {key: row.default for key, row in OPTIMIZERS[name].hyper.items()}
    for optimizer in (name, {"name": name}, {"name": name, **constants}, [name, {"name": name}]):
        assert VALIDATOR.is_valid({"layers": [{"units": 2}], "optimizer": optimizer})
    assert not VALIDATOR.is_valid({"layers": [{"units": 2}], "optimizer": {"name": name, "zzz": 1}})


def test_a_constant_of_another_optimizer_is_not_valid():
    assert not VALIDATOR.is_valid({"layers": [{"units": 2}], "optimizer": {"name": "sgd", "beta1": 0.5}})
    assert not VALIDATOR.is_valid({"layers": [{"units": 2}], "optimizer": {"beta1": 0.5}})


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"layers": [{"units": 1}], "gradients": {"W1": 1}}, True),
        ({"parameters": {"w": 1}, "gradients": [{"w": 1}]}, True),
        ({"parameters": {"w": 1}, "objective": "w**2"}, True),
        ({"parameters": {"w": 1}, "objective": "w**2", "gradients": {"w": 1}}, True),
        ({"parameters": {"w": 1}}, False),
        ({"objective": "w"}, False),
        ({"gradients": {"w": 1}}, False),
        ({"title": "T"}, False),
        ({"layers": [{"units": 1}], "parameters": {"w": 1}}, False),
        ({"layers": [{"units": 1}], "objective": "w"}, False),
        ({"parameters": {"w": 1}, "objective": "w", "input": 1}, False),
    ],
)
def test_schema_and_decoder_agree_on_what_makes_a_problem(body, valid):
    assert VALIDATOR.is_valid(body) is valid
    assert (not faults(json.dumps(body))) is valid


@pytest.mark.parametrize("formula", ["1/3", "sqrt(2)/2", "-pi", "2*e^-1", "log10(3)", "1 / 3", "(1+2)**.5"])
def test_a_formula_is_a_number_wherever_a_number_is(formula):
    layer = {"weights": [[formula]], "bias": formula, "activation": {"name": "elu", "alpha": formula}}
    assert VALIDATOR.is_valid({"layers": [layer], "input": formula, "sample_weights": [formula]})


@pytest.mark.parametrize("text", ["nan", "inf", "-.inf", "0,5", "1_000", "1:30", "yes", "", "x", "1/n", "()"])
def test_a_text_that_is_no_formula_is_no_number(text):
    assert not VALIDATOR.is_valid({"layers": [{"weights": [[text]]}]})


def test_a_long_text_is_judged_at_once():
    assert not VALIDATOR.is_valid({"layers": [{"weights": "1" * 100_000 + "x"}]})
