"""Code for arrays as one function of floats: it is run once on arrays that write down what becomes of each entry.

Where arrays have a handful of entries, nearly all the time goes into calling NumPy; the function does the same, in the
same order, in a small part of it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine import book

# what a function of NumPy does to single entries; where one is nan, so is a sign and the larger or smaller of two
TEXTS: Mapping[Any, str] = {
    np.add: "a + b",
    np.subtract: "a - b",
    np.multiply: "a * b",
    np.divide: "a / b",
    np.negative: "-a",
    np.square: "a * a",
    np.power: "pow(a, b)",
    np.absolute: "fabs(a)",
    np.sign: "(a > 0) - (a < 0) if a == a else a",
    np.copysign: "copysign(a, b)",
    np.greater: "a > b",
    np.greater_equal: "a >= b",
    np.less: "a < b",
    np.less_equal: "a <= b",
    np.equal: "a == b",
    np.not_equal: "a != b",
    np.bitwise_and: "b != 0 if a else False",
    np.logical_and: "b != 0 if a else False",
    np.where: "b if a else c",
    np.maximum: "(a if a > b else b) if a == a else a",
    np.minimum: "(a if a < b else b) if a == a else a",
    np.sqrt: "sqrt(a)",
    np.exp: "exp(a)",
    np.expm1: "expm1(a)",
    np.log: "log(a)",
    np.log1p: "log1p(a)",
    np.log2: "log2(a)",
    np.log10: "log10(a)",
    np.sin: "sin(a)",
    np.cos: "cos(a)",
    np.tan: "tan(a)",
    np.sinh: "sinh(a)",
    np.cosh: "cosh(a)",
    np.tanh: "tanh(a)",
    np.arcsin: "asin(a)",
    np.arccos: "acos(a)",
    np.arctan: "atan(a)",
}
NEUTRAL = {np.add: 0.0, np.multiply: 1.0}

# an operand of a line: the name of an entry, or a number
Operand = str | float


class Entry:
    """A number that is not known before the function runs."""

    __slots__ = ("name", "tape")

    def __init__(self, tape: Tape, name: str) -> None:
        self.tape, self.name = tape, name

    def __bool__(self) -> bool:
        raise TypeError("what is done next depends on a number that is not known yet")

    def __eq__(self, other: object) -> bool:
        raise TypeError("whether it equals another number is not known yet")

    def __add__(self, other: Any) -> Any:
        return _made(np.add, self, other)

    def __mul__(self, other: Any) -> Any:
        return _made(np.multiply, self, other)

    # a product of matrices is made of these
    __radd__, __rmul__ = __add__, __mul__

    __hash__ = None  # type: ignore[assignment]  # what is not to be compared is no key


class Line(NamedTuple):
    """One line of the function: `name` is what the function of NumPy makes of the operands."""

    name: str
    function: Any
    operands: tuple[Operand, ...]


class Tape:
    """What code for arrays does to every entry: `array` gives it arrays to work on, and `function` what it has done.

    TypeError where the code can't be written like that: it asks for the value of an entry, does something else than
    what stands in `TEXTS`, or would become longer than `most` lines.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inputs: list[str] = []
        self._lines: dict[tuple[Any, ...], Line] = {}

    def array(self, *shape: int) -> Traced:
        """An array of numbers that the function is given, in the order in which arrays are asked for."""
        entries = np.empty(math.prod(shape), dtype=object)
        for position in range(entries.size):
            self._inputs.append(self._name())
            entries[position] = Entry(self, self._inputs[-1])
        return traced(entries.reshape(shape))

    def entry(self, function: Any, *operands: Operand) -> Entry:
        """What the function makes of the operands; what has been done once is not done again."""
        line = self._lines.get((function, *operands))
        if line is None:
            line = self._lines[function, *operands] = Line(self._name(), function, operands)
        return Entry(self, line.name)

    def function(self, results: Sequence[Any]) -> Callable[..., tuple[float, ...]]:
        """The function of all inputs that gives all entries of the results.

        Where NumPy would come to nan or infinity, it may raise an ArithmeticError or a ValueError.
        """
        returned = [_operand(entry) for result in results for entry in _plain(result).ravel()]
        # made of nodes, not of text: there is nothing in it but numbers and what stands in the table
        module: Any = ast.parse("def function(): return")
        (definition,) = module.body
        definition.args.args = [ast.arg(name) for name in self._inputs]
        definition.body = [_assigned(line) for line in self._needed(returned)]
        definition.body.append(ast.Return(ast.Tuple([_node(operand) for operand in returned], ast.Load())))
        code = compile(ast.fix_missing_locations(module), "<tape>", "exec")
        (inner,) = (held for held in code.co_consts if isinstance(held, CodeType))
        return FunctionType(inner, vars(math))

    def _name(self) -> str:
        made = len(self._inputs) + len(self._lines)
        if made >= self._most:
            raise TypeError("too long to be written out entry by entry")
        return f"v{made}"

    def _needed(self, returned: Sequence[Operand]) -> list[Line]:
        """The lines that lead to what is returned."""
        needed, lines = {*returned}, []
        for line in reversed(self._lines.values()):
            if line.name in needed:
                needed.update(line.operands)
                lines.append(line)
        return lines[::-1]


