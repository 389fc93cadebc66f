"""Whatever a problem file holds, a command ends with a result or with a message, never with a bug."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invoke import invoke

from gradcalc.engine.ops import ACTIVATIONS, LOSSES
from gradcalc.problem.fields import LAYER, PROBLEM

CONFIGS = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).resolve().parent.parent / "configs").rglob("*.yaml"))
]
COMMANDS = [
    ["forward"],
    ["backward"],
    ["backward", "--locals"],
    ["backward", "--of", "yhat[1]"],
    ["shapes"],
    ["shapes", "--derivatives"],
]
FORMATS = ["table", "json", "csv", "markdown"]
ENDS = {0, 2, 3, 4, 5}

bounded = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

# Names that mean something somewhere, numbers at the edges of their kind, and what people should not write.
NAMES = st.sampled_from(
    [*dict.fromkeys([*ACTIVATIONS, *LOSSES]), "sum", "mean", "weighted_mean", "in_out", "first", "last", "mazur", "H"]
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 3, 0.5, -0.0, 1e-300, 5e-324, 1e300, 1e308, 1000, -1000, 4097, 10**9, 2**70]),
    st.floats(-5, 5),
    st.integers(-3, 5),
)
WORDS = st.one_of(
    st.sampled_from(["zeros", "each", "shown", "3sf", "0dp", "1/3", "1/0", "2**0.5", "9**9**9", "W1.npz"]),
    st.sampled_from(["x", "y", "L", "1", "H", "∂", "a·b", "[", "~", "no", ".inf", "", "\x1b[2J"]),
    st.text(max_size=4),
)
LEAVES = st.one_of(NUMBERS, NAMES, WORDS, st.none(), st.booleans())
INNER_KEYS = "name units init seed std file key class slope delta min max reduction outputs l2 to when post input zzz"
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.lists(NUMBERS, min_size=1, max_size=3), max_size=3),
        st.dictionaries(st.sampled_from(INNER_KEYS.split()), inner, max_size=3),
    ),
    max_leaves=6,
)
KEYS = st.sampled_from([*PROBLEM, *LAYER, "activaton", "x"])


def paths(value: object, path: tuple = ()) -> list[tuple]:
    """The way to everything in a file, the whole of it first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *itertools.chain.from_iterable(paths(item, (*path, key)) for key, item in inner)]


def at(value: object, path: tuple) -> object:
    for step in path:
        value = value[step]
    return value


def alike(value: object) -> st.SearchStrategy:
    """What might stand in the place of a value."""
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, (int, float)):
        return NUMBERS
    return NAMES if isinstance(value, str) else VALUES


@st.composite
def nearly_problems(draw):
    """A configuration in which a value is another one, a key is missing, or something has come in."""
    problem = copy.deepcopy(draw(st.sampled_from(CONFIGS)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(paths(problem)[1:] or [()]))
        if not path:
            break
        parent, step = at(problem, path[:-1]), path[-1]
        match draw(st.sampled_from(["alike", "alike", "alike", "change", "drop", "insert", "repeat"])):
            case "alike":
                parent[step] = draw(alike(parent[step]))
            case "change":
                parent[step] = draw(VALUES)
            case "drop":
                del parent[step]
            case "insert" if isinstance(parent, dict):
                parent[draw(KEYS)] = draw(VALUES)
            case "insert":
                parent.insert(step, draw(VALUES))
            case "repeat" if isinstance(parent, list):
                parent.insert(step, copy.deepcopy(parent[step]))
    return problem


@pytest.fixture
def folder(tmp_path):
    with contextlib.chdir(tmp_path):
        yield tmp_path


@bounded
@given(data=st.one_of(st.binary(), st.text().map(str.encode)), command=st.sampled_from(COMMANDS))
def test_any_bytes_are_a_problem_or_are_refused(folder, data, command):
    (folder / "x.yaml").write_bytes(data)
    ends_well([*command, "x.yaml"])


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.slow)])
def test_what_is_nearly_a_problem_is_worked_or_refused(folder, count):
    @settings(bounded, max_examples=count)
    @given(nearly_problems(), st.sampled_from(COMMANDS), st.sampled_from(FORMATS))
    def examine(problem, command, form):
        (folder / "x.yaml").write_text(yaml.safe_dump(problem, allow_unicode=True, sort_keys=False), encoding="utf-8")
        ends_well([*command, "x.yaml", "--format", form])

    examine()


@bounded
@given(
    flags=st.lists(
        st.tuples(
            st.sampled_from(["-x", "-y", "-l", "-w", "-b", "-a", "--reduction", "--round", "--set", "--of"]),
            st.one_of(
                st.text(alphabet="012.5-e,;[] /*()=:", max_size=8),
                WORDS.filter(lambda word: "\0" not in word and word.isprintable()),
                st.sampled_from(["1 2; 3 4", "layers.1.bias=2", "leaky_relu:slope=0.1", "[1, 2]", "e[1]", "none"]),
            ),
        ),
        max_size=5,
    )
)
def test_any_flags_are_a_network_or_are_refused(folder, flags):
    ends_well(["backward", *(f"{flag}={text}" if flag[1] == "-" else flag + text for flag, text in flags if text)])


def ends_well(arguments: list[str]) -> None:
    done = invoke(arguments)
    assert done.code in ENDS, done.stderr
    assert (done.stdout == "") == (done.code != 0)
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if "json" in arguments:
        text = done.stdout if done.code == 0 else done.stderr
        check_finite(json.loads(text, parse_constant=pytest.fail))


def check_finite(result: dict) -> None:
    """Only the gradient of an output that loss and activation bypass together may be beyond all numbers."""
    endless = [key for key, value in result.get("gradients", {}).items() if beyond(value)]
    assert all(result["names"][key]["role"] == "post" for key in endless)
    for key in ("values", "loss", "sample_losses", "output_losses"):
        assert not beyond(result.get(key)), key


def beyond(value: object) -> bool:
    if isinstance(value, (list, dict)):
        return any(map(beyond, value.values() if isinstance(value, dict) else value))
    return value in ("NaN", "Infinity", "-Infinity")
