"""Answers are understood in the spellings that people have, and what is not understood is located."""

from __future__ import annotations

import pytest

import gradcalc
from gradcalc.errors import ProblemError, UsageError
from gradcalc.problem.answer_files import from_flags, load_answers
from gradcalc.problem.answers import Key
from gradcalc.problem.claims import read_answers
from gradcalc.problem.reader import read
from gradcalc.study.truth import Truth

LAYERS = """
{input: [[1, 2], [3, 4]], target: [1, 0], loss: bce, optimizer: {name: adam}, steps: 3, layers: [
  {name: H, weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu},
  {weights: [[4, 6]], bias: -3.5, activation: sigmoid}]}
"""
GIVEN = """
{parameters: {w: 1, b: [0, 2]}, gradients: {w: 0.5, b: [1, 2]}, steps: 2,
 optimizer: [{name: sgd, lr: 0.1}, {name: momentum, lr: 0.1}]}
"""
ONE = "{parameters: {theta: 0}, gradients: {theta: 2}, optimizer: {name: adam}, steps: 3}"

MEANT = [
    (LAYERS, "z_H: [[1, 2], [3, 4]]", Key("z_H"), ()),
    (LAYERS, "'z_H[1,2]': 1", Key("z_H"), (0, 1)),
    (LAYERS, "'dW_H[2]': [1, 2]", Key("dW_H"), (1,)),
    (LAYERS, "dL/dW_H: [[1, 2], [3, 4]]", Key("dW_H"), ()),
    (LAYERS, "grad_b2: 1", Key("db2"), ()),
    (LAYERS, "δ2: [1, 2]", Key("dz2"), ()),
    (LAYERS, "yhat: [1, 2]", Key("a2"), ()),
    (LAYERS, "da_H/dz_H: [[1, 2], [3, 4]]", Key("da_H/dz_H"), ()),
    (LAYERS, "loss: 1", Key("L"), ()),
    (LAYERS, "sample_losses: [1, 2]", Key("sample_losses"), ()),
    (LAYERS, "'sample_losses[2]': 1", Key("sample_losses"), (1,)),
    (LAYERS, "'ℓ[1]': 1", Key("sample_losses"), (0,)),
    (LAYERS, "sample 2: {z_H: [1, 2]}", Key("z_H"), (1,)),
    (LAYERS, "sample 2: {'z_H[1]': 1}", Key("z_H"), (1, 0)),
    (LAYERS, "sample 1: {L: 0.5}", Key("sample_losses"), (0,)),
    (LAYERS, "step 2: {m: {b2: 0.5}}", Key("m", 2, "b2"), ()),
    (LAYERS, "step 2: {m: {'W_H[1,2]': 0.5}}", Key("m", 2, "W_H"), (0, 1)),
    (LAYERS, "step 2: {dW_H: [[1, 2], [3, 4]]}", Key("gradients", 2, "W_H"), ()),
    (LAYERS, "step 2: {z_H: [[1, 2], [3, 4]]}", Key("z_H", 2), ()),
    (LAYERS, "b2@2: 0.5", Key("parameters", 2, "b2"), ()),
    (LAYERS, "m@2: {b2: 0.5}", Key("m", 2, "b2"), ()),
    (LAYERS, "v̂@1: {b2: 0.5}", Key("v_hat", 1, "b2"), ()),
    (LAYERS, "steps: [{step: 3, update: {b2: 1}}]", Key("update", 3, "b2"), ()),
    (LAYERS, "steps: [{step: 3, state: {m: {b2: 1}}}]", Key("m", 3, "b2"), ()),
    (GIVEN, "momentum: {step 2: {v: {w: 0.1}}}", Key("v", 2, "w", "momentum"), ()),
    (GIVEN, "Momentum: {step 2: {b: [0.1, 0.2]}}", Key("parameters", 2, "b", "momentum"), ()),
    (ONE, "step 2: {m_hat: 0.5}", Key("m_hat", 2, "theta"), ()),
    (ONE, "m@3: 0.5", Key("m", 3, "theta"), ()),
]

