"""`--set KEY=VALUE`."""

import pytest
from documents import NETWORK, plain, same, tree

from gradcalc.errors import GradcalcError, ProblemError, UsageError
from gradcalc.problem.decode import decode
from gradcalc.problem.edit import assign

FILE = """\
title: T
input: [[1, 2], [3, 4]]
target: 1
loss: mse
rounding: 4dp
layers:
  - name: H
    weights: [[2, 4], [3, -5]]
    bias: [-2, 1]
  - activation: tanh
  - name: a.b
    units: 1
    weights: {init: zeros}
    bias: 3
"""


def after(assignment: str, base: int = 1) -> object:
    return plain(assign(tree(FILE), assignment, base))


def refused(assignment: str, base: int = 1, file: str = FILE) -> UsageError:
    with pytest.raises(UsageError) as raised:
        assign(tree(file), assignment, base)
    return raised.value


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("loss=bce", ["loss"], "bce"),
        ("title=a=b", ["title"], "a=b"),
        ("sample_weights=[1, 2]", ["sample_weights"], [1, 2]),
        ("penalty.l2=0.1", ["penalty"], {"l2": 0.1}),
        ("loss.reduction=sum", ["loss"], {"name": "mse", "reduction": "sum"}),
        ("rounding.when=each", ["rounding"], {"to": "4dp", "when": "each"}),
        ("layers.1.activation=relu", ["layers", 0, "activation"], "relu"),
        ("layers.2.activation={name: elu, alpha: 2}", ["layers", 1, "activation"], {"name": "elu", "alpha": 2}),
        ("layers.2.activation.alpha=2", ["layers", 1, "activation"], {"name": "tanh", "alpha": 2}),
        ("layers.H.units=2", ["layers", 0, "units"], 2),
        ("layers.a.b.bias=2", ["layers", 2, "bias"], 2),
        ("layers.3.weights.seed=1", ["layers", 2, "weights"], {"init": "zeros", "seed": 1}),
        ("layers.H.weights[2,1]=7", ["layers", 0, "weights"], [[2, 4], [7, -5]]),
        ("layers.H.weights[2]=[7, 8]", ["layers", 0, "weights"], [[2, 4], [7, 8]]),
        ("layers.H.weights[ 1 , 2 ]=1/3", ["layers", 0, "weights"], [[2, "1/3"], [3, -5]]),
        ("layers.1.bias[2]=7", ["layers", 0, "bias"], [-2, 7]),
        ("input[2,1]=9", ["input"], [[1, 2], [9, 4]]),
        ("layers=[{units: 2}]", ["layers"], [{"units": 2}]),
        ("layers.2={units: 2}", ["layers", 1], {"units": 2}),
        (" loss = bce", ["loss"], "bce"),
        ("loss=", ["loss"], None),
    ],
)
def test_a_value_is_put_where_the_key_says_and_nowhere_else(assignment, path, value):
    changed, original = after(assignment), plain(tree(FILE))
    found, known = changed, original
    for step in path[:-1]:
        found, known = found[step], known[step]
    assert found[path[-1]] == value
    found[path[-1]] = None
    if isinstance(known, list) or path[-1] in known:
        known[path[-1]] = None
    else:
        del found[path[-1]]
    assert changed == original


def test_the_tree_that_is_edited_stays_as_it_was():
    root = tree(FILE)
    before = plain(root)
    for assignment in ("layers.H.weights[2,1]=7", "loss.reduction=sum", "title=X", "dims.inputs=M"):
        assign(root, assignment, 1)
    assert plain(root) == before


def test_indices_count_from_the_index_base_and_layers_from_1():
    assert after("layers.1.weights[1,0]=7", 0)["layers"][0]["weights"] == [[2, 4], [7, -5]]


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("title=Another", "title: Another"),
        ("loss={name: huber, delta: 2}", "loss: {name: huber, delta: 2}"),
        ("input=[1/3, 2]", "input: [1/3, 2]"),
        ("target={class: 1}", "target: {class: 1}"),
        ("reduction=mean", "reduction: mean"),
        ("weight_layout=in_out", "weight_layout: in_out"),
        ("notation.pre=net", "notation: {pre: net}"),
        ("rounding=4dp", "rounding: 4dp"),
        ("index_base=0", "index_base: 0"),
        ("dims.hidden=H", "dims: {hidden: H}"),
        ("penalty.l1=1", "penalty: {l1: 1}"),
        ("optimizer.lr=0.5", "optimizer: {lr: 0.5}"),
        ("optimizer=adam", "optimizer: adam"),
        ("optimizer.schedule=[0.1, 0.2]", "optimizer: {schedule: [0.1, 0.2]}"),
        ("steps=3", "steps: 3"),
        ("gradients.W_H=[[1, 2]]", "gradients: {W_H: [[1, 2]]}"),
    ],
)
def test_an_assignment_is_the_same_as_the_key_in_the_file(assignment, line):
    key = line.partition(":")[0]
    kept = [other for other in NETWORK.splitlines() if not other.startswith(f"{key}:")]
    assert same(decode(assign(tree(NETWORK), assignment)), decode(tree("\n".join([*kept, line]))))


