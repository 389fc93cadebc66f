"""The catalogue of mistakes: each row one thing that is done otherwise, wherever a problem has a place for it."""

from __future__ import annotations

from gradcalc.study.mistakes import layers, losses, slopes, steps
from gradcalc.study.mistakes.row import Mistake

ROWS: tuple[Mistake, ...] = (*slopes.ROWS, *losses.ROWS, *layers.ROWS, *steps.ROWS)
