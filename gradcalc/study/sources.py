"""Which steps a written number can have come by, back to the other numbers that are written."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from gradcalc.engine.graph import Equation
from gradcalc.problem.answers import Key
from gradcalc.study.sheet import Sheet
from gradcalc.study.working import Scene


class Sources:
    """The names of the steps and leaves behind a quantity, as far as nothing is written of them in full.

    For a gradient they include the steps that it flows back through, and whatever `behind` changes.
    """

    def __init__(self, scene: Scene, sheet: Sheet) -> None:
        self.scene, self.sheet = scene, sheet
        self.made: dict[str, Equation] = {equation.name: equation for equation in scene.graph.equations}
        self.used: dict[str, list[Equation]] = {}
        for equation in scene.graph.equations:
            for name in equation.inputs:
                self.used.setdefault(name, []).append(equation)

    def of(self, key: Key) -> frozenset[object]:
        """What a mistake must touch to change the quantity."""
        by_key = {own: name for name, own in self.scene.keys.items()}
        if key in by_key:
            return frozenset(self._ahead([by_key[key]]))
        name = key.quantity.rpartition("/")[2].removeprefix("d")
        return frozenset(self._back(name)) | {"behind"}

    def _ahead(self, names: list[str]) -> Iterator[str]:
        """The steps of values, up to those that are written; of `names` those themselves."""
        waiting, seen = [*names], set(names)
        while waiting:
            name = waiting.pop()
            yield name
            for inner in self.made[name].inputs if name in self.made else ():
                if inner not in seen and not self._written(self.scene.keys.get(inner), inner):
                    seen.add(inner)
                    waiting.append(inner)

    def _back(self, name: str) -> Iterator[str]:
        """The steps that a gradient flows back through, and those of the values that their rules use."""
        waiting, seen, values = [name], {name}, set[str]()
        while waiting:
            for equation in self.used.get(waiting.pop(), ()):
                yield equation.name
                values |= {
                    own for own in (equation.name, *equation.inputs) if not self._written(self.scene.keys.get(own), own)
                }
                if equation.name not in seen and not self._written(self.scene.slopes.get(equation.name), equation.name):
                    seen.add(equation.name)
                    waiting.append(equation.name)
        yield from self._ahead([*values])

    def _written(self, key: Key | None, name: str) -> bool:
        """Whether every entry of a quantity is on the sheet."""
        if key is None or key not in self.sheet.cells or name not in self.scene.built.quantities:
            return False
        return len(self.sheet.cells[key]) == prod(int(side) for side in self.scene.built.quantities[name].shape)
