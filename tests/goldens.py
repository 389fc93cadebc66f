"""What every command shows of every example, in every format: how it is produced, and recorded by `scripts/golden`.

JSON and CSV are kept to 12 significant digits, so that the last bits of another machine's linear algebra don't matter.
"""

from __future__ import annotations

import contextlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from invoke import invoke
from texts import read_texts

from gradcalc.problem.build import build
from gradcalc.problem.load import load
from gradcalc.study.symbolic import Symbolic

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "golden"
EXAMPLES = ROOT / "configs"
CONFIGS = sorted(str(path.relative_to(EXAMPLES).with_suffix("")) for path in EXAMPLES.rglob("*.yaml"))

FORMATS = ("table", "json", "csv", "markdown", "latex")
DRAWN = ("text", "svg", "dot", "mermaid", "json")
TWO_STEPS = ("--optimizer", "adam", "--steps", "2")
OF_LETTERS = {"shapes": ["shapes"], "shapes-derivatives": ["shapes", "--derivatives"]}
OF_NUMBERS = {
    "forward": ["forward"],
    "backward": ["backward"],
    "backward-locals": ["backward", "--locals"],
    "jacobian": ["jacobian"],
    "solve": ["solve"],
} | OF_LETTERS
OF_FUNCTIONS = {"jacobian": ["jacobian"], "jacobian-order-2": ["jacobian", "--order", "2"]}
OF_PARAMETERS = {
    "forward": ["forward"],
    "shapes": ["shapes"],
    "optimize": ["optimize", "--show", "1,2,10"],
    "solve": ["solve"],
}
WITHOUT_FILE = {
    "built-in.forward": ["forward"],
    "built-in.backward": ["backward"],
    "built-in.shapes": ["shapes"],
    **{f"built-in.optimize.{form}": ["optimize", *TWO_STEPS, "--format", form] for form in (*FORMATS, "jsonl")},
    "built-in.jacobian": ["jacobian"],
    **{
        f"functions-decision-boundary.boundary.{form}": [
            *("jacobian", "configs/functions/decision-boundary.yaml", "--boundary", "--at", "x1=1,x2=-2"),
            *("--format", form),
        ]
        for form in FORMATS
    },
    "long.optimize": ["optimize", "configs/rosenbrock.yaml"],
    "long.optimize.compared": ["optimize", "configs/adam-constant-gradient.yaml"],
    "relu-3-2-2-1-rss.explain-two-paths": ["explain", "configs/relu-3-2-2-1-rss.yaml", "dW1[2,1]"],
    "softmax-batch.explain-softmax": ["explain", "configs/softmax-batch.yaml", "dz1[2,1]"],
    "mazur.explain-rounded": ["explain", "configs/mazur.yaml", "dW1[1,1]", "--round", "4dp"],
    "built-in.explain": ["explain", "dW_H"],
    "built-in.explain-local": ["explain", "da_H/dz_H"],
    "built-in.explain-value": ["explain", "z_H[2]"],
    "ops": ["ops"],
    "ops-sigmoid": ["ops", "sigmoid"],
    "built-in.backward.standalone": ["backward", "--format", "latex", "--standalone"],
    "examples": ["examples"],
    "examples-mazur": ["examples", "mazur"],
    "schema": ["schema"],
    "exercise": ["exercise", "--seed", "7"],
    "exercise.json": ["exercise", "--seed", "7", "--format", "json"],
    "exercise-dead": ["exercise", *["--layers", "2-3-1", "--loss", "mse", "--dead", "--decimals", "2", "--seed", "7"]],
    "exercise-batch": ["exercise", *["--layers", "2-2-3", "--loss", "cross_entropy", "--samples", "2", "--seed", "7"]],
    "exercise-optimizer": ["exercise", *TWO_STEPS, "--seed", "7"],
    **{
        f"exercise-sheet.{form}": ["exercise", "--seed", "7", "--sheet", "--format", form]
        for form in ("markdown", "latex", "csv")
    },
    **{
        f"exercise-optimizer-sheet.{form}": ["exercise", *TWO_STEPS, "--seed", "7", "--sheet", "--format", form]
        for form in ("markdown", "latex", "csv")
    },
    "xor.exercise-sheet": ["exercise", "configs/xor.yaml", "--sheet"],
}


class Golden(NamedTuple):
    """One recorded screen: the name of its file and the arguments it comes from."""

    name: str
    arguments: tuple[str, ...]

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.txt"


