"""The steps of a graph of functions: a function or its Jacobian as one step, and what is made of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import prod

import numpy as np

from gradcalc.engine.graph import forward
from gradcalc.engine.op import Array, Op
from gradcalc.problem.chain import Chain
from gradcalc.study.functions import jacobian_of

Shape = tuple[int, ...]


def evaluated(*inputs: Array, chain: Chain) -> Array:
    """The value of a function whose letters are fed with the entries of the inputs, one behind the other."""
    values = _values(inputs, chain)
    return np.concatenate([np.ravel(values[operand.name]) for operand in chain.outputs]).reshape(chain.shape)


def slopes(*inputs: Array, chain: Chain) -> Array:
    """Its Jacobian there."""
    return jacobian_of(chain, _values(inputs, chain), chain.outputs)


def columns(jacobian: Array, *, of: slice, shape: Shape) -> Array:
    """The derivatives with respect to one letter."""
    return jacobian[:, of].reshape(shape)


def _values(inputs: Sequence[Array], chain: Chain) -> dict[str, Array]:
    flat = np.concatenate([np.ravel(array) for array in inputs])
    cuts = np.cumsum([prod(shape) for shape in chain.inputs.values()])[:-1]
    parts = zip(chain.inputs.items(), np.split(flat, cuts), strict=True)
    return forward(chain.graph, {**chain.leaves, **{name: part.reshape(shape) for (name, shape), part in parts}})


def below(*jacobians: Array, places: Sequence[Sequence[int]], width: int) -> Array:
    """Jacobians below each other, the columns of each where its letters stand among all `width` of them."""
    found = []
    for jacobian, own in zip(jacobians, places, strict=True):
        found.append(np.zeros((len(jacobian), width)))
        found[-1][:, own] = jacobian
    return np.concatenate(found)


@cache
def coded(name: str, run: Callable[..., Array], count: int) -> Op:
    """A step that runs by its code alone."""
    args = tuple(f"x{number}" for number in range(1, count + 1))
    return Op(name, args, run, (None,) * count, "", (None,) * count, "", "")


def _told(name: str, formula: str, run: Callable[..., Array]) -> Op:
    """A step that has a formula, which a mistake may change."""
    args = ("p", "q") if "q" in formula else ("p",)
    return Op(name, args, run, (None,) * len(args), formula, (None,) * len(args), "", "")


COMPOSED = _told("composed", "p", np.array)
JACOBIAN = _told("jacobian", "p", np.array)
FED = _told("fed_jacobian", "p", np.array)
PRODUCT = _told("chain_rule", "p @ q", np.matmul)
NORMAL = _told("normal", "p", np.array)
DISTANCE = _told("distance", "abs(p) / norm(q)", lambda p, q: np.abs(p) / np.linalg.norm(q))
SIGNED = _told("signed_distance", "p / norm(q)", lambda p, q: p / np.linalg.norm(q))
SIDE = _told("side", "sign(p)", np.sign)
