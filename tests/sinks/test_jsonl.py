"""JSON Lines: whole lines, at once, to files, pipes and standard output, and what can go wrong."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes.results import result

from edge_mbv2.errors import EdgeError, OutputClosed, UsageError
from edge_mbv2.sinks import jsonl
from edge_mbv2.sinks.jsonl import JsonLinesSink
from edge_mbv2.types import FrameResult


def text(item: FrameResult) -> str:
    return f'{{"frame":{item.frame.sequence}}}'


def test_lines_are_in_the_file_as_soon_as_published(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sink = JsonLinesSink(path)
    sink.open()
    sink.publish(text(result(0)))
    assert path.read_text() == '{"frame":0}\n'
    sink.publish(text(result(1)))
    assert path.read_text() == '{"frame":0}\n{"frame":1}\n'
    sink.close()
    sink.close()


def test_a_second_run_appends(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for sequence in range(2):
        sink = JsonLinesSink(path)
        sink.open()
        sink.publish(text(result(sequence)))
        sink.close()
    assert path.read_text() == '{"frame":0}\n{"frame":1}\n'


def test_after_a_run_that_was_killed_in_mid_line_a_new_line_begins(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"frame":0}\n{"fra')
    sink = JsonLinesSink(path)
    sink.open()
    sink.publish(text(result(1)))
    sink.close()
    assert path.read_text() == '{"frame":0}\n{"fra\n{"frame":1}\n'


def test_each_line_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Raw(io.BytesIO):
        writes: list[bytes] = []  # noqa: RUF012

        def write(self, data: memoryview) -> int:  # type: ignore[override]
            self.writes.append(bytes(data))
            return len(data)

    class Standard(io.TextIOWrapper):
        pass

    raw = Raw()
    monkeypatch.setattr(sys, "stdout", Standard(raw))
    sink = JsonLinesSink(None)
    sink.open()
    sink.publish("x" * 100_000)
    assert raw.writes == [b"x" * 100_000 + b"\n"]
    sink.close()
    assert not raw.closed


def test_a_partial_write_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that takes what it has room for, and a reader that comes later."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(writing, "w") as stdout, os.fdopen(reading, "rb") as reader:
        monkeypatch.setattr(sys, "stdout", stdout)
        sink = JsonLinesSink(None)
        sink.open()
        got: list[bytes] = []
        thread = threading.Thread(target=lambda: got.append(reader.read(300_001)))
        thread.start()
        sink.publish("x" * 300_000)
        thread.join()
        assert got == [b"x" * 300_000 + b"\n"]


@pytest.mark.parametrize("where", ["missing/out.jsonl", ".", "file/out.jsonl"])
def test_a_wrong_path_is_told_when_opened(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=str(tmp_path)) as caught:
        JsonLinesSink(tmp_path / where).open()
    assert {
        "missing/out.jsonl": f"there is no folder {tmp_path / 'missing'}; create it first",
        ".": "is a folder; name a file in it",
        "file/out.jsonl": "a part of the path is a file",
    }[where] in str(caught.value)


def test_a_full_disk_is_one_error_and_the_sink_works_again() -> None:
    sink = JsonLinesSink(Path("/dev/full"))
    sink.open()
    for _ in range(2):
        with pytest.raises(EdgeError, match="/dev/full: the disk is full"):
            sink.publish(text(result()))
    sink.close()


def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    """A limit on the file's size stands for the full disk: it, too, takes a part of the line first."""
    path = tmp_path / "out.jsonl"
    sink = JsonLinesSink(path)
    sink.open()
    sink.publish("x" * 99)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, hard))
    try:
        with pytest.raises(EdgeError, match="can't be written"):
            sink.publish("x" * 99)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"x" * 99 + b"\n"
    sink.publish("x" * 99)
    assert path.read_bytes() == (b"x" * 99 + b"\n") * 2
    sink.close()


def test_a_pipe_without_reader_is_told_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="nobody reads this pipe"):
        JsonLinesSink(pipe).open()


