"""What the commands do: read the problem, solve it, show the view that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from gradcalc.cli import files, streams
from gradcalc.cli.options import FUNCTIONS, NETWORK, TRAINING, Choices
from gradcalc.errors import ProblemError, UsageError
from gradcalc.problem.hyper import HYPER_FLAGS
from gradcalc.problem.load import combine
from gradcalc.problem.model import Problem
from gradcalc.problem.suggest import hint
from gradcalc.show.blocks import Block, Look
from gradcalc.show.numbers import DEFAULT, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradcalc.problem.flags import Flags
    from gradcalc.problem.seed import Seed
    from gradcalc.solution import Solution

FORMATS = ("table", "json", "csv", "markdown", "latex")
COLOURS = ("auto", "always", "never")
MOST_DIGITS = 17


class View(NamedTuple):
    """A result in the three forms that every format is made from; each is only made when it is asked for."""

    blocks: Callable[[], Sequence[Block]]
    record: Callable[[], Any]
    cells: Callable[[], Iterable[Sequence[str | float | None]]]
    head: Sequence[str]
    shown: Shown = DEFAULT


def forward(file: str | None, choices: Choices) -> None:
    """`gradcalc forward`."""
    from gradcalc.show import forward as page  # noqa: PLC0415
    from gradcalc.solution import solve  # noqa: PLC0415

    solution = solve(read_problem(file, choices), gradients=False)
    show(
        View(
            lambda: page.blocks(solution),
            lambda: page.record(solution),
            lambda: page.cells(solution),
            ("quantity", "index", "value"),
            digits(solution.problem, choices),
        ),
        choices,
    )


def backward(file: str | None, choices: Choices) -> None:
    """`gradcalc backward`."""
    from gradcalc.show import backward as page  # noqa: PLC0415
    from gradcalc.solution import solve  # noqa: PLC0415

    solution = solve(read_problem(file, choices), of=choices.of, seed=_seed(choices))
    show(
        View(
            lambda: page.blocks(solution, with_locals=choices.locals),
            lambda: page.record(solution, with_locals=choices.locals),
            lambda: page.cells(solution, with_locals=choices.locals),
            ("quantity", "index", "value"),
            digits(solution.problem, choices),
        ),
        choices,
    )


def shapes(file: str | None, choices: Choices) -> None:
    """`gradcalc shapes`."""
    from gradcalc.show import shapes as page  # noqa: PLC0415

    problem, derivatives = read_problem(file, choices), choices.derivatives
    show(
        View(
            lambda: page.blocks(problem, derivatives=derivatives),
            lambda: page.record(problem, derivatives=derivatives),
            lambda: page.cells(problem, derivatives=derivatives),
            ("quantity", "letters", "shape"),
        ),
        choices,
    )


def ops(name: str | None, choices: Choices) -> None:
    """`gradcalc ops`."""
    from gradcalc.show import ops as page  # noqa: PLC0415

    row = page.find(name) if name is not None else None
    show(
        View(
            lambda: page.one(row) if row else page.blocks(),
            lambda: page.entry(row) if row else page.record(),
            lambda: page.cells([row] if row else None),
            ("name", "family", "formula"),
        ),
        choices,
    )


def examples(name: str | None, choices: Choices) -> None:
    """`gradcalc examples`."""
    from gradcalc.show import examples as page  # noqa: PLC0415

    if name is not None:
        if choices.format != "table" or choices.standalone:
            raise UsageError("an example is printed as it is, a YAML file", hint="leave out --format and --standalone")
        put(page.text(name), choices)
        return
    show(View(page.blocks, page.record, page.cells, ("name", "about")), choices)


def schema(choices: Choices) -> None:
    """`gradcalc schema`."""
    from gradcalc.problem.schema import schema as made  # noqa: PLC0415
    from gradcalc.show.as_json import dumps  # noqa: PLC0415

    put(dumps(made()), choices)


def read_problem(file: str | None, choices: Choices) -> Problem:
    """The problem of the file, the flags, or both; the built-in example where there is neither."""
    name = None
    if file is None and not choices.weights and not getattr(choices, "functions", ()):
        from gradcalc.problem.examples import default  # noqa: PLC0415

        file, name = default(), "the built-in example"
        streams.say("no file given: this is the built-in example (`gradcalc examples` lists more)\n")
    return combine(file, _flags(choices), lambda sentence: streams.say(f"note: {sentence}\n"), name=name)


def _seed(choices: Choices) -> Seed | None:
    """The gradient that arrives at the result, where one is given."""
    if choices.seed_gradient is None:
        return None
    from gradcalc.problem.seed import Seed  # noqa: PLC0415

    return Seed.read(choices.seed_gradient)


def _flags(choices: Choices) -> Flags | None:
    """What the flags say of the problem; None where they say nothing, for which nothing need be loaded."""
    names = ("functions", *(row.name for row in (*NETWORK, *TRAINING, *FUNCTIONS)))
    if all(getattr(choices, name, None) in (None, [], ()) for name in names):
        return None
    from gradcalc.problem.flags import Flags  # noqa: PLC0415
    from gradcalc.problem.function_flags import FunctionFlags  # noqa: PLC0415
    from gradcalc.problem.optimizer_flags import OptimizerFlags  # noqa: PLC0415

    hyper = {flag.key: getattr(choices, flag.key, None) for flag in HYPER_FLAGS}
    return Flags(
        input=choices.input,
        target=choices.target,
        loss=choices.loss,
        weights=choices.weights,
        biases=choices.bias,
        activations=choices.activation,
        reduction=choices.reduction,
        index_base=choices.index_base,
        round=choices.round,
        sets=choices.set,
        optimizer=OptimizerFlags(
            getattr(choices, "optimizer", None),
            getattr(choices, "steps", None),
            getattr(choices, "lr", None),
            {key: text for key, text in hyper.items() if text is not None},
        ),
        functions=FunctionFlags(
            getattr(choices, "functions", ()), getattr(choices, "compose", None), getattr(choices, "at", ())
        ),
    )


def solved(problem: Problem, purpose: str, of: str | None = None) -> Solution:
    """The solution, without gradients where nothing is one number; `purpose` is what it is needed for."""
    from gradcalc.problem.build import build  # noqa: PLC0415
    from gradcalc.solution import evaluate  # noqa: PLC0415

    built = build(problem)
    if not built.graph.equations:
        raise ProblemError(f"there is no computation to {purpose}, only parameters", problem.place("parameters"))
    is_number = all(side == 1 for side in built.quantities[built.output].shape)
    return evaluate(problem, built, gradients=of is not None or built.result is not None or is_number, of=of)


def digits(problem: Problem, choices: Choices) -> Shown:
    """How many digits are shown: the flag's, else the problem's rounding, else six."""
    base = problem.index_base
    if choices.precision is not None:
        return Shown(choices.precision, index_base=base)
    if problem.rounding is not None:
        return Shown(problem.rounding.digits, problem.rounding.unit, index_base=base)
    return Shown(index_base=base)


def show(view: View, choices: Choices, also: tuple[str, ...] = ()) -> None:
    """Write a view in the chosen format to the chosen place."""
    check(choices, (*FORMATS, *also))
    put(_text(view, choices), choices)


def check(choices: Choices, formats: Sequence[str]) -> None:
    """Raise a UsageError for an option of the output that can't be followed."""
    if choices.precision is not None and not 1 <= choices.precision <= MOST_DIGITS:
        raise UsageError(f"--precision {choices.precision} is not between 1 and {MOST_DIGITS}")
    if choices.width is not None and choices.width < 1:
        raise UsageError(f"--width {choices.width} leaves no room for anything")
    if choices.format not in formats:
        raise UsageError(f"no format is called '{choices.format}'", hint=hint(choices.format, formats))
    if choices.color not in COLOURS:
        raise UsageError(f"--color {choices.color} is none of {', '.join(COLOURS)}")
    refuse_standalone(choices)


