"""What `gradcalc optimize` does: run the optimizers, show the steps, and write what else was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from gradcalc.cli import files, streams
from gradcalc.cli.options import Choices
from gradcalc.cli.progress import Progress
from gradcalc.cli.run import View, digits, read_problem, refuse_standalone, show
from gradcalc.errors import NumericError, UsageError
from gradcalc.show import optimize as page
from gradcalc.show import steps
from gradcalc.study.run import Asked, Run, runs
from gradcalc.trace import Trace, traces
from gradcalc.training.descent import Descent, Stop, Tolerance

HEAD = ("step", "quantity", "parameter", "index", "value")
SMALLER = "a smaller learning rate may help: --lr"
TOLERATED = ("loss", "parameters", "gradient")


def optimize(file: str | None, choices: Choices) -> None:
    """`gradcalc optimize`."""
    problem = read_problem(file, choices)
    asked = _asked(choices)
    made = _resumed(traces(problem), choices)
    _refuse_early(made, choices)
    if choices.format == "jsonl":
        _stream(made[0], asked, choices)
        return
    ended = runs(made, asked, Progress(sum(trace.steps for trace in made)).watch)
    show(_view(ended, asked, choices), choices, ("jsonl",))
    if choices.plot_file is not None:
        from gradcalc.cli import picture  # noqa: PLC0415 - few runs are drawn
        from gradcalc.show.plot import curves  # noqa: PLC0415

        drawn = picture.draw(choices.plot_file, curves(ended), problem.title)
        files.write(choices.plot_file, drawn, force=choices.force)
    _refuse_divergence([one.descent.stop for one in ended])
    if choices.save_state is not None:
        _save(ended[0].trace, ended[0].descent, choices)


def _asked(choices: Choices) -> Asked:
    """Which steps are kept, and when a run may end early."""
    if choices.every is not None and choices.every < 1:
        raise UsageError(f"--every {choices.every} is not a whole number from 1")
    if choices.tol_on not in TOLERATED:
        raise UsageError(f"--tol-on {choices.tol_on} is none of {', '.join(TOLERATED)}")
    if choices.tol is not None and not choices.tol > 0:
        raise UsageError(f"--tol {choices.tol:g} is not above 0")
    tolerance = Tolerance(choices.tol, choices.tol_on) if choices.tol is not None else None
    return Asked(choices.every, _steps(choices.show), tolerance)


def _steps(text: str | None) -> tuple[int, ...]:
    """The step numbers of `--show 2,10,100`."""
    parts = (text or "").replace(" ", "").split(",") if text else []
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(f"--show {text} is no list of step numbers", hint="such as --show 2,10,100")
    return tuple(int(part) for part in parts)


def _resumed(made: Sequence[Trace], choices: Choices) -> Sequence[Trace]:
    """The traces, which go on from a saved state if one is named."""
    if choices.resume is None:
        return made
    from gradcalc.saved import resume  # noqa: PLC0415

    if len(made) > 1:
        raise UsageError("--resume goes on with one run, and there are several")
    trace, changed = resume(made[0], choices.resume)
    for sentence in changed:
        streams.say(f"note: {sentence}\n")
    return [trace]


def _refuse_early(made: Sequence[Trace], choices: Choices) -> None:
    """Refuse, before any step is made, what could not be done after the last."""
    refuse_standalone(choices)
    if choices.format == "jsonl" and len(made) > 1:
        raise UsageError("--format jsonl streams one run", hint="--format json holds several")
    if choices.symbolic and choices.format not in LETTERED:
        raise UsageError(f"--symbolic has no form as {choices.format}", hint=f"one of {', '.join(LETTERED)}")
    if choices.save_state is not None:
        if len(made) > 1:
            raise UsageError("--save-state saves one run, and there are several")
        _refuse_file("--save-state", choices.save_state, choices)
    if choices.plot or choices.plot_file is not None:
        _refuse_plot(made, choices)


LETTERED = ("table", "json", "markdown", "latex")


def _refuse_plot(made: Sequence[Trace], choices: Choices) -> None:
    flag = "--plot" if choices.plot else "--plot-file"
    if choices.plot and choices.format not in ("table", "markdown", "latex"):
        raise UsageError(f"--plot draws on a page, not in {choices.format}", hint="--plot-file goes with json and csv")
    if choices.format == "jsonl":
        raise UsageError("--plot-file needs all steps at once, and jsonl streams them", hint="--format json")
    if not any(trace.built is not None and trace.built.result is not None for trace in made):
        raise UsageError(f"{flag} draws the loss, and this problem has none")
    if choices.plot_file is not None:
        from gradcalc.cli import picture  # noqa: PLC0415 - few runs are drawn

        picture.check(choices.plot_file)
        _refuse_file("--plot-file", choices.plot_file, choices)


def _refuse_file(flag: str, path: str, choices: Choices) -> None:
    """Refuse a file that is none, that is there already, or that has another purpose."""
    others = {"--out": choices.out, "--save-state": choices.save_state, "--plot-file": choices.plot_file}
    if path in ("", "-", *(other for name, other in others.items() if name != flag)):
        raise UsageError(f"{flag} needs a file of its own")
    files.refuse_existing(path, force=choices.force)


def _view(ended: Sequence[Run], asked: Asked, choices: Choices) -> View:
    shown = digits(ended[0].trace.problem, choices)
    letters = _letters(ended[0].trace, asked) if choices.symbolic else ()
    drawn = page.drawing(ended) if choices.plot else []
    if len(ended) == 1:
        one = ended[0]
        return View(
            lambda: [*(page.symbolic(one, letters) if letters else page.blocks(one, shown)), *drawn],
            lambda: steps.record(one, letters),
            lambda: steps.cells(one),
            HEAD,
            shown,
        )
    return View(
        lambda: [*(page.symbolic_each(ended, letters) if letters else page.compare(ended)), *drawn],
        lambda: steps.compared(ended, letters),
        lambda: ((one.figures.name, *row) for one in ended for row in steps.cells(one)),
        ("run", *HEAD),
        shown,
    )


def _letters(trace: Trace, asked: Asked) -> Sequence[int]:
    """The steps after which the state is told in letters: those that were asked for, else the last."""
    return asked.show or (trace.made + trace.steps,)


def _stream(trace: Trace, asked: Asked, choices: Choices) -> None:
    """One line for the head, one for each step as it is made, one for the end."""
    from gradcalc.show.as_json import dump_line  # noqa: PLC0415

    descent = trace.descent(asked.tolerance)
    to_screen = choices.out in (None, "-")
    # a bar among the lines would be neither
    watch = iter if to_screen and streams.is_terminal() else Progress(trace.steps).watch
    lines = map(dump_line, steps.stream(trace, descent, asked, watch))
    if to_screen:
        for line in lines:
            streams.put(line, utf8=True)
    else:
        files.write(choices.out, "".join(lines), force=choices.force, utf8=True)
    _refuse_divergence([descent.stop])
    if choices.save_state is not None:
        _save(trace, descent, choices)


def _save(trace: Trace, descent: Descent, choices: Choices) -> None:
    from gradcalc.saved import record  # noqa: PLC0415
    from gradcalc.show.as_json import dumps  # noqa: PLC0415

    files.write(choices.save_state, dumps(record(trace, descent)), force=choices.force, utf8=True)


def _refuse_divergence(stops: Sequence[Stop]) -> None:
    """The steps before it have been shown; what follows is that the run could not go on."""
    for stop in stops:
        if stop.reason == "diverged":
            raise NumericError(f"diverged: at step {stop.step} {stop.what} is no longer a finite number", hint=SMALLER)
