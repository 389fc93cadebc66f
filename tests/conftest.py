"""Hypothesis draws the same examples in every run; `pytest --hypothesis-profile=default` draws new ones."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")
