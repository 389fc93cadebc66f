"""What the table of keys can't say of one key alone: rules between keys, and what their values stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.ops import LOSSES
from gradcalc.problem import scalars
from gradcalc.problem.draw import SCHEMES
from gradcalc.problem.faults import Faults, quoted
from gradcalc.problem.kinds import Schema, is_nothing
from gradcalc.problem.model import File, Init, LossChoice, Rounding, Target
from gradcalc.problem.node import Node
from gradcalc.problem.records import Values

# Twenty digits are more than a float64 has; of none at all only decimals make sense.
DIGITS = r"^(?:(1?[0-9]|20) ?dp|([1-9]|1[0-9]|20) ?sf)$"

_NOT_IN_A_LAYER = ("title", "input", "target", "loss", "reduction", "penalty", "weight_layout", "notation", "rounding")
ABOVE: Mapping[str, str] = {key: f"'{key}' stands beside 'layers', not in a layer" for key in _NOT_IN_A_LAYER}
_OF_A_LAYER = ("weights", "bias", "bias_shared", "bias_column", "activation", "units")
_OF_AN_OPTIMIZER = ("lr", "learning_rate", "schedule", "frozen", "clip", "batch_size", "shuffle", "maximize", "initial")
BELOW: Mapping[str, str] = {
    **{key: f"'{key}' is a key of a layer: put it under 'layers'" for key in _OF_A_LAYER},
    **{key: f"'{key}' is a key of an optimizer: optimizer: {{name: …, {key}: …}}" for key in _OF_AN_OPTIMIZER},
}

# What a layer may say without doing anything; an unknown key is a fault of its own, and may have meant something.
_IDLE = {"name", "bias", "bias_shared", "bias_column"}
LAYER_LAW: Schema = {"anyOf": [{"required": [key]} for key in ("weights", "units", "activation")]}

# What a problem is made of: layers, equations, or parameters with what moves them.
BODIES = ("layers", "equations", "objective")
_OF_A_NETWORK = (
    "input",
    "target",
    "loss",
    "reduction",
    "sample_weights",
    "penalty",
    "weight_layout",
    "notation",
    "dims",
    "samples",
)
OF_FUNCTIONS = ("compose", "at")
BESIDE_FUNCTIONS = ("title", "functions", *OF_FUNCTIONS, "index_base")
BODY_LAW: Schema = {
    "dependencies": {"abstract": ["equations"]},
    "anyOf": [
        {
            "required": ["layers"],
            "properties": {"inputs": {"not": {"type": "object"}}},
            "not": {"anyOf": [{"required": [key]} for key in ("parameters", "equations", "objective", *OF_FUNCTIONS)]},
        },
        {
            "required": ["equations"],
            "properties": {"inputs": {"type": "object"}},
            "not": {"anyOf": [{"required": [key]} for key in ("objective", *OF_FUNCTIONS, *_OF_A_NETWORK)]},
        },
        {
            "required": ["parameters"],
            "anyOf": [{"required": [key]} for key in ("objective", "gradients")],
            "not": {"anyOf": [{"required": [key]} for key in ("equations", "inputs", *OF_FUNCTIONS, *_OF_A_NETWORK)]},
        },
        {"required": ["functions"], "propertyNames": {"enum": [*BESIDE_FUNCTIONS]}},
    ],
}


def drawn(values: Values) -> Init:
    return Init(values["init"], values.get("seed", 0), values.get("std"))


def read(values: Values) -> File:
    return File(values["file"], values.get("key"))


def alone(value: float) -> Array:
    """A single number is a sample with one entry."""
    return np.array([value])


def classes(values: Values) -> tuple[int, ...]:
    """Classes as they are written; `decode` knows from which number they count."""
    written: int | tuple[int, ...] = values["class"]
    return written if isinstance(written, tuple) else (written,)


def target(values: Array | tuple[int, ...]) -> Target:
    return Target(classes=values) if isinstance(values, tuple) else Target(values=values)


def digits(text: str) -> tuple[int, str] | None:
    """`4dp` as (4, "dp"), `3sf` as (3, "sf"); None for any other text."""
    match = re.fullmatch(DIGITS, text)
    if not match:
        return None
    return (int(match[1]), "dp") if match[1] else (int(match[2]), "sf")


def rounded(to: tuple[int, str]) -> Rounding:
    return rounding({"to": to})


def rounding(values: Values) -> Rounding:
    count, unit = values["to"]
    return Rounding(count, unit, values.get("when", "each"))


def layer_name(position: int, node: Node) -> str:
    """How messages call a layer: `layer 'H'`, or by its number."""
    name = node.get("name")
    return f"layer {quoted(name.text)}" if name is not None and name.text else f"layer {position + 1}"


def step_name(position: int, _node: Node) -> str:
    """How messages call what holds for one step."""
    return f"step {position + 1} of gradients"


def optimizer_name(position: int, _node: Node) -> str:
    """How messages call one of several optimizers."""
    return f"optimizer {position + 1}"


def in_init(node: Node, values: Values, faults: Faults) -> None:
    """Only a scheme without a width of its own is given one."""
    scheme = values.get("init")
    if "std" in node.entries and scheme is not None and not SCHEMES[scheme].takes_std:
        faults.add(f"{scheme} has a std of its own", node.entries["std"][0], "leave it out, or use init: normal")


def in_layer(node: Node, values: Values, faults: Faults) -> None:
    """A layer does something, and its bias has one home."""
    layer, bias = faults.subject, node.get("bias")
    has_bias = bias is not None and not is_nothing(bias)
    weighted = "weights" in node.entries or "units" in node.entries
    if node.entries.keys() <= _IDLE and not has_bias:
        faults.add(f"{layer} has nothing in it", node, "give it weights, units or an activation")
    if not weighted and has_bias:
        faults.add(f"{layer} has a bias but no weights", node.entries["bias"][0])
    if "bias_column" in node.entries:
        _one_home(node, weighted, has_bias, faults)
    if values.get("bias_shared"):
        _one_number(node, bias if has_bias else None, faults)


def _one_home(node: Node, weighted: bool, has_bias: bool, faults: Faults) -> None:
    column, _ = node.entries["bias_column"]
    if has_bias:
        message = f"{faults.subject} has its bias in a column of the weights, and another one beside them"
        faults.add(message, node.entries["bias"][0], "leave one of them out", column)
    if not weighted:
        faults.add(f"{faults.subject} has a bias column but no weights", column)


def _one_number(node: Node, bias: Node | None, faults: Faults) -> None:
    if bias is None:
        faults.add(
            f"{faults.subject} shares a bias that it does not have", node.entries["bias_shared"][0], "add a bias"
        )
    elif bias.kind == "list":
        first = next(bias.scalars(), None)
        faults.add(
            f"a shared bias is one number, and {faults.subject} has a list",
            bias,
            f"write bias: {first.text}" if first is not None and len(first.text) < 40 else "write one number",
        )


def in_problem(node: Node, values: Values, faults: Faults) -> None:
    """What layers, loss and target have to do with each other, and that there is one computation."""
    _functions_alone(node, faults)
    if "functions" not in node.entries:
        _one_body(node, values, faults)
    _different_names(node, faults)
    _one_reduction(node, values, faults)
    _classes_from_base(node, values, faults)


def _one_body(node: Node, values: Values, faults: Faults) -> None:
    """Layers, equations, or parameters with gradients or an objective."""
    keys = node.entries
    if "abstract" in keys and "equations" not in keys:
        message = "'abstract' names functions of equations, and this problem has none"
        faults.add(message, keys["abstract"][0], 'write equations: {z: "f1(W, x)", …}')
    first, *others = [key for key in BODIES if key in keys] or [""]
    for other in others:
        faults.add(f"the problem has both '{first}' and '{other}'", keys[other][0], "keep one of them", keys[first][0])
    if first == "layers":
        _with_layers(node, values, faults)
    elif first == "equations" or "parameters" in keys:
        _without_layers(node, first, faults)
    else:
        rest = next((key for key in ("objective", "gradients") if key in keys), None)
        if rest is None:
            faults.add("the problem has no 'layers'", node, "layers: a list of layers")
        else:
            faults.add(f"the problem has '{rest}' but no 'parameters'", keys[rest][0], "parameters: {w1: 0.5, …}")


def _with_layers(node: Node, values: Values, faults: Faults) -> None:
    keys = node.entries
    if "parameters" in keys:
        hint = "the parameters of a network stand in its layers"
        faults.add("the problem has both 'layers' and 'parameters'", keys["parameters"][0], hint, keys["layers"][0])
    if isinstance(values.get("inputs"), Mapping):
        faults.add("'inputs' by name belong to equations", keys["inputs"][0], "a network has `input: [1, 2]`")


# where the keys of a network have their like in equations
_IN_EQUATIONS: Mapping[str, str] = {
    "input": "write inputs: {x: …}",
    "target": "write it among the inputs: inputs: {y: …}",
    "loss": "call it on the last line: L: bce(p, y)",
    "reduction": "the loss takes it as a keyword: bce(p, y, reduction=sum)",
    "sample_weights": "the loss takes them as a keyword: bce(p, y, weights=s)",
    "penalty": "write it as a term of the last line: + 0.01*sum(W**2)",
}


def _without_layers(node: Node, body: str, faults: Faults) -> None:
    """Equations or an objective, or parameters with gradients; nothing that belongs to a network."""
    keys = node.entries
    if not body and "gradients" not in keys:
        message = "the problem has 'parameters' but nothing that moves them"
        faults.add(message, keys["parameters"][0], "add gradients: {…}, equations, or an objective")
    if body == "equations":
        _known_by_name(node, faults)
    elif "inputs" in keys:
        faults.add("'inputs' belong to layers or equations, and this problem has neither", keys["inputs"][0])
    has = "equations" if body == "equations" else "parameters"
    for key in _OF_A_NETWORK:
        if key in keys:
            hint = _IN_EQUATIONS.get(key) if body == "equations" else None
            faults.add(f"'{key}' belongs to a network of layers, and this problem has '{has}'", keys[key][0], hint)


def _known_by_name(node: Node, faults: Faults) -> None:
    """The inputs of equations have names, and the names of parameters are others."""
    inputs, parameters = node.get("inputs"), node.get("parameters")
    if inputs is not None and inputs.kind == "scalar":
        faults.add("the inputs of equations have names", inputs, "write inputs: {x: …}")
    if "gradients" in node.entries and parameters is None:
        faults.add("the problem has 'gradients' but no 'parameters'", node.entries["gradients"][0])
    trained = {} if parameters is None else parameters.entries
    for name, (key, _) in (inputs.entries if inputs is not None else {}).items():
        if name in trained:
            faults.add(f"{quoted(name)} is an input and a parameter", key, "keep one of them", trained[name][0])


def _functions_alone(node: Node, faults: Faults) -> None:
    """Beside functions stands nothing of another body, and what belongs to them nowhere else."""
    functions = node.entries.get("functions")
    for key, (name, _) in node.entries.items():
        if functions is None and key in OF_FUNCTIONS:
            faults.add(f"'{key}' belongs to 'functions', and this problem has none", name)
        if functions is not None and key not in BESIDE_FUNCTIONS:
            faults.add(f"'{key}' does not belong to 'functions'", name, "keep one of them", functions[0])


def _different_names(node: Node, faults: Faults) -> None:
    """A layer goes by its name, or else by its number, and no two go by the same."""
    named: dict[str, Node] = {}
    numbered: set[str] = set()
    layers = node.get("layers")
    for number, layer in enumerate(layers.items if layers is not None else (), 1):
        name = layer.get("name")
        if name is None or not name.text:
            numbered.add(str(number))
        elif name.text in named:
            faults.add(f"two layers are named {quoted(name.text)}", name, "rename one", named[name.text])
        else:
            named[name.text] = name
    for text in numbered & named.keys():
        faults.add(f"one layer is named {quoted(text)}, and layer {text} has no name", named[text], "rename it")


def _one_reduction(node: Node, values: Values, faults: Faults) -> None:
    if "reduction" not in node.entries:
        return
    name, reduction = node.entries["reduction"]
    loss: LossChoice | None = values.get("loss")
    if "loss" not in node.entries:
        faults.add("there is a reduction but no loss", name, "add a loss, or leave the reduction out")
    elif loss and loss.reduction and values.get("reduction", loss.reduction) != loss.reduction:
        inner = node.at("loss", "reduction")
        faults.add(
            f"reduction is {inner.text} in the loss and {reduction.text} beside it", reduction, "keep one", inner
        )
    elif loss and LOSSES[loss.name].reduction is None:
        faults.add(f"{loss.name} is not a sum over samples: it has no reduction", name, "leave it out")


def _classes_from_base(node: Node, values: Values, faults: Faults) -> None:
    target: Target | None = values.get("target")
    base = values.get("index_base", 1)
    if target is None or target.classes is None or min(target.classes) >= base:
        return
    for scalar in node.at("target", "class").scalars():
        if scalars.whole_of(scalar) < base:
            hint = f"classes count from {base} here; with `index_base: 0` they count from 0"
            faults.add(f"there is no class {scalar.text}", scalar, hint)
