"""How one quantity of a network changes with another: its Jacobian, by one reverse pass, beside differences."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from math import prod

import numpy as np

from gradcalc.engine import lines
from gradcalc.engine.graph import Graph, backward, forward
from gradcalc.engine.jacobian import jacobian
from gradcalc.engine.op import Array
from gradcalc.engine.rows import jacobian_rows
from gradcalc.errors import LimitError, NumericError, UsageError
from gradcalc.problem.quantity import Size
from gradcalc.problem.reference import Reference, reference
from gradcalc.solution import Solution
from gradcalc.study.functions import MOST_COLUMNS, STEP

MOST_ENTRIES, MOST_ON_THE_WAY = 4_000_000, 20_000_000
MOST_CHECKED = 100_000
_OF_A_SAMPLE = ("input", "pre", "post")


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """∂of/∂wrt at a solution. `array` has the entries of `of` in front and those of `wrt` behind.

    `batch` says that samples come first: there is one Jacobian for each.
    """

    solution: Solution
    of: Reference
    wrt: Reference
    array: Array
    batch: bool

    @property
    def matrix(self) -> Array:
        """A row for each entry of `of` and a column for each of `wrt`, row by row; of a batch one for each sample."""
        size = self.solution.built.quantities[self.wrt.name].shape
        columns = prod(int(side) for side in self._own(size)[len(self._place(self.wrt)) :])
        before = self.array.shape[:1] if self.batch else ()
        return self.array.reshape((*before, -1, columns))

    def _own(self, size: tuple[Size, ...]) -> tuple[Size, ...]:
        """A shape without the samples, where `wrt` has them and they stand in front."""
        return size[1:] if self.is_own and not self.solution.built.single else size

    def _place(self, named: Reference) -> tuple[int, ...]:
        return named.index[1:] if self.is_own and not self.solution.built.single else named.index

    @property
    def is_own(self) -> bool:
        """Whether every sample has an `of` and a `wrt` of its own."""
        kinds = {self.solution.built.quantities[named.name].role for named in (self.of, self.wrt)}
        return bool(self.solution.built.layers) and kinds <= {*_OF_A_SAMPLE}

    @cached_property
    def formula(self) -> ast.expr | None:
        """The Jacobian as a product of matrices along the layers; None where it is no such product."""
        return _formula(self.solution, self.of.name, self.wrt.name)


def sensitivity(solution: Solution, of: str | None, wrt: str | None) -> Sensitivity:
    """The Jacobian of a quantity with respect to another; of the output with respect to the input if none is named.

    Raises UsageError for names that are no values, and where one does not depend on the other; LimitError for a
    Jacobian that is too large.
    """
    built = solution.built
    if not built.graph.equations:
        raise UsageError("nothing is computed in this problem, so that nothing depends on anything")
    target = _named("--of", built.output if of is None else of, solution)
    source = _named("--wrt", _input(solution, target.name) if wrt is None else wrt, solution)
    per_sample = bool(built.layers) and built.quantities[target.name].role in _OF_A_SAMPLE
    if per_sample:
        target, source = _same_sample(solution, target, source)
    found = _rows(solution, target, source) if per_sample else _passes(solution, target.name, source.name)
    if found is None:
        raise UsageError(f"{target.name} does not depend on {source.name}")
    if not np.isfinite(found).all():
        raise NumericError(f"∂{target.name}/∂{source.name} is not a finite number")
    part = _part_of_samples if per_sample else _part
    batch = per_sample and not built.single and not target.index
    return Sensitivity(solution, target, source, part(solution, found, target, source), batch)


def _named(flag: str, text: str, solution: Solution) -> Reference:
    named = reference(text, solution.built, solution.problem.index_base)
    if not named.is_value or named.step is not None:
        hint = "name a quantity or an entry of one, such as a1 or W1[1,2]"
        raise UsageError(f"{flag} {text}: a Jacobian is of a quantity", hint=hint)
    return named


def _input(solution: Solution, of: str) -> str:
    """The only input that `of` depends on, or else the only parameter, where nothing is named."""
    built = solution.built
    used = {of}
    for equation in reversed(built.graph.equations):
        if equation.name in used:
            used.update(equation.inputs)
    leaves = [name for name in built.quantities if name in built.leaves and name in used - {of}]
    inputs = [name for name in leaves if built.quantities[name].role == "input"] or leaves
    if len(inputs) != 1:
        every = f"; {of} depends on {', '.join(leaves)}" if leaves else ""
        raise UsageError(f"{of} with respect to what?", hint=f"--wrt {(leaves or [*built.leaves])[0]}{every}")
    return inputs[0]


def _same_sample(solution: Solution, of: Reference, wrt: Reference) -> tuple[Reference, Reference]:
    """Of a batch an index begins with the sample, which is the same for both where both belong to one."""
    if solution.built.single or wrt.name not in _samples(solution):
        return of, wrt
    if of.index and wrt.index and of.index[0] != wrt.index[0]:
        raise UsageError(f"{of.name} of one sample does not depend on {wrt.name} of another")
    sample = of.index[:1] or wrt.index[:1]
    return replace(of, index=of.index or sample), replace(wrt, index=wrt.index or sample)


def _part(solution: Solution, found: Array, of: Reference, wrt: Reference) -> Array:
    """The entries that were asked for, those of `of` in front."""
    shapes = [tuple(int(side) for side in solution.built.quantities[named.name].shape) for named in (of, wrt)]
    behind = (slice(None),) * (len(shapes[0]) - len(of.index))
    key: tuple[int | slice, ...] = (*of.index, *behind, *wrt.index)
    return np.asarray(found.reshape((*shapes[0], *shapes[1]))[key]) + 0.0


def _part_of_samples(solution: Solution, found: Array, of: Reference, wrt: Reference) -> Array:
    """The same where samples come first, in an index as in the array."""
    row, column = of.index, wrt.index
    sample: tuple[int | slice, ...] = (0,)
    if not solution.built.single:
        sample = (0,) if of.index else (slice(None),)
        row, column = row[1:], column[1:] if wrt.name in _samples(solution) else column
    return np.asarray(found[(*sample, *(row or (slice(None),)), *column)]) + 0.0


def _refuse(of: str, wrt: str, entries: int) -> None:
    """Refuse what would fill the memory."""
    if entries > MOST_ENTRIES:
        raise LimitError(f"∂{of}/∂{wrt} has {entries} entries; the limit is {MOST_ENTRIES}")


def _rows(solution: Solution, of: Reference, wrt: Reference) -> Array | None:
    """By one reverse pass: (N, K, …), or (1, K, …) where one sample of a batch is meant."""
    samples, flow = _samples(solution), solution.flow
    if of.index and not solution.built.single:
        one = slice(of.index[0], of.index[0] + 1)
        flow = {name: array[one] if name in samples else array for name, array in flow.items() if array.ndim == 2}
        flow |= {name: array for name, array in solution.flow.items() if array.ndim != 2}
    rows, source = flow[of.name].size, flow[wrt.name]
    _refuse(of.name, wrt.name, rows * (source[0].size if wrt.name in samples and source.ndim else source.size))
    widest = max(array.shape[1] for name, array in flow.items() if name in samples and array.ndim == 2)
    if rows * widest > MOST_ON_THE_WAY:
        message = f"∂{of.name}/∂{wrt.name} of all samples takes {rows * widest} numbers at once"
        raise LimitError(f"{message}; the limit is {MOST_ON_THE_WAY}", hint=f"--of '{of.name}[1]' is that of a sample")
    return jacobian_rows(_until(solution.built.graph, of.name), flow, of.name, wrt.name, samples)


def _samples(solution: Solution) -> frozenset[str]:
    """The quantities that every sample has of its own: the input, and whatever is computed."""
    built = solution.built
    return frozenset({built.names.input, *(equation.name for equation in built.graph.equations)})


def _until(graph: Graph, name: str) -> Graph:
    last = max((at for at, equation in enumerate(graph.equations) if equation.name == name), default=-1)
    return Graph(graph.equations[: last + 1], graph.constants)


def _passes(solution: Solution, of: str, wrt: str) -> Array | None:
    """A reverse pass for each entry of the result, whatever it is: (*of, *wrt)."""
    y, x = solution.flow[of], solution.flow[wrt]
    _refuse(of, wrt, y.size * x.size)
    found = np.zeros((y.size, *x.shape))
    if of == wrt:
        return np.eye(y.size).reshape((*y.shape, *x.shape))
    depends = False
    for position in range(y.size):
        seed = np.zeros(y.shape)
        seed.reshape(-1)[position] = 1
        grads = backward(solution.built.graph, solution.flow, {of: seed})
        depends |= wrt in grads
        found[position] = grads.get(wrt, found[position])
    return found.reshape((*y.shape, *x.shape)) if depends else None


def differences(found: Sensitivity) -> float | None:
    """The largest distance from central differences; None where there are too many entries for that."""
    solution, of, wrt = found.solution, found.of.name, found.wrt.name
    if found.of.index or found.wrt.index or found.array.size > MOST_CHECKED or of == wrt:
        return None
    graph = solution.built.graph
    graph = Graph(tuple(equation for equation in graph.equations if equation.name != wrt), graph.constants)
    flow, start = dict(solution.flow), solution.flow[wrt]
    apart = found.is_own
    columns = start[0] if apart else start
    if columns.size > MOST_COLUMNS:
        return None
    matrix = found.matrix.reshape(-1, columns.size) if not apart else found.matrix.reshape(len(start), -1, columns.size)
    largest = 0.0
    for column, place in enumerate(np.ndindex(columns.shape)):
        at = (slice(None), *place) if apart else place
        step = STEP * max(1.0, float(np.max(np.abs(start[at]))))
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved[at] += sign * step
            ends.append(forward(graph, {**flow, wrt: moved})[of])
        near = (ends[0] - ends[1]) / (2 * step)
        told = matrix[..., column]
        largest = max(largest, float(np.max(np.abs(near.reshape(told.shape) - told))))
    return largest


def _formula(solution: Solution, of: str, wrt: str) -> ast.expr | None:
    """The Jacobian as a product of matrices along the layers; None where it is no such product."""
    built, samples = solution.built, _samples(solution)
    if not built.layers or wrt not in samples or built.quantities[of].role not in _OF_A_SAMPLE:
        return None
    factors: list[ast.expr] = []
    line = of
    while line not in (wrt, built.names.input):
        steps = built.graph.line(line)
        (fed,) = {name for step in steps for name in step.inputs if name in samples and not name.startswith(f"{line}·")}
        factor = _factor(solution, line, fed)
        if factor is None:
            return None
        factors += factor
        line = fed
    return reduce(lambda whole, factor: ast.BinOp(whole, ast.MatMult(), factor), factors) if factors else None


def _factor(solution: Solution, line: str, fed: str) -> list[ast.expr] | None:
    """One line's Jacobian as a matrix: none of the identity, None where it is not plainly one."""
    last = solution.built.graph.line(line)[-1].op
    if last.family == "activation" and not last.elementwise:
        return [ast.Name(f"∂{line}/∂{fed}")]
    slope = jacobian(lines.compose(solution.built.graph, line, result="", column=True).rules[fed], line)
    if last.family == "activation":
        return [] if isinstance(slope, ast.Constant) and slope.value == 1 else [ast.Call(ast.Name("diag"), [slope], [])]
    return [slope] if isinstance(slope, ast.Name | ast.Attribute) else None
