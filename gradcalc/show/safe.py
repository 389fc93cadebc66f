"""Text that is safe to show: nothing in it is obeyed, and all of it can be said in ASCII."""

from __future__ import annotations

import re
from functools import cache

# Spaces that say False to isprintable, but only take room.
_SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")


def safe_text(text: str) -> str:
    r"""`text` with control, format, bidi, surrogate and unassigned characters spelled out.

    >>> print(safe_text("red\x1b[31m, tab\t, back\u202e"))
    red\x1b[31m, tab\t, back\u202e
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in _SPACES else repr(sign)[1:-1] for sign in text)


def to_ascii(text: str) -> str:
    r"""`text` in ASCII: a twin for each sign of mathematics, a backslash and a number for the rest.

    >>> print(to_ascii("∂L/∂z = ŷ − y, x⁻¹, ½ η Σx ≤ 2×3, é"))
    dL/dz = yhat - y, x^-1, (1/2) eta sum x <= 2x3, \xe9
    """
    if text.isascii():
        return text
    text = re.sub(f"[{_POWERS}]+", lambda run: "^" + run[0].translate(_POWER_DIGITS), text)
    text = re.sub(f"([{_WORD_SIGNS}])(?=[^\\W\\d_])", r"\1 ", text)
    return text.translate(_TWINS).encode("ascii", "backslashreplace").decode("ascii")


def display_width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return len(text) if _NARROW.fullmatch(text) else sum(map(_columns, text))


@cache
def _columns(sign: str) -> int:
    import unicodedata  # noqa: PLC0415 - mathematics hardly ever comes this far

    if unicodedata.category(sign) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


# Latin, Greek, punctuation, super- and subscripts, letterlike signs, arrows, operators, box drawing: a column each.
_NARROW = re.compile("[\x20-\u02ff\u0370-\u0482\u1e00-\u20cf\u2100-\u22ff\u2500-\u257f]*")

_POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗⁿᵏᵀ"
_POWER_DIGITS = str.maketrans(_POWERS, "0123456789+-tnkT")

# A letter after one of these gets a space before it: βv is beta v.
_WORDS = {
    "Σ": "sum", "∑": "sum", "∏": "prod", "√": "sqrt", "∇": "grad",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "ϵ": "eps", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "∆": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_WORD_SIGNS = "".join(_WORDS)

_TWINS = str.maketrans({
    **_WORDS,
    "∂": "d", "ŷ": "yhat", "ẑ": "z_hat", "ŵ": "w_hat", "ȳ": "y_bar", "\u0302": "_hat", "\u0304": "_bar",
    "\u0303": "_tilde",
    "−": "-", "–": "-", "—": "--", "‐": "-", "‑": "-", "×": "x", "⊙": "*", "∘": "o", "·": "*", "⋅": "*", "∗": "*",
    "⊗": "(x)", "÷": "/", "∕": "/", "±": "+/-", "∓": "-/+", "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "≡": "==", "∝": "~", "≪": "<<", "≫": ">>", "←": "<-", "→": "->",
    "↑": "^", "↓": "v", "↦": "->", "⇒": "=>", "⇐": "<=", "⇔": "<=>", "∈": "in", "∉": "not in", "∞": "inf",
    "∅": "{}", "…": "...", "⋯": "...", "⋮": ":", "′": "'", "″": "''", "‘": "'", "’": "'", "“": '"', "”": '"',
    "‖": "||", "∥": "||", "∣": "|", "⟨": "<", "⟩": ">", "⌊": "floor(", "⌋": ")", "ℓ": "l", "ℝ": "R", "𝔼": "E",
    "ᵢ": "_i", "ⱼ": "_j", "ₖ": "_k", "ₙ": "_n", "ₘ": "_m", "ₜ": "_t", "₊": "+", "₋": "-",
    "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
    "─": "-", "━": "-", "═": "=", "│": "|", "┃": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+",
    "┬": "+", "┴": "+", "┼": "+", "•": "*", "✓": "ok", "✔": "ok", "✗": "x", "✘": "x", "°": " deg", "§": "section ",
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    **dict.fromkeys(_SPACES, " "),
})  # fmt: skip
