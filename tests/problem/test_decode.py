"""From a tree to a Problem: what the values stand for, and every fault in its place."""

from time import perf_counter

import numpy as np
import pytest
from documents import NETWORK, faults, layer, marked, problem, tree
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.errors import ProblemError
from gradcalc.problem.decode import decode
from gradcalc.problem.faults import MOST
from gradcalc.problem.model import File, Init, Rounding
from gradcalc.problem.node import Node


def test_the_network_of_the_contract_is_read_as_it_stands():
    network = problem(NETWORK)
    hidden, output = network.layers
    assert network.title == "ReLU hidden layer, sigmoid output"
    assert network.input.tolist() == [1, 1]
    assert network.target.values.tolist() == [1]
    assert network.loss.name == "bce"
    assert (hidden.name, output.name) == ("H", "O")
    assert hidden.weights.tolist() == [[2, 4], [3, -5]]
    assert hidden.bias.tolist() == [-2, 1]
    assert output.bias == -3.5
    assert output.activation.op is ACTIVATIONS["sigmoid"]


def test_everything_that_is_left_out_has_the_default_of_the_model():
    network = problem("layers: [{units: 2}]")
    assert (network.weight_layout, network.index_base, network.folder) == ("out_in", 1, ".")
    assert network.input is network.target is network.loss is network.rounding is network.sample_weights is None
    assert network.layers[0].activation is network.layers[0].bias is None


def test_the_tree_stays_with_the_problem_so_that_later_faults_find_their_place():
    network = problem(NETWORK)
    assert network.origin.at("layers", 1, "weights").place.line == 11


def test_files_are_looked_for_in_the_folder_that_was_given():
    assert decode(tree("layers: [{units: 2}]"), "somewhere").folder == "somewhere"


@pytest.mark.parametrize(
    ("text", "shape"), [("2", (1,)), ("[2]", (1,)), ("[1, 2]", (2,)), ("[[1, 2], [3, 4], [5, 6]]", (3, 2))]
)
def test_a_number_is_a_sample_with_one_entry_and_a_list_of_lists_a_batch(text, shape):
    network = problem(f"layers: [{{units: 1}}]\nloss: mse\ninput: {text}\ntarget: {text}")
    assert network.input.shape == network.target.values.shape == shape
    assert network.input.dtype == np.float64


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.5", 0.5),
        ("{init: zeros}", Init("zeros", 0, None)),
        ("{init: normal, seed: 3, std: 1/2}", Init("normal", 3, 0.5)),
        ("{file: w.npz, key: W1}", File("w.npz", "W1")),
        ("{file: w.csv}", File("w.csv", None)),
    ],
)
def test_weights_and_bias_may_be_one_number_or_drawn_or_from_a_file(text, numbers):
    found = problem(layer(f"units: 2, weights: {text}, bias: {text}")).layers[0]
    assert found.weights == found.bias == numbers


@pytest.mark.parametrize("text", ["none", "null", "~", ""])
def test_a_bias_that_is_nothing_is_no_bias(text):
    assert problem(f"layers:\n  - units: 2\n    bias: {text}").layers[0].bias is None


def test_a_layer_named_by_a_number_is_named_by_its_text():
    assert problem(layer("name: 1, units: 2")).layers[0].name == "1"


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_comes_with_all_its_options(name):
    for text in (name, f"{{name: {name}}}"):
        found = problem(layer(f"activation: {text}")).layers[0].activation
        assert found.op is ACTIVATIONS[name]
        assert found.attrs == {key: option.default for key, option in ACTIVATIONS[name].options.items()}


def test_an_option_replaces_its_default():
    found = problem(layer("activation: {name: leaky_relu, slope: 1/4}")).layers[0].activation
    assert found.attrs == {"slope": 0.25}


def test_a_list_of_activations_has_one_for_each_unit():
    found = problem(layer("units: 2, activation: [relu, {name: elu, alpha: 2}]")).layers[0].activation
    assert [(one.op.name, dict(one.attrs)) for one in found] == [("relu", {}), ("elu", {"alpha": 2})]


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_is_known_by_each_of_its_names_and_keeps_its_own(name):
    assert problem(layer("units: 2", f"loss: {name}")).loss.name == LOSSES[name].name


