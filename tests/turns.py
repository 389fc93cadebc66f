"""Which of many cases of one claim every run looks at; all of them have their turn in the slow step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import pytest
from hypothesis import given, settings


def in_turn(names: str, cases: Iterable, now: Collection, ids: Callable[[Any], str] | Iterable[str] | None = None):
    """A test for each case, which is slow for those that are not among `now`."""
    every, several = list(cases), "," in names
    assert now or not every, names
    assert [case for case in now if case not in every] == []
    parameters = [
        pytest.param(*(case if several else [case]), marks=() if case in now else pytest.mark.slow) for case in every
    ]
    return pytest.mark.parametrize(names, parameters, ids=ids)


def _settings(count: int) -> settings:
    return settings(max_examples=count)


def examples_in_turn(few: int, every: int, *strategies: Any, how: Callable[[int], settings] = _settings):
    """A test of what the strategies draw: of a few examples in every run, and in the slow step of as many as it takes.

    `how` makes the settings for so many examples.
    """

    def decorate(test):
        @pytest.mark.parametrize("count", [few, pytest.param(every, marks=pytest.mark.slow)])
        def examined(count):
            how(count)(given(*strategies)(test))()

        examined.__name__, examined.__doc__ = test.__name__, test.__doc__
        return examined

    return decorate
