"""A problem in letters: what each quantity is, and how each gradient comes about: an entry, a unit and the whole."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, TypeGuard

from gradcalc.engine import lines
from gradcalc.engine.indexed import indices, subscript
from gradcalc.engine.indices import indexed
from gradcalc.engine.letters import WHOLE, At, Scope, Unindexed
from gradcalc.engine.notation import Style, text
from gradcalc.engine.sums import (
    ONE,
    OVER,
    arranged,
    chained,
    coefficients_first,
    from_the_loss,
    names_in,
    put,
    rebuilt,
    to_the_loss,
)
from gradcalc.problem.build import Built, build
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import suffix
from gradcalc.problem.reference import Reference
from gradcalc.problem.sizes import has_numbers
from gradcalc.solution import in_letters
from gradcalc.study.elements import Elements, Link, total
from gradcalc.study.routes import Routes, routes_of
from gradcalc.study.rules import OWN, Rules, under_every_name

# lines between a quantity and the result from which on nobody would read the gradient in one piece
DEEPEST = 12
# signs of a line of arrays that is read in one piece
LONGEST = 120
# ways of the chain rule that are read beside one another
MOST_WAYS = 4


class Statement(NamedTuple):
    """Equal expressions, the first of which is what is told of."""

    forms: tuple[ast.expr, ...]
    style: Style

    @property
    def text(self) -> str:
        """The statement as one line; what reads the same is said once."""
        return " = ".join(dict.fromkeys(text(form, self.style) for form in self.forms))


class Derivation(NamedTuple):
    """How a gradient comes about.

    `chain` is the chain rule for one entry and `factors` what each of its factors is, those first that can be said
    together; `deltas` are the gradients that the matrix form goes through. What there is none of is None or empty.
    """

    name: str
    chain: Statement | None
    factors: Sequence[Statement]
    entry: Statement | None
    unit: Statement | None
    deltas: Sequence[Statement]
    whole: Statement | None

    @property
    def statements(self) -> list[Statement]:
        """Everything that is said."""
        found = (self.chain, *self.factors, self.entry, self.unit, *self.deltas, self.whole)
        return [one for one in found if one is not None]


class Symbolic:
    """The derivations of one problem; nothing is derived before it is asked for."""

    def __init__(self, problem: Problem, of: str | None = None, at: Sequence[int] = ()) -> None:
        self.problem = replace(problem, rounding=None)
        self.solution = in_letters(self.problem, of)
        self.built, self.of = self.solution.built, self.solution.result or ""
        self.rules = Rules(self.solution)
        self.elements = Elements(self.rules, self.of, at)

    @property
    def numbered(self) -> Built:
        """The same with the sizes that the problem gives, which an index must not exceed."""
        return build(self.problem) if has_numbers(self.problem) else self.built

    def towards(self, asked: Reference) -> Symbolic:
        """The derivations of another result, where one is asked for."""
        if asked.of is None or (asked.of == self.of and not asked.of_index):
            return self
        return Symbolic(self.problem, asked.of, asked.of_index)

    def formula(self, name: str) -> list[Statement]:
        """What a quantity is: the whole, and one entry of it."""
        whole = Statement((ast.Name(name), self.rules.formula_tree(name)), self.rules.style)
        if self.problem.abstract:
            return [whole]
        # a function is told by what it is, in a formula that has more to it by its name
        expand = not self.built.formulas or lines.call(self.built.graph, name) is not None
        told = lines.compose(self.built.graph, name, result="", column=False, expand=expand, shaped=True)
        place, scope = self.elements.own(name)
        try:
            entry = indexed(told.formula, self.elements.leaf)
            tree = arranged(entry.at(place, scope), coefficients_first(self.parameters))
        except Unindexed:
            return [whole]
        left = subscript(ast.Name(name), [index for index in place if index is not None])
        told_entry = Statement((self._by_own_name(left), self._by_own_name(tree)), self.entry_style)
        return [whole, *([told_entry] if told_entry.text != whole.text else [])]

    def derivation(self, name: str, at: Sequence[int] = ()) -> Derivation:
        """How the gradient of a quantity, or of what stands at `at` of it, counted from 0, comes about."""
        if self.problem.abstract:
            return self._of_functions(name)
        place, scope = self.elements.own(name, at)
        ways = self._ways(name, place, scope)
        plain = self.of_number and not at
        return Derivation(
            name,
            self._chain_rule(ways) if ways else None,
            self._factors(ways),
            self._entry(name, place, scope),
            None if at else self._unit(name),
            self._deltas(name) if plain else [],
            self._whole(name) if plain and not (self.built.formulas and self._is_number(name)) else None,
        )

    def routes(self, name: str) -> Routes:
        """The gradient of a quantity as a product of Jacobians."""
        return routes_of(self.rules, self.of, name, self.problem.abstract)

    def _of_functions(self, name: str) -> Derivation:
        """The same where functions are not given, so that nothing is known of entries."""
        found = self.routes(name)
        left, style = found.derivative, found.style
        factors = [Statement((factor.name(), factor.formula), style) for factor in found.factors]
        whole = Statement((left, found.whole), style) if found.whole is not None else None
        chain = Statement((left, *found.chains), style) if any(len(route) > 1 for route in found.paths) else None
        arrays = Statement((left, self._known(name, ())), style) if whole is None and found.paths else None
        return Derivation(name, chain, factors, whole, None, [], arrays)

    @property
    def updates(self) -> list[Statement]:
        """One step of gradient descent for every parameter, in the order of the computation."""
        rate = ast.Name("η")
        return [
            Statement(
                (
                    ast.Name(f"{name}_new"),
                    ast.BinOp(
                        ast.Name(f"{name}_old"),
                        ast.Sub(),
                        ast.BinOp(rate, ast.Mult(), ast.Name(self.rules.gradient(name))),
                    ),
                ),
                self.whole_style,
            )
            for name in self.built.quantities
            if name in self.parameters
        ]

    @property
    def assumes_distribution(self) -> bool:
        """Whether a target that is not known was taken to add up to 1, as the loss asks of it."""
        target = self.built.names.target
        return target not in self.solution.flow and f"units({target})" in self.rules.facts

    @property
    def many(self) -> str | None:
        """The letter for how many entries a mean is one of, where that is not known."""
        if not self.problem.abstract:
            return None
        from gradcalc.engine.expression.writer import MANY  # noqa: PLC0415 - networks have no formulas

        return MANY if any(MANY in step.attrs.values() for step in self.built.graph.equations) else None

    @property
    def of_number(self) -> bool:
        """Whether what is differentiated is one number."""
        return self._is_number(self.of)

    @property
    def parameters(self) -> list[str]:
        """The names of what is trained, from the loss back."""
        found = [q for q in self.built.quantities.values() if q.role in ("weights", "bias", "parameter")]
        return [q.name for q in sorted(found, key=lambda q: -(q.layer or 0))]

    @property
    def wanted(self) -> list[str]:
        """Whose gradients a solution tells: what is trained, or else all that functions which are not given act on."""
        inputs = [q.name for q in self.built.quantities.values() if q.role == "input"] if self.problem.abstract else []
        return self.parameters or [name for name in inputs if name != self.built.names.target]

    def sizes(self, statements: Sequence[Statement]) -> Mapping[str, str]:
        """What the letters of indices in some statements run over."""
        used = {name for one in statements for form in one.forms for name in names_in(form)}
        return {letter: str(size) for letter, size in self.elements.letters.sizes.items() if letter in used}

    @cached_property
    def whole_style(self) -> Style:
        """How arrays are written: gradients by their names, those of a layer's z as δ."""
        return self.entry_style._replace(axes=self._axes, names={**self.rules.style.names, **self._signs})

    @cached_property
    def entry_style(self) -> Style:
        """How entries are written."""
        return self.rules.style._replace(axes={}, derived=True)

    @cached_property
    def _axes(self) -> Mapping[str, int]:
        """How many axes quantities have as they are told here: arrays two, so that columns have, and numbers none."""
        return under_every_name({name: 2 if name in self._arrays else 0 for name in self.elements.axes})

    @cached_property
    def _arrays(self) -> frozenset[str]:
        many = [name for name, axes in self.elements.axes.items() if any(size != 1 for size in axes)]
        return frozenset([*many, *(f"∂{name}" for name in many)])

    @cached_property
    def _samplewise(self) -> frozenset[str]:
        """The quantities whose first index is that of a sample."""
        return frozenset(name for name in self.built.quantities if self.elements.sampled(name)) | {SAMPLE_WEIGHTS}

    def _ways(self, name: str, place: At, scope: Scope) -> list[tuple[Link, ...]]:
        """The ways of the chain rule; none where nobody would read them, or one of them has no name of its own."""
        if self._depth(name) > DEEPEST:
            return []
        try:
            found = self.elements.ways(name, place, scope, MOST_WAYS)
        except Unindexed:
            return []
        return [] if len(found) > 1 and any(len(way) == 1 for way in found) else [way for way in found if way]

    def _chain_rule(self, ways: Sequence[Sequence[Link]]) -> Statement:
        """The derivative of the result as the product of all links, summed over what they share and over the ways."""
        last = ways[0][-1]
        left = self._derivative(self.of, self.elements.end, last.name, last.place)
        return self._seen((left, total([self._product(way) for way in ways])), self.entry_style)

    def _product(self, links: Sequence[Link]) -> ast.expr:
        whole = chained([self._derivative(link.line, link.at, link.name, link.place) for link in links])
        for letter in (letter for link in links for letter in link.letters):
            whole = ast.Call(ast.Name(OVER), [whole, letter], [])
        return whole

    def _factors(self, ways: Sequence[Sequence[Link]]) -> list[Statement]:
        """What each factor is, each once; the first two also together, where they have a joint form."""
        found = {}
        for links in ways:
            for number, link in enumerate(links):
                name = self._derivative(link.line, link.at, link.name, link.place)
                slope = arranged(link.slope, coefficients_first(()))
                told = self._seen((name, slope), self.entry_style)
                found[told.text] = told
                if number == 1 and self.elements.joint(link.name):
                    joint = self._together(links[:2])
                    found[joint.text] = joint
        return list(found.values())

    def _together(self, links: Sequence[Link]) -> Statement:
        """The product of two links in its joint form."""
        place = links[-1].place
        busy = frozenset(letter.id for letter in place if isinstance(letter, ast.Name))
        tree = self.elements.gradient(links[-1].name, place, Scope(self.elements.letters, busy))
        return self._seen((self._product(links), arranged(tree, chained)), self.entry_style)

    def _entry(self, name: str, place: At, scope: Scope) -> Statement | None:
        """The gradient of one entry with everything put in; None where nobody would read it."""
        if self._depth(name) > DEEPEST:
            return None
        try:
            tree = self.elements.gradient(name, place, scope)
        except Unindexed:
            return None
        told = self._by_own_name(arranged(tree, to_the_loss(self.parameters)))
        whole = [self._known(name, ())] if self.of_number and not self.built.formulas else []
        by_yhat = [tree for tree in whole if self._is_number(name) and not names_in(tree) & self._arrays]
        return Statement((self._gradient_at(name, place), *by_yhat, told), self.entry_style)

    def _by_own_name(self, tree: ast.expr) -> ast.expr:
        """The tree as it is shown, with the output by its name in place of ŷ, as in the problem's own formulas."""
        return put(self._visible(tree), self.built.output, ast.Name(OWN + self.built.output))

    def _is_number(self, name: str) -> bool:
        return all(size == 1 for size in self.elements.axes[name])

    def _unit(self, name: str) -> Statement | None:
        """The gradient of all weights into one unit, as a vector."""
        if self.built.quantities[name].role != "weights" or self._depth(name) > DEEPEST:
            return None
        place, scope = self.elements.own(name)
        inputs = 1 if self.problem.weight_layout == "out_in" else 0
        if place[inputs] is None or (place[1 - inputs] is None and self.built.single):
            return None
        place = tuple(WHOLE if axis == inputs else letter for axis, letter in enumerate(place))
        try:
            tree = self.elements.gradient(name, place, scope)
        except Unindexed:
            return None
        left = self._gradient_at(name, place)
        return self._seen((left, arranged(tree, from_the_loss)), self.entry_style)

    def _depth(self, name: str) -> int:
        names = self.built.graph.lines
        after = (
            names.index(name)
            if name in names
            else next(
                (
                    at
                    for at, line in enumerate(names)
                    if name in {i for e in self.built.graph.line(line) for i in e.inputs}
                ),
                len(names),
            )
        )
        return len(names) - after

    def _deltas(self, name: str) -> list[Statement]:
        """The gradients of each z that lie on the way, from the loss back, each in those before it."""
        found: dict[str, Statement] = {}
        keep = self._kept(name)

        def visit(tree: ast.expr) -> None:
            for arriving in sorted(names_in(tree) & keep - found.keys()):
                rule = self._known(arriving[1:], keep)
                visit(rule)
                sign = [ast.Name(arriving)] if arriving in self._signs else []
                forms = (*sign, ast.Name(self.rules.gradient(arriving[1:])), rule)
                found[arriving] = Statement(forms, self.whole_style)

        visit(self._known(name, keep))
        return list(found.values())

    def _kept(self, name: str) -> frozenset[str]:
        """The gradients that a rule goes through by name: the δ of layers, or of formulas those of all lines where
        nobody would read the whole in one piece."""
        if not self.built.formulas or len(text(self._known(name, ()), self.whole_style)) <= LONGEST:
            return frozenset(self._signs)
        return frozenset(f"∂{line}" for line in self.built.graph.lines if line != self.of)

    def _whole(self, name: str) -> Statement | None:
        """The gradient as an array: in the δ of its layer, and with everything put in."""
        short = self._known(name, self._kept(name))
        expanded = self._known(name, ()) if self._depth(name) <= DEEPEST else short
        forms = [short, expanded] if len(text(expanded, self.whole_style)) <= LONGEST else [short]
        return Statement((ast.Name(self.rules.gradient(name)), *forms), self.whole_style)

    def _known(self, name: str, keep: Collection[str]) -> ast.expr:
        """The rule of a gradient with the gradients that arrive put in, but for those in `keep`."""

        def change(node: ast.expr) -> ast.expr | None:
            if isinstance(node, ast.Name) and node.id.startswith("∂") and node.id not in keep:
                return self._known(node.id[1:], keep)
            return None

        forms = self.rules.rule_trees(name) or [ONE if name == self.of else ast.Constant(0)]
        return arranged(rebuilt(forms[-1 if self.elements.joint(name) else 0], change), chained)

    @cached_property
    def _signs(self) -> Mapping[str, str]:
        """The δ of each layer, by the gradient that it stands for."""
        known = [sized for sized in self.built.layers if sized.names.pre in self.built.quantities]
        return {f"∂{sized.names.pre}": f"δ{suffix(sized.layer, sized.number)}" for sized in known}

    def _gradient_at(self, name: str, place: At) -> ast.expr:
        return self._derivative(self.of, self.elements.end, name, place)

    def _derivative(self, line: str, at: At, name: str, place: At) -> ast.expr:
        """The name of a derivative: `∂z1[h]/∂W1[h,m]`."""
        return ast.Name(f"∂{self._said(line, at)}/∂{self._said(name, place)}")

    def _said(self, name: str, at: At) -> str:
        entry = subscript(ast.Name(name), [index for index in at if index is not None])
        return text(self._visible(entry), self.entry_style)

    def _seen(self, forms: tuple[ast.expr, ...], style: Style) -> Statement:
        return Statement(tuple(self._visible(form) for form in forms), style)

    def _visible(self, tree: ast.expr) -> ast.expr:
        """The tree as it is shown: without the index of the sample where there is only one, and without empty ones."""
        marks = {ast.dump(indices(node)[0]) for node in ast.walk(tree) if self._is_sampled(node)}

        def change(node: ast.expr) -> ast.expr | None:
            if not isinstance(node, ast.Subscript):
                return None
            kept = indices(node)[1 if self._is_sampled(node) and len(marks) == 1 else 0 :]
            kept = [] if all(index is WHOLE for index in kept) else kept
            return subscript(rebuilt(node.value, change), kept)

        return rebuilt(tree, change)

    def _is_sampled(self, node: ast.AST) -> TypeGuard[ast.Subscript]:
        return (
            isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in self._samplewise
        )
