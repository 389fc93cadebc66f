"""Fifty steps of every optimizer and schedule of PyTorch, kept in `torch_traces.json`.

    python tests/training/torch_traces.py > tests/training/torch_traces.json

writes the file anew; it needs torch and nothing else. The gradients are given: nothing but the rules is compared.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

STEPS, ENTRIES = 50, 4
Case = tuple[str, dict[str, Any], str, dict[str, Any]]


def adam(**constants: Any) -> dict[str, Any]:
    """Constants of Adam by torch's names."""
    betas = (constants.pop("beta1", 0.9), constants.pop("beta2", 0.999))
    return {**constants, "betas": betas}


MOMENTUM = {"form": "torch", "lr": 0.05}
QUICK = {"lr": 0.03, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}

# name: optimizer and constants here, class and constants there
CASES: dict[str, Case] = {
    "sgd": ("sgd", {}, "SGD", {}),
    "sgd, decay": ("sgd", {"lr": 0.1, "weight_decay": 0.05}, "SGD", {"lr": 0.1, "weight_decay": 0.05}),
    "momentum": ("momentum", MOMENTUM, "SGD", {"lr": 0.05, "momentum": 0.9}),
    "momentum, classical": ("momentum", {"lr": 0.05}, "SGD", {"lr": 0.05, "momentum": 0.9}),
    "momentum, dampening": (
        "momentum",
        {**MOMENTUM, "beta": 0.7, "dampening": 0.3},
        "SGD",
        {"lr": 0.05, "momentum": 0.7, "dampening": 0.3},
    ),
    "momentum, decay": (
        "momentum",
        {**MOMENTUM, "weight_decay": 0.05},
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.05},
    ),
    "nesterov": ("nesterov", MOMENTUM, "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "nesterov, classical": ("nesterov", {"lr": 0.05}, "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "nesterov, decay": (
        "nesterov",
        {**MOMENTUM, "beta": 0.6, "weight_decay": 0.05},
        "SGD",
        {"lr": 0.05, "momentum": 0.6, "nesterov": True, "weight_decay": 0.05},
    ),
    "adagrad": ("adagrad", {}, "Adagrad", {}),
    "adagrad, decays": (
        "adagrad",
        {"lr": 0.2, "eps": 1e-2, "lr_decay": 0.1, "weight_decay": 0.05},
        "Adagrad",
        {"lr": 0.2, "eps": 1e-2, "lr_decay": 0.1, "weight_decay": 0.05},
    ),
    "adagrad, start": (
        "adagrad",
        {"lr": 0.2, "initial": {"G": 0.1}},
        "Adagrad",
        {"lr": 0.2, "initial_accumulator_value": 0.1},
    ),
    "adadelta": ("adadelta", {}, "Adadelta", {}),
    "adadelta, decay": (
        "adadelta",
        {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.05},
        "Adadelta",
        {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.05},
    ),
    "rmsprop": ("rmsprop", {}, "RMSprop", {}),
    "rmsprop, centered": (
        "rmsprop",
        {"rho": 0.9, "eps": 1e-3, "centered": True},
        "RMSprop",
        {"alpha": 0.9, "eps": 1e-3, "centered": True},
    ),
    "rmsprop, momentum": ("rmsprop", {"momentum": 0.8}, "RMSprop", {"momentum": 0.8}),
    "rmsprop, all": (
        "rmsprop",
        {"lr": 0.02, "rho": 0.8, "eps": 1e-2, "centered": True, "momentum": 0.6, "weight_decay": 0.05},
        "RMSprop",
        {"lr": 0.02, "alpha": 0.8, "eps": 1e-2, "centered": True, "momentum": 0.6, "weight_decay": 0.05},
    ),
    "adam": ("adam", {}, "Adam", {}),
    "adam, quick": ("adam", QUICK, "Adam", adam(**QUICK)),
    "adam, decay": ("adam", {**QUICK, "weight_decay": 0.05}, "Adam", adam(**QUICK, weight_decay=0.05)),
    "adam, decoupled": (
        "adam",
        {**QUICK, "weight_decay": 0.05, "decoupled": True},
        "Adam",
        adam(**QUICK, weight_decay=0.05, decoupled_weight_decay=True),
    ),
    "adamw": ("adamw", {}, "AdamW", {}),
    "adamw, quick": ("adamw", {**QUICK, "weight_decay": 0.2}, "AdamW", adam(**QUICK, weight_decay=0.2)),
    "amsgrad": ("amsgrad", {}, "Adam", {"amsgrad": True}),
    "amsgrad, decay": (
        "amsgrad",
        {**QUICK, "weight_decay": 0.05},
        "Adam",
        adam(**QUICK, weight_decay=0.05, amsgrad=True),
    ),
    "amsgrad, decoupled": (
        "amsgrad",
        {**QUICK, "weight_decay": 0.05, "decoupled": True},
        "AdamW",
        adam(**QUICK, weight_decay=0.05, amsgrad=True),
    ),
    "adamax": ("adamax", {}, "Adamax", {}),
    "adamax, decay": ("adamax", {**QUICK, "weight_decay": 0.05}, "Adamax", adam(**QUICK, weight_decay=0.05)),
    "nadam": ("nadam", {}, "NAdam", {}),
    "nadam, decay": (
        "nadam",
        {**QUICK, "momentum_decay": 0.1, "weight_decay": 0.05},
        "NAdam",
        adam(**QUICK, momentum_decay=0.1, weight_decay=0.05),
    ),
    "nadam, decoupled": (
        "nadam",
        {**QUICK, "weight_decay": 0.05, "decoupled": True},
        "NAdam",
        adam(**QUICK, weight_decay=0.05, decoupled_weight_decay=True),
    ),
    "radam": ("radam", {}, "RAdam", {}),
    "radam, decay": ("radam", {**QUICK, "weight_decay": 0.05}, "RAdam", adam(**QUICK, weight_decay=0.05)),
    "radam, decoupled": (
        "radam",
        {**QUICK, "weight_decay": 0.05, "decoupled": True},
        "RAdam",
        adam(**QUICK, weight_decay=0.05, decoupled_weight_decay=True),
    ),
    "radam, short memory": ("radam", {**QUICK, "beta2": 0.5}, "RAdam", adam(**{**QUICK, "beta2": 0.5})),
    "rprop": ("rprop", {}, "Rprop", {}),
    "rprop, bounds": (
        "rprop",
        {"lr": 0.05, "eta_minus": 0.3, "eta_plus": 1.5, "step_min": 0.01, "step_max": 0.2},
        "Rprop",
        {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2)},
    ),
}


