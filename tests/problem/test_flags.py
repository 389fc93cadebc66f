"""The flags that describe a network, alone and over a file."""

from itertools import pairwise

import pytest
from documents import NETWORK, plain, problem, same, tree
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.errors import GradcalcError, ProblemError, UsageError
from gradcalc.problem.decode import decode
from gradcalc.problem.flags import Flags, overlay
from gradcalc.problem.model import Problem

CONTRACT = Flags(
    input="1 1",
    target="1",
    loss="bce",
    weights=("2 4; 3 -5", "4 6"),
    biases=("-2 1", "-3.5"),
    activations=("relu", "sigmoid"),
)


def alone(**flags: object) -> Problem:
    root = overlay(None, Flags(**flags))
    assert root is not None
    return decode(root)


def over(text: str, **flags: object) -> Problem:
    root = overlay(tree(text), Flags(**flags))
    assert root is not None
    return decode(root)


def test_the_network_of_the_contract_from_flags_is_that_of_its_file():
    left_out = ("title:", "- name:")
    file = "\n".join(line for line in NETWORK.splitlines() if not line.strip().startswith(left_out))
    assert same(alone(**CONTRACT._asdict()), problem(file.replace("    weights:", "  - weights:")))


def test_flags_without_weights_describe_no_network():
    assert overlay(None, Flags(input="1 2", loss="mse", sets=("title=T",))) is None


def test_no_flags_leave_a_file_as_it_is():
    root = tree(NETWORK)
    assert overlay(root, Flags()) is root


def test_the_tree_of_the_file_stays_as_it_was():
    root = tree(NETWORK)
    before = plain(root)
    overlay(root, CONTRACT._replace(reduction="sum", index_base=0, round="4dp", sets=("title=X",)))
    assert plain(root) == before


# What a flag says, and the line of the file that says the same.
SAME = [
    (Flags(input="1 2"), "input: [1, 2]"),
    (Flags(input="2"), "input: 2"),
    (Flags(input="1 2; 3 4"), "input: [[1, 2], [3, 4]]"),
    (Flags(input="[[1/3, 2], [3, sqrt(2)]]"), "input: [[1/3, 2], [3, sqrt(2)]]"),
    (Flags(target="0"), "target: 0"),
    (Flags(target="1; 0"), "target: [[1], [0]]"),
    (Flags(loss="mse"), "loss: mse"),
    (Flags(loss="huber:delta=2"), "loss: {name: huber, delta: 2}"),
    (Flags(loss="bce:clip=1e-7,reduction=sum"), "loss: {name: bce, clip: 1e-7, reduction: sum}"),
    (Flags(reduction="sum"), "reduction: sum"),
    (Flags(index_base="0"), "index_base: 0"),
    (Flags(index_base=0), "index_base: 0"),
    (Flags(round="4dp"), "rounding: 4dp"),
    (Flags(sets=("title=T", "notation=bishop")), "title: T\nnotation: bishop"),
]


@pytest.mark.parametrize(("flags", "lines"), SAME)
def test_a_flag_over_a_file_is_the_same_as_the_key_in_the_file(flags, lines):
    keys = {line.partition(":")[0] for line in lines.splitlines()}
    kept = [line for line in NETWORK.splitlines() if line.partition(":")[0] not in keys]
    assert same(over(NETWORK, **flags._asdict()), problem("\n".join([*kept, *lines.splitlines()])))


def test_weights_biases_and_activations_replace_those_of_the_file_layer_by_layer():
    changed = over(NETWORK, weights=("1 2; 3 4", "5 6"), biases=("none", "7"), activations=("elu:alpha=2", "identity"))
    hidden, output = changed.layers
    assert (hidden.name, output.name) == ("H", "O")
    assert hidden.weights.tolist() == [[1, 2], [3, 4]]
    assert hidden.bias is None
    assert hidden.activation.attrs == {"alpha": 2}
    assert output.bias == 7
    assert output.activation.op is ACTIVATIONS["identity"]


def test_a_layer_that_is_its_activation_alone_takes_an_activation_but_no_weights():
    text = "layers: [{weights: [[1, 2]]}, {activation: relu}, {units: 1, weights: 1}]"
    changed = over(text, weights=("3 4", "5"), activations=("relu", "tanh", "none"))
    assert [layer.weights is None for layer in changed.layers] == [False, True, False]
    assert changed.layers[1].activation.op is ACTIVATIONS["tanh"]
    assert changed.layers[2].activation is None


