"""A problem worked by the book, one quantity after the other: each is seen as it is written, and may be replaced."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from gradcalc.engine import book
from gradcalc.engine.graph import Arrays, Graph, backward, book_of, forward
from gradcalc.engine.op import Array
from gradcalc.engine.rounding import rounded
from gradcalc.problem.answers import CLIPPED, GRADIENTS, PARAMETERS, UPDATE, Key
from gradcalc.problem.build import Built
from gradcalc.problem.model import Problem
from gradcalc.solution import Solution
from gradcalc.trace import Trace
from gradcalc.training.descent import Descent, held
from gradcalc.training.optimizer import Rule

# sees a quantity once it is known, and gives what is used from then on
Settle = Callable[[Key, Array], Array]
# what the backward walk takes the values for
Behind = Callable[[Arrays], Arrays]
Value = TypeVar("Value")


class Recall(Protocol):
    """Gives what is made of some things, and need not make it again where they are the very same."""

    def __call__(self, what: Hashable, given: Sequence[object], make: Callable[[], Value], /) -> Value: ...


def anew(_what: Hashable, _given: Sequence[object], make: Callable[[], Value]) -> Value:
    """The `Recall` that remembers nothing."""
    return make()


@dataclass(frozen=True, eq=False)
class Course:
    """A run of an optimizer as it is worked: its rules as texts, its constants, and how many steps are of interest.

    A mistake may count steps from another `first`, keep something else of a state (`kept`), or nothing of it
    (`forgets`), add another share of the update to the parameters, or tell of every step what belongs to one that
    is some steps `later`.
    """

    trace: Trace
    label: str | None
    rules: tuple[Rule, ...]
    hyper: Mapping[str, Any]
    last: int
    first: int = 1
    kept: Mapping[str, str] = field(default_factory=dict)
    forgets: bool = False
    scale: float = 1.0
    later: int = 0


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that a hand works with; a mistake is another scene.

    `keys` and `slopes` say what values and gradients go by, `also` what else a value is, as one loss that is all of it,
    `given` the gradients of parameters that nothing is computed of, `fixed` what says which rows are meant, in whose
    place no other number can stand. What is made of the same arrays over and over `recall` may know.
    `graph` runs by its texts; `seed` is what the backward walk starts from at `result`, None where there is none.
    """

    problem: Problem
    built: Built
    graph: Graph
    leaves: Mapping[str, Array]
    result: str | None
    seed: Array | None
    courses: tuple[Course, ...] = ()
    locals: bool = False
    behind: Behind | None = None
    keys: Mapping[str, Key] = field(default_factory=dict)
    slopes: Mapping[str, Key] = field(default_factory=dict)
    also: Mapping[str, Sequence[Key]] = field(default_factory=dict)
    given: Mapping[str, Array] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    recall: Recall = anew

    @property
    def by_hand(self) -> bool:
        """Whether the problem asks for every quantity to be rounded before it is used."""
        rounding = self.problem.rounding
        return rounding is not None and rounding.when == "each"


def scene_of(solution: Solution, courses: tuple[Course, ...], *, local: bool) -> Scene:
    """The scene of a problem without any mistake."""
    built = solution.built
    seed = None
    if solution.back and built.graph.equations and built.result is not None:
        seed = solution.back[built.result]
    keys = {name: Key(name) for name in built.quantities}
    also: dict[str, list[Key]] = {}
    if built.cost is not None:
        inner = (("output_losses", built.cost.errors), ("sample_losses", built.cost.sample_losses))
        for called, name in inner:
            if name is not None and name not in keys:
                keys[name] = Key(called)
            elif name is not None:
                also.setdefault(name, []).append(Key(called))
    slopes = {name: Key(f"d{name}") for name in built.quantities}
    graph = book_of(built.graph)
    return Scene(
        solution.problem,
        built,
        graph,
        built.leaves,
        built.result,
        seed,
        courses,
        local,
        None,
        keys,
        slopes,
        also,
        {} if built.graph.equations else solution.back,
        frozenset(name for step in graph.equations if step.op.name == "rows" for name in step.inputs[1:]),
    )


_BACK = "back"


