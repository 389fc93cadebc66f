"""Equal forms below each other as LaTeX: lined up on their signs, and shapes below what they are of."""

from __future__ import annotations

from gradcalc.engine.latex import SIGNS, latex
from gradcalc.show.blocks import Cell, Equal, Maths, Shaped, Value
from gradcalc.show.extent import SIGN, extent
from gradcalc.show.numbers import Shown
from gradcalc.show.tex import escape, maths, parts, words


def equal(block: Equal, shown: Shown, room: float) -> str:
    """The forms as an `align*`; what is too long for that as paragraphs, which TeX breaks."""
    name = _form(block.name, shown, room)
    forms = [(_sign(sign), _form(form, shown, room)) for sign, form in block.forms]
    widest = max((extent(f"{sign} {form}").width for sign, form in forms), default=0.0)
    if extent(name).width + SIGN + widest > room:
        said = [rf"$\displaystyle {sign} {form}$" for sign, form in forms]
        return "\n".join(rf"{{\raggedright\noindent {one}\par}}" for one in [rf"$\displaystyle {name}$", *said])
    rows = [f"{'' if number else name} &{sign} {form}" for number, (sign, form) in enumerate(forms)]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def _sign(sign: str) -> str:
    """`=`, or a sign with the sum over the samples behind it."""
    return " ".join(r"\sum_n" if part == "Σ_n" else SIGNS.get(part, part) for part in sign.split())


def _form(form: Cell | Shaped, shown: Shown, room: float) -> str:
    match form:
        case Shaped():
            return _shaped(form)
        case Maths():
            return maths(form)
        case Value():
            return r" \quad ".join(part.tex for part in parts(form, shown, room))
    return rf"\text{{{escape(form) if isinstance(form, str) else words(form)}}}"


def _shaped(shaped: Shaped) -> str:
    """The expression with each shape set small below its part."""
    rest, found = maths(shaped.maths), ""
    for part, shape in shaped.shapes:
        tex = latex(part, shaped.maths.style)
        before, is_there, after = rest.partition(tex)
        if not is_there:
            break
        found += rf"{before}\underset{{{_size(shape)}}}{{{tex}}}"
        rest = after
    return found + rest


def _size(shape: str) -> str:
    """`2×1` in mathematics mode; a word as such."""
    return shape.replace("×", r" \times ") if shape[:1].isdigit() else rf"\text{{{escape(shape)}}}"
