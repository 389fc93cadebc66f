"""The rules of optimizers and schedules as they are read."""

from __future__ import annotations

import itertools
import re

import pytest

from gradcalc.problem.model import Schedule
from gradcalc.study import updates
from gradcalc.study.updates import signs, told_schedule
from gradcalc.training.optimizers import OPTIMIZERS


def told(optimizer, hyper, *, scheduled=False):
    return [line.text for line in updates.told(optimizer, hyper, scheduled=scheduled)]


ADAM = [
    "m ← β1 m + (1 − β1) g",
    "v ← β2 v + (1 − β2) g²",
    "m̂ = m / (1 − β1ᵗ)",
    "v̂ = v / (1 − β2ᵗ)",
    "θ ← θ − η m̂ / (√v̂ + ε)",
]

CASES = [
    ("sgd", {}, ["θ ← θ − η g"]),
    ("sgd", {"weight_decay": 0.1}, ["g ← g + λ θ", "θ ← θ − η g"]),
    ("sgd", {"weight_decay": 0.1, "decoupled": True}, ["θ ← θ − η g − η λ θ"]),
    ("momentum", {}, ["v ← β v + η g", "θ ← θ − v"]),
    ("momentum", {"form": "torch"}, ["v ← β v + g", "θ ← θ − η v"]),
    ("momentum", {"form": "ema"}, ["v ← β v + (1 − β) g", "θ ← θ − η v"]),
    ("momentum", {"form": "torch", "dampening": 0.1}, ["v ← β v + (1 − τ if t > 1, else 1) g", "θ ← θ − η v"]),
    ("nesterov", {}, ["v ← β v + η g", "θ ← θ − (β v + η g)"]),
    ("nesterov", {"form": "ema"}, ["v ← β v + (1 − β) g", "θ ← θ − η (β v + (1 − β) g)"]),
    ("adagrad", {}, ["G ← G + g²", "θ ← θ − η g / (√G + ε)"]),
    ("adagrad", {"eps_place": "inside"}, ["G ← G + g²", "θ ← θ − η g / √(G + ε)"]),
    ("adagrad", {"lr_decay": 0.1}, ["G ← G + g²", "α = η / (1 + (t − 1) κ)", "θ ← θ − α g / (√G + ε)"]),
    (
        "adadelta",
        {},
        ["s ← ρ s + (1 − ρ) g²", "δ = g √(d + ε) / √(s + ε)", "d ← ρ d + (1 − ρ) δ²", "θ ← θ − η δ"],
    ),
    ("rmsprop", {"eps_place": "inside"}, ["s ← ρ s + (1 − ρ) g²", "θ ← θ − η g / √(s + ε)"]),
    (
        "rmsprop",
        {"centered": True, "momentum": 0.9},
        ["s ← ρ s + (1 − ρ) g²", "ḡ ← ρ ḡ + (1 − ρ) g", "v ← μ v + g / (√max(0, s − ḡ²) + ε)", "θ ← θ − η v"],
    ),
    ("adam", {}, ADAM),
    ("adam", {"eps_place": "inside"}, [*ADAM[:4], "θ ← θ − η m̂ / √(v̂ + ε)"]),
    ("adam", {"eps_place": "hat"}, [*ADAM[:2], "α = η √(1 − β2ᵗ) / (1 − β1ᵗ)", "θ ← θ − α m / (√v + ε)"]),
    ("adam", {"bias_correction": False}, [*ADAM[:2], "θ ← θ − η m / (√v + ε)"]),
    ("adamw", {}, [*ADAM[:4], "θ ← θ − η m̂ / (√v̂ + ε) − η λ θ"]),
    ("adamw", {"decoupled": False}, ["g ← g + λ θ", *ADAM]),
    (
        "amsgrad",
        {},
        [*ADAM[:2], "v_max ← max(v_max, v)", ADAM[2], "v̂ = v_max / (1 − β2ᵗ)", ADAM[4]],
    ),
    ("adamax", {}, [ADAM[0], "u ← max(β2 u, |g| + ε)", ADAM[2], "θ ← θ − η m̂ / u"]),
    (
        "nadam",
        {},
        [
            *ADAM[:2],
            "μ = β1 (1 − 0.96^(t ψ) / 2)",
            "μ′ = β1 (1 − 0.96^((t + 1) ψ) / 2)",
            "Πμ ← Πμ μ",
            "m̄ = μ′ m / (1 − Πμ μ′) + (1 − μ) g / (1 − Πμ)",
            ADAM[3],
            "θ ← θ − η m̄ / (√v̂ + ε)",
        ],
    ),
    (
        "radam",
        {"eps_place": "outside"},
        [
            *ADAM[:2],
            "ρ∞ = 2 / (1 − β2) − 1",
            "ρ = ρ∞ − 2 t β2ᵗ / (1 − β2ᵗ)",
            "r = (√((ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ)) if ρ > 5, else 0)",
            *ADAM[2:4],
            "θ ← θ − η m̂ (r / (√v̂ + ε) if ρ > 5, else 1)",
        ],
    ),
    (
        "rprop",
        {},
        [
            "f = (η⁺ if g g_prev > 0, else (η⁻ if g g_prev < 0, else 1))",
            "Δ ← min(max(Δ f, Δ_min), Δ_max)",
            "g_prev ← (0 if g g_prev < 0, else g)",
            "θ ← θ − Δ sign(g_prev)",
        ],
    ),
    ("lion", {}, ["c = β1 m + (1 − β1) g", "m ← β2 m + (1 − β2) g", "θ ← θ − η sign(c)"]),
    ("polyak", {}, ["α = min(η_max, (L − f_min) / ‖g‖²)", "θ ← θ − α g"]),
    ("polyak", {"weight_decay": 0.1, "decoupled": True}, ["α = min(η_max, (L − f_min) / ‖g‖²)", "θ ← θ − α g − α λ θ"]),
]


