"""Networks, steps of optimizers and formulas, worked with a mistake by hand, are diagnosed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import hand
import hand_equations
import hand_steps
import pytest
from hand import Hand, draw, figures
from hand_equations import Lines, draw_equations
from hand_rounding import cut, rounding
from hand_steps import Steps, draw_steps, draw_trained, shaped
from kinds import document_of

import gradcalc
from gradcalc.problem.answer_files import from_mapping
from gradcalc.study.check import Checked, Checker

# what differs by less may be no more than rounding, of five figures and of three
PLAIN, ROUGH = 2e-3, 0.05


class Kind(NamedTuple):
    """A kind of problem: how one is drawn, who works it, the mistakes there are, what a sheet of it looks like, how
    its numbers are written, how far they have to be off to be plainly wrong, and of how many mistakes one is looked
    at, in the next problem another."""

    draw: Callable[[int], dict]
    hand: type
    mistakes: list
    sheet: Callable[[dict, dict], dict]
    write: Callable[[dict], dict] = figures
    plain: float = PLAIN
    every: int = 1


def whole(_document: dict, worked: dict) -> dict:
    return worked


def rounded(digits: int, kind: str, *, truncate: bool = False) -> Kind:
    """Networks worked by somebody who cuts each number on the way."""
    hands = [rounding(one, digits, kind, truncate=truncate) for one in (Hand, *hand.MISTAKES)]
    return Kind(draw, hands[0], hands[1:], whole, partial(cut, digits=digits, kind=kind, truncate=truncate), ROUGH)


KINDS = {
    "networks": Kind(draw, Hand, hand.MISTAKES, whole),
    "three figures": Kind(draw, Hand, hand.MISTAKES, whole, partial(figures, digits=3), ROUGH),
    "three decimals": Kind(
        draw, Hand, hand.MISTAKES, whole, partial(cut, digits=3, kind="decimals", truncate=False), ROUGH
    ),
    "rounded to three figures": rounded(3, "figures"),
    "truncated to three decimals": rounded(3, "decimals", truncate=True),
    "exercises": Kind(document_of, Hand, hand.MISTAKES, whole),
    "steps": Kind(draw_steps, Steps, hand_steps.MISTAKES, shaped),
    # what a step makes of a network takes a while to look for
    "trained networks": Kind(draw_trained, Steps, hand_steps.MISTAKES, shaped, every=12),
    "equations": Kind(draw_equations, Lines, hand_equations.MISTAKES, lambda _document, worked: worked),
}


class Diagnosed(NamedTuple):
    """A sheet that was checked: who worked it, and the first entry that is spoiled."""

    seed: int
    mistake: type
    spoiled: tuple
    checked: Checked
    tied: set[str]


def diagnosed(kind: Kind, seeds: range) -> Iterator[Diagnosed]:
    """Every mistake in every problem, but for those that show less than roundings do."""
    for seed in seeds:
        document = kind.draw(seed)
        checker = Checker(gradcalc.loads(json.dumps(document)))
        right = dict(worked(kind._replace(mistakes=[kind.hand]), document)).get(kind.hand)
        if right is None:
            continue  # ŷ was rounded to 1, and there is no logarithm of 0
        base = checker.check(from_mapping(kind.write(right)))
        assert {entry.word for entry in base.entries} == {"right"}
        order = [place_of(entry) for entry in base.entries]
        sheets = dict(worked(kind, document))
        for mistake, told in [*sheets.items()][seed % kind.every :: kind.every]:
            spoiled = first_spoiled(told, right, order, kind)
            if spoiled is not None:
                alike = [names_of(other) for other, sheet in sheets.items() if kind.write(sheet) == kind.write(told)]
                checked = checker.check(from_mapping(kind.write(told)))
                yield Diagnosed(seed, mistake, spoiled, checked, set[str]().union(*alike))


def names_of(mistake: type) -> set[str]:
    """What a mistake goes by: its name, and that of another which leads to the same sheet in all problems."""
    return {mistake.name, *getattr(mistake, "others", ())}


def worked(kind: Kind, document: dict) -> Iterator[tuple[type, dict]]:
    for mistake in kind.mistakes:
        hand = mistake(document)
        if hand.suits():
            try:
                yield mistake, kind.sheet(document, hand.work())
            except (ArithmeticError, ValueError):
                continue


def place_of(entry) -> tuple:
    """What an entry belongs to: the step if there is one, the quantity, the parameter."""
    key = entry.key
    return (key.quantity,) if key.step is None else (f"step {key.step}", key.quantity, key.parameter)


def leaves(sheet, path=()) -> Iterator[tuple[tuple, float]]:
    if isinstance(sheet, dict):
        for name, inner in sheet.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(sheet, list):
        for inner in sheet:
            yield from leaves(inner, path)
    else:
        yield path, sheet


def first_spoiled(told: dict, right: dict, order: list, kind: Kind) -> tuple | None:
    """The first quantity that differs; None where it differs by no more than roundings make."""
    found: dict[tuple, float] = {}
    true: dict[tuple, list[float]] = {}
    for path, value in leaves(right):
        true.setdefault(path, []).append(value)
    for path, value in leaves(told):
        other = true[path].pop(0)
        if kind.write(value) != kind.write(other):
            found[path] = max(found.get(path, 0.0), abs(value - other) / (abs(other) or 1))
    first = next((path for path in order if path in found), None)
    return first if first is not None and found[first] > kind.plain else None


def misjudged(kind: Kind, seeds: range) -> tuple[list, list, int]:
    """Whose first spoiled quantity was not found, whose cause was not named for all that is wrong or in a tie that no
    two sheets of the hand bear out, and how many there were."""
    places, names, count = [], [], 0
    for seed, mistake, spoiled, checked, tied in diagnosed(kind, seeds):
        count += 1
        first = checked.first_wrong
        if first is None or place_of(first) != spoiled:
            places.append((seed, mistake.__name__, spoiled))
            continue
        told = [{cause.name for cause in entry.causes} for entry in checked.entries if entry.word == "wrong"]
        if not all(names_of(mistake) & causes for causes in told) or not told[0] <= tied:
            names.append((seed, mistake.__name__, told[0]))
    return places, names, count


@pytest.mark.parametrize(
    ("kind", "seeds", "least"),
    [
        ("networks", range(1), 15),
        ("three figures", range(1, 2), 8),
        ("three decimals", range(1, 2), 8),
        ("rounded to three figures", range(1, 2), 8),
        ("truncated to three decimals", range(1, 2), 8),
        ("exercises", range(4), 60),
        ("steps", range(1, 4, 2), 24),
        ("equations", range(3), 70),
    ],
)
def test_what_is_worked_with_a_mistake_is_diagnosed(kind, seeds, least):
    places, names, count = misjudged(KINDS[kind], seeds)
    assert places == []
    assert len(names) <= 0.05 * count
    assert count > least


def test_mistakes_of_a_network_are_named_where_only_the_steps_of_its_optimizer_are_written():
    told = {"weight_missing", "bias_left_out", "z_as_factor"}
    mistakes = [mistake for mistake in hand_steps.OF_NETWORKS if mistake.name in told]
    kind = KINDS["trained networks"]._replace(mistakes=mistakes, every=1)
    assert misjudged(kind, range(1)) == ([], [], len(told))


# so many problems in turn, of each kind
ROUNDED = dict.fromkeys(
    ("three figures", "three decimals", "rounded to three figures", "truncated to three decimals"), (1, 10)
)
BLOCKS = {
    **ROUNDED,
    "networks": (10, 30),
    "exercises": (10, 10),
    "equations": (10, 10),
    "steps": (4, 25),
    "trained networks": (2, 12),
}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "block"), [(kind, block) for kind in BLOCKS for block in range(BLOCKS[kind][0])])
def test_many_problems_worked_with_a_mistake_are_diagnosed(kind, block):
    size = BLOCKS[kind][1]
    places, names, count = misjudged(KINDS[kind], range(10 + size * block, 10 + size * (block + 1)))
    assert places == []
    assert len(names) <= 0.05 * count
