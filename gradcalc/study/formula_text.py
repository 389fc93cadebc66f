"""A formula of an answer as a tree in the names of a world: derivatives as one word, letters of an index as numbers."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula as Parsed
from gradcalc.engine.expression.tree import parse
from gradcalc.problem.answers import Key
from gradcalc.problem.calls import written_out
from gradcalc.problem.faults import Faults
from gradcalc.problem.model import Function
from gradcalc.problem.reference import quantity_called
from gradcalc.study.sheet import Formula
from gradcalc.study.truth import Truth

Index = tuple[int, ...]
# dL/dz1 and da1[2]/dz1[2] in a formula are names of derivatives, and no quotients
_DERIVATIVE = re.compile(r"(?<!\w)[d∂](\w+)(\[[^\]]*\])?\s*/\s*[d∂](\w+)(\[[^\]]*\])?")
_KRONECKER = ("δ", "delta")


def read(formula: Formula, truth: Truth) -> Parsed:
    """The tree of a formula; ExpressionError for what is none."""
    parsed = parse(in_words(formula.text, truth), formula.node.place, FUNCTIONS)
    if truth.composed is None:
        return parsed
    # calls of the problem's functions, s(x), are written out
    own = Function("·", (), (parsed,), None)
    return written_out({**truth.problem.functions, own.name: own}, Faults())[own.name].formulas[0]


def in_words(text: str, truth: Truth) -> str:
    """The text with every name that is no single word made one: `dL/dz1` is `dz1`, `DF(G)` is `DF_G`."""
    built = truth.built
    if truth.composed is None:
        return _DERIVATIVE.sub(lambda match: _derivative(match, truth), text)
    known = {**{name: name for name in built.quantities}, **built.also}
    for called in sorted((name for name in known if not name.isidentifier()), key=len, reverse=True):
        if called in text:
            text = re.sub(rf"(?<!\w){re.escape(called)}(?!\w)", as_word(known[called]), text)
    return text


def as_word(name: str) -> str:
    """A name that can stand in a formula.

    >>> [as_word(name) for name in ("x1", "D(F∘G)", "∇f", "s′", "dF/dx")]
    ['x1', 'D_F_G', 'grad_f', 's_prime', 'dF_dx']
    """
    if name.isidentifier():
        return name
    return re.sub(r"\W+", "_", name.replace("∇", "grad_").replace("′", "_prime").replace("∘", "_")).strip("_")


def locals_in(formula: Formula, truth: Truth) -> bool:
    """Whether a formula uses local derivatives."""
    return truth.composed is None and any(
        _key(match, truth) is not None for match in _DERIVATIVE.finditer(formula.text)
    )


def names_in(tree: ast.expr) -> set[str]:
    """The names that a formula uses, but not those of functions."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def indices(letters: Sequence[str | int], shape: Sequence[int]) -> Iterator[tuple[Mapping[str, int], Index]]:
    """What numbers the letters of an index stand for, and the entry that this is; axes of length 1 may be left out."""
    axes = (
        [axis for axis, side in enumerate(shape) if side != 1] if len(letters) != len(shape) else [*range(len(shape))]
    )
    sides = {letter: shape[axis] for letter, axis in zip(letters, axes, strict=True) if isinstance(letter, str)}
    for numbers in itertools.product(*map(range, sides.values())):
        meant = dict(zip(sides, numbers, strict=True))
        entry = [0] * len(shape)
        for letter, axis in zip(letters, axes, strict=True):
            entry[axis] = meant[letter] if isinstance(letter, str) else letter
        yield meant, tuple(entry)


def at(parsed: Parsed, meant: Mapping[str, int], base: int) -> Parsed:
    """The formula with numbers for the letters of indices; δ[i,j] is 1 or 0."""

    class Put(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            inside = {id(part) for part in ast.walk(node.slice)}
            for part in ast.walk(node):
                if id(part) in inside and isinstance(part, ast.Name) and part.id in meant:
                    part.id = str(meant[part.id] + base)
            if isinstance(node.value, ast.Name) and node.value.id in _KRONECKER and isinstance(node.slice, ast.Tuple):
                one, other = map(ast.unparse, node.slice.elts)
                return ast.Constant(int(one == other))
            return node

    tree = Put().visit(copy.deepcopy(parsed.tree))
    return parse(ast.unparse(ast.fix_missing_locations(tree)), None, FUNCTIONS)


def _key(match: re.Match[str], truth: Truth) -> Key | None:
    """The local derivative that is meant; None for a gradient, and for a quotient."""
    result = truth.built.result or truth.built.output
    of, name = (quantity_called(match[group], truth.built) for group in (1, 3))
    key = Key(f"d{of}/d{name}")
    return key if of != result and key in truth.locals else None


def _derivative(match: re.Match[str], truth: Truth) -> str:
    """A gradient or a local derivative, or an entry of one, as a word."""
    if match[1] == (truth.built.result or truth.built.output):
        return f"d{match[3]}{match[4] or ''}"
    key = _key(match, truth)
    if key is None:
        return match[0]
    shape, quantities = truth.locals[key].shape, truth.built.quantities
    of, _, name = key.quantity.removeprefix("d").partition("/d")
    outer, inner = (re.findall(r"[^\[\],\s]+", match[group] or "") for group in (2, 4))
    if not outer and inner and len(shape) > len(quantities[name].shape):
        outer = [str(truth.problem.index_base)] * len(quantities[of].shape)
    index = [*outer, *inner]
    if shape == quantities[name].shape and len(index) > len(shape):
        index = inner or outer
    return f"{as_word(key.quantity)}[{', '.join(index)}]" if index else as_word(key.quantity)
