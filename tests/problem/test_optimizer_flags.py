"""The flags of `optimize` over the optimizers and the steps of a file."""

import subprocess
import sys

import pytest
from documents import plain, problem, same, tree
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.errors import GradcalcError, UsageError
from gradcalc.problem.decode import decode
from gradcalc.problem.flags import Flags, overlay
from gradcalc.problem.hyper import HYPER_FLAGS
from gradcalc.problem.model import OptimizerChoice, Problem
from gradcalc.problem.optimizer_flags import OptimizerFlags
from gradcalc.training.optimizers import OPTIMIZERS

GIVEN = "parameters: {w1: 0.5, b1: 0}\ngradients: {w1: 1, b1: 2}\n"
RMSPROP = "optimizer: {name: rmsprop, lr: 0.1, alpha: 0.9, eps: 1e-8, eps_place: inside, centered: true, frozen: [b1]}"
SEVERAL = """optimizer:
  - {name: sgd, lr: 0.1, frozen: [b1]}
  - {name: adam, lr: 0.1, beta2: 0.99, frozen: [b1]}
  - {name: adam, lr: 0.1, bias_correction: false, frozen: [b1]}
"""


def over(text: str, heard: list[str] | None = None, sets: tuple[str, ...] = (), **flags: object) -> Problem:
    tell = (lambda _: None) if heard is None else heard.append
    root = overlay(tree(GIVEN + text), Flags(optimizer=OptimizerFlags(**flags), sets=sets), tell)
    assert root is not None
    return decode(root)


def chosen(text: str, heard: list[str] | None = None, **flags: object) -> list[tuple[str, dict]]:
    return [(choice.name, dict(choice.hyper)) for choice in over(text, heard, **flags).optimizers]


def only(text: str, heard: list[str] | None = None, **flags: object) -> OptimizerChoice:
    (choice,) = over(text, heard, **flags).optimizers
    return choice


# What the flags say, and the lines of the file that say the same.
SAME = [
    ({"optimizer": "adam"}, "optimizer: adam"),
    ({"optimizer": "sgd,adam"}, "optimizer: [sgd, adam]"),
    ({"optimizer": "momentum:beta=0.8,form=ema"}, "optimizer: {name: momentum, beta: 0.8, form: ema}"),
    (
        {"optimizer": "adam,adam:bias_correction=false"},
        "optimizer: [adam, {name: adam, bias_correction: false}]",
    ),
    ({"steps": "7"}, "steps: 7"),
    ({"steps": 7}, "steps: 7"),
    ({"lr": "0.5"}, "optimizer: {lr: 0.5}"),
    ({"lr": "1/3"}, "optimizer: {lr: 1/3}"),
    ({"lr": "0.1,0.2"}, "optimizer: [{lr: 0.1}, {lr: 0.2}]"),
    ({"lr": "0.1 0.2"}, "optimizer: [{lr: 0.1}, {lr: 0.2}]"),
    (
        {"optimizer": "sgd,adam", "lr": "0.1,0.2"},
        "optimizer: [{name: sgd, lr: 0.1}, {name: sgd, lr: 0.2}, {name: adam, lr: 0.1}, {name: adam, lr: 0.2}]",
    ),
    (
        {"optimizer": "adam", "lr": "0.1", "hyper": {"beta1": "0.5", "eps_place": "hat"}, "steps": "3"},
        "optimizer: {name: adam, lr: 0.1, beta1: 0.5, eps_place: hat}\nsteps: 3",
    ),
]


