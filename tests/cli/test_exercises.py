"""`gradcalc exercise`: problem files and blank sheets, alone and many at a time."""

from __future__ import annotations

import json

import pytest
from invoke import invoke
from turns import in_turn

NETWORK = ["--layers", "2-2-1", "--activation", "relu,sigmoid", "--loss", "bce", "--decimals", "1"]
SMALL = ["--layers", "2-1", "--activation", "sigmoid"]
ADAM = ["--optimizer", "adam", "--steps", "2"]


@in_turn(
    "flags", [NETWORK, ADAM, ["--layers", "2-1", *ADAM], ["--loss", "mse", "--samples", "2", "--dead"]], [NETWORK, ADAM]
)
def test_an_exercise_is_a_problem_that_its_own_comment_makes_again(flags):
    made = invoke(["exercise", *flags, "--seed", "7"])
    assert (made.code, made.stderr) == (0, "")
    command = made.stdout.splitlines()[0].removeprefix("# made by: gradcalc ").split()
    assert invoke(command).stdout == made.stdout
    key = invoke(["solve", "-", "--format", "json"], made.stdout)
    assert (key.code, key.stderr) == (0, "")


def test_the_key_of_an_exercise_is_an_answer_file_that_is_all_right(tmp_path):
    problem, key = tmp_path / "problem.yaml", tmp_path / "key.json"
    problem.write_text(invoke(["exercise", *NETWORK, "--seed", "7"]).stdout)
    key.write_text(invoke(["backward", str(problem), "--format", "json"]).stdout)
    assert invoke(["check", str(problem), str(key)]).code == 0


def test_a_class_gets_an_exercise_each_with_its_sheet(tmp_path):
    where = ["--seed", "7", "--count", "3", "--out"]
    assert invoke(["exercise", *SMALL, *where, str(tmp_path / "week.yaml")]).code == 0
    assert invoke(["exercise", *SMALL, "--sheet", *where, str(tmp_path / "week.md")]).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("week-01.md", "week-01.yaml", "week-02.md", "week-02.yaml", "week-03.md", "week-03.yaml")
    ]
    for number in (1, 2, 3):
        problem, sheet = tmp_path / f"week-0{number}.yaml", tmp_path / f"week-0{number}.md"
        alone = invoke(["exercise", *SMALL, "--seed", str(6 + number)])
        assert problem.read_text() == alone.stdout
        output = json.loads(invoke(["forward", str(problem), "--format", "json"]).stdout)["loss"]
        sheet.write_text(sheet.read_text().replace("| L |  |", f"| L | {output:.4f} |"))
        assert invoke(["check", str(problem), str(sheet)]).code == 0
        sheet.write_text(sheet.read_text().replace(f"| L | {output:.4f} |", f"| L | {-output:.4f} |"))
        assert invoke(["check", str(problem), str(sheet)]).code == 1


def test_no_file_is_written_where_one_of_them_is_there_already(tmp_path):
    (tmp_path / "week-02.yaml").write_text("mine")
    where = ["--seed", "7", "--count", "3", "--out", str(tmp_path / "week.yaml")]
    assert invoke(["exercise", *SMALL, *where]).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["week-02.yaml"]
    assert (
        invoke(
            ["exercise", *SMALL, *["--seed", "7", "--count", "3", "--force", "--out"], str(tmp_path / "week.yaml")]
        ).code
        == 0
    )
    assert (tmp_path / "week-02.yaml").read_text() != "mine"


def test_json_has_several_exercises_each_a_problem_of_its_own(tmp_path):
    found = json.loads(invoke(["exercise", *SMALL, "--count", "2", "--seed", "7", "--format", "json"]).stdout)
    assert found["schema"] == "gradcalc.exercise/1"
    assert [one["seed"] for one in found["exercises"]] == [7, 8]
    for one in found["exercises"]:
        problem = tmp_path / "problem.json"
        problem.write_text(json.dumps(one["problem"]))
        assert invoke(["backward", str(problem)]).code == 0
        alone = invoke(["exercise", *SMALL, "--seed", str(one["seed"])]).stdout
        assert all(mistake["text"][:40] in alone for mistake in one["unseen"])


def test_without_a_seed_the_file_says_which_one_was_drawn():
    first, second = (invoke(["exercise", *SMALL]).stdout for _ in range(2))
    assert first != second
    assert invoke(first.splitlines()[0].removeprefix("# made by: gradcalc ").split()).stdout == first


