"""The commands as somebody uses them: flags, files, formats, places to write to, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from invoke import invoke
from process import GRADCALC, ROOT, on_terminal, run, start
from texts import read_texts
from turns import in_turn

NETWORKS = [path for path in sorted((ROOT / "configs").rglob("*.yaml")) if "layers" in read_texts(path)]
WITH_NUMBERS = [path for path in NETWORKS if "input" in read_texts(path)]
NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:\.\d+)?(?:e[−+-]?\d+)?")
ESCAPE = re.compile("\x1b\\[[0-9;]*m")

SCREENS = [
    *([command, str(path)] for path in WITH_NUMBERS for command in ("forward", "backward")),
    *(["backward", "--locals", str(path)] for path in WITH_NUMBERS),
    *(["shapes", "--derivatives", str(path)] for path in NETWORKS),
    ["ops"],
    ["ops", "sigmoid"],
    ["examples"],
]
each_screen = in_turn(
    "arguments",
    SCREENS,
    [*SCREENS[:-3:5], *SCREENS[-3:]],
    ids=[" ".join(Path(argument).stem for argument in arguments) for arguments in SCREENS],
)

NETWORK = """\
input: [1, 1]
target: 1
loss: bce
layers:
  - {weights: [[2, 4], [3, -5]], bias: [-2, 1], activation: relu}
  - {weights: [[4, 6]], bias: -3.5, activation: sigmoid}
