"""What `gradcalc exercise` does: make new problems, or blank sheets of them."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

from gradcalc.cli import files, run
from gradcalc.cli.options import EXERCISE, TRAINED, Choices, Option
from gradcalc.errors import UsageError
from gradcalc.problem.hyper import HYPER_FLAGS
from gradcalc.problem.load import load
from gradcalc.problem.model import Rounding
from gradcalc.problem.optimizer_flags import OptimizerFlags
from gradcalc.problem.rules import digits
from gradcalc.problem.suggest import hint
from gradcalc.show import exercise as page
from gradcalc.show.blocks import Look
from gradcalc.show.numbers import Shown
from gradcalc.study.exercise.flags import activations_of, loss_of, sizes_of, training_of
from gradcalc.study.exercise.kind import Kind, Network
from gradcalc.study.exercise.make import Maker
from gradcalc.study.truth import Truth

LAYERS, LOSS = "2-2-1", "bce"
# the state of an optimizer is of all sizes
DIGITS, DIGITS_OF_STATE = "4dp", "4sf"
MOST, MOST_SAMPLES, MOST_DECIMALS = 1000, 10, 3
_SEEDS = 10**6
_OF_NETWORKS = ("layers", "activation", "loss", "samples", "dead")
_PROBLEMS = ("yaml", "json")
_SHEETS = ("markdown", "latex", "csv")


def exercise(file: str | None, choices: Choices) -> None:
    """`gradcalc exercise`."""
    form = _format(choices)
    if file is not None:
        _sheet_of(file, form, choices)
        return
    _refuse(choices)
    maker = Maker(_kind(choices))
    seed = choices.seed if choices.seed is not None else random.SystemRandom().randrange(_SEEDS)
    seeds = range(seed, seed + choices.count)
    if form == "json":
        from gradcalc.show.as_json import dumps  # noqa: PLC0415

        run.put(dumps(page.record([maker.make(one) for one in seeds])), choices)
        return
    for one, name in zip(seeds, _names(choices), strict=True):
        made = maker.make(one)
        if choices.sheet:
            text = _sheet(Truth(made.problem), form, choices)
        else:
            text = page.text(made, maker.kind.command(one), ascii=choices.ascii)
        files.write(name, text, force=choices.force, utf8=not choices.sheet)


def _sheet_of(file: str, form: str, choices: Choices) -> None:
    """The blank sheet of a problem that there is already."""
    if not choices.sheet:
        raise UsageError("a problem that is there already only lacks its sheet", hint=f"exercise {file} --sheet")
    other = next((row.flags[0] for row in (*EXERCISE, *TRAINED) if row.name != "sheet" and _given(row, choices)), None)
    if other is not None:
        raise UsageError(f"{other} is for a new exercise, and {file} is there already")
    truth = Truth(load(file))
    if truth.lettered:
        raise UsageError(f"{file} has letters for its numbers, and a sheet asks for numbers")
    run.put(_sheet(truth, form, choices), choices)


def _given(row: Option, choices: Choices) -> bool:
    """Whether somebody has chosen something by an option."""
    value = getattr(choices, row.name)
    return bool(value) if isinstance(value, list) else value != row.default


def _sheet(truth: Truth, form: str, choices: Choices) -> str:
    from gradcalc.show import worksheet  # noqa: PLC0415 - most exercises are problems

    if form == "csv":
        from gradcalc.show.as_csv import dumps  # noqa: PLC0415

        return dumps(worksheet.HEAD, worksheet.cells(truth))
    look = Look(_shown(truth), None, run.wants_ascii(choices))
    blocks = worksheet.blocks(truth, look.shown)
    if form == "latex":
        from gradcalc.show.latex import write as latex  # noqa: PLC0415

        return latex(blocks, look, standalone=choices.standalone)
    from gradcalc.show.markdown import write  # noqa: PLC0415

    return write(blocks, look)


def _shown(truth: Truth) -> Shown:
    """The given numbers as they were written."""
    return Shown(run.MOST_DIGITS - 2, index_base=truth.problem.index_base)


def _format(choices: Choices) -> str:
    formats = _SHEETS if choices.sheet else _PROBLEMS
    form: str = choices.format or formats[0]
    if form not in formats:
        what = "a sheet is written as" if choices.sheet else "a problem is written as"
        raise UsageError(f"no format of them is called '{form}': {what} {', '.join(formats)}", hint=hint(form, formats))
    if choices.standalone and form != "latex":
        raise UsageError("--standalone makes a document of a LaTeX sheet", hint="--sheet --format latex --standalone")
    return form


def _refuse(choices: Choices) -> None:
    """Refuse numbers out of range, and files that are there already."""
    for name, least, most in (("count", 1, MOST), ("samples", 1, MOST_SAMPLES), ("decimals", 0, MOST_DECIMALS)):
        value = getattr(choices, name)
        if value is not None and not least <= value <= most:
            raise UsageError(f"--{name} {value} is not from {least} to {most}")
    if choices.seed is not None and not 0 <= choices.seed < 2**53:
        raise UsageError(f"--seed {choices.seed} is not from 0 to below 2^53")
    if choices.count > 1 and choices.out in (None, "-") and choices.format != "json":
        raise UsageError("several exercises need a file each", hint=f"--count {choices.count} --out exercise.yaml")
    for name in _names(choices):
        if name != "-":
            files.refuse_existing(name, force=choices.force)


def _names(choices: Choices) -> Sequence[str]:
    """The file of each exercise: `week3-01.yaml`, `week3-02.yaml`, … where there are several."""
    out = choices.out or "-"
    if choices.count == 1 or choices.format == "json":
        return [out]
    stem, suffix = os.path.splitext(out)
    digits_of_count = max(2, len(str(choices.count)))
    return [f"{stem}-{number:0{digits_of_count}}{suffix}" for number in range(1, choices.count + 1)]


def _kind(choices: Choices) -> Kind:
    """What the flags describe: a network, or an optimizer with gradients that are given."""
    hyper = {flag.key: getattr(choices, flag.key) for flag in HYPER_FLAGS}
    flags = OptimizerFlags(
        choices.optimizer, choices.steps, choices.lr, {key: text for key, text in hyper.items() if text is not None}
    )
    training = training_of(flags)
    asked = _asked(choices.digits or (DIGITS if training.optimizer is None else DIGITS_OF_STATE))
    return Kind(_network(choices, training), choices.decimals, asked, training, tuple(choices.set))


def _network(choices: Choices, training: OptimizerFlags) -> Network | None:
    if training.optimizer is not None and not any(getattr(choices, name) for name in _OF_NETWORKS):
        return None
    sizes = sizes_of(choices.layers or LAYERS)
    loss = loss_of(choices.loss or LOSS)
    activations = activations_of(choices.activation, len(sizes) - 1, loss)
    return Network(sizes, activations, loss, choices.samples or 1, choices.dead)


def _asked(text: str) -> Rounding:
    found = digits(text)
    if found is None:
        raise UsageError(f"--digits {text} is neither 4dp (decimals) nor 4sf (significant figures)")
    return Rounding(found[0], "dp" if found[1] == "dp" else "sf", "shown")
