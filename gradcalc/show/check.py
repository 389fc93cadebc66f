"""A checked sheet: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from gradcalc import __version__
from gradcalc.engine import book
from gradcalc.engine.maths import named
from gradcalc.engine.notation import Style
from gradcalc.problem.answers import LOSSES, Key
from gradcalc.show.blocks import Block, Cell, Column, Line, Maths, Note, Phrase, Row, Table, Words
from gradcalc.show.head import head
from gradcalc.show.numbers import DEFAULT, Shown, inline
from gradcalc.show.prose import prose
from gradcalc.study.check import Checked, Entry
from gradcalc.study.place import counted, name_of, place_of, rule_of, when
from gradcalc.study.rules import Rules
from gradcalc.study.verdicts import Word

HEAD = ("quantity", "index", "given", "verdict", "note")
MOST_HINTS = 3
WORDS: tuple[Word, ...] = ("right", "follows", "wrong")
_SAID: Mapping[Word, str] = {"follows": "follows from your earlier number"}
_LONGEST = 48
# so many other places are named, and of how many entries of a quantity only those are that stand alone
_FEW, _MANY = 6, 24


def blocks(checked: Checked, *, reveal: bool = False, hint: int | None = None, shown: Shown = DEFAULT) -> list[Block]:
    """The page that `gradcalc check` prints; with a `hint` only as much of it as helps to look again."""
    if hint is not None:
        return [*(Note(said) for said in hints(checked)[:hint] if said is not None), Note(summary(checked))]
    rules = Rules(checked.truth.solution)
    page: list[Block] = _head(checked, rules, shown)
    page.append(_table(checked, shown, reveal=reveal) if checked.entries else Note("Nothing is answered yet."))
    said = hints(checked)
    if said:
        place, rule, why = said
        page += [Note(Phrase([*_parts_of(place), " ", *_parts_of(why)])), *([Note(rule)] if rule is not None else [])]
    page += [Note(_prose(sentence, checked)) for sentence in _others(checked)]
    # a table is set apart by itself
    apart = [] if isinstance(page[-1], Table) else [Line("")]
    return [*page, *apart, Line(summary(checked), "bold")]


def _head(checked: Checked, rules: Rules, shown: Shown) -> list[Block]:
    """The conventions of a network or of formulas; functions with the point."""
    truth = checked.truth
    if truth.composed is not None:
        from gradcalc.show.definitions import definition  # noqa: PLC0415 - most problems are networks

        title, style = truth.problem.title, Style(base=shown.index_base, tight=True)
        said: list[Block] = [Line(title, "title")] if title else []
        said += [definition(chain, style) for chain in truth.composed.chains.values()]
        point = ", ".join(f"{name} = {inline(value, shown)}" for name, value in truth.problem.at.items())
        return [*said, *([Line(_prose(f"at {point}", checked))] if point else [])]
    return [*head(truth.solution, rules)] if truth.built.graph.equations and not truth.lettered else []


def hints(checked: Checked) -> tuple[Words, Words | None, Words] | tuple[()]:
    """What is told of the first slip: where it is, how it should have been computed, what was done instead."""
    first = checked.first_wrong
    if first is None:
        return ()
    rule = rule_of(checked.truth, first.key)
    place = place_of(first.key, first.inside, checked.truth.problem.index_base)
    told = None
    if rule is not None:
        parts = _parts_of(rule) if not isinstance(rule, str) else _parts_of(_prose(rule, checked))
        told = Phrase(["The rule here is ", *parts, "."])
    return _prose(f"The first slip is {place}.", checked), told, _prose(cause(first), checked)


def _prose(sentence: str, checked: Checked) -> Phrase:
    """A sentence with the names of the problem, of gradients and of states as mathematics."""
    quantities = checked.truth.built.quantities
    keys = [entry.key for entry in checked.entries]
    composed = checked.truth.composed
    letters = [arg for chain in composed.chains.values() for arg in chain.inputs] if composed is not None else []
    states = [name for key in keys for name in (key.quantity, key.parameter or key.quantity)]
    return prose(sentence, {*quantities, *(f"d{name}" for name in quantities), *states, *letters} - {*LOSSES})


def _parts_of(words: str | Maths | Phrase) -> Sequence[str | Maths]:
    if isinstance(words, Phrase):
        return words.parts
    return [words]


def _called(entry: Entry, base: int, *, whole: bool) -> Words:
    """A quantity, or an entry of one, as it stands in the table."""
    key, index = entry.key, () if whole else entry.inside
    told = place_of(key._replace(step=None, run=None), index, base)
    if key.parameter is not None:
        row, of, parameter = told.rpartition(" of ")
        if not row:
            return named(parameter)
        return Phrase([named(row) if row.isidentifier() else Maths([book.parse(row)]), of, named(parameter)])
    return told if key.quantity in LOSSES else named(told)


def cause(entry: Entry) -> str:
    """What produces a wrong number, in a sentence; several causes are ties."""
    if entry.note:
        return f"It is {entry.note}: {entry.causes[0].text}."
    if not entry.causes:
        return "No mistake of the catalogue produces this number."
    told = [item.text for item in entry.causes]
    if len(told) == 1:
        return f"It is what one gets with {told[0]}."
    if len(told) > _FEW:
        others = f"one of {len(told) - _FEW} more; numbers on the way to it would tell which"
        told = [*told[:_FEW], others]
    return f"It is what one gets with one of these: {'; or '.join(told)}."


def summary(checked: Checked) -> str:
    """How many of each verdict there are."""
    right, follows, wrong = (checked.count(word) for word in WORDS)
    return f"{right} right, {wrong} wrong, {follows} follow from it, {checked.unanswered} not answered"


def record(checked: Checked, *, reveal: bool = False) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    return {"schema": "gradcalc.check/1", "version": __version__, **body(checked, reveal=reveal)}


def body(checked: Checked, *, reveal: bool = False) -> dict[str, Any]:
    """What the record of one person and that of a class share."""
    base, first = checked.truth.problem.index_base, checked.first_wrong
    return {
        "entries": [
            {**_entry(entry, base), **({"expected": _right(entry, checked)} if reveal else {})}
            for entry in checked.entries
        ],
        "first_wrong": None if first is None else _where(first, base),
        "marks": {
            **{word: checked.count(word) for word in WORDS},
            "total": len(checked.entries),
            "unanswered": checked.unanswered,
        },
        "ok": checked.ok,
    }


def cells(checked: Checked) -> Iterator[Sequence[str | float]]:
    """Every answer, an entry a row: quantity, index, what was written, verdict, note."""
    base = checked.truth.problem.index_base
    for entry in checked.entries:
        moment = when(entry.key)
        name = f"{moment}: {name_of(entry.key)}" if moment else name_of(entry.key)
        index = ",".join(map(str, counted(entry.inside, base)))
        yield name, index, entry.given, entry.word, entry.note or "; ".join(cause.name for cause in entry.causes)


def _entry(entry: Entry, base: int) -> dict[str, Any]:
    return {
        **_where(entry, base),
        "given": entry.value,
        "written": entry.given,
        "verdict": entry.word,
        "note": entry.note or None,
        "causes": [cause._asdict() for cause in entry.causes],
    }


def _where(entry: Entry, base: int) -> dict[str, Any]:
    key = entry.key
    place = {"quantity": key.quantity, "step": key.step, "parameter": key.parameter}
    return {**place, **({"run": key.run} if key.run else {}), "index": counted(entry.inside, base)}


def _table(checked: Checked, shown: Shown, *, reveal: bool) -> Table:
    stepped = any(when(entry.key) for entry in checked.entries)
    columns = [Column("step")] * stepped + [Column("quantity"), Column("yours")]
    columns += [Column("right")] * reveal + [Column("verdict", role="verdict")]
    rows = []
    for key, group in groupby(checked.entries, key=lambda entry: entry.key):
        own = list(group)
        many = len(own) > _MANY and not reveal
        for entries in _counted(own) if many else _parts(own):
            first = entries[0]
            whole = len(entries) > 1 or (len(own) == 1 and not (first.inside and _size(checked, key) > 1))
            name = _called(first, shown.index_base, whole=whole)
            texts = [entry.given for entry in entries]
            yours = f"{len(entries)} numbers" if many and whole else _together(texts, entries)
            cells: list[Cell] = [*[when(key)] * stepped, name, yours]
            if reveal:
                cells.append(_together([_expected(entry, checked, shown) for entry in entries], entries))
            cells.append(_verdict(entries, checked))
            rows.append(Row(tuple(cells)))
    return Table(columns, rows)


def _size(checked: Checked, key: Key) -> int:
    return checked.truth.arrays([key])[key].size


def _parts(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """A quantity whose entries share a verdict in one row, else a row for each entry."""
    formulas = len(entries) > 1 and any(isinstance(entry.value, str) for entry in entries)
    if len({entry.word for entry in entries}) == 1 and _is_short(entries) and not formulas:
        yield entries
    else:
        yield from ([entry] for entry in entries)


def _counted(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Of so many entries those that share a verdict in one row, few of them in a row each."""
    verdicts: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        verdicts.setdefault((entry.word, entry.note), []).append(entry)
    for alike in verdicts.values():
        yield from [alike] if len(alike) > _FEW else ([entry] for entry in alike)


