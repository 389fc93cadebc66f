"""The checks of the optimizers table are worth something: they refuse the rows that are broken on purpose."""

from __future__ import annotations

import pytest
from optimizer_checks import check
from optimizer_mutants import AGREED, TOLD
from test_papers import check_papers
from variants import ROWS


@pytest.mark.parametrize("mistake", TOLD)
def test_a_row_whose_rules_are_not_its_code_is_refused(mistake):
    with pytest.raises(AssertionError):
        check(TOLD[mistake])


@pytest.mark.parametrize("mistake", AGREED)
def test_a_row_that_is_wrong_in_code_and_rules_is_not_that_of_the_paper(mistake):
    with pytest.raises(AssertionError):
        check_papers(AGREED[mistake])


@pytest.mark.parametrize("name", sorted({row.name for row in (*TOLD.values(), *AGREED.values())}))
def test_the_rows_are_right_without_their_mistakes(name):
    check(ROWS[name])
    check_papers(ROWS[name])
