"""Every formula and every number that the worked cases print of functions comes out of `jacobian`."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import pytest
from comparator import (
    FULL_TOLERANCE,
    Functions,
    cases_folder,
    is_exact,
    is_printed,
    printed_formula,
    read_functions,
    same_letters,
    squeeze,
)
from invoke import invoke

CASES = read_functions(cases_folder())
# what a page calls otherwise than we do, who call a function by its name
NAMES = {"∂ ln p_i/∂z_j": "∂lp_i/∂z_j"}
pytestmark = pytest.mark.skipif(not CASES, reason=f"the worked cases are not in {cases_folder()}; set GRADCALC_CASES")
each = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def run(case: Functions, tmp_path, *more: str) -> str:
    path = tmp_path / "problem.yaml"
    path.write_text(case.problem, encoding="utf-8")
    boundary = ["--boundary"] if "normal" in case.expect else []
    done = invoke(["jacobian", str(path), *boundary, *more])
    assert (done.code, done.stderr) == (0, "")
    return done.stdout


def letters(page: str) -> dict[str, list[str]]:
    """What the page says in letters, by what it says it of: the lines above the tables, and the rows of the first."""
    lines = page.partition("\nNumbers\n")[0].splitlines()
    told: dict[str, list[str]] = {}
    for line in lines:
        row = re.fullmatch(r"(\S.*?) {2,}(\S+) {2,}(\S.*)", line)
        if row is not None:
            told[row[1]] = [row[3]]
        elif told and line.startswith("  "):
            # a matrix has a line for each of its rows
            told[[*told][-1]][0] += f", {line.strip()}"
    found = {name: (f"[{text}]" if "], [" in text else text).split(" = ") for name, (text,) in told.items()}
    return found | {line.partition(" = ")[0]: line.split(" = ")[1:] for line in lines if " = [" in line}


def test_the_cases_have_eight_problems_of_functions():
    assert len(CASES) == 8
    assert sum(len(case.formulas) for case in CASES) >= 11


@each
def test_every_formula_of_a_case_stands_on_the_page(case, tmp_path):
    page = run(case, tmp_path)
    told = letters(page)
    for formula in case.formulas:
        name, forms = printed_formula(formula)
        ours = next(value for key, value in told.items() if same_letters(key, NAMES.get(name, name)))
        for form in forms:
            assert any(same_letters(form, own) for own in ours), (formula, ours)
        if formula.endswith("the same both ways"):
            assert "the chain rule and the direct derivative are the same" in page


@each
def test_every_number_of_a_case_comes_out(case, tmp_path):
    record = json.loads(run(case, tmp_path, "--format", "json"))
    functions, composition = record["functions"], record["composition"]
    (last,) = {*functions} if len(functions) == 1 else {[*functions][-1]}
    found = {
        "jacobian": composition["jacobian_direct"] if composition else functions[last]["jacobian"],
        **{f"jacobian_{name}": function["jacobian"] for name, function in functions.items()},
        **(record["boundary"] or {}),
    }
    for written, agrees in ((case.expect, is_printed), (case.exact, is_exact)):
        for name, text in written.items():
            assert entries_agree(squeeze(text), squeeze(found[name]), agrees), name


def entries_agree(written, true, agrees) -> bool:
    if isinstance(written, list):
        pairs = zip(written, true, strict=True)
        return all(entries_agree(text, value, agrees) for text, value in pairs)
    return written == true if isinstance(true, str) else agrees(written, true)


@each
def test_letters_and_numbers_are_those_of_each_other(case, tmp_path):
    """The letters of the JSON are formulas that can be asked for again, and give the same numbers."""
    record = json.loads(run(case, tmp_path, "--format", "json"))
    for name, function in record["functions"].items():
        if function["at"] is None or any(isinstance(value, list) for value in function["at"].values()):
            continue
        at = ",".join(f"{arg}={value!r}" for arg, value in function["at"].items())
        args = ", ".join(function["args"])
        for row, expected in zip(function["symbolic"], function["jacobian"], strict=True):
            again = invoke(["jacobian", f"{name}({args}) = [{', '.join(row)}]", "--at", at, "--format", "json"])
            told = json.loads(again.stdout)["functions"][name]["value"]
            assert all(
                abs(Fraction(p) - Fraction(q)) <= FULL_TOLERANCE * max(1, abs(Fraction(q)))
                for p, q in zip(told, expected, strict=True)
            )


def test_a_formula_with_another_sign_or_number_is_not_on_the_page(tmp_path):
    case = next(case for case in CASES if any("15xy²" in formula for formula in case.formulas))
    told = letters(run(case, tmp_path))
    for formula in case.formulas:
        name, (form,) = printed_formula(formula)
        ours = next(value for key, value in told.items() if same_letters(key, name))
        for wrong in (re.sub("15", "14", form), form.replace("−", "+", 1), form.replace("x", "y", 1)):
            assert wrong != form
            assert not any(same_letters(wrong, own) for own in ours)
