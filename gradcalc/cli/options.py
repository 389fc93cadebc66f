"""The options that commands share: each stands here once, and help, completion and documentation come from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from gradcalc.problem.hyper import HYPER_FLAGS


class Option(NamedTuple):
    """One option: the attribute that a command reads, how it is written, its type, default and help."""

    name: str
    flags: tuple[str, ...]
    type: Any
    default: Any
    help: str
    metavar: str | None = None


NETWORK = (
    Option("input", ("--input", "-x"), str, None, 'Input: "1 2", 1,2 or "[1, 2]"; samples split by ";".', "NUMBERS"),
    Option("target", ("--target", "-y"), str, None, "Target, written like the input.", "NUMBERS"),
    Option("loss", ("--loss", "-l"), str, None, "Loss: mse, bce, cross_entropy, ... (see `gradcalc ops`).", "NAME"),
    Option(
        "weights",
        ("--weights", "-w"),
        list[str],
        (),
        'Weights of a layer, rows split by ";"; once per layer.',
        "MATRIX",
    ),
    Option("bias", ("--bias", "-b"), list[str], (), "Bias of a layer (or none); once per -w.", "NUMBERS"),
    Option(
        "activation",
        ("--activation", "-a"),
        list[str],
        (),
        "Activation of a layer: relu, leaky_relu:slope=0.1, ...",
        "NAME",
    ),
    Option("reduction", ("--reduction",), str, None, "Over the samples: sum, mean or weighted_mean.", "NAME"),
    Option("set", ("--set",), list[str], (), "Any key of the file: --set layers.2.activation=tanh.", "KEY=VALUE"),
    Option("index_base", ("--index-base",), int, None, "Number of the first index: 1 (default) or 0.", "0|1"),
    Option("round", ("--round",), str, None, "Round as a hand would: 4dp (decimals) or 4sf (figures).", "4dp"),
)

OUTPUT = (
    Option("format", ("--format", "-f"), str, "table", "table, json, csv, markdown or latex.", "NAME"),
    Option("out", ("--out", "-o"), str, None, "Write to a file, whole or not at all.", "FILE"),
    Option("force", ("--force",), bool, False, "Replace the file if it exists."),
    Option("standalone", ("--standalone",), bool, False, "With --format latex: a whole document."),
    Option("precision", ("--precision", "-p"), int, None, "Significant digits shown (default 6).", "N"),
    Option("color", ("--color",), str, "auto", "auto, always or never.", "WHEN"),
    Option("ascii", ("--ascii",), bool, False, "Write ASCII signs only."),
    Option("width", ("--width",), int, None, "Columns to fit the page into.", "N"),
    Option("debug", ("--debug",), bool, False, "Show the traceback of a bug in gradcalc."),
)

# the same, for a command whose result can be streamed
STREAMED = (OUTPUT[0]._replace(help="table, json, jsonl (a line for each step), csv, markdown or latex."), *OUTPUT[1:])

# the same, for a picture
DRAWN = (
    OUTPUT[0]._replace(default="text", help="text, svg, dot, mermaid or json; png and pdf through Graphviz."),
    *(row for row in OUTPUT[1:] if row.name != "standalone"),
)

TRAINING = (
    Option(
        "optimizer", ("--optimizer",), str, None, "sgd, momentum, adam, ...; several (sgd,adam) are compared.", "NAME"
    ),
    Option("steps", ("--steps",), str, None, "How many steps.", "N"),
    Option("lr", ("--lr",), str, None, "Learning rate; several (0.01,0.1) are compared.", "RATE"),
    *(Option(flag.key, flag.flags, str, None, flag.help, flag.kind.upper()) for flag in HYPER_FLAGS),
)

# what describes the training, and what is wanted of it
STEPS = (
    *TRAINING,
    Option("every", ("--every",), int, None, "Keep every K-th step, and the last.", "K"),
    Option("show", ("--show",), str, None, "Keep these steps, and the last: 2,10,100.", "STEPS"),
    Option("tol", ("--tol",), float, None, "Stop when the change is smaller.", "SIZE"),
    Option("tol_on", ("--tol-on",), str, "loss", "The change of what: loss, parameters or gradient.", "NAME"),
    Option("symbolic", ("--symbolic",), bool, False, "In letters: the rules, the state unrolled, its closed form."),
    Option("plot", ("--plot",), bool, False, "Draw the loss over the steps."),
    Option("plot_file", ("--plot-file",), str, None, "The same as a picture: .svg or .png.", "FILE"),
    Option("save_state", ("--save-state",), str, None, "Write where the run ends, for --resume.", "FILE"),
    Option("resume", ("--resume",), str, None, "Go on from where a saved run ended.", "FILE"),
)


LOCALS = (Option("locals", ("--locals",), bool, False, "Also every local derivative."),)
OF = (
    Option("of", ("--of",), str, None, "Another result than the loss: a quantity or an entry, E[1]; e[1].", "QUANTITY"),
)
VIEW = (Option("view", ("--view",), str, "equations", "equations (a node for each quantity) or neurons.", "NAME"),)
IN_LETTERS = Option("symbolic", ("--symbolic",), bool, False, "In letters: the general result, without numbers.")
EXPLANATION = (
    Option("told_by", ("--form",), str, None, "paths (of an entry), matrix (the rule with shapes), jacobians.", "NAME"),
    Option("paths", ("--paths",), int, None, "Show the first N paths.", "N"),
    IN_LETTERS,
)
SEED = (
    Option(
        "seed_gradient",
        ("--seed-gradient",),
        str,
        None,
        "The gradient g that arrives at the result, [1, -2]: gives J^T g where that is no number.",
        "NUMBERS",
    ),
)
DERIVATIVES = (Option("derivatives", ("--derivatives",), bool, False, "Also of every derivative, and why."),)

GRADCHECK = (
    Option("tolerance", ("--tolerance",), float, None, "How far apart they may be, relative (default 1e-6).", "SIZE"),
    Option("all", ("--all",), bool, False, "Compare every entry, however many there are."),
)
FUNCTIONS = (
    Option("compose", ("--compose",), str, None, "Which function feeds which: F(G).", "COMPOSITION"),
    Option("at", ("--at",), list[str], (), "The point: x=1,y=2 or z=[1,2,3].", "POINT"),
)
JACOBIAN = (
    *FUNCTIONS,
    Option("of", ("--of",), str, None, "Of a network: which quantity (default: its output).", "QUANTITY"),
    Option("wrt", ("--wrt",), str, None, "Of a network: with respect to which (default: its input).", "QUANTITY"),
    Option("boundary", ("--boundary",), bool, False, "The line or plane g = 0: normal, distance, side of the point."),
    Option("order", ("--order",), int, None, "Derivatives up to this order; 2 of several letters: the Hessian.", "N"),
)
CHECK = (
    Option(
        "answer", ("--answer",), list[str], (), "One answer: --answer L=0.5; it wins over the file.", "QUANTITY=VALUE"
    ),
    Option("tolerance", ("--tolerance",), float, None, "Relative error that is right, in place of the digits.", "SIZE"),
    Option("reveal", ("--reveal",), bool, False, "Show the right numbers, too."),
    Option("marks", ("--marks",), str, None, "Write a row with the marks of each person.", "FILE.csv"),
    Option("hint", ("--hint",), int, None, "Tell less: 1 where to look, 2 and the rule, 3 and the mistake.", "1|2|3"),
)
EXERCISE = (
    Option("layers", ("--layers",), str, None, "Inputs, and units of each layer: 2-2-1 (default).", "SIZES"),
    Option("activation", ("--activation", "-a"), str, None, "One for each layer: relu,sigmoid.", "NAMES"),
    Option("loss", ("--loss", "-l"), str, None, "Loss: bce (default), mse, cross_entropy, ...", "NAME"),
    Option("samples", ("--samples",), int, None, "How many samples (default 1).", "N"),
    Option("dead", ("--dead",), bool, False, "ReLU units of both kinds: some on, some off; else all are on."),
    Option("decimals", ("--decimals",), int, 1, "Decimals of the given numbers (default 1).", "N"),
    Option("digits", ("--digits",), str, None, "How exact answers are: 4dp (default), 4sf (with an optimizer).", "4dp"),
    Option("seed", ("--seed",), int, None, "A seed makes the same exercise on every machine.", "N"),
    Option("count", ("--count",), int, 1, "So many exercises, of this seed and those after it.", "N"),
    Option("sheet", ("--sheet",), bool, False, "The blank sheet: places for answers, which `check` reads."),
    Option("set", ("--set",), list[str], (), "Any key of the file: --set notation=bishop.", "KEY=VALUE"),
)
# what is trained with in an exercise
TRAINED = (
    TRAINING[0]._replace(help="sgd, momentum, adam, ...; without a network its gradients are given."),
    TRAINING[1],
    TRAINING[2]._replace(help="Learning rate (default 0.05)."),
    *TRAINING[3:],
)
# how an exercise is written: a problem file, or a sheet
WRITTEN = (
    OUTPUT[0]._replace(default=None, help="yaml (default) or json; of a sheet markdown (default), latex or csv."),
    *(row for row in OUTPUT[1:] if row.name not in ("color", "width", "precision")),
)
SECTIONS = (
    Option("sections", ("--sections",), str, None, "Only these: given, dimensions, forward, loss, ...", "NAMES"),
    IN_LETTERS,
)
GRADCHECK = (
    Option("tolerance", ("--tolerance",), float, None, "How far apart they may be, relative (default 1e-6).", "SIZE"),
    Option("all", ("--all",), bool, False, "Compare every entry, however many there are."),
)

# the commands that work a problem
OF_PROBLEMS: Mapping[str, tuple[Sequence[Option], ...]] = {
    "forward": (NETWORK, OUTPUT),
    "backward": (LOCALS, OF, SEED, NETWORK, OUTPUT),
    "optimize": (STEPS, NETWORK, STREAMED),
    "shapes": (DERIVATIVES, NETWORK, OUTPUT),
    "solve": (SECTIONS, NETWORK, OUTPUT),
    "gradcheck": (GRADCHECK, OF, NETWORK, OUTPUT),
    "explain": (EXPLANATION, NETWORK, OUTPUT),
    "graph": (VIEW, OF, NETWORK, DRAWN),
}


class Choices(SimpleNamespace):
    """What the command line chose, by the names of the options."""
