"""A file is written whole or not at all, and never over another by accident."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from gradcalc.cli import files
from gradcalc.errors import OutputError, UsageError


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_new_file_is_utf8_with_the_mode_of_the_umask_and_its_name_on_stderr(tmp_path, umask, capsys):
    file = tmp_path / "a\x1b.md"
    files.write(str(file), "∂\nŷ\ud800\n")
    assert file.read_bytes() == "∂\nŷ\\ud800\n".encode()
    assert mode(file) == 0o640
    assert capsys.readouterr() == ("", f"wrote {tmp_path}/a\\x1b.md\n")


def test_an_existing_file_is_kept_unless_force_says_otherwise_and_then_its_mode_is(tmp_path):
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o604)
    with pytest.raises(UsageError, match="exists") as caught:
        files.write(str(file), "new")
    assert caught.value.faults[0].hint == "--force replaces it"
    assert file.read_text() == "old"
    files.write(str(file), "new", force=True)
    assert (file.read_text(), mode(file)) == ("new", 0o604)
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real").write_text("old")
    (tmp_path / "link").symlink_to("folder/real")
    files.write(str(tmp_path / "link"), "new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "real").read_text() == "new"


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(143)])
def test_whatever_happens_on_the_way_the_old_file_stands_and_nothing_lies_beside_it(tmp_path, monkeypatch, failure):
    def fail(descriptor):
        raise failure

    file = tmp_path / "a"
    file.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((OutputError, KeyboardInterrupt, SystemExit)):
        files.write(str(file), "new", force=True)
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


IMPOSSIBLE = [
    (".", "it is a folder"),
    ("missing/a", "there is no such folder"),
    ("file/a", "not a directory"),
    ("x" * 300, "file name too long"),
    ("a\0b", "is not the name of a file"),
]


@pytest.mark.parametrize(("path", "reason"), IMPOSSIBLE)
def test_a_place_that_can_not_be_written_to_is_an_output_error(tmp_path, path, reason):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=reason):
        files.write(f"{tmp_path}/{path}", "new", force=True)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_closed_to_us_is_an_output_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission denied"):
        files.write(str(tmp_path / "a"), "new")


def test_what_another_process_left_behind_is_not_in_the_way(tmp_path):
    left = tmp_path / f".gradcalc-{os.getpid()}-0"
    left.write_text("left")
    files.write(str(tmp_path / "a"), "new")
    assert left.read_text() == "left"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(Path(pipe).read_text()))
    reader.start()
    files.write(str(pipe), "new")
    reader.join(10)
    assert read == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_device_is_an_output_error():
    with pytest.raises(OutputError, match="no space left on device"):
        files.write("/dev/full", "new")


def test_a_dash_is_standard_output(capsys):
    files.write("-", "new\n")
    assert capsys.readouterr() == ("new\n", "")
