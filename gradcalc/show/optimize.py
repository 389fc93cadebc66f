"""The steps of an optimizer as a page for people: one run in full, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from gradcalc.engine.maths import Maths, Phrase, Words, amount, figure, named
from gradcalc.show.blocks import Block, Column, Drawing, Facts, Heading, Line, Note, Row, Table, Value
from gradcalc.show.head import facts
from gradcalc.show.numbers import DEFAULT, Shown, show_number
from gradcalc.show.prose import prose
from gradcalc.show.spark import sparkline
from gradcalc.study.rules import Rules
from gradcalc.study.run import Run
from gradcalc.study.runs import Figures, verdict
from gradcalc.study.updates import signs, told, told_schedule
from gradcalc.trace import Trace
from gradcalc.training.descent import Step

MOST_ROWS = 150
MOST_SUMMARY = 50


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


def symbolic(run: Run, steps: Sequence[int]) -> list[Block]:
    """The page in letters of one run: the rules, the state after each of `steps`, a constant gradient."""
    from gradcalc.show.letters import blocks as letters  # noqa: PLC0415 - numbers do not wait for it

    return [*_setting(run), *letters(run.trace, steps)]


def drawing(runs: Sequence[Run]) -> list[Block]:
    """The loss of each run over the steps."""
    from gradcalc.show.plot import curves, plot  # noqa: PLC0415 - few runs are drawn

    return [Drawing(partial(plot, curves(runs)))]


def symbolic_each(runs: Sequence[Run], steps: Sequence[int]) -> list[Block]:
    """The pages in letters of several runs below each other."""
    return [block for run in runs for block in (Heading(run.figures.name), *symbolic(run, steps))]


def compare(runs: Sequence[Run]) -> list[Block]:
    """The page that puts several runs side by side."""
    page: list[Block] = [*_title(runs[0])]
    for one in runs:
        page.append(Facts([one.figures.name, *_constants(one.trace), *rules(one.trace)]))
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


def _title(run: Run) -> list[Block]:
    title = run.trace.problem.title
    return [Line(title, "title")] if title else []


def _head(run: Run) -> list[Block]:
    return [*_setting(run), Facts(rules(run.trace))]


def _setting(run: Run) -> list[Block]:
    """The title, the conventions, and the optimizer with its constants."""
    trace, first = run.trace, run.first
    page = _title(run)
    if first is not None:
        page.append(Facts(facts(first, Rules(first))))
    page.append(setting(trace))
    return page


def setting(trace: Trace) -> Facts:
    """An optimizer with its constants and everything that is chosen beside them."""
    gradients = ["gradients given"] if trace.given else []
    resumed = [f"goes on after step {trace.made}"] if trace.resumed is not None else []
    return Facts([trace.optimizer.title, *_constants(trace), *_chosen(trace), *gradients, *resumed])


def _chosen(trace: Trace) -> list[Words]:
    """What is chosen beside the constants; a schedule stands among the rules."""
    choice = trace.choice
    said: list[Words] = [prose(f"frozen: {', '.join(choice.frozen)}", choice.frozen)] if choice.frozen else []
    said += [f"clipped to {kind} {size:g}" for kind, size in choice.clip.items()]
    if choice.batch_size is not None:
        said.append(f"batches of {choice.batch_size}")
    if choice.shuffle is not None:
        said.append(f"shuffled with seed {choice.shuffle}")
    return [*said, Phrase([named("L"), " is maximized"])] if choice.maximize else said


def rules(trace: Trace) -> list[Words]:
    """The rules of a step; with a schedule that of the rate, and its constants, too."""
    schedule = trace.choice.schedule
    lines: Sequence[Words] = told(trace.optimizer, trace.hyper, scheduled=schedule is not None)
    if schedule is None:
        return [*lines]
    rate = told_schedule(schedule, trace.made + trace.steps)
    return [*lines, rate.formula, *(amount(sign, value) for sign, value in rate.constants.items())]


def _constants(trace: Trace) -> list[Maths]:
    """Every number that the rule uses, by its sign: `η = 0.1`.

    A 0 has no part in it, and a variant is seen in the rule.
    """
    rows = trace.optimizer.hyper
    numbers = {k: v for k, v in trace.hyper.items() if isinstance(v, float | int) and not isinstance(v, bool) and v}
    return [amount(rows[key].sign, value) for key, value in numbers.items()]


def _step_table(run: Run, step: Step) -> list[Block]:
    """A table with a row for each entry of each parameter."""
    trace = run.trace
    g = named("g")
    names: list[Words] = [f"step {step.number}", "θ before", g]
    names += [Phrase(["clipped ", g])] if step.clipped is not None else []
    shown = [name for name in step.shown if name != "g"]
    columns = [Column(names[0]), *(Column(n, "number") for n in names[1:])]
    names_of = signs(trace.optimizer)
    columns += [Column(named(names_of.get(name, name)), "number") for name in shown]
    columns += [Column("update", "number"), Column("θ after", "number", "value")]
    vectors = [step.before, step.gradient, *([step.clipped] if step.clipped is not None else [])]
    vectors += [*(step.shown[name] for name in shown), step.update, step.parameters]
    rows = [Row((label, *(Value(float(vector[i])) for vector in vectors))) for i, label in enumerate(_labels(trace))]
    said: list[Words] = [] if step.loss is None else [amount("L", step.loss, "{:.6g}".format)]
    if trace.choice.schedule is not None and step.rate is not None:
        said.append(amount("η", step.rate, "{:.6g}".format))
    samples = trace.samples(step.number)
    if samples is not None:
        said.append(f"sample{'s' if len(samples) > 1 else ''} {', '.join(map(str, samples))}")
    return [*([Facts(said)] if said else []), Table(columns, rows)]


def _labels(trace: Trace) -> list[Maths]:
    """The name of each entry of the vector: `w1`, `W1[1,2]`."""
    base = trace.problem.index_base
    labels = []
    for name, shape in trace.flat.shapes.items():
        for index in np.ndindex(*shape):
            labels.append(named(f"{name}[{','.join(str(i + base) for i in index)}]" if index else name))
    return labels


def _summary(run: Run) -> list[Block]:
    """A row for each kept step of a long run, thinned out where there are too many to read."""
    kept = run.kept
    thin = -(-len(kept) // MOST_SUMMARY)
    rows = [*kept[thin - 1 :: thin], *([kept[-1]] if len(kept) % thin else [])]
    few = run.trace.flat.size <= FEW
    labels = _labels(run.trace) if few else []
    columns = [
        Column("step", "number"),
        Column(named("L"), "number"),
        Column("‖g‖", "number"),
        Column("‖update‖", "number"),
    ]
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
        final = figure(last.loss, partial(show_number, shown=shown))
        page.append(Line(Phrase([named("L"), f" after step {stop.step}: ", final]), "bold"))
    if len(losses) > 2:
        first, final = (figure(loss, "{:.4g}".format) for loss in (losses[0], losses[-1]))
        page.append(Line(Phrase([f"loss  {sparkline(losses)}  ", first, " → ", final]), "dim"))
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
