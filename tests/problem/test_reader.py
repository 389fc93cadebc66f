"""From bytes to located nodes: what is read, where it stands, and what is refused before it can do harm."""

import io
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcalc
from gradcalc.errors import LimitError, ProblemError, UsageError
from gradcalc.problem.reader import LIMIT, fetch, read, read_value
from gradcalc.problem.tree import DEEPEST, MOST_FAULTS, MOST_NODES

ROOT = Path(gradcalc.__file__).parents[1]

NETWORK = """\
title: ReLU hidden layer, sigmoid output
input: [1, 1]                      # one sample
target: 1
loss: bce
layers:
  - name: H
    weights: [[2, 4], [3, -5]]
    bias: [-2, 1]
    activation: relu
  - name: O
    weights: [[4, 6]]
    bias: -3.5
    activation: sigmoid
"""


@pytest.fixture(params=["with libyaml", "in pure Python"])
def either_parser(request, monkeypatch):
    if request.param == "in pure Python":
        monkeypatch.setattr(yaml, "__with_libyaml__", False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")


def plain(node):
    if node.kind == "mapping":
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    return node.text


def faults(text, reader=read):
    """The faults as (line, column, message, hint, line and column of the other place)."""
    with pytest.raises(ProblemError) as caught:
        reader(text if reader is read_value or isinstance(text, bytes) else text.encode(), "net.yaml")
    return [
        (
            fault.place and fault.place.line,
            fault.place and fault.place.column,
            fault.message,
            fault.hint,
            fault.also and (fault.also.line, fault.also.column),
        )
        for fault in caught.value.faults
    ]


def only(text):
    (fault,) = faults(text)
    return fault


@pytest.mark.usefixtures("either_parser")
class TestTree:
    def test_a_problem_file_becomes_nodes_with_the_texts_as_written(self):
        tree = plain(read(NETWORK.encode(), "net.yaml"))
        assert tree["input"] == ["1", "1"]
        assert tree["layers"][0] == {
            "name": "H",
            "weights": [["2", "4"], ["3", "-5"]],
            "bias": ["-2", "1"],
            "activation": "relu",
        }
        assert list(tree) == ["title", "input", "target", "loss", "layers"]

    def test_every_node_knows_its_line_its_column_and_its_length(self):
        root = read(NETWORK.encode(), "net.yaml")
        activation = root.at("layers", 1, "activation")
        assert activation.place[1:] == (13, 17, 7)
        assert root.at("layers", 0, "weights", 1, 1).place[1:] == (7, 27, 2)
        assert root.at("layers", 0, "weights", 1).place[1:] == (7, 23, 1)
        assert root.entries["loss"][0].place[1:] == (4, 1, 4)
        assert activation.source.line(13) == "    activation: sigmoid"

    def test_every_scalar_stands_where_its_place_says(self):
        root = read(NETWORK.encode(), "net.yaml")
        for scalar in root.scalars():
            line = scalar.source.line(scalar.line)
            assert line[scalar.column - 1 : scalar.column - 1 + scalar.length] == scalar.text

    def test_numbers_and_truths_stay_the_texts_that_they_are(self):
        texts = ["1e-3", "-.5", "017", "1:30", "off", "0.50", "1/3", "true", "2001-01-01", "0x1F", "1_000"]
        root = read(f"x: [{', '.join(texts)}]".encode(), "x")
        assert plain(root)["x"] == texts

    def test_quotes_are_remembered_and_not_counted_into_the_text(self):
        root = read(b"a: \"1\"\nb: '1'\nc: 1\nd: |\n  1\n", "x")
        assert [(root.at(key).text, root.at(key).quoted) for key in "abcd"] == [
            ("1", True),
            ("1", True),
            ("1", False),
            ("1\n", True),
        ]
        assert root.at("a").length == 3

    def test_what_is_left_out_is_null(self):
        root = read(b"a:\nb: ~\nc: null\nd: ''\n", "x")
        assert [root.at(key).is_null for key in "abcd"] == [True, True, True, False]

    def test_a_scalar_over_several_lines_is_marked_on_its_first(self):
        root = read(b"a: one\n  two\nb: |\n  three\nc: 'four\n  five'\n", "x")
        assert [(root.at(key).text, root.at(key).length) for key in "abc"] == [
            ("one two", 3),
            ("three\n", 1),
            ("four five", 5),
        ]

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_lines_are_counted_alike_whatever_ends_them(self, line_end):
        root = read(NETWORK.replace("\n", line_end).encode(), "net.yaml")
        assert root.at("layers", 1, "bias").place[1:] == (12, 11, 4)
        assert root.source.line(12) == "    bias: -3.5"

    def test_a_byte_order_mark_moves_nothing(self):
        assert read(b"\xef\xbb\xbfabc: 1", "x").at("abc").place[1:] == (1, 6, 1)

    def test_columns_count_characters_not_bytes(self):
        root = read("{θ𝛼é: 1, b: 22}".encode(), "x")
        assert root.at("b").place[1:] == (1, 13, 2)
        assert root.entries["θ𝛼é"][0].length == 3

    def test_json_is_read_as_well(self):
        assert plain(read(b'{"a": [1, 2.5e-3], "b": {"c": null}}', "x")) == {
            "a": ["1", "2.5e-3"],
            "b": {"c": "null"},
        }

    def test_names_with_brackets_are_text(self):
        assert plain(read(b"F(x, y): [x, y]\ndW[1,2]: 3\n<<-: 1\n-x: 2\n", "x")) == {
            "F(x, y)": ["x", "y"],
            "dW[1,2]": "3",
            "<<-": "1",
            "-x": "2",
        }

    def test_the_deepest_nesting_that_is_allowed_is_read(self):
        inner = DEEPEST - 1
        assert read(f"a: {'[' * inner}{']' * inner}".encode(), "x").kind == "mapping"
        line, column, message, *_ = only(f"a: {'[' * DEEPEST}{']' * DEEPEST}")
        assert (line, column, message) == (1, 3 + DEEPEST, f"nested deeper than {DEEPEST}")

    def test_a_key_that_stands_twice_is_a_fault_at_any_level_with_both_places(self):
        assert faults("a: 1\nb: {c: 1, c: 2}\n'a': 3\n") == [
            (2, 11, "the key 'c' stands on line 2 already", None, (2, 5)),
            (3, 1, "the key 'a' stands on line 1 already", None, (1, 1)),
        ]

    @pytest.mark.parametrize(
        "key", ["1", "-1.5", "1e3", "true", "null", "~", "0x1F", ".inf", ".5", "[1]", "{a: 1}", "? [a]", "? {a: b}"]
    )
    def test_a_key_that_is_not_text_is_refused(self, key):
        assert only(f"{{{key}: x}}" if not key.startswith("?") else f"{key}\n: x\n")[2].startswith("keys must be text")

    def test_a_key_in_quotes_is_text(self):
        assert plain(read(b'{"1": a, \'true\': b, "<<": c}', "x")) == {"1": "a", "true": "b", "<<": "c"}

    def test_a_missing_key_is_refused(self):
        assert only("? \n: 1\n")[2] == "keys must be text, not nothing"
        assert only(": 1\n")[2] == "a key is missing before this ':'"
        assert only("{: 1}")[2] == "expected a value before the ':'"

    def test_a_merge_is_refused(self):
        assert only("a: 1\n<<: {b: 2}\n")[:3] == (2, 1, "'<<' does not merge mappings here")

    @pytest.mark.parametrize(
        "value", ["!!python/object/apply:os.system [x]", "!!str 1", "!x 1", "! 1", "!!binary aa", "!y!x 1"]
    )
    def test_a_tag_is_refused(self, value):
        assert only(f"a: {value}")[:3] == (1, 4, "tags are not allowed")

    def test_an_alias_is_refused_once_for_each_name_with_its_anchor(self):
        assert [fault[:3] + fault[4:] for fault in faults("a: &x 1\nb: [*x, *x]\nc: *y\nd: &z 2\n")] == [
            (2, 5, "aliases such as *x are not allowed", (1, 4)),
            (3, 4, "aliases such as *y are not allowed", None),
            (4, 4, "anchors are not allowed", None),
        ]

    def test_a_list_that_holds_itself_is_refused(self):
        assert only("&a [*a]")[2] == "aliases such as *a are not allowed"

    def test_a_second_document_is_refused_where_it_begins(self):
        assert only("a: 1\n---\nb: 2\n---\n")[:3] == (2, 1, "only one document is read")

    def test_a_document_may_be_marked(self):
        assert plain(read(b"%YAML 1.2\n---\na: 1\n...\n", "x")) == {"a": "1"}

    def test_everything_that_is_wrong_is_told_in_the_order_of_the_text(self):
        text = "a: !x 1\n2: b\na: *q\nb: [1\n"
        assert [fault[:2] for fault in faults(text)] == [(1, 4), (2, 1), (3, 1), (3, 4), (4, 6)]

    def test_after_many_faults_the_reading_stops(self):
        found = faults("".join(f"{number}: x\n" for number in range(10 * MOST_FAULTS)))
        assert len(found) == MOST_FAULTS + 1
        assert found[-1][2] == "too much is wrong to read on"
        assert len(faults("".join(f"- &a{number} x\n" for number in range(10 * MOST_FAULTS)))) == MOST_FAULTS + 1


SLIPS = {
    "a bracket is open at the end": ("a: [1, 2\n", 1, 9, "the '[' of line 1 is still open", (1, 4)),
    "a brace is open at the end": ("b: 1\na: {b: 1\n", 2, 9, "the '{' of line 2 is still open", (2, 4)),
    "a bracket is open at the next key": (
        "a:\n  w: [[2], [3]\n  b: 1\n",
        3,
        3,
        "the '[' of line 2 is still open",
        (2, 6),
    ),
    "a double quote is open": ('a: "abc\nb: 1\n', 2, 5, "the quote of line 1 is never closed", (1, 4)),
    "a single quote is open": ("a: 'abc\nb: 1\n", 2, 5, "the quote of line 1 is never closed", (1, 4)),
    "a bracket closes nothing": ("a: [1]]\n", 1, 7, "a ']' that closes nothing", None),
    "a value is missing": ("a: [1,,2]\n", 1, 7, "expected a value before the ','", None),
    "a tab indents": ("a:\n\tb: 1\n", 2, 1, "a tab can't indent a line", None),
    "a text begins with a reserved sign": ("a: @b\n", 1, 4, "a text can't begin with '@'", None),
    "a second colon": ("title: Example: XOR\n", 1, 15, "a second ':' in one line", None),
    "a colon without its space": ("a: 1\nb:[2]\nc: 3\n", 2, 2, "a space is missing after this ':'", None),
    "a deeper key": ("a: 1\n  b: 2\n", 2, 4, "a key can't stand here", None),
    "an odd indentation": ("a:\n  b: 1\n c: 2\n", 3, 2, "this line does not continue what stands above it", (1, 1)),
    "a key in a list": ("- a\nb: 1\n", 2, 1, "this line does not continue what stands above it", (1, 1)),
    "a key without a colon": ("a: 1\nb 2\nc: 3\n", 2, 1, "expected ':' behind this key", None),
    "text behind quotes": ("a: 'x' y\n", 1, 8, "the value has ended before this", None),
    "emphasis": ("title: *very*\n", 1, 8, "a text that begins with '*' or '&' needs quotes", None),
    "a lonely anchor": ("a: &\n", 1, 4, "a text that begins with '*' or '&' needs quotes", None),
    "an undefined tag": ("a: !y!x 1\n", 1, 4, "tags are not allowed", None),
}


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(("text", "line", "column", "message", "also"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_syntax_is_located_and_explained(text, line, column, message, also):
    found = only(text)
    assert found[:2] == (line, column)
    assert message in found[2]
    assert found[4] == also


@pytest.mark.usefixtures("either_parser")
def test_a_backslash_in_double_quotes_is_explained():
    line, _, message, hint, also = only('a: "\\sigma"\n')
    assert (line, message, also) == (1, "unknown escape in a quoted text", (1, 4))
    assert "single quotes" in hint


@pytest.mark.parametrize("text", ["", " \n", "# only a comment\n", "null", "~", "---\n", "---\n...\n"])
def test_an_empty_file_is_answered_with_a_command_to_start_from(text):
    _, _, message, hint, _ = only(text)
    assert message == "net.yaml: the file is empty"
    assert "gradcalc examples" in hint


@pytest.mark.parametrize(
    ("text", "found"), {"[1, 2]": "a list", "- a: 1": "a list", "5": "a single value", "'a'": "a single value"}.items()
)
def test_a_file_that_is_no_mapping_is_refused(text, found):
    assert only(text)[2] == f"expected a mapping, found {found}"


def test_a_colon_without_its_space_is_noticed():
    assert "key: value" in only("loss:bce")[3]


BYTES = {
    "Latin-1": (b"title: ok\nname: caf\xe9\n", (2, 10), "not UTF-8: byte 0xE9 at line 2"),
    "Latin-1 behind a mark": (b"\xef\xbb\xbfcaf\xe9", (1, 4), "not UTF-8: byte 0xE9 at line 1"),
    "Latin-1 behind wide characters": ("θ𝛼: ".encode() + b"\xff", (1, 5), "not UTF-8: byte 0xFF at line 1"),
    "a cut character": (b"a: \xe2\x88", (1, 4), "not UTF-8: byte 0xE2 at line 1"),
    "NUL": (b"a: 1\nname: x\x00y\n", (2, 8), "contains the control character \\x00"),
    "escape": (b"a: \x1b[2J", (1, 4), "contains the control character \\x1b"),
    "form feed": (b"a: 1\r\nb:\x0c 1", (2, 3), "contains the control character \\x0c"),
    "C1": ("a: \x9b31m".encode(), (1, 4), "contains the control character \\x9b"),
    "delete": (b"a: \x7f", (1, 4), "contains the control character \\x7f"),
    "a mark in the middle": ("a: \ufeffb".encode(), (1, 4), "contains the control character \\ufeff"),
}


@pytest.mark.parametrize(("data", "place", "message"), BYTES.values(), ids=BYTES)
def test_a_byte_that_is_no_text_is_located_and_spelled_out(data, place, message):
    found = only(data)
    assert found[:2] == place
    assert found[2] == message
    assert "\x1b" not in found[2]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_file_in_utf_16_is_told_to_be_saved_as_utf_8(encoding):
    _, _, message, hint, _ = only(NETWORK.encode(encoding))
    assert "UTF-16" in message
    assert hint == "save the file as UTF-8"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\x7fELF\x02\x01\x01\x00\xff\x00",
        b"PK\x03\x04\x14\x00\xb5\xd7",
        bytes(range(256)),
    ],
    ids=["png", "elf", "zip", "all bytes"],
)
def test_a_picture_or_a_program_is_not_a_text_file(data):
    assert only(data)[2] == "net.yaml is not a text file"


def test_a_value_of_a_flag_may_be_anything_that_yaml_writes():
    assert plain(read_value("[1, {a: 2}]", "--set")) == ["1", {"a": "2"}]
    assert read_value("0.5", "--set").text == "0.5"
    assert read_value("", "--set").is_null
    assert read_value("# nothing", "--set").is_null
    assert read_value("{name: huber, delta: 2}", "--set loss").at("delta").place[1:] == (1, 22, 1)
    assert read_value("x", "--set loss").source.name == "--set loss"


def test_a_value_of_a_flag_is_as_strict_as_a_file():
    assert faults("[1", read_value)[0][2].startswith("expected ',' or ']'")
    assert faults("*a", read_value)[0][2].startswith("aliases")
    assert faults("\x1b", read_value)[0][2] == "contains the control character \\x1b"
    assert faults("\udce9", read_value)[0][2] == "not UTF-8: byte 0xE9"


def test_more_values_than_a_problem_can_have_are_over_the_limit():
    with pytest.raises(LimitError, match="more than 200000 values") as caught:
        read(f"a: [{'1,' * MOST_NODES}]".encode(), "x")
    assert "npz" in caught.value.faults[0].hint


HOSTILE = {
    "nested brackets": "'[' * 100_000",
    "nested and closed brackets": "'[' * 100_000 + ']' * 100_000",
    "nested braces": "'{a: ' * 50_000",
    "nested dashes": "'- ' * 50_000",
    "nested question marks": "'? ' * 50_000",
    "a billion laughs": "'a: &a0 [x]\\n' + ''.join(f'a{i}: &a{i} [' + f'*a{i - 1},' * 9 + ']\\n' for i in range(1, 9))",
}


@pytest.mark.parametrize("pure", [False, True], ids=["with libyaml", "in pure Python"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_file_made_to_crash_the_parser_ends_as_a_fault_at_once(text, pure):
    program = f"""
import time, yaml
from gradcalc.errors import ProblemError
from gradcalc.problem.reader import read
yaml.__with_libyaml__ = yaml.__with_libyaml__ and not {pure}
data = ({text}).encode()
start = time.process_time()
try:
    read(data, "x")
except ProblemError as error:
    assert time.process_time() - start < 0.5
    print(error.exit_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_a_small_problem_is_read_in_two_milliseconds():
    data = NETWORK.encode()
    read(data, "x")
    times = []
    for _ in range(20):
        start = time.perf_counter()
        read(data, "x")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.002


@pytest.mark.usefixtures("either_parser")
def test_any_bytes_are_a_mapping_or_an_error_of_the_family():
    @settings(max_examples=200)
    @given(
        st.one_of(
            st.binary(),
            st.text().map(str.encode),
            st.text(alphabet="ab1:-?[]{},&*!|>'\"%@`# \n\t<").map(str.encode),
        )
    )
    def check(data):
        with suppress(ProblemError, LimitError):
            assert read(data, "x").kind == "mapping"

    check()


@given(st.data())
def test_a_damaged_problem_file_is_a_mapping_or_an_error_of_the_family(data):
    text = NETWORK.encode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 20, len(text))))
    damaged = text[:start] + data.draw(st.binary(max_size=5)) + text[end:]
    for place in places_of_faults(damaged):
        assert place.line <= len(place.source.text.splitlines()) + 1


def places_of_faults(data):
    try:
        read(data, "x")
    except (ProblemError, LimitError) as error:
        return [place for fault in error.faults for place in (fault.place, fault.also) if place]
    return []


def test_every_place_of_a_fault_is_in_the_text():
    for text, *_ in SLIPS.values():
        places = places_of_faults(text.encode())
        assert places
        for place in places:
            line = place.source.line(place.line)
            assert line
            assert place.column <= len(line) + 1


class Terminal(io.TextIOWrapper):
    def isatty(self):
        return True


def standard_input(data, kind=io.TextIOWrapper):
    return kind(io.BytesIO(data), encoding="utf-8")


class TestFetch:
    def test_a_file_is_fetched_byte_by_byte(self, tmp_path):
        file = tmp_path / "net.yaml"
        file.write_bytes(b"\xffa\r\n")
        assert fetch(str(file)) == b"\xffa\r\n"

    def test_a_dash_is_standard_input(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", standard_input(b"a: 1"))
        assert fetch("-") == b"a: 1"

    def test_a_terminal_as_standard_input_is_a_question_of_usage(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", standard_input(b"", Terminal))
        with pytest.raises(UsageError, match="terminal") as caught:
            fetch("-")
        assert "pipe" in caught.value.faults[0].hint

    def test_a_closed_standard_input_is_an_error(self, monkeypatch):
        closed = standard_input(b"")
        closed.close()
        for stream in (None, closed):
            monkeypatch.setattr(sys, "stdin", stream)
            with pytest.raises(ProblemError, match="standard input is closed"):
                fetch("-")

    def test_standard_input_without_end_is_over_the_limit(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", standard_input(b" " * (LIMIT + 1)))
        with pytest.raises(LimitError, match="larger than 1 MiB"):
            fetch("-")

    def test_a_missing_file_is_answered_with_one_of_a_similar_name(self, tmp_path):
        (tmp_path / "network.yaml").write_text("a: 1")
        with pytest.raises(ProblemError, match="no such file") as caught:
            fetch(str(tmp_path / "netwrok.yaml"))
        assert caught.value.faults[0].hint == f"did you mean '{tmp_path / 'network.yaml'}'?"

    def test_a_file_in_a_missing_folder_is_missing(self, tmp_path):
        with pytest.raises(ProblemError, match="no such file") as caught:
            fetch(str(tmp_path / "no" / "net.yaml"))
        assert caught.value.faults[0].hint is None

    @pytest.mark.parametrize(
        ("path", "message"), [("", "empty"), ("a\0b", "can't be the name"), ("x" * 5000, "too long")]
    )
    def test_a_name_that_no_file_can_have_is_an_error(self, path, message):
        with pytest.raises(ProblemError, match=message):
            fetch(path)

    def test_a_directory_is_refused(self, tmp_path):
        with pytest.raises(ProblemError, match="is a directory"):
            fetch(str(tmp_path))

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
    def test_a_pipe_a_device_and_a_socket_are_refused_before_they_are_opened(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / "socket"))
            for path in (tmp_path / "pipe", tmp_path / "socket", "/dev/zero", "/dev/tty"):
                with pytest.raises(ProblemError, match="not a regular file"):
                    fetch(str(path))

    def test_an_unreadable_file_is_refused_with_the_reason(self, tmp_path, monkeypatch):
        def refuse(self, mode):
            raise PermissionError(13, "Permission denied")

        (tmp_path / "net.yaml").write_text("a: 1")
        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(ProblemError, match=r"can't read .*net.yaml: permission denied"):
            fetch(str(tmp_path / "net.yaml"))

    def test_a_large_file_is_over_the_limit_and_one_at_the_limit_is_not(self, tmp_path):
        file = tmp_path / "net.yaml"
        file.write_bytes(b" " * LIMIT)
        assert len(fetch(str(file))) == LIMIT
        file.write_bytes(b" " * (LIMIT + 1))
        with pytest.raises(LimitError, match="larger than 1 MiB"):
            fetch(str(file))