@pytest.mark.parametrize("form", ["markdown", "latex", "csv"])
def test_a_problem_of_ones_own_has_a_sheet(form):
    done = invoke(["exercise", "configs/xor.yaml", "--sheet", "--format", form])
    assert (done.code, done.stderr) == (0, "")
    assert "dW1" in done.stdout


def test_the_comments_of_an_exercise_are_ascii_where_that_is_asked_for():
    flags = ["--layers", "2-1", "--activation", "relu", "--loss", "mse", "--seed", "1"]
    plain, signs = (invoke(["exercise", *flags, *more]).stdout for more in (["--ascii"], []))
    assert plain.isascii()
    assert not signs.isascii()
    assert [line for line in plain.splitlines() if line[0] != "#"] == [
        line for line in signs.splitlines() if line[0] != "#"
    ]


def test_a_sheet_that_nobody_has_filled_in_has_no_verdicts(tmp_path):
    (tmp_path / "sheet.md").write_text(invoke(["exercise", "configs/xor.yaml", "--sheet"]).stdout)
    done = invoke(["check", "configs/xor.yaml", str(tmp_path / "sheet.md")])
    assert (done.code, done.stderr) == (0, "")
    assert "Nothing is answered yet.\n" in done.stdout
    assert "verdict" not in done.stdout


def test_a_flag_that_sets_a_key_of_the_file_shows_in_it():
    done = invoke(["exercise", *NETWORK, "--set", "notation=bishop", "--set", "weight_layout=in_out", "--seed", "1"])
    assert "notation: bishop" in done.stdout
    assert invoke(["backward", "-"], done.stdout).code == 0


REFUSED = {
    "--layers 2x2": (2, "--layers 2x2 names no layers"),
    "--layers 2": (2, "inputs and the units of each layer"),
    "--layers 2-0": (2, "names no layers"),
    "--layers 50-50-50": (5, "more than 400 weights"),
    "--activation rleu,sigmoid": (2, "did you mean 'relu'"),
    "--activation relu": (2, "--activation names 1 for 2 layers"),
    "--activation step,sigmoid": (2, "step passes no gradient back"),
    "--loss bcee": (2, "did you mean 'bce'"),
    "--loss huber:delta=-1": (2, "delta"),
    "--samples 0": (2, "--samples 0 is not from 1 to 10"),
    "--decimals 9": (2, "--decimals 9 is not from 0 to 3"),
    "--count 0": (2, "--count 0 is not from 1 to 1000"),
    "--count 2": (2, "several exercises need a file each"),
    "--seed -1": (2, "--seed -1"),
    "--digits 4": (2, "--digits 4 is neither 4dp"),
    "--steps 2": (2, "--steps belongs to an optimizer"),
    "--beta1 0.5": (2, "--beta1 belongs to an optimizer"),
    "--optimizer adamm": (2, "did you mean 'adam'"),
    "--optimizer adam --steps x": (2, "steps"),
    "--optimizer adam --steps 1000": (5, "more than a hand works"),
    "--optimizer sgd,adam": (2, "an exercise has one optimizer"),
    "--optimizer polyak": (3, "polyak"),
    "--format csv": (2, "a problem is written as yaml, json"),
    "--sheet --format yaml": (2, "a sheet is written as markdown, latex, csv"),
    "--standalone": (2, "--standalone makes a document"),
    "--set colour=red": (3, "unknown key 'colour'"),
    "configs/xor.yaml": (2, "only lacks its sheet"),
    "configs/xor.yaml --sheet --layers 2-1": (2, "--layers is for a new exercise"),
    "configs/xor.yaml --sheet --seed 0": (2, "--seed is for a new exercise"),
    "configs/xor.yaml --sheet --set loss=mse": (2, "--set is for a new exercise"),
    "configs/letters/two-layer.yaml --sheet": (2, "letters for its numbers"),
    "configs/nothing.yaml --sheet": (3, "nothing.yaml"),
    "--activation logsigmoid --loss cross_entropy --layers 2-2": (4, "L"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_makes_no_exercise_is_refused_and_said(line):
    code, said = REFUSED[line]
    done = invoke(["exercise", *line.split()])
    assert done.code == code
    assert said in done.stderr
    assert done.stdout == ""
