"""What LaTeX shows is what the text says: it is read as it was meant, and names in it are never obeyed."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from paper import Ambiguous
from tex_reader import TexReader
from trees import TREES, value
from turns import examples_in_turn

from gradcalc.engine.book import FUNCTIONS, parse, substitute
from gradcalc.engine.latex import latex, name
from gradcalc.engine.notation import Style, text
from gradcalc.engine.trees import constant

PRINTED = {"a": "a1", "b": "ŷ", "z": "z_H", "∂z": "∂L/∂z_H"}
READER = TexReader({name(shown): key for key, shown in PRINTED.items()})


@examples_in_turn(125, 500, TREES)
def test_a_tree_set_in_latex_reads_back_as_the_same_computation(tree):
    expected = value(tree)
    assume(expected is not None)
    tex = latex(tree, Style(PRINTED))
    found = value(READER.read(tex))
    assert found is not None, tex
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-6), f"{ast.unparse(tree)} is set {tex}"


@examples_in_turn(50, 200, TREES)
def test_no_command_of_a_formula_means_anything_to_markdown(tree):
    tex = latex(tree, Style(PRINTED), r"\cr")
    # a backslash before a sign would be taken away, `}_` and `*` begin an emphasis, a bar ends a cell
    assert not any(f"\\{sign}" in tex for sign in "\\{}_,;!|*")
    assert "}_{" not in tex.replace("} _", "")
    assert not set("|*`$~") & set(tex)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("(a + b) * z", r"(a_1 + \hat{y}) z_H"),
        ("a - (b - z)", r"a_1 - (\hat{y} - z_H)"),
        ("a + -(b + z)", r"a_1 - (\hat{y} + z_H)"),
        ("a / (b * z)", r"\frac{a_1}{\hat{y} z_H}"),
        ("a / b * z", r"\frac{a_1}{\hat{y}} z_H"),
        ("1 / 3 * a", r"\tfrac{1}{3} a_1"),
        ("2 * 3 * a", r"2 \cdot 3 a_1"),
        ("2 * -3", r"2 \cdot (-3)"),
        ("(a**2)**3", r"(a_1^{2})^{3}"),
        ("exp(a)**2", r"(e^{a_1})^{2}"),
        ("(-a)**2", r"(-a_1)^{2}"),
        ("(a / b)**2", r"\left( \frac{a_1}{\hat{y}} \right)^{2}"),
        ("log(a) * b", r"(\ln a_1) \hat{y}"),
        ("log(1 - a) * b", r"\ln (1 - a_1) \hat{y}"),
        ("sqrt(a + b) * z", r"\sqrt{a_1 + \hat{y}} z_H"),
        ("units(a * b)", r"\sum_k (a_1 \hat{y})"),
        ("a * (z > 0)", r"a_1 \left[ z_H > 0 \right]"),
        ("where(z > 0, 1, a)", r"\begin{cases} 1 & \text{if } z_H > 0 \\ a_1 & \text{else} \end{cases}"),
        ("unit(z, 1) * a", r"z_H[2] a_1"),
        ("z @ a.T", r"z_H a_1^{\top}"),
        ("(z + a).T", r"(z_H + a_1)^{\top}"),
        ("leaky_relu(z)", r"\operatorname{leaky-relu}(z_H)"),
    ],
)
def test_a_formula_is_set_as_a_mathematician_would(formula, expected):
    assert latex(parse(formula), Style(PRINTED)) == expected


def test_a_gradient_that_arrives_is_multiplied_entry_by_entry():
    tree = substitute(parse("g * a"), {"g": ast.Name("∂z")})
    assert latex(tree, Style(PRINTED)) == r"\frac{\partial L}{\partial z_H} \odot a_1"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("W1", "W_1"),
        ("z_H", "z_H"),
        ("W_out", r"W_{\text{out}}"),
        ("net_o1", r"\mathit{net}_ {o_1}"),
        ("W_ji", "W_{ji}"),
        ("ŷ", r"\hat{y}"),
        ("β1", r"\beta_1"),
        ("m̂", r"\hat{m}"),
        ("m̂_3", r"\hat{m}_ 3"),
        ("y_hat", r"\hat{y}"),
        ("alpha", r"\alpha"),
        ("ρ∞", r"\rho_{\infty}"),
        ("μ′", r"\mu'"),
        ("∂L/∂W_H", r"\frac{\partial L}{\partial W_H}"),
        ("∂a2[1]/∂W_H[1,2]", r"\frac{\partial a_2[1]}{\partial W_H[1,2]}"),
        (r"\input{x}", r"\mathit{\backslash input\lbrace x\rbrace}"),
        ("50% $", r"\mathit{50\%~\$}"),
        ("_x", r"\mathit{\_x}"),
        ("中", r"\backslash u4e2d"),
        ("é", r"\acute{e}"),
    ],
)
def test_a_name_is_set_with_its_subscripts_and_never_obeyed(shown, expected):
    assert name(shown) == expected


@given(st.text(max_size=12))
def test_any_name_is_ascii_with_its_braces_in_pairs(shown):
    tex = name(shown)
    assert tex.isascii()
    assert tex.isprintable()
    bare = tex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert not set("#$%&") & set(tex.replace(r"\#", "").replace(r"\$", "").replace(r"\%", "").replace(r"\&", ""))


@pytest.mark.parametrize(
    ("numbers", "upright", "expected"),
    [
        ([1, -2.5], True, r"\begin{pmatrix} 1 \\ -2.5 \end{pmatrix}"),
        ([1, -2.5], False, r"\begin{pmatrix} 1 & -2.5 \end{pmatrix}"),
        ([[1, 2], [3, 4]], True, r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
        (-3.72664e-06, True, r"-3.72664 \cdot 10^{-6}"),
    ],
)
def test_numbers_and_arrays_that_are_put_in(numbers, upright, expected):
    assert (
        latex(constant(np.array(numbers) if isinstance(numbers, list) else numbers), Style(upright=upright)) == expected
    )


def test_two_arrays_of_numbers_are_multiplied_entry_by_entry():
    one = constant(np.array([1.0, 2.0]))
    tree = ast.BinOp(one, ast.Mult(), one)
    assert r" \odot " in latex(tree)
    assert text(tree) == "[1, 2] ⊙ [1, 2]"


def test_every_word_of_the_language_has_its_latex_with_a_place_for_each_argument():
    for word in FUNCTIONS.values():
        places = {digit for digit in "012" if f"{{{digit}}}" in word.text}
        assert places == {str(int(place) - 1) for place in "123" if f"#{place}" in word.latex}, word.text


def test_what_two_people_may_read_in_two_ways_is_refused_by_the_reader():
    for tex in (r"\sum_k a_1 \hat{y}", r"\ln a_1 \hat{y}", "a_1^{2}^{3}", r"a_1 + -\hat{y}", "a_1 2", "(a_1"):
        with pytest.raises((Ambiguous, AssertionError, KeyError, IndexError)):
            READER.read(tex)
