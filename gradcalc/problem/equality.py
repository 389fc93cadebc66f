"""The parts of an equation that is written as an answer: the way to a number, and the number."""

from __future__ import annotations

from collections.abc import Sequence

from gradcalc.problem.answers import Claim
from gradcalc.problem.node import Node


def ways(claims: Sequence[Claim]) -> list[Claim]:
    """The parts of an equation as claims, the earlier ones with the last one as their result."""
    *ways, last = claims
    return [*(way._replace(result=last.node) for way in ways), last]


def equal_parts(node: Node) -> list[Node]:
    """The parts of `2*(a1 - y) = 2*0.125 = 0.25`: the way to a number, and the number."""
    if node.kind != "scalar":
        return [node]
    text, depth, starts = node.text, 0, [0]
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "=" and not depth and text[at - 1 : at] not in ("<", ">", "=", "!") and text[at + 1 : at + 2] != "=":
            starts.append(at + 1)
    ends = [start - 1 for start in starts[1:]] + [len(text)]
    return [_slice(node, start, end) for start, end in zip(starts, ends, strict=True)]


def _slice(node: Node, start: int, end: int) -> Node:
    """A piece of a scalar at its place."""
    if (start, end) == (0, len(node.text)):
        return node
    text = node.text[start:end]
    column = node.column + node.quoted + start + len(text) - len(text.lstrip())
    return Node("scalar", node.source, node.line, column, max(len(text.strip()), 1), text=text.strip())
