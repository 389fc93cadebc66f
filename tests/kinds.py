"""Kinds of exercises, and their problems as a hand takes them."""

from __future__ import annotations

from functools import cache

from gradcalc.problem.model import Rounding
from gradcalc.problem.optimizer_flags import OptimizerFlags
from gradcalc.show.exercise import plain
from gradcalc.study.exercise.flags import activations_of, loss_of, sizes_of, training_of
from gradcalc.study.exercise.kind import Kind, Network
from gradcalc.study.exercise.make import Maker

DECIMALS, FIGURES = Rounding(4, "dp", "shown"), Rounding(4, "sf", "shown")


def network(sizes: str, activations: str | None, loss: str, samples: int = 1, *, dead: bool = False) -> Network:
    numbers, row = sizes_of(sizes), loss_of(loss)
    return Network(numbers, activations_of(activations, len(numbers) - 1, row), row, samples, dead)


def optimizer(name: str, **hyper: str) -> OptimizerFlags:
    return training_of(OptimizerFlags(name, 2, None, hyper))


KINDS = {
    "relu": Kind(network("2-2-1", "relu,sigmoid", "bce"), 1, DECIMALS),
    "both kinds of relu": Kind(network("2-3-1", "relu,sigmoid", "bce", dead=True), 1, DECIMALS),
    "regression": Kind(network("2-2-1", "sigmoid,identity", "mse"), 1, DECIMALS),
    "half squared error": Kind(network("2-2-2", "sigmoid,sigmoid", "half_squared_error"), 1, DECIMALS),
    "classes": Kind(network("2-2-3", "tanh,softmax", "cross_entropy"), 1, DECIMALS),
    "a batch": Kind(network("2-2-1", "tanh,sigmoid", "bce", 3), 1, DECIMALS),
    "three layers": Kind(network("2-2-2-1", "leaky_relu:slope=0.1,tanh,identity", "half_mse"), 2, DECIMALS),
    "significant figures": Kind(network("3-2-1", "sigmoid,sigmoid", "bce"), 1, FIGURES),
    "whole numbers": Kind(network("2-2-1", "relu,identity", "squared_error"), 0, DECIMALS),
    "adam": Kind(None, 1, FIGURES, optimizer("adam")),
    "momentum": Kind(None, 1, FIGURES, optimizer("momentum", form="ema")),
    "rmsprop": Kind(None, 1, FIGURES, optimizer("rmsprop")),
    "a network trained": Kind(network("2-1", "sigmoid", "bce"), 1, FIGURES, optimizer("sgd")),
}

# networks of two layers, which `hand` works
BY_HAND = ("relu", "both kinds of relu", "regression", "half squared error", "classes", "a batch")


@cache
def maker_of(name: str) -> Maker:
    return Maker(KINDS[name])


def document_of(seed: int) -> dict:
    """An exercise of the kinds in turn, samples in rows."""
    document = plain(maker_of(BY_HAND[seed % len(BY_HAND)]).make(seed).root)
    one = not isinstance(document["input"][0], list)
    target = document["target"] if isinstance(document["target"], list) else [document["target"]]
    rows = {"input": [document["input"]], "target": [target]} if one else {}
    return {**{key: document[key] for key in ("input", "target", "loss", "layers")}, **rows}