class Rates(NamedTuple):
    """A schedule here, and the same in torch as a function of its module and an optimizer."""

    name: str
    values: Mapping[str, Any]
    there: Callable[[Any, Any], Any]


def warm(scheduler: Any, optimizer: Any, steps: int, after: Any) -> Any:
    """A straight line up to the full rate, and then another schedule."""
    up = scheduler.LinearLR(optimizer, start_factor=1 / steps, end_factor=1.0, total_iters=steps - 1)
    return scheduler.SequentialLR(optimizer, [up, after], milestones=[steps])


SCHEDULES: dict[str, Rates] = {
    "step": Rates("step", {"every": 7, "factor": 0.5}, lambda s, o: s.StepLR(o, step_size=7, gamma=0.5)),
    "step, default": Rates("step", {"every": 10}, lambda s, o: s.StepLR(o, step_size=10)),
    "exponential": Rates("exponential", {"factor": 0.9}, lambda s, o: s.ExponentialLR(o, gamma=0.9)),
    "cosine": Rates("cosine", {}, lambda s, o: s.CosineAnnealingLR(o, T_max=STEPS)),
    "cosine, short": Rates(
        "cosine", {"steps": 12, "lr_min": 0.02}, lambda s, o: s.CosineAnnealingLR(o, T_max=12, eta_min=0.02)
    ),
    "linear": Rates(
        "linear",
        {"start": 0.25, "end": 0.8, "steps": 9},
        lambda s, o: s.LinearLR(o, start_factor=0.25, end_factor=0.8, total_iters=9),
    ),
    "linear, down": Rates(
        "linear", {}, lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=STEPS)
    ),
    "warm-up, exponential": Rates(
        "exponential",
        {"factor": 0.9, "warmup": 5},
        lambda s, o: warm(s, o, 5, s.ExponentialLR(o, gamma=0.9)),
    ),
    "warm-up, cosine": Rates(
        "cosine", {"warmup": 10}, lambda s, o: warm(s, o, 10, s.CosineAnnealingLR(o, T_max=STEPS - 10))
    ),
}
LR = 0.1


def problem() -> tuple[list[float], list[list[float]]]:
    """A start, and the gradients of each step: large and small, with zeros, and with stretches of one sign."""
    numbers = random.Random(2024)  # noqa: S311 - they are to be the same everywhere
    start = [numbers.uniform(-1, 1) for _ in range(ENTRIES)]
    gradients = [[numbers.gauss(0, 1) * 10 ** numbers.randint(-2, 1) for _ in range(ENTRIES)] for _ in range(STEPS)]
    for t, gradient in enumerate(gradients):
        gradient[0] = 0.0 if t % 6 == 3 else gradient[0]
        gradient[1] = abs(gradient[1]) if t < STEPS // 2 else -abs(gradient[1])
    return start, gradients


def trace(torch: Any, case: Case, start: list[float], gradients: list[list[float]]) -> list[list[float]]:
    """The parameters after each step of torch's optimizer."""
    _, _, there, constants = case
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, there)([w], **constants, foreach=False)
    path = []
    for gradient in gradients:
        w.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append(w.tolist())
    return path


def rates(torch: Any, schedule: Rates) -> list[float]:
    """The rate of each step of torch's schedule."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
    scheduler, found = schedule.there(torch.optim.lr_scheduler, optimizer), []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def record(torch: Any) -> dict[str, Any]:
    """Everything that is kept."""
    start, gradients = problem()
    usual = torch.get_default_dtype()
    # NAdam keeps its product of momenta in the default type, whatever the type of the parameters
    torch.set_default_dtype(torch.float64)
    try:
        return _record(torch, start, gradients)
    finally:
        torch.set_default_dtype(usual)


def _record(torch: Any, start: list[float], gradients: list[list[float]]) -> dict[str, Any]:
    return {
        "torch": str(torch.__version__),
        "start": start,
        "gradients": gradients,
        "parameters": {name: trace(torch, case, start, gradients) for name, case in CASES.items()},
        "rates": {name: rates(torch, schedule) for name, schedule in SCHEDULES.items()},
    }


def write(kept: dict[str, Any]) -> str:
    """The record as JSON, a line for each step of the problem and for each trace."""
    parts = []
    for key, value in kept.items():
        inner = json.dumps(value)
        if isinstance(value, dict):
            inner = "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in value.items()) + "\n}"
        elif key == "gradients":
            inner = "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]"
        parts.append(f"{json.dumps(key)}: {inner}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    import torch

    sys.stdout.write(write(record(torch)))
