"""`gradcalc check` as somebody uses it: pages, hints, classes, marks, exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from invoke import invoke

PROBLEM = "configs/relu-sigmoid-bce.yaml"
PAGE = "configs/answers/relu-sigmoid-bce.yml"


def check(*arguments: str):
    return invoke(["check", PROBLEM, *arguments])


def test_the_page_tells_the_first_slip_its_cause_and_its_rule_and_ends_with_1():
    done = check(PAGE)
    assert done.code == 1
    assert "L          1.6185e-6                              wrong   ← first slip" in done.stdout
    assert "the logarithm to base 10" in done.stdout
    assert "L = −y ln ŷ − (1 − y) ln(1 − ŷ)" in done.stdout
    assert "14 right, 1 wrong, 0 follow from it, 6 not answered" in done.stdout


def test_right_answers_end_with_0_and_what_follows_is_not_wrong():
    assert check("--answer", "z_H=[4, -1]").code == 0
    assert check("--answer", "z_H=[5, -1]", "--answer", "u_H=[5, 0]").code == 1


def test_right_numbers_are_shown_only_when_they_are_asked_for():
    assert "3.72665e-06" not in check(PAGE).stdout
    assert "3.72665e-06" in check(PAGE, "--reveal").stdout
    assert "expected" not in check(PAGE, "--format", "json").stdout
    assert json.loads(check(PAGE, "--format", "json", "--reveal").stdout)["entries"][5]["expected"] == pytest.approx(
        3.7266462281239903e-06
    )


def test_of_many_entries_those_that_share_a_verdict_are_one_row_and_few_of_them_stand_alone(tmp_path):
    weights = [[round(0.1 * (row - column), 1) for column in range(6)] for row in range(5)]
    problem = {"input": [1, 2, 3, 4, 5, 6], "target": [0] * 5, "loss": "rss", "layers": [{"weights": weights}]}
    path = tmp_path / "wide.json"
    path.write_text(json.dumps(problem), encoding="utf-8")
    right = json.loads(invoke(["backward", str(path), "--format", "json"]).stdout)["gradients"]["W1"]
    right[1][2] += 1
    answers = ["--answer", f"dW1={json.dumps(right)}"]
    rows = [line.split() for line in invoke(["check", str(path), *answers]).stdout.splitlines() if "dW1" in line]
    assert rows[0] == ["dW1", "29", "numbers", "right"]
    assert [rows[1][0], *rows[1][2:]] == ["dW1[2,3]", "wrong", "←", "first", "slip"]
    zeros = [[0] * 6, [0, 0, *right[1][2:]], *right[2:]]
    counted = invoke(["check", str(path), "--answer", f"dW1={json.dumps(zeros)}"]).stdout
    assert ["dW1", "9", "numbers", "wrong", "←", "first", "slip"] in [line.split() for line in counted.splitlines()]
    assert "29 numbers" not in invoke(["check", str(path), *answers, "--reveal"]).stdout
    assert len(json.loads(invoke(["check", str(path), *answers, "--format", "json"]).stdout)["entries"]) == 30


def test_each_hint_tells_more_than_the_one_before_and_none_tells_a_number():
    texts = [check(PAGE, "--hint", *level).stdout for level in ((), ("2",), ("3",))]
    assert "first slip is L" in texts[0]
    assert "ln" not in texts[0]
    assert "ln ŷ" in texts[1]
    assert "base 10" not in texts[1]
    assert "base 10" in texts[2]
    assert all("e-6" not in text for text in texts)


def test_the_record_has_the_fields_that_programs_rely_on():
    record = json.loads(check(PAGE, "--format", "json").stdout)
    assert record["schema"] == "gradcalc.check/1"
    entry = next(entry for entry in record["entries"] if entry["verdict"] == "wrong")
    assert (entry["quantity"], entry["step"], entry["parameter"], entry["index"]) == ("L", None, None, [])
    assert entry["given"] == 1.6185e-6
    assert [cause["name"] for cause in entry["causes"]] == ["log10"]
    assert record["first_wrong"] == {"quantity": "L", "step": None, "parameter": None, "index": []}
    assert record["marks"] == {"right": 14, "follows": 0, "wrong": 1, "total": 15, "unanswered": 6}
    assert record["ok"] is False


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ("dW_H=[[1, 2, 3]]", "shape"),
        ("dW_H=[null, [1, 2, 3]]", "shape"),
        ("dW_H=[[1, 2], [3]]", "shape"),
        ("db_H=[[-1.490656e-5, 0], [0, 0]]", "samples_not_summed"),
        ("db_O=[-3.0e-6, -0.72664e-6]", "samples_not_summed"),
    ],
)
def test_an_answer_of_another_shape_is_wrong_and_what_it_may_be_is_told(answers, cause):
    record = json.loads(check("--answer", answers, "--format", "json").stdout)
    found = [item["name"] for entry in record["entries"] for item in entry["causes"]]
    assert found == [cause]


def test_formulas_may_stand_among_numbers():
    record = json.loads(check("--answer", 'dW_O=["(yhat - 1)*u_H[1]", 0]', "--format", "json").stdout)
    assert [(entry["index"], entry["verdict"]) for entry in record["entries"]] == [([1, 1], "right"), ([1, 2], "right")]
    wrong = json.loads(check("--answer", 'db_H=["-dz_O*W_O[1,1]", 0]', "--format", "json").stdout)
    assert [entry["verdict"] for entry in wrong["entries"]] == ["wrong", "right"]


def test_a_text_that_is_neither_a_number_nor_a_formula_is_located():
    done = check("--answer", "dW_O=[(yhat - 1)*, 0]")
    assert done.code == 3
    assert "nothing follows the '*'" in done.stderr


def test_a_transposed_matrix_is_told_by_its_name():
    document = (
        "{input: [1, 2, 3], target: 1, loss: mse, layers: [{weights: [[1, 2, 3], [4, 5, 6]]}, {weights: [[1, 2]]}]}"
    )
    right = json.loads(invoke(["backward", "-", "--format", "json"], document).stdout)["gradients"]["W1"]
    turned = json.dumps([list(column) for column in zip(*right, strict=True)])
    done = invoke(["check", "-", "--answer", f"dW1={turned}", "--format", "json"], document)
    assert json.loads(done.stdout)["entries"][0]["causes"][0]["name"] == "transposed"


@pytest.fixture
def sheets(tmp_path):
    """Four people: one as the page, one right, one with a slip that spoils more, one whose file is broken."""
    texts = {
        "ann": Path(PAGE).read_text(encoding="utf-8"),
        "bob": "{z_H: [4, -1], L: 3.7266e-6}",
        "cyd": "{z_H: [4, 7.3], u_H: [4, 7.3], L: 3.7266e-6}",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return [str(tmp_path / f"{name}.yaml") for name in texts]


def test_a_class_has_a_row_for_each_person_with_marks_for_accuracy_and_for_following_through(sheets):
    done = check(*sheets, "--set", "marks={z_H: 2, u_H: 2, L: 3}", "--format", "json")
    record = json.loads(done.stdout)
    assert (record["schema"], done.code) == ("gradcalc.class/1", 1)
    points = {person["name"]: person["points"] for person in record["people"]}
    assert points["ann"] == {"accuracy": 4.0, "follow_through": 0.0, "method": 4.0, "total": 7.0}
    assert points["bob"] == {"accuracy": 5.0, "follow_through": 0.0, "method": 5.0, "total": 7.0}
    assert points["cyd"] == {"accuracy": 5.0, "follow_through": 1.0, "method": 6.0, "total": 7.0}
    assert {item["name"]: item["count"] for item in record["mistakes"]} == {"log10": 1, "arithmetic": 1}


def test_a_file_that_is_broken_is_reported_and_skipped_and_the_rest_is_judged(sheets, tmp_path):
    (tmp_path / "broken.yaml").write_text("{z_H: [4, -1", encoding="utf-8")
    done = check(sheets[0], str(tmp_path / "broken.yaml"), sheets[1])
    assert done.code == 3
    assert "broken.yaml is skipped" in done.stderr
    assert "ann" in done.stdout
    assert "bob" in done.stdout
    assert "broken" not in done.stdout


def test_marks_are_written_as_a_table(sheets, tmp_path):
    path = tmp_path / "marks.csv"
    done = check(*sheets, "--marks", str(path))
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["ann", "bob", "cyd"]
    assert [(row["first_slip"], row["causes"]) for row in rows] == [("L", "log10"), ("", ""), ("z_H[2]", "arithmetic")]
    assert "Mistakes" in done.stdout
    assert check(*sheets, "--marks", str(path)).code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "no answers"),
        (["--answer", "L"], 2, "QUANTITY=VALUE"),
        (["--answer", "Q=1"], 3, "no quantity is called 'Q'"),
        (["--answer", "L=1", "--hint", "4"], 2, "--hint 4"),
        (["--answer", "L=1", "--hint", "--reveal"], 2, "leave out --reveal"),
        (["--answer", "L=1", "--tolerance", "2"], 2, "--tolerance 2"),
        (["nowhere.yaml"], 3, "nowhere.yaml"),
        (["--answer", "L=1", "--set", "marks={Q: 1}", "--marks", "x.csv"], 2, "no answers"),
    ],
)
def test_what_can_not_be_checked_is_refused(arguments, code, said):
    done = check(*arguments)
    assert (done.code, said in done.stderr) == (code, True), done.stderr


def test_marks_of_what_is_not_there_are_refused(sheets):
    done = check(*sheets, "--set", "marks={Q: 1}")
    assert done.code == 3
    assert "no quantity is called 'Q'" in done.stderr


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("configs/equations/residual.yaml", ["L=0"]),
        ("configs/equations/batch-norm.yaml", ["dn=0.3"]),
        ("configs/equations/attention.yaml", ["WQ=[[1, 2], [3, 4]]"]),
        ("configs/relu-3-2-2-1-rss.yaml", ["dL/dL=nan", "L=Infinity"]),
        ("configs/adam-constant-gradient.yaml", ["theta=1", "dtheta=3"]),
    ],
)
def test_odd_answers_are_judged_like_any_other(file, answers):
    done = invoke(["check", file, *(part for answer in answers for part in ("--answer", answer))])
    assert done.code == 1
    assert "wrong" in done.stdout


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("zH: [4, -1]", "did you mean 'z_H'?"),
        ("dWH: [1]", "did you mean 'dW_H'?"),
        ("dL/dw_h: 1", "did you mean 'W_H'?"),
        ("", "answers stand by quantity, as in L: 0.5"),
        ("# nothing", "answers stand by quantity, as in L: 0.5"),
        ("- 4", "answers stand by quantity, as in L: 0.5"),
        ("z_H: (4, -1)", "a list is written [4, -1]"),
        ("z_H: '[4, -1]'", "a list stands without quotes: [4, -1]"),
        ("L: 1,6e-6", "a decimal comma? write 1.6e-6"),
        ("yhat: 99.99%", "a percentage is written as a number: 0.9999"),
        ("L: = 3", "nothing stands on one side of '='"),
        ("sample 2: {z_H: [1, 2]}", "there is only one"),
        ("z_H[3]: 1", "z_H has 2 entries; indices count from 1"),
        ("adamm: {step 1: {W_H: 1}}", "no optimizer here is called 'adamm'"),
        ("step 1: {n: {W_H: 1}}", "'n' is nothing that a step has"),
    ],
)
def test_what_was_meant_is_told(answers, told, tmp_path):
    sheet = tmp_path / "answers.yaml"
    sheet.write_text(answers, encoding="utf-8")
    done = invoke(["check", "configs/example.yaml", str(sheet)])
    assert done.code == 3
    assert told in done.stderr


def test_the_class_is_counted_in_ascii_too(tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.yaml").write_text("L: 1.6185e-6", encoding="utf-8")
    done = invoke(["check", "configs/example.yaml", *map(str, sorted(tmp_path.iterdir())), "--ascii"])
    assert "   2  ########################  the logarithm to base 10" in done.stdout


def test_a_single_wrong_number_among_right_ones_is_no_mistake_that_they_contradict():
    done = invoke(["check", "configs/example.yaml", "--answer", "z_H=[4, 1]"])
    assert "It is what one gets with the sign wrong." in done.stdout
