"""The language of formulas and rules: small Python expressions, read as trees and run on arrays.

Inside, an array of a network has the shape (N, units): samples first, units last. The words of the language
say over what they add up, so that a rule reads the same for one sample and for a batch:

    units(x)    Σ over the last axis, which goes away        (N, K) → (N,)
    samples(x)  Σ over the first axis, which goes away       (N, K) → (K,)
    total(x)    Σ over everything                            any → ()
    spread(g)   g given a last axis again, to meet an array  (N,) → (N, 1)
    top(x)      the largest over the last axis               (N, K) → (N,)
    first_top(x)  1 where the first of the largest is, else 0  (N, K) → (N, K)
    width(x)    the length of the last axis                  (N, K) → K

Formulas that people write have arrays of any shape, and words for one axis of them, counted from 0:

    along(x, axis)   Σ over the axis, which goes away        expand(g, axis)  g given that axis again
    stretch(x, shape)  x broadcast to a shape                gather(g, x)     g summed back to the shape of x
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine import words

Value = Any
Program = Callable[[Mapping[str, Value]], Value]


def _elementwise(function: Callable[[float], float]) -> Callable[[Value], Value]:
    """A function of `math` for arrays of float64; NumPy has no error function of its own."""
    return np.vectorize(function, otypes=[np.float64])


erf = _elementwise(math.erf)
erfc = _elementwise(math.erfc)


def _first_top(x: Value) -> Value:
    return (np.arange(x.shape[-1]) == np.argmax(x, axis=-1)[..., None]) * 1.0


def _of_windows(name: str) -> Callable[..., Value]:
    """A function of `windows`, which only images need."""

    def call(*inputs: Value) -> Value:
        from gradcalc.engine import windows  # noqa: PLC0415

        return getattr(windows, name)(*inputs)

    return call


class Word(NamedTuple):
    """A function of the language: what it computes, and how it is set in text and in LaTeX.

    `text` has a place `{0}`, `{1}` … for each argument, or `{*}` for all of them, `{+}` for all but the first; `tight`
    says that an argument which is itself a sum or a product is bracketed there. The places of `latex` are `#1`, `#2`,
    `#*` and `#+`; brackets around one grow with it, `#/` parts rows, `#|` is a vector of all arguments, and `encloses`
    says that the command itself holds together what is put in.
    """

    call: Callable[..., Value]
    text: str
    latex: str
    tight: bool = False
    encloses: bool = False


FUNCTIONS: Mapping[str, Word] = {
    "exp": Word(np.exp, "exp({0})", "e^{#1}"),
    "log": Word(np.log, "ln {0}", r"\ln #1", tight=True),
    "logb": Word(lambda x, base: np.log(x) / np.log(base), "log{1} {0}", r"\log_{#2} #1", tight=True),
    "sqrt": Word(np.sqrt, "√{0}", r"\sqrt{#1}", tight=True, encloses=True),
    "root": Word(np.sqrt, "√({0})", r"\sqrt{#1}"),
    "abs": Word(np.abs, "|{0}|", r"\left\lvert #1 \right\rvert"),
    "sign": Word(np.sign, "sign({0})", r"\operatorname{sign}(#1)"),
    "floor": Word(np.floor, "⌊{0}⌋", r"\left\lfloor #1 \right\rfloor"),
    "norm": Word(lambda x: np.sqrt(np.sum(x * x)), "‖{0}‖", r"\left\lVert #1 \right\rVert"),
    "sin": Word(np.sin, "sin({0})", r"\sin(#1)"),
    "cos": Word(np.cos, "cos({0})", r"\cos(#1)"),
    "sinh": Word(np.sinh, "sinh({0})", r"\sinh(#1)"),
    "cosh": Word(np.cosh, "cosh({0})", r"\cosh(#1)"),
    "tanh": Word(np.tanh, "tanh({0})", r"\tanh(#1)"),
    "erf": Word(erf, "erf({0})", r"\operatorname{erf}(#1)"),
    "tan": Word(np.tan, "tan({0})", r"\tan(#1)"),
    "arcsin": Word(np.arcsin, "arcsin({0})", r"\arcsin(#1)"),
    "arccos": Word(np.arccos, "arccos({0})", r"\arccos(#1)"),
    "arctan": Word(np.arctan, "arctan({0})", r"\arctan(#1)"),
    "max": Word(np.maximum, "max({*})", r"\max(#*)"),
    "min": Word(np.minimum, "min({*})", r"\min(#*)"),
    "where": Word(
        np.where, "({1} if {0}, else {2})", r"\begin{cases} #2 & \text{if } #1 #/ #3 & \text{else} \end{cases}"
    ),
    "units": Word(lambda x: np.sum(x, axis=-1), "Σ_k {0}", r"\sum_k #1", tight=True),
    "samples": Word(lambda x: np.sum(x, axis=0), "Σ_n {0}", r"\sum_n #1", tight=True),
    "total": Word(np.sum, "Σ {0}", r"\sum #1", tight=True),
    "top": Word(lambda x: np.max(x, axis=-1), "max_k {0}", r"\max_k #1", tight=True),
    "first_top": Word(_first_top, "[first max_k {0}]", r"\left[ \text{first } \max_k #1 \right]", tight=True),
    "width": Word(lambda x: x.shape[-1], "K", "K"),
    "spread": Word(lambda x: np.expand_dims(x, -1), "{0}", "#1"),
    "one_before": Word(lambda x: np.insert(x, 0, 1.0, axis=-1), "[1, {0}]", r"\left[ 1, #1 \right]"),
    "one_after": Word(lambda x: np.insert(x, x.shape[-1], 1.0, axis=-1), "[{0}, 1]", r"\left[ #1, 1 \right]"),
    "zero_before": Word(lambda x: np.insert(x, 0, 0.0, axis=-1), "[0, {0}]", r"\left[ 0, #1 \right]"),
    "zero_after": Word(lambda x: np.insert(x, x.shape[-1], 0.0, axis=-1), "[{0}, 0]", r"\left[ #1, 0 \right]"),
    "tail": Word(
        lambda x: x[..., 1:], "({0} without its first entry)", r"\left( #1 \text{ without its first entry} \right)"
    ),
    "init": Word(
        lambda x: x[..., :-1], "({0} without its last entry)", r"\left( #1 \text{ without its last entry} \right)"
    ),
    "unit": Word(lambda x, k: x[..., k], "{0}[{1}]", "#1[#2]", tight=True),
    "only": Word(lambda x: np.reshape(x, ()), "{0}", "#1"),
    "only_unit": Word(lambda x: np.squeeze(x, -1), "{0}", "#1"),
    "stack": Word(lambda *units: np.stack(units, axis=-1), "[{*}]", "#|"),
    "along": Word(lambda x, axis=None: np.sum(x, axis=axis), "Σ {0}", r"\sum #1", tight=True),
    "product": Word(lambda x, axis=None: np.prod(x, axis=axis), "Π {0}", r"\prod #1", tight=True),
    "others": Word(lambda x, axis=None: words.others(x, axis), "Π_others {0}", r"\prod_{\text{others}} #1", tight=True),
    "largest": Word(lambda x, axis=None: np.max(x, axis=axis), "max({0})", r"\max(#1)"),
    "smallest": Word(lambda x, axis=None: np.min(x, axis=axis), "min({0})", r"\min(#1)"),
    "first_max": Word(
        lambda x, axis=None: words.first_max(x, axis),
        "[first max {0}]",
        r"\left[ \text{first } \max #1 \right]",
        tight=True,
    ),
    "first_min": Word(
        lambda x, axis=None: words.first_max(-x, axis),
        "[first min {0}]",
        r"\left[ \text{first } \min #1 \right]",
        tight=True,
    ),
    "even_max": Word(
        lambda x, axis=None: words.even_max(x, axis),
        "[even max {0}]",
        r"\left[ \text{even } \max #1 \right]",
        tight=True,
    ),
    "even_min": Word(
        lambda x, axis=None: words.even_max(-x, axis),
        "[even min {0}]",
        r"\left[ \text{even } \min #1 \right]",
        tight=True,
    ),
    "ratio": Word(words.ratio, "{0} / {1}", r"\frac{#1}{#2}", tight=True, encloses=True),
    "expand": Word(np.expand_dims, "{0}", "#1"),
    "stretch": Word(np.broadcast_to, "{0}", "#1"),
    "fill": Word(lambda g, x: np.broadcast_to(g, x.shape), "{0}", "#1"),
    "gather": Word(words.gather, "Σ {0}", r"\sum #1", tight=True),
    "entry": Word(lambda x, key: x[key], "{0}[{1}]", "#1[#2]", tight=True),
    "placed": Word(words.placed, "({0} at [{1}], else 0)", r"\left( #1 \text{ at } [#2] \text{, else } 0 \right)"),
    "swap": Word(lambda x, axis: np.swapaxes(x, axis, -1), "{0}", "#1"),
    "joined": Word(
        lambda axis, *parts: np.concatenate([np.atleast_1d(x) for x in parts], axis=axis),
        "concat({+})",
        r"\operatorname{concat}(#+)",
    ),
    "part": Word(words.part, "(part {1} of {0})", r"\left( \text{part } #2 \text{ of } #1 \right)"),
    "diag": Word(np.diag, "diag({0})", r"\operatorname{diag}(#1)"),
    "maps": Word(lambda _g, share: share, "{0} ↦ {1}", r"#1 \mapsto #2"),
    "squeezed": Word(np.squeeze, "{0}", "#1"),
    "rows": Word(words.rows, "{0}[{1}]", "#1[#2]", tight=True),
    "put_rows": Word(
        words.put_rows, "(Σ of {0} at the rows {2})", r"\left( \textstyle\sum #1 \text{ at the rows } #3 \right)"
    ),
    "correlate": Word(
        _of_windows("correlate"),
        "Σ_abc {0}[n, {2}, c] {1}[a, b, c, k]",
        r"\sum_{a,b,c} #1[n, #3, c] \, #2[a, b, c, k]",
        tight=True,
    ),
    "by_image": Word(
        _of_windows("by_image"),
        "Σ_ijk {0}[n, i, j, k] {1}[a, b, c, k] at [n, {3}, c]",
        r"\sum_{i,j,k} #1[n, i, j, k] \, #2[a, b, c, k] \text{ at } [n, #4, c]",
        tight=True,
    ),
    "by_kernel": Word(
        _of_windows("by_kernel"),
        "Σ_nij {0}[n, i, j, k] {1}[n, {3}, c]",
        r"\sum_{n,i,j} #1[n, i, j, k] \, #2[n, #4, c]",
        tight=True,
    ),
    "largest_seen": Word(_of_windows("largest"), "max_ab {0}[n, {1}, c]", r"\max_{a,b} #1[n, #2, c]", tight=True),
    "to_largest": Word(
        _of_windows("to_largest"),
        "Σ_ij {0}[n, i, j, c] at the largest {1}[n, {2}, c]",
        r"\sum_{i,j} #1[n, i, j, c] \text{ at the largest } #2[n, #3, c]",
        tight=True,
    ),
    "mean_seen": Word(
        _of_windows("average"), "mean_ab {0}[n, {1}, c]", r"\operatorname{mean}_{a,b} #1[n, #2, c]", tight=True
    ),
    "to_seen": Word(
        _of_windows("to_all"),
        "Σ_ij {0}[n, i, j, c] / count at [n, {2}, c]",
        r"\sum_{i,j} #1[n, i, j, c] / \text{count} \text{ at } [n, #3, c]",
        tight=True,
    ),
    "dot": Word(np.dot, "{0} · {1}", r"#1 \cdot #2", tight=True),
    "outer": Word(np.outer, "{0} {1}ᵀ", r"#1 {#2}^{\top}", tight=True),
    "sigmoid": Word(lambda x: 1 / (1 + np.exp(-x)), "sigmoid({0})", r"\operatorname{sigmoid}(#1)"),
    "softmax": Word(
        lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True), "softmax({0})", r"\operatorname{softmax}(#1)"
    ),
    "normal_pdf": Word(lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), "φ({0})", r"\varphi(#1)"),
    "normal_cdf": Word(lambda x: erfc(-x / math.sqrt(2)) / 2, "Φ({0})", r"\Phi(#1)"),
}


class Language(NamedTuple):
    """What the words and the signs of a formula do, and what its numbers are: numbers here, letters elsewhere."""

    functions: Mapping[str, Callable[..., Value]]
    binary: Mapping[type[ast.operator], Callable[[Value, Value], Value]]
    compare: Mapping[type[ast.cmpop], Callable[[Value, Value], Value]]
    constants: Mapping[str, Value]
    number: Callable[[Any], Value]


def _itself(value: Any) -> Value:
    return value


NUMBERS = Language(
    {name: word.call for name, word in FUNCTIONS.items()},
    {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
        ast.Pow: lambda a, b: a**b,
        ast.MatMult: lambda a, b: a @ b,
    },
    {
        ast.Lt: lambda a, b: np.less(a, b) * 1.0,
        ast.LtE: lambda a, b: np.less_equal(a, b) * 1.0,
        ast.Gt: lambda a, b: np.greater(a, b) * 1.0,
        ast.GtE: lambda a, b: np.greater_equal(a, b) * 1.0,
        ast.Eq: lambda a, b: np.equal(a, b) * 1.0,
        ast.NotEq: lambda a, b: np.not_equal(a, b) * 1.0,
    },
    {"pi": math.pi},
    _itself,
)


@cache
def parse(text: str) -> ast.expr:
    """The tree of one of gradcalc's own formulas."""
    return ast.parse(text, mode="eval").body


