"""How answers are read: mapping by mapping, each about a part of the problem."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace

from gradcalc.problem.answers import Claim, Key
from gradcalc.problem.equality import equal_parts, ways
from gradcalc.problem.faults import Refused
from gradcalc.problem.keys import place_of, without_letters
from gradcalc.problem.node import Node
from gradcalc.problem.step_rows import step_row
from gradcalc.problem.suggest import hint, nearest
from gradcalc.problem.vocabulary import Trained
from gradcalc.problem.where import Where

_AT = re.compile(r"(.+?)@\s*([0-9]+)")
_PART = re.compile(r"(sample|step)\s*([0-9]+)")


@dataclass
class Reading:
    """The claims that were read so far."""

    claims: list[Claim] = field(default_factory=list)

    def mapping(self, node: Node, where: Where) -> None:
        """Quantities with their answers."""
        for text, (name, value) in node.entries.items():
            with suppress(Refused):
                self.entry(text.strip(), name, value, where)

    def entry(self, text: str, name: Node, value: Node, where: Where) -> None:
        """One answer, or a mapping of those of a step, a sample or a run."""
        if value.is_null:
            return
        if part := _PART.fullmatch(text):
            self.mapping(_inner(value, where), where.narrowed(part[1], int(part[2]), name))
        elif text == "steps" and value.kind == "list":
            for position, item in enumerate(value.items, 1):
                self._step(_inner(item, where), position, where)
        elif value.kind == "mapping" and where.is_whole and _is_run(text, where):
            self.mapping(value, replace(where, run=where.words.run(text)))
        elif at := _AT.fullmatch(text):
            self.entry(at[1], name, value, where.narrowed("step", int(at[2]), name))
        elif row := step_row(text, value, where):
            self._of_parameters(row, name, value, where)
        else:
            self._quantity(text, name, value, where)

    def _step(self, node: Node, position: int, where: Where) -> None:
        """One of the `steps`, which says its number, or is counted."""
        number = node.get("step")
        at = int(number.text) if number is not None and number.text.isdecimal() else position
        inside = {key: pair for key, pair in node.entries.items() if key not in ("step", "learning_rate", "samples")}
        state = inside.pop("state", None)
        narrowed = where.narrowed("step", at, node)
        self.mapping(like(node, inside), narrowed)
        if state is not None:
            self.mapping(_inner(state[1], where), narrowed)

    def _of_parameters(self, row: str, name: Node, value: Node, where: Where) -> None:
        """A state, a gradient or an update: by parameter, or as it is where there is only one."""
        run, trained = where.trained(name)
        step = where.step or 1
        if value.kind != "mapping":
            if len(trained.parameters) != 1:
                hint = f"by parameter: {{{trained.parameters[0]}: …}}"
                raise where.faults.refuse(f"'{name.text}' is of several parameters", name, hint)
            self.claims.append(Claim(Key(row, step, trained.parameters[0], run), (), value))
            return
        for text, (key, inner) in value.entries.items():
            found = where.reference(text, key)
            if found.name not in trained.parameters or found.of is not None:
                raise where.faults.refuse(f"'{text}' is no parameter that is trained", key, _meant(text, trained))
            if not inner.is_null:
                key_of = Key(row, step, found.name, run)
                self.claims += ways([Claim(key_of, found.index, part) for part in equal_parts(inner)])

    def _quantity(self, text: str, name: Node, value: Node, where: Where) -> None:
        """A value, a gradient or a local derivative."""
        parts = equal_parts(value)
        if len(parts) > 1 and not all(one.text for one in parts):
            raise where.faults.refuse("nothing stands on one side of '='", value)
        if value.kind == "mapping":
            raise _refuse_mapping(text, name, value, where)
        bare, letters = without_letters(text, where.words.base)
        key, within = place_of(bare, name, where)
        self.claims += ways([Claim(key, within, part, letters) for part in parts])


def like(node: Node, entries: dict[str, tuple[Node, Node]]) -> Node:
    """A mapping with other entries at the same place."""
    return Node("mapping", node.source, node.line, node.column, node.length, entries=entries)


def _inner(node: Node, where: Where) -> Node:
    if node.kind != "mapping":
        raise where.faults.refuse(f"expected quantities with their answers, found a {node.kind}", node)
    return node


def _is_run(text: str, where: Where) -> bool:
    return text not in where.built.quantities and where.words.run(text) is not None


def _refuse_mapping(text: str, name: Node, value: Node, where: Where) -> Refused:
    """What holds answers is a step, a sample, a run, or something that a step has of each parameter."""
    if where.step is not None:
        _, trained = where.trained(name)
        return where.faults.refuse(f"'{text}' is nothing that a step has", name, hint(text, trained.rows, {}))
    if any(_PART.fullmatch(inner.strip()) or inner == "steps" for inner in value.entries) and where.words.runs:
        return where.faults.refuse(f"no optimizer here is called '{text}'", name, hint(text, where.words.runs, {}))
    return where.faults.refuse(f"'{text}' must be a number, a list or a formula, not a mapping", value)


def _meant(text: str, trained: Trained) -> str:
    close = nearest(text, trained.parameters, {})
    return f"did you mean '{close}'?" if close else f"one of {', '.join(trained.parameters)}"
