"""The page of `check`: names and rules are mathematics in LaTeX and Markdown, and text is what it was."""

from __future__ import annotations

import pytest
from invoke import invoke

SLIP = ["check", "configs/relu-sigmoid-bce.yaml", "--answer", "dz_H=[-1.49064e-5, -2.2e-5]"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (SLIP, [r"$\displaystyle \mathit{dz}_ H[2]$", "The first slip is $\\mathit{dz}_ H[2]$.", "at $u_H$"]),
        (SLIP, [r"The rule here is $\frac{\partial L}{\partial z_H} = "]),
        (
            ["check", "configs/example.yaml", "--answer", "da_H/dz_H=[1, 1]"],
            [r"The first slip is $\frac{\partial a_H}{\partial z_H[2]}$."],
        ),
        (
            ["check", "configs/given-gradients.yaml", "--answer", "m_hat@1={w1: 0.4}", "--answer", "sqrt(v)@1={w1: 1}"],
            [
                r"$\displaystyle \hat{m}$ of $\displaystyle w_1$",
                r"\sqrt{v}",
                r"The rule here is $\hat{m} = \frac{m}{1 - \beta_1^{t}}$",
            ],
        ),
        (
            ["check", "configs/functions/chain-rule.yaml", "--answer", "D(F∘G)=[[12, -27], [1, 2]]"],
            [
                r"$\mathit{D(F\circ G)}$ = $\mathit{DF(G)}$ · $\mathit{DG}$".replace("·", r"$\cdot$"),
                "at $x$ = 1, $y$ = 2",
            ],
        ),
    ],
)
def test_names_and_rules_are_mathematics_in_latex(arguments, told):
    page = invoke([*arguments, "--format", "latex"]).stdout
    assert [words for words in told if words not in page] == []


def test_names_and_rules_are_mathematics_in_markdown():
    page = invoke([*SLIP, "--format", "markdown"]).stdout
    assert "$u_H$" in page
    assert r"The rule here is $\frac{\partial L}{\partial z_H}" in page


def test_the_text_has_the_names_that_answers_have():
    page = invoke(SLIP).stdout
    assert "dz_H[2]    -2.2e-5" in page
    assert "The first slip is dz_H[2]. It is what one gets with" in page
    assert "The rule here is ∂L/∂z_H = " in page
