"""One evaluation of a problem: its values and its gradients, in the shapes in which people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcalc.engine.graph import Arrays, Settle, backward, book_of, forward
from gradcalc.engine.op import Array
from gradcalc.errors import NumericError, ProblemError
from gradcalc.problem.build import Built, build
from gradcalc.problem.focus import focus
from gradcalc.problem.model import Problem
from gradcalc.problem.quantity import BACKWARDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.problem.seed import Seed


@dataclass(frozen=True, eq=False)
class Solution:
    """A problem with all its numbers.

    `values` and `gradients` hold arrays by the names of the problem, in the shapes shown: one sample (units,),
    a batch (N, units), a parameter as it was written. `flow` and `back` hold the same inside the graph, as (N, units).
    `result` is what was differentiated (`L`, `a2[1]`), None where nothing was; `seed` the gradient that was given to
    start with, of the shape of `built.result`: then `result` is a letter for Σ seed · quantity.
    """

    problem: Problem
    built: Built
    flow: Mapping[str, Array]
    back: Mapping[str, Array]
    result: str | None
    seed: Array | None = None

    @property
    def values(self) -> Arrays:
        """Every quantity's value by its name."""
        return {name: self.shown(name, self.flow[name]) for name in self.built.quantities if name in self.flow}

    @property
    def gradients(self) -> Arrays:
        """The gradient of the result with respect to everything it depends on, from the loss back.

        Of a network those that the data reach, without the loss itself; of formulas every quantity.
        """
        result = None if self.built.formulas else self.built.result
        return {name: self.shown(name, self.back[name]) for name in self._backwards if name != result}

    @property
    def _backwards(self) -> list[str]:
        """The quantities that have a gradient, from the result back; a parameter after the line that uses it first."""
        built = self.built
        if not built.formulas:
            known = [quantity for quantity in built.quantities.values() if quantity.name in self.back]
            return [q.name for q in sorted(known, key=lambda q: (-(q.layer or 0), BACKWARDS.index(q.role)))]
        first: dict[str, str] = {}
        for step in built.graph.equations:
            for name in step.inputs:
                first.setdefault(name, step.line)
        leaves = [q for q in built.quantities.values() if q.name not in built.graph.lines]
        order = []
        for line in reversed(built.graph.lines):
            order += [line, *(q.name for q in leaves if q.role == "parameter" and first.get(q.name) == line)]
        return [name for name in (*order, *(q.name for q in leaves if q.name not in order)) if name in self.back]

    @property
    def by_book(self) -> bool:
        """True where every quantity was rounded on the way, as on paper."""
        return _by_book(self.problem)

    @property
    def loss(self) -> float | None:
        """The loss, penalty included, or the last line of formulas if it is one number; None where there is neither."""
        found = self.flow.get(self.built.names.loss)
        return found.item() if found is not None else None

    @property
    def sample_losses(self) -> Array | None:
        """The loss of each sample, without the penalty; None where the loss has no such part."""
        cost = self.built.cost
        return self.flow[cost.sample_losses].reshape(-1) if cost and cost.sample_losses else None

    @property
    def output_losses(self) -> Array | None:
        """The loss of each output, in the shape of ŷ; None where outputs are not judged one by one."""
        cost = self.built.cost
        if cost is None or cost.errors is None:
            return None
        errors = self.flow[cost.errors]
        return errors if self.built.formulas else self.shown(self.built.output, errors)

    @property
    def output(self) -> Array:
        """What the last layer gives."""
        return self.values[self.built.output]

    def shown_feed(self, line: str) -> Array:
        """What the weights of a line z meet, a folded bias counted: (fan_in,) or (N, fan_in)."""
        linear = next(step for step in self.built.graph.line(line) if step.op.name.startswith("linear"))
        fed = self.flow[linear.inputs[0]]
        return fed[0] if self.built.single else fed

    def shown(self, name: str, array: Array) -> Array:
        """An array of the graph in the shape in which quantity `name` is shown."""
        # adding 0 makes a 0 of a −0, which nobody writes
        return array.reshape(tuple(int(side) for side in self.built.quantities[name].shape)) + 0.0


def solve(problem: Problem, *, gradients: bool = True, of: str | None = None, seed: Seed | None = None) -> Solution:
    """Evaluate a problem: forward, and backward if there is one number to differentiate.

    `of` names another result than the loss: a quantity or an entry of one (`a1[2]`), `yhat`, or the loss of one
    output (`e[1]`). `seed` is a gradient that arrives at a result of its shape, which then need not be one number: the
    gradients are those of Σ seed · result.
    Raises ProblemError where the layers do not fit or nothing can be differentiated, NumericError where a number that
    is needed overflows or is undefined, UsageError where `of` names nothing.

    >>> import gradcalc
    >>> problem = gradcalc.loads("{input: 3, layers: [{weights: [[2]], bias: 1, activation: square}]}")
    >>> solve(problem).gradients["W1"]
    array([[42.]])
    """
    return evaluate(problem, build(problem), gradients=gradients, of=of, seed=seed)


