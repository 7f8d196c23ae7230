"""Tracks as other tools read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.results import PERSON, result

from edge_mbv2.errors import UsageError
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


def test_a_wrong_path_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--save-tracks"):
        MotSink(tmp_path / "missing" / "t.csv").open()
