"""A problem with other numbers: points at which a formula is compared with the quantity that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from gradcalc.engine.graph import Equation, Graph, forward
from gradcalc.engine.op import Array
from gradcalc.problem.answers import GRADIENTS, PARAMETERS, Key
from gradcalc.study.formula_text import as_word
from gradcalc.study.mistakes.row import Other, slipped
from gradcalc.study.truth import Truth
from gradcalc.study.working import Course, Scene, scene_of, work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.study.composed import Composed

COUNT = 3
# how far the numbers are moved, less where a kink would be crossed
_REACHES = (0.4, 0.1, 0.02, 0.004)
# what passes a kink on the side where nothing passes, to see which factors stand beside a written 0
SLOPE = 0.37


@dataclass(frozen=True, eq=False)
class World:
    """One point: the scene, the arrays that a formula may use by name, and what every quantity is there."""

    scene: Scene
    names: Mapping[str, Array]
    told: Mapping[Key, Array]

    def of(self, scene: Scene, key: Key) -> Array | None:
        """The quantity in another scene at this point; None where it has no value there."""
        told: dict[Key, Array] = {}
        with suppress(ValueError, KeyError):
            told_in(scene, told)
        return told.get(key)


def told_in(scene: Scene, told: dict[Key, Array]) -> dict[Key, Array]:
    """Every quantity of a scene put into `told`, in the shapes that are shown, unless a mistake gives another."""
    quantities = scene.built.quantities

    def settle(key: Key, value: Array) -> Array:
        name = key.quantity if key.quantity in quantities else key.quantity.removeprefix("d")
        known = quantities[name].shape if key.parameter is None and name in quantities else value.shape
        shown = tuple(int(side) for side in known)
        told[key] = np.reshape(value, shown if prod(shown) == value.size else value.shape)
        return value

    with np.errstate(all="ignore"):
        work(scene, settle)
    return told


def of_graph(truth: Truth, *, local: bool, leaky: bool = False) -> Iterator[World]:
    """Points near the problem's own, on the same sides of all kinks; targets stay what they are.

    With `leaky` a rectifier passes a little back where it passes nothing.
    """
    scene = scene_of(truth.solution, (), local=local)
    if leaky:
        scene = _leaky(scene)
    generator = np.random.default_rng(20)
    sides = _sides(scene, scene.leaves)
    for _ in range(COUNT):
        for reach in _REACHES:
            leaves = {name: _moved(name, value, scene, generator, reach) for name, value in scene.leaves.items()}
            if all(np.array_equal(*pair) for pair in zip(sides, _sides(scene, leaves), strict=True)):
                break
        moved = replace(scene, leaves=leaves)
        told = told_in(moved, {})
        sizes = {letter: np.asarray(float(size)) for letter, size in truth.sizes.items()}
        yield World(moved, {**sizes, **{as_word(key.quantity): value for key, value in told.items()}}, told)


def of_functions(composed: Composed, quantity: str) -> Iterator[World]:
    """Points near that of the functions, or the point itself for the side on which it lies."""
    own = composed.of(quantity)
    scene = scene_of(own.solution, (), local=False)
    generator = np.random.default_rng(20)
    is_side = scene.built.quantities[quantity].role == "boundary" and quantity.startswith("side")
    signs = _SIGNS if is_side else {}
    for _ in range(COUNT):
        for reach in (0.0,) if is_side else (*_REACHES, 0.0):
            leaves = {name: _moved(name, value, scene, generator, reach) for name, value in scene.leaves.items()}
            moved = replace(scene, leaves=leaves)
            told = told_in(moved, {})
            if all(np.isfinite(value).all() for value in told.values()):
                break
        yield World(moved, {**signs, **{as_word(key.quantity): value for key, value in told.items()}}, told)


# the sides of a boundary as words
_SIGNS = {"positive": np.array(1.0), "negative": np.array(-1.0)}


def _moved(name: str, value: Array, scene: Scene, generator: np.random.Generator, reach: float) -> Array:
    if name in scene.graph.constants or name == scene.built.names.target or "·" in name:
        return value
    return value * (1 + generator.uniform(-reach, reach, value.shape)) + generator.uniform(-reach, reach, value.shape)


def _sides(scene: Scene, leaves: Mapping[str, Array]) -> list[Array]:
    """On which side of its kink each entry is."""
    bent = [e for e in scene.graph.equations if e.op.kinks is not None and e.op.family == "activation"]
    values = forward(Graph(scene.graph.equations), leaves) if bent else {}
    return [np.sign(values[equation.inputs[0]]) for equation in bent]


def _leaky(scene: Scene) -> Scene:
    def changed(equation: Equation) -> Equation:
        rule = equation.op.form(equation.attrs).rules[0]
        if equation.op.name != "relu" or rule is None:
            return equation
        return slipped(equation, Other(rules={0: f"g * where(x > 0, 1, {SLOPE})"}))

    equations = tuple(map(changed, scene.graph.equations))
    return replace(scene, graph=replace(scene.graph, equations=equations))


def of_course(truth: Truth, key: Key, loose: frozenset[str]) -> Iterator[World]:
    """Steps with random gradients, up to the step of the key, the same at each step where the problem gives them so.

    `loose` constants have other values, too.
    """
    (course,) = truth.courses([key])
    generator = np.random.default_rng(20)
    flat = course.trace.flat
    for _ in range(COUNT):
        hyper = dict(course.hyper)
        for name in loose:
            if isinstance(hyper.get(name), float):
                hyper[name] = float(generator.uniform(0.2, 0.8))
        steps = [
            generator.uniform(0.5, 2, flat.size) * generator.choice([-1, 1], flat.size) for _ in range(course.last)
        ]
        if truth.problem.every_gradient is not None:
            steps = steps[:1] * len(steps)
        start = flat.split(generator.uniform(0.5, 2, flat.size))
        given = tuple(flat.split(vector) for vector in steps)
        problem = replace(truth.problem, gradients=given, every_gradient=None, rounding=None)
        trace = replace(course.trace, problem=problem, hyper=hyper, start=start)
        made = course.rules[len(course.trace.optimizer.rules(course.hyper)) :]
        moved = replace(course, trace=trace, hyper=hyper, rules=(*trace.optimizer.rules(hyper), *made))
        scene = replace(scene_of(truth.solution, (moved,), local=False), seed=None, graph=Graph(()))
        told = told_in(scene, {})
        yield World(scene, _step_names(course, key, hyper, told, start), told)


def _step_names(
    course: Course, key: Key, hyper: Mapping[str, object], told: Mapping[Key, Array], start: Mapping[str, Array]
) -> dict[str, Array]:
    """What a formula of one step may use: constants, t, gradients, states, the parameter before."""
    parameter, step = str(key.parameter), int(key.step or 1)
    signs = {row.sign: name for name, row in course.trace.optimizer.hyper.items()}
    found = {name: np.asarray(value) for name, value in hyper.items() if isinstance(value, float)}
    found |= {sign: found[name] for sign, name in signs.items() if name in found and sign.isidentifier()}
    found["t"] = np.asarray(float(step))
    for number in range(1, step + 1):
        found[f"g{number}"] = told[Key(GRADIENTS, number, parameter, key.run)]
    found["g"] = found[f"g{step}"]
    states = course.trace.optimizer.state(hyper)
    for row, _ in course.rules:
        new = told[Key(row, step, parameter, key.run)]
        old = told.get(Key(row, step - 1, parameter, key.run), np.zeros(new.shape))
        found[row] = old if row == key.quantity and row in states else new
    before = told[Key(PARAMETERS, step - 1, parameter, key.run)] if step > 1 else start[parameter]
    return {**found, parameter: before, "w": before, "theta": before, "θ": before}