def test_a_pipe_whose_reader_leaves(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sink = JsonLinesSink(pipe)
    sink.open()
    sink.publish(text(result()))
    assert os.read(reader, 100) == b'{"frame":0}\n'
    os.close(reader)
    with pytest.raises(OutputClosed):
        sink.publish(text(result()))
    sink.close()


PROGRAM = """
import sys
from edge_mbv2.errors import OutputClosed
from edge_mbv2.sinks.jsonl import JsonLinesSink
sink = JsonLinesSink(None)
sink.open()
try:
    for sequence in range(10**6):
        sink.publish('{"frame":%d}' % sequence)
except OutputClosed:
    sink.close()
    sys.exit(0)
"""


def test_head_ends_a_program_quietly() -> None:
    """Nothing is left in a buffer that Python would complain of while it exits."""
    tests = Path(__file__).parent.parent
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tests)},
    )
    assert program.stdout is not None
    assert program.stderr is not None
    assert json.loads(program.stdout.readline()) == {"frame": 0}
    program.stdout.close()
    assert program.stderr.read() == b""
    program.stderr.close()
    assert program.wait(60) == 0


def test_closed_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(UsageError, match="standard output is closed"):
        JsonLinesSink(None).open()


def test_close_without_open(tmp_path: Path) -> None:
    JsonLinesSink(tmp_path / "out.jsonl").close()
    assert not (tmp_path / "out.jsonl").exists()


def test_a_file_that_was_moved_or_removed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sink = JsonLinesSink(path)
    assert sink.is_in_place, "nothing is open yet"
    sink.open()
    assert sink.is_in_place
    path.rename(tmp_path / "out.jsonl.1")
    assert not sink.is_in_place
    path.touch()
    assert not sink.is_in_place
    (tmp_path / "out.jsonl.1").replace(path)
    assert sink.is_in_place
    path.unlink()
    assert not sink.is_in_place
    sink.close()
    assert JsonLinesSink(None).is_in_place


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen at every line whether the file is in place."""
    monkeypatch.setattr(jsonl, "_LOOK_EVERY_S", 0.0)


@pytest.mark.usefixtures("impatient")
def test_a_file_that_is_removed_or_moved_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sink = JsonLinesSink(path)
    sink.open()
    sink.publish(text(result(0)))
    path.unlink()
    sink.publish(text(result(1)))
    assert path.read_text() == '{"frame":1}\n'
    path.rename(tmp_path / "out.jsonl.1")
    sink.publish(text(result(2)))
    sink.publish(text(result(3)))
    assert path.read_text() == '{"frame":2}\n{"frame":3}\n'
    sink.close()


@pytest.mark.usefixtures("impatient")
def test_a_folder_that_is_removed_is_an_error_until_it_is_there_again(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "out.jsonl"
    sink = JsonLinesSink(path)
    sink.open()
    path.unlink()
    folder.rmdir()
    for _ in range(2):
        with pytest.raises(
            EdgeError, match=f"^{path}: there is no folder {folder}; create it first"
        ) as caught:
            sink.publish(text(result(0)))
        assert not isinstance(caught.value, UsageError)
    folder.mkdir()
    sink.publish(text(result(1)))
    assert path.read_text() == '{"frame":1}\n'
    sink.close()


@pytest.mark.usefixtures("impatient")
def test_a_pipe_without_its_name_is_still_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sink = JsonLinesSink(pipe)
    sink.open()
    pipe.unlink()
    sink.publish(text(result()))
    assert os.read(reader, 100) == b'{"frame":0}\n'
    assert not pipe.exists()
    os.close(reader)
    sink.close()


def test_it_is_not_looked_at_every_line_whether_the_file_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(JsonLinesSink, "is_in_place", property(lambda sink: looks.append(sink) or True))
    sink = JsonLinesSink(tmp_path / "out.jsonl")
    sink.open()
    for sequence in range(100):
        sink.publish(text(result(sequence)))
    sink.close()
    assert len(looks) < 20