def _is_short(entries: Sequence[Entry]) -> bool:
    return sum(len(entry.given) + 2 for entry in entries) <= _LONGEST


def _together(texts: Sequence[str], entries: Sequence[Entry]) -> str:
    """Numbers as nested lists; a single one as it is."""
    if len(texts) == 1:
        return texts[0]
    if len(entries[0].at) < 2:
        return f"[{', '.join(texts)}]"
    rows: dict[int, list[str]] = {}
    for text, entry in zip(texts, entries, strict=True):
        rows.setdefault(entry.at[-2], []).append(text)
    inner = [f"[{', '.join(row)}]" for row in rows.values()]
    return inner[0] if len(inner) == 1 else f"[{', '.join(inner)}]"


def _expected(entry: Entry, checked: Checked, shown: Shown) -> str:
    right = _right(entry, checked)
    return right if isinstance(right, str) else inline(right, shown)


def _right(entry: Entry, checked: Checked) -> Any:
    """What belongs in the place of an answer: of a formula another formula, or how it is found."""
    if isinstance(entry.value, str) and checked.truth.composed is not None:
        from gradcalc.study.revealed import texts_of  # noqa: PLC0415 - SymPy is loaded for letters alone

        found = texts_of(checked.truth.problem).get(entry.key.quantity)
        if found is not None:
            return str(found[entry.at]) if np.shape(found[entry.at]) == () else str(found[entry.at].tolist())
    return entry.expected if entry.expected is not None else ""