REFUSED = [
    (LAYERS, "z_HH: 1", "no quantity is called 'z_HH'"),
    (LAYERS, "'z_H[3,1]': 1", "indices count from 1"),
    (LAYERS, "sample 3: {z_H: [1, 2]}", "there is no sample 3"),
    (LAYERS, "sample 1: {dW_H: [1, 2]}", "belongs to all samples"),
    (LAYERS, "step 4: {m: {b2: 1}}", "there is no step 4"),
    (LAYERS, "step 1: {m: {b3: 1}}", "no quantity is called 'b3'"),
    (LAYERS, "step 1: {m: 3}", "of several parameters"),
    (LAYERS, "z_H: {a: 1}", "must be a number"),
    (GIVEN, "step 1: {w: 3}", "several optimizers"),
]


def claims(problem: str, answers: str):
    return read_answers(read(answers.encode(), "answers.yaml"), Truth(gradcalc.loads(problem)).vocabulary)


@pytest.mark.parametrize(("problem", "answers", "key", "within"), MEANT)
def test_an_answer_is_about_the_quantity_that_it_names(problem, answers, key, within):
    (claim,) = claims(problem, answers)
    assert (claim.key, claim.within) == (key, within)


@pytest.mark.parametrize(("problem", "answers", "message"), REFUSED)
def test_what_is_no_answer_is_refused_at_its_place(problem, answers, message):
    with pytest.raises(ProblemError, match=message) as caught:
        claims(problem, answers)
    assert caught.value.faults[0].place.source.name == "answers.yaml"


def test_all_faults_of_a_sheet_are_told_at_once():
    with pytest.raises(ProblemError) as caught:
        claims(LAYERS, "z9: 1\nL: 1\na9: 2")
    assert [fault.place.line for fault in caught.value.faults] == [1, 3]


def test_what_is_null_or_left_out_is_not_answered():
    assert claims(LAYERS, "{z_H: null, L: ~}") == []


def test_a_table_of_answers_reads_like_the_mapping(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text('\ufeffquantity;index;value\nz_H;1,2;0.5\nL;;1\n"dW2";;"[1, 2]"\n', encoding="utf-8")
    found = read_answers(load_answers(str(path)), Truth(gradcalc.loads(LAYERS)).vocabulary)
    assert [(claim.key.quantity, claim.within) for claim in found] == [("z_H", (0, 1)), ("L", ()), ("dW2", ())]


def test_a_table_without_its_columns_or_with_a_row_twice_is_refused(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("name,number\nL,1\n", encoding="utf-8")
    with pytest.raises(ProblemError, match="columns"):
        load_answers(str(path))
    path.write_text("quantity,value\nL,1\nL,2\n", encoding="utf-8")
    with pytest.raises(ProblemError, match="twice") as caught:
        load_answers(str(path))
    assert caught.value.faults[0].place.line == 3


def test_a_row_of_a_table_with_more_cells_than_columns_is_refused_and_nothing_of_it_is_taken(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("quantity,value\nz_O,12.5,\nz_H,4,-1\nL,1,5\n", encoding="utf-8")
    with pytest.raises(ProblemError, match="3 cells in a row of 2 columns") as caught:
        load_answers(str(path))
    assert [fault.place.line for fault in caught.value.faults] == [3, 4]


def test_flags_win_over_the_file_and_must_have_the_form_of_an_answer():
    root = from_flags(read(b"L: 1", "answers.yaml"), ["L=2", "z_H[1,1]=3"])
    assert {key: value.text for key, (_, value) in root.entries.items()} == {"L": "2", "z_H[1,1]": "3"}
    with pytest.raises(UsageError, match="QUANTITY=VALUE"):
        from_flags(None, ["L"])
