"""Where a run has come to, as a file that another run goes on from."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from gradcalc.errors import Fault, GradcalcError, LimitError, Place, ProblemError, Source
from gradcalc.problem import disk, reader
from gradcalc.problem.faults import quoted
from gradcalc.problem.node import Node
from gradcalc.trace import Start, Trace
from gradcalc.training.descent import Descent

SCHEMA = "gradcalc.state/1"
LIMIT = 256 << 20
MOST_NUMBERS = 8_000_000
MOST_STEPS = 1e15

Path = tuple[str, ...]


class Resumed(NamedTuple):
    """A trace that goes on from where another ended, and in a sentence each what is no longer as it was."""

    trace: Trace
    changed: tuple[str, ...] = ()


def record(trace: Trace, descent: Descent) -> dict[str, Any]:
    """All that the steps to come depend on: the number of those made, the parameters, the state of the optimizer.

    The `loss` is that of the last step, which a tolerance compares the next one with.
    """
    split = trace.flat.split
    return {
        "schema": SCHEMA,
        "step": descent.stop.step,
        "optimizer": {"name": trace.optimizer.name, **trace.hyper},
        "parameters": split(descent.parameters),
        "state": {name: split(vector) for name, vector in descent.state.items()},
        "loss": descent.before,
    }


def resume(trace: Trace, path: str) -> Resumed:
    """The trace from the state in the file at `path`.

    Raises ProblemError with everything in it that does not fit the trace: another optimizer, other parameters or
    states, other shapes, numbers that are not finite. Other constants are taken as the problem has them, and told.
    """
    saved = _Saved(path)
    found = [*saved.faults(trace)]
    if found:
        raise ProblemError(found)
    first = int(saved.content["step"])
    problem = trace.problem
    if problem.gradients and problem.every_gradient is None:
        left = len(problem.gradients) - first
        if left < (problem.steps or 1):
            message = f"{path} is the state after step {first}, and the gradients are those of {len(problem.gradients)}"
            raise ProblemError(f"{message} steps: too few for {problem.steps or 1} more", problem.place("gradients"))
        trace = replace(trace, steps=problem.steps or left)
    arrays = {name: np.array(value, np.float64) for name, value in saved.content["parameters"].items()}
    state = {
        name: trace.flat.join({key: np.array(value, np.float64) for key, value in arrays.items()})
        for name, arrays in saved.content["state"].items()
    }
    start = Start(first, state, saved.content["loss"])
    return Resumed(replace(trace, start=arrays, resumed=start), tuple(saved.changed(trace)))


class _Saved:
    """The content of a file, of which nothing is taken on trust."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.data = disk.load(path, LIMIT)
        self.content = _parsed(path, self.data)

    def faults(self, trace: Trace) -> Iterator[Fault]:
        """Whatever does not fit the trace, in the order of the file."""
        if not isinstance(self.content, dict) or self.content.get("schema") != SCHEMA:
            hint = "--save-state writes such a file"
            yield Fault(f"{self.path} is not the state of a run", None, hint)
            return
        step, loss, name = (self.content.get(key) for key in ("step", "loss", "optimizer"))
        if not isinstance(step, float) or not step.is_integer() or not 0 <= step <= MOST_STEPS:
            yield self._fault("the step is not a whole number from 0", ("step",))
        name = name.get("name") if isinstance(name, dict) else None
        if name != trace.optimizer.name:
            said = f"of {quoted(name)}" if isinstance(name, str) else "of no optimizer"
            yield self._fault(f"{self.path} is a state {said}, and the problem uses {trace.optimizer.name}", OPTIMIZER)
            return
        states = trace.optimizer.state(trace.hyper)
        yield from self._arrays(("parameters",), trace.flat.shapes)
        if not (other := [*self._names(("state",), states, "keeps the states")]):
            for name in states:
                yield from self._arrays(("state", name), trace.flat.shapes)
        yield from other
        if loss is not None and not (isinstance(loss, float) and np.isfinite(loss)):
            yield self._fault("the loss is not a finite number", ("loss",))

    def changed(self, trace: Trace) -> Iterator[str]:
        """The constants that the problem has otherwise than the file."""
        before = self._mapping(("optimizer",))
        for key, value in trace.hyper.items():
            if key in before and before[key] != value:
                yield f"{key} was {_plain(before[key])} and is {_plain(value)} from here on"

    def _arrays(self, path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[Fault]:
        """What is wrong with the arrays at `path`, one for each parameter."""
        other = [*self._names(path, shapes, "trains")]
        yield from other
        for name, shape in shapes.items() if not other else ():
            if not _fits(self._mapping(path)[name], shape):
                wanted = f"{'×'.join(map(str, shape))} finite numbers" if shape else "one finite number"
                yield self._fault(f"{'.'.join((*path, name))} is not {wanted}", (*path, name))

    def _names(self, path: Path, wanted: Collection[str], verb: str) -> Iterator[Fault]:
        given = self._mapping(path)
        if {*given} != {*wanted}:
            where, found = ".".join(path), ", ".join(given) or "nothing"
            message = f"{where} in {self.path} has {found}, and this run {verb} {', '.join(wanted) or 'nothing'}"
            yield self._fault(message, path)

    def _mapping(self, path: Path) -> Mapping[str, Any]:
        found = self.content
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def _fault(self, message: str, path: Path, hint: str | None = None) -> Fault:
        return Fault(message, self._place(path), hint)

    def _place(self, path: Path) -> Place | None:
        """Where `path` stands in the file; None in one that is too large to look for it."""
        if self._root is None:
            return None
        *before, last = path
        entry = self._root.at(*before).entries.get(last)
        return entry[0].place if entry else self._root.place

    @cached_property
    def _root(self) -> Node | None:
        with suppress(GradcalcError):
            # what is written as JSON is YAML, too, whose nodes know their places
            return reader.read(self.data, self.path) if len(self.data) <= reader.LIMIT else None
        return None


OPTIMIZER = ("optimizer", "name")


def _parsed(path: str, data: bytes) -> Any:
    # Every array, entry and pair begins behind one of these signs, and takes memory even where it is empty.
    if sum(data.count(sign) for sign in b"[{,") > MOST_NUMBERS:
        raise LimitError(f"{path} holds more than {MOST_NUMBERS} numbers")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_int=float, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ProblemError(f"{path} is not UTF-8") from None
    except RecursionError:
        raise ProblemError(f"{path} is nested too deeply") from None
    except json.JSONDecodeError as error:
        place = Place(Source(path, text), error.lineno, error.colno)
        raise ProblemError(f"{path} is not sound JSON", place) from None
    except ValueError:
        raise ProblemError(f"{path} holds a number that is not finite") from None


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether it is a number, or lists of numbers, of a shape, all of them finite."""
    if not shape:
        return isinstance(value, float) and bool(np.isfinite(value))
    return isinstance(value, list) and len(value) == shape[0] and all(_fits(inner, shape[1:]) for inner in value)


def _plain(value: Any) -> str:
    """A constant as the problem file writes it."""
    return json.dumps(value) if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
