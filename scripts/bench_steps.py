"""The algorithms of `scripts/bench steps`: `python scripts/bench_steps.py NAME` prints the seconds of a step."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

SMALL = """
input: [1, 1]
target: 1
loss: bce
layers:
  - {weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu}
  - {weights: [[4, 6]], bias: -3.5, activation: sigmoid}
optimizer: adam
steps: STEPS
"""
SIZES, SAMPLES = (784, 512, 512, 10), 128


def hand(steps: int) -> None:
    """Adam on the 2-2-1 network, as one writes it down."""
    x, y = np.array([1.0, 1.0]), np.array([1.0])
    p = [np.array([[2.0, 4.0], [3.0, -5.0]]), np.array([-2.0, 1.0]), np.array([[4.0, 6.0]]), np.array([-3.5])]
    m, v = [np.zeros_like(w) for w in p], [np.zeros_like(w) for w in p]
    for t in range(1, steps + 1):
        z1 = p[0] @ x + p[1]
        a1 = np.maximum(0, z1)
        a2 = 1 / (1 + np.exp(-(p[2] @ a1 + p[3])))
        np.sum(-y * np.log(a2) - (1 - y) * np.log(1 - a2))
        d2 = a2 - y
        d1 = (p[2].T @ d2) * (z1 > 0)
        for i, g in enumerate((np.outer(d1, x), d1, np.outer(d2, a1), d2)):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            m_hat, v_hat = m[i] / (1 - 0.9**t), v[i] / (1 - 0.999**t)
            p[i] = p[i] - 0.001 * m_hat / (np.sqrt(v_hat) + 1e-8)


def ours(steps: int) -> None:
    """The same by gradcalc."""
    from gradcalc.problem.load import loads  # noqa: PLC0415
    from gradcalc.trace import traces  # noqa: PLC0415

    for _ in traces(loads(SMALL.replace("STEPS", str(steps))))[0].descent():
        pass


def small_torch(steps: int) -> None:
    """The same by PyTorch, eager."""
    import torch  # noqa: PLC0415

    torch.set_default_dtype(torch.float64)
    x, y = torch.ones(2), torch.ones(1)
    values = ([[2.0, 4.0], [3.0, -5.0]], [-2.0, 1.0], [[4.0, 6.0]], [-3.5])
    p = [torch.tensor(value, requires_grad=True) for value in values]
    optimizer = torch.optim.Adam(p)
    for _ in range(steps):
        optimizer.zero_grad()
        z = torch.relu(x @ p[0].T + p[1]) @ p[2].T + p[3]
        torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
        optimizer.step()


def large(steps: int) -> None:
    """784-512-512-10, a batch of 128, SGD, by gradcalc."""
    from gradcalc.engine.ops import ACTIVATIONS  # noqa: PLC0415
    from gradcalc.problem.model import (  # noqa: PLC0415
        Activation,
        Layer,
        LossChoice,
        OptimizerChoice,
        Problem,
        Target,
    )
    from gradcalc.trace import traces  # noqa: PLC0415

    x, classes, weights = _large()
    activations = ["relu"] * (len(weights) - 1) + ["softmax"]
    problem = Problem(
        layers=tuple(
            Layer(weights=w, bias=np.zeros(len(w)), activation=Activation(ACTIVATIONS[name], {}))
            for w, name in zip(weights, activations, strict=True)
        ),
        input=x,
        target=Target(classes=tuple(classes.tolist())),
        loss=LossChoice("cross_entropy"),
        optimizers=(OptimizerChoice("sgd", {"lr": 0.01}),),
        steps=steps,
    )
    for _ in traces(problem)[0].descent():
        pass


def large_torch(steps: int) -> None:
    """The same by PyTorch, eager, in the same precision."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    x, classes, weights = _large()
    x, classes = torch.tensor(x), torch.tensor(classes)
    p = [torch.tensor(a, requires_grad=True) for w in weights for a in (w, np.zeros(len(w)))]
    optimizer = torch.optim.SGD(p, lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        a = x
        for k in range(0, len(p), 2):
            z = a @ p[k].T + p[k + 1]
            a = torch.relu(z)
        torch.nn.functional.cross_entropy(z, classes).backward()
        optimizer.step()


def _large() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, (2 / a) ** 0.5, (b, a)) for a, b in pairwise(SIZES)]
    return rng.normal(size=(SAMPLES, SIZES[0])), rng.integers(0, SIZES[-1], SAMPLES), weights


def writing() -> Callable[[], object]:
    """A trace of 10,000 steps, written by gradcalc."""
    from gradcalc.show.as_json import dumps  # noqa: PLC0415
    from gradcalc.show.steps import record  # noqa: PLC0415

    made = _trace()
    return lambda: dumps(record(made))


def writing_json() -> Callable[[], object]:
    """The same data written by `json.dumps`."""
    from gradcalc.show.as_json import dumps  # noqa: PLC0415
    from gradcalc.show.steps import record  # noqa: PLC0415

    plain = json.loads(dumps(record(_trace())))
    return lambda: json.dumps(plain)


def _trace() -> Any:
    from gradcalc.problem.load import loads  # noqa: PLC0415
    from gradcalc.study.run import Asked, run  # noqa: PLC0415
    from gradcalc.trace import traces  # noqa: PLC0415

    return run(traces(loads(SMALL.replace("STEPS", "10000")))[0], Asked(), "adam")


# name: the algorithm and how many steps of it are timed at once
ALGORITHMS: dict[str, tuple[Callable[[int], None], int]] = {
    "small": (ours, 4000),
    "small, by hand": (hand, 4000),
    "small, torch": (small_torch, 1000),
    "large": (large, 10),
    "large, torch": (large_torch, 10),
}
WRITERS = {"writing": writing, "writing, json": writing_json}
ROUNDS = 5


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main(name: str) -> None:
    call: Callable[[], object]
    if name in WRITERS:
        call, steps = WRITERS[name](), 1
    else:
        algorithm, steps = ALGORITHMS[name]
        call = partial(algorithm, steps)
    call()
    print(statistics.median(seconds(call) for _ in range(ROUNDS)) / steps)


if __name__ == "__main__":
    main(sys.argv[1])
