"""Every page of the worked cases as a sheet of answers: its slips are found with their causes, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from comparator import cases_folder, read_trainings
from invoke import invoke
from texts import read_texts

import gradcalc
from gradcalc.study.check import Checked

FOLDER = cases_folder()
FORMULAS = yaml.safe_load((Path(__file__).parent / "answers" / "formulas.yaml").read_text(encoding="utf-8"))
# what the numbers that a page misprints come from, in the words of the catalogue
CAUSES = {
    "relu-sigmoid-bce": {"L": "log10"},
    ("rmsprop", "2", "s", "w1"): "root_for_argument",
    ("rmsprop", "2", "s", "b1"): "decimal_point",
    ("adam", "1", "m", "b1"): "miscopied",
    ("adam", "2", "v_hat", "b1"): "decimal_point",
    ("adam", "2", "v_hat", "w2"): "decimal_point",
    ("adam", "2", "v_hat", "b2"): "decimal_point",
}

with_cases = pytest.mark.skipif(not FOLDER.is_dir(), reason="the worked cases are not here; set GRADCALC_CASES")


def pages():
    """Each network of the cases, with all numbers that its page prints."""
    for path in sorted(FOLDER.glob("*.yaml")):
        case = read_texts(path)
        for one in case.get("problems", [case]):
            if "layers" in one.get("problem", {}) and "expect" in one:
                yield pytest.param(path.stem, one, id=path.stem)


@with_cases
@pytest.mark.parametrize(("name", "page"), [*pages()])
def test_a_page_has_the_slips_that_are_known_and_no_others(name, page, tmp_path):
    answers = merged(page["expect"], page.get("carried", {}))
    printed = {slip["quantity"]: slip["printed"] for slip in page.get("slips", []) if "quantity" in slip}
    answers |= {quantity: printed[quantity] for quantity in CAUSES.get(name, {})}
    problem = tmp_path / "problem.yaml"
    problem.write_text(as_yaml(page["problem"]), encoding="utf-8")
    sheet = tmp_path / "answers.yaml"
    sheet.write_text(as_yaml(answers), encoding="utf-8")
    checked = gradcalc.check(gradcalc.load(problem), str(sheet))
    found = {entry.key.quantity: [cause.name for cause in entry.causes] for entry in wrong(checked)}
    assert found == {quantity: [cause] for quantity, cause in CAUSES.get(name, {}).items()}
    assert {entry.word for entry in checked.entries} <= {"right", "wrong"}


def merged(first, second):
    """Both mappings of printed numbers; of an array each has some entries."""
    found = dict(first)
    for name, value in second.items():
        own = found.get(name)
        found[name] = [b if a is None else a for a, b in zip(own, value, strict=True)] if own else value
    return found


def as_yaml(texts) -> str:
    """Mappings, lists and texts as YAML, a text as it stands: its digits are kept."""
    if isinstance(texts, dict):
        return "{" + ", ".join(f'"{key}": {as_yaml(value)}' for key, value in texts.items()) + "}"
    if isinstance(texts, list):
        return "[" + ", ".join(map(as_yaml, texts)) + "]"
    if texts is None:
        return "null"
    return texts if re.fullmatch(r"[-+.\w]+", texts) else json.dumps(texts)


def wrong(checked: Checked):
    return [entry for entry in checked.entries if entry.word == "wrong"]


@with_cases
@pytest.mark.parametrize("case", read_trainings(FOLDER) if FOLDER.is_dir() else [], ids=lambda case: case.name)
def test_a_run_of_a_page_has_the_slips_that_are_known_and_no_others(case, tmp_path):
    optimizer = case.name.partition(", ")[2].split()[0]
    printed = {**case.expect, **{entry: texts[0] for entry, texts in case.slips.items()}}
    steps: dict = {}
    for entry, text in printed.items():
        steps.setdefault(f"step {entry.step}", {}).setdefault(entry.quantity, {})[entry.parameter] = text
    problem, sheet = tmp_path / "problem.yaml", tmp_path / "answers.yaml"
    problem.write_text(case.problem, encoding="utf-8")
    sheet.write_text(as_yaml(steps), encoding="utf-8")
    arguments = [
        argument for pair in zip(case.arguments[::2], case.arguments[1::2], strict=True) for argument in shown(*pair)
    ]
    done = invoke(["check", str(problem), str(sheet), *arguments, "--format", "json"])
    assert done.stderr == ""
    entries = json.loads(done.stdout)["entries"]
    found = {
        (optimizer, str(entry["step"]), entry["quantity"], entry["parameter"]): entry["causes"][0]["name"]
        for entry in entries
        if entry["verdict"] != "right"
    }
    assert found == {(optimizer, *entry): CAUSES[(optimizer, *entry)] for entry in case.slips}
    assert len(entries) == len(printed)


def shown(flag: str, value: str):
    """Which steps are shown is nothing that answers depend on."""
    return () if flag == "--show" else (flag, value)


def formulas():
    for case in FORMULAS:
        for kind in ("right", "wrong"):
            for name, value in case.get(kind, {}).items():
                inner = value if isinstance(value, dict) and "formula" not in value else {None: value}
                for parameter, told in inner.items():
                    yield pytest.param(
                        case, name, parameter, told, id=f"{Path(case['problem']).stem} {name} {parameter or ''}"
                    )


@pytest.mark.parametrize(("case", "name", "parameter", "told"), [*formulas()])
def test_a_formula_of_a_page_is_compared_as_a_function_and_a_wrong_one_has_its_cause(case, name, parameter, told):
    text = told["formula"] if isinstance(told, dict) else told
    answers = {name: {parameter: text} if parameter else text}
    answers = {f"step {case['step']}": answers} if "step" in case else answers
    answers = {case["run"]: answers} if "run" in case else answers
    problem = gradcalc.loads(case["problem"]) if case["problem"].startswith("{") else gradcalc.load(case["problem"])
    (entry,) = gradcalc.check(problem, answers).entries
    if isinstance(told, dict):
        assert entry.word == "wrong"
        assert told["cause"] in [cause.name for cause in entry.causes]
        assert any(told.get("text", "") in cause.text for cause in entry.causes)
    else:
        assert entry.word == "right"
