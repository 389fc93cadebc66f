"""What a shell sees of the process: exit codes, quiet ends, messages, and how little is imported."""

from __future__ import annotations

import json
import signal
import sys
import time
import tomllib
from pathlib import Path

import pytest
from process import GRADCALC, ROOT, TINY, run, shell, start
from turns import in_turn

import gradcalc
from gradcalc.cli.main import run as run_inside

ENDS = [
    (["lines"], 0),
    (["verdict"], 1),
    (["fail", "exit"], 1),
    (["fail", "system"], 1),
    (["lines", "--count", "x"], 2),
    (["lines", "--cuont", "3"], 2),
    (["liens"], 2),
    (["lines", "extra"], 2),
    (["fail"], 2),
    ([], 2),
    (["fail", "problem"], 3),
    (["fail", "numeric"], 4),
    (["fail", "limit"], 5),
    (["fail", "memory"], 5),
    (["fail", "bug"], 70),
    (["fail", "os"], 70),
    (["fail", "interrupt"], 130),
    (["fail", "abort"], 130),
    (["--help"], 0),
    (["lines", "--help"], 0),
    (["--version"], 0),
    (["-V"], 0),
]


@in_turn("arguments, code", ENDS, [ENDS[1], *ENDS[4::3]])
def test_each_end_has_its_code_and_a_failure_leaves_stdout_empty(arguments, code):
    ended, out, err = run([*TINY, *arguments])
    assert ended == code
    assert "Traceback" not in err
    assert "\x1b" not in err + out
    assert (out == "") == (code != 0)
    assert (err == "") == (code in (0, 1, 130))


def test_an_error_is_told_with_its_place():
    _, _, err = run([*TINY, "fail", "problem"])
    assert err == (
        "error: unknown key\n  --> net.yaml:2:5\n   |\n 2 |   - activaton: relu\n"
        "   |     ^^^^^^^^^ did you mean 'activation'?\n\nerror: another ∂\n"
    )


JSON = [["--format", "json"], ["--format=json"], ["-f", "json"], ["-fjson"]]


@in_turn("asked", JSON, JSON[::3])
@pytest.mark.parametrize(("kind", "code"), [("problem", 3), ("bug", 70), ("limit", 5)])
def test_to_a_program_that_asks_for_json_an_error_is_one_line_of_json(asked, kind, code):
    ended, out, err = run([*TINY, "fail", kind, *asked])
    assert (ended, out, err.count("\n")) == (code, "", 1)
    assert json.loads(err)["error"]["code"] == f"GC{code:03d}"


def test_a_usage_error_is_json_too_where_json_is_asked_for():
    code, _, err = run([*TINY, "fail", "bug", "--format", "json", "--nothing"])
    assert (code, json.loads(err)["error"]["code"]) == (2, "GC002")
    assert run([*TINY, "fail", "bug", "--format", "json", "--format", "table"])[2].startswith("error: ")
    assert run([*TINY, "lines", "--", "--format", "json"])[2].startswith("error: ")


USAGE = [
    (["lines", "--cuont", "3"], "No such option: --cuont. Did you mean --count?", "gradcalc lines --help"),
    (["lines", "--zzz"], "No such option: --zzz", "gradcalc lines --help"),
    (["liens"], "No such command 'liens'. Did you mean 'lines'?", "gradcalc --help"),
    (["lines", "--count"], "Option '--count' requires an argument", "gradcalc lines --help"),
    (["net.yaml"], "No such command 'net.yaml'", "gradcalc forward net.yaml"),
    (["--count", "3"], "No such option: --count", "--count stands after the command: gradcalc forward --count"),
    (["\x1b[2J"], "No such command '\\x1b[2J'", "gradcalc --help"),
]


@in_turn("arguments, message, hint", USAGE, [USAGE[0], USAGE[2], USAGE[-1]])
def test_a_usage_error_says_what_would_be_right(arguments, message, hint):
    assert run([*TINY, *arguments]) == (2, "", f"error: {message}\n  hint: {hint}\n")