def refuse_standalone(choices: Choices) -> None:
    """Refuse --standalone for a format that has no documents."""
    if getattr(choices, "standalone", False) and choices.format != "latex":
        raise UsageError(f"--standalone makes a document of LaTeX, not of {choices.format}", hint="--format latex")


def _text(view: View, choices: Choices) -> str:
    if choices.format == "json":
        from gradcalc.show.as_json import dumps  # noqa: PLC0415

        return dumps(view.record())
    if choices.format == "csv":
        from gradcalc.show.as_csv import dumps as rows  # noqa: PLC0415

        return rows(view.head, view.cells())
    ascii_only = wants_ascii(choices)
    if choices.format == "markdown":
        from gradcalc.show.markdown import write as markdown  # noqa: PLC0415

        return markdown(view.blocks(), Look(view.shown, ascii=ascii_only))
    if choices.format == "latex":
        from gradcalc.show.latex import write as latex  # noqa: PLC0415

        return latex(view.blocks(), Look(view.shown, choices.width), standalone=choices.standalone)
    return page(view, choices, ascii_only=ascii_only)


def wants_ascii(choices: Choices) -> bool:
    """Whether only ASCII is asked for, or all that standard output can take."""
    return choices.ascii or (choices.out in (None, "-") and streams.wants_ascii())


def page(view: View, choices: Choices, *, ascii_only: bool) -> str:
    """The page for people: as wide as the terminal, and painted where a terminal shows it."""
    to_screen = choices.out in (None, "-")
    width = choices.width or (streams.width() if to_screen else None)
    look = Look(view.shown, width, ascii_only)
    if to_screen and streams.colour(choices.color):
        from gradcalc.show.terminal import write as paint  # noqa: PLC0415

        return paint(view.blocks(), look)
    from gradcalc.show.plain import write  # noqa: PLC0415

    return write(view.blocks(), look)


def put(text: str, choices: Choices) -> None:
    utf8 = getattr(choices, "format", "table") in ("json", "csv")
    files.write("-" if choices.out is None else choices.out, text, force=choices.force, utf8=utf8)
