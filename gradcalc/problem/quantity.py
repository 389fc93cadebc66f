"""The named quantities of a network: what each is, where it belongs, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gradcalc.errors import Fault, ProblemError
from gradcalc.problem.model import Layer, Problem

Size = int | str

# the shape of what depends on a function that is not given
UNKNOWN = "?"

SYMBOLS: Mapping[str, str] = {
    "input": "x",
    "target": "y",
    "weights": "W",
    "bias": "b",
    "pre": "z",
    "post": "a",
    "loss": "L",
}

# the order of the roles of a layer on the way back
BACKWARDS = ("post", "pre", "weights", "bias", "parameter", "target", "input", "loss")

PRESETS: Mapping[str, Mapping[str, str]] = {
    "bishop": {"pre": "a", "post": "z"},
    "mazur": {"pre": "net", "post": "out"},
}


class Quantity(NamedTuple):
    """A quantity as people know it; `shape` is the one shown, with letters where sizes are letters.

    `role` is input, target, weights, bias, pre, post or loss in a network; input, parameter, line, or loss for a last
    line that is one number, of formulas. `layer` counts from 1, None outside layers.
    """

    name: str
    role: str
    layer: int | None
    shape: tuple[Size, ...]


class LayerNames(NamedTuple):
    """The names of one layer's quantities, whether or not the layer has them."""

    weights: str
    bias: str
    pre: str
    post: str


class Names(NamedTuple):
    """The names of all quantities of a network."""

    input: str
    target: str
    loss: str
    layers: tuple[LayerNames, ...]


def names_of(problem: Problem) -> Names:
    """The names under the problem's notation; a ProblemError where two quantities would share one.

    A `·` is in no name: it parts a name from what the graph calls the steps inside of its line.
    """
    symbols = {**SYMBOLS, **problem.notation}
    layers = tuple(_layer_names(layer, number, symbols) for number, layer in enumerate(problem.layers, 1))
    names = Names(symbols["input"], symbols["target"], symbols["loss"], layers)
    _refuse_dots(problem)
    _refuse_doubles(problem, names)
    return names


def suffix(layer: Layer, number: int) -> str:
    """What follows the letter in the names of a layer's quantities: `_H` for a layer named H, else its number."""
    return f"_{layer.name}" if layer.name is not None else str(number)


def _layer_names(layer: Layer, number: int, symbols: Mapping[str, str]) -> LayerNames:
    return LayerNames(*(symbols[role] + suffix(layer, number) for role in LayerNames._fields))


def _refuse_dots(problem: Problem) -> None:
    chosen: list[tuple[str, tuple[str | int, ...]]]
    chosen = [(name, ("notation", role)) for role, name in problem.notation.items()]
    chosen += [(layer.name or "", ("layers", at, "name")) for at, layer in enumerate(problem.layers)]
    dotted = [(name, path) for name, path in chosen if "·" in name]
    if dotted:
        raise ProblemError([Fault(f"the name '{name}' holds a '·'", problem.place(*path)) for name, path in dotted])


def _refuse_doubles(problem: Problem, names: Names) -> None:
    owners = {names.input: "the input"}
    faults = []
    entries: list[tuple[str, str, tuple[str | int, ...]]] = [
        (names.target, "the target", ("target",)),
        (names.loss, "the loss", ("loss",)),
    ]
    entries += [
        (name, f"layer {number}", ("layers", number - 1, "name"))
        for number, layer in enumerate(names.layers, 1)
        for name in layer
    ]
    for name, owner, path in entries:
        if name in owners:
            message = f"{owner} and {owners[name]} would both have a quantity '{name}'"
            faults.append(Fault(message, problem.place(*path), "rename one"))
        owners.setdefault(name, owner)
    if faults:
        raise ProblemError(faults[:1])