def _verdict(entries: Sequence[Entry], checked: Checked) -> str:
    first = next((entry for entry in entries if entry.note), entries[0])
    word = f"{first.word}, {first.note}" if first.note else _SAID.get(first.word, first.word)
    return f"{word}   ← first slip" if checked.first_wrong in entries else word


def _others(checked: Checked) -> Iterator[str]:
    """The other slips, those of one cause together."""
    first, base = checked.first_wrong, checked.truth.problem.index_base
    groups: dict[tuple[object, ...], dict[str, Entry]] = {}
    for _, group in groupby(checked.entries, key=lambda entry: entry.key):
        own = [*group]
        alike = all(other.word == "wrong" and other.causes == own[0].causes for other in own)
        for entry in own:
            if entry.word == "wrong" and entry is not first:
                place = place_of(entry.key, entry.letters or (() if alike else entry.at), base)
                groups.setdefault(tuple(entry.causes), {}).setdefault(place, entry)
    for causes, places in groups.items():
        others = [
            place for place, entry in places.items() if first is None or entry.key != first.key or len(places) > 1
        ]
        if first is not None and causes == tuple(first.causes):
            if others:
                yield f"So is {_listed(others)}." if len(others) == 1 else f"So are {_listed(others)}."
        else:
            yield f"{_listed([*places])}: {cause(next(iter(places.values())))}"


def _listed(places: Sequence[str]) -> str:
    """`a, b and c`; of many the first ones."""
    shown = [*places[:_FEW], *([f"{len(places) - _FEW} more"] if len(places) > _FEW else [])]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
