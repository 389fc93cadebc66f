"""Every number that the worked cases print comes out of `--format json`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from comparator import (
    Case,
    Training,
    cases_folder,
    entry_of,
    faults,
    is_printed,
    look_up,
    missing,
    read_cases,
    read_trainings,
    squeeze,
    step_faults,
    unit,
)
from invoke import invoke

COMMANDS = ("forward", "backward", "shapes")
CASES = read_cases(cases_folder())
TRAININGS = read_trainings(cases_folder())

pytestmark = pytest.mark.skipif(not CASES, reason=f"the worked cases are not in {cases_folder()}; set GRADCALC_CASES")


def named(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def run(case: Case, command: str, tmp_path) -> dict:
    path = tmp_path / "problem.yaml"
    path.write_text(case.problem, encoding="utf-8")
    done = invoke([command, str(path), "--format", "json"])
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


@named(CASES)
def test_every_command_asked_of_a_case_runs(case, tmp_path):
    for command in COMMANDS:
        if command in case.asks:
            assert run(case, command, tmp_path)["schema"] == f"gradcalc.{command}/1"


@named([case for case in CASES if "backward" in case.asks])
def test_every_number_of_a_case_comes_out_of_backward(case, tmp_path):
    assert faults(case, run(case, "backward", tmp_path)) == []


@named([case for case in CASES if "forward" in case.asks])
def test_every_value_of_a_case_comes_out_of_forward_which_lacks_only_gradients(case, tmp_path):
    found = faults(case, run(case, "forward", tmp_path))
    assert [fault for fault in found if not (fault.startswith("d") and fault in missing(found))] == []


def scalars(written, true, path=()):
    """Every written number of nested lists with its path and the true value beside it."""
    if isinstance(written, list):
        for position, (text, value) in enumerate(zip(written, true, strict=True)):
            yield from scalars(text, value, (*path, position))
    elif written is not None:
        yield path, written, true


def replaced(written, path, text):
    if not path:
        return text
    return [replaced(item, path[1:], text) if k == path[0] else item for k, item in enumerate(written)]


def neighbours(text: str) -> list[Decimal]:
    """The number with one unit less and more in its last digit, or in its twelfth if it has more of them."""
    step = max(unit(text), Decimal(1).scaleb(Decimal(text).adjusted() - 11))
    return [Decimal(text) - step, Decimal(text) + step]


@named([case for case in CASES if case.expect or case.exact])
def test_a_number_with_one_unit_more_or_less_in_its_last_digit_is_refused(case, tmp_path):
    result = run(case, "backward" if "backward" in case.asks else "forward", tmp_path)
    for part in ("expect", "exact"):
        numbers = getattr(case, part)
        for name in numbers:
            written = squeeze(numbers[name])
            for path, text, true in scalars(written, squeeze(look_up(name, result))):
                # rounding and truncation may lead to two neighbours, but never a whole unit away
                wrong = [n for n in neighbours(text) if part == "exact" or abs(n - Decimal(true)) >= unit(text)]
                assert wrong
                for nudged in wrong:
                    changed = numbers | {name: replaced(written, path, str(nudged))}
                    assert faults(case._replace(**{part: changed}), result), f"{name}: {nudged} passes for {true}"


trained = pytest.mark.parametrize("case", TRAININGS, ids=[case.name for case in TRAININGS])


def train(case: Training, tmp_path) -> dict:
    path = tmp_path / "problem.yaml"
    path.write_text(case.problem, encoding="utf-8")
    done = invoke(["optimize", str(path), *case.arguments, "--format", "json"])
    assert (done.code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_cases_have_runs_of_six_kinds():
    assert len(TRAININGS) == 6
    assert all(case.expect for case in TRAININGS)


@trained
def test_every_number_of_a_run_comes_out_of_optimize(case, tmp_path):
    assert step_faults(case.expect, train(case, tmp_path)) == []


@trained
def test_a_number_of_a_run_with_one_unit_more_or_less_in_its_last_digit_is_refused(case, tmp_path):
    record = train(case, tmp_path)
    for entry, text in case.expect.items():
        wrong = [n for n in neighbours(text) if abs(n - Decimal(entry_of(record, entry))) >= unit(text)]
        assert wrong
        for nudged in wrong:
            assert step_faults({entry: str(nudged)}, record), f"{entry}: {nudged} passes"


@trained
def test_what_a_page_misprints_is_not_what_comes_out_and_what_is_right_is(case, tmp_path):
    record = train(case, tmp_path)
    printed = {entry: wrong for entry, (wrong, _) in case.slips.items()}
    assert len(step_faults(printed, record)) == len(printed)
    assert step_faults({entry: right for entry, (_, right) in case.slips.items()}, record) == []


def test_several_optimizers_named_over_a_case_are_compared_in_their_order(tmp_path):
    case = next(case for case in TRAININGS if case.arguments == ("--optimizer", "sgd"))
    names = ["sgd", "momentum", "rmsprop", "adam"]
    compared = train(case._replace(arguments=("--optimizer", ",".join(names))), tmp_path)
    assert [run["optimizer"]["name"] for run in compared["runs"]] == names
    assert [row["name"] for row in compared["comparison"]] == names


def test_a_name_that_the_result_does_not_have_is_refused():
    result = {"values": {"a1": [1.0]}, "output": "a1", "gradients": {}, "loss": None, "sample_losses": None}
    case = Case("made up", "", (), {"a1": ["1"], "dW7": ["1"]}, {"z9": "1"})
    assert faults(case, result) == ["dW7: not in the result", "z9: not in the result"]


@pytest.mark.parametrize(
    ("text", "true", "matches"),
    [
        ("0.52", 0.5249, True),
        ("0.53", 0.5249, False),
        ("0.53", 0.525000001, True),
        ("0.50", 0.5049, True),
        ("0.50", 0.51, False),
        ("-1.49", -1.4906, True),
        ("-1.50", -1.4949, False),
        ("3.7e-6", 3.66e-6, True),
        ("3.7e-6", 3.66e-5, False),
        ("0", 0.0, True),
        ("0", 0.2, False),
        ("0.015675", 0.03 * 0.5225, True),
    ],
)
def test_a_printed_number_is_the_true_one_rounded_or_truncated_to_its_digits(text, true, matches):
    assert is_printed(text, true) is matches
