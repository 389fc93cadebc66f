"""The keys of an optimizer: its constants by every name, what is around the rule, and every fault in its place."""

import subprocess
import sys

import pytest
from documents import faults, marked, problem
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.errors import LimitError
from gradcalc.problem.model import OptimizerChoice, Schedule
from gradcalc.problem.optimizer import MAX_RUNS, MAX_STEPS
from gradcalc.training.optimizers import OPTIMIZERS
from gradcalc.training.schedules import SCHEDULES

GIVEN = "parameters: {w1: 0.5, b1: 0}\ngradients: {w1: 1, b1: 2}\n"
CONSTANTS = [(name, key) for name, row in OPTIMIZERS.items() for key in row.hyper]


def choices(text: str) -> tuple[OptimizerChoice, ...]:
    return problem(f"{GIVEN}optimizer: {text}").optimizers


def choice(text: str) -> OptimizerChoice:
    (found,) = choices(text)
    return found


def wrong(text: str) -> tuple:
    return faults(f"{GIVEN}optimizer: {text}")


def value_of(row, key):
    """A value that a constant takes and that is not its default, as it is written and as it is read."""
    hyper = row.hyper[key]
    if isinstance(hyper.default, bool):
        return str(not hyper.default).lower(), not hyper.default
    if hyper.choices:
        return hyper.choices[-1], hyper.choices[-1]
    inside = 0.625 if hyper.below is not None or hyper.most is not None else 1.625
    return str(inside), inside


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_by_its_name_alone_sets_nothing(name):
    for text in (name, f"{{name: {name}}}"):
        found = choice(text)
        assert (found.name, found.hyper, found.initial, found.schedule) == (OPTIMIZERS[name].name, {}, {}, None)
        assert (found.frozen, found.clip, found.batch_size, found.shuffle, found.maximize) == (
            (),
            {},
            None,
            None,
            False,
        )


@pytest.mark.parametrize(("name", "key"), CONSTANTS)
def test_a_constant_by_any_of_its_names_is_kept_under_its_own(name, key):
    row = OPTIMIZERS[name]
    written, read = value_of(row, key)
    for spelling in (key, *row.hyper[key].aliases):
        assert choice(f"{{name: {name}, {spelling}: {written}}}").hyper == {key: read}


@pytest.mark.parametrize(("name", "key"), CONSTANTS)
def test_a_constant_under_two_of_its_names_is_an_error_that_points_at_both(name, key):
    row = OPTIMIZERS[name]
    written, _ = value_of(row, key)
    for alias in row.hyper[key].aliases:
        (fault,) = wrong(f"{{name: {name}, {alias}: {written}, {key}: {written}}}")
        assert fault.message == f"{alias} and {key} of optimizer are one and the same"
        assert marked(fault) == key
        assert fault.also.column < fault.place.column


@pytest.mark.parametrize(("name", "key"), CONSTANTS)
def test_a_constant_keeps_to_its_bounds(name, key):
    hyper = OPTIMIZERS[name].hyper[key]
    beyond = [
        *([hyper.above, hyper.above - 1] if hyper.above is not None else []),
        *([hyper.below, hyper.below + 1] if hyper.below is not None else []),
        *([hyper.least - 0.5] if hyper.least is not None else []),
        *([hyper.most + 0.5] if hyper.most is not None else []),
    ]
    for value in beyond:
        (fault,) = wrong(f"{{name: {name}, {key}: {value!r}}}")
        assert fault.message.startswith(f"{key} of optimizer must be a number")
        assert marked(fault) == repr(value)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_key_of_other_optimizers_is_an_error_that_says_whose_it_is(name):
    own = {spelling for key, row in OPTIMIZERS[name].hyper.items() for spelling in (key, *row.aliases)}
    for other in OPTIMIZERS.values():
        for key in {*other.hyper} - own:
            (fault,) = wrong(f"{{name: {name}, {key}: 0.5}}")
            assert fault.message == f"unknown key '{key}' in optimizer"
            assert fault.hint.startswith(f"{OPTIMIZERS[name].name} has none: it is a key of ")
            assert other.name in fault.hint or fault.hint.endswith("and others")


def test_a_mapping_without_a_name_is_plain_descent():
    found = choice("{lr: 0.5}")
    assert (found.name, found.hyper) == ("sgd", {"lr": 0.5})


def test_several_optimizers_stay_in_their_order():
    assert [one.name for one in choices("[adam, sgd, {name: adam, bias_correction: false}]")] == ["adam", "sgd", "adam"]


