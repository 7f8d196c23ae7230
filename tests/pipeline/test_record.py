"""Recording: what is kept, what gives way, and what a full disk or a kill leaves behind."""

import errno
import json
import os
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.clocks import DatedClock
from fakes.recordings import noisy, recorded, recorder

from edge_mbv2.errors import EdgeError, MediaError, UsageError
from edge_mbv2.pipeline import record, recording
from edge_mbv2.pipeline.recording import Settings
from edge_mbv2.pipeline.replay import Pictures, RecordedClock
from edge_mbv2.types import Frame


def played(folder: Path) -> list[Frame]:
    pictures = Pictures()
    try:
        return [pictures.read(each) for each in recording.load(folder).frames]
    finally:
        pictures.close()


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_was_analysed_comes_back_exactly(tmp_path: Path) -> None:
    results = [noisy(n, camera) for n, camera in enumerate(["front", "yard", "yard", "front"])]
    recorded(tmp_path, results)
    loaded = recording.load(tmp_path)
    assert loaded.cameras == ["front", "yard"]
    assert (loaded.missing, loaded.cut) == (0, [])
    clock = RecordedClock(loaded.frames)
    for result, frame in zip(results, played(tmp_path), strict=True):
        source = result.frame
        assert (frame.camera, frame.sequence, frame.timestamp_ns, frame.file) == (
            source.camera, source.sequence, source.timestamp_ns, source.file,
        )  # fmt: skip
        assert np.array_equal(frame.image, source.image)
        assert not frame.image.flags.writeable
        assert clock.unix_s(frame.timestamp_ns) == source.timestamp_ns / 1e9


def test_of_frames_in_which_nothing_moved_few_are_told(tmp_path: Path) -> None:
    results = [replace(noisy(0), number=0)]
    results += [replace(noisy(n), skipped="gate", number=0) for n in range(1, 700)]  # ten a second
    results += [replace(noisy(700), number=1), replace(noisy(701), skipped="rate", number=0)]
    results += [replace(noisy(702), skipped="gate", number=0)]
    recorded(tmp_path, results)
    loaded = recording.load(tmp_path)
    told = [
        (type(step).__name__, step.record["frame"]) for step in loaded.steps if not isinstance(step, Settings)
    ]
    assert told == [
        ("RecordedFrame", 0), ("SkippedFrame", 150), ("SkippedFrame", 151), ("SkippedFrame", 301),
        ("SkippedFrame", 302), ("SkippedFrame", 452), ("SkippedFrame", 453), ("SkippedFrame", 599),
        ("SkippedFrame", 600), ("SkippedFrame", 699), ("RecordedFrame", 700), ("SkippedFrame", 701),
        ("SkippedFrame", 702),
    ]  # fmt: skip
    assert (len(loaded.frames), loaded.missing, loaded.cut) == (2, 0, [])
    assert RecordedClock(loaded.steps).unix_s(699 * 10**8) == 69.9


def test_local_time_is_that_of_where_it_was_recorded(tmp_path: Path) -> None:
    clock = DatedClock(ahead_s=19_800)
    recorded(tmp_path, [noisy(0), replace(noisy(1), skipped="gate", number=0), noisy(2)], clock=clock)
    replayed = RecordedClock(recording.load(tmp_path).steps)
    assert [replayed.utc_offset_s(n * 10**8) for n in range(3)] == [19_800] * 3


def test_another_configuration_begins_a_segment(tmp_path: Path) -> None:
    sink = recorder(tmp_path)
    sink.open()
    for n in range(6):
        if n == 3:
            sink.reconfigure(4, {"cameras": {"yard": {}}}, ["yard"])
        sink.publish(noisy(n))
    sink.close()
    loaded = recording.load(tmp_path)
    assert [type(step).__name__ for step in loaded.steps] == ["RecordedFrame"] * 4 + ["Settings"] + [
        "RecordedFrame"
    ] * 2
    assert loaded.header["configuration"] == {"model": {"name": "person"}}
    assert loaded.steps[4] == Settings({"cameras": {"yard": {}}}, ["yard"])


