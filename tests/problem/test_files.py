"""Arrays in files: the same numbers from every format, and nothing hostile gets further than a message."""

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradcalc.errors import LimitError, ProblemError
from gradcalc.problem.files import MOST_NUMBERS, read_array
from gradcalc.problem.model import File

MATRIX = np.array([[1.5, -2.0, 3e-300], [4.0, 5.0, 6.0]])


def fault(folder, path, key=None, error=ProblemError, **options):
    with pytest.raises(error) as caught:
        read_array(File(path, key), str(folder), **options)
    (found,) = caught.value.faults
    assert found.place is None
    return found


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npy_with_header(header, numbers=b"", version=1):
    text = header.encode("latin-1")
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + numbers


def packed(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


class TestFormats:
    def test_every_format_gives_the_same_array(self, tmp_path):
        np.savez(tmp_path / "w.npz", W1=MATRIX, b1=MATRIX[0])
        np.savez_compressed(tmp_path / "packed.npz", W1=MATRIX)
        np.save(tmp_path / "w.npy", MATRIX)
        (tmp_path / "w.csv").write_text("1.5,-2.0,3e-300\n4,5,6\n")
        (tmp_path / "w.json").write_text(json.dumps({"W1": MATRIX.tolist(), "b1": 0}))
        (tmp_path / "list.json").write_text(json.dumps(MATRIX.tolist()))
        for path, key in [
            ("w.npz", "W1"),
            ("packed.npz", None),
            ("w.npy", None),
            ("w.csv", None),
            ("w.json", "W1"),
            ("list.json", None),
        ]:
            array = read_array(File(path, key), str(tmp_path))
            assert array.tolist() == MATRIX.tolist()
            assert array.dtype == np.float64
            assert array.flags.c_contiguous

    @pytest.mark.parametrize("kind", ["f2", ">f4", "<f8", ">f8", "i1", "u1", "i2", ">i4", "u8", "i8"])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_an_array_of_numbers_of_any_type_and_order_is_read(self, tmp_path, kind, order):
        np.save(tmp_path / "w.npy", np.array([[1, 2, 3], [4, 5, 6]], kind, order=order))
        assert read_array(File("w.npy"), str(tmp_path)).tolist() == [[1, 2, 3], [4, 5, 6]]

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    def test_every_version_of_the_header_is_read(self, tmp_path, version):
        with (tmp_path / "w.npy").open("wb") as stream:
            np.lib.format.write_array(stream, MATRIX, version=version)
        assert read_array(File("w.npy"), str(tmp_path)).tolist() == MATRIX.tolist()

    def test_a_single_number_is_an_array_without_axes(self, tmp_path):
        np.save(tmp_path / "w.npy", np.float64(3))
        (tmp_path / "w.json").write_text("3")
        assert read_array(File("w.npy"), str(tmp_path)).shape == ()
        assert read_array(File("w.json"), str(tmp_path)).shape == ()

    def test_a_file_is_looked_for_in_the_folder_and_below(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "W.NPY").write_bytes(npy(MATRIX))
        assert read_array(File("data/W.NPY"), str(tmp_path)).shape == (2, 3)
        assert read_array(File("./data/../data/W.NPY"), str(tmp_path)).shape == (2, 3)
        assert read_array(File(str(tmp_path / "data" / "W.NPY")), str(tmp_path)).shape == (2, 3)

    @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(array=arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e9, 1e9)))
    def test_what_numpy_and_json_write_comes_back_to_the_bit(self, tmp_path, array):
        np.savez(tmp_path / "w.npz", a=array)
        (tmp_path / "w.json").write_text(json.dumps(array.tolist()))
        for name in ("w.npz", "w.json"):
            assert read_array(File(name), str(tmp_path)).tobytes() == array.tobytes()


