"""The checks of the table are worth something: each refuses the rows that are broken on purpose."""

from __future__ import annotations

import pytest
from checks import check, check_differences, check_rules, seed, shares, value
from mutants import MUTANTS, scaled
from samples import KINKS, SAMPLES

from gradcalc.engine.ops import OPS

# their gradient is 0, and 0 with a factor still is
LEVEL = {"step", "sign", "less", "less_equal", "greater", "greater_equal", "equal"}


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_row_with_this_mistake_is_refused(mistake):
    op = MUTANTS[mistake]
    with pytest.raises(AssertionError):
        check(op, SAMPLES[op.name], KINKS.get(op.name, ()))


@pytest.mark.parametrize("name", sorted({op.name for op in MUTANTS.values()}))
def test_the_row_is_right_without_its_mistake(name):
    check(OPS[name], SAMPLES[name], KINKS.get(name, ()))


@pytest.mark.parametrize("name", sorted(set(OPS) - LEVEL))
@pytest.mark.parametrize("factor", [-1, 2, 1.000001])
def test_a_share_or_a_rule_that_is_off_by_a_factor_is_refused(name, factor):
    op, sample = OPS[name], SAMPLES[name][0]
    broken = scaled(op, factor)
    with pytest.raises(AssertionError):
        check_differences(broken["shares"], sample)
    with pytest.raises(AssertionError):
        check_rules(broken["rules"], sample)


@pytest.mark.parametrize("name", sorted(LEVEL))
def test_only_level_rows_pass_nothing_back(name):
    for share in shares(OPS[name], SAMPLES[name][0], seed(value(OPS[name], SAMPLES[name][0]))):
        assert share is not None
        assert not share.any()
