"""One sink for each camera."""

from pathlib import Path

import cv2
import pytest
from fakes.pipeline import Collector
from fakes.results import result

from edge_mbv2.clock import MediaClock
from edge_mbv2.errors import MediaError, UsageError
from edge_mbv2.sinks.by_camera import ByCamera, path_of
from edge_mbv2.sinks.video import VideoSink


def test_each_camera_has_a_file_of_its_own(tmp_path: Path) -> None:
    cameras = {"front": 5, "yard": 12}
    paths = {name: path_of(tmp_path / "out.mp4", name, len(cameras)) for name in cameras}
    sink = ByCamera("video", {name: VideoSink(path, MediaClock()) for name, path in paths.items()})
    sink.open()
    for name, count in cameras.items():
        for n in range(count):
            sink.publish(result(n, camera=name))
    sink.publish(result(0, camera="unknown"))
    sink.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out-front.mp4", "out-yard.mp4"]
    for name, count in cameras.items():
        capture = cv2.VideoCapture(str(paths[name]))
        assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == count
        capture.release()


def test_the_only_cameras_file_is_the_one_that_was_named() -> None:
    assert path_of(Path("a/out.v2.mp4"), "front", 1) == Path("a/out.v2.mp4")
    assert path_of(Path("a/out.v2.mp4"), "front", 2) == Path("a/out.v2-front.mp4")


def test_a_wrong_path_is_told_at_once(tmp_path: Path) -> None:
    sink = ByCamera("video", {"front": VideoSink(tmp_path / "none" / "out-front.mp4", MediaClock())})
    with pytest.raises(UsageError, match=r"none/out-front\.mp4: there is no folder"):
        sink.open()
    sink.close()


def test_one_that_can_not_finish_keeps_no_other_from_it() -> None:
    class Unfinishable(Collector):
        def close(self) -> None:
            raise MediaError("out-front.mp4 was not written whole")

    other = Collector()
    with pytest.raises(MediaError, match="out-front"):
        ByCamera("video", {"front": Unfinishable(), "yard": other}).close()
    assert other.closed
