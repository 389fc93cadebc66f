"""From SymPy back to our own trees, as a textbook writes: expanded, by falling degree, one line in a fraction."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import reduce
from math import comb
from typing import Any, NamedTuple

import sympy as sp

from gradcalc.study.calculus.words import NATIVE, Entry, Expr, Word

# beyond these an expression is left as differentiation gave it
MOST_TERMS, MOST_OPERATIONS = 300, 60

_NAMES: Mapping[type, str] = {function: name for name, function in NATIVE.items()}
_SIGNS: Mapping[str, type[ast.cmpop]] = {
    "less": ast.Lt,
    "less_equal": ast.LtE,
    "greater": ast.Gt,
    "greater_equal": ast.GtE,
    "equal": ast.Eq,
}


class Page(NamedTuple):
    """What a tree is written for: the letters in their order, whether numbers are decimals, which parts have names."""

    letters: Sequence[Expr]
    decimals: bool = False
    known: Mapping[Expr, ast.expr] = {}


def tidy(expression: Expr, letters: Sequence[Expr]) -> Expr:
    """The expression expanded if it is a polynomial, else in the shortest of a few forms."""
    if terms(expression) > MOST_TERMS:
        return expression
    expanded = sp.expand(expression)
    if expanded.is_polynomial(*letters) or expression.count_ops() > MOST_OPERATIONS:
        return expanded if expanded.is_polynomial(*letters) else expression
    forms = [expression, expanded, *(form(expression) for form in (sp.together, sp.cancel, sp.factor))]
    return min(forms, key=lambda form: form.count_ops())


def terms(expression: Expr) -> int:
    """At most so many terms has the expression when it is multiplied out."""
    if expression.is_Add:
        return sum(map(terms, expression.args))
    if expression.is_Mul:
        return reduce(lambda count, factor: count * terms(factor), expression.args, 1)
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 1 and expression.base.is_Add:
        inside, power = terms(expression.base), int(expression.exp)
        return comb(inside + power - 1, power)
    return 1


def tree(expression: Expr, page: Page) -> ast.expr:
    """The expression as a tree of our language."""
    named = page.known.get(expression)
    if named is not None:
        return named
    if expression.is_Number:
        return _number(expression, page)
    if expression.is_Symbol:
        return ast.Name(expression.name)
    if expression.is_Add:
        return _sum(expression, page)
    if expression.is_Mul:
        return _product(expression, page)
    if expression.is_Pow:
        return _power(expression, page)
    if expression is sp.E or expression is sp.pi:
        return ast.Name("e" if expression is sp.E else "pi")
    return _call(expression, page)


def _number(value: Expr, page: Page) -> ast.expr:
    if value < 0:
        return ast.UnaryOp(ast.USub(), _number(-value, page))
    if value.is_Integer:
        return ast.Constant(int(value))
    if value.is_Rational and not (page.decimals and _is_decimal(value)):
        return ast.BinOp(ast.Constant(int(value.p)), ast.Div(), ast.Constant(int(value.q)))
    decimal = float(value)
    return ast.Constant(int(decimal) if decimal.is_integer() and decimal < 1e15 else decimal)


def _is_decimal(value: Expr) -> bool:
    rest = int(value.q)
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _sum(expression: Expr, page: Page) -> ast.expr:
    """Terms by falling degree; a minus does not come first where a plus can."""
    ordered = sorted(expression.args, key=lambda term: _rank(term, page))
    first = next((term for term in ordered if not _is_negative(term)), ordered[0])
    ordered.remove(first)
    whole = tree(first, page)
    for term in ordered:
        operator = ast.Sub() if _is_negative(term) else ast.Add()
        whole = ast.BinOp(whole, operator, tree(-term if _is_negative(term) else term, page))
    return whole


def _is_negative(term: Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


def _rank(part: Expr, page: Page) -> tuple[object, ...]:
    """The place of a term in a sum: by degree, then by the letters in their order, numbers before functions."""
    powers = part.as_powers_dict()
    degrees = [powers.get(letter, sp.Integer(0)) for letter in page.letters]
    plain = [int(degree) if degree.is_Integer else 0 for degree in degrees]
    return (-sum(plain), [-degree for degree in plain], not part.is_Number, str(part))


def _product(expression: Expr, page: Page) -> ast.expr:
    """Number, letters in their order, then the rest, over one line of a fraction."""
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient.is_negative:
        return ast.UnaryOp(ast.USub(), tree(-coefficient * rest, page))
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    for factor in sorted(sp.Mul.make_args(rest), key=lambda factor: _order(factor, page)):
        turned = factor.is_Pow and factor.exp.is_Number and factor.exp.is_negative
        (below if turned else above).append(tree(1 / factor if turned else factor, page))
    number = _number(coefficient, page)
    if isinstance(number, ast.BinOp):
        above.insert(0, number.left)
        below.insert(0, number.right)
    else:
        above.insert(0, number)
    upper, lower = _chain(above), _chain(below)
    return upper if _is_one(lower) else ast.BinOp(upper, ast.Div(), lower)


def _order(factor: Expr, page: Page) -> tuple[object, ...]:
    base = factor.base if factor.is_Pow else factor
    letters = list(page.letters)
    place = letters.index(base) if base in letters else len(letters)
    return (not base.is_Number and base not in (sp.pi, sp.E), place, bool(base.is_Add), str(factor))


def _chain(factors: list[ast.expr]) -> ast.expr:
    kept = [factor for factor in factors if not _is_one(factor)]
    return reduce(lambda whole, factor: ast.BinOp(whole, ast.Mult(), factor), kept) if kept else ast.Constant(1)


def _is_one(factor: ast.expr) -> bool:
    return isinstance(factor, ast.Constant) and factor.value == 1


def _power(expression: Expr, page: Page) -> ast.expr:
    base, exponent = expression.base, expression.exp
    if exponent.is_Number and exponent.is_negative:
        return ast.BinOp(ast.Constant(1), ast.Div(), tree(base**-exponent, page))
    if exponent == sp.Rational(1, 2):
        return ast.Call(ast.Name("sqrt"), [tree(base, page)], [])
    return ast.BinOp(tree(base, page), ast.Pow(), tree(exponent, page))


def _call(expression: Expr, page: Page) -> ast.expr:
    if isinstance(expression, Entry):
        return _entry(expression, page)
    if not isinstance(expression, Word):
        return ast.Call(ast.Name(_NAMES[expression.func]), [tree(part, page) for part in expression.args], [])
    parts = [tree(part, page) for part in expression.args]
    if expression.word in _SIGNS:
        return ast.Compare(parts[0], [_SIGNS[expression.word]()], [parts[1]])
    options = expression.op.options if expression.op else {}
    words = [
        ast.keyword(name, ast.Constant(value))
        for name, value in expression.attrs.items()
        if name in options and value != options[name].default
    ]
    return ast.Call(ast.Name(expression.word), parts, words)


def _entry(expression: Expr, page: Page) -> ast.expr:
    """`softmax(z)[2]`, where the row is a quantity; else of the row written out."""
    position, *row = expression.args
    whole = _whole(row, page)
    of = whole or ast.Call(ast.Name("stack"), [tree(part, page) for part in row], [])
    call = ast.Call(ast.Name(expression.word), [of], [])
    return ast.Call(ast.Name("entry"), [call, key((int(position),))], [])


def key(index: tuple[int, ...]) -> ast.expr:
    """The position of an entry as a tree has it."""
    return ast.Constant(index)  # type: ignore[arg-type]  # a tree of our own may hold any constant


def _whole(row: Sequence[Expr], page: Page) -> ast.expr | None:
    """The vector, or the row of a matrix, whose entries these are, all of them and in their order; None if none is."""
    first = str(row[0])
    before = first.rpartition(",")[0] or first.partition("[")[0]
    sign = "," if "," in first else "["
    if list(row) != [letter for letter in page.letters if str(letter).startswith(f"{before}{sign}")]:
        return None
    return ast.Name(before if sign == "[" else f"{before}]")


def source(expression: ast.expr, base: int = 1) -> str:
    """The tree in the language in which formulas are written: `4*x*y - 8*y**2`."""
    text = ast.unparse(ast.fix_missing_locations(_Sources(base).visit(expression)))
    return re.sub(r" (\*\*?|/) ", r"\1", text)


class _Sources(ast.NodeTransformer):
    """What only our pages have, in the words of those who write formulas."""

    def __init__(self, base: int) -> None:
        self.base = base

    def visit_Call(self, node: ast.Call) -> ast.expr:
        inside = [self.visit(argument) for argument in node.args]
        match node:
            case ast.Call(func=ast.Name(id="entry"), args=[_, ast.Constant() as place]):
                position: Any = place.value
                return ast.Subscript(inside[0], ast.Constant(position[0] + self.base))
            case ast.Call(func=ast.Name(id="stack")):
                return ast.Call(ast.Name("concat"), inside, [])
        return ast.Call(node.func, inside, node.keywords)
