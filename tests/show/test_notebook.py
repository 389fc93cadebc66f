"""A result shows itself in a notebook: a page of escaped HTML, and its equations."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import gradcalc
from gradcalc.show.blocks import Column, Facts, Heading, Line, Note, Pairs, Row, Table, Value
from gradcalc.show.html import write

CONFIGS = Path(__file__).parents[2] / "configs"
HOSTILE = "<script>alert(1)</script> & \" ' $x$ \x1b[31m"


class Tags(HTMLParser):
    """Collects the tags that are opened, and sees that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(html: str) -> set[str]:
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


@pytest.mark.parametrize("name", ["relu-sigmoid-bce", "softmax-batch", "equations", "neuron-bias-first"])
def test_a_solution_shows_its_values_and_gradients(name):
    solution = gradcalc.solve(gradcalc.load(CONFIGS / f"{name}.yaml"))
    assert tags(solution._repr_html_()) <= {"div", "h4", "p", "table", "tr", "th", "td", "br", "b", "span"}
    latex = solution._repr_latex_()
    assert latex.startswith(r"$$\begin{aligned} ")
    assert latex.endswith(r" \end{aligned}$$")
    for text in (latex, solution._repr_html_()):
        assert r"\frac{\partial" in text
        assert r"\begin{pmatrix}" in text


def test_no_tag_of_a_title_or_a_name_is_one_of_the_page():
    table = Table((Column(HOSTILE), Column("b")), [Row((HOSTILE, Value([1.0])))], HOSTILE)
    page = [
        table,
        Line(HOSTILE, "title"),
        Heading(HOSTILE),
        Note(HOSTILE),
        Facts([HOSTILE]),
        Pairs([(HOSTILE, HOSTILE)]),
    ]
    html = write(page)
    assert "script" not in tags(html)
    assert "\x1b" not in html
