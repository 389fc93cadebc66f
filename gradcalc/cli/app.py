"""The commands of gradcalc: each reads a problem, solves it and shows a view of the solution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gradcalc.cli.options import (
    CHECK,
    EXERCISE,
    JACOBIAN,
    NETWORK,
    OF_PROBLEMS,
    OUTPUT,
    TRAINED,
    TRAINING,
    WRITTEN,
    Choices,
)
from gradcalc.cli.typed import dressed, with_options

File = Annotated[str | None, typer.Argument(metavar="[FILE]", help="The problem, a YAML file; - is standard input.")]


def root(
    version: Annotated[bool, typer.Option("--version", "-V", help="Show the version.")] = False,
) -> None:
    """Only there to carry `--version`, which is answered before any of this is loaded."""


@with_options(*OF_PROBLEMS["forward"])
def forward(file: File = None, *, choices: Choices) -> None:
    """Every value, from the input to the loss.

    For each quantity its formula, its shape and its value; of a batch the loss of each sample, too.
    """
    from gradcalc.cli.run import forward as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["backward"])
def backward(file: File = None, *, choices: Choices) -> None:
    """Every gradient, from the loss back.

    For each quantity the rule in the problem's own names, the shape and the gradient; which are zero, and why.
    """
    from gradcalc.cli.run import backward as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["optimize"])
def optimize(file: File = None, *, choices: Choices) -> None:
    """An optimizer, step by step.

    For each step the loss, the gradient, every state variable, the update and the new parameters.
    """
    from gradcalc.cli.optimize import optimize as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["solve"])
def solve(file: File = None, *, choices: Choices) -> None:
    """The whole worked solution, ready to hand out.

    For every quantity the formula, the numbers put in and the result: forward, backward, zeros, the update, a check.
    """
    from gradcalc.cli.solve import solve as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["gradcheck"])
def gradcheck(file: File = None, *, choices: Choices) -> None:
    """Exact gradients beside central differences.

    Every gradient is compared entry by entry, relative to the size of its terms; the exit code is 1 if one differs.
    """
    from gradcalc.cli.gradcheck import gradcheck as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["shapes"])
def shapes(file: File = None, *, choices: Choices) -> None:
    """The dimension of every quantity.

    In letters and in numbers; a network of letters (units: H) needs no numbers at all.
    """
    from gradcalc.cli.run import shapes as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["graph"])
def graph(file: File = None, *, choices: Choices) -> None:
    """The computation as a picture.

    Values and gradients at the nodes, local derivatives on the edges; --view neurons draws the units of a network.
    """
    from gradcalc.cli.graph import graph as run  # noqa: PLC0415

    run(file, choices)


@with_options(*OF_PROBLEMS["explain"])
def explain(
    words: Annotated[
        list[str], typer.Argument(metavar="[FILE] QUANTITY", help="A gradient, as dW1[1,2]; a value, z1.")
    ],
    *,
    choices: Choices,
) -> None:
    """The chain rule for one quantity.

    Every path with its factors, as formulas and as numbers, and their sum; of a whole matrix its rule with shapes.
    """
    from gradcalc.cli.explain import explain as run  # noqa: PLC0415

    run(words, choices)


@with_options(JACOBIAN, NETWORK, OUTPUT)
def jacobian(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE] [FUNCTION]...", help="A problem file; functions: 'F(x, y) = [x*y, x - y]'."),
    ] = None,
    *,
    choices: Choices,
) -> None:
    """Jacobians, in letters and at a point.

    Of functions, and of one fed by another: the chain rule beside the direct derivative. Of a network: --of a2 --wrt x
    """
    from gradcalc.cli.jacobian import jacobian as run  # noqa: PLC0415

    run(arguments or [], choices)


@with_options(CHECK, TRAINING, NETWORK, OUTPUT)
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The problem, a YAML file.")],
    answers: Annotated[
        list[str] | None, typer.Argument(metavar="[ANSWERS]...", help="Your numbers: YAML, JSON or CSV.")
    ] = None,
    *,
    choices: Choices,
) -> None:
    """Your own numbers: what is right, what is not, and why.

    Each number is judged against the truth and against what follows from your earlier numbers; the first slip is named,
    and the mistake that produces it. Ends with 1 where a number is wrong.
    """
    from gradcalc.cli.check import check as run  # noqa: PLC0415

    run(file, answers or [], choices)


@with_options(EXERCISE, TRAINED, WRITTEN)
def exercise(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="With --sheet: a problem that is there already.")
    ] = None,
    *,
    choices: Choices,
) -> None:
    """New problems with clean numbers.

    Drawn so that mistakes show: each leads to other numbers. `solve` is the key, --sheet the blank sheet for `check`.
    With --optimizer alone: parameters, and gradients that are given.
    """
    from gradcalc.cli.exercise import exercise as run  # noqa: PLC0415

    run(file, choices)


@with_options(OUTPUT)
def ops(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One op, in full.")] = None, *, choices: Choices
) -> None:
    """The table of activations, losses, optimizers.

    With NAME one of them in full: formula, derivative, how gradient flows back, conventions, options.
    """
    from gradcalc.cli.run import ops as run  # noqa: PLC0415

    run(name, choices)


@with_options(OUTPUT)
def examples(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this problem file.")] = None,
    *,
    choices: Choices,
) -> None:
    """The problem files that come along.

    With NAME one of them, to start from: gradcalc examples xor > mine.yaml
    """
    from gradcalc.cli.run import examples as run  # noqa: PLC0415

    run(name, choices)


@with_options(OUTPUT[1:3])
def schema(*, choices: Choices) -> None:
    """JSON Schema of the problem file.

    Draft-07, for editors: gradcalc schema > gradcalc.schema.json
    """
    from gradcalc.cli.run import schema as run  # noqa: PLC0415

    run(choices)


COMMANDS = {
    command.__name__: command
    for command in (
        forward,
        backward,
        solve,
        optimize,
        explain,
        shapes,
        graph,
        jacobian,
        gradcheck,
        check,
        exercise,
        ops,
        examples,
        schema,
    )
}


def app(args: Sequence[str], **settings: Any) -> Any:
    """Run a command line, as a Typer app is run."""
    return build(args)(args=list(args), **settings)


def build(args: Sequence[str] = ()) -> typer.Typer:
    """The Typer app. It takes Typer a while to read a command, so that only the one that is called is put in;
    all of them for help, for completion, and where the name is none of theirs."""
    made = typer.Typer(
        name="gradcalc",
        help="A gradient calculator that shows its work. Without FILE a command runs the built-in example.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(root)
    called = [COMMANDS[args[0]]] if args and args[0] in COMMANDS else list(COMMANDS.values())
    for command in called:
        made.command()(dressed(command))
    return made
