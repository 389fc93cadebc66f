"""Formulas that people write: a text becomes tokens, the tokens a checked tree, the tree a number or equations."""

from __future__ import annotations

from gradcalc.engine.expression.constant import CONSTANTS, FUNCTIONS, constant

__all__ = ["CONSTANTS", "FUNCTIONS", "constant"]
