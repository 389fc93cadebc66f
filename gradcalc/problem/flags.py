"""The flags that describe a problem, alone or over a problem file: they become nodes of the same tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from gradcalc.errors import Source, UsageError
from gradcalc.problem import function_flags, inline, optimizer_flags
from gradcalc.problem.edit import assign, drop, put, replace
from gradcalc.problem.function_flags import FunctionFlags
from gradcalc.problem.node import Node
from gradcalc.problem.optimizer_flags import OptimizerFlags


class Flags(NamedTuple):
    """What stands behind the flags of a command; None or empty where a flag was not given."""

    input: str | None = None
    target: str | None = None
    loss: str | None = None
    weights: Sequence[str] = ()
    biases: Sequence[str] = ()
    activations: Sequence[str] = ()
    reduction: str | None = None
    index_base: int | str | None = None
    round: str | None = None
    optimizer: OptimizerFlags = OptimizerFlags()
    functions: FunctionFlags = FunctionFlags()
    sets: Sequence[str] = ()


def overlay(root: Node | None, flags: Flags, tell: Callable[[str], object] | None = None) -> Node | None:
    """The tree of a problem under the flags: they win over the file `root`, and assignments over both, in their order.

    Without a file, the tree of the network or the functions that the flags describe, or None if they describe none.
    `tell` is called with a sentence for what of the file the flags have left out.
    Raises UsageError where `-w`, `-b`, `-a` don't come once for each layer, ProblemError where one can't be read.
    """
    if root is None:
        if not flags.weights and not flags.functions.definitions:
            return None
        root = Node("mapping", Source("the flags", ""), 1, 1)
    root = function_flags.overlay(root, flags.functions)
    _refuse_without_layers(root, flags)
    root = _with_layers(root, flags)
    root = _with_loss(root, flags)
    if flags.input is not None:
        root = _put(root, "input", inline.array(Source("-x", flags.input)))
    if flags.target is not None:
        root = _put(root, "target", inline.array(Source("-y", flags.target)))
    if flags.round is not None:
        root = _with_rounding(root, inline.scalar(Source("--round", flags.round)))
    if flags.index_base is not None:
        root = _put(root, "index_base", inline.scalar(Source("--index-base", str(flags.index_base))))
    root, left_out = optimizer_flags.overlay(root, flags.optimizer)
    for sentence in left_out:
        if tell is not None:
            tell(sentence)
    for assignment in flags.sets:
        root = assign(root, assignment, _index_base(root))
    return root


# what a network has for each of its flags, and where equations have the like
_OF_NETWORKS: Mapping[str, tuple[str, str]] = {
    "input": ("-x", "--set 'inputs.x=…'"),
    "target": ("-y", "--set 'inputs.y=…'"),
    "loss": ("-l", "--set 'equations.L=…'"),
    "weights": ("-w", "--set 'parameters.W1=…'"),
    "biases": ("-b", "--set 'parameters.b1=…'"),
    "activations": ("-a", "--set 'equations.a1=…'"),
    "reduction": ("--reduction", "--set 'equations.L=…'"),
}


def _refuse_without_layers(root: Node, flags: Flags) -> None:
    """Refuse a flag that describes a network over a file that has another body."""
    body = next((key for key in ("equations", "objective", "parameters") if key in root.entries), None)
    if body is None or "layers" in root.entries:
        return
    for name, (flag, instead) in _OF_NETWORKS.items():
        if getattr(flags, name):
            message = f"{flag} describes a network of layers, and {root.source.name} has '{body}'"
            raise UsageError(message, hint=f"set any key of the file by its name: {instead}")


def _put(mapping: Node, key: str, value: Node) -> Node:
    name = Node("scalar", value.source, value.line, value.column, value.length, text=key)
    return put(mapping, name, value)


def _index_base(root: Node) -> int:
    base = root.get("index_base")
    return 0 if base is not None and base.text == "0" else 1


def _with_loss(root: Node, flags: Flags) -> Node:
    """The loss and the reduction; the one that is given drives out what the file says of the other's place."""
    if flags.loss is not None:
        loss = inline.named(Source("-l", flags.loss))
        if "reduction" in loss.entries:
            root = drop(root, "reduction")
        root = _put(root, "loss", loss)
    if flags.reduction is not None:
        loss_of_file = root.get("loss")
        if flags.loss is None and loss_of_file is not None and "reduction" in loss_of_file.entries:
            root = _put(root, "loss", drop(loss_of_file, "reduction"))
        root = _put(root, "reduction", inline.scalar(Source("--reduction", flags.reduction)))
    return root


