"""Every answer of a file: what a person wrote, or what a record of gradcalc says of quantities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from gradcalc.problem.answers import Claim
from gradcalc.problem.build import Built
from gradcalc.problem.faults import Faults, Refused
from gradcalc.problem.node import Node
from gradcalc.problem.reading import Reading, like
from gradcalc.problem.vocabulary import Vocabulary
from gradcalc.problem.where import Where

# what stands in a result of gradcalc beside names and settings
_OF_RESULTS = ("values", "gradients", "locals", "loss", "sample_losses", "output_losses", "steps", "runs")


def read_answers(root: Node, words: Vocabulary) -> list[Claim]:
    """Every answer of a file, in the order of the text; raises one ProblemError with all that can't be understood.

    A result that gradcalc wrote (`backward`, `optimize`, several of them, `jacobian`) is a file of answers, too.
    """
    reading, where = Reading(), Where(words, Faults())
    if words.built.also and {"schema", "functions"} <= root.entries.keys():
        _of_functions(reading, root, where)
    elif "schema" in root.entries:
        _result(reading, root, where)
    else:
        reading.mapping(root, where)
    where.faults.check(root.source)
    return reading.claims


def _result(reading: Reading, root: Node, where: Where) -> None:
    """What a JSON record of gradcalc says of quantities."""
    for key in _OF_RESULTS:
        name, value = root.entries.get(key, (root, root))
        if value is root or value.is_null:
            continue
        if key == "runs":
            labels = [*where.words.runs]
            for number, run in enumerate(value.items):
                _result(reading, run, replace(where, run=labels[number] if number < len(labels) else None))
        elif key in ("values", "locals"):
            given = {*_leaves(where.built)}
            mapping = {text: pair for text, pair in value.entries.items() if text not in given}
            reading.mapping(like(value, mapping), where)
        elif key == "gradients":
            reading.mapping(like(value, {f"d{text}": pair for text, pair in value.entries.items()}), where)
        else:
            with suppress(Refused):
                reading.entry(key, name, value, where)


def _of_functions(reading: Reading, root: Node, where: Where) -> None:
    """What a JSON record of `jacobian` says of functions, of what is composed of them, and of a boundary."""

    def tell(key: Node, inner: Node, names: Mapping[str, str]) -> None:
        for label, name in names.items():
            if label in inner.entries:
                with suppress(Refused):
                    reading.entry(name, key, inner.entries[label][1], where)

    for name, (key, inner) in root.entries["functions"][1].entries.items():
        tell(key, inner, {"value": name, "jacobian": f"D{name}"})
    key, composition = root.entries["composition"]
    if not composition.is_null:
        called = composition.entries["name"][1].text
        tell(key, composition, {"value": called, "jacobian_direct": f"D({called})"})
        for factor in composition.entries["factors"][1].items:
            tell(key, factor, {"jacobian": factor.entries["name"][1].text})
    key, boundary = root.entries["boundary"]
    if not boundary.is_null:
        tell(key, boundary, {name: name for name in ("normal", "distance", "side", "signed_distance")})


def _leaves(built: Built) -> Iterator[str]:
    return (name for name in built.leaves if name in built.quantities)