@cache
def goldens() -> list[Golden]:
    """Every screen that is recorded."""
    found = [Golden(name, tuple(arguments)) for name, arguments in WITHOUT_FILE.items()]
    for config in CONFIGS:
        file, flat = f"configs/{config}.yaml", config.replace("/", "-")
        commands = commands_of(read_texts(ROOT / file))
        found += [
            Golden(f"{flat}.{command}.{form}", (*arguments, file, "--format", form))
            for command, arguments in commands.items()
            for form in FORMATS
        ]
        if "forward" in commands and "backward" in commands:
            # of its errors only the page says no more than they mean; in full they are rounding, machine by machine
            found.append(Golden(f"{flat}.gradcheck.table", ("gradcheck", file)))
            found += _drawn(flat, file, "layers" in read_texts(ROOT / file))
            found += _explained(flat, file)
        elif commands is OF_LETTERS:
            found += _drawn(flat, file, "layers" in read_texts(ROOT / file))
        if "layers" in read_texts(ROOT / file) or "equations" in read_texts(ROOT / file):
            found += _derived(flat, file)
    return found


def _derived(flat: str, file: str) -> list[Golden]:
    """The gradient of the first parameter and the whole in letters: of networks without numbers in every format."""
    symbolic = Symbolic(load(ROOT / file))
    trained = (q.name for q in symbolic.built.quantities.values() if q.role in ("weights", "parameter"))
    name = next(trained, symbolic.wanted[0])
    formats = FORMATS if flat.startswith("letters-") else FORMATS[:1]
    asked = {"explain": ("explain", "--symbolic", file, f"d{name}"), "solve": ("solve", "--symbolic", file)}
    by_jacobians = (*asked["explain"], "--form", "jacobians")
    return [Golden(f"{flat}.explain-symbolic-jacobians.table", by_jacobians)] + [
        Golden(f"{flat}.{command}-symbolic.{form}", (*arguments, "--format", form))
        for command, arguments in asked.items()
        for form in formats
    ]


def _drawn(config: str, file: str, is_network: bool) -> list[Golden]:
    """The pictures of an example."""
    drawn = [Golden(f"{config}.graph.{form}", ("graph", file, "--format", form)) for form in DRAWN]
    neurons = ("graph", file, "--view", "neurons", "--format", "svg")
    return [*drawn, *([Golden(f"{config}.graph-neurons.svg", neurons)] if is_network else [])]


def _explained(config: str, file: str) -> list[Golden]:
    """The gradient of the first parameter explained: the end of its first row by paths, the whole by matrices."""
    built = build(load(ROOT / file))
    name, shape = next((q.name, q.shape) for q in built.quantities.values() if q.role in ("weights", "parameter"))
    index = f"[{','.join(['1', *map(str, shape[1:])])}]" if shape else ""
    asked = f"d{built.result or built.output}/d{name}"
    by_paths = [
        Golden(f"{config}.explain.{form}", ("explain", file, f"{asked}{index}", "--format", form)) for form in FORMATS
    ]
    by_matrices = [
        Golden(f"{config}.explain-{form}.table", ("explain", file, asked, "--form", form))
        for form in ("matrix", "jacobians")
    ]
    return [*by_paths, *by_matrices]


def commands_of(document: dict) -> dict[str, list[str]]:
    """What can be asked of an example: of a network, of one without numbers, of equations, of parameters alone."""
    if "functions" in document:
        return OF_FUNCTIONS
    if "layers" in document:
        return OF_NUMBERS if "input" in document else OF_LETTERS
    if "equations" in document:
        return OF_LETTERS if "abstract" in document else OF_NUMBERS
    return OF_PARAMETERS | ({"backward": ["backward"]} if "objective" in document else {})


def produce(golden: Golden) -> str:
    """What the command writes: stdout, then stderr and the exit code where there is something to tell."""
    with contextlib.chdir(ROOT):
        done = invoke(list(golden.arguments))
    text = _rounded(done.stdout) if golden.name.endswith((".json", ".jsonl", ".csv")) else done.stdout
    text += f"[stderr]\n{done.stderr}" if done.stderr else ""
    return text + (f"[exit code {done.code}]\n" if done.code else "")


def _rounded(text: str) -> str:
    """The text with its decimal numbers to 12 digits, and whatever the version is."""
    text = re.sub(r"-?\d+(\.\d+(e[-+]?\d+)?|e[-+]?\d+)", lambda found: repr(float(f"{float(found[0]):.11e}")), text)
    # how far two ways to a number are apart is nothing but rounding
    text = re.sub(r'("(?:max_difference|second_difference|symbolic|central)": )[-+.e0-9]+', r"\1…", text)
    return re.sub(r'("version": )".*?"', r'\1"…"', text)


def record() -> None:
    """Write every golden file and remove those that belong to nothing."""
    FOLDER.mkdir(exist_ok=True)
    wanted = goldens()
    for path in set(FOLDER.iterdir()) - {golden.path for golden in wanted}:
        path.unlink()
    for golden in wanted:
        golden.path.write_text(produce(golden), encoding="utf-8", newline="\n")
    print(f"recorded {len(wanted)} golden files in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    record()
