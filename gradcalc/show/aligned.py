"""Equal forms below each other as LaTeX: lined up on their signs, and shapes below what they are of."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from gradcalc.engine.latex import ROW, SIGNS, latex, name
from gradcalc.show.blocks import Cell, Equal, Grid, Maths, Shaped, Value
from gradcalc.show.extent import SIGN, extent
from gradcalc.show.numbers import Shown
from gradcalc.show.tex import escape, maths, parts, words


def equal(block: Equal, shown: Shown, room: float) -> str:
    """The forms as an `align*`; what is too long for that as paragraphs, which TeX breaks."""
    name, forms = _set(block, shown, room, ROW)
    widest = max((extent(f"{sign} {form}").width for sign, form in forms), default=0.0)
    if extent(name).width + SIGN + widest > room:
        said = [rf"$\displaystyle {sign} {form}$" for sign, form in forms]
        return "\n".join(rf"{{\raggedright\noindent {one}\par}}" for one in [rf"$\displaystyle {name}$", *said])
    return "\n".join([r"\begin{align*}", " \\\\\n".join(_rows(name, forms)), r"\end{align*}"])


def aligned(block: Equal, shown: Shown, row: str) -> str:
    """The forms as a formula of its own, with `row` between the lines."""
    rows = f" {row}\n".join(_rows(*_set(block, shown, math.inf, row)))
    return rf"\begin{{aligned}} {rows} \end{{aligned}}"


def _set(block: Equal, shown: Shown, room: float, row: str) -> tuple[str, list[tuple[str, str]]]:
    forms = [(_sign(sign), _form(form, shown, room, row)) for sign, form in block.forms]
    return _form(block.name, shown, room, row), forms


def _rows(name: str, forms: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{'' if number else name} &{sign} {form}" for number, (sign, form) in enumerate(forms)]


def _sign(sign: str) -> str:
    """`=`, or a sign with the sum over the samples behind it."""
    return " ".join(r"\sum_n" if part == "Σ_n" else SIGNS.get(part, part) for part in sign.split())


def _form(form: Cell | Shaped, shown: Shown, room: float, row: str) -> str:
    match form:
        case Shaped():
            return _shaped(form, row)
        case Maths():
            return maths(form, row)
        case Value() | Grid():
            return r" \quad ".join(part.tex for part in parts(form, shown, room, row))
    return rf"\text{{{escape(form) if isinstance(form, str) else words(form)}}}"


def _shaped(shaped: Shaped, row: str) -> str:
    """The expression with each shape set small below its part."""
    rest, found = maths(shaped.maths, row), ""
    for part, shape in shaped.shapes:
        tex = latex(part, shaped.maths.style, row)
        before, is_there, after = rest.partition(tex)
        if not is_there:
            break
        found += rf"{before}\underset{{{_size(shape)}}}{{{tex}}}"
        rest = after
    return found + rest


def _size(shape: str) -> str:
    """`2×1`, `N·H1×K` in mathematics mode; a word as such."""
    if "×" not in shape and not shape.isdigit():
        return rf"\text{{{escape(shape)}}}"
    parts = re.split(r"([×·()])", shape)
    return "".join(
        f" {SIGNS[part]} " if part in SIGNS else name(part) if part[:1].isalpha() else part for part in parts
    )
