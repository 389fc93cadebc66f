"""Every mistake of the catalogue has a row, or is recognized elsewhere; and what no random problem shows is shown."""

from __future__ import annotations

import pytest

import gradcalc
from gradcalc.study.mistakes import ROWS
from gradcalc.study.verdicts import CARRIED

CATALOGUE = [f"M{number}" for number in range(1, 34)]

NET = (
    "{input: [0.7, -0.4], target: 1, loss: bce, optimizer: {name: sgd, lr: 0.1}, layers: ["
    "{weights: [[0.3, -0.8], [0.6, 0.9]], bias: [0.2, -0.1], activation: tanh}, "
    "{weights: [[0.7, -0.5]], bias: 0.3, activation: sigmoid}]}"
)
ONE = "{input: 1, target: %d, loss: bce, layers: [{weights: [[%d]], bias: 0, activation: sigmoid}]}"
RUN = "{parameters: {w: 0.5}, gradients: [{w: -1.2}, {w: 2.1}, {w: 1.1}], optimizer: {name: momentum, lr: 0.1}}"
DOWN = RUN.replace("momentum", "sgd")

# what is no row: by the id, a sheet of the network and what it is recognized as
ELSEWHERE = {
    "M16": ({"z2": 0.76, "a2": 0.6813}, CARRIED),
    "M18": ({"a2": 0.0680514}, "decimal_point"),
    "M21": ({"dW2": [0.62307, -0.039979]}, "another_quantity"),
}


def told(problem: str, answers: dict) -> list[tuple[str, str, str]]:
    """What is said of each entry that is not simply right: its quantity, id and name of the cause, or the note."""
    checked = gradcalc.check(gradcalc.loads(problem), answers)
    named = [(entry.key.quantity, cause.id, cause.name) for entry in checked.entries for cause in entry.causes]
    return named + [(entry.key.quantity, "M16", entry.note) for entry in checked.entries if entry.note]


@pytest.mark.parametrize("number", CATALOGUE)
def test_every_mistake_of_the_catalogue_is_a_row_or_recognized_elsewhere(number):
    if number in ELSEWHERE:
        answers, name = ELSEWHERE[number]
        assert {found[1:] for found in told(NET, answers)} == {(number, name)}
    else:
        assert number in {row.id for row in ROWS}


def test_every_row_has_a_name_of_its_own_under_an_id_of_the_catalogue():
    assert {row.id for row in ROWS} <= {*CATALOGUE}
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("problem", "answers", "mistake"),
    [
        # ∂ŷ/∂W2 = ŷ (1 − ŷ) a1
        (NET, {"dW2": [0.13546, -0.008692]}, ("dW2", "M19", "gradient_of_output")),
        (NET, {"dW1": [[0.30958, -0.80547], [0.58884, 0.90638]]}, ("dW1", "M21", "another_quantity")),
        (ONE % (1, -110), {"L": 100}, ("L", "M20", "logarithm_clamped")),
        (ONE % (0, 20), {"L": 16.118}, ("L", "M20", "probability_clipped")),
        (ONE % (0, 20), {"L": 16.118, "dz1": 0, "dW1": 0}, ("L", "M20", "probability_clipped")),
        (RUN, {"step 1": {"w": 0.518}, "step 2": {"w": 0.3162}}, ("parameters", "M29", "one_update_more")),
        (DOWN, {"step 1": {"w": 0.5}, "step 2": {"w": 0.62}}, ("parameters", "M29", "one_update_fewer")),
        (RUN, {"step 2": {"w": 0.3162}}, ("parameters", "M29", "one_update_more")),
    ],
)
def test_a_mistake_that_random_problems_do_not_show_is_named(problem, answers, mistake):
    assert {*told(problem, answers)} == {mistake}


def test_a_saturated_output_is_needed_for_a_clamp_to_show():
    names = {name for _, _, name in told(ONE % (0, 2), {"L": 1.9})}
    assert names.isdisjoint({"logarithm_clamped", "probability_clipped"})