def test_without_arguments_the_help_is_shown_as_it_is():
    code, out, err = run(TINY)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: gradcalc ")


def test_a_bug_is_one_short_message_and_the_traceback_is_for_who_asks():
    _, _, err = run([*TINY, "fail", "bug"])
    assert err.startswith("error: this is a bug in gradcalc: ZeroDivisionError: division by zero\\x1b")
    assert err.count("\n") == 2
    for arguments, env in ((["--debug"], {}), ([], {"GRADCALC_DEBUG": "1"})):
        code, out, err = run([*TINY, "fail", "bug", *arguments], env=env)
        assert (code, out) == (70, "")
        assert err.startswith("Traceback (most recent call last):\n")
        assert "\x1b" not in err
    assert "Traceback" not in run([*TINY, "fail", "problem", "--debug"])[2]
    assert "Traceback" not in run([*TINY, "fail", "bug"], env={"GRADCALC_DEBUG": "0"})[2]


@pytest.mark.parametrize("command", ["lines --count 100000", "echoed --count 100000", "printed --count 100000"])
def test_a_reader_that_goes_away_is_no_news(command):
    code, out, err = shell(f"$TINY {command} | head -n 1")
    assert (code, err) == (141, "")
    assert out.count("\n") == 1


def test_a_reader_of_messages_that_goes_away_changes_no_code():
    assert shell("$TINY fail problem 2>&1 >/dev/null | true")[0] == 3


