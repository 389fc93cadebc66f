"""Markdown shows a result as GitHub does, whatever the names in it are."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradcalc.engine.book import parse
from gradcalc.engine.maths import named
from gradcalc.show.blocks import (
    Blank,
    Column,
    Facts,
    Heading,
    Line,
    Look,
    Maths,
    Note,
    Pairs,
    Phrase,
    Row,
    Table,
    Value,
)
from gradcalc.show.markdown import escape, write


def test_a_result_is_headings_lists_and_tables():
    table = Table(
        (Column("quantity"), Column("θ", "number")),
        [Row(("W_H", Value([[1, 2], [3, -4]]))), Row(("L", Value(0.5)), style="bold"), Row(("", "–"))],
    )
    blocks = [Line("Title", "title"), Facts(["z = W x + b", "1 sample"]), table, Blank(), Heading("Why")]
    assert write([*blocks, Pairs([("a", "b"), ("c", Value([1]))]), Note("Done.")]) == (
        "# Title\n\n- z = W x + b\n- 1 sample\n\n"
        "| quantity | θ |\n| --- | ---: |\n"
        "| W_H | $\\begin{pmatrix} 1 & 2 \\cr 3 & -4 \\end{pmatrix}$ |\n| **L** | $0.5$ |\n|  | – |\n\n"
        "## Why\n\n- a: b\n- c: $\\begin{pmatrix} 1 \\end{pmatrix}$\n\nDone.\n"
    )


ESCAPED = [
    ("a|b", r"a\|b"),
    ("`x`", r"\`x\`"),
    ("<img onerror>", "&lt;img onerror>"),
    ("&lt;", "&amp;lt;"),
    ("a\nb", r"a\\nb"),
    ("= - x", r"\= - x"),
    ("# head", r"\# head"),
    ("> quote", r"\> quote"),
    ("- item", r"\- item"),
    ("+ item", r"\+ item"),
    ("1. item", r"1\. item"),
    ("+0.5", "+0.5"),
    ("-0.5", "-0.5"),
    ("a * b ** c", r"a \* b \*\* c"),
    ("W_H x + b_H", "W_H x + b_H"),
    ("_x_", r"\_x\_"),
    ("[a](http://x)", r"[a]\(http://x)"),
    ("$x$ ~~y~~", r"\$x\$ \~\~y\~\~"),
    ("∂L/∂z[2] = 0", "∂L/∂z[2] = 0"),
]


@pytest.mark.parametrize(("text", "escaped"), ESCAPED)
def test_what_markdown_would_obey_is_escaped(text, escaped):
    assert escape(text) == escaped


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_every_row_of_a_table_has_as_many_cells_as_the_head(rows):
    text = write([Table((Column("a"), Column("b")), [Row(row) for row in rows])])
    lines = text.splitlines()
    assert len(lines) == len(rows) + 2
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {3}


def test_in_ascii_a_twin_that_markdown_would_obey_is_escaped_too():
    assert write([Note("‖g‖ ⊙ σ")], Look(ascii=True)) == r"\|\|g\|\| \* sigma" + "\n"


def test_mathematics_stands_between_dollars_in_lines_and_apart_by_itself():
    rule = Maths([ast.Name("z"), parse("W @ x + b")])
    blocks = [Line(rule), Facts([rule]), Note(Phrase(["where ", rule, ", as always"]))]
    assert write(blocks) == "$$\nz = W x + b\n$$\n\n- $z = W x + b$\n\nwhere $z = W x + b$, as always\n"


@pytest.mark.parametrize("name", ["a|b", "a_", "50%", "*x*", "`x`", "$x$"])
def test_a_name_that_markdown_would_read_otherwise_is_text(name):
    assert write([Note(named(name))]) == f"{escape(name)}\n"


def test_mathematics_that_touches_a_word_is_text():
    assert write([Note(Phrase([named("M"), "×", named("N")]))]) == "M×N\n"
