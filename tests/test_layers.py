"""A stage imports only from the stages above it, nothing goes in circles, and nothing runs text."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gradcalc"

# From the top of the house down. The public library and `python -m gradcalc` stand at the door and may see everything.
STAGES = (
    "errors",
    "engine",
    "training",
    "problem",
    "solution",
    "trace",
    "saved",
    "study",
    "show",
    "notebook",
    "cli",
    "__init__",
    "__main__",
)

FORBIDDEN = (
    r"(?<![\w.])eval\(",
    r"(?<![\w.])exec\(",
    r"\bsympify\b",
    r"\bparse_expr\b",
    r"\blambdify\b",
    r"\bpickle\b",
    r"\byaml\.(unsafe_|full_)?load\(",
    r"allow_pickle\s*=\s*True",
    r"\bgenfromtxt\b",
    r"shell\s*=\s*True",
    r"\btorch\.load\b",
)


def modules(package: Path) -> dict[str, Path]:
    """Every module of a package by its dotted name below it; the package itself is `__init__`."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


def imports(text: str, known: dict[str, Path]) -> set[str]:
    """The modules of the package that a module's text imports, at its top or inside a function.

    The version is a plain text that stands in the package itself, for everybody to read.
    """
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {closest(alias.name, known) for alias in node.names if alias.name.partition(".")[0] == "gradcalc"}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "gradcalc":
            names = {f"{node.module}.{alias.name}" for alias in node.names} - {"gradcalc.__version__"}
            found |= {closest(name, known) for name in names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"a relative import in line {node.lineno}")
    return found


def closest(name: str, known: dict[str, Path]) -> str:
    """The module that a dotted name leads to: itself, or what it stands in."""
    parts = name.split(".")[1:]
    while parts and ".".join(parts) not in known:
        parts.pop()
    return ".".join(parts) or "__init__"


def stage(module: str) -> str:
    return module.partition(".")[0]


def offences(graph: dict[str, set[str]]) -> list[str]:
    """Every module without a stage, and every import that goes down the house instead of up."""
    strangers = [f"{module} is in no stage" for module in graph if stage(module) not in STAGES]
    return strangers + [
        f"{module} imports {other}"
        for module, others in graph.items()
        for other in others
        if depth(other) > depth(module)
    ]


def depth(module: str) -> int:
    return STAGES.index(stage(module)) if stage(module) in STAGES else 0


@cache
def import_graph() -> dict[str, set[str]]:
    known = modules(PACKAGE)
    return {name: imports(path.read_text(encoding="utf-8"), known) - {name} for name, path in known.items()}


def test_a_stage_imports_only_from_the_stages_above_it_and_every_module_has_one():
    assert offences(import_graph()) == []


def test_no_module_imports_itself_in_a_circle():
    TopologicalSorter(import_graph()).prepare()


def test_an_import_down_the_house_a_stranger_and_a_circle_would_be_seen():
    assert offences({"engine.graph": {"show.table"}}) == ["engine.graph imports show.table"]
    assert offences({"plotting": set()}) == ["plotting is in no stage"]
    with pytest.raises(CycleError):
        TopologicalSorter({"engine.a": {"engine.b"}, "engine.b": {"engine.a"}}).prepare()


def test_an_import_inside_a_function_counts():
    known = modules(PACKAGE)
    assert imports("def f():\n    from gradcalc.engine import op", known) == {"engine.op"}
    assert imports("import gradcalc.errors", known) == {"errors"}
    assert imports("from gradcalc.errors import Fault", known) == {"errors"}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_module_contains_what_runs_text_or_unpacks_objects(pattern):
    found = [name for name, path in modules(PACKAGE).items() if re.search(pattern, path.read_text(encoding="utf-8"))]
    assert found == []
