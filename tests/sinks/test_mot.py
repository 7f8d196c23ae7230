"""Tracks as other tools read them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.results import PERSON, result

from edge_mbv2.errors import UsageError
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.sinks.mot import MotSink
from edge_mbv2.types import FrameResult, Track


def followed(sequence: int, *, seen: bool = True) -> FrameResult:
    detection = PERSON if seen else None
    track = Track(3, "person", 0, PERSON.box, PERSON.score if seen else 0.0, detection, 0)
    return replace(result(sequence), tracks=(track,))


def write(path: Path, results: list[FrameResult]) -> None:
    sink = MotSink(path)
    sink.open()
    for each in results:
        sink.publish(each)
    sink.close()


def test_lines_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    path.write_text("of an earlier run")
    write(path, [followed(0), followed(1, seen=False), replace(followed(2), skipped="gate"), followed(3)])
    assert path.read_text() == (
        "1,3,10.13,8.00,20.37,33.00,0.8765,-1,-1,-1\n4,3,10.13,8.00,20.37,33.00,0.8765,-1,-1,-1\n"
    )


def test_each_recording_has_a_file(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", [followed(0), followed(1), followed(0), followed(0)])
    assert {path.name: len(path.read_text().splitlines()) for path in tmp_path.iterdir()} == {
        "t.csv": 2,
        "t.2.csv": 1,
        "t.3.csv": 1,
    }


def test_a_camera_that_counts_anew_has_another_file(tmp_path: Path) -> None:
    again = replace(followed(0), frame=replace(followed(0).frame, timestamp_ns=10**12))
    write(tmp_path / "t.csv", [followed(0), followed(1), again])
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "t.2.csv"}


def test_what_is_there_stays_until_the_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("of an earlier run")
    sink = MotSink(path)
    sink.open()
    assert path.read_text() == "of an earlier run"
    sink.publish(replace(followed(0), tracks=()))
    assert path.read_text() == ""
    sink.close()


def test_a_run_does_not_replace_what_it_wrote(tmp_path: Path) -> None:
    """Not even under another spelling, and not where the second goes on counting."""
    (tmp_path / "link").symlink_to(tmp_path)
    names = FileNames()
    first, second = MotSink(tmp_path / "t.csv", names), MotSink(tmp_path / "link" / "t.csv", names)
    for number, sink in enumerate((first, second)):
        sink.open()
        sink.publish(followed(number))
    for sink in (first, second):
        sink.close()
    assert (tmp_path / "t.csv").read_text().startswith("1,")
    assert (tmp_path / "t.2.csv").read_text().startswith("2,")


def test_a_name_that_was_not_used_is_given_again(tmp_path: Path) -> None:
    names = FileNames()
    with pytest.raises(UsageError):
        MotSink(tmp_path / "later" / "t.csv", names).open()
    (tmp_path / "later").mkdir()
    for number in range(2):
        sink = MotSink(tmp_path / "later" / "t.csv", names)
        sink.open()
        if number:
            sink.publish(followed(0))
        sink.close()
    assert [path.name for path in (tmp_path / "later").iterdir()] == ["t.csv"]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """A limit of the file's size stands for it."""
    path = tmp_path / "t.csv"
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from test_mot import followed\n"
        "from edge_mbv2.errors import EdgeError\n"
        "from edge_mbv2.sinks.mot import MotSink\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "sink = MotSink(Path(sys.argv[1])); sink.open(); sink.publish(followed(0))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60, resource.RLIM_INFINITY))\n"
        "try: sink.publish(followed(1))\n"
        "except EdgeError as exc: print(exc)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "sink.publish(followed(2)); sink.close()\n"
    )
    here = Path(__file__).parent
    paths = os.pathsep.join(map(str, (here, here.parent)))
    done = subprocess.run(
        [sys.executable, "-c", code, path, here],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "t.csv: " in done.stdout
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["1", "3"]


def test_a_wrong_path_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--save-tracks"):
        MotSink(tmp_path / "missing" / "t.csv").open()