@pytest.mark.parametrize(
    ("assignment", "message", "hint"),
    [
        ("loss", "--set takes KEY=VALUE, not 'loss'", "such as --set loss=mse"),
        ("=mse", "--set takes KEY=VALUE, not '=mse'", "such as --set loss=mse"),
        ("layers.4.bias=1", "there is no layer '4'", "the layers are 1 (H), 2, 3 (a.b)"),
        ("layers.0.bias=1", "there is no layer '0'", "the layers are 1 (H), 2, 3 (a.b)"),
        ("layers.X=1", "there is no layer 'X'", "the layers are 1 (H), 2, 3 (a.b)"),
        ("layers.²=1", "there is no layer '²'", "the layers are 1 (H), 2, 3 (a.b)"),
        ("layers.H.weights[3,1]=1", "weights of layer 'H' has no entry 3", "it has 2 entries, counted from 1"),
        ("layers.H.weights[0,1]=1", "weights of layer 'H' has no entry 0", "it has 2 entries, counted from 1"),
        ("layers.H.weights[1,3]=1", "row 1 of weights of layer 'H' has no entry 3", "it has 2 entries, counted from 1"),
        ("layers.H.weights[1,x]=1", "an index is a whole number: 'x' is not a whole number", None),
        ("layers.H.weights[]=1", "an index is a whole number: '' is not a whole number", None),
        ("layers.H.bias[1,1]=1", "bias of layer 'H' is a list: one index finds an entry", None),
        (
            "layers.3.weights[1,1]=1",
            "weights of layer 'a.b' is not written out: it has no entries to set",
            "set the whole of it: --set 'layers.3.weights=…'",
        ),
        (
            "layers.3.bias[1]=1",
            "bias of layer 'a.b' is one number: it has no entries to set",
            "set the whole of it: --set 'layers.3.bias=…'",
        ),
        (
            "layers.2.bias[1]=1",
            "there is no bias of layer 2, so it has no entry to set",
            "set the whole of it: --set 'layers.2.bias=…'",
        ),
        ("layers[2].units=1", "'layers[2].units' is not a key", "keys are parted by dots, and an index comes last"),
        ("layers[2]={}", "a layer has a number or a name, not an index", "write layers.2"),
        ("title.x=1", "title is 'T': it has no 'x'", "set the whole of it: --set 'title={x: …}'"),
        ("input.1=1", "input is a list: it has no '1'", "set the whole of it: --set 'input={1: …}'"),
        (".=1", "'.' is not a key", "keys are parted by dots, and an index comes last"),
    ],
)
def test_a_place_that_does_not_exist_is_a_usage_error_that_says_what_there_is(assignment, message, hint):
    (fault,) = refused(assignment).faults
    assert (fault.message, fault.hint) == (message, hint)


def test_a_problem_without_layers_has_none_to_set():
    assert "no layers" in str(refused("layers.1.bias=1", file="title: T"))


