"""The algorithms of `scripts/bench check`: `python scripts/bench_check.py NAME` prints the seconds of one of them.

The 2-2-1 network solved; a whole sheet of it checked, with one slip and without; a file of a class, read and checked.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable

import gradcalc
from gradcalc.problem.reader import read
from gradcalc.study.check import Checker

PROBLEM = """
input: [0.7, -0.4]
target: 1
loss: bce
layers:
  - {weights: [[0.3, -0.8], [0.6, 0.9]], bias: [0.2, -0.1], activation: relu}
  - {weights: [[0.7, -0.5]], bias: 0.3, activation: sigmoid}
"""
RIGHT = {
    "z1": "[0.73, -0.04]",
    "a1": "[0.73, 0]",
    "z2": "0.811",
    "a2": "0.69232",
    "L": "0.3677",
    "da2": "-1.4444",
    "dz2": "-0.30768",
    "dW2": "[-0.2246, 0]",
    "db2": "-0.30768",
    "da1": "[-0.21537, 0.15384]",
    "dz1": "[-0.21537, 0]",
    "dW1": "[[-0.15076, 0.08615], [0, 0]]",
    "db1": "[-0.21537, 0]",
}
# one number of each of these sheets is wrong: by no mistake of the catalogue, by one of them, and what follows from it
SLIPS = ({"dz2": "-0.2"}, {"L": "0.1"}, {"L": "0.15968"}, {"z1": "[0.53, -0.04]"}, {"db1": "[0.21536, 0]"})
ROUNDS = 21


def sheet(changed: dict[str, str]) -> bytes:
    return "\n".join(f"{name}: {value}" for name, value in {**RIGHT, **changed}.items()).encode()


def numbers(answers: dict[str, str]) -> dict[str, object]:
    return {name: json.loads(text) for name, text in answers.items()}


def solving() -> Callable[[], object]:
    problem = gradcalc.loads(PROBLEM)
    return lambda: gradcalc.solve(problem)


def right() -> Callable[[], object]:
    problem = gradcalc.loads(PROBLEM)
    answers = numbers(RIGHT)
    return lambda: gradcalc.check(problem, answers)


def slip() -> Callable[[], object]:
    problem, turns = gradcalc.loads(PROBLEM), itertools.cycle([numbers({**RIGHT, **changed}) for changed in SLIPS])
    return lambda: gradcalc.check(problem, next(turns))


def of_class() -> Callable[[], object]:
    checker, turns = Checker(gradcalc.loads(PROBLEM)), itertools.cycle(map(sheet, ({}, *SLIPS)))
    return lambda: checker.check(read(next(turns), "answers.yaml"))


ALGORITHMS = {"solve": solving, "right": right, "slip": slip, "class": of_class}


def seconds(call: Callable[[], object]) -> float:
    """The time of this process alone: what else the machine does is no part of it."""
    begin = time.process_time()
    for _ in range(len(SLIPS)):
        call()
    return (time.process_time() - begin) / len(SLIPS)


def main(name: str) -> None:
    call = ALGORITHMS[name]()
    seconds(call)
    print(statistics.median(seconds(call) for _ in range(ROUNDS)))


if __name__ == "__main__":
    main(sys.argv[1])
