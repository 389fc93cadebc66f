"""How large trees are that share their parts, so that none is walked that nobody would read."""

from __future__ import annotations

import ast

FORMULA = 2500
RULE = 500
DEEPEST = 150

TOO_LONG = ast.Name("…")


class Measure:
    """Counts the nodes and the depth of trees that are made of one another, each tree once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ast.AST, int, int]] = {}

    def held(self, tree: ast.expr, most: int) -> ast.expr:
        """The tree, or `…` in its place where it has more than `most` nodes or is nested too deeply."""
        size, depth = self._measured(tree)
        if size > most or depth > DEEPEST:
            return TOO_LONG
        self._known[id(tree)] = (tree, size, depth)
        return tree

    def is_large(self, tree: ast.expr) -> bool:
        """Whether the tree is too large to be rewritten."""
        return self._measured(tree)[0] > RULE

    def _measured(self, tree: ast.expr) -> tuple[int, int]:
        size, depth = 0, 0
        waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
        while waiting:
            node, level = waiting.pop()
            _, inner, below = self._known.get(id(node), (node, 1, 1))
            size, depth = size + inner, max(depth, level + below - 1)
            if id(node) not in self._known:
                parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr | ast.keyword)]
                waiting += [(part, level + 1) for part in parts]
        return size, depth
