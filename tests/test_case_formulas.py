"""The formulas of the worked pages: what `explain` prints in their place agrees with them at random numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from comparator import cases_folder
from invoke import invoke
from paper import Reader, Sheet
from texts import read_texts

from gradcalc.engine.notation import text
from gradcalc.problem.load import load
from gradcalc.problem.model import Layer
from gradcalc.problem.reference import Reference, reference
from gradcalc.solution import Solution, solve
from gradcalc.study.explain import explain_entry

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
# the pages whose formulas are of a problem with numbers; letters of an index are put in as numbers
PAGES = ("relu-sigmoid-bce", "relu-3-2-2-1-rss", "mlp-dimensions")
LETTERS = {"h": 2, "m": 3}

pytestmark = pytest.mark.skipif(not cases_folder().is_dir(), reason=f"no worked cases in {cases_folder()}")


def formulas() -> list[tuple[str, str, list[str]]]:
    """Every formula of the pages that is one of a derivative: the page, the derivative, what it equals."""
    found = []
    for page in PAGES if cases_folder().is_dir() else ():
        for written in read_texts(cases_folder() / f"{page}.yaml")["formulas"]:
            derivative, *sides = re.split(r" = |: ", written.partition(" at y")[0])
            if derivative.startswith("∂"):
                found.append((page, derivative.partition(" is a sum")[0], sides))
    return found


def random(page: str, seed: int) -> Solution:
    """The problem of a page with other numbers, that leave every unit at work."""
    problem, draw = load(CONFIGS / f"{page}.yaml"), np.random.default_rng(seed)
    sizes = solve(problem).values
    names = solve(problem).built.names.layers

    def other(name: str):
        return draw.uniform(0.1, 0.6, sizes[name].shape)

    def layer(own: Layer, number: int) -> Layer:
        return replace(own, weights=other(names[number].weights), bias=other(names[number].bias))

    layers = tuple(layer(own, number) for number, own in enumerate(problem.layers))
    return solve(replace(problem, layers=layers, input=draw.uniform(0.1, 2, problem.input.shape)))


def numbers(solution: Solution) -> dict[str, float]:
    """Every entry by every name that a page has for it: of one row also by its column, of one entry by its name."""
    found = {}
    for name, array in solution.values.items():
        for index in np.ndindex(array.shape):
            inside = [str(i + 1) for i in index]
            found[f"{name}[{','.join(inside)}]"] = float(array[index])
            if array.ndim == 2 and array.shape[0] == 1:
                found[f"{name}[{inside[1]}]"] = float(array[index])
        if array.size == 1:
            found[name] = float(array.ravel()[0])
    return found | {"ŷ": float(solution.output[0])}


def at(name: str) -> str:
    """A name with numbers for the letters of its index."""
    return re.sub(r"(?<=[\[,])[a-z](?=[\],])", lambda letter: str(LETTERS[letter[0]]), name)


def value(side: str, known: dict[str, float]) -> float:
    reader = Reader({name: name for name in known})
    return float(Sheet(known, {}).value(reader.read(side)))


def asked(derivative: str, solution: Solution) -> list[Reference]:
    """The entries that a derivative of a page is about."""
    name = re.sub(r"(∂\w+/∂W\d)\[(\d)\]$", r"\1[1,\2]", at(derivative))
    found = reference(name, solution.built)
    shape = solution.values[found.name].shape
    whole = len(found.index) == len(shape)
    return [found] if whole else [Reference(found.name, index, found.of) for index in np.ndindex(shape)]


@pytest.mark.parametrize(("page", "derivative", "sides"), formulas(), ids=lambda part: str(part)[:40])
def test_explain_and_the_page_agree_at_random_numbers(page, derivative, sides):
    for seed in range(5):
        solution = random(page, seed)
        known = numbers(solution)
        for number, one in enumerate(asked(derivative, solution)):
            found = explain_entry(solution, one)
            told = sum(np.prod([value(text(f.formula, found.style), known) for f in p.factors]) for p in found.paths)
            assert told == pytest.approx(found.value, rel=1e-9)
            for side in map(at, sides):
                if re.search(r"∂|^[\d·+ ]+$", side):
                    continue
                factor, bracket, entries = side.partition(" · [")
                page_value = value(factor, known)
                if bracket:
                    page_value *= value(entries.removesuffix("]").split(", ")[number], known)
                assert page_value == pytest.approx(found.value, rel=1e-9), side


@pytest.mark.parametrize(("page", "derivative", "sides"), formulas(), ids=lambda part: str(part)[:40])
def test_the_chain_and_the_numbers_of_a_page_are_printed_as_they_stand_there(page, derivative, sides):
    solution = solve(load(CONFIGS / f"{page}.yaml"))
    printed = invoke(["explain", f"configs/{page}.yaml", at(asked_name(derivative))]).stdout
    found = explain_entry(solution, asked(derivative, solution)[0])
    for side in sides:
        if "∂" in side and re.match(r"∂L/∂ŷ ·", side):
            assert side in printed
        elif re.fullmatch(r"[\d·+ ]+", side) and "·" in side:
            assert side.replace("·", " · ") in printed
        elif re.fullmatch(r"\d+", side):
            assert found.value == float(side)
            assert f"= {side}\n" in printed


def asked_name(derivative: str) -> str:
    return re.sub(r"(∂\w+/∂W\d)\[(\w)\]$", r"\1[1,\2]", derivative)


def test_a_batch_has_twice_the_error_times_what_is_fed_of_each_sample():
    # ∂L/∂v = 2 Σ_i (ŷ⁽ⁱ⁾ − y⁽ⁱ⁾) z⁽ⁱ⁾ and ∂L/∂w_j = 2 Σ_i (ŷ⁽ⁱ⁾ − y⁽ⁱ⁾) v_j z_j⁽ⁱ⁾ (1 − z_j⁽ⁱ⁾) x⁽ⁱ⁾
    solution = solve(load(CONFIGS / "three-hidden-units-batch.yaml"))
    v = explain_entry(solution, reference("dW_v[1,2]", solution.built))
    w = explain_entry(solution, reference("dW_w[1,2]", solution.built))
    chains = [{tuple(text(f.formula, e.style) for f in path.factors) for path in e.paths} for e in (v, w)]
    assert chains == [
        {("1", "2 (ŷ − y)", "a_w[1]")},
        {("1", "2 (ŷ − y)", "W_v[1,2]", "a_w[1] (1 − a_w[1])", "x[1]")},
    ]
    assert [path.sample for path in w.paths] == [1, 2, 3]
