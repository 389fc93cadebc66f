"""`gradcalc graph`: every format, and what it says where nothing can be drawn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from invoke import invoke

from gradcalc.cli.graph import TEXTS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = str(ROOT / "configs" / "relu-sigmoid-bce.yaml")


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("view", ["equations", "neurons"])
def test_every_format_draws_every_view(view, form):
    done = invoke(["graph", EXAMPLE, "--view", view, "--format", form])
    assert (done.code, done.stderr) == (0, "")
    assert "u_H" in done.stdout.replace("#95;", "_")


LETTERS = sorted(map(str, (ROOT / "configs" / "letters").glob("*.yaml")))


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("path", LETTERS, ids=lambda path: Path(path).stem)
def test_every_format_draws_a_problem_in_letters(path, form):
    for view in ("equations", *(["neurons"] if "layers:" in Path(path).read_text("utf-8") else [])):
        done = invoke(["graph", path, "--view", view, "--format", form])
        assert (done.code, done.stderr) == (0, "")
        assert form != "json" or json.loads(done.stdout)["nodes"][0]["numbers"] == {}


def test_the_record_has_the_gradients_of_backward():
    drawn = json.loads(invoke(["graph", EXAMPLE, "--format", "json"]).stdout)
    told = json.loads(invoke(["backward", EXAMPLE, "--format", "json"]).stdout)
    assert drawn["schema"] == "gradcalc.graph/1"
    for node in drawn["nodes"]:
        if node["name"] in told["gradients"]:
            assert node["numbers"][f"∂L/∂{node['name']}"] == told["gradients"][node["name"]]


def test_another_result_is_drawn_as_far_as_it_goes():
    done = invoke(["graph", EXAMPLE, "--of", "u_H[1]", "--format", "json"])
    names = [node["name"] for node in json.loads(done.stdout)["nodes"]]
    assert names[-1] == "u_H"


def test_a_network_without_a_result_is_drawn_without_gradients():
    done = invoke(["graph", "-x", "1", "-w", "1; 2"])
    assert done.code == 0
    assert "∂" not in done.stdout.replace("× ", "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--format", "table"], 2, "no format is called 'table'"),
        (["--view", "neuron"], 2, "did you mean 'neurons'?"),
        (["--format", "png"], 2, "--out graph.png"),
        (["configs/rosenbrock.yaml", "--view", "neurons"], 2, "needs layers"),
        (["configs/letters/composition.yaml", "--view", "neurons"], 2, "needs layers"),
        (["configs/letters/two-layer.yaml", "--of", "z_w"], 2, "N×H entries; without numbers a result is one number"),
        (["configs/letters/two-layer.yaml", "--of", "zw"], 2, "no computed quantity is called 'zw'"),
        (["configs/adam-constant-gradient.yaml"], 3, "there is no computation to draw"),
        (["--precision", "0"], 2, "--precision 0"),
    ],
)
def test_what_can_not_be_drawn_is_refused_with_the_reason(arguments, code, said, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = invoke(["graph", *arguments])
    assert done.code == code
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_a_png(tmp_path):
    path = tmp_path / "net.png"
    assert invoke(["graph", EXAMPLE, "--format", "png", "--out", str(path)]).code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_graphviz_the_message_names_what_needs_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = invoke(["graph", EXAMPLE, "--format", "pdf", "--out", str(tmp_path / "net.pdf")])
    assert done.code == 2
    assert "--format svg needs nothing more" in done.stderr
