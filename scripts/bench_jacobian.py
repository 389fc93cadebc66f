"""The algorithms of `scripts/bench jacobian`: `python scripts/bench_jacobian.py NAME` prints the seconds of a Jacobian.

That of the outputs of a network of 256 inputs, 256 tanh units and 256 sigmoid units, the values included.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

SIZE, ROUNDS, AT_ONCE = 256, 15, 20
Call = Callable[[], object]


def network() -> tuple[np.ndarray, list[np.ndarray]]:
    """The input, and weights and bias of either layer."""
    rng = np.random.default_rng(0)
    layers = [(rng.normal(0, SIZE**-0.5, (SIZE, SIZE)), rng.normal(0, 0.1, SIZE)) for _ in range(2)]
    return rng.normal(size=SIZE), [array for layer in layers for array in layer]


def ours() -> Call:
    """By gradcalc: values, and one reverse pass."""
    from gradcalc.engine.ops import ACTIVATIONS  # noqa: PLC0415
    from gradcalc.problem.build import build  # noqa: PLC0415
    from gradcalc.problem.model import Activation, Layer, Problem  # noqa: PLC0415
    from gradcalc.solution import evaluate  # noqa: PLC0415
    from gradcalc.study.sensitivity import sensitivity  # noqa: PLC0415

    x, (w1, b1, w2, b2) = network()
    tanh, sigmoid = (Activation(ACTIVATIONS[name], {}) for name in ("tanh", "sigmoid"))
    layers = (Layer(weights=w1, bias=b1, activation=tanh), Layer(weights=w2, bias=b2, activation=sigmoid))
    problem = Problem(layers=layers, input=x)
    built = build(problem)
    return lambda: sensitivity(evaluate(problem, built, gradients=False), None, None).matrix


def by_hand() -> Call:
    """By NumPy, all rows at once, with nothing that could be left out."""
    x, (w1, b1, w2, b2) = network()

    def jacobian() -> np.ndarray:
        a1 = np.tanh(w1 @ x + b1)
        a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
        return ((a2 * (1 - a2))[:, None] * w2 * (1 - a1**2)) @ w1

    return jacobian


def torch() -> Call:
    """By torch.func.jacrev, in the same precision."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    x, arrays = network()
    w1, b1, w2, b2 = map(torch.tensor, arrays)
    jacobian = torch.func.jacrev(lambda x: torch.sigmoid(w2 @ torch.tanh(w1 @ x + b1) + b2))
    start = torch.tensor(x)
    return lambda: jacobian(start)


ALGORITHMS: dict[str, Callable[[], Call]] = {"ours": ours, "by hand": by_hand, "torch": torch}


def seconds(call: Call) -> float:
    begin = time.perf_counter()
    for _ in range(AT_ONCE):
        call()
    return (time.perf_counter() - begin) / AT_ONCE


def main(name: str) -> None:
    call = ALGORITHMS[name]()
    seconds(call)
    print(statistics.median(seconds(call) for _ in range(ROUNDS)))


if __name__ == "__main__":
    main(sys.argv[1])
