"""Sets pages with TeX, where it is installed: what pdflatex says of them, and what KaTeX does of their formulas."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from goldens import CONFIGS, ROOT, commands_of
from invoke import invoke
from texts import read_texts

MOST_OVERFULL = 4.0
KATEX = """
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const formula of formulas) {
  try { katex.renderToString(formula, {strict: "error", throwOnError: true, displayMode: true}); }
  catch (error) { console.log(formula + "\\n  " + error.message); }
}
"""

needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


class Page(NamedTuple):
    """A page of LaTeX and the command that it comes from."""

    name: str
    tex: str


def pages(*commands: Sequence[str], form: str = "latex") -> list[Page]:
    """Every page that one of the commands can give of an example."""
    wanted = [list(command) for command in commands]
    asked = [
        [*arguments, f"configs/{config}.yaml"]
        for config in CONFIGS
        for arguments in commands_of(read_texts(ROOT / f"configs/{config}.yaml")).values()
        if arguments in wanted
    ]
    return [one for one in (_page(arguments, form) for arguments in asked) if one is not None]


def page(arguments: Sequence[str]) -> Page:
    """What a command gives as LaTeX."""
    found = _page(arguments, "latex")
    assert found is not None, arguments
    return found


def _page(arguments: Sequence[str], form: str) -> Page | None:
    """What a command gives; None where it asks for more than a file."""
    with contextlib.chdir(ROOT):
        done = invoke([*arguments, "--format", form])
    assert done.code in (0, 2), done.stderr
    return Page(" ".join(arguments), done.stdout) if done.code == 0 else None


def document(fragments: Sequence[Page]) -> str:
    """All fragments in one document, in the surroundings of --standalone."""
    empty = invoke(["forward", "-x", "1", "-w", "1", "--format", "latex", "--standalone"]).stdout
    start = empty[: empty.index(r"\begin{document}")]
    parts = [rf"\typeout{{PAGE {number}}}{tex}\clearpage" for number, (_, tex) in enumerate(fragments)]
    return start + "\n".join([r"\begin{document}", *parts, r"\end{document}"])


def complaints(text: str, folder: Path) -> list[str]:
    """What one run of pdflatex does not like: errors, missing signs, lines that stand out, commands that it may run."""
    (folder / "page.tex").write_text(text, encoding="utf-8", newline="\n")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "page.tex"]
    surroundings = {**os.environ, "max_print_line": "10000", "openin_any": "p"}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, timeout=300, check=False)
    log = (folder / "page.log").read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"^(?:PAGE \d+|! .*|l\.\d+.*|.*Missing character.*)$", log, re.MULTILINE)
    wide = re.findall(r"^Overfull .vbox.*|^Overfull .hbox \(([0-9.]+)pt too wide.*", log, re.MULTILINE)
    bad = [line for line in found if not line.startswith("PAGE")]
    bad += [f"{width}pt too wide" for width in wide if not width or float(width) > MOST_OVERFULL]
    return bad + ([] if done.returncode == 0 else [f"pdflatex ended with {done.returncode}"])


def formulas(tex: str) -> list[str]:
    """Every formula of a fragment."""
    found = re.findall(r"(?<!\\)\$((?:[^$\\]|\\.)*)\$", tex, re.DOTALL)
    blocks = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", tex, re.DOTALL)
    return [*found, *(rf"\begin{{aligned}}{block}\end{{aligned}}" for block in blocks)]


def katex() -> str | None:
    """Where KaTeX is: the folder of GRADCALC_KATEX, or any that node finds; None if there is none."""
    if shutil.which("node") is None:
        return None
    command = ["node", "-e", "require('katex')"]
    folder = os.environ.get("GRADCALC_KATEX", str(ROOT))
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    return folder if done.returncode == 0 else None


def refused(texts: Sequence[str]) -> str:
    """The formulas that KaTeX refuses in its strict mode, each with what it says."""
    given = json.dumps(list(dict.fromkeys(texts)))
    command = ["node", "-e", KATEX]
    done = subprocess.run(command, input=given, cwd=katex(), capture_output=True, text=True, timeout=300, check=True)
    return done.stdout
