"""A checked class: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.show.blocks import Block, Column, Heading, Line, Pairs, Row, Table, Value
from gradcalc.show.check import WORDS, body
from gradcalc.study.check import Checked
from gradcalc.study.classes import Group, Person
from gradcalc.study.place import place_of

HEAD = ("name", "right", "follows", "wrong", "accuracy", "follow_through", "marks", "of", "first_slip", "causes")
_WIDEST = 24


def blocks(group: Group) -> list[Block]:
    """The page: a row for each person, and how often each mistake was made."""
    columns = [
        Column("name"),
        *(Column(name, align="number") for name in ("right", "follow", "wrong", "accuracy", "follow-through", "marks")),
        Column("first slip"),
    ]
    rows = [_row(person) for person in group.people]
    total = group.people[0].points.total if group.people else 0
    page: list[Block] = [Table(columns, rows), Line(f"marks are of {total:g}", "dim")]
    if group.mistakes:
        most = max(count for _, count in group.mistakes)
        bars = [(_bar(count, most), cause.text) for cause, count in group.mistakes]
        page += [Heading("Mistakes"), Pairs(bars)]
    return page


def record(group: Group, *, reveal: bool = False) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    return {
        "schema": "gradcalc.class/1",
        "version": __version__,
        "people": [
            {"name": person.name, **body(person.checked, reveal=reveal), "points": _points(person)}
            for person in group.people
        ],
        "mistakes": [{**cause._asdict(), "count": count} for cause, count in group.mistakes],
    }


def cells(group: Group) -> Iterator[Sequence[str | float]]:
    """A row for each person: counts, marks, and the first slip with its causes."""
    for person in group.people:
        checked, points = person.checked, person.points
        counts = [checked.count(word) for word in WORDS]
        marks = [_plain(x) for x in (points.accuracy, points.follow_through, points.method, points.total)]
        first = checked.first_wrong
        causes = "; ".join(cause.name for cause in first.causes) if first is not None else ""
        yield person.name, *counts, *marks, _slip(checked), causes


def _row(person: Person) -> Row:
    checked, points = person.checked, person.points
    counts = (checked.count("right"), checked.count("follows"), checked.count("wrong"))
    marks = (points.accuracy, points.follow_through, points.method)
    numbers = [Value(float(number)) for number in (*counts, *marks)]
    return Row((person.name, *numbers, _slip(checked)))


def _slip(checked: Checked) -> str:
    first = checked.first_wrong
    return place_of(first.key, first.inside, checked.truth.problem.index_base) if first is not None else ""


def _bar(count: int, most: int) -> str:
    return f"{count:>4}  {'█' * max(1, round(_WIDEST * count / most))}"


def _points(person: Person) -> dict[str, float]:
    return {
        "accuracy": person.points.accuracy,
        "follow_through": person.points.follow_through,
        "method": person.points.method,
        "total": person.points.total,
    }


def _plain(number: float) -> float:
    """Without the noise of shares that were added up, a whole number without a point."""
    plain = float(f"{number:.12g}")
    return int(plain) if plain.is_integer() else plain
