"""Equations with functions that are not given: what depends on what, for derivations and not for numbers."""

from __future__ import annotations

import ast
import unicodedata
from functools import partial

from gradcalc.engine.expression.call import Call, Function
from gradcalc.engine.expression.constant import CONSTANTS
from gradcalc.engine.expression.equations import equations
from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula, parse
from gradcalc.engine.expression.writer import Operand
from gradcalc.engine.expression.written import Written
from gradcalc.engine.graph import Equation, Graph
from gradcalc.engine.op import Op
from gradcalc.errors import ExpressionError, Fault
from gradcalc.problem.build import Built
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import Names, Quantity

FAMILY = "abstract"


def outline(problem: Problem) -> Built:
    """The graph of equations whose `abstract` functions are not given: it can be told and derived, and not evaluated.

    Every quantity is told as if it were a number; a name that nothing gives is an input. A call of an abstract function
    is a step of the family "abstract" with the function's name, whose rules have the slopes as names: `g ∂f1/∂W1`.
    Raises ExpressionError with every line that is not a formula.
    """
    formulas = {name: Written(text, problem.place("equations", name)) for name, text in problem.equations.items()}
    functions = {**FUNCTIONS, **{name: Function(partial(_step, name), 1, None) for name in problem.abstract}}
    faults: list[Fault] = [
        Fault(f"'{name}' is a function that is given", problem.place("abstract", at), "choose another name")
        for at, name in enumerate(problem.abstract)
        if name in FUNCTIONS
    ]
    given = {name: Operand(_plain(name), ()) for name in (*problem.data, *problem.parameters)}
    known: dict[str, Operand] = {_plain(name): operand for name, operand in given.items()}
    roles = dict.fromkeys(problem.data, "input") | dict.fromkeys(problem.parameters, "parameter")
    steps: list[Equation] = []
    constants: set[str] = set()
    for name, written in formulas.items():
        try:
            formula = parse(written.text, written.origin, functions)
            for free in _free(formula, {*known, *map(_plain, formulas)}):
                known[free] = Operand(free, ())
                roles[free] = "input"
            later = [_plain(one) for one in [*formulas][[*formulas].index(name) :]]
            line = equations(formula, name, known, {}, problem.index_base, later, functions)
        except ExpressionError as error:
            faults += error.faults
            continue
        steps += line.equations
        constants |= line.constants
        known[_plain(name)] = Operand(name, ())
    if faults:
        raise ExpressionError(faults)
    result = [*formulas][-1]
    roles |= dict.fromkeys(formulas, "line") | {result: "loss"}
    return Built(
        graph=Graph(tuple(steps), frozenset(constants)),
        leaves={},
        quantities={name: Quantity(name, role, None, ()) for name, role in roles.items()},
        names=Names("", "", result, ()),
        output=result,
        result=result,
        single=False,
        cost=None,
        layers=(),
        samples=1,
        formulas=formulas,
    )


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
    slopes = {f"slope{k}": f"∂{function}/∂{text}" for k, text in enumerate(told, 1)}
    return call.step(_op(function, len(call.args)), call.args, (), slopes)


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
        rules=tuple(f"g * slope{k}" for k in range(1, count + 1)),
        pattern="scales: each input gets g times the slope of the function",
        doc="A function that is not given.",
        family=FAMILY,
    )
