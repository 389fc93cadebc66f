"""Functions, and what is composed of them, as one graph whose steps are their values and their Jacobians."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from gradcalc.engine.graph import Equation, Graph, forward
from gradcalc.engine.op import Array, Op
from gradcalc.errors import ProblemError
from gradcalc.problem.build import Built
from gradcalc.problem.chain import Chain, Link, chain, complete, composed, point_of
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import Names, Quantity
from gradcalc.solution import Solution
from gradcalc.study import composed_names
from gradcalc.study.composed_steps import (
    COMPOSED,
    DISTANCE,
    FED,
    JACOBIAN,
    NORMAL,
    PRODUCT,
    SIDE,
    SIGNED,
    below,
    coded,
    columns,
    evaluated,
    slopes,
)

Shape = tuple[int, ...]
# where letters have no numbers they are drawn from the first of these in which everything is defined
_DRAWN = ((0.4, 1.6), (-1.0, 1.0), (2.0, 9.0), (0.05, 0.45))


@dataclass(frozen=True, eq=False)
class Composed:
    """The graph of the functions of a problem, solved.

    `solution` has a value for everything; `chains` are the functions, each by itself. `open` are the quantities that
    depend on letters without a number, which were drawn. `rules` tell how each is computed; the role of what is asked
    for only by some is not `line`. `alone` are the quantities of a function that is fed by others: in letters they are
    those of the function itself, whose graph this is.
    """

    solution: Solution
    chains: Mapping[str, Chain]
    open: frozenset[str]
    rules: Mapping[str, str]
    alone: Mapping[str, Composed]

    def of(self, quantity: str) -> Composed:
        """The graph in whose letters a formula of this quantity is written."""
        return self.alone.get(quantity, self)


def composed_of(problem: Problem) -> Composed:
    """The functions of a problem as one graph.

    Raises ProblemError and ExpressionError for what does not fit, as `jacobian` does.
    """
    at, link = point_of(problem), composed(problem)
    for function in problem.functions.values():
        if twice := problem.functions.keys() & set(function.args):
            raise ProblemError(f"{twice.pop()} is a function and an argument", function.place, "rename one of them")
    writer = _Writer(problem, at)
    if link is not None:
        writer.link(link)
    for name, function in problem.functions.items():
        if name not in writer.fed:
            writer.link(Link(function))
    if link is not None or len(problem.functions) == 1:
        writer.boundary(link if link is not None else Link(next(iter(problem.functions.values()))))
    alone: dict[str, Composed] = {}
    for name, made in writer.fed.items():
        own = _Writer(problem, {})
        own.shapes = made.inputs
        own.link(Link(problem.functions[name]))
        alone |= dict.fromkeys(own.quantities.keys() - own.leaves.keys(), own.composed({}))
    return writer.composed(alone)


class _Writer:
    """The graph as it grows, from the inside of a composition out."""

    def __init__(self, problem: Problem, at: Mapping[str, Array]) -> None:
        self.problem, self.at = problem, at
        self.shapes: Mapping[str, Shape] = {name: array.shape for name, array in at.items()}
        self.equations: list[Equation] = []
        self.leaves: dict[str, Array] = {}
        self.quantities: dict[str, Quantity] = {}
        self.also: dict[str, str] = {}
        self.rules: dict[str, str] = {}
        self.fed: dict[str, Chain] = {}
        self.chains: dict[str, Chain] = {}
        self.drawn: set[str] = set()

    def composed(self, alone: Mapping[str, Composed]) -> Composed:
        """What there is, with numbers."""
        graph = Graph(tuple(self.equations))
        leaves, values = self._numbers(graph)
        # letters and lines stand in the order in which they are computed
        order = [*leaves, *(equation.name for equation in graph.equations)]
        quantities = {name: self.quantities[name] for name in order if name in self.quantities}
        names = Names("", "", "", ())
        built = Built(graph, leaves, quantities, names, "", None, False, None, (), 1, also=self.also)
        chains = {name: self.chains[name] for name in self.problem.functions if name in self.chains}
        solution = Solution(self.problem, built, values, {}, None)
        return Composed(solution, chains, frozenset(self._open()), self.rules, alone)

    def link(self, link: Link) -> tuple[str, str]:
        """A function where it is fed by others, or at the letters: the steps of its value and of its Jacobian."""
        whole = chain(link, {name: self.shapes[name] for name in link.args if name in self.shapes}, self.problem)
        complete(link, self.at, self.problem)
        if not link.inner:
            return self._function(link, whole, self._letters(whole))
        inner = [self.link(one) for one in link.inner]
        function = link.function
        shapes = {arg: operand.shape for arg, operand in zip(function.args, whole.fed, strict=True)}
        outer = chain(Link(function), shapes, self.problem)
        if function.name not in self.fed and function.name not in self.quantities:
            self.fed[function.name] = outer
        value, jacobian = self._function(Link(function), outer, [name for name, _ in inner], mark=f"·{link.name}")
        feeding = ", ".join(one.name for one in link.inner)
        return self._composition(link, whole, (value, jacobian), feeding, [name for _, name in inner])

    def boundary(self, link: Link) -> None:
        """The boundary of a linear function that gives one number; nothing of any other."""
        whole = chain(link, {name: self.shapes[name] for name in link.args if name in self.shapes}, self.problem)
        if whole.size[0] != 1 or not _is_linear(whole):
            return
        name, letters = link.name, self._letters(whole)
        zeros = [f"{letter}·0" for letter in letters]
        self.leaves |= {zero: np.zeros(whole.inputs[letter]) for zero, letter in zip(zeros, letters, strict=True)}
        self._coded(f"{name}·0", evaluated, zeros, chain=whole)
        self._coded("normal·", slopes, letters, chain=whole)
        size = f"‖∇{name}‖"
        rows: tuple[tuple[str, Op, Sequence[str], Shape, str], ...] = (
            ("normal", NORMAL, ["normal·"], (whole.size[1],), f"∇{name}, the factors of the letters"),
            ("distance", DISTANCE, [f"{name}·0", "normal"], (), f"|{name}(0)| / {size}"),
            ("side_of_origin", SIDE, [f"{name}·0"], (), f"the sign of {name}(0)"),
            ("side", SIDE, [name], (), f"the sign of {name} at the point"),
            ("signed_distance", SIGNED, [name, "normal"], (), f"{name} / {size} at the point"),
        )
        for called, op, inputs, shape, rule in rows:
            if called not in self.quantities:
                self._step(called, op, inputs, shape, f"{called} = {rule}", role="boundary")
                self._call(called, composed_names.BOUNDARY[called])

    def _function(self, link: Link, made: Chain, inputs: Sequence[str], mark: str = "") -> tuple[str, str]:
        """The value and the Jacobian of a function alone, fed with these quantities."""
        name, jacobian = link.name, made.derivative
        self.chains.setdefault(name, made)
        taken = name in self.quantities
        if taken and not mark:
            return name, jacobian
        value, sloping = (f"{name}{mark}", f"{jacobian}{mark}") if taken else (name, jacobian)
        args = ", ".join(made.inputs)
        body = ", ".join(formula.written.text for formula in link.function.formulas)
        body = body if link.function.shape is None else f"[{body}]"
        self._coded(value, evaluated, inputs, chain=made)
        self._coded(f"{sloping}·", slopes, inputs, chain=made)
        rows = "" if made.size[0] == 1 else f", a row for each entry of {name}"
        letters = args if len(made.inputs) == 1 else f"({args})"
        rule, role = f"{jacobian} = ∂{name}/∂{letters}{rows}", "part" if mark else "line"
        self._step(sloping, JACOBIAN, [f"{sloping}·"], _shown(made), rule, role=role, known=not taken)
        if taken:
            return value, sloping
        is_given = bool(mark) or self.drawn.issuperset(made.inputs)
        self._know(value, made.shape, f"{name}({args}) = {body}", "part" if is_given else "line")
        self._call(jacobian, composed_names.of_slopes(name))
        self._partials(name, sloping, made)
        return value, sloping

    def _composition(
        self, link: Link, whole: Chain, outer: tuple[str, str], feeding: str, inner: Sequence[str]
    ) -> tuple[str, str]:
        """What is composed: the outer function where it is fed, and the product of the Jacobians."""
        (value, jacobian), name, function = outer, link.name, link.function.name
        fed = f"D{function}({feeding})"
        self._unfed(link, whole, fed)
        args = ", ".join(whole.inputs)
        self._step(
            name, COMPOSED, [value], whole.shape, f"({name})({args}) = {composed_names.written(link)}", role="line"
        )
        product, own = whole.derivative, f"D{function}"
        rows = (prod(whole.shape), sum(prod(operand.shape) for operand in whole.fed))
        of = ", ".join(link.function.args)
        self._step(fed, FED, [jacobian], rows, f"{fed} = {own} with {feeding} in the place of {of}")
        right = inner[0] if len(inner) == 1 else f"D({feeding})"
        if len(inner) > 1:
            places = [_places(one, whole) for one in link.inner]
            self._coded(right, below, inner, places=places, width=whole.size[1])
            self._know(right, (rows[1], whole.size[1]), f"{right} = {' above '.join(inner)}", "line")
        self._step(product, PRODUCT, [fed, right], _shown(whole), f"{product} = {fed} · {right}")
        self._call(name, composed_names.of_value(link))
        self._call(fed, composed_names.of_fed(function, feeding))
        self._call(product, composed_names.of_product(link))
        self._partials(name, product, whole)
        return name, product

    def _unfed(self, link: Link, whole: Chain, jacobian: str) -> None:
        """The outer function at the letters themselves, as one has it who does not go by what feeds it."""
        args, letters = link.function.args, [*whole.inputs]
        by_name = any(arg in letters for arg in args)
        shapes = {arg: operand.shape for arg, operand in zip(args, whole.fed, strict=True)}
        inputs = []
        for number, arg in enumerate(args):
            letter = arg if by_name else letters[number] if number < len(letters) else ""
            if letter not in letters or whole.inputs[letter] != shapes[arg]:
                letter = f"{arg}·?"
                self.leaves[letter] = np.full(shapes[arg], np.nan)
            inputs.append(letter)
        made = chain(Link(link.function), shapes, self.problem)
        self._coded(f"{link.name}·unfed", evaluated, inputs, chain=made)
        self._coded(f"{jacobian}·unfed", slopes, inputs, chain=made)

    def _partials(self, name: str, jacobian: str, made: Chain) -> None:
        """The derivative with respect to each letter: columns of the Jacobian."""
        start = 0
        for letter, shape in made.inputs.items():
            end = start + prod(shape)
            called, whole = f"d{name}/d{letter}", (*made.shape, *shape)
            self._coded(called, columns, [jacobian], of=slice(start, end), shape=whole)
            self._know(called, whole, f"∂{name}/∂{letter}, all other letters held fixed", "part")
            start = end

    def _letters(self, made: Chain) -> list[str]:
        """The letters as leaves; one without a number is drawn later."""
        for name, shape in made.inputs.items():
            if name not in self.quantities:
                self.quantities[name] = Quantity(name, "input", None, shape)
                self.leaves[name] = np.asarray(self.at.get(name, np.zeros(shape)), dtype=np.float64)
            if name not in self.at:
                self.drawn.add(name)
        return [*made.inputs]

    def _numbers(self, graph: Graph) -> tuple[dict[str, Array], Mapping[str, Array]]:
        """The leaves with numbers drawn for those that have none, such that everything is defined."""
        for low, high in _DRAWN:
            generator = np.random.default_rng(7)
            drawn: dict[str, Array] = {
                name: np.asarray(generator.uniform(low, high, self.leaves[name].shape)) for name in sorted(self.drawn)
            }
            leaves: dict[str, Array] = {**self.leaves, **drawn}
            values = forward(graph, leaves)
            if all(np.isfinite(values[name]).all() for name in self.quantities):
                return leaves, values
        places = [function.place for function in self.problem.functions.values()]
        raise ProblemError("the functions, or their derivatives, are not defined at the point", places[0])

    def _open(self) -> set[str]:
        """What depends on a letter that was drawn; a boundary does not, whose function is linear."""
        found = set(self.drawn)
        for equation in self.equations:
            if not found.isdisjoint(equation.inputs) and not equation.name.startswith("normal"):
                found.add(equation.name)
        return found

    def _step(
        self,
        name: str,
        op: Op,
        inputs: Sequence[str],
        shape: Shape,
        rule: str,
        *,
        role: str = "line",
        known: bool = True,
    ) -> None:
        self.equations.append(Equation(name, op, tuple(inputs), {}, name))
        if known:
            self._know(name, shape, rule, role)

    def _coded(self, name: str, run: Callable[..., Array], inputs: Sequence[str], **attrs: object) -> None:
        op = coded(run.__name__, run, len(inputs))
        self.equations.append(Equation(name, op, tuple(inputs), attrs, name.partition("·")[0]))

    def _know(self, name: str, shape: Shape, rule: str, role: str) -> None:
        self.quantities[name], self.rules[name] = Quantity(name, role, None, shape), rule

    def _call(self, name: str, others: Iterable[str]) -> None:
        """Other names of a quantity, where nothing else has them."""
        for other in others:
            plain = other.replace(" ", "")
            if plain not in self.quantities:
                self.also.setdefault(plain, name)


def _shown(made: Chain) -> Shape:
    """The shape of a Jacobian as it is shown: a number, a gradient, a matrix."""
    rows, columns = made.size
    if rows != 1:
        return (rows, columns)
    return () if columns == 1 else (columns,)


def _places(inner: Link, whole: Chain) -> list[int]:
    """Which columns of the whole are those of the letters of a part."""
    ends = np.cumsum([prod(shape) for shape in whole.inputs.values()]).tolist()
    ranges = {
        name: range(end - prod(shape), end) for (name, shape), end in zip(whole.inputs.items(), ends, strict=True)
    }
    return [column for name in inner.args for column in ranges[name]]


def _is_linear(made: Chain) -> bool:
    """Whether the slopes are the same everywhere, and not 0."""
    generator = np.random.default_rng(3)
    found = []
    for _ in range(4):
        flat = generator.uniform(-2, 2, made.size[1])
        with np.errstate(all="ignore"):
            found.append(slopes(flat, chain=made))
    same = all(np.allclose(one, found[0], rtol=1e-9, atol=1e-12) for one in found[1:])
    return same and bool(np.isfinite(found[0]).all() and np.any(found[0]))