@pytest.mark.parametrize(("flags", "lines"), SAME)
def test_a_flag_is_the_same_as_the_key_in_the_file(flags, lines):
    assert same(over("", **flags), problem(GIVEN + lines))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_constant_is_the_same_as_a_flag_as_an_option_of_the_name_and_in_the_file(name):
    for key, row in OPTIMIZERS[name].hyper.items():
        text = row.choices[-1] if row.choices else str(not row.default).lower() if row.default is not None else "1"
        text = text if row.choices or isinstance(row.default, bool) else "0.75" if row.above != 1 else "1.5"
        in_file = problem(f"{GIVEN}optimizer: {{name: {name}, {key}: {text}}}")
        assert list(in_file.optimizers[0].hyper) == [key]
        flag = {"lr": text} if key == "lr" else {"hyper": {key: text}}
        assert same(over("", optimizer=name, **flag), in_file)
        assert same(over(f"optimizer: {name}", **flag), in_file)
        assert same(over("", optimizer=f"{name}:{key}={text}"), in_file)


def test_there_is_a_flag_for_every_constant_of_every_optimizer_and_no_other():
    rows = [(key, row) for optimizer in OPTIMIZERS.values() for key, row in optimizer.hyper.items() if key != "lr"]
    assert {flag.key for flag in HYPER_FLAGS} == {key for key, _ in rows}
    by_key = {flag.key: flag for flag in HYPER_FLAGS}
    for key, row in rows:
        kind = "truth" if isinstance(row.default, bool) else "word" if row.choices else "number"
        assert by_key[key].kind == kind
        spelled = {f"--{name.replace('_', '-')}" for name in (key, *row.aliases)}
        assert spelled <= {flag for one in HYPER_FLAGS for flag in one.flags}
    every = [flag for one in HYPER_FLAGS for flag in one.flags]
    assert len(set(every)) == len(every)


def test_the_list_of_flags_loads_neither_the_table_nor_numpy():
    code = "import sys, gradcalc.problem.hyper; sys.exit(any(m in sys.modules for m in ('numpy', 'gradcalc.training')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_name_over_its_own_keeps_everything():
    assert same(over(RMSPROP, optimizer="rmsprop"), problem(GIVEN + RMSPROP))


def test_another_name_keeps_the_rate_and_every_key_that_it_knows_and_says_what_it_drops():
    heard: list[str] = []
    choice = only(RMSPROP, heard, optimizer="adam")
    assert (choice.name, choice.hyper) == ("adam", {"lr": 0.1, "eps": 1e-8, "eps_place": "inside"})
    assert choice.frozen == ("b1",)
    assert heard == ["adam leaves out alpha, centered, which net.yaml says of rmsprop"]


def test_a_key_goes_over_by_what_it_means_not_by_how_it_is_spelled():
    heard: list[str] = []
    # `alpha` is the rho of rmsprop and of adadelta; `momentum` is the beta of momentum, and no constant of its own
    assert only(RMSPROP, heard, optimizer="adadelta").hyper == {"lr": 0.1, "rho": 0.9, "eps": 1e-8}
    momentum = "optimizer: {name: momentum, momentum: 0.8}"
    assert only(momentum, heard, optimizer="nesterov").hyper == {"beta": 0.8}
    assert only(momentum, heard, optimizer="rmsprop").hyper == {}
    assert heard == [
        "adadelta leaves out eps_place, centered, which net.yaml says of rmsprop",
        "rmsprop leaves out momentum, which net.yaml says of momentum",
    ]


@pytest.mark.parametrize(
    ("text", "name", "lost"),
    [
        ("{name: adam, eps_place: hat}", "rmsprop", "eps_place"),
        ("{name: adam, initial: {m: 1}}", "sgd", "initial"),
        ("{name: adam, initial: {m: 1}}", "adamw", None),
        ("{name: sgd, schedule: cosine}", "rprop", "schedule"),
        ("{name: sgd, lr: 0.1}", "polyak", "lr"),
        ("{name: sgd, clip: {norm: 1}, maximize: true}", "polyak", None),
    ],
)
def test_a_value_that_the_new_one_does_not_take_is_dropped_with_its_key(text, name, lost):
    heard: list[str] = []
    over(f"optimizer: {text}", heard, optimizer=name)
    assert len(heard) == (lost is not None)
    assert all(f"{name} leaves out {lost}, which" in sentence for sentence in heard)