TRAINING = """\
parameters: {w: 1, W: [[1, 2], [3, 4]]}
gradients:
  - {w: 1, W: [[1, 2], [3, 4]]}
  - {w: 2, W: [[5, 6], [7, 8]]}
optimizer: [sgd, {name: adam, lr: 0.1}, {lr: 0.2}]
"""


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("parameters.w=3", ["parameters", "w"], 3),
        ("parameters.W[2,1]=7", ["parameters", "W"], [[1, 2], [7, 4]]),
        ("gradients.2.w=9", ["gradients", 1, "w"], 9),
        ("gradients.1.W[1,2]=9", ["gradients", 0, "W"], [[1, 9], [3, 4]]),
        ("gradients.2={w: 0}", ["gradients", 1], {"w": 0}),
        ("optimizer.adam.beta1=0.5", ["optimizer", 1], {"name": "adam", "lr": 0.1, "beta1": 0.5}),
        ("optimizer.1.lr=0.5", ["optimizer", 0], {"name": "sgd", "lr": 0.5}),
        ("optimizer.sgd.lr=0.5", ["optimizer", 0], {"name": "sgd", "lr": 0.5}),
        ("optimizer.3.lr=0.5", ["optimizer", 2], {"lr": 0.5}),
        ("optimizer.2.initial.m=1", ["optimizer", 1, "initial"], {"m": 1}),
        ("optimizer.2.schedule.every=1", ["optimizer", 1, "schedule"], {"every": 1}),
        ("optimizer=adam", ["optimizer"], "adam"),
    ],
)
def test_steps_and_optimizers_of_a_list_go_by_number_and_optimizers_by_name_too(assignment, path, value):
    found = plain(assign(tree(TRAINING), assignment))
    for step in path:
        found = found[step]
    assert found == value


def test_an_optimizer_and_a_schedule_may_be_opened_from_their_names():
    root = tree("{layers: [{units: 1}], optimizer: {name: sgd, schedule: linear}}")
    assert plain(assign(root, "optimizer.schedule.end=0.5"))["optimizer"] == {
        "name": "sgd",
        "schedule": {"name": "linear", "end": 0.5},
    }
    root = tree("{layers: [{units: 1}], optimizer: adam}")
    assert plain(assign(root, "optimizer.lr=0.5"))["optimizer"] == {"name": "adam", "lr": 0.5}
    root = tree("{layers: [{units: 1}]}")
    assert plain(assign(root, "optimizer.lr=0.5"))["optimizer"] == {"lr": 0.5}


@pytest.mark.parametrize(
    ("assignment", "message", "hint"),
    [
        ("gradients.3.w=1", "there is no step '3'", "the steps are 1, 2"),
        ("gradients.w=1", "there is no step 'w'", "the steps are 1, 2"),
        ("gradients[1]={w: 1}", "a step has a number, not an index", "write gradients.1"),
        ("optimizer.lr=1", "there is no optimizer 'lr'", "the optimizers are 1 (sgd), 2 (adam), 3"),
        ("optimizer[1]=sgd", "an optimizer has a number or a name, not an index", "write optimizer.1"),
    ],
)
def test_a_step_or_an_optimizer_that_is_not_there_is_a_usage_error_that_says_which_are(assignment, message, hint):
    (fault,) = refused(assignment, file=TRAINING).faults
    assert (fault.message, fault.hint) == (message, hint)


def test_a_name_wins_over_a_number():
    swapped = tree("layers: [{name: 2, units: 5}, {name: 1, units: 6}]")
    assert plain(assign(swapped, "layers.2.units=9"))["layers"][0]["units"] == 9


def test_of_two_names_that_begin_alike_the_longer_one_that_fits_is_meant():
    alike = tree("layers: [{name: a, units: 5}, {name: a.b, units: 6}]")
    assert [row["units"] for row in plain(assign(alike, "layers.a.b.units=9"))["layers"]] == [5, 9]
    assert [row["units"] for row in plain(assign(alike, "layers.a.units=9"))["layers"]] == [9, 6]


@pytest.mark.parametrize("assignment", ["loss=[1", "input={a: 1, a: 2}", "loss=!!x y", "loss=*a"])
def test_a_value_that_is_not_yaml_is_a_problem_error_that_points_into_the_flag(assignment):
    with pytest.raises(ProblemError) as raised:
        assign(tree(FILE), assignment, 1)
    assert raised.value.faults[0].place.source.name.startswith("--set")


@pytest.mark.parametrize(
    ("assignment", "source", "mark"),
    [
        ("layers.2.activation=tahn", "--set layers.2.activation", "tahn"),
        ("layers.2.activaton=tanh", "--set", "activaton"),
        ("los=mse", "--set", "los"),
        ("penalty.l3=1", "--set", "l3"),
        ("layers.H.weights[2,1]=x", "--set layers.H.weights[2,1]", "x"),
    ],
)
def test_a_wrong_key_or_value_is_found_by_the_decoder_and_points_into_the_flag(assignment, source, mark):
    with pytest.raises(GradcalcError) as raised:
        decode(assign(tree(NETWORK), assignment))
    (fault,) = raised.value.faults
    start = fault.place.column - 1
    assert fault.place.source.name == source
    assert fault.place.source.line(1)[start : start + fault.place.length] == mark