def test_a_loss_holds_only_what_the_problem_says_of_it():
    loss = problem(layer("units: 2", "loss: {name: huber, delta: 2, outputs: sum, reduction: weighted_mean}")).loss
    assert (loss.name, loss.attrs, loss.outputs, loss.reduction) == ("huber", {"delta": 2}, "sum", "weighted_mean")


@pytest.mark.parametrize("text", ["loss: mse\nreduction: sum", "reduction: sum\nloss: {name: mse, reduction: sum}"])
def test_the_reduction_may_stand_in_the_loss_or_beside_it_or_both(text):
    assert problem(layer("units: 2", text)).loss.reduction == "sum"


def test_two_different_reductions_are_an_error_that_points_at_both():
    (fault,) = faults(layer("units: 2", "reduction: sum\nloss: {name: mse, reduction: mean}"))
    assert fault.message == "reduction is mean in the loss and sum beside it"
    assert (fault.place.line, fault.also.line) == (2, 3)


@pytest.mark.parametrize(
    ("base", "written", "classes"), [(1, "2", (1,)), (0, "2", (2,)), (1, "[1, 3]", (0, 2)), (0, "[0]", (0,))]
)
def test_classes_count_from_the_index_base_wherever_it_stands(base, written, classes):
    for text in (
        f"index_base: {base}\ntarget: {{class: {written}}}",
        f"target: {{class: {written}}}\nindex_base: {base}",
    ):
        assert problem(layer("units: 3", text)).target.classes == classes


def test_class_0_is_an_error_where_classes_count_from_1():
    (fault,) = faults(layer("units: 3", "target: {class: [1, 0]}"))
    assert fault.message == "there is no class 0"
    assert fault.hint == "classes count from 1 here; with `index_base: 0` they count from 0"
    assert marked(fault) == "0"


@pytest.mark.parametrize(
    ("text", "rounding"),
    [
        ("4dp", Rounding(4, "dp", "each")),
        ("3 sf", Rounding(3, "sf", "each")),
        ("{to: 0dp, when: shown}", Rounding(0, "dp", "shown")),
    ],
)
def test_rounding_says_how_many_digits_and_when(text, rounding):
    assert problem(layer("units: 1", f"rounding: {text}")).rounding == rounding


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("bishop", {"pre": "a", "post": "z"}),
        ("mazur", {"pre": "net", "post": "out"}),
        ("{post: u, weights: θ}", {"post": "u", "weights": "θ"}),
    ],
)
def test_notation_is_a_mapping_of_roles_or_that_of_a_book(text, notation):
    assert problem(layer("units: 1", f"notation: {text}")).notation == notation


def test_sizes_may_be_letters():
    network = problem("layers: [{units: H}, {units: 2}]\ninputs: M\nsamples: 3\ndims: {hidden: H}")
    assert [found.units for found in network.layers] == ["H", 2]
    assert (network.inputs, network.samples, network.dims) == ("M", 3, {"hidden": "H"})


