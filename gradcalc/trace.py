"""A problem's optimizer at work: what is trained, where the gradients come from, and how the steps are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gradcalc.engine.op import Array
from gradcalc.engine.program import Program
from gradcalc.engine.rounding import rounded
from gradcalc.errors import NumericError, ProblemError
from gradcalc.problem.build import Built, build
from gradcalc.problem.given import check_training, gradients_at, is_given, steps_of
from gradcalc.problem.model import OptimizerChoice, Problem, Target
from gradcalc.solution import Solution, evaluate
from gradcalc.training.descent import Descent, Make, Source, Step, Stop, Tolerance
from gradcalc.training.flat import Flat
from gradcalc.training.optimizer import Optimizer, by_rules
from gradcalc.training.optimizers import OPTIMIZERS
from gradcalc.training.schedules import rates

PARAMETERS = ("weights", "bias", "parameter")


class Start(NamedTuple):
    """Where an earlier run ended: after which step, with which state of the optimizer, and the loss of that step."""

    step: int
    state: Mapping[str, Array]
    loss: float | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """One optimizer over one problem, ready to be run as often as one likes.

    `flat` names what is trained; `built` is None where there are only parameters and given gradients.
    `hyper` has every constant that is used; `resumed` is what an earlier run left, where this one goes on from it.
    """

    problem: Problem
    choice: OptimizerChoice
    optimizer: Optimizer
    hyper: Mapping[str, Any]
    flat: Flat
    start: Mapping[str, Array]
    built: Built | None
    steps: int
    resumed: Start | None = None

    @property
    def made(self) -> int:
        """How many steps were made before."""
        return 0 if self.resumed is None else self.resumed.step

    def descent(self, tolerance: Tolerance | None = None) -> Descent:
        """The steps from the start; every call begins anew."""
        optimizer, rounding, settle = self.optimizer, self.problem.rounding, None
        if rounding is not None and rounding.when == "each":
            settle = partial(rounded, digits=rounding.digits, unit=rounding.unit)
            optimizer = by_rules(optimizer, settle)
        lr, schedule = self.hyper.get("lr"), self.choice.schedule
        descent = Descent(
            source=_source(self),
            optimizer=optimizer,
            hyper=self.hyper,
            parameters=self.flat.join(self.start),
            state=self._state(),
            steps=self.steps,
            rate=rates(schedule, lr, self.made + self.steps) if schedule is not None and lr is not None else None,
            clip=self.choice.clip,
            maximize=self.choice.maximize,
            tolerance=tolerance,
            first=self.made,
            before=self.resumed.loss if self.resumed is not None else None,
            settle=settle,
        )
        descent.floats = _floats(self, descent)
        return descent

    def samples(self, step: int) -> tuple[int, ...] | None:
        """The numbers of the samples of a step, from 1; None for the full batch."""
        batch = _batch(self, step)
        return None if batch is None else tuple(i + 1 for i in batch)

    def at(self, vector: Array) -> Solution | None:
        """The network or the formulas with the trained parameters of `vector`; None where there is neither."""
        if self.built is None:
            return None
        leaves = {**self.built.leaves, **self.flat.split(vector)}
        return evaluate(self.problem, replace(self.built, leaves=leaves))

    def end(self, descent: Descent) -> Solution | None:
        """The same at the parameters where a descent ended; where they have no loss, the descent has diverged."""
        try:
            return self.at(descent.parameters)
        except NumericError:
            if descent.stop.reason != "diverged":
                descent.stop = Stop("diverged", descent.stop.step, "the loss after it")
            return None

    @property
    def given(self) -> bool:
        """True where the gradients stand in the problem."""
        return is_given(self.problem)

    @property
    def entrywise(self) -> bool:
        """Whether a step makes of each entry of its parameters, gradient and state what no other entry has part in."""
        return not self.choice.clip and not self.optimizer.needs_loss

    def _state(self) -> dict[str, Array]:
        if self.resumed is not None:
            return dict(self.resumed.state)
        state = {}
        for name in self.optimizer.state(self.hyper):
            initial = self.choice.initial.get(name, self.optimizer.start(name, self.hyper))
            if isinstance(initial, Mapping):
                filled = {key: np.full(shape, initial.get(key, 0.0)) for key, shape in self.flat.shapes.items()}
                state[name] = self.flat.join(filled)
            else:
                state[name] = np.full(self.flat.size, float(initial))
        return state


def traces(problem: Problem) -> list[Trace]:
    """One trace for each optimizer of the problem, all from the same start.

    Raises ProblemError where there is nothing to train, no gradient, or a name that is no parameter.
    """
    built = build(problem) if problem.layers or problem.equations or problem.objective else None
    parameters = _parameters(problem, built)
    check_training(problem, {name: value.shape for name, value in parameters.items()})
    choices = problem.optimizers or (OptimizerChoice("sgd"),)
    return [_trace(problem, choice, built, parameters) for choice in choices]


def select(descent: Iterable[Step], every: int = 1, show: Sequence[int] = ()) -> Iterator[Step]:
    """The steps that are kept: each `every`-th, or those in `show`; and always the last."""
    chosen, last = set(show), None
    for step in descent:
        last = step
        if step.number in chosen if chosen else step.number % every == 0:
            yield step
            last = None
    if last is not None:
        yield last


def _parameters(problem: Problem, built: Built | None) -> dict[str, Array]:
    if built is None:
        return {name: np.asarray(value, dtype=np.float64) for name, value in problem.parameters.items()}
    return {name: built.leaves[name] for name, q in built.quantities.items() if q.role in PARAMETERS}


def _trace(problem: Problem, choice: OptimizerChoice, built: Built | None, parameters: Mapping[str, Array]) -> Trace:
    optimizer = OPTIMIZERS[choice.name]
    trained = {name: value for name, value in parameters.items() if name not in choice.frozen}
    if not trained:
        raise ProblemError("there are no parameters to train", problem.place("optimizer"))
    shapes = {name: value.shape for name, value in trained.items()}
    hyper = {**{name: row.default for name, row in optimizer.hyper.items()}, **choice.hyper}
    trace = Trace(problem, choice, optimizer, hyper, Flat(shapes), trained, built, steps_of(problem))
    if not trace.given and (built is None or built.result is None):
        hint = "add `gradients`, or a loss and a target"
        raise ProblemError("there is nothing to take gradients of", problem.place("optimizer"), hint)
    if optimizer.needs_loss and (built is None or built.result is None):
        raise ProblemError(f"{choice.name} needs the loss, and there is none", problem.place("optimizer"))
    return trace


def _source(trace: Trace) -> Source:
    """Where loss and gradient of each step come from."""
    vector = np.zeros(trace.flat.size)
    views = trace.flat.split(vector)
    if trace.given:
        return _given(trace, vector, views)
    if trace.problem.rounding is not None and trace.problem.rounding.when == "each":
        return _rounded(trace)
    programs: dict[tuple[int, ...] | None, Program] = {}

    def source(parameters: Array, step: int) -> tuple[float | None, Array]:
        batch = _batch(trace, step)
        program = programs.get(batch)
        if program is None:
            if programs and len(programs) * next(iter(programs.values())).size > MOST_KEPT:
                programs.clear()
            program = programs[batch] = _program(trace, batch, views)
        vector[:] = parameters
        loss = program.run()
        return loss.item(), trace.flat.gather(program.gradients(np.ones_like(loss)))

    return source


# how many numbers the batches that are kept ready may hold; shuffled ones hardly ever come again
MOST_KEPT = 1_000_000


# from how many steps on it pays to write a step out for floats first
MANY = 1000


def _floats(trace: Trace, descent: Descent) -> Make | None:
    """What makes the steps of a long run of a small network; None where it is short, or its steps are not all alike."""
    rounding = trace.problem.rounding
    each = rounding is not None and rounding.when == "each"
    if trace.steps < MANY or trace.given or trace.choice.batch_size is not None or each:
        return None
    from gradcalc.engine.tape import traced  # noqa: PLC0415 - few runs are long
    from gradcalc.training.floats import by_floats  # noqa: PLC0415

    def source(parameters: Array, _step: int) -> tuple[Any, Array]:
        constants = {name: traced(leaf) for name, leaf in _built(trace, None).leaves.items()}
        program = _program(trace, None, {**constants, **trace.flat.split(parameters)})
        loss = program.run()
        return loss.reshape(()), trace.flat.gather(program.gradients(np.ones_like(loss)))

    return by_floats(descent, source)


def _given(trace: Trace, vector: Array, views: Mapping[str, Array]) -> Source:
    """The gradients that stand in the problem; the loss is still computed where there is one."""
    problem, shapes = trace.problem, trace.flat.shapes
    listed = [gradients_at(problem, step, shapes) for step in range(1, max(1, len(problem.gradients)) + 1)]
    gradients = [trace.flat.join({name: g[name] for name in shapes}) for g in listed]
    has_loss = trace.built is not None and trace.built.result is not None
    program = _program(trace, None, views) if has_loss else None

    def source(parameters: Array, step: int) -> tuple[float | None, Array]:
        loss = None
        if program is not None:
            vector[:] = parameters
            loss = program.run().item()
        return loss, gradients[min(step, len(gradients)) - 1]

    return source


def _rounded(trace: Trace) -> Source:
    """Loss and gradient as a hand gets them, every quantity rounded before it is used."""

    def source(parameters: Array, step: int) -> tuple[float | None, Array]:
        built = _built(trace, _batch(trace, step))
        leaves = {**built.leaves, **trace.flat.split(parameters)}
        solution = evaluate(trace.problem, replace(built, leaves=leaves))
        back = {name: solution.back[name] for name in trace.flat.shapes if name in solution.back}
        return solution.loss, trace.flat.join(back)

    return source


def _program(trace: Trace, batch: tuple[int, ...] | None, views: Mapping[str, Array]) -> Program:
    built = _built(trace, batch)
    leaves = {**built.leaves, **views}
    return Program(built.graph, leaves, built.result or built.output, tuple(trace.flat.shapes))


def _built(trace: Trace, batch: tuple[int, ...] | None) -> Built:
    if trace.built is None:
        raise TypeError("there is no network")
    return trace.built if batch is None else build(_subset(trace.problem, batch))


def _batch(trace: Trace, step: int) -> tuple[int, ...] | None:
    """The positions of the samples of a step; None for all of them."""
    size, problem = trace.choice.batch_size, trace.problem
    if size is None or problem.input is None or problem.input.ndim < 2 or trace.given:
        return None
    samples = len(problem.input)
    per_epoch = -(-samples // size)
    epoch, position = divmod(step - 1, per_epoch)
    order = list(range(samples))
    if trace.choice.shuffle is not None:
        from random import Random  # noqa: PLC0415 - few problems shuffle

        Random(f"{trace.choice.shuffle}/{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
    return tuple(order[position * size : (position + 1) * size])


def _subset(problem: Problem, batch: tuple[int, ...]) -> Problem:
    rows = list(batch)
    target, weights, values = problem.target, problem.sample_weights, problem.input
    if target is not None:
        target = Target(
            None if target.values is None else target.values[rows],
            None if target.classes is None else tuple(target.classes[i] for i in rows),
        )
    return replace(
        problem,
        input=None if values is None else values[rows],
        target=target,
        sample_weights=None if weights is None else weights[rows],
    )
