"""Hypothesis draws the same examples in every run; `pytest --hypothesis-profile=default` draws new ones."""

from __future__ import annotations

import os
import sys

from hypothesis import settings

# each of some hundred processes that the tests start would compile the package anew, and every run the tests themselves
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")
