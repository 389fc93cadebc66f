"""What is said of each quantity: the formula of its value and the rule of its gradient, in the problem's own names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property
from unicodedata import normalize

import numpy as np

from gradcalc.engine import lines
from gradcalc.engine.book import substitute
from gradcalc.engine.notation import Style, text
from gradcalc.engine.simplify import replace, simplify, simplify_shaped
from gradcalc.engine.trees import is_map, is_one, maps
from gradcalc.problem.build import Built
from gradcalc.problem.cost import SAMPLE_WEIGHTS
from gradcalc.problem.quantity import UNKNOWN
from gradcalc.solution import Solution
from gradcalc.study.locals import is_entrywise

YHAT = "ŷ"
# in a tree, before a name that stands for itself: the output where not ŷ is meant, a gradient that is one number
OWN = "own "
# before the name of a quantity: whatever gradient arrives there
ARRIVING = "g at "


def as_written(built: Built, line: str, index_base: int) -> ast.expr:
    """The formula of a line as somebody wrote it."""
    # networks have no formulas
    from gradcalc.engine.expression.told import told  # noqa: PLC0415
    from gradcalc.engine.expression.tree import parse  # noqa: PLC0415

    written = built.formulas[line]
    return told(parse(written.text, written.origin), index_base, {normalize("NFKC", q): q for q in built.quantities})


class Rules:
    """The texts of one solution; nothing is composed before it is asked for.

    With `shaped` its trees can be run on arrays, with `expand` functions of the table are written out in them.
    """

    def __init__(self, solution: Solution, *, shaped: bool = False, expand: bool = False) -> None:
        self.solution = solution
        self.shaped = shaped
        self.expand = expand
        self.built = solution.built
        self.graph = solution.built.graph
        self.label = solution.result or self.built.names.loss or self.built.output
        # one entry of a result is no name in the graph: the gradient that arrives there is a 1 in its place
        self.result = self.label if self.label in self.graph.lines else ""

    def formula(self, name: str) -> str:
        """How quantity `name` is computed: `W1 x + b1`, `relu(z1)`, `bce(ŷ, y)`."""
        return text(self.formula_tree(name), self.style)

    def formula_tree(self, name: str) -> ast.expr:
        """The formula before it is set: names of quantities, words of `book` and functions of the table."""
        if name in self.built.formulas and not self.shaped and not self.expand:
            return as_written(self.built, name, self.solution.problem.index_base)
        return self._told(name).formula

    def rule(self, name: str) -> str:
        """How the gradient reaches `name`: the sum over all that uses it, and its joint form where there is one."""
        return " = ".join(dict.fromkeys(text(tree, self.style) for tree in self.rule_trees(name)))

    def rule_trees(self, name: str) -> list[ast.expr]:
        """The forms of the rule before they are set; `∂z1` names the gradient that arrives at z1."""
        shares = [told.rules[name] for told in self._all.values() if name in told.rules]
        forms = [self._summed(shares)] if shares else []
        return [self._known(tree) for tree in [*forms, *self._joint(name)]]

    def local(self, line: str, name: str) -> str:
        """How `line` changes with `name`, as text."""
        return text(self.local_tree(line, name), self.style)

    def local_tree(self, line: str, name: str) -> ast.expr:
        """How `line` changes with `name`: its rule with 1 arriving, or how a gradient is carried back."""
        from gradcalc.engine.jacobian import factor, jacobian, jacobian_entry  # noqa: PLC0415 - only --locals asks

        told = lines.compose(self.graph, line, result="", column=self.built.single)
        steps = self.graph.line(line)
        shape = self.built.quantities[line].shape
        if self.built.formulas and shape != ():
            of_vectors = len(shape) == 1 and UNKNOWN not in shape
            found = factor(told.rules[name], line, self._axes or {}, of_vectors=of_vectors)
            if found is not None:
                return self._known(found)
            if not (len(steps) == 1 and steps[0].op.name in ("softmax", "log_softmax")):
                g = ast.Name(ARRIVING + line)
                share = substitute(told.rules[name], {f"∂{line}": g})
                return maps(g, self._known(share))
        if len(steps) == 1 and steps[0].op.family == "activation" and not steps[0].op.elementwise:
            return jacobian_entry(told.rules[name], line)
        found = self._known(jacobian(told.rules[name], line))
        is_identity = text(found, self.style) == "1" and self.built.quantities[name].role == "bias"
        return ast.Name("I") if is_identity else found

    def jacobian_tree(self, line: str, name: str) -> ast.expr:
        """The same as a matrix with a row for each entry of the line: a diagonal one where they do not mix."""
        steps, told = [e.shown_as or e for e in self.graph.line(line)], self.local_tree(line, name)
        many = any(side not in (1, UNKNOWN) for side in self.built.quantities[line].shape)
        entrywise = (len(steps) == 1 and steps[0].op.elementwise) or is_entrywise(steps, name)
        if not many or not entrywise or is_map(told):
            return told
        return ast.Name("I") if is_one(told) else ast.Call(ast.Name("diag"), [told], [])

    def names(self, name: str) -> list[ast.expr]:
        """A quantity as the left side of an equation: by its own name, and by ŷ where it is that."""
        own = [ast.Name(OWN + name)] if self.style.names.get(name) == YHAT else []
        return [*own, ast.Name(name)]

    def gradient(self, name: str) -> str:
        """The name of a gradient: `∂L/∂z1`."""
        return f"∂{self.label}/∂{name}"

    @cached_property
    def style(self) -> Style:
        """The names as they are shown in formulas, gradients included."""
        shown = {name: name for name in self.built.quantities}
        shown |= {f"∂{name}": self.gradient(name) for name in self.built.quantities}
        shown |= {ARRIVING + name: "g" for name in self.built.quantities}
        own = {OWN + name: text for name, text in shown.items()}
        if self.built.cost is not None and not self.built.formulas:
            shown[self.built.output] = YHAT
        names = {**own, **shown, SAMPLE_WEIGHTS: "s"}
        base, single = self.solution.problem.index_base, self.built.single
        return Style(names, base, upright=single or self._axes is not None, axes=self._axes)

    @cached_property
    def _axes(self) -> Mapping[str, int] | None:
        """How many axes a quantity has under each of the names that a tree may hold; None for a network.

        Where that is not known it is told as a matrix, so that columns and rows are, too.
        """
        if not self.built.formulas:
            return None
        known = {q.name: 2 if UNKNOWN in q.shape else len(q.shape) for q in self.built.quantities.values()}
        return under_every_name(known)

    @cached_property
    def _all(self) -> Mapping[str, lines.Told]:
        return {line: self._told(line) for line in self.graph.lines}

    def _told(self, line: str, *, joint: bool = False) -> lines.Told:
        return lines.compose(
            self.graph,
            line,
            result=self.result,
            column=self.built.single,
            joint=joint,
            expand=self.expand,
            written=bool(self.built.formulas),
            shaped=self.shaped,
        )

    def _joint(self, name: str) -> list[ast.expr]:
        if self.solution.by_book:
            return []
        joint = (e for e in self.graph.equations if e.shown_as is not None and e.inputs[0] == name)
        return [self._told(equation.line, joint=True).rules[name] for equation in joint]

    def _known(self, tree: ast.expr) -> ast.expr:
        return (simplify_shaped if self.shaped else simplify)(replace(tree, self.facts))

    @cached_property
    def facts(self) -> Mapping[str, ast.expr]:
        """What parts of a rule have a shorter name: σ(z) is a, the sum over a distribution is 1."""
        facts: dict[str, ast.expr] = {}
        for line in self.graph.lines:
            called = lines.call(self.graph, line)
            if called is not None:
                facts[ast.unparse(called)] = ast.Name(line)
        if self._is_distribution():
            facts[f"units({self.built.names.target})"] = lines.ONE
        return facts

    def _is_distribution(self) -> bool:
        """Whether the target adds up to 1, as its numbers say, or what the loss asks of it where there are none."""
        target = self.solution.flow.get(self.built.names.target)
        if target is None:
            return self.built.cost is not None and self.built.cost.row.target in ("distribution", "class")
        return bool(np.allclose(target.sum(axis=-1), 1, rtol=1e-12, atol=0))

    def _summed(self, shares: list[ast.expr]) -> ast.expr:
        whole = shares[0]
        for share in shares[1:]:
            whole = ast.BinOp(whole, ast.Add(), share)
        return whole


def under_every_name(axes: Mapping[str, int]) -> Mapping[str, int]:
    """How many axes each of the names has that a tree may hold a quantity under."""
    return {before + name: count for name, count in axes.items() for before in ("", "∂", ARRIVING, OWN, f"{OWN}∂")}
