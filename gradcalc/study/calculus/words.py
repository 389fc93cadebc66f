"""The language of formulas with letters for numbers: every word of it as an object of SymPy.

What SymPy knows by itself is its own; every other function of the ops table becomes a function of SymPy whose
derivative is the table's rule.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from gradcalc.engine import book
from gradcalc.engine.op import Attrs, Op
from gradcalc.engine.ops import pairs
from gradcalc.engine.ops.activations import LOG_SOFTMAX, SIGMOID, SOFTMAX
from gradcalc.engine.ops.elementary import ABS

Expr = Any  # SymPy has no types of its own
Letters = Any  # an array of expressions, or one of them

# a power of numbers beyond this is a float, and so is a larger exponent: whole numbers would grow without end
LARGEST_POWER, LARGEST_EXPONENT = 1e15, 100
# 10 to this power is no float any more
LARGEST_DIGITS = 308

NATIVE: Mapping[str, Any] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "arcsin": sp.asin,
    "arccos": sp.acos,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
}

# of words that are no op of the table: their arguments and their derivatives, in the language itself
_DERIVATIVES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "floor": (("x",), ("0",)),
    "sign": (("x",), ("0",)),
    "normal_cdf": (("x",), ("normal_pdf(x)",)),
    "normal_pdf": (("x",), ("-x * y",)),
}


class Word(sp.Function):  # type: ignore[misc]  # SymPy has no types
    """A function of our language; `rules` has its derivatives as texts, `op` its row of the table, if it has one."""

    is_real = True
    args_of: tuple[str, ...] = ()
    rules: tuple[str | None, ...] = ()
    attrs: ClassVar[Attrs] = {}
    word = ""
    op: Op | None = None

    def fdiff(self, argindex: int = 1) -> Expr:
        """The derivative with respect to an argument, counted from 1."""
        rule = self.rules[argindex - 1]
        if rule is None:
            return sp.Integer(0)
        names = {**exact(self.attrs), **dict(zip(self.args_of, self.args, strict=True)), "y": self, "g": sp.Integer(1)}
        return alone(run(rule, names))

    def formula(self) -> Expr:
        """What it stands for, by the formula of the table; itself where it is not an entry of its own."""
        if self.op is None or isinstance(self, Entry):
            return self
        names = {**exact(self.attrs), **dict(zip(self.args_of, self.args, strict=True))}
        return alone(run(self.op.form(self.attrs).formula, names))


class Where(Word):
    """`where(c, p, q)`: its derivative is that of what is chosen."""

    word = "where"
    nargs = 3

    def _eval_derivative(self, s: Expr) -> Expr:
        condition, p, q = self.args
        chosen, other = p.diff(s), q.diff(s)
        return chosen if chosen == other else Where(condition, chosen, other)


class Entry(Word):
    """One entry of an op that mixes the entries of a row, such as softmax: its position (from 0), and the row."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """The derivative with respect to the position, which is none, or to an entry of the row."""
        if argindex == 1:
            return sp.Integer(0)
        position, *row = self.args
        seed = array([sp.Integer(k == position) for k in range(len(row))])
        y = array([type(self)(k, *row) for k in range(len(row))])
        names = {"x": array(row), "y": y, "g": seed}
        return run(str(self.rules[0]), names)[argindex - 2]


@cache
def word(op: Op, attrs: tuple[tuple[str, Any], ...] = (), name: str = "") -> type[Word]:
    """The function that an entry-by-entry op of the table is under these options."""
    rules = op.form(dict(attrs)).rules
    return _made(Word, name or op.name, op.args, rules, {"attrs": dict(attrs), "op": op, "nargs": len(op.args)})


@cache
def entry_of(op: Op) -> type[Word]:
    """The function that one entry of a row-mixing op is."""
    return _made(Entry, op.name, op.args, op.rules, {"op": op})


@cache
def _told(name: str) -> type[Word]:
    args, rules = _DERIVATIVES[name]
    return _made(Word, name, args, rules, {"nargs": len(args)})


def _made(
    base: type[Word], name: str, args: tuple[str, ...], rules: tuple[str | None, ...], more: dict[str, Any]
) -> type[Word]:
    # the class is called by its options, too: SymPy takes two of one name for one
    told = "".join(f"_{value}" for value in more.get("attrs", {}).values())
    kind: Any = type(base)
    made: type[Word] = kind(f"{name}{told}", (base,), {"word": name, "args_of": args, "rules": rules, **more})
    return made


def array(entries: Any) -> Letters:
    """An array of expressions."""
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made


def alone(value: Any) -> Expr:
    """The only entry of an array."""
    return value.item() if isinstance(value, np.ndarray) else value


def exact(attrs: Attrs) -> dict[str, Any]:
    """Options as exact numbers; whole numbers stay, since they may be positions."""
    return {name: number(value) if isinstance(value, float) else value for name, value in attrs.items()}


def number(value: Any) -> Expr:
    """A number as SymPy's: whole or decimal as it is written, so that 0.1 is a tenth; a tiny or huge one as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, float) and value and not 1e-12 < abs(value) < LARGEST_POWER:
        return sp.Float(value)
    return sp.Integer(int(value)) if float(value).is_integer() else sp.Rational(repr(float(value)))