"""
FLAGS = ["-x", "1 1", "-y", "1", "-l", "bce",
         "-w", "2 4; 3 -5", "-b", "-2 1", "-a", "relu", "-w", "4 6", "-b", "-3.5", "-a", "sigmoid"]  # fmt: skip

# Flags, and the file that they stand for.
WRITTEN = [
    (FLAGS, NETWORK),
    (
        ["-x", "[1, 2]", "-w", "[[1, 2], [3, 4]]", "-y", "[0, 1]", "-l", "mse"],
        "{input: [1, 2], target: [0, 1], loss: mse, layers: [{weights: [[1, 2], [3, 4]]}]}",
    ),
    (
        ["-x1,2", "-w1,2;3,4", "-y0,1", "-lmse"],
        "{input: [1, 2], target: [0, 1], loss: mse, layers: [{weights: [[1, 2], [3, 4]]}]}",
    ),
    (
        ["--input=1 2; 3 4", "--weights=1 1", "--target=1; 2", "--loss=mse"],
        "{input: [[1, 2], [3, 4]], target: [[1], [2]], loss: mse, layers: [{weights: [[1, 1]]}]}",
    ),
    (["-x", "-1/3", "-w", "sqrt(2)"], "{input: -1/3, layers: [{weights: [[sqrt(2)]]}]}"),
    (
        ["-x", "1", "-w", "2", "-b", "none", "-a", "leaky_relu:slope=0.3", "-w", "3", "-b", "4", "-a", "identity"],
        """
        input: 1
        layers:
          - {weights: [[2]], activation: {name: leaky_relu, slope: 0.3}}
          - {weights: [[3]], bias: 4, activation: identity}
        """,
    ),
    (
        ["-x", "1;2", "-y", "0;1", "-w", "2", "-l", "huber:delta=2", "--reduction", "sum", "--round", "4dp"],
        """
        input: [[1], [2]]
        target: [0, 1]
        layers: [{weights: [[2]]}]
        loss: {name: huber, delta: 2}
        reduction: sum
        rounding: 4dp
        """,
    ),
    (
        ["-x", "1", "-w", "2", "--set", "weight_layout=in_out", "--index-base", "0"],
        "{input: 1, layers: [{weights: [[2]]}], weight_layout: in_out, index_base: 0}",
    ),
]

# An assignment, and the edit of the file that it stands for.
SETS = [
    ("layers.2.activation=tanh", "activation: sigmoid", "activation: tanh"),
    ("layers.2.activation={name: elu, alpha: 2}", "activation: sigmoid", "activation: {name: elu, alpha: 2}"),
    ("layers.1.weights[2,1]=7", "[3, -5]", "[7, -5]"),
    ("layers.1.bias[2]=1/2", "[-2, 1]", "[-2, 1/2]"),
    ("layers.2.bias=-1e-3", "-3.5", "-1e-3"),
    ("input=[2, 3]", "input: [1, 1]", "input: [2, 3]"),
    ("loss={name: bce, reduction: sum}", "loss: bce", "loss: {name: bce, reduction: sum}"),
    ("reduction=sum", "loss: bce", "loss: bce\nreduction: sum"),
    ("penalty.l2=0.5", "loss: bce", "loss: bce\npenalty: {l2: 0.5}"),
    ("notation=mazur", "loss: bce", "loss: bce\nnotation: mazur"),
    ("title=off", "loss: bce", "loss: bce\ntitle: off"),
    ("rounding={to: 3dp, when: each}", "loss: bce", "loss: bce\nrounding: {to: 3dp, when: each}"),
]


@pytest.fixture
def network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    return "net.yaml"


def result(arguments: list[str], stdin: str = "") -> dict:
    done = invoke([*arguments, "--format", "json"], stdin)
    assert done.code == 0, done.stderr
    return json.loads(done.stdout, parse_constant=pytest.fail)


class TestWhereTheProblemComesFrom:
    @pytest.mark.parametrize(("flags", "text"), WRITTEN)
    def test_flags_alone_are_the_network_that_a_file_describes(self, tmp_path, flags, text):
        file = tmp_path / "net.yaml"
        file.write_text(dedent(text), encoding="utf-8")
        for command in ("forward", "backward", "shapes"):
            for form in ("json", "csv", "table", "markdown"):
                from_file = invoke([command, str(file), "-f", form])
                assert from_file.code == 0, from_file.stderr
                assert invoke([command, *flags, "-f", form]) == from_file

    def test_a_dash_is_standard_input(self, network):
        assert invoke(["backward", "-"], stdin=NETWORK) == invoke(["backward", network])

    def test_without_a_file_the_built_in_example_is_run_and_one_line_says_so(self):
        example = next(path for path in NETWORKS if path.stem == "example")
        for command in ("forward", "backward", "shapes"):
            done = invoke([command])
            assert done.code == 0
            assert done.stdout == invoke([command, str(example)]).stdout
            assert (done.stderr.count("\n"), "built-in example" in done.stderr) == (1, True)

    def test_where_a_file_or_a_network_is_given_nothing_is_said(self, network):
        assert invoke(["forward", network]).stderr == ""
        assert invoke(["forward", *FLAGS]).stderr == ""
        assert invoke(["forward", "-"], stdin=NETWORK).stderr == ""

    def test_flags_win_over_the_file_and_assignments_over_both(self, network):
        arguments = ["forward", network, "-x", "2 3", "-b", "0 0", "-b", "1"]
        assert result(arguments)["values"]["z1"] == [16.0, -9.0]
        assert result([*arguments, "--set", "input=[0, 1]"])["values"]["z1"] == [4.0, -5.0]

    def test_flags_change_the_built_in_example_too(self):
        assert result(["forward", "-x", "0 0"])["values"]["z_H"] == [-2.0, 1.0]

    def test_every_example_that_is_printed_can_be_run(self):
        for path in WITH_NUMBERS:
            printed = invoke(["examples", path.stem])
            assert (printed.code, printed.stderr) == (0, "")
            assert invoke(["backward", "-"], stdin=printed.stdout) == invoke(["backward", str(path)])


class TestSet:
    @pytest.mark.parametrize(("assignment", "old", "new"), SETS)
    def test_an_assignment_is_the_same_key_in_the_file(self, network, assignment, old, new):
        assert NETWORK.count(old) == 1
        with_flag = invoke(["backward", network, "--set", assignment, "-f", "json"])
        assert with_flag == invoke(["backward", "-", "-f", "json"], stdin=NETWORK.replace(old, new))
        assert with_flag.code == 0

    def test_later_assignments_build_on_earlier_ones(self, network):
        sets = ["--set", "layers.1.name=H", "--set", "layers.H.bias=[0, 0]", "--set", "layers.H.bias[1]=5"]
        assert result(["forward", network, *sets])["values"]["b_H"] == [5.0, 0.0]


class TestFormats:
    @each_screen
    def test_json_is_strict_and_alone_on_standard_output(self, arguments):
        done = invoke([*arguments, "-f", "json"])
        assert done.code == 0
        json.loads(done.stdout, parse_constant=pytest.fail)
        assert done.stderr == ""

    @pytest.mark.parametrize("path", WITH_NUMBERS, ids=lambda path: path.stem)
    def test_backward_tells_what_forward_tells_and_more(self, path):
        forward, backward = result(["forward", str(path)]), result(["backward", str(path)])
        assert {**backward, "schema": "gradcalc.forward/1"} | forward == {**backward, "schema": "gradcalc.forward/1"}
        assert backward["gradients"]

    @pytest.mark.parametrize("path", WITH_NUMBERS, ids=lambda path: path.stem)
    def test_csv_holds_the_numbers_of_json(self, path):
        told = result(["backward", str(path)])
        rows = invoke(["backward", str(path), "-f", "csv"]).stdout.splitlines()[1:]
        assert Counter(float(row.rpartition(",")[2]) for row in rows) == Counter(numbers_of(told["gradients"]))

    @each_screen
    def test_in_ascii_every_sign_is_ascii(self, arguments):
        for form in ("table", "markdown"):
            done = invoke([*arguments, "-f", form, "--ascii"])
            assert done.code == 0
            assert done.stdout.isascii()

    def test_the_schema_is_a_json_text(self):
        done = invoke(["schema"])
        assert (done.code, done.stderr) == (0, "")
        assert json.loads(done.stdout)["$schema"] == "http://json-schema.org/draft-07/schema#"

    def test_the_same_input_gives_the_same_bytes_in_every_process(self):
        arguments = ["backward", str(ROOT / "configs" / "mazur.yaml"), "--locals", "-f", "json"]
        ends = {run([*GRADCALC, *arguments], env={"PYTHONHASHSEED": seed}) for seed in "12"}
        assert ends == {tuple(invoke(arguments))}


def numbers_of(value: object) -> list[float]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [float(value)] if inner is None else [number for item in inner for number in numbers_of(item)]


class TestNumbers:
    @each_screen
    def test_at_every_width_every_number_is_there_and_whole(self, arguments):
        endless = Counter(NUMBER.findall(invoke(arguments).stdout))
        for width in (20, 40, 80, 200):
            done = invoke([*arguments, "--width", str(width)])
            assert done.code == 0
            assert Counter(NUMBER.findall(done.stdout)) == endless, width
            assert "…" not in done.stdout

    @pytest.mark.parametrize("digits", [1, 3, 6, 12, 17])
    def test_so_many_significant_digits_are_shown_as_are_asked_for(self, digits):
        shown = invoke(["forward", "-x", "2/3", "-w", "1", "-p", str(digits)]).stdout
        (value,) = set(re.findall(r"0\.[0-9]+", shown))
        assert value == f"{2 / 3:.{digits}g}"

    @pytest.mark.parametrize("digits", [1, 3, 6, 17])
    def test_no_number_that_is_not_zero_is_shown_as_zero(self, digits):
        for tiny in ("1e-12", "-1e-300", "5e-324"):
            shown = invoke(["forward", "-x", tiny, "-w", "1", "-p", str(digits)]).stdout
            values = [float(text.replace("−", "-")) for text in re.findall(r"\[([^\]]*)\]", shown)]
            assert values == [pytest.approx(float(tiny), rel=0.5)] * 3

    def test_precision_is_nothing_to_json_and_csv(self, network):
        for form in ("json", "csv"):
            assert invoke(["forward", network, "-f", form, "-p", "2"]) == invoke(["forward", network, "-f", form])

    def test_rounding_is_done_to_every_quantity_on_the_way_or_only_where_it_is_shown(self, network):
        exact = result(["forward", network])["values"]
        by_hand = invoke(["forward", network, "--round", "1sf"])
        assert re.search(r"z2 .* \[10\]", by_hand.stdout)
        assert result(["forward", network, "--round", "1sf"])["values"]["z2"] == [10.0]
        shown = ["forward", network, "--set", "rounding={to: 1sf, when: shown}"]
        assert re.search(r"z2 .* \[10\]", invoke(shown).stdout)
        assert result(shown)["values"] == exact

    def test_indices_count_from_the_base_wherever_one_is_read_or_written(self, network):
        base = ["--index-base", "0"]
        assert result(["backward", network])["zeros"][0]["index"] == [1, 2]
        assert result(["backward", network, *base])["zeros"][0]["index"] == [0, 1]
        assert "∂L/∂W2[0,1]" in invoke(["backward", network, *base]).stdout
        assert '\nW1,"0,0",2.0\n' in invoke(["forward", network, *base, "-f", "csv"]).stdout
        assert '\nW1,"1,1",2.0\n' in invoke(["forward", network, "-f", "csv"]).stdout
        ends = [invoke(["backward", network, *base, "--of", "z1[0]"]), invoke(["backward", network, "--of", "z1[1]"])]
        assert result(["backward", network, *base, "--of", "z1[0]"])["gradients"]["W1"] == [[1.0, 1.0], [0.0, 0.0]]
        assert [end.code for end in ends] == [0, 0]
        set_first = ["--set", "layers.1.weights[0,0]=9"]
        assert result(["forward", network, *base, *set_first])["values"]["W1"][0] == [9.0, 4.0]


class TestAnotherResult:
    def test_an_entry_or_a_quantity_of_one_number_can_be_differentiated(self, network):
        entry = result(["backward", network, "--of", "a1[1]"])["gradients"]
        assert entry["W1"] == [[1.0, 1.0], [0.0, 0.0]]
        assert entry["x"] == [2.0, 4.0]
        assert "L" not in entry
        assert result(["backward", network, "--of", "z2"])["gradients"]["W2"] == [[4.0, 0.0]]

    def test_the_output_goes_by_its_name_and_by_yhat(self, network):
        named, hat = (result(["backward", network, "--of", name])["gradients"] for name in ("a2", "yhat"))
        assert named == hat

    def test_the_loss_of_one_output_is_a_result(self, network):
        assert result(["backward", network, "--of", "e[1]"])["gradients"] == result(["backward", network])["gradients"]

    def test_the_title_of_a_gradient_names_the_result(self, network):
        shown = invoke(["backward", network, "--of", "a1[1]"]).stdout
        assert "∂a1[1]/∂W1" in shown
        assert "∂L" not in shown


class TestOut:
    @pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
    def test_a_file_gets_what_standard_output_would(self, network, tmp_path, form):
        done = invoke(["backward", network, "-f", form, "-o", "page"])
        assert done == (0, "", "wrote page\n")
        assert (tmp_path / "page").read_bytes().decode() == invoke(["backward", network, "-f", form]).stdout
        assert invoke(["backward", network, "-f", form, "-o", "-"]) == invoke(["backward", network, "-f", form])

    def test_a_file_that_exists_is_only_replaced_by_force(self, network, tmp_path):
        (tmp_path / "page").write_text("old")
        done = invoke(["forward", network, "-o", "page"])
        assert (done.code, done.stdout) == (2, "")
        assert "--force" in done.stderr
        assert (tmp_path / "page").read_text() == "old"
        assert invoke(["forward", network, "-o", "page", "--force"]).code == 0
        assert (tmp_path / "page").read_text(encoding="utf-8") == invoke(["forward", network]).stdout

    def test_where_nothing_can_be_computed_nothing_is_written(self, network, tmp_path):
        assert invoke(["forward", network, "-x", "1 2 3", "-o", "page"]).code == 3
        assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]

    def test_examples_and_the_schema_are_written_too(self, network, tmp_path):
        assert invoke(["examples", "xor", "-o", "mine.yaml"]).code == 0
        assert invoke(["schema", "-o", "schema.json"]).code == 0
        assert (tmp_path / "schema.json").read_text(encoding="utf-8") == invoke(["schema"]).stdout
        assert invoke(["forward", "mine.yaml"]).code == 0

    def test_a_file_holds_no_colour_whoever_asks_for_it(self, network, tmp_path):
        for form in ("table", "json", "csv", "markdown"):
            arguments = ["backward", network, "--color", "always", "-f", form, "-o", form]
            assert invoke(arguments, environment={"FORCE_COLOR": "1"}).code == 0
            assert b"\x1b" not in (tmp_path / form).read_bytes()


class TestTerminals:
    def test_a_terminal_shows_the_same_signs_in_colour(self, network):
        painted = on_terminal([*GRADCALC, "backward", str(Path(network).resolve())], 80)
        assert "\x1b[1m" in painted
        plain = invoke(["backward", network, "--width", "80"]).stdout
        assert ESCAPE.sub("", painted).replace("\r\n", "\n") == plain

    @pytest.mark.parametrize(
        ("arguments", "variables"),
        [
            ([], {"NO_COLOR": "1"}),
            ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}),
            ([], {"FORCE_COLOR": "0"}),
            ([], {"TERM": "dumb"}),
            (["--color", "never"], {"FORCE_COLOR": "1"}),
        ],
    )
    def test_who_wants_no_colour_gets_none(self, arguments, variables):
        assert "\x1b" not in on_terminal([*GRADCALC, "forward", *arguments], 80, **variables)

    def test_colour_can_be_forced_into_a_pipe_but_only_into_the_table(self, network):
        for arguments, variables in ((["--color", "always"], {}), ([], {"FORCE_COLOR": "1"})):
            assert "\x1b[" in invoke(["forward", network, *arguments], environment=variables).stdout
            for form in ("json", "csv", "markdown"):
                done = invoke(["forward", network, "-f", form, *arguments], environment=variables)
                assert "\x1b" not in done.stdout

    @in_turn("columns", [20, 40, 80], [40])
    def test_on_a_terminal_no_line_is_longer_than_it(self, columns):
        for command in ("forward", "backward", "shapes"):
            shown = ESCAPE.sub("", on_terminal([*GRADCALC, command], columns)).splitlines()
            assert max(map(len, shown)) <= columns

    def test_a_terminal_as_standard_input_is_not_waited_for(self):
        leader, follower = pty.openpty()
        code, out, err = run([*GRADCALC, "forward", "-"], stdin=follower)
        os.close(follower)
        os.close(leader)
        assert (code, out) == (2, "")
        assert "standard input is a terminal" in err

    @pytest.mark.parametrize("command", ["forward", "backward", "shapes", "ops", "examples", "schema"])
    def test_help_fits_eighty_columns_and_goes_to_standard_output(self, command):
        done = invoke([command, "-h"])
        assert (done.code, done.stderr) == (0, "")
        assert done == invoke([command, "--help"])
        assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_waits_for_its_problem_can_be_stopped(sign, code):
    process = start([*GRADCALC, "forward", "-"], stdin=subprocess.PIPE)
    process.stdin.write(b"#" * (1 << 18))  # more than a pipe holds: somebody reads it
    process.send_signal(sign)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (code, b"", b"")
