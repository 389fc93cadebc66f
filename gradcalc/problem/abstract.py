"""Equations with functions that are not given: what depends on what, for derivations and not for numbers."""

from __future__ import annotations

import ast
import unicodedata
from functools import partial

import numpy as np

from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.constant import CONSTANTS
from gradcalc.engine.expression.equations import Line, equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.engine.expression.writer import ANY, Operand, Shape
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Op
from gradcalc.engine.trees import derivative
from gradcalc.errors import ExpressionError, Fault
from gradcalc.problem.build import Built, called
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import UNKNOWN, Names, Quantity, Size

FAMILY = "abstract"


def outline(problem: Problem) -> Built:
    """The graph of equations whose `abstract` functions are not given: it can be told and derived, and not evaluated.

    What nothing gives is an input; the shape of it, and of what depends on such functions, is not known. A call of an
    abstract function is a step of the family "abstract" with the function's name, whose rules have the slopes as names:
    they carry a gradient back as the transpose of a Jacobian does, `(∂f1/∂W1)ᵀ g`.
    Raises ExpressionError with every line that is not a formula.
    """
    drawn = _Outline(problem)
    for name in drawn.formulas:
        drawn.add(name)
    if drawn.faults:
        raise ExpressionError(drawn.faults)
    return drawn.built()


class _Outline:
    """What the lines so far have come to."""

    def __init__(self, problem: Problem) -> None:
        self.base = problem.index_base
        lines = problem.equations.items()
        self.formulas = {name: Written(text, problem.place("equations", name)) for name, text in lines}
        self.functions = {**FUNCTIONS, **{name: Function(partial(_step, name), 1, None) for name in problem.abstract}}
        self.faults = _taken(problem)
        given = {**problem.data, **problem.parameters}
        self.known = {
            _plain(name): Operand(name, np.shape(value), value=problem.data.get(name)) for name, value in given.items()
        }
        self.shapes = {operand.name: operand.shape for operand in self.known.values()}
        self.roles = dict.fromkeys(problem.data, "input") | dict.fromkeys(problem.parameters, "parameter")
        self.steps: list[Equation] = []
        self.constants: set[str] = set()
        self.loss: CalledLoss | None = None

    def add(self, name: str) -> None:
        """The next line, or its faults."""
        try:
            line = self._line(name, self.formulas[name])
        except ExpressionError as error:
            self.faults += error.faults
            self.known[_plain(name)] = Operand(
                name, ANY
            )  # nothing is said of a line for using one that is wrong itself
            return
        self.steps += line.equations
        self.constants |= line.constants
        self.loss = line.loss
        self.shapes[name] = line.result.shape
        self.known[_plain(name)] = Operand(name, line.result.shape)

    def _line(self, name: str, written: Written) -> Line:
        """The line as steps, where names that nothing gives are inputs from now on."""
        formula = parse(written.text, written.origin, self.functions)
        for free in _free(formula, {*self.known, *map(_plain, self.formulas)}):
            self.known[free] = Operand(free, ANY)
            self.shapes[free] = ANY
            self.roles[free] = "input"
        names = [*self.formulas]
        later = [_plain(one) for one in names[names.index(name) :]]
        steps = {step.name: step for step in self.steps}
        return equations(formula, name, self.known, steps, self.base, later, self.functions)

    def built(self) -> Built:
        """All lines as a graph without numbers."""
        result, loss = [*self.formulas][-1], self.loss
        roles = self.roles | dict.fromkeys(self.formulas, "line") | {result: "loss"}
        shapes = self._with_sides({**self.shapes, result: () if self.shapes[result] == ANY else self.shapes[result]})
        return Built(
            graph=Graph(tuple(self.steps), frozenset(self.constants)),
            leaves={},
            quantities={name: Quantity(name, role, None, _told(shapes[name])) for name, role in roles.items()},
            names=Names("", loss.target if loss and loss.target in roles else "", result, ()),
            output=loss.prediction if loss and loss.prediction in roles else result,
            result=result,
            single=False,
            cost=called(loss),
            layers=(),
            samples=1,
            formulas=self.formulas,
        )

    def _with_sides(self, shapes: dict[str, Shape]) -> dict[str, Shape]:
        """The shapes, where what is judged has that of what it is judged by."""
        if self.loss is None:
            return shapes
        sides = [name for name in (self.loss.prediction, self.loss.target) if name in shapes]
        alike = zip(sides, sides[::-1], strict=True)
        return shapes | {name: shapes[other] for name, other in alike if shapes[name] == ANY}


def _taken(problem: Problem) -> list[Fault]:
    """The functions that are said not to be given, and are."""
    return [
        Fault(f"'{name}' is a function that is given", problem.place("abstract", at), "choose another name")
        for at, name in enumerate(problem.abstract)
        if name in FUNCTIONS
    ]


def _told(shape: Shape) -> tuple[Size, ...]:
    """A shape as people see it, with a question mark where it is not known."""
    return (UNKNOWN,) if shape == ANY else shape


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _free(formula: Formula, known: set[str]) -> list[str]:
    """The names in a formula that nothing gives, in its order."""
    called = {id(node.func) for node in ast.walk(formula.tree) if isinstance(node, ast.Call)}
    words = {id(word.value) for node in ast.walk(formula.tree) if isinstance(node, ast.Call) for word in node.keywords}
    names = [
        (node.col_offset, node.id)
        for node in ast.walk(formula.tree)
        if isinstance(node, ast.Name) and id(node) not in called | words
    ]
    return [name for _, name in sorted(names) if name not in known and name not in CONSTANTS]


def _step(function: str, call: Call) -> Operand:
    """A call of a function that is not given, a step of its own."""
    told = [call.writer.formula.piece(node) for node in call.node.args]
    names = [ast.Name(text if text.isidentifier() else f"({text})") for text in told]
    slopes = {f"slope{k}": derivative(ast.Name(function), name) for k, name in enumerate(names, 1)}
    return call.step(_op(function, len(call.args)), call.args, ANY, slopes)


def _op(function: str, count: int) -> Op:
    args = tuple(f"x{k}" for k in range(1, count + 1))

    def unknown(*_: object, **__: object) -> None:
        raise TypeError(f"{function} is not given")

    return Op(
        name=function,
        args=args,
        forward=unknown,  # type: ignore[arg-type]  # it gives nothing, ever
        vjps=(unknown,) * count,  # type: ignore[arg-type]  # likewise
        formula=f"{function}({', '.join(args)})",
        rules=tuple(f"slope{k}.T @ g" for k in range(1, count + 1)),
        pattern="scales: each input gets g times the slope of the function",
        doc="A function that is not given.",
        family=FAMILY,
    )
