"""Functions as one graph: a function alone, or one that is fed by others."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

from gradcalc.engine.expression.equations import equations
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.engine.expression.writer import Operand, Shape, sides
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Array
from gradcalc.engine.ops.arrays import ENTRY, concat
from gradcalc.errors import ExpressionError, LimitError, ProblemError
from gradcalc.problem.model import Function, Problem
from gradcalc.problem.suggest import nearest

MOST_ENTRIES = 4_000_000
MOST_LINKS = 20
MOST_STEPS = 20_000


class Link(NamedTuple):
    """A function, and what feeds it; nothing does where it stands for its own arguments."""

    function: Function
    inner: tuple[Link, ...] = ()

    @property
    def name(self) -> str:
        """`F∘G`, `F∘G∘H`, `F∘(G, H)`."""
        inside = [link.name for link in self.inner]
        if not inside:
            return self.function.name
        fed = ", ".join(inside)
        return f"{self.function.name}∘{fed if len(inside) == 1 else f'({fed})'}"

    @property
    def args(self) -> tuple[str, ...]:
        """The letters that the whole depends on."""
        if not self.inner:
            return self.function.args
        return tuple(dict.fromkeys(arg for link in self.inner for arg in link.args))


@dataclass(frozen=True, eq=False)
class Chain:
    """The graph of a link: `leaves` are the numbers of its formulas, `inputs` the letters that it depends on.

    `fed` names what the arguments of the outermost function are, `outputs` the quantities whose entries, one behind the
    other, are the result.
    """

    link: Link
    graph: Graph
    leaves: Mapping[str, Array]
    inputs: Mapping[str, Shape]
    fed: tuple[Operand, ...]
    outputs: tuple[Operand, ...]

    @property
    def shape(self) -> Shape:
        """The shape of the result: that of its list, or of what its one formula gives."""
        declared = self.link.function.shape
        return self.outputs[0].shape if declared is None else declared

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns the Jacobian has."""
        return prod(self.shape), sum(map(prod, self.inputs.values()))

    @property
    def derivative(self) -> str:
        """What its Jacobian is called: `f′` of one number by one, `∇f` of one by several, `DF` else, `D(F∘G)`."""
        name, (rows, columns) = self.link.name, self.size
        if self.link.inner:
            return f"D({name})"
        if rows != 1:
            return f"D{name}"
        return f"{name}′" if columns == 1 else f"∇{name}"


def composed(problem: Problem) -> Link | None:
    """What `compose` says: which function is fed by which; None where it says nothing.

    Raises ExpressionError for what is no composition of the problem's functions.
    """
    if problem.compose is None:
        return None
    formula = parse(problem.compose, problem.place("compose"), problem.functions)
    link = _link(formula.tree, formula, problem)
    if not link.inner:
        raise formula.error(f"{link.name} alone is not composed of anything", formula.tree, "such as F(G)")
    return link


def _link(node: ast.expr, formula: Formula, problem: Problem) -> Link:
    name = ""
    inside: list[ast.expr] = []
    match node:
        case ast.Name(id=name):
            pass
        case ast.Call(func=ast.Name(id=name), args=inside, keywords=[]) if inside:
            pass
        case _:
            raise formula.error("a composition is written F(G)", node, "by the names of functions alone")
    if name not in problem.functions:
        close = nearest(name, problem.functions)
        known = f"did you mean '{close}'?" if close else f"known are {', '.join(problem.functions)}"
        raise formula.error(f"no function is called '{name}'", node, known)
    link = Link(problem.functions[name], tuple(_link(part, formula, problem) for part in inside))
    if formula.piece(formula.tree).count("(") > MOST_LINKS:
        raise LimitError(f"more than {MOST_LINKS} functions are composed", problem.place("compose"))
    return link


def chain(link: Link, shapes: Mapping[str, Shape], problem: Problem) -> Chain:
    """The graph of `link` where its letters have these shapes; a letter without one is a number.

    Raises ExpressionError where shapes do not go together, ProblemError where one function does not feed another,
    LimitError where the Jacobian would be too large.
    """
    inputs = {arg: shapes.get(arg, ()) for arg in link.args}
    writer = _Writer(problem)
    outputs = writer.outputs(link, {name: Operand(name, shape) for name, shape in inputs.items()})
    graph = Graph(tuple(writer.equations), frozenset(writer.constants))
    made = Chain(link, graph, writer.leaves, inputs, writer.fed, tuple(outputs))
    rows, columns = made.size
    if rows * columns > MOST_ENTRIES:
        message = f"the Jacobian of {link.name} has {rows} × {columns} entries; the limit is {MOST_ENTRIES}"
        raise LimitError(message, problem.place("at"))
    return made