# One row a fault: the text, what the message says, what is marked, what the hint says.
FAULTS = [
    ("activaton: relu, units: 1", "unknown key 'activaton' in layer 1", "activaton", "did you mean 'activation'?"),
    ("name: H, neurons: 1", "unknown key 'neurons' in layer 'H'", "neurons", "did you mean 'units'?"),
    ("W: [[1]], units: 1", "unknown key 'W' in layer 1", "W", "did you mean 'weights'?"),
    ("b: 1, units: 1", "unknown key 'b' in layer 1", "b", "did you mean 'bias'?"),
    (
        "activation_function: relu, units: 1",
        "unknown key 'activation_function' in layer 1",
        "activation_function",
        "did you mean 'activation'?",
    ),
    ("units: 1, loss: mse", "unknown key 'loss' in layer 1", "loss", "'loss' stands beside 'layers', not in a layer"),
    (
        "units: 1, zzz: 2",
        "unknown key 'zzz' in layer 1",
        "zzz",
        "one of name, units, weights, bias, bias_shared, bias_column, activation",
    ),
    ("activation: sigmiod", "unknown activation 'sigmiod'", "sigmiod", "did you mean 'sigmoid'?"),
    ("activation: ReLU", "unknown activation 'ReLU'", "ReLU", "did you mean 'relu'?"),
    ("activation: heaviside", "unknown activation 'heaviside'", "heaviside", "did you mean 'step'?"),
    (
        "activation: {name: elu, slope: 1}",
        "unknown key 'slope' in activation of layer 1",
        "slope",
        "did you mean 'alpha'?",
    ),
    (
        "activation: {name: relu, zzz: 1}",
        "unknown key 'zzz' in activation of layer 1",
        "zzz",
        "only name belongs there",
    ),
    (
        "activation: {name: softplus, beta: 0}",
        "beta of activation of layer 1 must be a number above 0, not '0'",
        "0",
        None,
    ),
    (
        "activation: {name: hardtanh, min: 2}",
        "min of activation of layer 1 must be below max, and they are 2 and 1",
        "{",
        None,
    ),
    ("activation: {alpha: 2}", "activation of layer 1 has no 'name'", "{", "name: the name of an activation"),
    ("units: 3.0", "units of layer 1 must be a whole number at least 1, not '3.0'", "3.0", "write 3"),
    ("units: 0", "units of layer 1 must be a whole number at least 1, not '0'", "0", None),
    ("units: '3'", "units of layer 1 must be a whole number at least 1, not '3'", "'3'", "remove the quotes"),
    ("units: true", "units of layer 1 must be a whole number at least 1, not 'true'", "true", None),
    ("weights: [4, 6]", "weights of layer 1 must be a matrix: a list of rows", "[", "write [[4, 6]]"),
    ("weights: [[1, 2], [3]]", "row 2 of weights of layer 1 has 1 number, row 1 has 2", "[", None),
    ("weights: [[1, 2], []]", "row 2 of weights of layer 1 is empty", "[", None),
    ("weights: [[1, 2], 3]", "row 2 of weights of layer 1 must be a list of numbers, not '3'", "3", None),
    ("weights: []", "weights of layer 1 is empty", "[", "write a list of rows, such as [[1, 2], [3, 4]]"),
    ("weights: {inti: zeros}", "unknown key 'inti' in weights of layer 1", "inti", "did you mean 'init'?"),
    ("weights: {seed: 1}", "weights of layer 1 must be {init: …} or {file: …}", "{", None),
    (
        "weights: {init: xavier}",
        "init of weights of layer 1 must be one of",
        "xavier",
        "did you mean 'xavier_uniform'?",
    ),
    (
        "units: 1, weights: {init: he_normal, std: 1}",
        "he_normal has a std of its own",
        "std",
        "leave it out, or use init: normal",
    ),
    ("units: 1, bias: [[1], [2]]", "bias of layer 1 must be a list of numbers, but holds a list", "[", "write [1, 2]"),
    ("units: 1, bias: off", "'off' is not a number", "off", None),
    ("units: 1, bias: [true]", "'true' is not a number", "true", None),
    ("units: 1, bias: '0.5'", "expected a number, found the text '0.5'", "'0.5'", "remove the quotes"),
    (
        "units: 1, bias_shared: yes, bias: 1",
        "bias_shared of layer 1 must be true or false, not 'yes'",
        "yes",
        "write true",
    ),
    (
        "units: 2, bias_shared: true, bias: [1, 2]",
        "a shared bias is one number, and layer 1 has a list",
        "[",
        "write bias: 1",
    ),
    ("units: 2, bias_shared: true", "layer 1 shares a bias that it does not have", "bias_shared", "add a bias"),
    (
        "weights: 1, bias_column: first, bias: 2",
        "layer 1 has its bias in a column of the weights, and another one beside them",
        "bias",
        "leave one of them out",
    ),
    ("activation: relu, bias_column: first", "layer 1 has a bias column but no weights", "bias_column", None),
    ("activation: relu, bias: 1", "layer 1 has a bias but no weights", "bias", None),
    ("name: H", "layer 'H' has nothing in it", "{", "give it weights, units or an activation"),
]


