"""The steps of an optimizer: as blocks, as a record for machines, as a stream of records, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcalc import __version__
from gradcalc.engine.op import Array
from gradcalc.show.blocks import Block, Column, Facts, Heading, Line, Note, Row, Table, Value
from gradcalc.show.forward import entries
from gradcalc.show.head import facts
from gradcalc.show.numbers import DEFAULT, Shown, show_number
from gradcalc.show.spark import sparkline
from gradcalc.solution import Solution
from gradcalc.study.conventions import conventions
from gradcalc.study.rules import Rules
from gradcalc.study.runs import Figures, Tally, verdict
from gradcalc.study.updates import signs, told
from gradcalc.trace import Trace, select
from gradcalc.training.descent import Descent, Step, Tolerance

MOST_ROWS = 150
MOST_SUMMARY = 50


class Asked(NamedTuple):
    """What is wanted of a run: which steps are kept, and when it may end early."""

    every: int | None = None
    show: tuple[int, ...] = ()
    tolerance: Tolerance | None = None


class Run(NamedTuple):
    """A run that has ended, with the steps that were kept."""

    trace: Trace
    descent: Descent
    kept: Sequence[Step]
    first: Solution | None
    last: Solution | None
    figures: Figures


def run(trace: Trace, asked: Asked, name: str) -> Run:
    """Make every step, and keep those that are asked for."""
    descent = trace.descent(asked.tolerance)
    start = descent.parameters
    tally = Tally(start)
    kept = list(select(_counted(descent, tally), asked.every or 1, asked.show))
    diverged = descent.stop.reason == "diverged"
    last = None if diverged and not kept else trace.at(descent.parameters)
    loss = last.loss if last is not None else None
    return Run(trace, descent, kept, trace.at(start), last, tally.figures(name, loss, descent.stop))


def runs(traces: Sequence[Trace], asked: Asked) -> list[Run]:
    """A run of each trace, under names that tell them apart."""
    return [run(trace, asked, name) for trace, name in zip(traces, _names(traces), strict=True)]


def _names(traces: Sequence[Trace]) -> list[str]:
    """The optimizers' names; where one comes twice, with the constants in which the two differ."""
    names = []
    for trace in traces:
        same = [other for other in traces if other.optimizer is trace.optimizer]
        differing = [k for k in trace.hyper if len({str(other.hyper[k]) for other in same}) > 1]
        names.append(" ".join([trace.optimizer.name, *(f"{k}={_plain(trace.hyper[k])}" for k in differing)]))
    return names


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def blocks(run: Run, shown: Shown = DEFAULT) -> list[Block]:
    """The page that `gradcalc optimize` prints of one run."""
    page: list[Block] = [*_head(run)]
    rows = len(run.kept) * run.trace.flat.size
    if rows <= MOST_ROWS:
        for step in run.kept:
            page += _step_table(run, step)
    else:
        page += _summary(run)
    return [*page, *_end(run, shown)]


def compare(runs: Sequence[Run]) -> list[Block]:
    """The page that puts several runs side by side."""
    page: list[Block] = [*_title(runs[0])]
    for one in runs:
        page.append(Facts([one.figures.name, *_constants(one.trace), *told(one.trace.optimizer, one.trace.hyper)]))
    page += _side_by_side(runs)
    columns = [
        Column("run"),
        Column("final loss", "number"),
        Column("largest step", "number"),
        Column("sign changes", "number"),
        Column("path length", "number"),
    ]
    rows = [Row((r.figures.name, *_cells(r.figures))) for r in runs]
    page += [Heading("Compared"), Table(columns, rows)]
    figures = [one.figures for one in runs]
    page += [
        Note(f"{one.figures.name}: {verdict(one.figures, [f for f in figures if f is not one.figures])}.")
        for one in runs
    ]
    return page


def record(run: Run) -> dict[str, Any]:
    """The result for machines, as `--format json` writes it."""
    return {
        **_opening(run.trace, run.first),
        "steps": [_entry(run.trace, step) for step in run.kept],
        **_closing(run.trace, run.descent, run.last),
    }


