"""A call in a formula, and the row type of the table of functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from gradcalc.engine.expression import settings
from gradcalc.engine.expression.writer import Operand, Shape, Writer
from gradcalc.engine.op import Attrs, Op
from gradcalc.errors import ExpressionError


class Call(NamedTuple):
    """A function called with operands; `settings` are its keywords, as they were written."""

    node: ast.Call
    name: str
    args: Sequence[Operand]
    settings: Mapping[str, ast.expr]
    writer: Writer

    def step(
        self, op: Op, inputs: Sequence[Operand], shape: Shape, attrs: Attrs | None = None, mark: str = ""
    ) -> Operand:
        """The equation whose value the call is, or with a mark a step inside of it."""
        return self.writer.step(self.node, op, inputs, shape, attrs, mark)

    def options(self, op: Op) -> dict[str, Any]:
        """Every option of the op: as the call sets it, else its default."""
        formula = self.writer.formula
        return {
            name: settings.option(self.settings[name], formula, name, row) if name in self.settings else row.default
            for name, row in op.options.items()
        }

    def axis(self, x: Operand, default: int | None = None) -> int | None:
        """The axis that the call names, counted from 0."""
        node = self.settings.get("axis")
        return default if node is None else settings.axis(node, x, self.writer)

    def truth(self, name: str) -> bool:
        """Whether the keyword `name` is given as true; it is false where it is left out."""
        node = self.settings.get(name)
        return node is not None and settings.truth(node, self.writer.formula, name)

    def pair(self, name: str) -> tuple[int, int] | None:
        """The two whole numbers from 1 that the keyword `name` is given, of which one stands for both."""
        node = self.settings.get(name)
        return None if node is None else settings.pair(node, self.writer.formula, name)

    def word(self, name: str, known: Collection[str]) -> str | None:
        """The word that the keyword `name` is given, None where it is left out."""
        node = self.settings.get(name)
        return None if node is None else settings.word(node, self.writer.formula, name, known)

    def misfit(self, what: str, hint: str | None = None) -> ExpressionError:
        """The error of operands that do not go together."""
        return self.writer.misfit(self.node, self.args, what, hint)


class Function(NamedTuple):
    """How a call becomes equations, how many operands it takes (`most` None: any number), and its keywords."""

    write: Callable[[Call], Operand]
    least: int = 1
    most: int | None = 1
    settings: tuple[str, ...] = ()

    def check(self, call: Call) -> None:
        """Raise ExpressionError for a call with too few operands, too many, or a keyword that it does not have."""
        formula, count = call.writer.formula, len(call.args)
        if count < self.least or (self.most is not None and count > self.most):
            raise formula.error(f"{call.name} takes {self._counts()}, not {count}", call.node)
        for name, node in call.settings.items():
            if name not in self.settings:
                hint = f"it knows {', '.join(self.settings)}" if self.settings else "it has none"
                raise formula.error(f"{call.name} has no keyword '{name}'", node, hint)

    def _counts(self) -> str:
        if self.most is None:
            return f"{self.least} or more arguments"
        counts = f"{self.least}" if self.least == self.most else f"{self.least} or {self.most}"
        return f"{counts} argument{'' if counts == '1' else 's'}"