def evaluate(
    problem: Problem, built: Built, *, gradients: bool = True, of: str | None = None, seed: Seed | None = None
) -> Solution:
    """The solution of a problem that is built already, perhaps with other leaves than its own."""
    if not built.graph.equations:
        return _given(problem, built, gradients=gradients)
    aim = None
    if gradients:
        aim = focus(built, _result(problem, built, seed) if of is None else of, problem.index_base, seed)
    built = aim.built if aim else built
    graph = book_of(built.graph) if _by_book(problem) else built.graph
    flow = forward(graph, built.leaves, _settle(problem, built, ""))
    if aim is None:
        return Solution(problem, built, flow, {}, None)
    start = {aim.name: aim.seed.reshape(flow[aim.name].shape)}
    back = backward(graph, flow, start, _settle(problem, built, f"∂{aim.label}/∂"))
    if built.formulas:  # what the result does not depend on has a gradient, too
        back = {**{name: np.zeros_like(flow[name]) for name in built.quantities}, **back}
    return Solution(problem, built, flow, back, aim.label, None if seed is None else aim.seed)


def in_letters(problem: Problem, result: str | None = None) -> Solution:
    """A problem as it is without numbers: it has no values, and can be told and derived. A target that is given stays.

    `result` names what is differentiated where that is not the loss.
    """
    from gradcalc.problem.letters import build_in_letters  # noqa: PLC0415 - numbers have no need of letters

    built = build_in_letters(problem)
    target = problem.target.values if problem.target is not None else None
    known = {} if target is None else {built.names.target: target}
    return Solution(problem, built, known, {}, result or built.result or built.output)


def _given(problem: Problem, built: Built, *, gradients: bool) -> Solution:
    """Parameters alone: their values, and the gradients that are given for the first step."""
    flow = dict(built.leaves)
    if not gradients:
        return Solution(problem, built, flow, {}, None)
    from gradcalc.problem.given import gradients_at  # noqa: PLC0415 - networks have none

    shapes = {name: value.shape for name, value in flow.items()}
    return Solution(problem, built, flow, gradients_at(problem, 1, shapes), "L")


def _result(problem: Problem, built: Built, seed: Seed | None) -> str:
    """What is differentiated where nothing else is asked for: the loss, else an output that is one number, or that has
    a seed gradient."""
    if built.result is not None:
        return built.result
    if seed is not None:
        return built.output
    sizes = built.quantities[built.output].shape
    if np.prod([int(size) for size in sizes], dtype=int) == 1:
        return built.output
    one = f"--of '{built.output}[{','.join([str(problem.index_base)] * len(sizes))}]'"
    if built.formulas:
        last = "×".join(map(str, sizes)) if len(sizes) > 1 else f"{sizes[0]} entries"
        raise ProblemError(
            f"the last line, {built.output}, is {last}: a gradient is that of one number",
            problem.key("equations", built.output),
            f"make it one number, choose an entry ({one}), or give --seed-gradient",
        )
    what = "no target" if problem.loss is not None else "no loss"
    raise ProblemError(
        f"there is {what}, and {built.output} is not one number, so there is nothing to differentiate",
        problem.place("layers"),
        f"add a loss and a target, or choose a result: {one}",
    )


def _by_book(problem: Problem) -> bool:
    return problem.rounding is not None and problem.rounding.when == "each"


def _settle(problem: Problem, built: Built, prefix: str) -> Settle:
    """What happens to each number once it is known: it must be finite, and it may have to be rounded."""

    def settle(name: str, value: Array) -> Array:
        if not np.isfinite(value).all():
            raise _in_formula(built) or NumericError(_complaint(problem, built, prefix, name, value))
        if problem.rounding is not None and problem.rounding.when == "each" and name in built.quantities:
            from gradcalc.engine.rounding import rounded  # noqa: PLC0415 - only a rounded problem needs it

            return rounded(value, problem.rounding.digits, problem.rounding.unit)
        return value

    return settle


def _in_formula(built: Built) -> NumericError | None:
    """The same, said of the part of a formula that has no value or no slope."""
    if not built.formulas:
        return None
    from gradcalc.problem.equations import not_finite  # noqa: PLC0415 - networks have no formulas

    return not_finite(built.graph, built.leaves, built.formulas)


def _complaint(problem: Problem, built: Built, prefix: str, name: str, value: Array) -> str:
    quantity = built.quantities.get(name)
    line = name.split("·", maxsplit=1)[0]
    if quantity is None:
        return f"{prefix}{line} is not a finite number"
    shown = value.reshape(tuple(int(side) for side in quantity.shape))
    position = np.argwhere(~np.isfinite(shown))[0]
    index = f"[{','.join(str(i + problem.index_base) for i in position)}]" if shown.ndim else ""
    what = "is not defined" if np.isnan(shown[tuple(position)]) else "overflows"
    return f"{prefix}{name}{index} {what}"