def compared(runs: Sequence[Run]) -> dict[str, Any]:
    """Several runs for machines."""
    figures = [one.figures for one in runs]
    return {
        "schema": "gradcalc.compare/1",
        "version": __version__,
        "runs": [record(one) for one in runs],
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


def stream(trace: Trace, asked: Asked) -> Iterator[dict[str, Any]]:
    """A header, each step as it is made, and the end: the lines of `--format jsonl`."""
    descent = trace.descent(asked.tolerance)
    yield _opening(trace, trace.at(descent.parameters))
    for step in select(descent, asked.every or 1, asked.show):
        yield _entry(trace, step)
    last = trace.at(descent.parameters) if descent.stop.reason != "diverged" else None
    yield _closing(trace, descent, last)


def cells(run: Run) -> Iterator[tuple[int, str, str, str, float]]:
    """Every number of every kept step, a row each: step, quantity, parameter, index, value."""
    base = run.trace.problem.index_base
    for step in run.kept:
        if step.loss is not None:
            yield step.number, "loss", "", "", step.loss
        for quantity, vector in _vectors(step).items():
            for name, array in run.trace.flat.split(vector).items():
                for _, index, value in entries(name, array, base):
                    yield step.number, quantity, name, index, value


def _counted(descent: Descent, tally: Tally) -> Iterator[Step]:
    for step in descent:
        yield tally.take(step)


def _vectors(step: Step) -> dict[str, Array]:
    clipped = {} if step.clipped is None else {"clipped": step.clipped}
    return {"gradient": step.gradient, **clipped, **step.shown, "update": step.update, "parameters": step.parameters}


def _opening(trace: Trace, first: Solution | None) -> dict[str, Any]:
    return {
        "schema": "gradcalc.optimize/1",
        "version": __version__,
        "title": trace.problem.title,
        "conventions": {**(conventions(first, Rules(first)) if first else {}), "gradients": _where_from(trace)},
        "optimizer": {"name": trace.optimizer.name, **trace.hyper, **_settings(trace)},
        "initial": {"parameters": dict(trace.start), "loss": first.loss if first else None},
    }


def _entry(trace: Trace, step: Step) -> dict[str, Any]:
    def split(vector: Array) -> dict[str, Array]:
        return trace.flat.split(vector + 0.0)  # a −0 becomes a 0, which is what people write

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


def _settings(trace: Trace) -> dict[str, Any]:
    """What is chosen beside the constants of the rule, where it is chosen at all."""
    choice = trace.choice
    schedule = choice.schedule
    chosen = {
        "frozen": list(choice.frozen),
        "clip": dict(choice.clip),
        "schedule": None if schedule is None else {"name": schedule.name, **schedule.values},
        "batch_size": choice.batch_size,
        "shuffle": choice.shuffle,
        "maximize": choice.maximize,
    }
    return {key: value for key, value in chosen.items() if value}


def _where_from(trace: Trace) -> str:
    return "given" if trace.given else "backpropagation"


def _title(run: Run) -> list[Block]:
    title = run.trace.problem.title
    return [Line(title, "title")] if title else []


def _head(run: Run) -> list[Block]:
    trace, first = run.trace, run.first
    page = _title(run)
    if first is not None:
        page.append(Facts(facts(first, Rules(first))))
    settings = [f"{key} {value}" for key, value in _settings(trace).items()]
    gradients = ["gradients given"] if trace.given else []
    page.append(Facts([trace.optimizer.title, *_constants(trace), *settings, *gradients]))
    page.append(Facts(told(trace.optimizer, trace.hyper)))
    return page


def _constants(trace: Trace) -> list[str]:
    """Every number that the rule uses, by its sign: `η = 0.1`. A 0 has no part in it, and a variant is seen in the rule."""
    rows = trace.optimizer.hyper
    numbers = {k: v for k, v in trace.hyper.items() if isinstance(v, float | int) and not isinstance(v, bool) and v}
    return [f"{rows[key].sign} = {value:g}" for key, value in numbers.items()]


def _step_table(run: Run, step: Step) -> list[Block]:
    """A table with a row for each entry of each parameter."""
    trace = run.trace
    names = [f"step {step.number}", "θ before", "g", *(["clipped g"] if step.clipped is not None else [])]
    shown = [name for name in step.shown if name != "g"]
    columns = [Column(names[0]), *(Column(n, "number") for n in names[1:])]
    names_of = signs(trace.optimizer)
    columns += [Column(names_of.get(name, name), "number") for name in shown]
    columns += [Column("update", "number"), Column("θ after", "number", "value")]
    before = step.parameters - step.update
    vectors = [before, step.gradient, *([step.clipped] if step.clipped is not None else [])]
    vectors += [*(step.shown[name] for name in shown), step.update, step.parameters]
    rows = [Row((label, *(Value(float(vector[i])) for vector in vectors))) for i, label in enumerate(_labels(trace))]
    said = [] if step.loss is None else [f"L = {step.loss:.6g}"]
    if trace.choice.schedule is not None:
        said.append(f"η = {step.rate:.6g}")
    samples = trace.samples(step.number)
    if samples is not None:
        said.append(f"sample{'s' if len(samples) > 1 else ''} {', '.join(map(str, samples))}")
    return [*([Facts(said)] if said else []), Table(columns, rows)]


def _labels(trace: Trace) -> list[str]:
    """The name of each entry of the vector: `w1`, `W1[1,2]`."""
    base = trace.problem.index_base
    labels = []
    for name, shape in trace.flat.shapes.items():
        for index in np.ndindex(*shape):
            labels.append(f"{name}[{','.join(str(i + base) for i in index)}]" if index else name)
    return labels


def _summary(run: Run) -> list[Block]:
    """A row for each kept step of a long run, thinned out where there are too many to read."""
    kept = run.kept
    thin = -(-len(kept) // MOST_SUMMARY)
    rows = [*kept[thin - 1 :: thin], *([kept[-1]] if len(kept) % thin else [])]
    few = run.trace.flat.size <= FEW
    labels = _labels(run.trace) if few else []
    columns = [Column("step", "number"), Column("L", "number"), Column("‖g‖", "number"), Column("‖update‖", "number")]
    columns += [Column(label, "number") for label in labels]
    table = [
        Row((
            str(step.number),
            Value(step.loss) if step.loss is not None else "",
            Value(float(np.sqrt(step.gradient @ step.gradient))),
            Value(float(np.sqrt(step.update @ step.update))),
            *(Value(float(entry)) for entry in (step.parameters if few else ())),
        ))
        for step in rows
    ]  # fmt: skip
    note = [
        Note(
            f"showing {len(rows)} of {run.figures.steps} steps; --every K or --show 2,10 choose, --format json has all"
        )
    ]
    return [Table(columns, table), *(note if len(rows) < run.figures.steps else [])]


FEW = 4


def _end(run: Run, shown: Shown) -> list[Block]:
    """How the run ended, and the loss on its way."""
    page: list[Block] = []
    stop, last = run.descent.stop, run.last
    losses = [step.loss for step in run.kept if step.loss is not None]
    if last is not None and last.loss is not None and stop.reason != "diverged":
        losses.append(last.loss)
        page.append(Line(f"L after step {stop.step}: {show_number(last.loss, shown)}", "bold"))
    if len(losses) > 2:
        page.append(Line(f"loss  {sparkline(losses)}  {losses[0]:.4g} → {losses[-1]:.4g}", "dim"))
    if stop.reason == "tolerance":
        page.append(Note(f"stopped at step {stop.step}: the change is below the tolerance"))
    if _still(run, shown):
        page.append(Note("nothing moves at the digits that are shown: the learning rate may be too small"))
    return page


def _still(run: Run, shown: Shown) -> bool:
    """True if a run with a gradient leaves every parameter as it was, as far as one can see."""
    if not run.kept or not any(step.gradient.any() for step in run.kept):
        return False
    start = run.trace.flat.join(run.trace.start)
    pairs = zip(start.tolist(), run.descent.parameters.tolist(), strict=True)
    return all(show_number(a, shown) == show_number(b, shown) for a, b in pairs)


def _side_by_side(runs: Sequence[Run]) -> list[Block]:
    """The parameters after each kept step, a column for each run."""
    labels = _labels(runs[0].trace)
    steps = sorted({step.number for one in runs for step in one.kept})
    if len(labels) * len(steps) > MOST_ROWS:
        return []
    columns = [Column("step"), Column("θ after"), *(Column(one.figures.name, "number") for one in runs)]
    by_step = [{step.number: step.parameters for step in one.kept} for one in runs]
    rows = []
    for number in steps:
        for i, label in enumerate(labels):
            values = [Value(float(kept[number][i])) if number in kept else "" for kept in by_step]
            rows.append(
                Row(("" if i else str(number), label, *values), gap=len(labels) > 1 and not i and number != steps[0])
            )
    return [Table(columns, rows)]


def _cells(figures: Figures) -> list[Value | str]:
    loss = Value(figures.final_loss) if figures.final_loss is not None else ""
    return [loss, Value(figures.largest_step), str(figures.sign_changes), Value(figures.path_length)]
