r"""A formula's tree set as LaTeX for mathematics mode, in ASCII and with nothing beyond amsmath.

What it gives is understood by pdflatex, KaTeX and MathJax alike, and no sign in it means anything to Markdown: a
subscript after a brace stands apart from its `_`, which would begin an emphasis there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from unicodedata import normalize

from gradcalc.engine.book import Word
from gradcalc.engine.features import is_fraction
from gradcalc.engine.piece import ATOM, POWER, PRODUCT, SUM, Piece
from gradcalc.engine.setting import Setter
from gradcalc.engine.style import Style

ROW = r"\\"

_COMPARED: Mapping[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}
_PLACE = re.compile(r"\(#([0-9*+])\)|#([0-9*+/|])")
# what a pair of brackets must grow for
_TALL = (r"\frac", r"\begin", r"\sum", r"\prod", r"\left")
_LONG = 200
_MOST_COLUMNS = 10
# a name of several letters, which must not run into the next
_WORD = r"\mathit"
_WORD_AT_END = re.compile(r"\\mathit\{[^{}]*\}'*(?:_ ?(?:\w|\{[^{}]*\}))?\Z")


def latex(tree: ast.expr, style: Style | None = None, row: str = ROW) -> str:
    r"""The tree as LaTeX; `row` is what parts the rows of a matrix.

    >>> from gradcalc.engine.book import parse
    >>> print(latex(parse("g * y / (1 - y)"), Style({"g": "∂L/∂a1", "y": "ŷ"})))
    \frac{\frac{\partial L}{\partial a_1} \hat{y}}{1 - \hat{y}}
    """
    return _Latex(style or Style(), row).piece(tree).text


class _Latex(Setter):
    minus = "-"
    dot = r" \cdot "
    entrywise = r" \odot "
    slash = False

    def __init__(self, style: Style, row: str) -> None:
        super().__init__(style)
        self.row = row

    def name(self, shown: str) -> Piece:
        set_name = name(shown)
        return Piece(set_name, POWER if set_name.startswith(r"\frac") else ATOM)

    def number(self, shown: str) -> Piece:
        set_number = number(shown)
        holds = PRODUCT if "^" in set_number else ATOM
        return Piece(set_number, SUM if set_number.startswith(self.minus) else holds)

    def array(self, entries: Sequence[Any]) -> str:
        if any(isinstance(entry, list) and entry and isinstance(entry[0], list) for entry in entries):
            return matrix([[self.array(entry)] for entry in entries], self.row)
        rows = [entry if isinstance(entry, list) else [entry] for entry in entries]
        if not isinstance(entries[0] if entries else 0, list) and not self.style.upright:
            rows = [list(entries)]
        return matrix([[self.entry(entry) for entry in line] for line in rows], self.row)

    def beside(self, first: str, second: str) -> str:
        apart = r" \thinspace " if second.startswith(_WORD) or _WORD_AT_END.search(first) else " "
        return first + apart + second

    def bracketed(self, inside: str) -> str:
        if not any(sign in inside for sign in _TALL):
            return f"({inside})"
        # between \left and \right no line can end
        return rf"\left( {inside} \right)" if len(inside) < _LONG else rf"\Bigl( {inside} \Bigr)"

    def quotient(self, left: ast.expr, right: ast.expr) -> str:
        command = r"\tfrac" if is_fraction(ast.BinOp(left, ast.Div(), right)) else r"\frac"
        return f"{command}{{{self.piece(left).text}}}{{{self.piece(right).text}}}"

    def raised(self, base: str, exponent: Piece) -> str:
        return f"{base}^{{{exponent.text}}}"

    def transposed(self, value: ast.expr) -> str:
        return rf"{self.inside(value, ATOM)}^{{\top}}"

    def compared(self, left: str, operator: ast.cmpop, right: str) -> str:
        return f"{left} {_COMPARED[type(operator)]} {right}"

    def truth(self, comparison: str) -> str:
        # \left and \right keep it apart from a name in front of it, whose entry it would seem to be
        return rf"\left[ {comparison} \right]"

    def applied(self, function: str, arguments: Sequence[str]) -> str:
        return function_name(function) + self.bracketed(", ".join(arguments))

    def worded(self, word: Word, arguments: Sequence[str]) -> Piece:
        def fill(place: re.Match[str]) -> str:
            key = place[1] or place[2]
            if key == "/":
                return self.row
            if key == "|":
                return matrix([[one] for one in arguments] if self.style.upright else [arguments], self.row)
            listed = {"*": arguments, "+": arguments[1:]}.get(key) or [arguments[int(key) - 1]]
            return self.bracketed(", ".join(listed)) if place[1] else ", ".join(listed)

        holds = PRODUCT if self.is_tight(word) else POWER if "^" in word.latex else ATOM
        return Piece(_PLACE.sub(fill, word.latex), SUM if word.latex.startswith(r"\begin") else holds)

    def is_tight(self, word: Word) -> bool:
        return word.tight and not word.encloses


def matrix(rows: Sequence[Sequence[str]], row: str = ROW) -> str:
    r"""Rows of entries in round brackets. `pmatrix` takes ten columns; a wider one is an array of its own.

    >>> print(matrix([["1", "2"], ["3", "-4"]]))
    \begin{pmatrix} 1 & 2 \\ 3 & -4 \end{pmatrix}
    """
    inside = f" {row} ".join(" & ".join(line) for line in rows)
    width = max(map(len, rows), default=0)
    if width <= _MOST_COLUMNS:
        return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"
    return rf"\left(\begin{{array}}{{{'c' * width}}} {inside} \end{{array}}\right)"


@cache
def number(shown: str) -> str:
    r"""The text of a number as LaTeX.

    >>> print(number("−3.72664e-06"), number("∞"), number("0.5"))
    -3.72664 \cdot 10^{-6} \infty 0.5
    """
    digits, e, exponent = shown.replace("−", "-").replace("∞", r"\infty").replace("NaN", r"\text{NaN}").partition("e")
    if not e or not exponent.lstrip("+-").isdigit():
        return digits + e + exponent
    power = rf"10^{{{int(exponent)}}}"
    return digits[:-1] + power if digits in ("1", "-1") else rf"{digits} \cdot {power}"


# Signs of mathematics and the commands that set them.
SIGNS: Mapping[str, str] = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ϵ": r"\epsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ϑ": r"\vartheta", "ι": r"\iota", "κ": r"\kappa", "λ": r"\lambda",
    "μ": r"\mu", "µ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "ο": "o", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "ς": r"\varsigma", "τ": r"\tau", "υ": r"\upsilon", "φ": r"\varphi", "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi",
    "ω": r"\omega", "Γ": r"\Gamma", "Δ": r"\Delta", "∆": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi",
    "Π": r"\Pi", "Σ": r"\Sigma", "Υ": r"\Upsilon", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
    "∂": r"\partial", "∇": r"\nabla", "ℓ": r"\ell", "∞": r"\infty", "…": r"\dots", "⋯": r"\cdots", "⋮": r"\vdots",
    "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "∘": r"\circ", "⊗": r"\otimes", "÷": r"\div",
    "±": r"\pm", "∓": r"\mp", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv",
    "∝": r"\propto", "≪": r"\ll", "≫": r"\gg", "←": r"\leftarrow", "→": r"\rightarrow", "↑": r"\uparrow",
    "↓": r"\downarrow", "↔": r"\leftrightarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow", "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow", "∈": r"\in", "∉": r"\notin", "∅": r"\emptyset", "∀": r"\forall", "∃": r"\exists",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "√": r"\surd", "‖": r"\Vert", "∥": r"\Vert", "⟨": r"\langle",
    "⟩": r"\rangle", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "′": "{}'", "″": "{}''",
    "ᵀ": r"{}^{\top}", "ᵗ": "{}^{t}", "ⁿ": "{}^{n}", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}", "¾": r"\tfrac{3}{4}",
    "⅓": r"\tfrac{1}{3}", "°": r"{}^{\circ}", "¬": r"\neg",
    **{sign: f"{{}}^{{{digit}}}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"{{}}_{{{digit}}}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "⁻": "{}^{-}", "⁺": "{}^{+}",
    **{sign: f"{{}}_{{{letter}}}" for letter, sign in zip("ijknmt", "ᵢⱼₖₙₘₜ", strict=True)},
}  # fmt: skip

# What a combining mark is called where it stands over a letter.
ACCENTS: Mapping[str, str] = {
    "\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar",
    "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot", "\u030a": r"\mathring", "\u030c": r"\check",
}  # fmt: skip

# The signs that mean something to TeX, as they are shown in a formula.
_OBEYED: Mapping[str, str] = {
    "\\": r"\backslash", "{": r"\lbrace", "}": r"\rbrace", "_": r"\_", "^": r"\wedge", "%": r"\%", "#": r"\#",
    "&": r"\&", "$": r"\$", "~": r"\sim", " ": "~", "'": "{}'",
}  # fmt: skip

# Names that people write out.
_WORDS: Mapping[str, str] = {
    "yhat": r"\hat{y}",
    "eps": r"\varepsilon",
    "epsilon": r"\varepsilon",
    "phi": r"\varphi",
    **{command[1:]: command for sign, command in SIGNS.items() if sign.isalpha() and len(command) > 2},
}
_MARKED = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}
_DERIVATIVE = re.compile(r"[∂d](.+?)/[∂d](.+)", re.DOTALL)
_ENTRY = re.compile(r"(.+?)(\[[0-9A-Za-z:+, ·]*\])", re.DOTALL)
_NUMBERED = re.compile(r"\b([a-z])([0-9]+)")
_MARKS = "\u0300-\u036f"
_PLAIN = re.compile(rf"((?:[^\W\d_][{_MARKS}]*)+)([0-9]*|∞)(['′]*)")
_LETTER = re.compile(rf".[{_MARKS}]*", re.DOTALL)
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_INDICES = re.compile(r"[ijknm]{2}|[0-9]+")
_COMMAND_AT_END = re.compile(r"\\[A-Za-z]+\Z")


@cache
def name(shown: str) -> str:
    r"""A name as LaTeX; whatever stands in it is shown and never obeyed.

    >>> print(*map(name, ("W_H", "z1", "W_out", "ŷ", "β1", "m̂_3", "∂L/∂W_H[1,2]", "50%")))
    W_H z_1 W_{\text{out}} \hat{y} \beta_1 \hat{m}_ 3 \frac{\partial L}{\partial W_H[1,2]} \mathit{50\%}
    """
    if derivative := _DERIVATIVE.fullmatch(shown):
        return rf"\frac{{\partial {name(derivative[1])}}}{{\partial {name(derivative[2])}}}"
    if entry := _ENTRY.fullmatch(shown):
        return name(entry[1]) + _NUMBERED.sub(r"\1_{\2}", entry[2]).replace("·", r"\cdot")
    first, *below = normalize("NFC", shown).translate(_DIGITS).split("_")
    plain = _PLAIN.fullmatch(first)
    if plain is None or not all(below):
        return _word(shown)
    base = _base(plain[1])
    if below and below[0] in _MARKED and len(_LETTER.findall(plain[1])) == 1:
        base, below = f"{_MARKED[below[0]]}{{{base}}}", below[1:]
    return base + "'" * len(plain[3]) + _subscript(base, [*([plain[2]] if plain[2] else []), *below])


@cache
def function_name(shown: str) -> str:
    r"""The name of a function that is called: `\operatorname{cross-entropy}`, but `F`; a list for a list of units."""
    if shown.startswith("[") and shown.endswith("]"):
        return rf"\left[ {', '.join(map(function_name, shown[1:-1].split(', ')))} \right]"
    if re.fullmatch(r"[A-Za-z]{2}\w*", shown, re.ASCII) and shown not in _WORDS:
        return rf"\operatorname{{{shown.rstrip('_').replace('_', '-')}}}"
    return name(shown)


def _base(word: str) -> str:
    """What may have subscripts: a letter, or a word of several."""
    return _WORDS[word] if word in _WORDS else _word(word)


def _subscript(base: str, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    inside = ",".join(map(_below, parts))
    apart = "" if base[-1:].isalnum() else " "
    return f"_{apart}{inside}" if len(inside) == 1 else f"_{apart}{{{inside}}}"


def _below(part: str) -> str:
    """A part of a subscript: an index in italics, a word upright."""
    if _INDICES.fullmatch(part):
        return part
    if part not in _WORDS and re.fullmatch(r"[A-Za-z]{2}[A-Za-z0-9]*", part):
        return rf"\text{{{part}}}"
    return name(part)


def _word(text: str) -> str:
    """Any text as letters of a formula, those of a word close together."""
    letters = _LETTER.findall(normalize("NFC", text))
    shown = ""
    for letter in map(_letter, letters):
        shown += (" " if _COMMAND_AT_END.search(shown) and letter[:1].isalpha() else "") + letter
    first = [normalize("NFD", letter)[0] for letter in letters]
    alone = len(first) == 1 and first[0].isalnum()
    return shown if alone or all(sign in SIGNS for sign in first) else rf"\mathit{{{shown}}}"


def _letter(sign: str) -> str:
    """A letter with its accents; what has no command is spelled out."""
    letter, *marks = list(normalize("NFD", sign))
    known = _OBEYED.get(letter) or SIGNS.get(letter) or (letter if letter.isascii() and letter.isprintable() else None)
    if known is None or not all(mark in ACCENTS for mark in marks):
        return r"\backslash " + sign.encode("unicode_escape").decode()[1:].replace("\\", r"\backslash ")
    for mark in marks:
        known = f"{ACCENTS[mark]}{{{known}}}"
    return known
