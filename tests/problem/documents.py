"""Problem files for tests: texts as nodes, nodes as the plain values that an editor's schema would see."""

import re
from textwrap import dedent

from gradcalc.errors import Fault, ProblemError
from gradcalc.problem.decode import decode
from gradcalc.problem.model import Problem
from gradcalc.problem.node import Node
from gradcalc.problem.reader import read

NETWORK = """\
title: ReLU hidden layer, sigmoid output
input: [1, 1]
target: 1
loss: bce
layers:
  - name: H
    weights: [[2, 4], [3, -5]]
    bias: [-2, 1]
    activation: relu
  - name: O
    weights: [[4, 6]]
    bias: -3.5
    activation: sigmoid
"""


def tree(text: str, name: str = "net.yaml") -> Node:
    """The nodes of a text."""
    return read(dedent(text).encode(), name)


def problem(text: str) -> Problem:
    return decode(tree(text))


def faults(text: str) -> tuple[Fault, ...]:
    """What is wrong with a text; none if it is a problem."""
    root = tree(text)
    try:
        decode(root)
    except ProblemError as error:
        return error.faults
    return ()


def marked(fault: Fault) -> str:
    """The piece of the text that a fault points at."""
    assert fault.place is not None
    start = fault.place.column - 1
    return fault.place.source.line(fault.place.line)[start : start + fault.place.length]


def layer(text: str, rest: str = "") -> str:
    """A file with one layer, written as a flow mapping."""
    return f"layers: [{{{text}}}]\n{rest}"


def plain(node: Node) -> object:
    """The value by the core rules of YAML 1.2, as an editor reads it."""
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.kind == "mapping":
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    text = node.text
    if node.quoted:
        return text
    if text.lower() in ("", "~", "null"):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text


def same(one: object, other: object) -> bool:
    """Whether two problems, or parts of them, say the same; where they were written does not count."""
    return _facts(one) == _facts(other)


def _facts(value: object) -> object:
    """A value as something that can be compared."""
    if hasattr(value, "tolist"):
        return ("array", value.shape, value.tolist())
    if isinstance(value, dict):
        return {key: _facts(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [type(value).__name__, *(_facts(inner) for inner in value)]
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None or type(value).__name__ in ("Op", "Loss"):
        return value
    return {name: _facts(getattr(value, name)) for name in fields if name not in ("origin", "place")}
