"""A person's answers: which quantity each is about, and what is written there."""

from __future__ import annotations

from typing import NamedTuple

from gradcalc.problem.node import Node

# what JSON calls the parts of the loss, and what else people call them
LOSSES = {"sample_losses": "sample_losses", "ℓ": "sample_losses", "output_losses": "output_losses"}
GRADIENTS, UPDATE, PARAMETERS, CLIPPED = "gradients", "update", "parameters", "clipped"
# an index with letters in it and its positions: `[h,m]`, `[1,m]`
Letters = tuple[str | int, ...]


class Key(NamedTuple):
    """A quantity as the record names it: `z1`, `dW1`, `da1/dz1`; of an optimizer `m` of a parameter after a step."""

    quantity: str
    step: int | None = None
    parameter: str | None = None
    run: str | None = None


class Claim(NamedTuple):
    """What is written for a quantity, or for the part of it at `within`, whose positions count from 0.

    `letters` are those of an index such as `W[h,m]`, with its positions; `result` is what stands at the end of an
    equation of which this is an earlier part.
    """

    key: Key
    within: tuple[int, ...]
    node: Node
    letters: Letters = ()
    result: Node | None = None
