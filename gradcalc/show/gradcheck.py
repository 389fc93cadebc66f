"""Exact gradients beside central differences: as blocks, as a record for machines, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradcalc import __version__
from gradcalc.show.blocks import Block, Column, Heading, Line, Note, Pairs, Row, Table
from gradcalc.show.head import head
from gradcalc.show.numbers import show_number
from gradcalc.show.prose import named
from gradcalc.solution import Solution
from gradcalc.study.entry import entry
from gradcalc.study.gradcheck import CLEAR, Compared
from gradcalc.study.rules import Rules

Cells = tuple[str, float, float, int, str]


def agree(checked: Sequence[Compared]) -> bool:
    """Whether no gradient differs."""
    return all(one.ok for one in checked)


def blocks(solution: Solution, checked: Sequence[Compared], tolerance: float) -> list[Block]:
    """The page that `gradcalc gradcheck` prints."""
    rules = Rules(solution)
    columns = [
        Column("gradient"),
        Column("entries", "right"),
        Column("largest error", "right"),
        Column("relative", "right"),
        Column("skipped", "right"),
        Column("verdict", role="verdict"),
    ]
    rows = [Row((named(rules.gradient(one.name)), *_figures(one, tolerance))) for one in checked]
    page: list[Block] = [*head(solution, rules), Table(columns, rows), *_wrong(solution, rules, checked)]
    return [*page, *(Note(note) for note in notes(solution, checked)), _verdict(checked, tolerance)]


def record(solution: Solution, checked: Sequence[Compared], tolerance: float) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    base = solution.problem.index_base
    return {
        "schema": "gradcalc.gradcheck/1",
        "version": __version__,
        "title": solution.problem.title,
        "of": solution.result,
        "tolerance": tolerance,
        "quantities": [
            {
                "name": one.name,
                "entries": one.size,
                "compared": one.compared,
                "max_abs_error": one.max_abs_error,
                "max_rel_error": one.max_rel_error,
                "skipped": one.skipped,
                "ok": one.ok,
                "worst": None
                if one.worst is None
                else {
                    "index": [i + base for i in one.worst.position],
                    "exact": one.worst.exact,
                    "difference": one.worst.difference,
                },
            }
            for one in checked
        ],
        "ok": agree(checked),
        "warnings": notes(solution, checked),
    }


def cells(checked: Sequence[Compared]) -> Iterator[Cells]:
    """Every gradient, a row each: quantity, errors, skipped, verdict."""
    for one in checked:
        yield one.name, one.max_abs_error, one.max_rel_error, one.skipped, _said(one)


def notes(solution: Solution, checked: Sequence[Compared]) -> list[str]:
    """What was not compared, and why."""
    found = []
    kinks, lost = sum(one.kinks for one in checked), sum(one.lost for one in checked)
    if kinks:
        found.append(f"skipped {_entries(kinks)} at a kink, where a difference mixes the slopes of both sides")
    if lost:
        found.append(f"skipped {_entries(lost)} whose gradient is too small, or changes too fast, for differences")
    part = [one.name for one in checked if one.compared < one.size]
    if part:
        found.append(f"only a part of {', '.join(part)} was compared, evenly spread; --all compares every entry")
    if solution.by_book:
        found.append("rounding at each step has no derivative: compared is the problem without it")
    return found


def _figures(one: Compared, tolerance: float) -> tuple[str, ...]:
    entries = f"{one.compared} of {one.size}" if one.compared < one.size else str(one.size)
    return entries, *_errors(one, tolerance), str(one.skipped or ""), _said(one)


def _errors(one: Compared, tolerance: float) -> tuple[str, str]:
    """Both errors in the two digits that matter of one; those of an error that is none are noise."""
    if one.compared == one.skipped:
        return "", ""
    clear = tolerance * CLEAR
    if one.max_rel_error > clear:
        return _short(one.max_abs_error), _short(one.max_rel_error)
    return f"< {_short(clear * one.terms)}" if one.terms else "0", f"< {_short(clear)}"


def _said(one: Compared) -> str:
    """The verdict in a word; a gradient none of whose entries could be judged has none."""
    if not one.ok:
        return "wrong"
    return "ok" if one.compared > one.skipped else "skipped"


def _short(error: float) -> str:
    """An error in the two digits that matter of it."""
    return show_number(float(f"{error:.1e}"))


def _wrong(solution: Solution, rules: Rules, checked: Sequence[Compared]) -> list[Block]:
    """The worst entry of every gradient that differs."""
    rows = [
        (
            named(entry(solution, rules.gradient(one.name), one.worst.position)),
            f"{show_number(one.worst.exact)} by its rule, {show_number(one.worst.difference)} by differences",
        )
        for one in checked
        if not one.ok and one.worst is not None
    ]
    return [Heading("Where they differ most"), Pairs(rows)] if rows else []


def _verdict(checked: Sequence[Compared], tolerance: float) -> Block:
    within = f"central differences within {tolerance:g} of the size of their terms"
    wrong = sum(not one.ok for one in checked)
    judged = sum(one.compared > one.skipped for one in checked)
    if not judged:
        return Line("no gradient could be judged by differences", "bold")
    if wrong:
        return Line(f"{wrong} of {judged} gradients differ{'s' if wrong == 1 else ''}: not {within}", "bold")
    return Line(f"{judged} gradient{'s agree' if judged != 1 else ' agrees'} with {within}", "bold")


def _entries(count: int) -> str:
    return f"{count} {'entries' if count != 1 else 'entry'}"