@cache
def names_in(text: str) -> frozenset[str]:
    """The names that one of gradcalc's own formulas uses."""
    return frozenset(node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name))


def run(text: str, names: Mapping[str, Value]) -> Value:
    """The value of a formula where its names have the given values.

    >>> run("x * (1 - x)", {"x": 0.25})
    0.1875
    """
    return _program(text)(names)


def substitute(tree: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    """The tree with each name that has an entry replaced by the entry; the tree itself is left as it is."""
    match tree:
        case ast.Name(id=name):
            return names.get(name, tree)
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, substitute(operand, names))
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(substitute(left, names), operator, substitute(right, names))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(substitute(left, names), operators, [substitute(right, names)])
        case ast.IfExp(test=test, body=body, orelse=other):
            return ast.IfExp(*(substitute(part, names) for part in (test, body, other)))
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(substitute(value, names), attr)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [substitute(argument, names) for argument in arguments], keywords)
    return tree


@cache
def _program(text: str) -> Program:
    return compiled(parse(text))


def compiled(node: ast.expr, language: Language = NUMBERS) -> Program:
    """The tree as nested closures, so that nothing but the words of the language can ever run."""
    if isinstance(node, ast.Name):
        name = node.id
        return lambda names: names[name] if name in names else language.constants[name]
    act, parts = step(node, language)
    inputs = [compiled(part, language) for part in parts]
    return lambda names: act(*(read(names) for read in inputs))


def step(node: ast.expr, language: Language = NUMBERS) -> tuple[Callable[..., Value], list[ast.expr]]:
    """What the root of a tree computes, and the parts whose values it takes; a name is no step."""
    match node:
        case ast.Constant(value=value):
            number = language.number(value)
            return lambda: number, []
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return lambda x: -x, [operand]
        case ast.BinOp(left=left, op=operator, right=right):
            return language.binary[type(operator)], [left, right]
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return language.compare[type(operator)], [left, right]
        case ast.Attribute(value=value, attr="T"):
            return lambda x: np.asarray(x).T, [value]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            options = {str(word.arg): word.value.value for word in keywords if isinstance(word.value, ast.Constant)}
            function = language.functions[name]
            return (partial(function, **options) if options else function), arguments
    raise TypeError(f"not a word of the language of rules: {ast.dump(node)}")
