"""What people call a quantity is understood, in every spelling that textbooks and programs have."""

from __future__ import annotations

import pytest

import gradcalc
from gradcalc.errors import UsageError
from gradcalc.problem.build import Built
from gradcalc.problem.reference import Reference, reference

NAMED = """
{input: [1, 1], target: 1, loss: bce, notation: {post: u}, layers: [
  {name: H, weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu},
  {name: O, weights: [[4, 6]], bias: -3.5, activation: sigmoid}]}
"""
NUMBERED = "{input: [1, 2], target: 1, loss: mse, layers: [{weights: [[3, 4], [5, 6]]}, {weights: [[1, 2]]}]}"

MEANT = [
    (NAMED, "W_H", Reference("W_H")),
    (NAMED, "z_H[2]", Reference("z_H", (1,))),
    (NAMED, "yhat", Reference("u_O")),
    (NAMED, "ŷ", Reference("u_O")),
    (NAMED, "L", Reference("L")),
    (NAMED, "dL/dW_H[1,2]", Reference("W_H", (0, 1), "L")),
    (NAMED, "∂L/∂W_H[1, 2]", Reference("W_H", (0, 1), "L")),
    (NAMED, "dW_H[2]", Reference("W_H", (1,), "L")),
    (NAMED, "grad_W_H", Reference("W_H", (), "L")),
    (NAMED, "δ_H", Reference("z_H", (), "L")),
    (NAMED, "delta_O", Reference("z_O", (), "L")),
    (NAMED, "du_H/dz_H", Reference("z_H", (), "u_H")),
    (NAMED, "du_H[1]/dz_H[2]", Reference("z_H", (1,), "u_H", (0,))),
    (NAMED, "dyhat", Reference("u_O", (), "L")),
    (NAMED, "W_H@2", Reference("W_H", step=2)),
    (NAMED, "W_H[1,1]@10", Reference("W_H", (0, 0), step=10)),
    (NUMBERED, "dW1", Reference("W1", (), "L")),
    (NUMBERED, "δ1", Reference("z1", (), "L")),
    (NUMBERED, "dx", Reference("x", (), "L")),
    ("{parameters: {d: 1, dd: 2}, objective: d*dd}", "d", Reference("d")),
    ("{parameters: {d: 1, dd: 2}, objective: d*dd}", "dd", Reference("dd")),
    ("{parameters: {d: 1, dd: 2}, objective: d*dd}", "ddd", Reference("dd", (), "L")),
]

REFUSED = [
    (NUMBERED, "W3", "no quantity is called 'W3'"),
    (NUMBERED, "dV1", "no quantity is called"),
    (NUMBERED, "dL/dq", "no quantity is called 'q'"),
    (NUMBERED, "W1[3,1]", "W1 has the shape 2×2; indices count from 1"),
    (NUMBERED, "W1[0,1]", "indices count from 1"),
    (NUMBERED, "W1[1,1,1]", "W1 has the shape 2×2"),
    (NUMBERED, "L[1]", "L is one number and has no entries"),
    (NUMBERED, "W1[]", "W1 has the shape 2×2"),
    (NUMBERED, "", "no quantity is called ''"),
]


def built_of(text: str) -> Built:
    return gradcalc.solve(gradcalc.loads(text)).built


@pytest.mark.parametrize(("problem", "text", "meant"), MEANT)
def test_a_quantity_is_understood_as_it_is_written(problem: str, text: str, meant: Reference) -> None:
    assert reference(text, built_of(problem)) == meant


@pytest.mark.parametrize(("problem", "text", "said"), REFUSED)
def test_what_is_no_quantity_is_refused_with_the_reason(problem: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("[", r"\[").replace("(", r"\(")):
        reference(text, built_of(problem))


def test_positions_follow_the_base_of_the_indices() -> None:
    assert reference("W1[0,1]", built_of(NUMBERED), index_base=0).index == (0, 1)


@pytest.mark.parametrize(("name", "asked"), [("yhat", "ŷ"), ("yhat", "y_hat"), ("p_hat", "p\u0302"), ("w_hat", "ŵ")])
def test_a_quantity_with_a_hat_is_understood_by_its_name_and_with_its_hat_on(name, asked):
    written = f"{{parameters: {{v: 2}}, equations: {{{name}: 3*v, q: {name}*v, L: q^2}}}}"
    built = gradcalc.solve(gradcalc.loads(written)).built
    for text in (name, asked):
        assert reference(text, built).name == name
        assert reference(f"dL/d{text}", built).name == name
        assert reference(f"d{text}", built).name == name
        assert gradcalc.solve(gradcalc.loads(written), of=text).result == name
