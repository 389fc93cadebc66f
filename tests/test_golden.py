"""Every screen of every example is what was recorded and reviewed; `scripts/golden` records anew."""

from __future__ import annotations

import pytest
from goldens import FOLDER, goldens, produce

GOLDENS = goldens()
# pages in these formats are looked at by the slow step, but for those without a file
LATER = (".csv", ".markdown", ".latex")


def when(golden):
    later = golden.name.endswith(LATER) and any(word.startswith("configs/") for word in golden.arguments)
    return pytest.param(golden, id=golden.name, marks=pytest.mark.slow if later else ())


@pytest.mark.parametrize("golden", [when(golden) for golden in GOLDENS])
def test_a_screen_is_what_was_recorded(golden):
    assert produce(golden) == golden.path.read_bytes().decode()


def test_every_golden_file_belongs_to_a_screen():
    assert set(FOLDER.iterdir()) == {golden.path for golden in GOLDENS}


def test_no_recorded_screen_is_a_bug():
    assert [path.name for path in FOLDER.iterdir() if "this is a bug" in path.read_text(encoding="utf-8")] == []