def test_a_segment_tells_of_all_changes_that_none_before_has_told_of(tmp_path: Path) -> None:
    sink = recorder(tmp_path)
    sink.open()
    sink.publish(noisy(0))
    sink.reconfigure(1, {"cameras": {}}, ["yard", "attic"])
    sink.reconfigure(1, {"cameras": {"yard": {}}}, ["shed"])
    sink.publish(noisy(1))
    sink.reconfigure(2, {"cameras": {"yard": {}}}, [])  # a password, say, which is not kept
    sink.publish(noisy(2))
    sink.close()
    settings = [step for step in recording.load(tmp_path).steps if isinstance(step, Settings)]
    assert settings == [
        Settings({"cameras": {"yard": {}}}, ["attic", "shed", "yard"]),
        Settings({"cameras": {"yard": {}}}, []),
    ]


def test_a_camera_of_which_only_a_still_is_left_replays(tmp_path: Path) -> None:
    results = [noisy(0, "attic"), *[noisy(n) for n in range(1, 23)]]
    results.append(replace(noisy(23, "attic"), skipped="gate", number=0))
    recorded(tmp_path, results, max_bytes=200_000)  # the attic's frame gives way
    loaded = recording.load(tmp_path)
    assert loaded.cameras == ["attic", "yard"]
    assert {frame.record["camera"] for frame in loaded.frames} == {"yard"}


def test_the_header_is_the_first_line_of_every_segment(tmp_path: Path) -> None:
    run = recorded(tmp_path, [noisy(n) for n in range(40)], max_bytes=160_000 + (64 << 10))
    first_lines = [json.loads(path.read_text().splitlines()[0]) for path in recording.indices(run)]
    assert len(first_lines) > 3
    assert {line["type"] for line in first_lines} == {"recording"}
    assert {line["model"]["name"] for line in first_lines} == {"person"}


def test_the_oldest_give_way_and_the_bound_holds(tmp_path: Path) -> None:
    bound = 400_000
    sink = recorder(tmp_path, bound)
    sink.open()
    for n in range(150):  # of 9.2 kB each
        sink.publish(noisy(n))
        assert on_disk(tmp_path) == sink.size_bytes <= bound
    sink.close()
    numbers = [frame.number for frame in recording.load(tmp_path).frames]
    assert numbers == list(range(numbers[0], 150))
    assert len(numbers) > 25
    assert sink.frames == 150


def test_runs_share_the_bound_and_the_last_is_replayed(tmp_path: Path) -> None:
    first = recorded(tmp_path, [noisy(n) for n in range(10)])
    second = recorded(tmp_path, [noisy(n) for n in range(100, 103)])
    assert [path.name[:4] for path in recording.runs(tmp_path)] == ["0001", "0002"]
    assert recording.load(tmp_path).folder == second
    assert len(recording.load(first).frames) == 10
    recorded(tmp_path, [noisy(n) for n in range(40)], max_bytes=300_000)
    assert [path.name[:4] for path in recording.runs(tmp_path)] == ["0003"]
    assert on_disk(tmp_path) <= 300_000


def test_what_did_not_reach_the_recorder_is_told(tmp_path: Path) -> None:
    sink = recorder(tmp_path)
    sink.open()
    for n in (2, 3, 7):
        sink.publish(noisy(n))
    assert (sink.frames, sink.missing) == (3, 5)
    sink.close()
    assert recording.load(tmp_path).missing == 3


def test_a_run_without_a_frame_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recordings"
    sink = recorder(folder)
    sink.close()
    assert not folder.exists()
    sink.open()
    sink.close()
    sink.close()
    assert list(folder.iterdir()) == []


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "000001.jsonl").write_text("mine\n")
    (tmp_path / "0001-notes").mkdir()
    recorded(tmp_path, [noisy(n) for n in range(60)], max_bytes=300_000)
    assert (tmp_path / "000001.jsonl").read_text() == "mine\n"
    assert (tmp_path / "0001-notes").is_dir()


def test_one_run_at_a_time_records_into_a_folder(tmp_path: Path) -> None:
    sink, other = recorder(tmp_path), recorder(tmp_path)
    sink.open()
    with pytest.raises(UsageError, match="another run records into it"):
        other.open()
    other.close()
    sink.publish(noisy(0))
    sink.close()
    other.open()
    other.close()
    assert len(recording.runs(tmp_path)) == 1


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(UsageError, match=f"--record {folder}: is a file, or below one"):
            recorder(folder).open()
    with pytest.raises(UsageError, match="--record /proc/none: can't be recorded into: No such file"):
        recorder(Path("/proc/none")).open()


