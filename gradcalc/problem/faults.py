"""What is wrong with a problem, collected, so that all of it is told at once and in the order of the text."""

from __future__ import annotations

from gradcalc.errors import Fault, Place, ProblemError, Source
from gradcalc.problem.node import Node

MOST = 100
_LONGEST = 60


def quoted(text: str) -> str:
    """A text of the file for a message; of a long one its beginning will do, as the place shows the rest."""
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[:_LONGEST]}…'"


class Refused(Exception):  # noqa: N818  it says that a value is refused, after the fault has been noted
    """A value can't be had; why is among the faults already."""


class Faults:
    """A collection of faults, and the name of what is being read just now, such as `bias of layer 1`."""

    __slots__ = ("found", "subject")

    def __init__(self, subject: str = "", found: list[Fault] | None = None) -> None:
        self.subject = subject
        self.found: list[Fault] = [] if found is None else found

    def named(self, subject: str) -> Faults:
        """The same collection while something else is being read."""
        return Faults(subject, self.found)

    def inside(self, key: str) -> Faults:
        """The same collection while the value under `key` is being read."""
        return Faults(f"{key} of {self.subject}" if self.subject else key, self.found)

    @property
    def full(self) -> bool:
        """Whether there are more faults than anybody reads; nothing needs to look for others."""
        return len(self.found) > MOST

    def add(self, message: str, at: Node | Place, hint: str | None = None, also: Node | None = None) -> None:
        if self.full:
            return
        place = at if isinstance(at, Place) else at.place
        self.found.append(Fault(message, place, hint, also.place if also else None))

    def refuse(self, message: str, at: Node | Place, hint: str | None = None) -> Refused:
        """Note a fault and give what to raise, for a value that can't be had because of it."""
        self.add(message, at, hint)
        return Refused(message)

    def check(self, first: Source) -> None:
        """Raise one ProblemError with every fault, those of the source `first` before those of others."""
        if self.found:
            raise ProblemError(_shortened(_in_order(self.found, first)))


def _in_order(faults: list[Fault], first: Source) -> list[Fault]:
    order: dict[str, int] = {first.name: 0}

    def key(fault: Fault) -> tuple[int, int, int]:
        if fault.place is None:
            return (0, 0, 0)
        return (order[fault.place.source.name], fault.place.line, fault.place.column)

    for fault in faults:
        if fault.place is not None:
            order.setdefault(fault.place.source.name, len(order))
    return sorted(faults, key=key)


def _shortened(faults: list[Fault]) -> list[Fault]:
    """A file of wrong numbers has as many faults as numbers; nobody reads more than `MOST` of them."""
    return faults if len(faults) <= MOST else [*faults[:MOST], Fault("and more like these")]
