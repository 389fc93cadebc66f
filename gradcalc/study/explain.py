"""Why one entry has the derivative that it has: the chain rule over every path, with its factors and its products."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradcalc.engine.graph import backward
from gradcalc.engine.lines import arriving
from gradcalc.engine.notation import Style
from gradcalc.engine.trees import derivative
from gradcalc.problem.reference import Reference
from gradcalc.solution import Solution
from gradcalc.study.apart import apart, as_computed, bypassed
from gradcalc.study.factors import Factor, Factors
from gradcalc.study.rules import Rules
from gradcalc.study.ways import Index, Link, Spot, Way, Ways

# up to so many paths are written out where nobody says how many
MOST_PATHS = 500
_SAMPLED = ("input", "pre", "post", "target")


class Joint(NamedTuple):
    """Two factors that stand beside each other, from number `first` on, and are computed together."""

    first: int
    formula: ast.expr
    value: float


class Path(NamedTuple):
    """One product of the chain rule; `sample` is the number of the sample that it goes by, from 1."""

    factors: tuple[Factor, ...]
    joint: Joint | None
    product: float
    sample: int | None


class Layer(NamedTuple):
    """A gradient on the way back, as it is told of the whole quantity: its name and its rule, which are trees, how many
    of its entries the paths go by, and the value of the one if it is one."""

    name: ast.expr
    rule: Sequence[ast.expr]
    shape: Index
    entries: int
    value: float | None


@dataclass(frozen=True)
class Explanation:
    """∂of/∂name of two entries: `value` is the sum of the products of `count` paths, of which `paths` are the first.

    `count` is None where it would take long to count them; `rest` is what the paths that are left out add up to.
    `together` is the same in fewer factors, where a loss is computed together with what mixes its inputs. `layers` has
    every gradient on the way, from the result back, and `steps` every entry of them in the paths. `sampled`
    says that the same chain holds for every sample, whose number is left out; then `shared` is the factor that every
    path has in front, where that is the same for all, and `divisor` what the losses of the samples are divided by.
    """

    reference: Reference
    name: ast.expr
    rule: str
    value: float
    paths: tuple[Path, ...]
    count: float | None
    rest: float
    together: Path | None
    layers: tuple[Layer, ...]
    steps: tuple[Spot, ...]
    sampled: bool
    shared: Factor | None
    divisor: float
    style: Style


def explain_entry(solution: Solution, reference: Reference, most: int | None = None) -> Explanation:
    """The paths from the entry that is differentiated back to the one that `reference` names: the first `most` of
    them, or if nobody says how many all of them, or none where these would be too many to write out."""
    return _Explainer(solution, reference).explanation(most)


class _Explainer:
    def __init__(self, solution: Solution, reference: Reference) -> None:
        self.whole, self.reference = solution, reference
        self.kept = {reference.name, reference.of or ""}
        past = bypassed(solution)
        self.mixed = {z for a, z in past.items() if not _is_elementwise(solution, a)}
        as_shown = reference.name in past or reference.name in self.mixed
        self.scene = apart(solution, self.kept, shown=as_shown)
        quantities = self.scene.built.quantities
        self.sample_loss = next((name for name in quantities if name not in solution.built.quantities), None)
        self.batched = [q.name for q in quantities.values() if q.role in _SAMPLED] if solution.built.layers else []
        # over the samples of a network the chain is the same, and no index says which of them is meant
        sampled = self.sample_loss is not None and bool(self.batched) and reference.name not in self.batched
        self.sampled = sampled = sampled and reference.of == solution.built.names.loss
        self.shown = Factors(apart(solution, self.kept, shown=True), sampled=sampled)
        self.factors = Factors(self.scene, sampled=sampled)
        self.ways = self._ways(self.scene)

    def _ways(self, scene: Solution) -> Ways:
        start = _spot(scene, self.reference.of or "", self.reference.of_index)
        end = _spot(scene, self.reference.name, self.reference.index)
        return Ways(scene.built.graph, scene.flow, start, end, self.batched)

    def explanation(self, most: int | None) -> Explanation:
        count = self.ways.count
        ways = self.ways.first(most if most is not None else MOST_PATHS if count and count <= MOST_PATHS else 0)
        paths = tuple(map(self._path, ways))
        value = self._value(ways)
        cost = self.scene.built.cost
        names = Factors(self.scene)
        return Explanation(
            reference=self.reference,
            name=derivative(names.entry(self.ways.start), names.entry(self.ways.end)),
            rule=self.factors.rules.rule(self.reference.name) if self._is_gradient else "",
            value=value,
            paths=paths,
            count=count,
            rest=0.0 if count == len(paths) else value - sum(path.product for path in paths),
            together=self._together(),
            layers=tuple(self._layers()) if self._is_gradient else (),
            steps=tuple(self._steps(ways)),
            sampled=self.sampled,
            shared=self._shared(paths) if self.sampled else None,
            divisor=float(cost.divisor) if cost and cost.divisor else 1.0,
            style=self.factors.style,
        )

    def _steps(self, ways: Sequence[Way]) -> list[Spot]:
        """The entries that the paths come by, from the result back, where the shown arrays have them."""
        spots = sorted({link.of for way in ways for link in way}, key=lambda spot: spot.at)
        order = [*self.ways.lines, self.ways.end.name]
        known = [spot for spot in spots if spot.name in self.whole.gradients]
        return [Spot(s.name, self.factors.index(s)) for s in sorted(known, key=lambda spot: order.index(spot.name))]

    def _together(self) -> Path | None:
        """The gradient of what is mixed before the loss, from the step that is computed."""
        if self.reference.name not in self.mixed or self.whole.by_book:
            return None
        computed = apart(self.whole, self.kept)
        ways = self._ways(computed).first(2)
        factors = Factors(computed)
        return Path(tuple(map(factors.factor, ways[0])), None, _product(ways[0]), None) if len(ways) == 1 else None

    def _layers(self) -> Iterator[Layer]:
        """Every gradient on the way."""
        rules = Rules(self.whole)
        ways = self._ways(as_computed(self.whole))
        for name in [*ways.lines[1:], ways.end.name]:
            if name in self.whole.gradients:
                reached = ways.leads[name]
                one = float(self.whole.back[name][reached][0]) + 0.0 if reached.sum() == 1 else None
                shape = self.whole.gradients[name].shape
                yield Layer(arriving(name), rules.rule_trees(name), shape, int(reached.sum()), one)

    @property
    def _is_gradient(self) -> bool:
        return self.reference.of == self.whole.result

    def _value(self, ways: Sequence[Way]) -> float:
        """The derivative itself: the gradient that was computed, or the same by going back from another start."""
        if self._is_gradient and not self.reference.of_index:
            if self.ways.start == self.ways.end:
                return 1.0
            return float(self.whole.gradients[self.reference.name][self.factors.index(self.ways.end)]) + 0.0
        if len(ways) == self.ways.count:
            return sum(map(_product, ways)) + 0.0
        start, scene = self.ways.start, self.scene
        g = np.zeros_like(scene.flow[start.name])
        g[start.at] = 1
        return float(backward(scene.built.graph, scene.flow, {start.name: g})[self.reference.name][self.ways.end.at])

    def _path(self, way: Way) -> Path:
        factors: list[Factor] = []
        joint = None
        for link in way:
            pair = self._pair(link)
            if pair:
                joint = Joint(len(factors), self.factors.factor(link).formula, link.value)
            factors += map(self.shown.factor, pair) if pair else [self.factors.factor(link)]
        sample = next((link.of.at[0] + 1 for link in way if link.of.name == self.sample_loss), None)
        return Path(tuple(factors), joint, _product(way), sample)

    def _pair(self, link: Link) -> Sequence[Link]:
        """The two steps that are shown where one joint step is computed."""
        joint = [e for e in self.scene.built.graph.line(link.line.name) if e.shown_as is not None]
        for e in joint:
            if e.shown_as and e.inputs[0] == link.of.name != e.shown_as.inputs[0]:
                middle = Spot(e.shown_as.inputs[0], link.of.at)
                if _is_elementwise(self.whole, middle.name):
                    return [self.shown.slope(link.line, middle), self.shown.slope(middle, link.of)]
        return []

    def _shared(self, paths: Sequence[Path]) -> Factor | None:
        """What every path over a sample has in front, if there are several samples and it is the same for all."""
        first = [path.factors[0] for path in paths if path.sample is not None]
        several = len({path.sample for path in paths if path.sample is not None}) > 1
        return first[0] if several and len({factor.value for factor in first}) == 1 else None


def _product(way: Way) -> float:
    return float(np.prod([link.value for link in way])) + 0.0  # no −0


def _is_elementwise(solution: Solution, name: str) -> bool:
    steps = solution.built.graph.line(name)
    return len(steps) == 1 and steps[0].op.elementwise


def _spot(solution: Solution, name: str, index: Index) -> Spot:
    """An entry where it stands in the graph; one that is the only one need not be named."""
    shape = solution.flow[name].shape
    index = index or (0,) * len(solution.built.quantities[name].shape)
    return Spot(name, (0,) * (len(shape) - len(index)) + tuple(index))
