"""How large trees are that share their parts, so that none is walked that nobody would read."""

from __future__ import annotations

import ast

LARGEST = 2500

TOO_LONG = ast.Name("…")


class Measure:
    """Counts the nodes of trees that are made of one another, each tree once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ast.expr, int]] = {}

    def held(self, tree: ast.expr) -> ast.expr:
        """The tree, or `…` in its place where it has more nodes than a page has room for."""
        size, waiting = 1, list(ast.iter_child_nodes(tree))
        while waiting:
            node = waiting.pop()
            if id(node) in self._known:
                size += self._known[id(node)][1]
            elif isinstance(node, ast.expr | ast.keyword):
                size += 1
                waiting.extend(ast.iter_child_nodes(node))
        if size > LARGEST:
            return TOO_LONG
        self._known[id(tree)] = (tree, size)
        return tree