def test_what_surrounds_the_rule_is_read_as_it_stands():
    text = """{name: adam, frozen: [b1], clip: {norm: 2}, batch_size: 3, shuffle: {seed: 4}, maximize: true,
      initial: {m: 1/2, v: {w1: 3}}}"""
    # batches need samples, and so layers; the shapes of what is named are looked at when the network is built
    (found,) = problem(f"layers: [{{units: 1}}]\noptimizer: {text}").optimizers
    assert (found.frozen, found.clip, found.batch_size, found.shuffle) == (("b1",), {"norm": 2}, 3, 4)
    assert found.maximize is True
    assert found.initial["m"] == 0.5
    assert found.initial["v"]["w1"].tolist() == 3
    (shuffled,) = problem("layers: [{units: 1}]\noptimizer: {batch_size: 1, shuffle: {}}").optimizers
    assert shuffled.shuffle == 0


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("cosine", Schedule("cosine")),
        ("[0.1, 1/20, 0]", Schedule("list", {}, (0.1, 0.05, 0.0))),
        ("{name: list, rates: [0.1], warmup: 2}", Schedule("list", {"warmup": 2}, (0.1,))),
        ("{name: step, every: 10, factor: 0.5}", Schedule("step", {"every": 10, "factor": 0.5})),
        ("{name: step, step_size: 10, gamma: 0.5}", Schedule("step", {"every": 10, "factor": 0.5})),
        ("{name: linear, warmup: 3}", Schedule("linear", {"warmup": 3})),
    ],
)
def test_a_schedule_is_a_name_with_its_constants_or_a_list_of_rates(text, schedule):
    assert choice(f"{{name: sgd, schedule: {text}}}").schedule == schedule


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_takes_its_constants_by_every_name_and_asks_for_those_it_needs(name):
    row = SCHEDULES[name]
    needed = {key for key, hyper in row.hyper.items() if hyper.needed}
    found = wrong(f"{{schedule: {name}}}")
    assert {fault.message for fault in found} == {f"schedule of optimizer has no '{key}'" for key in needed}
    for key, hyper in row.hyper.items():
        beside = "".join(f", {other}: 2" for other in needed - {key})
        for spelling in (key, *hyper.aliases):
            read = choice(f"{{schedule: {{name: {name}, {spelling}: 1{beside}}}}}").schedule
            assert read.values == {key: 1, **dict.fromkeys(needed - {key}, 2)}


# One row a fault: the optimizer, what the message says, what is marked, what the hint says.
FAULTS = [
    ("rmspop", "unknown optimizer 'rmspop'", "rmspop", "did you mean 'rmsprop'?"),
    ("{name: Adam}", "unknown optimizer 'Adam'", "Adam", "did you mean 'adam'?"),
    ("gradient_descent", "unknown optimizer 'gradient_descent'", "gradient_descent", "did you mean 'sgd'?"),
    ("nag", "unknown optimizer 'nag'", "nag", "did you mean 'nesterov'?"),
    ("{name: 3}", "unknown optimizer '3'", "3", None),
    ("{name: adam, eta: 1}", "unknown key 'eta' in optimizer", "eta", "did you mean 'lr'?"),
    ("{name: adam, epsilon: 1}", "unknown key 'epsilon' in optimizer", "epsilon", "did you mean 'eps'?"),
    ("{name: adam, betas: [0.9, 0.99]}", "unknown key 'betas' in optimizer", "betas", "did you mean 'beta1'?"),
    ("{lr: 0}", "lr of optimizer must be a number above 0, not '0'", "0", None),
    ("{lr: -0.1}", "lr of optimizer must be a number above 0, not '-0.1'", "-0.1", None),
    ("{lr: .nan}", "'.nan' is not allowed: a number must be finite", ".nan", None),
    ("{lr: .inf}", "'.inf' is not allowed: a number must be finite", ".inf", None),
    ("{lr: [0.1, 0.2]}", "lr of optimizer must be a number above 0, not a list", "[", None),
    (
        "{name: momentum, form: clasical}",
        "form of optimizer must be classical, torch or ema, not 'clasical'",
        "clasical",
        "did you mean 'classical'?",
    ),
    (
        "{name: rmsprop, eps_place: hat}",
        "eps_place of optimizer must be outside or inside, not 'hat'",
        "hat",
        "one of outside, inside",
    ),
    ("[sgd, {name: adam, beta1: 1}]", "beta1 of optimizer 2 must be a number at least 0 and below 1", "1", None),
    ("{name: adam, initial: {q: 1}}", "unknown state 'q' in initial of optimizer", "q", "one of m, v"),
    ("{initial: {m: 1}}", "unknown state 'm' in initial of optimizer", "m", "sgd has no state"),
    (
        "{name: rmsprop, initial: {g_mean: 1}}",
        "unknown state 'g_mean' in initial of optimizer",
        "g_mean",
        "only s belongs there",
    ),
    (
        "{clip: {norm: 1, value: 1}}",
        "clip of optimizer is by the norm or by the value, not by both",
        "value",
        "keep one",
    ),
    ("{shuffle: {seed: 1}}", "shuffle of optimizer changes nothing without batches", "shuffle", "add batch_size: 1"),
    (
        "{lr: 0.1, schedule: [0.1]}",
        "optimizer has a list of rates, and lr beside it",
        "lr",
        "keep one of them",
    ),
    ("{schedule: cosin}", "unknown schedule 'cosin'", "cosin", "did you mean 'cosine'?"),
    (
        "{name: rprop, schedule: cosine}",
        "rprop has no learning rate that a schedule could change",
        "schedule",
        "leave the schedule out",
    ),
    ("{steps: 3}", "unknown key 'steps' in optimizer", "steps", "'steps' stands beside 'optimizer', not in it"),
]