def stage_of(key: Key) -> Hashable:
    """What `recall` knows the part of the work by in which a quantity is seen; the first forward walk is none."""
    if key.step is None:
        return _BACK
    return ("pass" if key.parameter is None or key.quantity in (GRADIENTS, CLIPPED) else "rules", key.step, key.run)


def work(scene: Scene, settle: Settle, known: Arrays | None = None) -> None:
    """Work the scene from its leaves to the last step; `settle` sees each quantity in the order of the computation.

    With `known` values only what comes after the forward walk is worked.
    """
    grads: Arrays = {}
    if scene.graph.equations:
        flow = known if known is not None else ahead(scene, settle)
        grads = scene.recall(_BACK, [*flow.values()], partial(_back, scene, flow, settle))
    elif scene.built.leaves:
        ahead(scene, settle)
        seen = _seen(scene, scene.slopes, settle, None, None)
        grads = {name: seen(name, g) for name, g in scene.given.items()}
    with np.errstate(all="ignore"):
        for course in scene.courses:
            _train(scene, course, settle, grads)


def ahead(scene: Scene, settle: Settle, leaves: Mapping[str, Array] | None = None, step: int | None = None) -> Arrays:
    """The forward walk: every value, leaves included."""
    seen = _seen(scene, scene.keys, settle, step, None)
    told = {name: (value, seen(name, value)) for name, value in (leaves or scene.leaves).items()}
    own = {name: both[name not in scene.fixed] for name, both in told.items()}
    return forward(scene.graph, own, seen)


def _back(scene: Scene, flow: Arrays, settle: Settle) -> Arrays:
    if scene.locals and (told := _locals(scene, flow, settle)):
        from gradcalc.study.overridden import overridden  # noqa: PLC0415 - few sheets have local derivatives

        scene = replace(scene, graph=overridden(scene.graph, told))
    if scene.seed is None or scene.result is None:
        return {}
    return _gradients(scene, flow, settle, None, None)


def _gradients(scene: Scene, flow: Arrays, settle: Settle, step: int | None, run: str | None) -> Arrays:
    seen = _seen(scene, scene.slopes, settle, step, run)
    values = scene.behind(flow) if scene.behind is not None else flow
    return backward(scene.graph, values, {str(scene.result): np.asarray(scene.seed)}, seen)


def _seen(
    scene: Scene, keys: Mapping[str, Key], settle: Settle, step: int | None, run: str | None
) -> Callable[[str, Array], Array]:
    """The `settle` of a graph: what has a name for people is rounded where the problem says so, and shown."""
    rounding, quantities = scene.problem.rounding if scene.by_hand else None, scene.built.quantities

    def seen(name: str, value: Array) -> Array:
        key = keys.get(name)
        if key is None:
            return value
        if rounding is not None and name in quantities:
            value = rounded(value, rounding.digits, rounding.unit)
        value = settle(key if step is None else key._replace(step=step, run=run), value)
        for other in scene.also.get(name, ()) if keys is scene.keys else ():
            value = settle(other, value)
        return value

    return seen


def _locals(scene: Scene, flow: Arrays, settle: Settle) -> dict[str, dict[str, Array]]:
    """The local derivatives at the values that were written; those that become others, by line and by input."""
    from gradcalc.study.locals import local_derivatives  # noqa: PLC0415 - few sheets have them

    built = replace(scene.built, graph=scene.graph)
    told: dict[str, dict[str, Array]] = {}
    for local in local_derivatives(Solution(scene.problem, built, flow, {}, None)):
        used = settle(Key(local.name), local.array)
        if not np.array_equal(used, local.array, equal_nan=True):
            told.setdefault(local.line, {})[local.input] = used
    return told


class _Step(NamedTuple):
    """A step of a run, with the number by which it is told, and what sees its quantities."""

    scene: Scene
    course: Course
    descent: Descent
    number: int
    told: int
    settle: Settle

    def recall(self, part: str, given: Sequence[object], make: Callable[[], Value]) -> Value:
        return self.scene.recall((part, self.told, self.course.label), given, make)

    def shown(self, row: str, vector: Array) -> Array:
        """A vector of all parameters, seen parameter by parameter."""
        if self.scene.by_hand and self.scene.problem.rounding is not None:
            vector = rounded(vector, self.scene.problem.rounding.digits, self.scene.problem.rounding.unit)
        parts, label = self.split(vector), self.course.label
        return self.join({name: self.settle(Key(row, self.told, name, label), part) for name, part in parts.items()})

    def split(self, vector: Array) -> Mapping[str, Array]:
        return self.scene.recall(("split", self.course.label), (vector,), lambda: self.course.trace.flat.split(vector))

    def join(self, parts: Mapping[str, Array]) -> Array:
        label, flat = self.course.label, self.course.trace.flat
        return self.scene.recall(("join", label, *parts), [*parts.values()], lambda: flat.join(parts))