def test_a_frame_larger_than_the_bound_is_refused_and_the_next_is_kept(tmp_path: Path) -> None:
    sink = recorder(tmp_path, 200_000)
    sink.open()
    with pytest.raises(EdgeError, match="does not fit into max_bytes, 200000"):
        sink.publish(noisy(0, width=640, height=240))
    sink.publish(noisy(1))
    sink.close()
    assert [frame.number for frame in recording.load(tmp_path).frames] == [1]


def test_a_full_disk_takes_the_oldest_first_and_keeps_what_others_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = 500_000
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(
        record.shutil, "disk_usage", lambda path: usage(disk, 0, disk - on_disk(tmp_path) - elsewhere)
    )
    elsewhere = 0
    sink = recorder(tmp_path, 600_000, least_free_bytes=100_000)
    sink.open()
    for n in range(100):
        sink.publish(noisy(n))
        assert disk - on_disk(tmp_path) >= 100_000
    elsewhere = 450_000
    with pytest.raises(EdgeError, match="the disk is full"):
        sink.publish(noisy(100))
    elsewhere = 0
    sink.publish(noisy(101))
    sink.close()
    assert played(tmp_path)[-1].sequence == 101


@pytest.mark.parametrize("written", [0, 1, 100])
def test_what_a_disk_did_not_take_whole_is_taken_back(
    written: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = recorder(tmp_path)
    sink.open()
    sink.publish(noisy(0))
    room = written  # of the line or the picture that is being written

    def write(number: int, data: memoryview) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real(number, data[:room])
        room -= count
        return count

    real = os.write
    for fits in (0, len(sink._encoder.encode(noisy(1).frame.image))):
        room = fits + written
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(EdgeError, match="can't be written: No space left on device"):
            sink.publish(noisy(1))
        monkeypatch.setattr(os, "write", real)
        loaded = recording.load(tmp_path)
        assert (len(loaded.frames), loaded.cut) == (1, [])
    sink.publish(noisy(2))
    sink.close()
    assert [frame.sequence for frame in played(tmp_path)] == [0, 2]
    assert on_disk(tmp_path) == sink.size_bytes


def test_a_disk_that_takes_no_segment_keeps_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(number: int, data: memoryview) -> int:
        raise OSError(errno.EIO, "Input/output error")

    sink = recorder(tmp_path)
    sink.open()
    before = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        for n in range(3):
            with pytest.raises(EdgeError, match="Input/output error"):
                sink.publish(noisy(n))
    assert len(os.listdir("/proc/self/fd")) <= before
    sink.publish(noisy(3))
    sink.close()
    assert [frame.sequence for frame in played(tmp_path)] == [3]


def test_whatever_a_kill_leaves_is_played_up_to_its_last_whole_frame(tmp_path: Path) -> None:
    run = recorded(tmp_path / "whole", [noisy(n, width=8, height=4) for n in range(3)])
    index, data = run / "000001.jsonl", run / "000001.frames"
    lines, pictures = index.read_bytes(), data.read_bytes()
    ends = [n + 1 for n, byte in enumerate(lines) if byte == ord("\n")][1:]
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / data.name).write_bytes(pictures)
    for length in sorted({*range(0, len(lines), 9), *ends[:-1], *(end - 1 for end in ends)}):
        (cut / index.name).write_bytes(lines[:length])
        whole = sum(end <= length for end in ends)
        if whole == 0:
            with pytest.raises(MediaError, match="holds no whole frame"):
                recording.load(cut)
        else:
            loaded = recording.load(cut)
            assert (len(loaded.frames), loaded.cut) == (whole, [cut / index.name])
    (cut / index.name).write_bytes(lines)
    sizes = [frame.size_bytes for frame in recording.load(cut).frames]
    for length in range(sizes[0], len(pictures)):
        (cut / data.name).write_bytes(pictures[:length])
        assert len(played(cut)) == (2 if length >= sizes[0] + sizes[1] else 1)
