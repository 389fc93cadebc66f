"""Every page of the worked cases as sheets of answers: its slips are found with their causes, and nothing else."""

from __future__ import annotations

import json
import re

import pytest
from invoke import invoke
from pages import FOLDER, NO_VALUES, Page, as_yaml, leaves, printed, read_pages
from turns import in_turn

PAGES = read_pages()
pytestmark = pytest.mark.skipif(not PAGES, reason=f"the worked cases are not in {FOLDER}; set GRADCALC_CASES")
each = in_turn("page", PAGES, PAGES[::4], ids=[page.name for page in PAGES])


def entries(page: Page, answers: dict, tmp_path) -> list[dict]:
    """What `check` says of a sheet."""
    problem, sheet = tmp_path / "problem.yaml", tmp_path / "answers.yaml"
    problem.write_text(page.problem, encoding="utf-8")
    sheet.write_text(as_yaml(answers), encoding="utf-8")
    file = page.problem if page.problem.startswith("configs/") else str(problem)
    done = invoke(["check", file, str(sheet), *page.arguments, "--format", "json"])
    assert done.stderr == ""
    return json.loads(done.stdout)["entries"]


def parts(answers: dict) -> list[str]:
    """Every answer as it is written, the parts of an equation by themselves."""
    return [part.strip() for _, text in leaves(answers) for part in re.split(r" = ", text)]


@each
def test_a_page_has_the_slips_that_are_known_and_no_others(page, tmp_path):
    if not page.answers:
        return
    found = entries(page, page.answers, tmp_path)
    given = {part.strip() for entry in found for part in re.split(r" = ", entry["written"])}
    assert [part for part in parts(page.answers) if part not in given] == [], "answers that were not judged"
    wrong = {entry["written"]: entry["causes"] for entry in found if entry["verdict"] == "wrong"}
    named = {slip.printed: [text for _, text in leaves(slip.answers) if text in wrong] for slip in page.slips}
    assert all(len(texts) == 1 for texts in named.values()), "a slip that was not found, or more than one"
    assert sorted(wrong) == sorted(text for texts in named.values() for text in texts)
    for slip in page.slips:
        (text,) = named[slip.printed]
        assert slip.cause in [cause["name"] for cause in wrong[text]]
        assert any(slip.text in cause["text"] for cause in wrong[text])
    assert {entry["verdict"] for entry in found} <= {"right", "wrong"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.exact], ids=lambda page: page.name)
def test_the_exact_numbers_of_a_page_are_right(page, tmp_path):
    found = entries(page, page.exact, tmp_path)
    assert {entry["written"] for entry in found} <= {*parts(page.exact)}
    assert {entry["verdict"] for entry in found} == {"right"}


def test_everything_that_the_cases_print_is_on_a_sheet():
    held = {(page.case, way) for page in PAGES for way in page.held}
    left = [one for one in printed() if one not in held]
    assert [way for _, way in left if not way[-1].startswith(NO_VALUES)] == []
    assert len(left) == len(NO_VALUES)
    assert len({*printed()}) > 250


def test_every_sheet_holds_something_that_its_case_prints():
    every = {*printed()}
    assert [page.name for page in PAGES if not {(page.case, way) for way in page.held} <= every or not page.held] == []