def test_a_file_without_layers_takes_them_from_the_flags():
    assert same(
        over("{input: [1, 1], loss: mse}", weights=("1 2",)),
        problem("{input: [1, 1], loss: mse, layers: [{weights: [[1, 2]]}]}"),
    )


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("4 6", [[4, 6]]),
        ("[4, 6]", [[4, 6]]),
        ("[[4, 6]]", [[4, 6]]),
        ("1", [[1]]),
        ("1; 2", [[1], [2]]),
        ("[1 2; 3 4]", [[1, 2], [3, 4]]),
    ],
)
def test_weights_are_a_matrix_however_many_brackets_are_written(text, weights):
    assert alone(weights=(text,)).layers[0].weights.tolist() == weights


def test_a_bias_without_brackets_is_for_every_unit_and_with_them_a_list():
    assert alone(weights=("1; 2",), biases=("3",)).layers[0].bias == 3
    assert alone(weights=("1",), biases=("[3]",)).layers[0].bias.tolist() == [3]


@pytest.mark.parametrize(
    ("file", "flags", "message"),
    [
        (None, {"weights": ("1", "1"), "biases": ("1",)}, "1 -b for 2 -w: none at all, or one for each"),
        (None, {"weights": ("1",), "activations": ("relu", "relu")}, "2 -a for 1 -w: none at all, or one for each"),
        (NETWORK, {"weights": ("1",)}, "1 -w for the 2 layers of net.yaml"),
        (NETWORK, {"activations": ("relu",) * 3}, "3 -a for the 2 layers of net.yaml"),
        (
            "layers: [{units: 1}, {activation: relu}]",
            {"biases": ("1", "2")},
            "2 -b for the 1 layer with weights of net.yaml",
        ),
    ],
)
def test_flags_that_do_not_come_once_for_each_layer_are_a_usage_error_with_both_counts(file, flags, message):
    with pytest.raises(UsageError) as raised:
        overlay(tree(file) if file else None, Flags(**flags))
    assert str(raised.value) == message


def test_a_reduction_drives_out_the_one_in_the_loss_of_the_file():
    text = "layers: [{units: 1}]\nloss: {name: huber, delta: 2, reduction: sum}"
    loss = over(text, reduction="mean").loss
    assert (loss.name, loss.attrs, loss.reduction) == ("huber", {"delta": 2}, "mean")


def test_a_loss_with_a_reduction_drives_out_the_one_beside_the_loss_of_the_file():
    text = "layers: [{units: 1}]\nloss: mse\nreduction: sum"
    assert over(text, loss="huber:reduction=mean").loss.reduction == "mean"
    assert over(text, loss="huber").loss.reduction == "sum"


def test_two_flags_that_say_different_reductions_are_an_error():
    with pytest.raises(ProblemError, match="reduction is mean in the loss and sum beside it"):
        alone(weights=("1",), loss="mse:reduction=mean", reduction="sum")


def test_digits_behind_a_flag_leave_when_to_round_to_the_file():
    rounding = over("layers: [{units: 1}]\nrounding: {to: 3dp, when: shown}", round="4sf").rounding
    assert (rounding.digits, rounding.unit, rounding.when) == (4, "sf", "shown")


def test_assignments_come_last_and_in_their_order():
    changed = over(NETWORK, loss="mse", sets=("loss=huber", "loss.delta=2", "loss.delta=3"))
    assert (changed.loss.name, changed.loss.attrs) == ("huber", {"delta": 3})


def test_indices_of_assignments_count_from_the_base_that_the_flags_say():
    changed = over(NETWORK, index_base="0", sets=("layers.H.weights[1,0]=7",))
    assert changed.layers[0].weights.tolist() == [[2, 4], [7, -5]]
    changed = over("index_base: 0\n" + NETWORK, sets=("layers.H.weights[0,0]=7",))
    assert changed.layers[0].weights.tolist() == [[7, 4], [3, -5]]