class _Writer:
    """The equations of a composition, from the inside out."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.equations: list[Equation] = []
        self.leaves: dict[str, Array] = {}
        self.constants: set[str] = set()
        self.fed: tuple[Operand, ...] = ()
        self._count = 0

    def outputs(self, link: Link, known: Mapping[str, Operand]) -> list[Operand]:
        """What a link gives, a quantity for each of its formulas."""
        args = link.function.args
        fed = self._fed(link, [self.outputs(inner, known) for inner in link.inner]) if link.inner else None
        inputs = {arg: known[arg] for arg in args} if fed is None else dict(zip(args, fed, strict=True))
        self._count += 1  # no name that somebody chose holds a ∘, and no two functions have the same number
        found = []
        for number, formula in enumerate(link.function.formulas, 1):
            place = "" if link.function.shape is None else f"[{number}]"
            found.append(self._line(f"{link.function.name}∘{self._count}{place}", formula, inputs, link))
        self.fed = tuple(inputs.values())
        return found

    def _line(self, name: str, formula: Formula, inputs: Mapping[str, Operand], link: Link) -> Operand:
        try:
            line = equations(formula, name, inputs, base=self.problem.index_base)
        except ExpressionError as error:
            raise self._explained(error, link) from None
        if link.function.shape is not None and prod(line.result.shape) != 1:
            what = f"an entry of {link.function.name} is one number, and this is {sides(line.result.shape)}"
            raise formula.error(what, formula.tree, "a formula that gives a vector stands alone, without a list")
        self.equations += line.equations
        if len(self.equations) > MOST_STEPS:
            raise LimitError(f"{link.function.name} takes more than {MOST_STEPS} steps", link.function.place)
        self.leaves.update(line.leaves)
        self.constants |= line.constants
        return line.result

    def _explained(self, error: ExpressionError, link: Link) -> ExpressionError:
        """A letter is a number unless the point says something else, which not everybody expects."""
        unknown = [arg for arg in link.function.args if arg not in self.problem.at]
        if link.inner or not unknown or not any("a number" in fault.message for fault in error.faults):
            return error
        hint = f"a vector has its shape from the point: at: {{{unknown[0]}: [1, 2, 3]}}"
        return ExpressionError([fault._replace(hint=fault.hint or hint) for fault in error.faults])

    def _fed(self, link: Link, given: Sequence[list[Operand]]) -> list[Operand]:
        """What the arguments of a function become: a function each, or an entry each, or all entries together."""
        args = link.function.args
        if len(given) == len(args):
            return [self._whole(outputs) for outputs in given]
        every = [output for outputs in given for output in outputs]
        if len(args) == 1:
            return [self._whole(every)]
        entries = [entry for output in every for entry in self._entries(output)]
        if len(entries) != len(args):
            inside = ", ".join(inner.name for inner in link.inner)
            takes = f"{len(args)} arguments ({', '.join(args)})"
            gives = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
            message = f"{link.function.name} takes {takes}, and {inside} gives {gives}"
            raise ProblemError(message, self.problem.place("compose"))
        return entries

    def _whole(self, outputs: Sequence[Operand]) -> Operand:
        """Several numbers as one vector."""
        if len(outputs) == 1:
            return outputs[0]
        name = f"({', '.join(output.name for output in outputs)})"
        flat = [entry for output in outputs for entry in self._entries(output)]
        joined = Equation(name, concat(len(flat)), tuple(entry.name for entry in flat), {"axis": 0}, name)
        return self._added(joined, (len(flat),))

    def _entries(self, output: Operand) -> Iterator[Operand]:
        """The entries of an array as numbers, row by row."""
        if not output.shape:
            yield output
            return
        base = self.problem.index_base
        for index in product(*map(range, output.shape)):
            name = f"{output.name}[{','.join(str(i + base) for i in index)}]"
            yield self._added(Equation(name, ENTRY, (output.name,), {"key": index}, name), ())

    def _added(self, equation: Equation, shape: Shape) -> Operand:
        self.equations.append(equation)
        return Operand(equation.name, shape)


def point_of(problem: Problem) -> dict[str, Array]:
    """The values of `at` by the names that formulas have for them; refuses names that no function has."""
    known = {arg for function in problem.functions.values() for arg in function.args}
    found = {unicodedata.normalize("NFKC", name): (name, value) for name, value in problem.at.items()}
    for plain, (name, _) in found.items():
        if plain not in known:
            close = nearest(plain, known)
            hint = f"did you mean '{close}'?" if close else f"known are {', '.join(sorted(known))}"
            raise ProblemError(f"no function has an argument '{name}'", problem.place("at", name), hint)
    return {plain: value for plain, (_, value) in found.items()}


def complete(link: Link, point: Mapping[str, Array], problem: Problem) -> bool:
    """Whether the point has a value for every letter of a link; refuses one that has some of them."""
    missing = [arg for arg in link.args if arg not in point]
    if not missing:
        return True
    if len(missing) == len(link.args):
        return False
    lacks = ", ".join(missing)
    raise ProblemError(f"the point has no value for {lacks} of {link.name}", problem.place("at"), f"add {lacks}")
