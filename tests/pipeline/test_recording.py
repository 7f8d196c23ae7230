"""Recordings that are none, or no longer what they were: one clear error each."""

import gc
import json
from pathlib import Path
from typing import Any

import pytest
from fakes.recordings import noisy, recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_mbv2.errors import MediaError
from edge_mbv2.pipeline import recording
from edge_mbv2.pipeline.replay import Pictures

DETECTED = {
    "camera": "yard",
    "frame": 1,
    "time": 1,
    "width": 64,
    "height": 48,
    "detections": [{"label": 1, "score": 0.5, "box": []}],
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return recorded(tmp_path, [noisy(n) for n in range(3)])


def play(folder: Path) -> int:
    pictures = Pictures()
    try:
        return len([pictures.read(each) for each in recording.load(folder).frames])
    finally:
        pictures.close()


def edited(run: Path, line: int, **changes: Any) -> None:
    index = run / "000001.jsonl"
    lines = index.read_text().splitlines()
    lines[line] = json.dumps({**json.loads(lines[line]), **changes})
    index.write_text("\n".join(lines) + "\n")


def test_no_recording(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="none: No such file"):
        recording.load(tmp_path / "none")
    with pytest.raises(MediaError, match="holds no recording; expected a folder that run --record wrote"):
        recording.load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaError, match="file: Not a directory"):
        recording.load(tmp_path / "file")


@pytest.mark.parametrize(
    ("line", "changes", "told"),
    [
        (0, {"type": "frame"}, ":1: damaged: expected the header"),
        (0, {"schema": 2}, ":1: schema 2; this version of edge-mbv2 reads 1"),
        (0, {"model": "person"}, ":1: damaged: model: 'person'"),
        (0, {"model": {"name": "\x1b[31m", "sha256": "0"}}, r":1: model: damaged: name: '\x1b[31m'"),
        (0, {"model": {"name": "person"}}, ":1: model: damaged: sha256: None"),
        (2, {"number": "2"}, ":3: damaged: number: '2'"),
        (1, {"number": -(10**400)}, ":2: damaged: number: -1000"),
        (1, {"number": 10**400}, ":2: damaged: number: 1000"),
        (2, {"number": 0}, ":3: damaged: number: 0; expected 1 or more"),
        (2, {"offset": -1}, ":3: damaged: negative"),
        (2, {"bytes": True}, ":3: damaged: bytes: True"),
        (2, {"record": {}}, ":3: record: damaged: camera: None"),
        (2, {"regions": 1}, ":3: damaged: regions: 1"),
        (2, {"regions": [[0, 0, 8]]}, ":3: damaged: regions: [0, 0, 8]"),
        (2, {"regions": [[0, 0, 65, 48]]}, ":3: damaged: regions: [0, 0, 65, 48]"),
        (2, {"regions": [[0, 0, 8, 8]] * 17}, ":3: damaged: 17 regions; expected 16 at most"),
        (2, {"type": "party"}, ":3: damaged: type: 'party'"),
        (2, {"timestamp_ns": -(2**70)}, ":3: damaged: its time"),
        (2, {"utc_offset_s": None}, ":3: damaged: utc_offset_s: None"),
        (2, {"utc_offset_s": 10**30}, ":3: damaged: utc_offset_s: 1000"),
        (2, {"utc_offset_s": 10**400}, ":3: damaged: utc_offset_s: 1000"),
        (2, {"type": "skipped", "reason": "still", "record": {}}, ":3: record: damaged: camera: None"),
        (2, {"type": "skipped"}, ":3: damaged: reason: None"),
        (0, {"anew": [1]}, ":1: damaged: anew: [1]"),
        (0, {"reloads": None}, ":1: damaged: reloads: None"),
        (2, {"record": DETECTED}, ":3: record: detections: damaged: label: 1"),
    ],
)
def test_a_damaged_index_is_told_with_its_line(run: Path, line: int, changes: Any, told: str) -> None:
    edited(run, line, **changes)
    with pytest.raises(MediaError) as caught:
        recording.load(run)
    assert f"000001.jsonl{told}" in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_line_that_is_no_json_is_told(run: Path) -> None:
    index = run / "000001.jsonl"
    lines = index.read_bytes().splitlines(keepends=True)
    for damage in (b"\x00\xff\n", b"[1]\n"):
        index.write_bytes(b"".join([*lines[:2], damage, *lines[3:]]))
        with pytest.raises(MediaError, match=r"000001\.jsonl:3: damaged"):
            recording.load(run)


