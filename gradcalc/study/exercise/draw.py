"""The numbers of an exercise: few decimals, no unit close to a kink, none saturated, none off that should be on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.problem.edit import assign, put, replace
from gradcalc.problem.model import Activation
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer_flags import overlay
from gradcalc.study.exercise.dice import Dice
from gradcalc.study.exercise.kind import Kind, Network, slopes_of
from gradcalc.study.exercise.tree import Plain, tree

TRIES = 2000
# how far z stays from 0, how far it goes, and how flat an activation may be there
_CLEAR, _FAR, _FAR_OF_WHOLES, _FLAT = 0.05, 3.0, 12.0, 0.02
_PARAMETERS = ("w1", "w2")


class Unlucky(Exception):  # noqa: N818 - another draw may do
    """No number was found that goes with those drawn before."""


def drawn(kind: Kind, dice: Dice, title: str) -> Node:
    """The tree of a problem file; raises Unlucky where the draw came to a dead end."""
    body = _given(kind, dice) if kind.network is None else _worked(kind, kind.network, dice)
    root = overlay(tree({"title": title, **body}), kind.training).root
    rounding = tree({"to": f"{kind.asked.digits}{kind.asked.unit}", "when": kind.asked.when})
    root = put(root, tree("rounding"), rounding)
    for text in kind.sets:
        root = assign(root, text)
    layout = root.get("weight_layout")
    return _turned(root) if layout is not None and layout.text == "in_out" else root


def _turned(root: Node) -> Node:
    """The network with its weights written the other way round."""
    layers = root.entries["layers"][1]
    for position, layer in enumerate(layers.items):
        rows = [row.items for row in layer.entries["weights"][1].items]
        layers = replace(layers, position, put(layer, tree("weights"), tree([*zip(*rows, strict=True)])))
    return put(root, tree("layers"), layers)


def _given(kind: Kind, dice: Dice) -> Mapping[str, Plain]:
    """Parameters, and their gradients in each step."""
    steps = int(kind.training.steps or 1)
    parameters, *gradients = (
        dict(zip(_PARAMETERS, dice.numbers(len(_PARAMETERS), kind.decimals), strict=True)) for _ in range(steps + 1)
    )
    return {"parameters": parameters, "gradients": gradients}


def _worked(kind: Kind, network: Network, dice: Dice) -> Mapping[str, Plain]:
    """A network with its samples."""
    inputs = [dice.numbers(network.sizes[0], kind.decimals) for _ in range(network.samples)]
    layers: list[Plain] = []
    x = np.array(inputs)
    for number, (fed, units) in enumerate(pairwise(network.sizes)):
        activation = network.ops[number]
        last = number == len(network.activations) - 1
        on = _kinds(dice, units, both=network.dead and not last and _dies(activation))
        rows = [_unit(kind, dice, x, activation, on=one) for one in on]
        weights, bias = [row[:fed] for row in rows], [row[fed] for row in rows]
        layers.append({"weights": weights, "bias": bias, "activation": network.activations[number]})
        x = np.asarray(activation.op.forward(x @ np.array(weights).T + np.array(bias), **activation.attrs))
    targets = [_target(kind, network, dice) for _ in range(network.samples)]
    one = network.samples == 1
    return {
        "input": inputs[0] if one else inputs,
        "target": targets[0] if one else targets,
        "loss": network.loss,
        "layers": layers,
    }


def _kinds(dice: Dice, units: int, *, both: bool) -> list[bool]:
    """Which units are to be on: all, or some of both kinds."""
    if not both or units < 2:
        return [True] * units
    while True:
        kinds = [dice.one_of((True, False)) for _ in range(units)]
        if any(kinds) and not all(kinds):
            return kinds


def _unit(kind: Kind, dice: Dice, x: Array, activation: Activation, *, on: bool) -> list[float]:
    """The weights and the bias of one unit that is on for all samples, or off for at least one."""
    far = _FAR if kind.decimals else _FAR_OF_WHOLES
    for _ in range(TRIES):
        row = dice.numbers(x.shape[1] + 1, kind.decimals)
        z = x @ np.array(row[:-1]) + row[-1]
        size = np.abs(z)
        if ((size > _CLEAR) & (size < far)).all() and _suits(activation, z, on=on):
            return row
    raise Unlucky


def _suits(activation: Activation, z: Array, *, on: bool) -> bool:
    """Whether the activation lets the gradients of all samples through; not `on`: whether it stops some."""
    if not activation.op.elementwise:
        return True
    slopes = np.abs(slopes_of(activation, z))
    # beside a kink the slope does not fade
    flat = _FLAT if activation.op.kinks is None else 0
    return bool((slopes > flat).all() if on else (slopes == 0).any())


def _dies(activation: Activation) -> bool:
    """Whether the activation is flat on one side, as ReLU is."""
    if not activation.op.elementwise:
        return False
    below, above = slopes_of(activation, np.array([-1.0, 1.0]))
    return bool(below == 0 and above != 0)


def _target(kind: Kind, network: Network, dice: Dice) -> Plain:
    """What the outputs of one sample should be, as the loss asks for it."""
    outputs, asked = network.sizes[-1], network.target
    if asked in ("distribution", "class"):
        at = dice.below(outputs)
        return [1.0 if k == at else 0.0 for k in range(outputs)]
    values = [_wanted(kind, dice, asked) for _ in range(outputs)]
    return values[0] if outputs == 1 and network.samples == 1 else values


def _wanted(kind: Kind, dice: Dice, asked: str) -> float:
    """What one output should be."""
    if asked == "probability":
        return float(dice.below(2))
    if asked == "sign":
        return float(dice.one_of((1, -1)))
    number = dice.number(kind.decimals)
    return abs(number) if asked == "not_negative" else number