@in_turn(
    "command",
    ["lines", "lines --count 100000", "echoed", "echoed --count 100000", "--version", "--help"],
    ["lines --count 100000", "echoed", "--help"],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_one_line_and_74(command):
    assert shell(f"$TINY {command} > /dev/full") == (
        74, "", "error: standard output could not be written: no space left on device\n",
    )  # fmt: skip


@in_turn(
    "command",
    ["lines", "lines --count 100000", "echoed", "--version", "--help", "json"],
    ["lines", "lines --count 100000", "--version"],
)
def test_a_closed_stdout_is_one_line_and_74(command):
    assert shell(f"$TINY {command} >&-") == (74, "", "error: standard output is closed\n")


def test_a_closed_stdout_is_no_matter_to_a_command_that_writes_a_file(tmp_path):
    file = tmp_path / "a"
    assert shell(f"$TINY save {file} >&-") == (0, "", f"wrote {file}\n")
    assert file.read_text() == "new\n"


def test_with_stderr_closed_the_code_and_the_result_are_what_they_are(tmp_path):
    file = tmp_path / "a"
    assert shell("$TINY fail problem 2>&-") == (3, "", "")
    assert shell("$TINY printed 2>&-") == (0, "line 0\nline 1\nline 2\n", "")
    assert shell(f"$TINY save {file} 2>&-") == (0, "", "")
    assert file.read_text() == "new\n"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("old", [None, "old\n"])
def test_a_signal_while_a_file_is_written_leaves_the_old_one_or_none(tmp_path, sign, code, old):
    file = tmp_path / "result"
    if old is not None:
        file.write_text(old)
    with start([*TINY, "save", str(file), "--force", "--pause"]) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(sign)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert [path.name for path in tmp_path.iterdir()] == ([] if old is None else ["result"])
    assert old is None or file.read_text() == old


def test_a_termination_that_the_parent_ignores_is_ignored(tmp_path):
    ignoring = f"trap '' TERM; exec {' '.join(TINY)} save {tmp_path}/x --pause"
    with start(["bash", "-c", ignoring]) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def test_no_warning_of_python_reaches_a_person():
    assert run([*TINY, "warn"]) == (0, "", "")
    assert run([*TINY, "warn"], env={"PYTHONWARNINGS": "error"})[0] == 70


ENCODINGS = [
    ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, "dL/dz0 = -1 \\xe9\n"),
    ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}, "dL/dz0 = -1 \udce9\n"),
    ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}, "dL/dz0 = -1 \udce9\n"),
    ({"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}, "dL/dz0 = -1 \\xe9\n"),
    ({"PYTHONIOENCODING": "utf-8"}, "∂L/∂z0 = −1 é\n"),
]


@in_turn("env, text", ENCODINGS, [ENCODINGS[0], ENCODINGS[-1]])
def test_a_sign_that_the_encoding_lacks_has_a_twin(env, text):
    assert run([*TINY, "lines", "--count", "1"], env=env) == (0, text, "")
    assert run([*TINY, "--help"], env=env)[0] == 0
    assert run([*TINY, "fail", "problem"], env=env)[2].endswith("another ∂\n" if "∂" in text else "another d\n")


@pytest.mark.parametrize(
    "env", [{"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}, {}]
)
def test_json_is_utf8_whatever_the_surroundings_speak(env):
    assert run([*TINY, "json"], env=env) == (0, '{"∂": 1}\n', "")


def test_an_error_in_json_is_json_in_any_encoding():
    env = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    _, _, err = run([*TINY, "fail", "problem", "-f", "json", "é∂"], env=env)
    assert json.loads(err)["error"]["message"] == "Got unexpected extra argument(s) (é∂)"


def test_the_version_is_that_of_the_package():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == gradcalc.__version__
    assert run([*GRADCALC, "--version"]) == (0, f"gradcalc {gradcalc.__version__}\n", "")


MODULES = "import sys; from gradcalc.cli.main import run; run({arguments!r}); sys.stderr.write(' '.join(sys.modules))"


def modules(arguments, **env):
    """What is imported when a command has run."""
    _, _, err = run([sys.executable, "-c", MODULES.format(arguments=arguments)], env=env)
    return set(err.splitlines()[-1].split())


def test_the_version_is_answered_before_anything_is_imported():
    assert not modules(["--version"]) & {"typer", "signal", "numpy", "rich", "yaml", "gradcalc.errors"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["backward", "--help"], ["ops", "--help"], ["backward", "--nothing"], ["nothing"]]
)
def test_help_and_usage_errors_import_neither_numpy_nor_rich(arguments):
    assert not modules(arguments) & {
        "numpy",
        "rich",
        "yaml",
        "json",
        "decimal",
        "importlib.metadata",
        "click",
        "pydantic",
    }


@pytest.mark.parametrize(
    "arguments", [["backward"], ["optimize", "--steps", "2"], ["jacobian"], ["graph"], ["jacobian", "--help"]]
)
def test_numbers_and_help_need_no_letters(arguments):
    assert not modules(arguments) & {"sympy", "mpmath"}


def test_letters_are_made_by_sympy():
    assert "sympy" in modules(["jacobian", "f(x) = x^2"])


SHELLS = {
    "bash": {"COMP_WORDS": "gradcalc b", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "gradcalc b"},
    "fish": {"_TYPER_COMPLETE_ARGS": "gradcalc b", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    "powershell": {"_TYPER_COMPLETE_ARGS": "gradcalc b", "_TYPER_COMPLETE_WORD_TO_COMPLETE": "b"},
}


@in_turn("name", SHELLS, ["bash", "fish"])
def test_completion_imports_neither_numpy_nor_rich(name):
    env = {"_GRADCALC_COMPLETE": f"complete_{name}", **SHELLS[name]}
    code, out, err = run(GRADCALC, env=env)
    assert (code, err) == (0, "")
    assert "backward" in out
    assert not modules([], **env) & {"numpy", "rich.table", "rich.console", "yaml"}


def test_the_wrapper_gives_back_what_it_took(capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert run_inside(["--help"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().out.startswith("Usage: gradcalc")


def test_a_second_interrupt_is_still_quiet():
    code = "import gradcalc.cli.main as m\ndef run(arguments): raise KeyboardInterrupt\nm.run = run\nm.main()"
    assert run([sys.executable, "-c", code]) == (130, "", "")
