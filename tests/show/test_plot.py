"""The loss as a drawing: in the terminal, as SVG, as PNG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoke import invoke

from gradcalc.show.chart import chart
from gradcalc.show.plot import Series, plot
from gradcalc.show.safe import display_width

FALL = Series("fall", [(k, math.exp(-k / 10)) for k in range(41)])
OTHER = Series("other", [(k, 1 - k / 80) for k in range(41)])
LOSSES = st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=9)
QUADRATIC = "{parameters: {w: 3}, objective: w**2, optimizer: {name: sgd, lr: 0.1}, steps: %d}"


@given(LOSSES, st.integers(1, 120), st.booleans())
def test_any_curve_is_drawn_within_its_width(losses, width, ascii_only):
    lines = plot([Series("a", list(enumerate(losses)))], width, ascii_only)
    assert all(display_width(line) <= max(width, 40) for line in lines)
    assert len(lines) == 18
    assert not ascii_only or all(line.replace("−", "-").isascii() for line in lines)


def test_a_falling_curve_goes_from_the_upper_left_to_the_lower_right():
    rows = plot([FALL], 60, ascii_only=True)[1:15]
    at = [row[6:].find("*") for row in rows if "*" in row[6:]]
    assert at == sorted(at)
    assert at[0] == 0
    assert rows[-1].rstrip().endswith("*")


def test_a_scale_of_powers_of_ten_says_so():
    decades = Series("a", [(k, 10.0**-k) for k in range(9)])
    assert plot([decades])[0] == "L, on a logarithmic scale"
    assert "on a logarithmic scale" in chart([decades])
    assert plot([FALL])[0] == "L"
    assert "logarithmic" not in chart([FALL])


def test_several_curves_have_letters_and_a_legend():
    lines = plot([FALL, OTHER])
    assert lines[-2:] == ["* fall", "o other"]
    assert any("*" in line for line in lines[1:15])
    assert any("o" in line for line in lines[1:15])


def optimize(*arguments, code=0, steps=30):
    done = invoke(["optimize", "-", *arguments], QUADRATIC % steps)
    assert done.code == code, done.stderr
    return done


def test_the_page_has_the_drawing_and_its_twin_in_ascii():
    page = optimize("--plot").stdout
    assert "┤" in page
    assert "steps made" in page
    assert any("⠀" < sign <= "⣿" for sign in page)
    plain = optimize("--plot", "--ascii").stdout
    assert plain.isascii()
    assert "*" in plain
    assert "```text\nL" in optimize("--plot", "-f", "markdown").stdout
    narrow = optimize("--plot", "--width", "50").stdout
    assert max(map(len, narrow.splitlines())) <= 50


@given(st.lists(st.tuples(st.text(), LOSSES), min_size=1, max_size=20), st.none() | st.text(max_size=90))
def test_the_svg_of_anything_is_sound_xml_without_scripts_or_references(runs, title):
    text = chart([Series(name, list(enumerate(losses))) for name, losses in runs], title)
    root = ET.fromstring(text)  # noqa: S314 - it is our own
    kinds = {element.tag.split("}")[1] for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "text", "line", "path"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert text.count("http") == 1 or "http" in str((runs, title))
    assert "url(" not in text.split("</style>")[0].split("<style>")[1]


def test_names_are_text_in_the_svg():
    text = chart([FALL._replace(name='<script>"&'), OTHER], "a < b & c")
    names = [element.text for element in ET.fromstring(text).iter() if element.text]  # noqa: S314
    assert '<script>"&' in names
    assert "a < b & c" in names


def test_the_svg_has_both_of_light_and_dark():
    assert "prefers-color-scheme: dark" in chart([FALL])


def test_a_plot_file_is_written_whole_and_replaced_only_by_force(tmp_path):
    path = tmp_path / "loss.svg"
    done = optimize("--plot-file", str(path))
    assert f"wrote {path}" in done.stderr
    first = path.read_text()
    assert first.startswith("<svg")
    assert "exists" in optimize("--plot-file", str(path), code=2, steps=1_000_000).stderr
    optimize("--plot-file", str(path), "--force", "--lr", "0.01,0.1", "-f", "json")
    assert len(re.findall('class="curve"', path.read_text())) == 4
    assert first != path.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plot-file", "loss.pdf"], "neither a .svg nor a .png"),
        (["--plot-file", "a.svg", "-o", "a.svg"], "a file of its own"),
        (["--plot-file", "a.svg", "-f", "jsonl"], "jsonl streams"),
        (["--plot", "-f", "json"], "draws on a page"),
        (["--plot", "-f", "csv"], "draws on a page"),
        (["--symbolic", "-f", "csv"], "no form as csv"),
    ],
)
def test_what_can_not_be_drawn_is_refused_before_a_step_is_made(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in optimize(*arguments, code=2, steps=1_000_000).stderr
    assert not list(tmp_path.iterdir())


def test_a_problem_without_a_loss_has_nothing_to_draw():
    done = invoke(["optimize", "-", "--plot"], "{parameters: {w: 1}, gradients: {w: 1}}")
    assert (done.code, "draws the loss" in done.stderr) == (2, True)


def test_a_png_without_matplotlib_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = optimize("--plot-file", str(tmp_path / "loss.png"), code=2)
    assert "pip install 'gradcalc[plot]'" in done.stderr


def test_a_png_is_one_and_the_same_each_time(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "loss.png"
    optimize("--plot-file", str(path), "--lr", "0.01,0.1")
    first = path.read_bytes()
    assert first.startswith(b"\x89PNG")
    optimize("--plot-file", str(path), "--lr", "0.01,0.1", "--force")
    assert path.read_bytes() == first


def test_a_run_that_diverges_is_drawn_up_to_there(tmp_path):
    path = tmp_path / "loss.svg"
    done = optimize("--plot-file", str(path), "--lr", "3", code=4, steps=1000)
    assert "diverged" in done.stderr
    assert "on a logarithmic scale" in path.read_text()