@pytest.mark.parametrize(("text", "message", "mark", "hint"), FAULTS)
def test_a_fault_of_a_layer_says_what_is_wrong_where_and_what_to_do(text, message, mark, hint):
    (fault,) = faults(layer(text))
    assert fault.message.startswith(message)
    assert marked(fault) == mark
    assert fault.hint == hint


@pytest.mark.parametrize("text", ["'1'", '"1/2"', "1e400", "017", "1_000", "١", "nan", "inf", "0x", "1:30", "0.1.2"])
def test_what_python_reads_as_a_number_but_yaml_does_not_is_refused_in_lists_too(text):
    for written in (text, f"[1, {text}]"):
        assert len(faults(layer(f"units: 1, bias: {written}"))) == 1
    assert len(faults(layer(f"weights: [[1, {text}]]"))) == 1


TOP_FAULTS = [
    ("x: [1, 1]", "unknown key 'x'", "did you mean 'input'?"),
    ("y: 1", "unknown key 'y'", "did you mean 'target'?"),
    ("weights: [[1]]", "unknown key 'weights'", "'weights' is a key of a layer: put it under 'layers'"),
    ("loss: {name: cross_entropy, outputs: sum, delta: 1}", "unknown key 'delta' in loss", None),
    ("loss: binary_crossentropy", "unknown loss 'binary_crossentropy'", "did you mean 'bce'?"),
    ("loss: {name: dice, reduction: sum}", "unknown key 'reduction' in loss", "dice is not a sum over samples"),
    ("loss: dice\nreduction: sum", "dice is not a sum over samples: it has no reduction", "leave it out"),
    ("loss: {name: bce, outputs: none}", "outputs of loss must be sum or mean, not 'none'", None),
    ("loss: {name: bce, clip: 0.5}", "clip of loss must be a number above 0 and below 0.5, not '0.5'", None),
    ("reduction: sum", "there is a reduction but no loss", "add a loss, or leave the reduction out"),
    ("input: []", "input is empty", None),
    ("input: [[1, 2], [3]]", "row 2 of input has 1 number, row 1 has 2", None),
    ("input: [1, .nan]", "'.nan' is not allowed: a number must be finite", None),
    ("sample_weights: [1, -1]", "an entry of sample_weights must be a number at least 0, not '-1'", None),
    (
        "inputs: [1, 1]",
        "inputs must be a whole number at least 1, or a letter, not a list",
        "the numbers of a sample stand under 'input'",
    ),
    ("index_base: 2", "index_base must be 0 or 1, not '2'", None),
    ("title:", "title must be text, not nothing", None),
    ("optimiser: sgd", "unknown key 'optimiser'", "did you mean 'optimizer'?"),
    ("lr: 0.1", "unknown key 'lr'", "'lr' is a key of an optimizer: optimizer: {name: …, lr: …}"),
]


@pytest.mark.parametrize(("text", "message", "hint"), TOP_FAULTS)
def test_a_fault_beside_the_layers_says_what_is_wrong_and_what_to_do(text, message, hint):
    found = faults(layer("units: 2", text))
    (fault,) = [fault for fault in found if fault.message.startswith(message)]
    assert hint is None or fault.hint == hint


def test_two_layers_of_one_name_are_an_error_that_points_at_both():
    (fault,) = faults("layers:\n  - {name: H, units: 1}\n  - {name: H, units: 1}")
    assert fault.message == "two layers are named 'H'"
    assert (fault.place.line, fault.also.line) == (3, 2)


# What else than layers makes a problem, and what does not.
@pytest.mark.parametrize(
    ("text", "message", "mark"),
    [
        ("parameters: {w: 1}", "the problem has 'parameters' but nothing that moves them", "parameters"),
        ("objective: w", "the problem has 'objective' but no 'parameters'", "objective"),
        ("gradients: {w: 1}", "the problem has 'gradients' but no 'parameters'", "gradients"),
        (
            "layers: [{units: 1}]\nparameters: {w: 1}",
            "the problem has both 'layers' and 'parameters'",
            "parameters",
        ),
        ("objective: w\nlayers: [{units: 1}]", "the problem has both 'layers' and 'objective'", "objective"),
        (
            "parameters: {w: 1}\nobjective: w\ninput: 1",
            "'input' belongs to a network of layers, and this problem has 'parameters'",
            "input",
        ),
    ],
)
def test_a_file_has_one_computation_and_what_belongs_to_it(text, message, mark):
    (fault,) = faults(text)
    assert fault.message == message
    assert marked(fault) == mark


