"""The whole worked solution of a problem, section by section: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.engine.maths import named
from gradcalc.engine.op import Array
from gradcalc.errors import UsageError
from gradcalc.problem.suggest import hint
from gradcalc.show import shapes
from gradcalc.show.blocks import Blank, Block, Heading, Line, Note, Phrase, Table
from gradcalc.show.derivation import Page, Told, derived, given, is_large, plainly
from gradcalc.show.forward import said
from gradcalc.show.head import head
from gradcalc.show.moves import moves
from gradcalc.show.numbers import inline
from gradcalc.show.reasons import reasons
from gradcalc.solution import Solution
from gradcalc.study.gradcheck import CLEAR, TOLERANCE, gradcheck

# how many entries of a quantity the check compares
MOST_CHECKED = 60


def choose(names: str | None) -> list[str]:
    """The sections that `--sections forward,backward` names, in the order in which they are worked; None: all."""
    if names is None:
        return list(SECTIONS)
    chosen = [name for name in names.replace(" ", "").split(",") if name]
    for name in chosen:
        if name not in SECTIONS:
            raise UsageError(f"no section is called '{name}'", hint=hint(name, SECTIONS))
    if not chosen:
        raise UsageError("--sections names none", hint=f"some of {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if name in chosen]


def blocks(page: Page, chosen: Sequence[str]) -> list[Block]:
    """The page that `gradcalc solve` prints."""
    found = head(page.solution, page.rules)
    for name in chosen:
        told = [block for one in SECTIONS[name](page) for block in one.blocks]
        if told:
            found += [Heading(TITLES[name]), *told]
    return [*found, *said(page.solution)]


def record(page: Page, chosen: Sequence[str]) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    from gradcalc.study.conventions import conventions  # noqa: PLC0415 - only this record has them
    from gradcalc.study.notes import notes  # noqa: PLC0415 - likewise

    return {
        "schema": "gradcalc.solve/1",
        "version": __version__,
        "title": page.solution.problem.title,
        "conventions": conventions(page.solution, page.rules),
        "sections": [{"name": name, "entries": _entries(page, name)} for name in chosen],
        "warnings": notes(page.solution),
    }


def cells(page: Page, chosen: Sequence[str]) -> Iterator[tuple[str, str, str, str, str]]:
    """Every line, a row each: section, quantity, formula or reason, numbers, result."""
    for name in chosen:
        for entry in _entries(page, name):
            quantity, told, result = entry["quantity"], entry.get("formula"), entry.get("value", 0.0)
            if "reason" in entry:
                index = ",".join(map(str, entry["index"]))
                quantity, told = f"d{page.solution.result}/d{quantity}{f'[{index}]' if index else ''}", entry["reason"]
            yield name, quantity, told or "", entry.get("numbers") or "", inline(result, page.shown)


def _entries(page: Page, name: str) -> list[Mapping[str, Any]]:
    return [one.record for one in SECTIONS[name](page) if one.record]


def _given(page: Page) -> Iterator[Told]:
    yield from given(page)


def _dimensions(page: Page) -> Iterator[Told]:
    for row in shapes.record(page.solution.problem)["quantities"]:
        kept = {"quantity": row["name"], "value": row["shape"], "letters": row["letters"]}
        yield Told([], kept)
    yield Told([block for block in shapes.blocks(page.solution.problem) if isinstance(block, Table)], {})


def _forward(page: Page) -> Iterator[Told]:
    """Every value but the loss, layer by layer."""
    loss = page.solution.built.names.loss
    lines = [name for name in page.solution.built.graph.lines if name != loss]
    yield from _by_layer(page, lines, lambda name: derived(page, page.workings.value, name))


def _loss(page: Page) -> Iterator[Told]:
    """The loss, after those of every output and of every sample where there are several."""
    solution = page.solution
    loss = solution.built.names.loss
    for name, of, array in _parts(solution):
        words = Phrase([named(name), f", the loss of each {of}:"])
        yield Told([Line(words), Line(plainly(page, name, array))], {"quantity": name, "of": of, "value": array})
    if loss in solution.built.graph.lines:
        yield from derived(page, page.workings.value, loss)


def _parts(solution: Solution) -> Iterator[tuple[str, str, Array]]:
    """What the loss is put together from, where that is more than one number."""
    outputs, samples = solution.output_losses, solution.sample_losses
    if outputs is not None and outputs.shape[-1:] not in ((), (1,)) and not is_large(outputs):
        yield "e", "output", outputs
    if samples is not None and samples.size > 1 and not is_large(samples):
        yield "ℓ", "sample", samples


def _backward(page: Page) -> Iterator[Told]:
    """Every gradient, layer by layer."""
    names = [name for name in page.solution.gradients if name != page.solution.result]
    if page.solution.built.graph.equations:
        yield from _by_layer(page, names, lambda name: derived(page, page.workings.gradient, name))


def _by_layer(page: Page, names: Sequence[str], tell: Callable[[str], Iterator[Told]]) -> Iterator[Told]:
    """The lines of each layer set apart from the next."""
    layer = None
    for number, name in enumerate(names):
        own = page.solution.built.quantities[name].layer
        if number and own != layer:
            yield Told([Blank()], {})
        layer = own
        yield from tell(name)


def _zeros(page: Page) -> Iterator[Told]:
    yield from reasons(page)


def _update(page: Page) -> Iterator[Told]:
    yield from moves(page)


def _check(page: Page) -> Iterator[Told]:
    """How far the gradients are from central differences."""
    if not page.solution.built.graph.equations or not page.solution.gradients:
        return
    checked = gradcheck(page.solution, most=MOST_CHECKED)
    judged = [one for one in checked if one.compared > one.skipped]
    if not judged:
        return
    # below it two numbers are the same, and what is left of their difference is the rounding of a machine
    within = max(TOLERANCE * CLEAR, *(one.max_rel_error for one in judged))
    count, ok = len(judged), all(one.ok for one in judged)
    verb = "do not all agree" if not ok else "agree" if count > 1 else "agrees"
    words = f"{count} gradient{'s' * (count > 1)} {verb} with central differences"
    size = f", within {within:.2g} of the size of their terms." if ok else "; gradcalc gradcheck says where."
    yield Told([Note(words + size)], {"quantity": "", "gradients": count, "ok": ok, "value": within})


SECTIONS: Mapping[str, Callable[[Page], Iterator[Told]]] = {
    "given": _given,
    "dimensions": _dimensions,
    "forward": _forward,
    "loss": _loss,
    "backward": _backward,
    "zeros": _zeros,
    "update": _update,
    "check": _check,
}
TITLES = {
    "given": "Given",
    "dimensions": "Dimensions",
    "forward": "Forward pass",
    "loss": "Loss",
    "backward": "Backward pass",
    "zeros": "Zeros, and why",
    "update": "Update",
    "check": "Check",
}
