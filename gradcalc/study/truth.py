"""The right numbers of everything that answers can be about, made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.op import Array
from gradcalc.errors import ProblemError
from gradcalc.problem.answers import CLIPPED, GRADIENTS, PARAMETERS, UPDATE, Key
from gradcalc.problem.build import Built, build
from gradcalc.problem.letters import is_in_letters
from gradcalc.problem.model import Problem
from gradcalc.problem.vocabulary import Trained, Vocabulary
from gradcalc.solution import Solution, evaluate
from gradcalc.study.run import labels
from gradcalc.study.working import Course
from gradcalc.trace import Trace, traces
from gradcalc.training.descent import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.study.composed import Composed

Shape = tuple[int, ...]
LOSSES = ("sample_losses", "output_losses")


class Truth:
    """The solution of a problem, and the steps of its optimizers as far as somebody has asked.

    A network of letters (`lettered`) is one with some numbers here, functions that are not given are some functions;
    `sizes` has the number that stands for each letter.
    `told` is what rules are told by; `composed` has the graph of a problem that is functions.
    """

    built: Built
    solution: Solution

    def __init__(self, problem: Problem) -> None:
        self.lettered = is_in_letters(problem)
        self.sizes: Mapping[str, int] = {}
        built = told = None
        if problem.abstract:
            from gradcalc.study.given_functions import outlined, with_functions  # noqa: PLC0415 - few are not given

            told = outlined(problem)
            problem, built = with_functions(problem)
        elif self.lettered:
            from gradcalc.study.instance import instance_of  # noqa: PLC0415 - few networks are of letters

            problem, self.sizes = instance_of(problem)
        self.problem = problem
        self.composed: Composed | None = None
        if problem.functions:
            from gradcalc.study.composed import composed_of  # noqa: PLC0415 - most problems are networks

            self.composed = composed_of(problem)
            self.solution = self.composed.solution
            self.built = self.solution.built
        else:
            self.built = build(problem) if built is None else built
            self.solution = _solution(problem, self)
        self.told = self.solution if told is None else told
        self.vocabulary = Vocabulary(self.built, problem.index_base, self._trained)
        self._steps: dict[str, list[Step]] = {}

    @cached_property
    def traces(self) -> Mapping[str, Trace]:
        made = traces(self.problem) if self.composed is None else []
        return dict(zip(labels(made), made, strict=True))

    def trace(self, run: str | None) -> Trace:
        return self.traces[run] if run is not None else next(iter(self.traces.values()))

    @cached_property
    def first_pass(self) -> Mapping[Key, Array]:
        """Values forward, then gradients backward, in the order in which a first wrong one is looked for."""
        solution, built = self.solution, self.built
        found: dict[Key, Array] = {}
        losses = {"output_losses": solution.output_losses, "sample_losses": solution.sample_losses}
        for name, value in solution.values.items():
            if name == built.names.loss:
                found |= {Key(called): array for called, array in losses.items() if array is not None}
            found[Key(name)] = value
        if solution.result is not None and built.result in solution.values:
            found[Key(f"d{built.result}")] = np.ones(solution.values[str(built.result)].shape)
        return found | {Key(f"d{name}"): g for name, g in solution.gradients.items()}

    def is_local(self, key: Key) -> bool:
        """Whether it is a local derivative, and no quantity of functions that is called like one."""
        return "/" in key.quantity and key.parameter is None and key.quantity not in self.built.quantities

    def is_open(self, key: Key) -> bool:
        """Whether it depends on letters that have no number: answered by a formula, or by a constant."""
        return self.composed is not None and key.quantity in self.composed.open

    @cached_property
    def locals(self) -> Mapping[Key, Array]:
        from gradcalc.study.locals import local_derivatives  # noqa: PLC0415 - few sheets have them

        if not self.built.graph.equations:
            return {}
        return {Key(local.name): local.array for local in local_derivatives(self.solution)}

    def arrays(self, keys: Iterable[Key]) -> dict[Key, Array]:
        """The right arrays of `keys`, in the order in which a first wrong one is looked for; unknown ones are left out.

        A local derivative stands before the gradient that it leads to.
        """
        wanted = set(keys)
        found: dict[Key, Array] = {}
        inner = self.locals if any(map(self.is_local, wanted)) else {}
        for key, array in self.first_pass.items():
            found |= {
                other: own
                for other, own in inner.items()
                if other in wanted and other.quantity.endswith(f"/{key.quantity}")
            }
            if key in wanted:
                found[key] = array
        for label in dict.fromkeys(key.run for key in wanted if key.step is not None):
            found |= self._of_steps(label, wanted)
        return found

    def courses(self, keys: Iterable[Key]) -> tuple[Course, ...]:
        """The runs that the keys are about, as they are worked by hand; what is made of a state is one more rule."""
        last: dict[str | None, int] = {}
        wanted = [*keys]
        for key in wanted:
            if key.step is not None:
                last[key.run] = max(last.get(key.run, 0), key.step)
        found = []
        for label, steps in last.items():
            trace = self.trace(label)
            rules = trace.optimizer.rules(trace.hyper)
            known = {GRADIENTS, CLIPPED, PARAMETERS, *(name for name, _ in rules)}
            told = {key.quantity for key in wanted if key.run == label and key.parameter is not None} - known
            found.append(Course(trace, label, (*rules, *((text, text) for text in sorted(told))), trace.hyper, steps))
        return tuple(found)

    def _of_steps(self, label: str | None, wanted: set[Key]) -> dict[Key, Array]:
        trace = self.trace(label)
        found: dict[Key, Array] = {}
        mine = {key for key in wanted if key.run == label and key.step is not None}
        for step in self._made(label, max(int(key.step or 0) for key in mine)):
            rows = {GRADIENTS: step.gradient, CLIPPED: step.gradient if step.clipped is None else step.clipped}
            rows |= {**step.shown, UPDATE: step.update, PARAMETERS: step.parameters}
            names = {**trace.hyper, **step.shown, "g": step.gradient if step.clipped is None else step.clipped}
            names |= {"t": step.number, "lr": step.rate if step.rate is not None else trace.hyper.get("lr")}
            rows |= {
                key.quantity: np.broadcast_to(book.run(key.quantity, names), step.parameters.shape)
                for key in mine
                if key.parameter is not None and key.quantity not in rows
            }
            values = {key for key in mine if key.step == step.number and key.quantity not in rows}
            if values:
                found |= self._at(trace, step, label, values)
            for row, vector in rows.items():
                for name, array in trace.flat.split(vector).items():
                    key = Key(row, step.number, name, label)
                    if key in mine:
                        found[key] = array
        return found

    def _at(self, trace: Trace, step: Step, label: str | None, wanted: set[Key]) -> dict[Key, Array]:
        """Values and gradients of the pass of a later step."""
        solution = trace.at(step.before)
        if solution is None:
            return {}
        every = {**solution.values, **{f"d{name}": g for name, g in solution.gradients.items()}}
        found = {Key(name, step.number, None, label): array for name, array in every.items()}
        return {key: array for key, array in found.items() if key in wanted}

    def _made(self, label: str | None, last: int) -> list[Step]:
        name = label if label is not None else next(iter(self.traces))
        made = self._steps.get(name, [])
        if len(made) < last:
            made = []
            for step in self.trace(label).descent():
                made.append(step)
                if step.number == last:
                    break
            self._steps[name] = made
        return made[:last]

    def _trained(self) -> Mapping[str, Trained]:
        found = {}
        for label, trace in self.traces.items():
            rows = [name for name, _ in trace.optimizer.rules(trace.hyper) if name != UPDATE]
            names = tuple(trace.flat.shapes)
            constants = ("g", "t", *trace.hyper)
            found[label] = Trained(names, (GRADIENTS, CLIPPED, *rows, UPDATE, PARAMETERS), trace.steps, constants)
        return found


def _solution(problem: Problem, truth: Truth) -> Solution:
    try:
        return evaluate(problem, truth.built)
    except ProblemError:
        if truth.built.result is not None or not truth.built.graph.equations:
            raise
        return evaluate(problem, truth.built, gradients=False)