def test_what_is_wrong_in_the_file_anyway_is_not_dropped_but_told():
    with pytest.raises(GradcalcError, match="unknown key 'lrr'"):
        over("optimizer: {name: rmsprop, lrr: 0.1}", optimizer="adam")


def test_names_choose_among_the_optimizers_of_a_file():
    assert chosen(SEVERAL, optimizer="adam") == [
        ("adam", {"lr": 0.1, "beta2": 0.99}),
        ("adam", {"lr": 0.1, "bias_correction": False}),
    ]
    assert chosen(SEVERAL, optimizer="sgd") == [("sgd", {"lr": 0.1})]


def test_a_name_that_is_none_of_several_takes_what_all_of_them_say():
    heard: list[str] = []
    choice = only(SEVERAL, heard, optimizer="rmsprop")
    assert (choice.hyper, choice.frozen) == ({"lr": 0.1}, ("b1",))
    assert heard == ["rmsprop is none of the optimizers of net.yaml: it takes over only what all of them say alike"]


def test_rates_make_a_run_of_every_optimizer_for_each_of_them():
    assert [(name, hyper["lr"]) for name, hyper in chosen(SEVERAL, lr="1,2")] == [
        ("sgd", 1),
        ("sgd", 2),
        ("adam", 1),
        ("adam", 2),
        ("adam", 1),
        ("adam", 2),
    ]


def test_of_several_optimizers_those_take_a_constant_that_know_it():
    assert chosen("", optimizer="sgd,adam,polyak", lr="0.1,0.2", hyper={"beta1": "0.5"}) == [
        ("sgd", {"lr": 0.1}),
        ("sgd", {"lr": 0.2}),
        ("adam", {"lr": 0.1, "beta1": 0.5}),
        ("adam", {"lr": 0.2, "beta1": 0.5}),
        ("polyak", {}),
    ]


def test_a_flag_replaces_a_constant_under_whatever_name_the_file_has_it():
    assert only("optimizer: {name: rmsprop, alpha: 0.5}", hyper={"rho": "0.25"}).hyper == {"rho": 0.25}
    assert only("optimizer: {name: momentum, beta: 0.5}", hyper={"momentum": "0.25"}).hyper == {"beta": 0.25}
    assert only("optimizer: {learning_rate: 0.5}", lr="0.25").hyper == {"lr": 0.25}


def test_a_rate_drives_out_a_list_of_rates_and_says_so():
    for schedule in ("[0.1, 0.2]", "{name: list, rates: [0.1]}"):
        heard: list[str] = []
        choice = only(f"optimizer: {{schedule: {schedule}}}", heard, lr="0.5")
        assert (choice.hyper, choice.schedule) == ({"lr": 0.5}, None)
        assert heard == ["--lr leaves out the list of rates in net.yaml"]
    assert only("optimizer: {schedule: cosine}", lr="0.5").schedule is not None


def test_no_flags_leave_the_file_as_it_is():
    root = tree(GIVEN + SEVERAL)
    assert overlay(root, Flags(optimizer=OptimizerFlags())) is root


def test_the_tree_of_the_file_stays_as_it_was():
    root = tree(GIVEN + SEVERAL)
    before = plain(root)
    overlay(root, Flags(optimizer=OptimizerFlags("adam,lion", 3, "0.1,0.2", {"beta1": "0.5"})))
    assert plain(root) == before


def test_assignments_come_after_the_flags():
    problem_of = over("optimizer: sgd", optimizer="adam", lr="0.5", sets=("optimizer.lr=0.25", "steps=9"), steps="3")
    assert problem_of.optimizers[0].hyper == {"lr": 0.25}
    assert problem_of.steps == 9


