"""No text is ever run: whatever stands in a formula is worked, or refused with one of our own errors."""

from __future__ import annotations

import json
import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st
from invoke import invoke
from turns import in_turn

from gradcalc.engine.expression.functions import FUNCTIONS

# whatever Python runs while a formula with these names is worked is looked through for them
NAMES = ("zqxv", "kwjy")
WATCHED = """
import sys, types
RAN = []
def inside(code):
    yield from (*code.co_names, *code.co_varnames, *code.co_freevars, *map(str, code.co_consts))
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from inside(const)
def watch(event, arguments):
    if event == "exec" and isinstance(arguments[0], types.CodeType):
        RAN.extend(name for name in inside(arguments[0]) if any(ours in name for ours in NAMES))
sys.addaudithook(watch)
from gradcalc.cli.main import run
codes = [run(arguments) for arguments in ARGUMENTS]
assert "exec" and RAN == [], RAN
sys.stdout.flush()
print(codes, file=sys.stderr)
"""
FORMULAS = {
    "zqxv**2 + sin(kwjy)*max(zqxv, kwjy)": 0,
    "__import__('zqxv').kwjy()": 3,
    "zqxv.__class__": 3,
    "(lambda zqxv: kwjy)(1)": 3,
    "[zqxv for kwjy in zqxv]": 3,
    "zqxv if kwjy else 2": 3,
}
COMMANDS = ("forward", "backward", "optimize", "shapes", "graph", "gradcheck", "solve")


@in_turn("formula", FORMULAS, [*FORMULAS][:2])
def test_nothing_that_python_runs_has_a_name_of_a_formula(formula, tmp_path):
    path = tmp_path / "problem.yaml"
    path.write_text(json.dumps({"parameters": {"zqxv": 2, "kwjy": 0.5}, "equations": {"L": formula}}), encoding="utf-8")
    arguments = [[command, str(path)] for command in COMMANDS] + [["explain", str(path), "dL/dzqxv"]]
    arguments += [["jacobian", f"f(zqxv, kwjy) = {formula}", "--at", "zqxv=2,kwjy=1/2"]]
    program = f"NAMES = {NAMES!r}\nARGUMENTS = {arguments!r}\n{WATCHED}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stderr.splitlines()[-1])
    assert codes == [FORMULAS[formula]] * len(arguments), done.stderr


def test_what_python_runs_is_seen():
    program = f"NAMES = {NAMES!r}\nARGUMENTS = []\n{WATCHED}".replace("codes =", "exec('zqxv = 1'); codes =")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "AssertionError" in done.stderr


PIECES = [*"xyvW(),+-*/^@[]:123. ", *FUNCTIONS, "**", ".T", "axis=", "keepdims=true", "lambda", "__class__", "e", "pi"]


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)), st.booleans())
def test_any_text_as_an_equation_is_worked_or_refused(tmp_path_factory, formula, is_last):
    lines = {"L": formula} if is_last else {"z": formula, "L": "sum(z)"}
    problem = {"inputs": {"v": [1, -2, 3]}, "parameters": {"x": 2, "y": 0.5, "W": [[1, 2, 3], [4, 5, 6]]}}
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps({**problem, "equations": lines}), encoding="utf-8")
    done = invoke(["backward", "--locals", str(path)])
    assert done.code in (0, 3, 4, 5), done.stderr


@settings(deadline=None, max_examples=120)
@given(
    st.lists(st.sampled_from([*PIECES, "f(", "g(", "f(x)", "W @ x", ")", "x", "v"]), max_size=12).map("".join),
    st.sampled_from([["solve", "--symbolic"], ["graph"], ["shapes", "--derivatives"], ["explain", "--symbolic"]]),
)
def test_any_text_beside_functions_that_are_not_given_is_told_or_refused(tmp_path_factory, formula, command):
    problem = {"inputs": {"v": [1, -2, 3]}, "abstract": ["f", "g"], "equations": {"z": formula, "L": "sum(f(z) + x)"}}
    path = tmp_path_factory.getbasetemp() / "abstract.yaml"
    path.write_text(json.dumps(problem), encoding="utf-8")
    done = invoke([*command, str(path), *(["dz"] if command[0] == "explain" else [])])
    assert done.code in (0, 3, 4, 5), done.stderr


CALLS = [f"{name}(f(x))" for name in FUNCTIONS] + [f"{name}(f(x), y)" for name in FUNCTIONS]
CALLS += [f"f({name}(x))" for name in FUNCTIONS] + [f"{name}(x, f(x), v)" for name in FUNCTIONS]
WAYS = [(CALLS[::5], ["solve", "--symbolic"])]
WAYS += [(CALLS, command) for command in (["solve", "--symbolic"], ["graph"], ["graph", "--format", "svg"])]


@in_turn("calls, command", WAYS, WAYS[:1], ids=[" ".join(command) for _, command in WAYS])
def test_every_function_of_what_is_not_given_is_told_or_refused(tmp_path, calls, command):
    for formula in calls:
        problem = {"inputs": {"v": [1, -2, 3]}, "abstract": ["f"], "equations": {"z": formula, "L": "sum(f(z) + x)"}}
        (path := tmp_path / "abstract.yaml").write_text(json.dumps(problem), encoding="utf-8")
        done = invoke([*command, str(path)])
        assert done.code in (0, 3), f"{formula}: {done.stderr}"