def _assigned(line: Line) -> ast.stmt:
    names = dict(zip("abc", map(_node, line.operands), strict=False))
    tree = book.substitute(book.parse(TEXTS[line.function]), names)
    return ast.Assign([ast.Name(line.name, ast.Store())], tree)


def _node(operand: Operand) -> ast.expr:
    return ast.Name(operand, ast.Load()) if isinstance(operand, str) else ast.Constant(operand)


def _operand(entry: Any) -> Operand:
    return entry.name if isinstance(entry, Entry) else float(entry)


class Traced(np.ndarray[Any, np.dtype[Any]]):
    """An array of entries and floats that writes down on the tape what is done to it."""

    __array_priority__ = 1.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        arrays = [_plain(array) for array in inputs]
        match ufunc, method:
            case np.matmul, "__call__" if not kwargs:
                return traced(np.matmul(*arrays))
            case _, "__call__" if ufunc in TEXTS and not kwargs:
                return traced(_each(ufunc)(*arrays))
            case _, "reduce" if ufunc in TEXTS:
                return traced(_reduced(_each(ufunc), *arrays, **kwargs))
        return NotImplemented

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func in FUNCTIONS:
            return FUNCTIONS[func](*args, **kwargs)
        found = super().__array_function__(func, types, args, kwargs)
        return traced(found) if isinstance(found, np.ndarray | Entry) else found

    def __getitem__(self, key: Any) -> Traced:
        return traced(self.view(np.ndarray)[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.view(np.ndarray)[key] = _plain(value)[()]


def traced(entries: Any) -> Traced:
    """Entries, or numbers that are known, as an array that writes down what is done to it."""
    return np.asarray(entries, dtype=object).view(Traced)


def _plain(array: Any) -> Any:
    return np.asarray(array, dtype=object).view(np.ndarray)


@cache
def _each(function: Any) -> Any:
    """The function of NumPy for arrays of entries."""
    count = 3 if function is np.where else function.nin
    return np.frompyfunc(partial(_made, function), count, 1)


def _reduced(
    each: Any,
    array: Any,
    axis: int | tuple[int, ...] | None = 0,
    dtype: None = None,
    *,
    keepdims: bool = False,
    where: bool = True,
) -> Any:
    """What is left when `each` has taken in the entries along one axis, some, or all of them (None)."""
    if dtype is not None or where is not True:
        raise TypeError("only whole axes, and floats")
    axes = tuple(range(array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    for one in axes:
        array = each.reduce(array, axis=one, keepdims=True)
    return array if keepdims else array.squeeze(axes)


def _made(function: Any, *entries: Any) -> Any:
    """What the function makes of single entries and numbers: a number where it is known, else an entry."""
    tape = next((entry.tape for entry in entries if isinstance(entry, Entry)), None)
    operands = tuple(map(_operand, entries))
    if tape is None:
        return float(function(*operands))
    if function is np.where and isinstance(operands[0], float):
        return entries[1] if operands[0] else entries[2]
    if function is np.power and operands[1] == 2:
        return tape.entry(np.square, operands[0])
    if function in NEUTRAL and NEUTRAL[function] in operands:
        return entries[1 - operands.index(NEUTRAL[function])]
    return tape.entry(function, *operands)


def _where(condition: Any, x: Any, y: Any) -> Traced:
    return traced(_each(np.where)(_plain(condition), _plain(x), _plain(y)))


def _argmax(x: Any, axis: int | None = None) -> Any:
    """The position of the first of the largest entries."""
    x = x.ravel() if axis is None else np.moveaxis(x, axis, -1)
    largest, position = x[..., 0], np.zeros(())
    for k in range(1, x.shape[-1]):
        position = np.where(x[..., k] > largest, k, position)
        largest = np.maximum(largest, x[..., k])
    return position


# functions of NumPy that are not made of those above
FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    np.where: _where,
    np.clip: lambda x, low, high: np.minimum(np.maximum(x, low), high),
    np.argmax: _argmax,
}