# One row a fault: the flags, the flag it is told of, what is marked, and what the message says.
WRONG = [
    ({"optimizer": "rmspop"}, "--optimizer", "rmspop", "unknown optimizer 'rmspop'"),
    ({"optimizer": "sgd,rmspop"}, "--optimizer", "rmspop", "unknown optimizer 'rmspop'"),
    ({"optimizer": ""}, "--optimizer", "", "optimizer must be the name of an optimizer"),
    ({"optimizer": "sgd,"}, "--optimizer", "", "optimizer must be the name of an optimizer"),
    ({"optimizer": "adam:beta1"}, "--optimizer", "beta1", "an option is written NAME=VALUE"),
    ({"optimizer": "adam:rho=1"}, "--optimizer", "rho", "unknown key 'rho' in optimizer"),
    ({"lr": "0"}, "--lr", "0", "lr of optimizer must be a number above 0, not '0'"),
    ({"lr": "-1"}, "--lr", "-1", "lr of optimizer must be a number above 0, not '-1'"),
    ({"lr": "nan"}, "--lr", "nan", "'nan' is not allowed: a number must be finite"),
    ({"lr": "inf"}, "--lr", "inf", "'inf' is not allowed: a number must be finite"),
    ({"lr": "0.1,x"}, "--lr", "x", "'x' is not a number"),
    ({"lr": "0.1,"}, "--lr", ",", "an entry is missing after a comma"),
    ({"lr": "[[1]]"}, "--lr", "[1]", "lr of optimizer must be a number above 0, not a list"),
    ({"lr": ""}, "--lr", "", "lr of optimizer must be a number above 0"),
    ({"steps": "0"}, "--steps", "0", "--steps must be a whole number at least 1, not '0'"),
    ({"steps": "-1"}, "--steps", "-1", "--steps must be a whole number at least 1, not '-1'"),
    ({"steps": "1.5"}, "--steps", "1.5", "--steps must be a whole number at least 1, not '1.5'"),
    ({"steps": "x"}, "--steps", "x", "--steps must be a whole number at least 1, not 'x'"),
    ({"hyper": {"beta1": "0.5"}}, "--beta1", "0.5", "unknown key 'beta1' in optimizer"),
    ({"optimizer": "adam", "hyper": {"beta1": "1"}}, "--beta1", "1", "beta1 of optimizer must be a number at least 0"),
    ({"optimizer": "adam", "hyper": {"eps_place": "in"}}, "--eps-place", "in", "eps_place of optimizer must be"),
    ({"optimizer": "adam,lion", "hyper": {"rho": "1"}}, "--rho", "1", "unknown key 'rho' in optimizer"),
    ({"optimizer": "polyak", "lr": "0.1"}, "--lr", "0.1", "unknown key 'lr' in optimizer"),
]


@pytest.mark.parametrize(("flags", "name", "mark", "message"), WRONG)
def test_what_a_flag_has_wrong_is_a_usage_error_that_points_into_it_once(flags, name, mark, message):
    with pytest.raises(UsageError) as raised:
        over("", **flags)
    (fault,) = raised.value.faults
    assert fault.message.startswith(message)
    start = fault.place.column - 1
    assert fault.place.source.name == name
    assert fault.place.source.text[start : start + fault.place.length].startswith(mark)


TEXT = st.sampled_from(["", "sgd", "adam", "rmspop", "0.1", "-1", "1e400", "1,2", ",", "[", "x=1", ":", "adam:beta1=2"])
FILES = [
    "",
    RMSPROP,
    SEVERAL,
    "optimizer: 3",
    "optimizer:",
    "optimizer: [[sgd]]",
    "optimizer: {name: [1]}",
    "optimizer: []",
]


@given(st.sampled_from(FILES), st.lists(st.none() | TEXT, min_size=5, max_size=5), st.sampled_from(HYPER_FLAGS))
def test_whatever_the_flags_say_it_is_a_problem_or_an_error_on_purpose(text, words, flag):
    optimizer, steps, lr, value, other = words
    hyper = {key: word for key, word in ((flag.key, value), ("eps", other)) if word is not None}
    try:
        over(text, optimizer=optimizer, steps=steps, lr=lr, hyper=hyper)
    except GradcalcError as error:
        wrong, code = error.faults, error.exit_code
    else:
        wrong, code = (), 0
    assert code in (0, 2, 3)
    assert all(fault.place is not None for fault in wrong)
