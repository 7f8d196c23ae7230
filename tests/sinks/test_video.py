"""Annotated video files: what is in them, how long they are, and what can go wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from fakes.results import PERSON, grey, picture, result

from edge_mbv2.clock import MediaClock
from edge_mbv2.errors import EdgeError, MediaError, UsageError
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.sinks.video_file import CODECS
from edge_mbv2.types import FrameResult


def write(path: Path, results: list[FrameResult], framerate_hz: float | None = None) -> None:
    sink = VideoSink(path, MediaClock(), framerate_hz=framerate_hz)
    sink.open()
    for item in results:
        sink.publish(item)
    sink.close()
    sink.close()


def read(path: Path) -> tuple[list[np.ndarray], float]:
    video = cv2.VideoCapture(str(path))
    rate_hz = video.get(cv2.CAP_PROP_FPS)
    frames = []
    while (got := video.read())[0]:
        frames.append(got[1])
    video.release()
    return frames, rate_hz


def seen(frames: list[np.ndarray]) -> list[int]:
    """Return the grey in the middle of each frame."""
    return [int(np.median(frame[60:100, 60:100])) for frame in frames]


def large(sequence: int, **kwargs: object) -> FrameResult:
    return result(sequence, image=picture(sequence, 160, 120), detections=(), **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", CODECS)
def test_every_frame_is_in_the_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    write(path, [large(n) for n in range(20)])
    frames, rate_hz = read(path)
    assert rate_hz == pytest.approx(10, rel=0.01)
    assert [frame.shape for frame in frames] == [(120, 160, 3)] * 20
    assert np.abs(np.subtract(seen(frames), [grey(n) for n in range(20)])).max() <= 8


def test_the_overlay_is_in_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "out.avi"
    black = np.zeros((480, 640, 3), np.uint8)
    write(path, [result(0, image=black, detections=(PERSON,))])
    (frame,) = read(path)[0]
    assert frame[8:41, 10:31].max() > 150  # the box
    assert frame[460:, :200].max() > 150  # the caption


def test_a_given_rate_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", [large(n, timestamp_ns=n * 40_000_000) for n in range(10)], framerate_hz=25)
    frames, rate_hz = read(tmp_path / "out.mp4")
    assert (len(frames), rate_hz) == (10, 25)


def test_a_picture_stays_until_the_next_one_comes(tmp_path: Path) -> None:
    stamps = [0, 100, 200, 500, 600]
    write(
        tmp_path / "out.avi",
        [large(n, timestamp_ns=ms * 10**6) for n, ms in enumerate(stamps)],
        framerate_hz=10,
    )
    expected = [grey(n) for n in (0, 1, 2, 2, 2, 3, 4)]
    assert np.abs(np.subtract(seen(read(tmp_path / "out.avi")[0]), expected)).max() <= 8


def test_frames_of_another_size_are_fitted_in(tmp_path: Path) -> None:
    path = tmp_path / "out.avi"
    tall = result(9, image=picture(9, 120, 240), detections=(), timestamp_ns=9 * 10**8)
    write(path, [*(large(n) for n in range(9)), tall, large(10)])
    frames, _ = read(path)
    assert [frame.shape for frame in frames] == [(120, 160, 3)] * 11
    assert abs(int(frames[9][60, 80, 0]) - grey(9)) <= 8  # the picture
    assert abs(int(frames[9][60, 20, 0]) - 127) <= 8  # the bar beside it
    assert abs(seen(frames)[10] - grey(10)) <= 8


def test_fewer_frames_than_are_measured(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", [large(0), large(1)])
    assert len(read(tmp_path / "out.mp4")[0]) == 2


def test_no_frame_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", [])
    assert not list(tmp_path.iterdir())


def test_an_old_video_is_replaced_only_by_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, [large(n) for n in range(10)])
    size = path.stat().st_size
    write(path, [])
    assert path.stat().st_size == size
    write(path, [large(0)])
    assert len(read(path)[0]) == 1


@pytest.mark.parametrize("ending", [".mkv", ".avi"])
def test_what_a_power_cut_leaves_can_be_played(ending: str, tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / f"out{ending}", MediaClock())
    sink.open()
    noise = np.random.default_rng(3).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for n in range(200):
        sink.publish(result(n, image=noise))
    shutil.copy(tmp_path / f"out{ending}", tmp_path / f"cut{ending}")
    sink.close()
    assert len(read(tmp_path / f"cut{ending}")[0]) > 100


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("out.gif", "ends in .mp4, .mkv, .avi, .webm"),
        ("out", "ends in .mp4"),
        ("missing/out.mp4", "there is no folder .*missing; create it first"),
        ("folder.mp4", "is a folder; name a file in it"),
    ],
)
def test_a_wrong_path_is_told_when_opened(where: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UsageError, match=message):
        VideoSink(tmp_path / where, MediaClock()).open()
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mp4"]


def test_a_size_that_the_codec_lacks(tmp_path: Path) -> None:
    sink = VideoSink(tmp_path / "out.mp4", MediaClock(), framerate_hz=10)
    sink.open()
    with pytest.raises(MediaError, match="can't write mp4v video of 1x1 pixels"):
        sink.publish(result(0, image=picture(0, 1, 1)))
    sink.close()


def test_on_a_full_disk_the_video_ends_and_can_be_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.mp4"
    sink = VideoSink(path, MediaClock())
    sink.open()
    for n in range(12):
        sink.publish(large(n))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    for n in (12, 13):
        with pytest.raises(EdgeError, match=r"1 MB are free, .* 32 MB free; the video ends here"):
            sink.publish(large(n))
    assert len(read(path)[0]) == 12
    sink.close()


def test_on_a_disk_that_was_full_before_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = VideoSink(tmp_path / "out.mp4", MediaClock())
    sink.open()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    with pytest.raises(EdgeError, match="a video leaves 32 MB free; nothing was written") as caught:
        sink.publish(large(0))
    assert caught.value.exit_code == 1
    sink.close()
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_not_written_whole_is_told(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    sink = VideoSink(path, MediaClock())
    sink.open()
    for n in range(12):
        sink.publish(large(n))
    path.unlink()
    with pytest.raises(EdgeError, match="was not written whole"):
        sink.close()


def test_a_run_does_not_replace_a_video_it_wrote(tmp_path: Path) -> None:
    path, names = tmp_path / "out.mp4", FileNames()
    for count in (0, 3, 5):
        sink = VideoSink(path, MediaClock(), names=names)
        sink.open()
        for n in range(count):
            sink.publish(large(n))
        sink.close()
        sink.close()
    assert (len(read(path)[0]), len(read(tmp_path / "out.2.mp4")[0])) == (3, 5)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.2.mp4", "out.mp4"]
