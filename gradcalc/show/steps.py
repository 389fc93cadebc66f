"""The steps of an optimizer for machines: as a record, as a stream of records, as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gradcalc import __version__
from gradcalc.engine.op import Array
from gradcalc.show.forward import entries
from gradcalc.solution import Solution
from gradcalc.study.conventions import conventions
from gradcalc.study.rules import Rules
from gradcalc.study.run import Asked, Run, Watch
from gradcalc.study.runs import verdict
from gradcalc.trace import Trace, select
from gradcalc.training.descent import Descent, Step


def record(run: Run, symbolic: Sequence[int] = ()) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it; in letters, too, for the steps `symbolic`."""
    return {
        **_opening(run.trace, run.first),
        **({"symbolic": _letters(run.trace, symbolic)} if symbolic else {}),
        "steps": [_entry(run.trace, step) for step in run.kept],
        **_closing(run.trace, run.descent, run.last),
    }


def _letters(trace: Trace, steps: Sequence[int]) -> Any:
    from gradcalc.show.letters import record  # noqa: PLC0415 - numbers do not wait for it

    return record(trace, steps)


def compared(runs: Sequence[Run], symbolic: Sequence[int] = ()) -> dict[str, Any]:
    """Several runs for machines."""
    figures = [one.figures for one in runs]
    return {
        "schema": "gradcalc.compare/1",
        "version": __version__,
        "runs": [record(one, symbolic) for one in runs],
        "comparison": [
            {
                "name": f.name,
                "final_loss": f.final_loss,
                "largest_step": f.largest_step,
                "sign_changes": f.sign_changes,
                "path_length": f.path_length,
                "verdict": verdict(f, [other for other in figures if other is not f]),
            }
            for f in figures
        ],
    }


def stream(trace: Trace, descent: Descent, asked: Asked, watch: Watch = iter) -> Iterator[dict[str, Any]]:
    """A header, each step as the descent makes it, and the end: the lines of `--format jsonl`."""
    yield _opening(trace, trace.at(descent.parameters))
    for step in select(watch(descent), asked.every or 1, asked.show):
        yield _entry(trace, step)
    last = trace.end(descent) if descent.stop.reason != "diverged" else None
    yield _closing(trace, descent, last)


def cells(run: Run) -> Iterator[tuple[int, str, str, str, float]]:
    """Every number of every kept step, a row each: step, quantity, parameter, index, value."""
    base = run.trace.problem.index_base
    for step in run.kept:
        if step.loss is not None:
            yield step.number, "loss", "", "", step.loss
        for quantity, vector in _vectors(step).items():
            for name, array in _split(run.trace, vector).items():
                for _, index, value in entries(name, array, base):
                    yield step.number, quantity, name, index, value


def _vectors(step: Step) -> dict[str, Array]:
    clipped = {} if step.clipped is None else {"clipped": step.clipped}
    return {"gradient": step.gradient, **clipped, **step.shown, "update": step.update, "parameters": step.parameters}


def _opening(trace: Trace, first: Solution | None) -> dict[str, Any]:
    return {
        "schema": "gradcalc.optimize/1",
        "version": __version__,
        "title": trace.problem.title,
        "conventions": {
            **(conventions(first, Rules(first)) if first else {}),
            "gradients": "given" if trace.given else "backpropagation",
        },
        "optimizer": {"name": trace.optimizer.name, **trace.hyper, **settings(trace)},
        "initial": {
            **({"step": trace.made} if trace.resumed is not None else {}),
            "parameters": dict(trace.start),
            "loss": first.loss if first else None,
        },
    }


def _split(trace: Trace, vector: Array) -> dict[str, Array]:
    return trace.flat.split(vector + 0.0)  # a −0 becomes a 0, which is what people write


def _entry(trace: Trace, step: Step) -> dict[str, Any]:
    split = partial(_split, trace)
    clipped = {} if step.clipped is None else {"clipped": split(step.clipped)}
    samples = trace.samples(step.number)
    return {
        "step": step.number,
        "learning_rate": step.rate,
        "samples": None if samples is None else list(samples),
        "loss": step.loss,
        "gradients": split(step.gradient),
        **clipped,
        "state": {name: split(vector) for name, vector in step.shown.items()},
        "update": split(step.update),
        "parameters": split(step.parameters),
    }


def _closing(trace: Trace, descent: Descent, last: Solution | None) -> dict[str, Any]:
    return {
        "final": {
            "parameters": {**_frozen(trace), **trace.flat.split(descent.parameters)},
            "loss": last.loss if last else None,
            "values": last.values if last else {},
            "sample_losses": last.sample_losses if last else None,
            "output_losses": last.output_losses if last else None,
        },
        "stopped": {"reason": descent.stop.reason, "step": descent.stop.step},
    }


def _frozen(trace: Trace) -> dict[str, Array]:
    leaves: Mapping[str, Array] = trace.built.leaves if trace.built is not None else trace.problem.parameters
    return {name: leaves[name] for name in trace.choice.frozen}


def settings(trace: Trace) -> dict[str, Any]:
    """What is chosen beside the constants of the rule, where it is chosen at all."""
    choice = trace.choice
    schedule, seed = choice.schedule, choice.shuffle
    rates = {"rates": list(schedule.rates)} if schedule is not None and schedule.rates else {}
    chosen = {
        "frozen": list(choice.frozen),
        "clip": dict(choice.clip),
        "schedule": None if schedule is None else {"name": schedule.name, **schedule.values, **rates},
        "batch_size": choice.batch_size,
        "shuffle": None if seed is None else {"seed": seed},
        "maximize": choice.maximize,
    }
    return {key: value for key, value in chosen.items() if value}