def test_parameters_keep_the_shapes_in_which_they_are_written():
    found = problem("parameters: {w: 1/2, b: [0, 1], W: [[1, 2]]}\nobjective: w").parameters
    assert {name: array.tolist() for name, array in found.items()} == {"w": 0.5, "b": [0, 1], "W": [[1, 2]]}
    assert {name: array.dtype for name, array in found.items()} == dict.fromkeys("wbW", np.float64)


def test_an_objective_stays_the_text_that_it_is():
    assert problem("parameters: {x: 1}\nobjective: (1 - x)**2").objective == "(1 - x)**2"


def test_a_file_without_layers_is_an_error():
    (fault,) = faults("title: T")
    assert fault.message == "the problem has no 'layers'"


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_the_text():
    text = """\
    input: [1, one]
    layers:
      - {name: H, units: 0, activation: rleu}
      - {}
      - {name: H, weights: [1]}
    los: mse
    target: {class: 0}
    """
    found = faults(text)
    assert [fault.place.line for fault in found] == [1, 3, 3, 4, 5, 5, 6, 7]
    assert [fault.place.column for fault in found[1:3]] == [22, 37]


def test_of_thousands_of_faults_the_first_are_told_and_that_there_are_more():
    found = faults(layer(f"weights: [[{', '.join(['x'] * 5000)}]]"))
    assert len(found) == MOST + 1
    assert found[-1].message == "and more like these"


KEYS = [
    "layers",
    "input",
    "target",
    "loss",
    "reduction",
    "notation",
    "rounding",
    "index_base",
    "dims",
    "penalty",
    "inputs",
    "parameters",
    "objective",
    "gradients",
    "optimizer",
    "steps",
    "w",
]
JUNK = st.recursive(
    st.sampled_from(["1", "-2.5", "x", "relu", "mse", "true", "null", "''", "1/3", "sum", "M", "0", "4dp", "adam"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(
                [*KEYS, "weights", "bias", "name", "units", "class", "init", "lr", "schedule", "clip", "initial", "q"]
            ),
            inner,
            max_size=4,
        ).map(lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JUNK, min_size=1, max_size=6))
def test_whatever_a_file_says_it_is_a_problem_or_an_error_with_places(entries):
    root = tree("\n".join(f"{key}: {value}" for key, value in entries.items()))
    try:
        decode(root)
    except ProblemError as error:
        wrong = error.faults
    else:
        wrong = ()
    assert all(fault.place is not None for fault in wrong)


def test_an_array_of_200_000_numbers_is_read_in_less_than_a_second():
    source = tree("a: 1").source
    items = [Node("scalar", source, 1, 1, text=f"{k / 7:.6f}") for k in range(200_000)]
    rows = [Node("list", source, 1, 1, items=items[k : k + 500]) for k in range(0, len(items), 500)]
    weights = Node("list", source, 1, 1, items=rows)
    only = Node("mapping", source, 1, 1, entries={"weights": (weights, weights)})
    layers = Node("list", source, 1, 1, items=[only])
    start = perf_counter()
    network = decode(Node("mapping", source, 1, 1, entries={"layers": (layers, layers)}))
    assert perf_counter() - start < 1
    assert network.layers[0].weights.shape == (400, 500)


@pytest.mark.parametrize(
    "text",
    [
        "{}: 1, units: 1",
        "name: {}, q: 1, units: 1",
        "units: {}-",
        "activation: {}",
        "weights: [{}]",
        "bias: [[{}]], units: 1",
        "bias_shared: true, bias: [{}], units: 1",
        "activation: {{name: elu, {}: 1}}",
    ],
)
def test_a_text_of_hundreds_of_letters_is_not_repeated_in_a_message(text):
    for fault in faults(layer(text.format("x" * 900))):
        assert len(fault.message) < 200
        assert len(fault.hint or "") < 1000