def _train(scene: Scene, course: Course, settle: Settle, grads: Arrays) -> None:
    """The steps of an optimizer, by its rules."""
    descent = scene.recall(("descent", course.label), (), course.trace.descent)
    parameters: Array = descent.parameters
    state: Mapping[str, Array] = descent.state
    if course.later < 0:
        parameters = _Step(scene, course, descent, 0, 1, settle).shown(PARAMETERS, parameters)
    for number in range(1, course.last + course.later + 1):
        told = number - course.later
        step = _Step(scene, course, descent, number, told, settle if told > 0 else _unseen)
        loss, g = step.recall("pass", (parameters, *grads.values()), partial(_passed, step, parameters, grads))
        make = partial(_stepped, step, parameters, state, loss, g)
        parameters, state = step.recall("rules", (parameters, *state.values(), loss, g), make)


def _unseen(_key: Key, value: Array) -> Array:
    return value


def _passed(step: _Step, parameters: Array, grads: Arrays) -> tuple[float | None, Array]:
    """The loss if the rules need it, and the gradient as they use it."""
    descent = step.descent
    loss, gradient = _gradient(step, parameters, grads)
    gradient = step.shown(GRADIENTS, gradient)
    if descent.clip:
        gradient = step.shown(CLIPPED, held(gradient, descent.clip))
    return loss if descent.optimizer.needs_loss else None, -gradient if descent.maximize else gradient


def _gradient(step: _Step, parameters: Array, grads: Arrays) -> tuple[float | None, Array]:
    """Loss and gradient at the parameters: as given, or worked by the book where nothing parts the samples."""
    scene, trace, label = step.scene, step.course.trace, step.course.label
    if trace.given or scene.seed is None or trace.choice.batch_size is not None:
        return step.descent.source(parameters, step.number)
    if step.number > 1:
        leaves = {**scene.leaves, **step.split(parameters)}
        seen = {name: key._replace(run=label) for name, key in scene.keys.items() if name not in leaves}
        flow = ahead(replace(scene, keys=seen), step.settle, leaves, step.told)
        grads = _gradients(scene, flow, step.settle, step.told, label)
        loss = flow[str(scene.result)]
    else:
        loss = np.zeros(())
        if trace.optimizer.needs_loss:
            loss = np.asarray(step.descent.source(parameters, 1)[0])
    # whoever follows all outputs for the loss has their sum
    return float(np.sum(loss)), step.join({name: grads[name] for name in trace.flat.shapes if name in grads})


def _stepped(
    step: _Step, parameters: Array, state: Mapping[str, Array], loss: float | None, g: Array
) -> tuple[Array, Mapping[str, Array]]:
    """Parameters and state after a step."""
    course, descent = step.course, step.descent
    hyper = dict(course.hyper)
    if descent.rate is not None:
        hyper["lr"] = descent.rate(step.number)
    before = {f"{name}_before": value for name, value in state.items()}
    t = step.number + course.first - 1
    names: dict[str, Any] = {**hyper, **state, **before, "w": parameters, "t": t, "loss": loss, "g": g}
    for name, rule in course.rules:
        names[name] = step.shown(name, _ruled(step, rule, names))
    update = names[UPDATE]
    moved = step.recall("moved", (parameters, update), lambda: parameters + course.scale * update)
    if not course.forgets:
        state = {name: np.asarray(names[course.kept.get(name, name)]) for name in state}
    return step.shown(PARAMETERS, moved), state


def _ruled(step: _Step, rule: str, names: Mapping[str, Any]) -> Array:
    """What a rule says of all parameters."""

    def told() -> Array:
        return np.asarray(np.broadcast_to(book.run(rule, names), names["w"].shape), dtype=np.float64)

    return step.recall(rule, [names[name] for name in book.names_in(rule) if name in names], told)
