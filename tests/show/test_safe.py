"""Text is shown, never obeyed, and can be said in ASCII."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcalc.show.safe import display_width, safe_text, to_ascii
from gradcalc.show.spark import BARS

OBEYED = [
    ("\x1b[2J\x1b]0;t\x07", r"\x1b[2J\x1b]0;t\x07"),
    ("\x9b31m", r"\x9b31m"),
    ("a\nb\tc\rd", r"a\nb\tc\rd"),
    ("\u202eabc\u2066", r"\u202eabc\u2066"),
    ("\u200b\ufeff\u00ad", r"\u200b\ufeff\xad"),
    ("\ud800", r"\ud800"),
    ("\U000e0041", r"\U000e0041"),
    ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
]


@pytest.mark.parametrize(("text", "shown"), OBEYED)
def test_signs_that_a_terminal_obeys_are_spelled_out(text, shown):
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    "text", ["W[out]", ":bug:", r"\input{x}", "∂L/∂ŷ ⊙ σ′(z)", "日本語　x", "a\u00a0b", "naïve é", "m̂"]
)
def test_everything_else_is_shown_as_it_is(text):
    assert safe_text(text) == text


@given(st.text())
def test_no_control_or_format_character_survives(text):
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in safe_text(text))


@given(st.text())
def test_safe_text_of_safe_text_changes_nothing(text):
    assert safe_text(safe_text(text)) == safe_text(text)


TWINS = [
    ("∂L/∂W_Hᵀ ⊙ ŷ · x − 1", "dL/dW_H^T * yhat * x - 1"),
    ("Σ_k ½(ŷ−y)²", "sum_k (1/2)(yhat-y)^2"),
    ("Σw + √v + √(v̂ + ε)", "sum w + sqrt v + sqrt(v_hat + eps)"),
    ("β1ᵗ, ηg, θ ← θ − η m̂", "beta1^t, eta g, theta <- theta - eta m_hat"),
    ("x⁻¹ y¹⁰ W₁₂ 2×3", "x^-1 y^10 W12 2x3"),
    ("≤ ≥ ≠ → ← ∞ ‖g‖ σ′", "<= >= != -> <- inf ||g|| sigma'"),
    ("┐┘─│ …", "++-| ..."),
    ("ẑ δ1 λW", "z_hat delta1 lambda W"),
    ("é 日 \U0001f41b", r"\xe9 \u65e5 \U0001f41b"),
]


@pytest.mark.parametrize(("text", "twin"), TWINS)
def test_each_sign_of_mathematics_has_a_twin(text, twin):
    assert to_ascii(text) == twin


@given(st.text())
def test_to_ascii_gives_ascii_and_leaves_ascii_alone(text):
    twin = to_ascii(text)
    assert twin.isascii()
    assert to_ascii(twin) == twin


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("∂L/∂ŷ − σ", 9), ("日本", 4), ("m̂", 1), ("x⃗", 1), ("─│", 2), ("", 0)]
)
def test_a_wide_sign_takes_two_columns_and_a_mark_none(text, columns):
    assert display_width(text) == columns


@given(st.characters(min_codepoint=0x20, exclude_categories=["Cc", "Cf", "Cs", "Mn", "Me", "Cn"]))
def test_the_quick_way_to_a_width_agrees_with_unicode(sign):
    assert display_width(sign) == (2 if unicodedata.east_asian_width(sign) in "WF" else 1)


def test_bars_of_every_height_have_a_sign_of_their_own_in_ascii():
    assert to_ascii(BARS).isascii()
    assert len({*to_ascii(BARS)}) == len(BARS) == len(to_ascii(BARS))
