"""What answers to a problem can be about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from gradcalc.problem.build import Built


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