@pytest.mark.parametrize(("text", "message", "mark", "hint"), FAULTS)
def test_a_fault_of_an_optimizer_says_what_is_wrong_where_and_what_to_do(text, message, mark, hint):
    (fault,) = wrong(text)
    assert fault.message.startswith(message)
    assert marked(fault) == mark
    assert hint is None or fault.hint == hint


def test_a_state_that_a_variant_has_may_start_somewhere():
    assert choice("{name: rmsprop, centered: true, momentum: 0.5, initial: {g_mean: 1, v: 2}}").initial["v"] == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "steps must be a whole number at least 1, not '0'"),
        ("-1", "steps must be a whole number at least 1, not '-1'"),
        ("2.5", "steps must be a whole number at least 1, not '2.5'"),
        ("1e3", "steps must be a whole number at least 1, not '1e3'"),
        (".inf", "steps must be a whole number at least 1, not '.inf'"),
    ],
)
def test_steps_are_a_whole_number_from_1(text, message):
    (fault,) = faults(f"{GIVEN}steps: {text}")
    assert fault.message == message


def test_steps_up_to_the_limit_are_allowed():
    for steps in (1, 10_000, 100_000, MAX_STEPS):
        assert problem(f"{GIVEN}steps: {steps}").steps == steps


@pytest.mark.parametrize("text", [str(MAX_STEPS + 1), "1000000000000", "1e12", "1e300", "9" * 30, "0xffffffff"])
def test_steps_beyond_the_limit_are_a_limit_error_however_they_are_written(text):
    with pytest.raises(LimitError, match=f"steps are more than the {MAX_STEPS}") as raised:
        problem(f"{GIVEN}steps: {text}")
    (fault,) = raised.value.faults
    assert marked(fault) == text
    assert "--every" in fault.hint
    assert len(fault.message) < 100


def test_more_optimizers_than_anybody_compares_are_a_limit_error():
    with pytest.raises(LimitError, match=f"{MAX_RUNS + 1} optimizers"):
        choices(f"[{', '.join(['sgd'] * (MAX_RUNS + 1))}]")


@given(
    st.sampled_from(sorted(OPTIMIZERS)),
    st.dictionaries(st.sampled_from(sorted({key for _, key in CONSTANTS})), st.floats(-1, 2).map("{:.3f}".format)),
)
def test_whatever_is_set_of_an_optimizer_is_within_its_bounds_or_an_error(name, values):
    text = ", ".join([f"name: {name}", *(f"{key}: {value}" for key, value in values.items())])
    found = wrong(f"{{{text}}}")
    if found:
        assert all(fault.place is not None for fault in found)
        return
    rows = OPTIMIZERS[name].hyper
    for key, value in choice(f"{{{text}}}").hyper.items():
        row = rows[key]
        assert row.above is None or value > row.above
        assert row.below is None or value < row.below
        assert row.least is None or value >= row.least
        assert row.most is None or value <= row.most


def test_a_problem_without_an_optimizer_loads_no_table_of_them():
    code = (
        "import sys; from gradcalc.problem.load import loads; loads('layers: [{units: 1}]')\n"
        "sys.exit(any(name.startswith('gradcalc.training.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