def _with_rounding(root: Node, to: Node) -> Node:
    """The flag says to how many digits; when it is done stays with the file."""
    rounding = root.get("rounding")
    return _put(root, "rounding", _put(rounding, "to", to) if rounding is not None and rounding.entries else to)


def _with_layers(root: Node, flags: Flags) -> Node:
    given = {"weights": flags.weights, "bias": flags.biases, "activation": flags.activations}
    if not any(given.values()):
        return root
    layers = root.get("layers")
    if layers is None:
        return _put(root, "layers", _alone(given))
    if layers.kind != "list":
        return root
    for key, texts in given.items():
        if texts:
            layers = _over(layers, key, texts)
    return put(root, root.entries["layers"][0], layers)


_FLAG = {"weights": "-w", "bias": "-b", "activation": "-a"}


def _alone(given: Mapping[str, Sequence[str]]) -> Node:
    """A list of layers from flags alone, one for each `-w`."""
    count = len(given["weights"])
    for key, texts in given.items():
        if texts and len(texts) != count:
            fix = "-b none, -a identity where a layer has none"
            raise UsageError(f"{len(texts)} {_FLAG[key]} for {count} -w: none at all, or one for each", hint=fix)
    layers = []
    for position in range(count):
        source = Source(f"-w (layer {position + 1})", given["weights"][position])
        layer = Node("mapping", source, 1, 1, max(len(source.text), 1))
        for key, texts in given.items():
            if texts:
                layer = _put(layer, key, _value(key, texts[position], position))
        layers.append(layer)
    first = layers[0]
    return Node("list", first.source, 1, 1, first.length, items=layers)


def _over(layers: Node, key: str, texts: Sequence[str]) -> Node:
    """The file's layers with what the flag says; a layer that is its activation alone takes no weights and no bias."""
    takers = [place for place, layer in enumerate(layers.items) if key == "activation" or _is_weighted(layer)]
    if len(texts) != len(takers):
        kind = "layers" if len(takers) == len(layers.items) else "layers with weights"
        kind = kind if len(takers) != 1 else kind.replace("layers", "layer")
        message = f"{len(texts)} {_FLAG[key]} for the {len(takers)} {kind} of {layers.source.name}"
        raise UsageError(message, hint=f"give {_FLAG[key]} once for each")
    for place, text in zip(takers, texts, strict=True):
        layer = layers.items[place]
        if layer.kind == "mapping":
            layers = replace(layers, place, _put(layer, key, _value(key, text, place)))
    return layers


def _is_weighted(layer: Node) -> bool:
    return layer.kind != "mapping" or "weights" in layer.entries or "units" in layer.entries


def _value(key: str, text: str, position: int) -> Node:
    source = Source(f"{_FLAG[key]} (layer {position + 1})", text)
    if key == "activation":
        return inline.named(source)
    numbers = inline.array(source)
    return _matrix(numbers) if key == "weights" else numbers


def _matrix(numbers: Node) -> Node:
    """Weights are a matrix: a single row, or a single number, is written without its brackets."""
    for _ in range(2):
        if numbers.kind == "scalar" or (numbers.items and numbers.items[0].kind == "scalar"):
            numbers = Node("list", numbers.source, numbers.line, numbers.column, numbers.length, items=[numbers])
    return numbers
