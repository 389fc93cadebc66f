"""Light simplification of a rule's tree: ones and zeros go, constants of a product are gathered in front."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import gcd

# an array of ones: a factor that says nothing, but something to be multiplied by a matrix
ONES = "1"


def simplify(tree: ast.expr) -> ast.expr:
    """The same expression, written as a person would leave it.

    >>> ast.unparse(simplify(book.parse("1 / 3 * (2 * (p - y))")))
    '2 / 3 * (p - y)'
    """
    match tree:
        case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
            return _product(tree)
        case ast.BinOp(left=left, op=operator, right=right):
            return _sum(simplify(left), operator, simplify(right))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(simplify(left), operators, [simplify(right)])
        case ast.Attribute(value=value):
            return _turned(simplify(value))
        case ast.Call(func=ast.Name(id="spread" | "only" | "only_unit" | "stretch" | "expand"), args=[inner, *_]):
            return simplify(inner)
        case ast.Call(func=ast.Name(id="fill"), args=[inner, _]):
            filled = simplify(inner)
            return ast.Name(ONES) if _is(filled, 1) else filled
        case ast.Call(func=function, args=arguments, keywords=keywords):
            inputs = [simplify(argument) for argument in arguments]
            alike = (
                isinstance(function, ast.Name) and function.id == "part" and (_number(inputs[0]) or _is_ones(inputs[0]))
            )
            return inputs[0] if alike else ast.Call(function, inputs, keywords)
    return tree


# what only gives an array another shape, and is not seen on a page
SHAPING = frozenset(["spread", "only", "only_unit", "stretch", "expand", "fill"])
_HELD = "held "


def simplify_shaped(tree: ast.expr) -> ast.expr:
    """The same, with every word left in that an array needs to meet another: an expression that can be run.

    >>> ast.unparse(simplify_shaped(book.parse("1 * spread(units(p) / 2) * t")))
    'spread(units(p)) * t / 2'
    """
    return _renamed(simplify(_held(tree)), _HELD, "")


def _held(tree: ast.expr) -> ast.expr:
    """The tree with its shaping words under names that `simplify` does not know, around as little as can be."""
    match tree:
        case ast.Call(func=ast.Name(id=name), args=[inner, *others], keywords=keywords) if name in SHAPING:
            return _around(simplify(_held(inner)), name, others, keywords)
    return mapped(tree, _held)


def _around(inner: ast.expr, name: str, others: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
    match inner:
        case ast.Constant() if name != "fill":
            return inner
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _around(operand, name, others, keywords))
        case ast.BinOp(left=left, op=ast.Div() as operator, right=right) if _number(right):
            return ast.BinOp(_around(left, name, others, keywords), operator, right)
        case ast.BinOp(left=left, op=ast.Mult() as operator, right=right) if _number(left) and not _number(right):
            return ast.BinOp(left, operator, _around(right, name, others, keywords))
    return ast.Call(ast.Name(_HELD + name), [inner, *others], keywords)


def _renamed(tree: ast.expr, old: str, new: str) -> ast.expr:
    match tree:
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name.startswith(old):
            function = ast.Name(new + name.removeprefix(old))
            return ast.Call(function, [_renamed(argument, old, new) for argument in arguments], keywords)
    return mapped(tree, lambda part: _renamed(part, old, new))


def mapped(tree: ast.expr, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """The tree with its parts changed."""
    match tree:
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, change(operand))
        case ast.BinOp(left=left, op=operator, right=right):
            return ast.BinOp(change(left), operator, change(right))
        case ast.Compare(left=left, ops=operators, comparators=[right]):
            return ast.Compare(change(left), operators, [change(right)])
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(change(value), attr)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return ast.Call(function, [change(argument) for argument in arguments], keywords)
    return tree


def _turned(tree: ast.expr) -> ast.expr:
    """The transpose, taken of the parts of a product or a quotient: (A B / c)ᵀ is Bᵀ Aᵀ / c."""
    match tree:
        case ast.Attribute(value=value):
            return value
        case ast.Constant() | ast.Call(args=[ast.Constant()]):
            return tree
        case ast.UnaryOp(op=operator, operand=operand):
            return ast.UnaryOp(operator, _turned(operand))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return ast.BinOp(_turned(right), ast.MatMult(), _turned(left))
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as operator, right=right):
            return ast.BinOp(_turned(left), operator, _turned(right))
    return ast.Attribute(tree, "T")


def replace(tree: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """The tree with every part that is written like a key of `known` replaced by what it is known to be.

    A key is a call, or the transpose of a name or a number: nothing else is compared.
    """
    found = known.get(ast.unparse(tree)) if _may_be_known(tree, known) else None
    return mapped(tree, lambda part: replace(part, known)) if found is None else found


def _may_be_known(tree: ast.expr, known: Mapping[str, ast.expr]) -> bool:
    """Whether it is worth writing the tree out, which takes long for a large one."""
    match tree:
        case ast.Call(func=ast.Name(id=name)):
            return any(key.startswith(f"{name}(") for key in known)
        case ast.Attribute(value=ast.Name() | ast.Constant()):
            return True
    return False


def _sum(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    if isinstance(operator, ast.Add | ast.Sub) and _is(right, 0):
        return left
    if isinstance(operator, ast.Add) and _is(left, 0):
        return right
    if isinstance(operator, ast.Pow | ast.MatMult) and _is(right, 1):
        return left
    if isinstance(operator, ast.MatMult) and _is(left, 1):
        return right
    if isinstance(operator, ast.Sub) and isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return ast.Constant(left.value - right.value)  # type: ignore[operator]  # a tree has only numbers
    return ast.BinOp(left, operator, right)


def _product(tree: ast.expr) -> ast.expr:
    above: list[ast.expr] = []
    below: list[ast.expr] = []
    negative = _factors(tree, above, below)
    top, bottom = _constant(above), _constant(below)
    negative ^= (top < 0) ^ (bottom < 0)
    top, bottom = abs(top), abs(bottom)
    if isinstance(top, int) and isinstance(bottom, int) and bottom:
        shared = gcd(top, bottom)
        top, bottom = top // shared, bottom // shared
    if top == 0:
        return ast.Constant(0)
    names_above = [factor for factor in above if not _number(factor) and not _is_ones(factor)]
    names_below = _cancelled(names_above, [factor for factor in below if not _number(factor)])
    if not names_above and not names_below and any(map(_is_ones, above)) and top == bottom:
        names_above.append(ast.Name(ONES))
    if names_below:
        upper = _chain(([ast.Constant(top)] if top != 1 else []) + names_above)
        lower = _chain(([ast.Constant(bottom)] if bottom != 1 else []) + names_below)
        whole: ast.expr = ast.BinOp(upper, ast.Div(), lower)
    else:
        number = ast.Constant(top) if bottom == 1 else ast.BinOp(ast.Constant(top), ast.Div(), ast.Constant(bottom))
        if top == 1 and bottom != 1 and names_above:
            whole = ast.BinOp(_chain(names_above), ast.Div(), ast.Constant(bottom))
        else:
            whole = _chain(([number] if (top, bottom) != (1, 1) else []) + names_above)
    return ast.UnaryOp(ast.USub(), whole) if negative else whole


def _cancelled(above: list[ast.expr], below: list[ast.expr]) -> list[ast.expr]:
    """What stays below the line; what stands above as well goes from both."""
    written = [ast.dump(factor) for factor in above] if below else []
    rest = []
    for factor in below:
        same = ast.dump(factor)
        if same in written:
            del above[written.index(same)], written[written.index(same)]
        else:
            rest.append(factor)
    return rest


def _is_ones(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Name) and tree.id == ONES


def _factors(tree: ast.expr, above: list[ast.expr], below: list[ast.expr]) -> bool:
    """Sort the factors of a product into those above and below the line; True if its sign is minus."""
    match tree:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return not _factors(operand, above, below)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _factors(left, above, below) ^ _factors(right, above, below)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _factors(left, above, below) ^ _factors(right, below, above)
    inner = simplify(tree)
    if isinstance(inner, ast.UnaryOp) or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult | ast.Div)):
        return _factors(inner, above, below)
    above.append(inner)
    return False


def _constant(factors: list[ast.expr]) -> int | float:
    value: int | float = 1
    for factor in factors:
        if isinstance(factor, ast.Constant) and isinstance(factor.value, int | float):
            value *= factor.value
    return int(value) if float(value).is_integer() else value


def _chain(factors: list[ast.expr]) -> ast.expr:
    whole = factors[0] if factors else ast.Constant(1)
    for factor in factors[1:]:
        whole = ast.BinOp(whole, ast.Mult(), factor)
    return whole


def _number(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and isinstance(tree.value, int | float)


def _is(tree: ast.expr, value: float) -> bool:
    return _number(tree) and isinstance(tree, ast.Constant) and tree.value == value