def defaults(name: str, **more):
    return {**{key: row.default for key, row in OPTIMIZERS[name].hyper.items()}, **more}


@pytest.mark.parametrize(("name", "constants", "lines"), CASES, ids=lambda value: str(value)[:40])
def test_an_update_reads_as_in_a_textbook(name, constants, lines):
    assert told(OPTIMIZERS[name], defaults(name, **constants)) == lines


def test_every_optimizer_is_read_here():
    assert {name for name, _, _ in CASES} == set(OPTIMIZERS)


def test_with_a_schedule_the_rate_is_that_of_the_step():
    assert told(OPTIMIZERS["sgd"], defaults("sgd"), scheduled=True) == ["θ ← θ − η_t g"]
    lines = told(OPTIMIZERS["adam"], defaults("adam", eps_place="hat"), scheduled=True)
    assert lines[2:] == ["α = η_t √(1 − β2ᵗ) / (1 − β1ᵗ)", "θ ← θ − α m / (√v + ε)"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nothing_is_said_of_decay_where_there_is_none(name):
    for decoupled in (False, True):
        lines = told(OPTIMIZERS[name], defaults(name, weight_decay=0.0, decoupled=decoupled))
        assert "λ" not in "".join(lines)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_name_of_the_code_is_left_in_the_lines(name):
    row = OPTIMIZERS[name]
    choices = [[(key, choice) for choice in hyper.choices] for key, hyper in row.hyper.items() if hyper.choices]
    for chosen in itertools.product(*choices):
        for decoupled in (False, True):
            hyper = defaults(name, **dict(chosen), weight_decay=0.1, decoupled=decoupled)
            words = set(re.findall(r"[a-z]\w{3,}", " ".join(told(row, hyper))))
            assert words <= {"else", "sign", "v_max", "f_min", "g_prev"}


def test_the_signs_of_state_and_constants_are_told():
    found = signs(OPTIMIZERS["adam"])
    assert [found[name] for name in ("w", "m_hat", "v_hat", "lr", "beta1", "eps")] == ["θ", "m̂", "v̂", "η", "β1", "ε"]
    assert signs(OPTIMIZERS["rmsprop"])["g_mean"] == "ḡ"


SCHEDULES = [
    (Schedule("step", {"every": 10}), "η_t = η γ^⌊(t − 1) / n⌋", {"n": 10, "γ": 0.1}),
    (Schedule("exponential", {"factor": 0.9}), "η_t = η γ^(t − 1)", {"γ": 0.9}),
    (
        Schedule("cosine"),
        "η_t = η_min + (η − η_min) (1 + cos(π (t − 1) / T)) / 2",
        {"T": 100, "η_min": 0.0},
    ),
    (Schedule("linear"), "η_t = η (f₀ + (f₁ − f₀) min(t − 1, T) / T)", {"f₀": 1.0, "f₁": 0.0, "T": 100}),
    (Schedule("inverse_time", {"rate": 0.1}), "η_t = η / (1 + κ (t − 1))", {"κ": 0.1}),
    (
        Schedule("exponential", {"factor": 0.9, "warmup": 5}),
        "η_t = η t / t₀ until t = t₀, then η γ^(t − t₀ − 1)",
        {"t₀": 5, "γ": 0.9},
    ),
    (
        Schedule("linear", {"start": 0.5, "warmup": 5}),
        "η_t = η f₀ t / t₀ until t = t₀, then η (f₀ + (f₁ − f₀) min(t − t₀ − 1, T) / T)",
        {"t₀": 5, "f₀": 0.5, "f₁": 0.0, "T": 95},
    ),
    (Schedule("list", {}, (0.1, 0.05)), "η_t = 0.1, 0.05, then 0.05", {}),
    (Schedule("list", {"warmup": 3}, (0.1,)), "η_t = 0.1 t / t₀ until t = t₀, then 0.1, then 0.1", {"t₀": 3}),
]


@pytest.mark.parametrize(("schedule", "formula", "constants"), SCHEDULES, ids=lambda value: str(value)[:30])
def test_a_schedule_reads_as_a_formula_and_its_constants(schedule, formula, constants):
    found = told_schedule(schedule, 100)
    assert (found.formula.text, found.constants) == (formula, constants)


def test_a_list_of_rates_is_shown_as_far_as_it_is_used():
    rates = tuple(0.1 * i for i in range(1, 101))
    assert told_schedule(Schedule("list", {}, rates), 3).formula.text == "η_t = 0.1, 0.2, 0.3"
    assert told_schedule(Schedule("list", {}, rates), 100).formula.text == "η_t = 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, …, 10"
