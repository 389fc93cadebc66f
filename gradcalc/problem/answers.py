"""A person's answers: which quantities they name, and what is written there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from gradcalc.engine.expression.tree import parse
from gradcalc.errors import ExpressionError, UsageError
from gradcalc.problem.build import Built
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.node import Node
from gradcalc.problem.reference import Reference, reference
from gradcalc.problem.suggest import hint, nearest

# what JSON calls the parts of the loss, and what else people call them
LOSSES = {"sample_losses": "sample_losses", "ℓ": "sample_losses", "output_losses": "output_losses"}
GRADIENTS, UPDATE, PARAMETERS, CLIPPED = "gradients", "update", "parameters", "clipped"
_OF_LOSSES = re.compile(rf"({'|'.join(LOSSES)})(?:\[([0-9, ]+)\])?")
_STEP_WORDS = {
    **dict.fromkeys(("gradients", "gradient", "grad", "grads", "g"), GRADIENTS),
    **dict.fromkeys(("update", "updates", "delta"), UPDATE),
    **dict.fromkeys(("parameters", "parameter", "params", "theta", "θ"), PARAMETERS),
    "clipped": CLIPPED,
}
_STATES = {"m̂": "m_hat", "mhat": "m_hat", "v̂": "v_hat", "vhat": "v_hat"}
_ROOT = re.compile(r"√(\w+)")
_AT = re.compile(r"(.+?)@\s*([0-9]+)")
_PART = re.compile(r"(sample|step)\s*([0-9]+)")
# what else stands in a result of gradcalc that is handed in as answers
_OF_RESULTS = ("values", "gradients", "locals", "loss", "sample_losses", "output_losses", "steps", "runs")


# an index with letters in it: `[h,m]`, `[1,m]`
_LETTERS = re.compile(r"\[([^\[\]]*[^\W\d][^\[\]]*)\]")
_ENTRIES = re.compile(r"\[([^\[\]]*)\]")
Letters = tuple[str | int, ...]

_WHOLE: tuple[int, ...] = ()


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


class Trained(NamedTuple):
    """What a run of an optimizer has of each parameter in every step, and how many steps it makes.

    `constants` are the names of what its rules use beside that.
    """

    parameters: tuple[str, ...]
    rows: tuple[str, ...]
    steps: int
    constants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """What answers to a problem can be about. `training` gives the runs by name; it is asked only for steps."""

    built: Built
    base: int
    training: Callable[[], Mapping[str, Trained]]

    @cached_property
    def runs(self) -> Mapping[str, Trained]:
        return self.training()

    def run(self, text: str) -> str | None:
        """The run that `text` names, perhaps in other letters."""
        plain = text.strip().lower()
        return next((name for name in self.runs if name.lower() == plain), None)


@dataclass(frozen=True)
class _Where:
    """The part of the problem that a mapping of answers is about."""

    run: str | None = None
    step: int | None = None
    sample: int | None = None


@dataclass
class _Reading:
    words: Vocabulary
    faults: Faults
    claims: list[Claim] = field(default_factory=list)

    def mapping(self, node: Node, where: _Where) -> None:
        for text, (name, value) in node.entries.items():
            with suppress(Refused):
                self.entry(text.strip(), name, value, where)

    def entry(self, text: str, name: Node, value: Node, where: _Where) -> None:
        """One answer, or a mapping of those of a step, a sample or a run."""
        if value.is_null:
            return
        if part := _PART.fullmatch(text):
            self.mapping(self._inner(value), self._narrowed(where, part[1], int(part[2]), name))
        elif text == "steps" and value.kind == "list":
            for position, item in enumerate(value.items, 1):
                self.step(self._inner(item), position, where)
        elif value.kind == "mapping" and where == _Where() and self._is_run(text):
            self.mapping(value, replace(where, run=self.words.run(text)))
        elif at := _AT.fullmatch(text):
            self.entry(at[1], name, value, self._narrowed(where, "step", int(at[2]), name))
        elif row := self._row(text, value, where):
            self.of_parameters(row, name, value, where)
        else:
            self.quantity(text, name, value, where)

    def step(self, node: Node, position: int, where: _Where) -> None:
        """One of the `steps`, which says its number, or is counted."""
        number = node.get("step")
        at = int(number.text) if number is not None and number.text.isdecimal() else position
        inside = {key: pair for key, pair in node.entries.items() if key not in ("step", "learning_rate", "samples")}
        state = inside.pop("state", None)
        narrowed = self._narrowed(where, "step", at, node)
        self.mapping(_like(node, inside), narrowed)
        if state is not None:
            self.mapping(self._inner(state[1]), narrowed)

    def of_parameters(self, row: str, name: Node, value: Node, where: _Where) -> None:
        """A state, a gradient or an update: by parameter, or as it is where there is only one."""
        run, trained = self._trained(where, name)
        step = where.step or 1
        if value.kind != "mapping":
            if len(trained.parameters) != 1:
                hint = f"by parameter: {{{trained.parameters[0]}: …}}"
                raise self.faults.refuse(f"'{name.text}' is of several parameters", name, hint)
            self.claims.append(Claim(Key(row, step, trained.parameters[0], run), (), value))
            return
        for text, (key, inner) in value.entries.items():
            found = self._reference(text, key)
            if found.name not in trained.parameters or found.of is not None:
                raise self.faults.refuse(f"'{text}' is no parameter that is trained", key, _meant(text, trained))
            if not inner.is_null:
                key_of = Key(row, step, found.name, run)
                self.claims += _ways([Claim(key_of, found.index, part) for part in equal_parts(inner)])

    def quantity(self, text: str, name: Node, value: Node, where: _Where) -> None:
        """A value, a gradient or a local derivative."""
        if len(parts := equal_parts(value)) > 1:
            if not all(one.text for one in parts):
                raise self.faults.refuse("nothing stands on one side of '='", value)
            for one in parts:
                self.quantity(text, name, one, where)
            self.claims[-len(parts) :] = _ways(self.claims[-len(parts) :])
            return
        if value.kind == "mapping":
            raise self._refuse_mapping(text, name, value, where)
        built = self.words.built
        letters: Letters = ()
        if _LETTERS.search(text):
            letters = self._letters(text)
            text = _ENTRIES.sub("", text)
        loss = _OF_LOSSES.fullmatch(text)
        if loss and loss[1] not in built.quantities:
            key = Key(LOSSES[loss[1]])
            within = tuple(int(at) - self.words.base for at in (loss[2] or "").replace(",", " ").split())
        elif text == "loss" and built.result is not None and text not in built.quantities:
            key, within = Key(built.result), _WHOLE
        else:
            key, within = self._named(text, name, where)
        if where.sample is not None:
            key, within = self._of_sample(key, within, where.sample, name)
        if key.step is None and where.step is not None and where.step > 1:
            run, _ = self._trained(where, name)
            key = key._replace(step=where.step, run=run)  # the pass of step 1 is the first
        self.claims.append(Claim(key, within, value, letters))

    def _refuse_mapping(self, text: str, name: Node, value: Node, where: _Where) -> Refused:
        """What holds answers is a step, a sample, a run, or something that a step has of each parameter."""
        if where.step is not None:
            _, trained = self._trained(where, name)
            return self.faults.refuse(f"'{text}' is nothing that a step has", name, hint(text, trained.rows, {}))
        if any(_PART.fullmatch(inner.strip()) or inner == "steps" for inner in value.entries) and self.words.runs:
            return self.faults.refuse(f"no optimizer here is called '{text}'", name, hint(text, self.words.runs, {}))
        return self.faults.refuse(f"'{text}' must be a number, a list or a formula, not a mapping", value)

    def _letters(self, text: str) -> Letters:
        """The letters and the positions of all indices in a name."""
        parts = [part.strip() for inside in _ENTRIES.findall(text) for part in inside.split(",")]
        return tuple(int(part) - self.words.base if part.isdecimal() else part for part in parts)

    def _named(self, text: str, name: Node, where: _Where) -> tuple[Key, tuple[int, ...]]:
        found = self._reference(text, name)
        built = self.words.built
        if found.of is None and where.step is not None:
            run, trained = self._trained(where, name)
            if found.name in trained.parameters:
                return Key(PARAMETERS, where.step, found.name, run), found.index
        if found.of is None:
            return Key(found.name), found.index
        if found.of == (built.result or built.output):
            if where.step is not None:
                run, trained = self._trained(where, name)
                if found.name in trained.parameters:
                    return Key(GRADIENTS, where.step, found.name, run), found.index
            return Key(f"d{found.name}"), found.index
        return Key(f"d{found.of}/d{found.name}"), (*found.of_index, *found.index)

    def _reference(self, text: str, name: Node) -> Reference:
        try:
            return reference(text, self.words.built, self.words.base)
        except UsageError as error:
            message = error.faults[0].message.removeprefix(f"{text}: ")
            raise self.faults.refuse(message, name, error.faults[0].hint) from None

    def _row(self, text: str, value: Node, where: _Where) -> str | None:
        """The row of a step that `text` names; at the top only what can be nothing else."""
        built = self.words.built
        word = _STEP_WORDS.get(text) or _STATES.get(text, text)
        if text in built.quantities and value.kind != "mapping":
            return None
        if where.step is None and value.kind != "mapping" and (built.layers or text in built.quantities):
            return None
        if where.run is None and where.step is None and not self._trains(value):
            return None
        if any(word in trained.rows for trained in self.words.runs.values()):
            return word
        return self._made_of_rows(text, where) if where.step is not None and value.kind == "mapping" else None

    def _made_of_rows(self, text: str, where: _Where) -> str | None:
        """What is computed of a state on the way, as `sqrt(s)`; None for what is no formula of one."""
        runs = self.words.runs.values() if where.run is None else [self.words.runs[where.run]]
        known = {name for trained in runs for name in (*trained.rows, *trained.constants)}
        for sign, name in _STATES.items():
            text = text.replace(sign, name)
        try:
            tree = parse(_ROOT.sub(r"sqrt(\1)", text)).tree
        except ExpressionError:
            return None
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return ast.unparse(tree) if names <= known | {"sqrt", "abs"} and names & known else None

    def _trains(self, value: Node) -> bool:
        return value.kind == "mapping" or not self.words.built.graph.equations

    def _is_run(self, text: str) -> bool:
        return text not in self.words.built.quantities and self.words.run(text) is not None

    def _trained(self, where: _Where, at: Node) -> tuple[str | None, Trained]:
        runs = self.words.runs
        if len(runs) == 1:
            (only,) = runs.values()
            return None, only
        if not runs:
            raise self.faults.refuse("no optimizer makes steps here", at)
        if where.run is None:
            raise self.faults.refuse("several optimizers make steps here", at, f"name one of them: {', '.join(runs)}")
        return where.run, runs[where.run]

    def _narrowed(self, where: _Where, what: str, number: int, at: Node) -> _Where:
        if what == "sample":
            samples = 1 if self.words.built.single else int(self.words.built.samples)
            if not 1 <= number <= samples:
                told = f"samples count from 1 to {samples}" if samples > 1 else "there is only one"
                raise self.faults.refuse(f"there is no sample {number}", at, told)
            return replace(where, sample=number - 1)
        _, trained = self._trained(where, at)
        if not 1 <= number <= trained.steps:
            raise self.faults.refuse(f"there is no step {number}", at, f"steps count from 1 to {trained.steps}")
        return replace(where, step=number)

    def _of_sample(self, key: Key, within: tuple[int, ...], sample: int, at: Node) -> tuple[Key, tuple[int, ...]]:
        built = self.words.built
        if built.single:
            return key, within
        if key.quantity == built.names.loss and built.result == built.names.loss:
            return Key("sample_losses"), (sample,)
        name = key.quantity.rpartition("/")[2].removeprefix("d") if key.quantity not in built.quantities else ""
        quantity = built.quantities.get(key.quantity) or built.quantities.get(name)
        if key.quantity not in LOSSES and (quantity is None or quantity.role not in ("input", "target", "pre", "post")):
            raise self.faults.refuse(f"{at.text} belongs to all samples together", at, "write it beside the samples")
        return key, (sample, *within)

    def _inner(self, node: Node) -> Node:
        if node.kind != "mapping":
            raise self.faults.refuse(f"expected quantities with their answers, found a {node.kind}", node)
        return node


def _ways(claims: Sequence[Claim]) -> list[Claim]:
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


def read_answers(root: Node, words: Vocabulary) -> list[Claim]:
    """Every answer of a file, in the order of the text; raises one ProblemError with all that can't be understood.

    A result that gradcalc wrote (`backward`, `optimize`, several of them, `jacobian`) is a file of answers, too.
    """
    reading = _Reading(words, Faults())
    if words.built.also and {"schema", "functions"} <= root.entries.keys():
        _of_functions(reading, root)
    elif "schema" in root.entries:
        _result(reading, root, _Where())
    else:
        reading.mapping(root, _Where())
    reading.faults.check(root.source)
    return reading.claims


def _result(reading: _Reading, root: Node, where: _Where) -> None:
    """What a JSON record of gradcalc says of quantities."""
    for key in _OF_RESULTS:
        name, value = root.entries.get(key, (root, root))
        if value is root or value.is_null:
            continue
        if key == "runs":
            for number, run in enumerate(value.items):
                label = [*reading.words.runs][number] if number < len(reading.words.runs) else None
                _result(reading, run, replace(where, run=label))
        elif key in ("values", "locals"):
            given = {*_leaves(reading.words.built)}
            mapping = {text: pair for text, pair in value.entries.items() if text not in given}
            reading.mapping(_like(value, mapping), where)
        elif key == "gradients":
            reading.mapping(_like(value, {f"d{text}": pair for text, pair in value.entries.items()}), where)
        else:
            with suppress(Refused):
                reading.entry(key, name, value, where)


def _of_functions(reading: _Reading, root: Node) -> None:
    """What a JSON record of `jacobian` says of functions, of what is composed of them, and of a boundary."""
    for name, (key, inner) in root.entries["functions"][1].entries.items():
        _part(reading, key, inner, {"value": name, "jacobian": f"D{name}"})
    key, composition = root.entries["composition"]
    if not composition.is_null:
        called = composition.entries["name"][1].text
        _part(reading, key, composition, {"value": called, "jacobian_direct": f"D({called})"})
        for factor in composition.entries["factors"][1].items:
            _part(reading, key, factor, {"jacobian": factor.entries["name"][1].text})
    key, boundary = root.entries["boundary"]
    if not boundary.is_null:
        _part(reading, key, boundary, {name: name for name in ("normal", "distance", "side", "signed_distance")})


def _part(reading: _Reading, key: Node, inner: Node, names: Mapping[str, str]) -> None:
    for label, name in names.items():
        if label in inner.entries:
            with suppress(Refused):
                reading.entry(name, key, inner.entries[label][1], _Where())


def _leaves(built: Built) -> Iterator[str]:
    return (name for name in built.leaves if name in built.quantities)


def _like(node: Node, entries: dict[str, tuple[Node, Node]]) -> Node:
    return Node("mapping", node.source, node.line, node.column, node.length, entries=entries)


def _meant(text: str, trained: Trained) -> str:
    close = nearest(text, trained.parameters, {})
    return f"did you mean '{close}'?" if close else f"one of {', '.join(trained.parameters)}"
