"""A problem worked by the book, one quantity after the other: each is seen as it is written, and may be replaced."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar

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


def work(scene: Scene, settle: Settle, known: Arrays | None = None) -> None:
    """Work the scene from its leaves to the last step; `settle` sees each quantity in the order of the computation.

    With `known` values only what comes after the forward walk is worked.
    """
    grads: Arrays = {}
    if scene.graph.equations:
        flow = known if known is not None else ahead(scene, settle)
        grads = _back(scene, flow, settle)
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


def _train(scene: Scene, course: Course, settle: Settle, grads: Arrays) -> None:
    """The steps of an optimizer, by its rules."""
    descent = scene.recall(("descent", course.label), (), course.trace.descent)
    parameters, state = descent.parameters, descent.state
    first = course.first - 1
    if course.later < 0:
        parameters = _shown(scene, course, PARAMETERS, 1, parameters, settle)
    for number in range(1, course.last + course.later + 1):
        told = number - course.later
        see = settle if told > 0 else _unseen
        loss, gradient = _gradient(scene, course, descent, parameters, number, see, grads)
        hyper = dict(course.hyper)
        if descent.rate is not None:
            hyper["lr"] = descent.rate(number)
        before = {f"{name}_before": value for name, value in state.items()}
        names: dict[str, Any] = {**hyper, **state, **before, "w": parameters, "t": number + first, "loss": loss}
        gradient = _shown(scene, course, GRADIENTS, told, gradient, see)
        if descent.clip:
            gradient = _shown(scene, course, CLIPPED, told, held(gradient, descent.clip), see)
        names["g"] = -gradient if descent.maximize else gradient
        for name, rule in course.rules:
            names[name] = _shown(scene, course, name, told, _ruled(scene, course, rule, names), see)
        update = names[UPDATE]
        parameters = _shown(scene, course, PARAMETERS, told, _moved(scene, course, parameters, update), see)
        if not course.forgets:
            state = {name: np.asarray(names[course.kept.get(name, name)]) for name in state}


def _ruled(scene: Scene, course: Course, rule: str, names: Mapping[str, Any]) -> Array:
    """What a rule says of all parameters."""

    def told() -> Array:
        return np.asarray(np.broadcast_to(book.run(rule, names), names["w"].shape), dtype=np.float64)

    return scene.recall((rule, course.label), [names[name] for name in book.names_in(rule) if name in names], told)


def _moved(scene: Scene, course: Course, parameters: Array, update: Array) -> Array:
    return scene.recall(("moved", course.label), (parameters, update), lambda: parameters + course.scale * update)


def _unseen(_key: Key, value: Array) -> Array:
    return value


def _gradient(
    scene: Scene, course: Course, descent: Descent, parameters: Array, number: int, settle: Settle, grads: Arrays
) -> tuple[float | None, Array]:
    """Loss and gradient at the parameters: as given, or worked by the book where nothing parts the samples."""
    trace = course.trace
    if trace.given or scene.seed is None or trace.choice.batch_size is not None:
        return descent.source(parameters, number)
    if number > 1:
        leaves = {**scene.leaves, **_split(scene, course, parameters)}
        label = course.label
        seen = {name: key._replace(run=label) for name, key in scene.keys.items() if name not in leaves}
        told = number - course.later
        flow = ahead(replace(scene, keys=seen), settle, leaves, told)
        grads = _gradients(scene, flow, settle, told, label)
        loss = flow[str(scene.result)]
    else:
        loss = np.zeros(())
        if trace.optimizer.needs_loss:
            loss = np.asarray(descent.source(parameters, 1)[0])
    found = {name: grads[name] for name in trace.flat.shapes if name in grads}
    # whoever follows all outputs for the loss has their sum
    return float(np.sum(loss)), _join(scene, course, found)


def _shown(scene: Scene, course: Course, row: str, number: int, vector: Array, settle: Settle) -> Array:
    """A vector of all parameters, seen parameter by parameter."""
    if scene.by_hand and scene.problem.rounding is not None:
        vector = rounded(vector, scene.problem.rounding.digits, scene.problem.rounding.unit)
    parts = _split(scene, course, vector)
    used = {name: settle(Key(row, number, name, course.label), part) for name, part in parts.items()}
    return _join(scene, course, used)


def _split(scene: Scene, course: Course, vector: Array) -> Mapping[str, Array]:
    return scene.recall(("split", course.label), (vector,), partial(course.trace.flat.split, vector))


def _join(scene: Scene, course: Course, parts: Mapping[str, Array]) -> Array:
    return scene.recall(("join", course.label, *parts), [*parts.values()], partial(course.trace.flat.join, parts))
