"""Equations with functions that are not given: what depends on what, for derivations and not for numbers."""

from __future__ import annotations

import ast
import unicodedata
from functools import partial

import numpy as np

from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.called import CalledLoss
from gradcalc.engine.expression.constant import CONSTANTS
from gradcalc.engine.expression.equations import equations
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
    formulas = {name: Written(text, problem.place("equations", name)) for name, text in problem.equations.items()}
    functions = {**FUNCTIONS, **{name: Function(partial(_step, name), 1, None) for name in problem.abstract}}
    faults: list[Fault] = [
        Fault(f"'{name}' is a function that is given", problem.place("abstract", at), "choose another name")
        for at, name in enumerate(problem.abstract)
        if name in FUNCTIONS
    ]
    known = {
        _plain(name): Operand(name, np.shape(value), value=problem.data.get(name))
        for name, value in (*problem.data.items(), *problem.parameters.items())
    }
    shapes = {operand.name: operand.shape for operand in known.values()}
    roles = dict.fromkeys(problem.data, "input") | dict.fromkeys(problem.parameters, "parameter")
    steps: list[Equation] = []
    constants: set[str] = set()
    loss: CalledLoss | None = None
    for name, written in formulas.items():
        try:
            formula = parse(written.text, written.origin, functions)
            for free in _free(formula, {*known, *map(_plain, formulas)}):
                known[free] = Operand(free, ANY)
                shapes[free] = ANY
                roles[free] = "input"
            later = [_plain(one) for one in [*formulas][[*formulas].index(name) :]]
            line = equations(formula, name, known, {e.name: e for e in steps}, problem.index_base, later, functions)
        except ExpressionError as error:
            faults += error.faults
            known[_plain(name)] = Operand(name, ANY)  # nothing is said of a line for using one that is wrong itself
            continue
        steps += line.equations
        constants |= line.constants
        loss = line.loss
        shapes[name] = line.result.shape
        known[_plain(name)] = Operand(name, line.result.shape)
    if faults:
        raise ExpressionError(faults)
    result = [*formulas][-1]
    roles |= dict.fromkeys(formulas, "line") | {result: "loss"}
    shapes[result] = () if shapes[result] == ANY else shapes[result]
    if loss is not None:  # what is judged has the shape of what it is judged by
        sides = [name for name in (loss.prediction, loss.target) if name in roles]
        shapes |= {name: shapes[other] for name, other in zip(sides, sides[::-1], strict=True) if shapes[name] == ANY}
    return Built(
        graph=Graph(tuple(steps), frozenset(constants)),
        leaves={},
        quantities={name: Quantity(name, role, None, _told(shapes[name])) for name, role in roles.items()},
        names=Names("", loss.target if loss and loss.target in roles else "", result, ()),
        output=loss.prediction if loss and loss.prediction in roles else result,
        result=result,
        single=False,
        cost=called(loss),
        layers=(),
        samples=1,
        formulas=formulas,
    )


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