def _on_entries(function: Callable[..., Expr], count: int) -> Callable[..., Letters]:
    made: Callable[..., Letters] = np.frompyfunc(function, count, 1)
    return made


def power(base: Expr, exponent: Expr) -> Expr:
    """A power that neither hangs nor fills the memory: what is too large becomes a float."""
    base, exponent = number(base), number(exponent)
    if base.is_Number and exponent.is_Number:
        size = float(exponent) * float(np.log10(abs(float(base)))) if base else 0.0
        if size > LARGEST_DIGITS:
            return sp.oo
        if abs(size) > np.log10(LARGEST_POWER):
            return sp.Float(base) ** sp.Float(exponent)
    elif exponent.is_Number and abs(exponent) > LARGEST_EXPONENT:
        return base ** sp.Float(exponent)
    return base**exponent


def _exp(x: Expr) -> Expr:
    """e to the power x; of an entry of log_softmax that is the entry of softmax."""
    return entry_of(SOFTMAX)(*x.args) if isinstance(x, Entry) and x.op is LOG_SOFTMAX else sp.exp(x)


def _logarithm(x: Expr, base: Expr) -> Expr:
    return sp.log(x) / sp.log(base)


def _where(condition: Expr, p: Expr, q: Expr) -> Expr:
    condition = number(condition)
    if condition.is_Number:
        return p if condition else q
    return Where(condition, number(p), number(q))


def _between(op: Op, name: str) -> Callable[[Expr, Expr], Expr]:
    """A function of two arguments that is worked out where both are numbers."""

    def act(p: Expr, q: Expr) -> Expr:
        p, q = number(p), number(q)
        if p.is_Number and q.is_Number:
            return number(float(op.forward(float(p), float(q), **({"split": False} if op.options else {}))))
        return word(op, (("split", False),) if op.options else (), name)(p, q)

    return act


def extreme(x: Letters, axis: int | None, act: Callable[[Expr, Expr], Expr]) -> Letters:
    """The largest or the smallest of an array, or along an axis."""
    rows = np.moveaxis(x, axis, 0) if axis is not None else np.reshape(x, -1)
    return reduce(_on_entries(act, 2), rows)


def _binary(act: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator of NumPy over arrays of expressions, never SymPy's, which would make arrays of its own."""
    return lambda a, b: act(np.asarray(a, dtype=object), np.asarray(b, dtype=object))


MAX, MIN = _between(pairs.MAXIMUM, "max"), _between(pairs.MINIMUM, "min")
_SIGNS: Mapping[type[ast.cmpop], Op] = {
    ast.Lt: pairs.COMPARISONS["<"],
    ast.LtE: pairs.COMPARISONS["<="],
    ast.Gt: pairs.COMPARISONS[">"],
    ast.GtE: pairs.COMPARISONS[">="],
    ast.Eq: pairs.COMPARISONS["=="],
}

LETTERS = book.Language(
    functions={
        **book.NUMBERS.functions,  # what only moves entries about, adds or multiplies them, does so with letters
        **{name: _on_entries(function, 1) for name, function in NATIVE.items()},
        **{name: _on_entries(_told(name), 1) for name in _DERIVATIVES},
        "exp": _on_entries(_exp, 1),
        "logb": _on_entries(_logarithm, 2),
        "abs": _on_entries(word(ABS), 1),
        "sigmoid": _on_entries(word(SIGMOID), 1),
        "max": lambda *x: reduce(_on_entries(MAX, 2), x),
        "min": lambda *x: reduce(_on_entries(MIN, 2), x),
        "where": _on_entries(_where, 3),
        "largest": lambda x, axis=None: extreme(x, axis, MAX),
        "smallest": lambda x, axis=None: extreme(x, axis, MIN),
        "top": lambda x: extreme(x, -1, MAX),
    },
    binary={
        ast.Add: _binary(np.add),
        ast.Sub: _binary(np.subtract),
        ast.Mult: _binary(np.multiply),
        ast.Div: _binary(np.true_divide),
        ast.Pow: _binary(_on_entries(power, 2)),
        ast.MatMult: _binary(np.matmul),
    },
    compare={sign: _binary(_on_entries(_between(op, op.name), 2)) for sign, op in _SIGNS.items()},
    constants={"pi": sp.pi},
    number=number,
)


@cache
def _program(text: str) -> book.Program:
    return book.compiled(book.parse(text), LETTERS)


def run(text: str, names: Mapping[str, Any]) -> Letters:
    """The value of a formula of the table where its names stand for expressions."""
    return _program(text)(names)