@pytest.mark.parametrize(
    ("flags", "source", "mark"),
    [
        (Flags(weights=("1 2", "3 x")), "-w (layer 2)", "x"),
        (Flags(weights=("1 2; 3",)), "-w (layer 1)", "3"),
        (Flags(weights=("1",), biases=("1 y",)), "-b (layer 1)", "y"),
        (Flags(weights=("1",), activations=("rleu",)), "-a (layer 1)", "rleu"),
        (Flags(weights=("1",), activations=("elu:alfa=1",)), "-a (layer 1)", "alfa"),
        (Flags(weights=("1",), input="1 nan"), "-x", "nan"),
        (Flags(weights=("1",), target="1,,2"), "-y", ","),
        (Flags(weights=("1",), loss="msee"), "-l", "msee"),
        (Flags(weights=("1",), loss="mse", reduction="avg"), "--reduction", "avg"),
        (Flags(weights=("1",), reduction="sum"), "--reduction", "sum"),
        (Flags(weights=("1",), index_base="2"), "--index-base", "2"),
        (Flags(weights=("1",), round="4"), "--round", "4"),
    ],
)
def test_a_fault_points_into_the_flag_that_it_stands_in(flags, source, mark):
    with pytest.raises(GradcalcError) as raised:
        decode(overlay(None, flags))
    (fault,) = raised.value.faults
    start = fault.place.column - 1
    assert fault.place.source.name == source
    assert fault.place.source.text[start : start + fault.place.length] == mark


NUMBER = st.one_of(
    st.integers(-99, 99).map(str),
    st.floats(-10, 10, allow_nan=False).map(lambda value: f"{value:.4f}"),
    st.sampled_from(["1/3", "-.5", "1e-3", "sqrt(2)", "-1/7", "0"]),
)
ACTIVATION = st.sampled_from(["relu", "identity", "none", "leaky_relu:slope=0.1", "softmax", "hardtanh:min=-2,max=3"])
LOSS = st.sampled_from([*sorted(LOSSES), "huber:delta=2", "mse:outputs=sum"])


@st.composite
def networks(draw):
    """Layers that fit each other: for each the rows of weights, the bias, and the activation, as texts."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    layers = []
    for fan_in, units in pairwise(sizes):
        rows = [[draw(NUMBER) for _ in range(fan_in)] for _ in range(units)]
        bias = draw(st.one_of(st.just("none"), NUMBER, st.lists(NUMBER, min_size=units, max_size=units)))
        layers.append((rows, bias, draw(ACTIVATION)))
    samples = [[draw(NUMBER) for _ in range(sizes[0])] for _ in range(draw(st.integers(1, 3)))]
    return samples, layers, draw(LOSS)


def flow(entries):
    """A list as YAML writes it on one line."""
    return f"[{', '.join(entries)}]"


def typed(rows, style):
    """A matrix as somebody might type it behind a flag."""
    if style == "yaml":
        return flow(map(flow, rows))
    gap = " " if style == "spaces" else ", "
    return "; ".join(gap.join(row) for row in rows)


def in_yaml(name):
    word, _, options = name.partition(":")
    return f"{{name: {word}, {options.replace('=', ': ').replace(',', ', ')}}}" if options else word


def in_file(layer):
    rows, bias, activation = layer
    bias = bias if isinstance(bias, str) else flow(bias)
    return f"- {{weights: {flow(map(flow, rows))}, bias: {bias}, activation: {in_yaml(activation)}}}"


@given(networks(), st.sampled_from(["spaces", "commas", "yaml"]))
def test_every_network_is_the_same_from_flags_and_from_a_file(network, style):
    samples, layers, loss = network
    single = len(samples) == 1
    flags = Flags(
        input=flow(samples[0]) if single else typed(samples, style),
        loss=loss,
        weights=tuple(typed(rows, style) for rows, _, _ in layers),
        biases=tuple(bias if isinstance(bias, str) else flow(bias) for _, bias, _ in layers),
        activations=tuple(activation for _, _, activation in layers),
    )
    written = flow(samples[0]) if single else typed(samples, "yaml")
    file = "\n".join([f"input: {written}", f"loss: {in_yaml(loss)}", "layers:", *map(in_file, layers)])
    assert same(decode(overlay(None, flags)), problem(file))


@given(
    st.text(alphabet="12 ;,[]().-/x:=", max_size=12),
    st.text(alphabet="relu:=,1n ", max_size=8),
    st.text(alphabet="loss.=[]1,{} ", max_size=10),
)
def test_whatever_the_flags_say_it_is_a_problem_or_an_error_on_purpose(numbers, name, assignment):
    flags = Flags(
        input=numbers,
        weights=(numbers,),
        biases=(numbers,),
        activations=(name,),
        loss=name,
        round=name,
        sets=(assignment,),
    )
    for root in (None, tree(NETWORK)):
        exit_code = 0
        try:
            decode(overlay(root, flags))
        except GradcalcError as error:
            exit_code = error.exit_code
        assert exit_code in (0, 2, 3)
