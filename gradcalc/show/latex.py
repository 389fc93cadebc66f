"""Blocks as LaTeX: a fragment that needs amsmath alone where it can, or a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from gradcalc.show import tabular
from gradcalc.show.aligned import equal
from gradcalc.show.blocks import (
    PLAIN,
    Blank,
    Blanks,
    Block,
    Drawing,
    Equal,
    Facts,
    Heading,
    Line,
    Look,
    Maths,
    Note,
    Pairs,
    Table,
    Words,
    plain,
)
from gradcalc.show.extent import SIGN, extent, extent_of_text
from gradcalc.show.safe import safe_text, to_ascii
from gradcalc.show.tex import escape, maths, signed, words

# How many signs a line holds unless something else is asked for, and the width of one in em.
COLUMNS, COLUMN = 92, 0.5

_DOCUMENT = r"""\documentclass[a4paper]{{article}}
\usepackage[utf8]{{inputenc}}
\IfFileExists{{lmodern.sty}}{{\usepackage[T1]{{fontenc}}\usepackage{{lmodern}}}}{{}}
\usepackage{{amsmath}}
\usepackage{{longtable}}
\usepackage[margin=2cm]{{geometry}}
\setlength{{\parindent}}{{0pt}}
\setlength{{\parskip}}{{6pt}}
\allowdisplaybreaks
\begin{{document}}
{}
\end{{document}}
"""


def write(blocks: Iterable[Block], look: Look = PLAIN, *, standalone: bool = False) -> str:
    """`blocks` as a fragment, or as a document that pdflatex compiles as it is."""
    room = (look.width or COLUMNS) * COLUMN
    groups = groupby(blocks, key=lambda block: _formula(block) is not None)
    parts = (part for formulas, group in groups for part in _group(list(group), look, room, formulas=formulas))
    body = "\n\n".join(part for part in parts if part)
    if standalone:
        return _DOCUMENT.format(body)
    packages = "amsmath and longtable" if r"\begin{longtable}" in body else "amsmath"
    return f"% needs {packages}\n{body}\n"


def _formula(block: Block) -> Maths | None:
    """The mathematics of a line that is nothing else."""
    return block.text if isinstance(block, Line) and isinstance(block.text, Maths) else None


def _group(blocks: Sequence[Block], look: Look, room: float, *, formulas: bool) -> list[str]:
    return [_formulas(blocks, room)] if formulas else [_block(block, look, room) for block in blocks]


def _block(block: Block, look: Look, room: float) -> str:
    match block:
        case Table():
            return tabular.table(block, look.shown, room)
        case Blanks(places):
            return _blanks(places)
        case Pairs():
            return tabular.pairs(block, look.shown, room)
        case Equal():
            return equal(block, look.shown, room)
        case Facts(texts):
            return "\n".join(_facts(texts, room))
        case Line(text, style):
            return _line(text, style)
        case Note(text):
            return _ragged(words(text))
        case Heading(text):
            return rf"\subsection*{{{words(text)}}}"
        case Drawing(draw):
            return _drawn(draw(None, True))
        case Blank():
            return ""


def _line(text: Words, style: str) -> str:
    command = {"title": r"\section*{{{}}}", "bold": r"\textbf{{{}}}\par"}.get(style)
    if not plain(text):
        return ""
    return command.format(words(text)) if command else _ragged(words(text))


# a name and a line to write on; what is filled in stands on the line
_ANSWER = (
    r"\providecommand{\answer}[2]{\noindent\makebox[4cm][l]{#1}"
    r"\underline{\makebox[4cm]{\rule{0pt}{4ex}#2}}\par}"
)


def _blanks(places: Sequence[tuple[str, Words]]) -> str:
    """A line for each answer; behind it, where TeX does not look, what the answer is called when it is read."""
    return "\n".join([_ANSWER, *(rf"\answer{{{words(said, display=True)}}}{{}} % {name}" for name, said in places)])


def _ragged(text: str) -> str:
    """A paragraph whose lines end where they like, so that no formula stands out at the right."""
    return rf"{{\raggedright\noindent {text}\par}}"


def _facts(texts: Sequence[Words], room: float) -> Iterator[str]:
    """Statements side by side, each in one piece; what is higher than a line, or too long for that, for itself."""
    beside: list[str] = []
    for text in texts:
        tex = words(text, display=True)
        width, height = extent_of_text(tex)
        if height > 1 or width > room:
            yield from _beside(beside)
            yield _ragged(tex)
            beside = []
        else:
            beside.append(rf"\mbox{{{words(text)}}}")
    yield from _beside(beside)


def _beside(texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield _ragged(r" \qquad ".join(texts))


def _formulas(lines: Iterable[Block], room: float) -> str:
    """Lines of mathematics below each other, lined up on their signs; one that is too long is broken by TeX."""
    said = [one for one in map(_formula, lines) if one is not None]
    groups = groupby(said, key=lambda one: _widest(one, _name_width(one)) > room)
    return "\n".join(_broken(group) if too_long else _aligned([*group], room) for too_long, group in groups)


def _broken(group: Iterable[Maths]) -> str:
    return "\n".join(_ragged(rf"$\displaystyle {maths(one)}$") for one in group)


def _aligned(group: Sequence[Maths], room: float) -> str:
    """Lines of which each fits alone; what no longer does so behind the longest name of them is broken, too."""
    name = max(map(_name_width, group))
    if any(_widest(one, name) > room for one in group):
        return _broken(group)
    rows = [row for one in group for row in _rows(one, name, room)]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def _name_width(one: Maths) -> float:
    """The width of what stands before the first sign."""
    return extent(signed(one)[0][1]).width


def _widest(one: Maths, name: float) -> float:
    """A name beside the longest of the expressions behind it."""
    return name + max((extent(form).width + SIGN for _, form in signed(one)[1:]), default=0.0)


def _rows(one: Maths, name: float, room: float) -> Iterator[str]:
    """An equation on one line if it fits behind a name so wide, else a line for each expression."""
    (_, first), *others = signed(one)
    if name + sum(extent(form).width + SIGN for _, form in others) <= room:
        yield f"{first} &{' '.join(f'{sign} {other}' for sign, other in others)}" if others else f"& {first}"
        return
    for number, (sign, other) in enumerate(others):
        yield f"{'' if number else first} &{sign} {other}"


def _drawn(lines: Sequence[str]) -> str:
    """Lines of signs of one width, each space kept."""
    shown = [escape(to_ascii(safe_text(line))).replace(" ", "~") or "~" for line in lines]
    return "\n".join([r"{\ttfamily\footnotesize\noindent", "\\\\\n".join(shown), r"\par}"])
