"""gradcalc: a gradient calculator that shows its work.

>>> import gradcalc
>>> problem = gradcalc.loads("{input: [1, 1], target: 1, loss: mse, layers: [{weights: [[2, 4]], bias: -5}]}")
>>> solution = gradcalc.solve(problem)
>>> solution.values["a1"], solution.gradients["W1"], solution.loss
(array([1.]), array([[0., 0.]]), 0.0)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gradcalc.errors import GradcalcError, LimitError, NumericError, ProblemError
    from gradcalc.problem.load import load, loads
    from gradcalc.problem.model import Problem
    from gradcalc.show.derivation import worked
    from gradcalc.solution import Solution, solve
    from gradcalc.study.check import Checked, check
    from gradcalc.study.gradcheck import Compared, gradcheck

__version__ = "0.1.0"
__all__ = [
    "Checked",
    "Compared",
    "GradcalcError",
    "LimitError",
    "NumericError",
    "Problem",
    "ProblemError",
    "Solution",
    "__version__",
    "check",
    "gradcheck",
    "load",
    "loads",
    "solve",
    "worked",
]

# where each public name lives; nothing is imported before it is asked for, so that `--help` starts at once
_HOMES = {
    "GradcalcError": "gradcalc.errors",
    "LimitError": "gradcalc.errors",
    "NumericError": "gradcalc.errors",
    "ProblemError": "gradcalc.errors",
    "Problem": "gradcalc.problem.model",
    "load": "gradcalc.problem.load",
    "loads": "gradcalc.problem.load",
    "Solution": "gradcalc.solution",
    "solve": "gradcalc.solution",
    "Checked": "gradcalc.study.check",
    "check": "gradcalc.study.check",
    "Compared": "gradcalc.study.gradcheck",
    "worked": "gradcalc.show.derivation",
    "gradcheck": "gradcalc.study.gradcheck",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradcalc' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    found = getattr(import_module(_HOMES[name]), name)
    if _HOMES[name] == "gradcalc.solution":
        import_module("gradcalc.notebook").dress()
    return found


def __dir__() -> list[str]:
    return __all__
