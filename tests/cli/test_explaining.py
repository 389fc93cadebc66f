"""`gradcalc explain` as it is called: what it understands, and what it says to what it doesn't."""

from __future__ import annotations

import json

import numpy as np
import pytest
from invoke import invoke

EXAMPLE = "configs/relu-sigmoid-bce.yaml"


def test_of_several_words_the_last_is_the_quantity_and_without_a_file_it_is_the_built_in_example():
    alone, with_file = invoke(["explain", "dW_H"]), invoke(["explain", "configs/example.yaml", "dW_H"])
    assert alone.stdout == with_file.stdout
    assert alone.stderr == "no file given: this is the built-in example (`gradcalc examples` lists more)\n"


@pytest.mark.parametrize("name", ["dW_H[1,2]", "dL/dW_H[1,2]", "grad_W_H[1,2]", "∂L/∂W_H[1,2]", "∇W_H[1,2]"])
def test_a_gradient_may_be_called_as_people_call_it(name):
    assert invoke(["explain", EXAMPLE, name]).stdout == invoke(["explain", EXAMPLE, "dW_H[1,2]"]).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dWH[1,1]"], "no quantity is called 'dWH'\n  hint: did you mean 'dW_H'?"),
        (["dW_H[3,1]"], "W_H has the shape 2×2; indices count from 1"),
        (["dW_H[0,1]"], "indices count from 1"),
        (["z_H[4]"], "z_H has 2 entries"),
        (["dW_H", "--form", "path"], "did you mean 'paths'?"),
        (["dW_H", "--form", "paths"], "W_H has 4 entries, and paths lead to one"),
        (["dW_H[1,1]", "--paths", "0"], "--paths 0 shows nothing"),
        (["W_H@2"], "no steps to explain"),
        (["dx/dx"], "x is given, nothing changes it"),
        (["z_H", "z_O"], "explain takes a file and a quantity"),
    ],
)
def test_what_can_t_be_explained_is_said_with_a_way_out(arguments, said):
    done = invoke(["explain", EXAMPLE, *arguments])
    assert done.code == 2
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("words", [[], [EXAMPLE], [EXAMPLE, "--symbolic"]])
def test_without_a_quantity_it_says_that_one_is_needed(words):
    done = invoke(["explain", *words])
    assert done.code == 2
    assert "explain takes a file and a quantity" in done.stderr


def test_parameters_alone_have_no_computation_to_explain():
    done = invoke(["explain", "configs/given-gradients.yaml", "w1"])
    assert done.code == 3
    assert "there is no computation to explain" in done.stderr


def test_a_derivative_that_would_fill_the_memory_is_refused(tmp_path):
    path = tmp_path / "wide.yaml"
    path.write_text("{input: [1, 2], layers: [{units: 900, weights: 1}, {units: 1000, weights: 1}]}")
    done = invoke(["explain", str(path), "da2/dW2"])
    assert done.code == 5
    assert "has 900000000 entries" in done.stderr


@pytest.mark.parametrize("form", ["matrix", "jacobians"])
def test_json_of_a_whole_quantity_has_its_value_and_products_of_jacobians_that_give_it(form):
    done = json.loads(invoke(["explain", EXAMPLE, "dW_H", "--form", form, "-f", "json"]).stdout)
    assert (done["schema"], done["quantity"], done["index"]) == ("gradcalc.explain/1", "dL/dW_H", [])
    (path,) = done["paths"]
    assert np.ravel(path["product"]) == pytest.approx(np.ravel(done["value"]), rel=1e-12)
    assert [factor["derivative"] for factor in path["factors"]][-1] == "dz_H/dW_H"


def test_an_entry_by_paths_and_by_factors_is_one_number_in_every_format():
    table = invoke(["explain", EXAMPLE, "dW_H[1,1]", "-f", "csv"]).stdout.splitlines()
    assert table[0] == "path,factor,derivative,index,formula,value"
    assert table[-1].startswith("1,0,product,,,-1.4906557136746")
    assert (
        json.loads(invoke(["explain", EXAMPLE, "dW_H[1,1]", "-f", "json"]).stdout)["value"] == -1.4906557136746245e-05
    )


@pytest.mark.parametrize("name", ["dW_H[1,1]", "dW_H", "da_H/dz_H", "z_H", "L", "dL/db_O"])
@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_no_line_is_wider_than_asked_unless_a_word_is(name, width):
    page = invoke(["explain", "configs/example.yaml", name, "--width", str(width)]).stdout.splitlines()
    assert all(len(line) <= max(width, 27) for line in page)


def test_signs_of_ascii_alone_keep_their_columns():
    page = invoke(["explain", EXAMPLE, "dW_H", "--ascii"]).stdout
    assert page.isascii()
    assert page.splitlines()[3:5] == ["dL/dW_H = dL/dz_H x^T", "  2x2       2x1   1x2"]