class TestKeys:
    def test_a_wrong_key_is_answered_with_the_right_one_and_the_list(self, tmp_path):
        np.savez(tmp_path / "w.npz", weights=MATRIX, bias=MATRIX)
        (tmp_path / "w.json").write_text('{"weights": [1], "bias": [2]}')
        for name in ("w.npz", "w.json"):
            found = fault(tmp_path, name, "wieghts")
            assert found.message == f"{name} has no array 'wieghts'"
            assert found.hint == "did you mean 'weights'? it holds weights, bias"
            assert fault(tmp_path, name, "zzz").hint == "it holds weights, bias"

    def test_a_key_may_be_left_out_only_where_there_is_one_array(self, tmp_path):
        np.savez(tmp_path / "two.npz", a=MATRIX, b=MATRIX)
        (tmp_path / "one.json").write_text('{"a": [1, 2]}')
        assert read_array(File("one.json"), str(tmp_path)).tolist() == [1, 2]
        found = fault(tmp_path, "two.npz")
        assert found.message == "two.npz holds 2 arrays: a key must choose one"
        assert found.hint == "one of a, b"

    @pytest.mark.parametrize(("name", "content"), {"w.npy": npy(MATRIX), "w.csv": b"1,2", "w.json": b"[1]"}.items())
    def test_a_key_for_a_file_without_keys_is_refused(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        assert fault(tmp_path, name, "W1").message == f"{name} holds one array and no keys"


TABLES = {
    "commas": (b"1,2\n3,4\n", [[1, 2], [3, 4]]),
    "semicolons": (b"1;2\n3;4\n", [[1, 2], [3, 4]]),
    "tabs": (b"1\t2\n3\t4\n", [[1, 2], [3, 4]]),
    "a byte order mark": (b"\xef\xbb\xbf1,2\n3,4\n", [[1, 2], [3, 4]]),
    "CRLF": (b"1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
    "lone CR": (b"1,2\r3,4", [[1, 2], [3, 4]]),
    "spaces": (b" 1 , 2 \n3, 4", [[1, 2], [3, 4]]),
    "quotes": (b'"1","2"\n3,4\n', [[1, 2], [3, 4]]),
    "empty lines": (b"\n1,2\n\n3,4\n,\n", [[1, 2], [3, 4]]),
    "formulas": (b"1/2,2^2\n-.5,1e-1\n", [[0.5, 4], [-0.5, 0.1]]),
    "a single row": (b"1,2,3\n", [1, 2, 3]),
    "a single column": (b"1\n2\n", [[1], [2]]),
}

BAD_TABLES = {
    "a row of names": (b"x1,x2\n1,2\n", "row 1 holds names, not numbers", "remove the row of names"),
    "a word": (b"1,2\n3,secret\n", "row 2, column 2 is not a finite number", None),
    "an empty cell": (b"1,2\n3,\n", "row 2, column 2 is not a finite number", None),
    "nan": (b"1,nan\n", "row 1, column 2 is not a finite number", None),
    "too large": (b"1e400\n", "row 1, column 1 is not a finite number", None),
    "decimal commas": (
        b"0,5;1,5\n",
        "row 1, column 1 is not a finite number",
        "numbers have a decimal point, not a comma",
    ),
    "spaces between": (
        b"1 2\n3 4\n",
        "row 1, column 1 is not a finite number",
        "cells are parted by commas, semicolons or tabs",
    ),
    "ragged rows": (b"1,2,3\n\n4,5\n", "row 3 has 2 numbers but the first has 3", None),
    "an open quote": (b'1,"2\n3,4\n', "is not a row of a .csv file", None),
    "an endless cell": (b'"' + b"1" * 200_000 + b'"', "is not a row of a .csv file", None),
    "nothing": (b"", "holds no numbers", None),
    "blank lines": (b"\n \n", "holds no numbers", None),
    "Latin-1": (b"1,\xe9\n", "is not UTF-8", "save the file as UTF-8"),
}


class TestCsv:
    @pytest.mark.parametrize(("content", "expected"), TABLES.values(), ids=TABLES)
    def test_a_table_is_read(self, tmp_path, content, expected):
        (tmp_path / "w.csv").write_bytes(content)
        assert read_array(File("w.csv"), str(tmp_path)).tolist() == expected

    @pytest.mark.parametrize(("content", "message", "hint"), BAD_TABLES.values(), ids=BAD_TABLES)
    def test_a_bad_table_is_refused_by_row_and_column(self, tmp_path, content, message, hint):
        (tmp_path / "w.csv").write_bytes(content)
        found = fault(tmp_path, "w.csv")
        assert message in found.message
        assert found.hint == hint
        assert "secret" not in found.message


BAD_JSON = {
    "no JSON": (b"[1, 2", "w.json: line 1 is not sound JSON"),
    "a slip on line 2": (b"[1,\n2,]", "w.json: line 2 is not sound JSON"),
    "NaN": (b"[NaN]", "not finite"),
    "Infinity": (b"[-Infinity]", "not finite"),
    "1e400": (b"[[1, 1e400]]", "the number at [1, 2], counted from 1, is not finite"),
    "5000 digits": (b"[" + b"9" * 5000 + b"]", "not finite"),
    "a lone 1e400": (b"1e400", "the number is not finite"),
    "true": (b"[true, 0.5]", "does not hold numbers alone"),
    "null": (b"[null, 1]", "does not hold numbers alone"),
    "text": (b'["secret"]', "does not hold numbers alone"),
    "a number beside a list": (b"[1, [2]]", "does not hold numbers alone"),
    "ragged": (b"[[1, 2], [3]]", "different lengths"),
    "empty": (b"[]", "holds no numbers"),
    "empty rows": (b"[[], []]", "holds no numbers"),
    "nested without end": (b"[" * 100_000, "nested too deeply"),
    "nine axes": (b"[" * 10 + b"1" + b"]" * 10, "does not hold numbers alone"),
    "no keys": (b"{}", "holds 0 arrays"),
    "Latin-1": (b'["\xe9"]', "is not UTF-8"),
}


@pytest.mark.parametrize(("content", "message"), BAD_JSON.values(), ids=BAD_JSON)
def test_bad_json_is_refused(tmp_path, content, message):
    (tmp_path / "w.json").write_bytes(content)
    found = fault(tmp_path, "w.json")
    assert message in found.message
    assert "secret" not in found.message


class Bomb:
    """An object that leaves a trace if anything ever restores it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


class TestHostileArrays:
    def test_an_array_of_objects_is_refused_and_nothing_of_it_runs(self, tmp_path):
        trace = tmp_path / "trace"
        bomb = np.array([Bomb(trace)], dtype=object)
        np.save(tmp_path / "o.npy", bomb)
        np.savez(tmp_path / "o.npz", a=bomb)
        (tmp_path / "p.npy").write_bytes(pickle.dumps(Bomb(trace)))
        (tmp_path / "p.npz").write_bytes(pickle.dumps(Bomb(trace)))
        for name in ("o.npy", "o.npz", "p.npy", "p.npz"):
            fault(tmp_path, name)
        assert not trace.exists()

    @pytest.mark.parametrize(
        "array",
        [
            np.array([1j]),
            np.array(["1"]),
            np.array([b"1"]),
            np.array([True]),
            np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
            np.array(["2001-01-01"], dtype="datetime64[D]"),
            np.array([1], dtype=np.longdouble),
        ],
        ids=lambda array: str(array.dtype),
    )
    def test_an_array_of_something_else_than_numbers_is_refused(self, tmp_path, array):
        np.save(tmp_path / "w.npy", array)
        assert fault(tmp_path, "w.npy").message == "w.npy does not hold a plain array of numbers"

    def test_numbers_must_be_finite(self, tmp_path):
        for value in (np.nan, np.inf, -np.inf):
            np.save(tmp_path / "w.npy", np.array([[1, 2], [value, 3]]))
            assert fault(tmp_path, "w.npy").message == "w.npy: the number at [2, 1], counted from 1, is not finite"

    @pytest.mark.parametrize(
        "shape", ["(1000000000000,)", "(1000001,)", "(99999999, 99999999)", "(2, 1000000)"], ids=str
    )
    def test_a_header_that_claims_too_much_is_over_the_limit_before_memory_is_taken(self, tmp_path, shape):
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n"
        (tmp_path / "w.npy").write_bytes(npy_with_header(header, bytes(16)))
        tracemalloc.start()
        fault(tmp_path, "w.npy", error=LimitError)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x93NUMPY",
            b"\x93NUMPY\x01\x00\xff\xff",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
            npy(MATRIX)[:-1],
            npy(MATRIX) + b"x",
            npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", bytes(16)),
            npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", bytes(16)),
            npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999999,), }", bytes(16)),
            npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", bytes(8)),
            npy_with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1," * 4000 + "), }", bytes(8)),
            npy_with_header("(" * 9000, bytes(8), version=2),
            npy_with_header("{'descr': '<f8', 'shape': (2,), }", bytes(16)),
        ],
    )
    def test_a_damaged_array_is_refused(self, tmp_path, content):
        (tmp_path / "w.npy").write_bytes(content)
        fault(tmp_path, "w.npy")

    def test_an_archive_that_unpacks_to_too_much_is_over_the_limit_before_it_is_unpacked(self, tmp_path):
        (tmp_path / "w.npz").write_bytes(packed({"a.npy": bytes(65 << 20)}))
        (tmp_path / "two.npz").write_bytes(packed({"a.npy": bytes(40 << 20), "b.npy": bytes(40 << 20)}))
        tracemalloc.start()
        for name in ("w.npz", "two.npz"):
            assert "larger than 64 MiB when unpacked" in fault(tmp_path, name, "a", error=LimitError).message
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.stop()

    def test_an_archive_that_lies_about_its_size_is_not_unpacked_beyond_what_it_says(self, tmp_path):
        content = packed({"a.npy": bytes(60 << 20)})
        (tmp_path / "w.npz").write_bytes(content.replace(struct.pack("<I", 60 << 20), struct.pack("<I", 100)))
        tracemalloc.start()
        fault(tmp_path, "w.npz", "a")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
        tracemalloc.stop()

    def test_an_archive_of_too_many_members_is_over_the_limit(self, tmp_path):
        (tmp_path / "w.npz").write_bytes(packed({f"{number}.npy": b"" for number in range(10_001)}))
        assert "more than 10000 arrays" in fault(tmp_path, "w.npz", error=LimitError).message

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_an_archive_that_numpy_would_not_write_is_refused(self, tmp_path, compression):
        (tmp_path / "w.npz").write_bytes(packed({"a.npy": npy(MATRIX)}, compression))
        assert "packed in a way" in fault(tmp_path, "w.npz").message

    def test_a_member_that_climbs_out_of_the_archive_is_just_a_name(self, tmp_path):
        (tmp_path / "below").mkdir()
        (tmp_path / "below" / "w.npz").write_bytes(packed({"../../evil.npy": npy(MATRIX), "a.npy": npy(MATRIX)}))
        assert fault(tmp_path / "below", "w.npz", "evil").hint.endswith("it holds ../../evil, a")
        assert not list(tmp_path.rglob("evil*"))

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"secret", packed({"a.npy": npy(MATRIX)})[:-30]])
    def test_a_damaged_archive_is_refused(self, tmp_path, content):
        (tmp_path / "w.npz").write_bytes(content)
        assert fault(tmp_path, "w.npz").message == "w.npz is not a sound .npz file"

    def test_a_member_that_is_no_array_is_refused(self, tmp_path):
        (tmp_path / "w.npz").write_bytes(packed({"a.txt": b"secret"}))
        assert "secret" not in fault(tmp_path, "w.npz").message

    @pytest.mark.parametrize("sign", [b"1,", b"[],", b"{},"])
    def test_a_text_of_too_many_numbers_is_over_the_limit(self, tmp_path, sign):
        content = sign * (2 * MOST_NUMBERS + 2)
        (tmp_path / "w.json").write_bytes(b"[" + content + b"0]")
        (tmp_path / "w.csv").write_bytes(content)
        fault(tmp_path, "w.json", error=LimitError)
        fault(tmp_path, "w.csv", error=LimitError)

    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_a_damaged_file_is_an_array_or_an_error_of_the_family(self, tmp_path, data):
        name, whole = data.draw(
            st.sampled_from(
                [
                    ("w.npz", packed({"a.npy": npy(MATRIX), "b.npy": npy(MATRIX)})),
                    ("w.npy", npy(MATRIX)),
                    ("w.json", b'{"a": [[1, 2], [3, 4.5]], "b": 3}'),
                    ("w.csv", b'1,2,3\n4,5,6\n"7",8,9\n'),
                ]
            )
        )
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, min(start + 8, len(whole))))
        (tmp_path / name).write_bytes(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])
        key = "a" if name in ("w.npz", "w.json") else None
        with suppress(ProblemError, LimitError):
            assert np.isfinite(read_array(File(name, key), str(tmp_path))).all()


class TestPlaces:
    def test_a_file_outside_of_the_folder_is_refused_unless_that_is_allowed(self, tmp_path):
        inside = tmp_path / "inside"
        inside.mkdir()
        np.save(tmp_path / "w.npy", MATRIX)
        (inside / "link.npy").symlink_to(tmp_path / "w.npy")
        for path in ("../w.npy", str(tmp_path / "w.npy"), "link.npy", "../inside/../w.npy"):
            assert fault(inside, path).message == f"{path} is outside the folder of the problem file"
            assert read_array(File(path), str(inside), outside=True).shape == (2, 3)

    def test_a_folder_with_a_name_that_only_begins_alike_is_outside(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "inside").mkdir()
        np.save(tmp_path / "inside" / "w.npy", MATRIX)
        assert "outside" in fault(tmp_path / "in", "../inside/w.npy").message

    def test_a_file_elsewhere_is_not_even_looked_for(self, tmp_path):
        assert "outside" in fault(tmp_path, "../../etc/passwd").message
        assert "outside" in fault(tmp_path, "/nowhere/w.npy").message

    def test_a_name_that_no_file_can_have_is_refused(self, tmp_path):
        assert "can't be the name" in fault(tmp_path, "w\0x.npy").message
        assert "no such file" in fault(tmp_path, "C:\\x.npy").message
        (tmp_path / "loop.npy").symlink_to(tmp_path / "loop.npy")
        fault(tmp_path, "loop.npy")

    def test_a_missing_file_is_answered_with_a_similar_one_as_it_would_be_written(self, tmp_path):
        np.save(tmp_path / "weights.npy", MATRIX)
        found = fault(tmp_path, "wieghts.npy")
        assert found.message == "wieghts.npy: no such file"
        assert found.hint == "did you mean 'weights.npy'?"

    def test_a_directory_a_pipe_and_an_empty_name_are_refused(self, tmp_path):
        (tmp_path / "d.npy").mkdir()
        os.mkfifo(tmp_path / "p.npy")
        assert fault(tmp_path, "d.npy").message == "d.npy is a directory"
        assert fault(tmp_path, "p.npy").message == "p.npy is not a regular file"
        fault(tmp_path, "")

    def test_a_large_file_is_over_the_limit(self, tmp_path):
        with (tmp_path / "w.csv").open("wb") as stream:
            stream.truncate((64 << 20) + 1)
        assert fault(tmp_path, "w.csv", error=LimitError).message == "w.csv is larger than 64 MiB"


class TestOtherFormats:
    @pytest.mark.parametrize("name", ["w.pt", "w.pth", "W.PT"])
    def test_a_file_of_pytorch_is_answered_with_a_recipe_whether_or_not_it_exists(self, tmp_path, name):
        found = fault(tmp_path, name)
        assert "not opened" in found.message
        assert "numpy.savez" in found.hint
        assert repr(name) in found.hint

    def test_the_recipe_is_a_program(self, tmp_path):
        _, *lines = fault(tmp_path, "w'.pt").hint.splitlines()
        compile("\n".join(line.strip() for line in lines), "recipe", "exec")
        assert len(lines) == 3

    @pytest.mark.parametrize("name", ["w.safetensors", "w.onnx", "w.txt", "w", "w.npz.gz"])
    def test_another_format_is_answered_with_those_that_are_supported(self, tmp_path, name):
        found = fault(tmp_path, name)
        assert found.message == f"{name}: this format is not supported"
        assert found.hint == "one of .npz, .npy, .csv, .json"