def test_a_damaged_picture_is_told(run: Path) -> None:
    data = run / "000001.frames"
    pictures = bytearray(data.read_bytes())
    pictures[len(pictures) // 2] ^= 0xFF
    data.write_bytes(pictures)
    with pytest.raises(MediaError, match=r"000001\.frames: frame 1 of yard, at byte \d+: .* passed over"):
        play(run)


def test_pictures_that_are_gone_are_told(run: Path) -> None:
    loaded = recording.load(run)
    (run / "000001.frames").unlink()
    with pytest.raises(MediaError, match=r"000001\.frames: No such file"):
        recording.load(run)
    with pytest.raises(MediaError, match=r"000001\.frames: No such file .* recorded over"):
        Pictures().read(loaded.frames[0])


def test_a_segment_that_was_moved_away_is_a_gap(tmp_path: Path) -> None:
    run = recorded(tmp_path, [noisy(n) for n in range(40)], max_bytes=160_000 + (64 << 10))
    index = recording.indices(run)[1]
    before = len(recording.load(run).frames)
    index.unlink()
    index.with_suffix(".frames").unlink()
    loaded = recording.load(run)
    assert 0 < loaded.missing == before - len(loaded.frames)
    assert play(run) == len(loaded.frames)


@pytest.mark.parametrize(
    "changes",
    [
        {"time": float("nan")},
        {"time": 1e300},
        {"time": 10**400},
        {"width": 10**30},
        {"width": 10**400},
        {"frame": -1},
        {"frame": 10**400},
        {"camera": "../x"},
        {"camera": "a\0b"},
        {"camera": "\ud800"},
        {"camera": "\x1b[31m"},
        {"camera": "yard\n"},
        {"camera": ""},
        {"height": 0},
        {"width": -1},
    ],
)
def test_what_no_camera_gives_is_told(run: Path, changes: dict[str, Any]) -> None:
    for kind in ("frame", "skipped"):
        record = {"camera": "yard", "frame": 1, "time": 1, "width": 64, "height": 48, "detections": []}
        edited(run, 2, type=kind, reason="still", record={**record, **changes})
        with pytest.raises(MediaError, match=r"000001\.jsonl:3: (record: )?damaged"):
            recording.load(run)


def test_a_label_that_would_move_the_terminal_is_told(run: Path) -> None:
    found = {"label": "\x1b[2J", "score": 0.5, "box": []}
    edited(run, 2, record={**DETECTED, "detections": [found]})
    with pytest.raises(MediaError, match=r"000001\.jsonl:3: record: detections: damaged: label"):
        recording.load(run)


def test_frames_are_counted_on_from_one_segment_to_the_next(tmp_path: Path) -> None:
    run = recorded(tmp_path, [noisy(n) for n in range(40)], max_bytes=160_000 + (64 << 10))
    first, second = recording.indices(run)[:2]
    header, *lines = second.read_text().splitlines()
    before = json.loads(first.read_text().splitlines()[-1])["number"]
    line = json.dumps({**json.loads(lines[0]), "number": before})
    second.write_text("\n".join([header, line, *lines[1:]]) + "\n")
    with pytest.raises(
        MediaError, match=rf"{second.name}:2: damaged: number: {before}; expected {before + 1}"
    ):
        recording.load(run)


def test_a_line_that_nests_without_end_is_told(run: Path) -> None:
    index = run / "000001.jsonl"
    index.write_bytes(index.read_bytes() + b"[" * 100_000 + b"\n")
    gc.disable()  # a finalizer would run out of stack as well
    try:
        with pytest.raises(MediaError, match=r"000001\.jsonl:5: damaged"):
            recording.load(run)
    finally:
        gc.enable()


@given(st.integers(0, 10**9), st.integers(0, 255), st.booleans())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_any_wrong_byte_is_told_or_does_not_matter(run: Path, at: int, byte: int, index: bool) -> None:
    path = run / ("000001.jsonl" if index else "000001.frames")
    intact = path.read_bytes()
    damaged = bytearray(intact)
    damaged[at % len(damaged)] = byte
    path.write_bytes(damaged)
    try:
        play(run)
    except MediaError as error:
        assert str(run) in str(error)
    finally:
        path.write_bytes(intact)
