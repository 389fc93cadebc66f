"""The gradient of one entry in letters: the rules of all lines put into one another, with a sum for each product."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from gradcalc.engine import lines
from gradcalc.engine.indexed import Indexed, leaf, one_hot
from gradcalc.engine.indices import indexed
from gradcalc.engine.letters import At, Index, Letters, Scope, Size
from gradcalc.engine.simplify import replace
from gradcalc.engine.sums import SEED, added, apart, chained, put
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.quantity import Quantity
from gradcalc.study.rules import Rules

PER_SAMPLE = ("input", "target", "pre", "post")


class Link(NamedTuple):
    """One factor of the chain rule, ∂line[at]/∂name[place], and what it is; `letters` are summed over."""

    line: str
    at: At
    name: str
    place: At
    letters: tuple[ast.expr, ...]
    slope: ast.expr


class Elements:
    """The entries of the gradient of `of`, a line: of one number, or of the entry of it that stands at `end`.

    Arrays are rows here, a sample each, whichever way a page has them. Nothing is composed before it is asked for.
    """

    def __init__(self, rules: Rules, of: str, at: Sequence[int] = ()) -> None:
        self.rules, self.built, self.of = rules, rules.built, of
        self.letters = Letters([*self.built.quantities])
        self._composed: dict[tuple[str, bool], Mapping[str, ast.expr]] = {}
        self.end, self._start = self._place(of, Scope(self.letters), at)

    def own(self, name: str, at: Sequence[int] = ()) -> tuple[At, Scope]:
        """The letters of a quantity whose gradient is asked for; `at` has numbers, from 0, for its first axes."""
        place, scope = self._place(name, self._start, at)
        if self.sampled(name) and self.sampled(self.of):  # one sample has nothing to do with another
            place = (self.end[0], *place[1:])
        return place, scope

    def sampled(self, name: str) -> bool:
        """Whether the first axis of a quantity is that of the samples of a batch."""
        batch = bool(self.built.layers) and not self.built.single
        return batch and self.built.quantities[name].role in PER_SAMPLE

    @cached_property
    def axes(self) -> Mapping[str, tuple[Size, ...]]:
        """The axes of every quantity inside the graph, where samples come first."""
        return {name: self._axes(quantity) for name, quantity in self.built.quantities.items()} | {
            SAMPLE_WEIGHTS: (self.built.samples,)
        }

    @cached_property
    def upstream(self) -> frozenset[str]:
        """Everything that the result depends on, itself included."""
        found = {self.of}
        for equation in reversed(self.built.graph.equations):
            if equation.name in found:
                found.update((equation.shown_as or equation).inputs)
        return frozenset(found)

    def gradient(self, name: str, place: At, scope: Scope) -> ast.expr:
        """The gradient at one entry of `name`, with everything put in."""
        if name == self.of:
            return chained([SEED, one_hot(self.axes[name], self.end).at(place, scope)])
        if name not in self.upstream or not self._rule(name):
            return ast.Constant(0)
        return total([indexed(tree, self._all_the_way).at(place, scope) for tree in self._rule(name)])

    def leaf(self, name: str) -> Indexed:
        """A quantity by its entries; π and the like have none."""
        return leaf(name, self.axes.get(name, ()))

    def links(self, name: str, place: At, scope: Scope) -> list[Link]:
        """The links from one entry of `name` to each line that uses it on the way to the result."""
        return [self._link(line, name, place, scope, share) for line, share in self._shares(name).items()]

    def joint(self, name: str) -> str | None:
        """The line that is told together with the one that `name` goes into, where nothing else is made of the two."""
        for equation in self.built.graph.equations:
            shown = equation.shown_as
            if shown is not None and equation.inputs[0] == name and self.of == self.built.result:
                ways = [*self._shares(name)], [*self._shares(shown.inputs[0])]
                return equation.line if ways == ([shown.inputs[0]], [equation.line]) else None
        return None

    def ways(self, name: str, place: At, scope: Scope, most: int) -> list[tuple[Link, ...]]:
        """Every way from the result to one entry, from the result on; none of them where there are more than `most`."""
        if name == self.of:
            return [()]
        found: list[tuple[Link, ...]] = []
        for link in self.links(name, place, scope):
            letters = {one.id for one in link.letters if isinstance(one, ast.Name)}
            before = self.ways(link.line, link.at, scope._replace(busy=scope.busy | letters), most)
            found += [(*way, link) for way in before]
            if not before or len(found) > most:
                return []
        return found

    def _place(self, name: str, scope: Scope, at: Sequence[int]) -> tuple[At, Scope]:
        """A letter or a number for each axis of a quantity, and the scope in which they have a meaning."""
        index: list[Index] = []
        first = len(self.axes[name]) - len(self.built.quantities[name].shape)
        for axis, size in enumerate(self.axes[name]):
            if first <= axis < first + len(at):
                index.append(None if size == 1 else ast.Constant(at[axis - first]))
            else:
                letter, scope = scope.within(size)
                index.append(letter)
        return tuple(index), scope

    def _axes(self, quantity: Quantity) -> tuple[Size, ...]:
        alone = self.built.single and quantity.role in PER_SAMPLE
        return (1, *quantity.shape) if alone else quantity.shape

    def _rule(self, name: str) -> list[ast.expr]:
        """The rule of a gradient, a tree for each line through which it comes; in its joint form where it has one."""
        joint = self.joint(name)
        return [self._told(joint, joint=True)[name]] if joint else [*self._shares(name).values()]

    def _shares(self, name: str) -> dict[str, ast.expr]:
        told = {line: self._told(line) for line in self.built.graph.lines if line in self.upstream}
        return {line: rules[name] for line, rules in told.items() if name in rules}

    def _told(self, line: str, *, joint: bool = False) -> Mapping[str, ast.expr]:
        if (line, joint) not in self._composed:
            told = lines.compose(self.built.graph, line, result="", column=False, joint=joint, expand=True, shaped=True)
            self._composed[line, joint] = {name: replace(rule, self.rules.facts) for name, rule in told.rules.items()}
        return self._composed[line, joint]

    def _all_the_way(self, name: str) -> Indexed:
        if not name.startswith("∂"):
            return self.leaf(name)
        line = name[1:]
        return Indexed(self.axes[line], lambda at, scope: self.gradient(line, at, scope), back=True)

    def _link(self, line: str, name: str, place: At, scope: Scope, share: ast.expr) -> Link:
        """How one entry of `line` changes with one of `name`: the rule with a 1 arriving at that entry alone.

        A δ between an index of the one and one of the other says that only equal ones meet; over what no δ ties to
        `place`, the chain rule adds up.
        """
        free = tuple(None if size == 1 else ast.Name(f"{_ANY}{axis}") for axis, size in enumerate(self.axes[line]))
        at: At = self.end if line == self.of else free

        def known(found: str) -> Indexed:
            return one_hot(self.axes[line], at) if found == f"∂{line}" else self.leaf(found)

        deltas, slope = apart(indexed(share, known).at(place, scope))
        tied = {letter: other for found in deltas for letter, other in [_tie(found)] if letter}
        loose = [found for found in deltas if not _tie(found)[0]]
        letters = []
        for letter, size in zip(at, self.axes[line], strict=True):
            if isinstance(letter, ast.Name) and letter.id.startswith(_ANY) and letter.id not in tied:
                own = ast.Name(scope.letters.free(size, scope.busy))
                scope = scope._replace(busy=scope.busy | {own.id})
                tied[letter.id] = own
                letters.append(own)
        slope = chained([*loose, slope])
        for name_of_letter, other in tied.items():
            slope = put(slope, name_of_letter, other)
        end = tuple(tied.get(one.id, one) if isinstance(one, ast.Name) else one for one in at)
        return Link(line, end, name, place, tuple(letters), slope)


# what an index is called before it is known whether a δ ties it to another
_ANY = "any "


def _tie(found: ast.expr) -> tuple[str, ast.expr]:
    """The index of a line that a δ ties to another one, and this one; the first is empty where it ties two others."""
    match found:
        case ast.Call(args=[ast.Name(id=letter), other]) | ast.Call(args=[other, ast.Name(id=letter)]):
            if letter.startswith(_ANY):
                return letter, other
    return "", found


def total(parts: list[ast.expr]) -> ast.expr:
    """The sum of all parts."""
    whole = parts[0]
    for part in parts[1:]:
        whole = added(whole, ast.Add(), part)
    return whole
