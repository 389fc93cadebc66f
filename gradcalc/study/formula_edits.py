"""A formula with one thing in it exchanged: an index, a name, a number."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from gradcalc.engine.expression.functions import FUNCTIONS
from gradcalc.engine.expression.tree import Formula as Parsed
from gradcalc.engine.expression.tree import parse
from gradcalc.engine.expression.writer import Operand

# an edited formula, and what was exchanged in it
Edit = tuple[str, Parsed]
_MOST_ROWS = 5


def edits(
    parsed: Parsed,
    operands: Mapping[str, Operand],
    letters: Sequence[str | int],
    alike: Callable[[Operand, Operand], bool],
    base: int,
) -> Iterator[Edit]:
    """Every formula that differs in one index, one name or one number; `alike` says that two names are of one thing."""
    inside = {
        id(part) for node in ast.walk(parsed.tree) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)
    }
    for place, node in enumerate(ast.walk(parsed.tree)):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Subscript):
            yield from (_indexed(parsed, place, node, index) for index in _lettered(node, letters))
        match node:
            case ast.Subscript(value=ast.Name(id=name)):
                shape = operands[name].shape if name in operands else ()
                yield from (_indexed(parsed, place, node, index) for index in _numbered(shape, base))
            case ast.Subscript(slice=ast.Constant()):
                for row in range(base, base + _MOST_ROWS):
                    other = ast.Subscript(node.value, ast.Constant(row))
                    yield f"index {ast.unparse(node.slice)} where {row} belongs", _exchanged(parsed, place, other)
            case ast.Name(id=name) if name in operands:
                own = operands[name]
                for called, operand in operands.items():
                    if operand.name != own.name and operand.shape == own.shape and not alike(operand, own):
                        yield f"{name} where {called} belongs", _exchanged(parsed, place, ast.Name(called))
                yield f"{name} where 1 belongs", _exchanged(parsed, place, ast.Constant(1))
            case ast.Constant():
                yield f"{ast.unparse(node)} where 1 belongs", _exchanged(parsed, place, ast.Constant(1))


def _numbered(shape: Sequence[int], base: int) -> Iterator[list[str]]:
    """Every index of a single entry."""
    if shape:
        yield from ([*map(str, index)] for index in itertools.product(*(range(base, side + base) for side in shape)))


def _lettered(node: ast.Subscript, letters: Sequence[str | int]) -> Iterator[list[str]]:
    """The index with one letter exchanged for another."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    written = [ast.unparse(part) for part in parts]
    for position, own in enumerate(written):
        for letter in letters if own in letters else ():
            if letter != own and isinstance(letter, str):
                yield [*written[:position], letter, *written[position + 1 :]]


def _indexed(parsed: Parsed, place: int, node: ast.Subscript, index: Sequence[str]) -> Edit:
    written = f"{ast.unparse(node.value)}[{','.join(index)}]"
    told = f"{ast.unparse(node).replace(' ', '')} where {written} belongs"
    return told, _exchanged(parsed, place, ast.parse(written, mode="eval").body)


def _exchanged(parsed: Parsed, place: int, other: ast.expr) -> Parsed:
    """The formula with another node at a place of the walk, read anew from its text."""
    tree = copy.deepcopy(parsed.tree)
    wanted = next(itertools.islice(ast.walk(tree), place, None))

    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return other if node is wanted else self.generic_visit(node)

    return parse(ast.unparse(ast.fix_missing_locations(Exchange().visit(tree))), None, FUNCTIONS)
