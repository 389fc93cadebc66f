"""The definitions of functions, `F(x, y): [x*y, x - y]`, read and checked as far as that goes without shapes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.errors import ExpressionError
from gradcalc.problem.calls import written_out
from gradcalc.problem.faults import Faults, Refused, quoted
from gradcalc.problem.model import Function
from gradcalc.problem.node import Node

_NAME = r"[^\W\d]\w*"
SIGNATURE = re.compile(rf"\s*({_NAME})\s*\(\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*,?\s*\)\s*")
MOST_ENTRIES = 1000


def read(node: Node, faults: Faults) -> Mapping[str, Function]:
    """The functions of a mapping, by their names."""
    found: dict[str, Function] = {}
    names: dict[str, Node] = {}
    for text, (key, body) in node.entries.items():
        with suppress(Refused):
            name, args = _signature(text, key, faults)
            if name in names:
                faults.add(f"two functions are called {quoted(name)}", key, "rename one", names[name])
                raise Refused(name)
            names[name] = key
            found[name] = Function(name, args, *_formulas(body, faults.named(name)), key.place)
    if len(found) < len(node.entries):
        raise Refused("functions")
    return written_out(found, faults)


def _signature(text: str, key: Node, faults: Faults) -> tuple[str, tuple[str, ...]]:
    """The name and the arguments of `F(x, y)`."""
    match = SIGNATURE.fullmatch(text)
    if match is None:
        raise faults.refuse(f"{quoted(text)} is not a function with its arguments", key, "such as F(x, y)")
    name, *args = (unicodedata.normalize("NFKC", word.strip()) for word in (match[1], *match[2].split(",")))
    if name in FUNCTIONS:
        raise faults.refuse(f"{name} is a function already", key, "choose another name")
    twice = next((arg for arg in args if args.count(arg) > 1), None)
    if twice is not None:
        raise faults.refuse(f"{name} has two arguments that are called {quoted(twice)}", key, "rename one")
    return name, tuple(args)


def _formulas(body: Node, faults: Faults) -> tuple[tuple[Formula, ...], tuple[int, ...] | None]:
    """The formulas of a body in their order, and the shape that their list has; None for a formula alone."""
    if body.kind == "scalar":
        return (_formula(body, faults),), None
    if body.kind == "mapping" or not body.items:
        raise faults.refuse(f"{faults.subject} must be a formula or a list of formulas", body, "such as [x*y, x - y]")
    rows = body.items[0].kind == "list"
    sizes = {len(row.items) if row.kind == "list" else -1 for row in body.items} if rows else set()
    if len(sizes) > 1 or -1 in sizes or 0 in sizes:
        raise faults.refuse(f"the rows of {faults.subject} are of different lengths", body)
    nodes = [node for row in body.items for node in row.items] if rows else body.items
    if len(nodes) > MOST_ENTRIES:
        raise faults.refuse(f"{faults.subject} has {len(nodes)} entries; the limit is {MOST_ENTRIES}", body)
    formulas = []
    for node in nodes:
        with suppress(Refused):
            formulas.append(_formula(node, faults))
    if len(formulas) < len(nodes):
        raise Refused(faults.subject)
    return tuple(formulas), (len(body.items), *sizes)


def _formula(node: Node, faults: Faults) -> Formula:
    if node.kind != "scalar" or node.is_null:
        what = (
            f"{faults.subject} has an empty entry" if node.is_null else f"an entry of {faults.subject} is a {node.kind}"
        )
        raise faults.refuse(what, node, "write a formula, such as x*y")
    try:
        return parse(node.text, node.place, FUNCTIONS)
    except ExpressionError as error:
        for fault in error.faults:
            hint = fault.hint
            if "never closed" in fault.message and node.source.line(node.line).strip() != node.source.text.strip():
                hint = "a formula with a comma in it stands in quotes in a list"
            faults.add(fault.message, fault.place or node.place, hint)
        raise Refused(node.text) from None
