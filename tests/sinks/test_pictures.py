"""Annotated copies: one for each source, with the boxes, never over the source."""

from __future__ import annotations

import resource
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes.results import PERSON, grey, picture, result

from edge_mbv2.cameras.picture import SUFFIXES
from edge_mbv2.clock import MediaClock
from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.sinks.pictures import COPIES, AnnotatedCopies

BLACK = np.zeros((120, 160, 3), np.uint8)


@pytest.fixture
def sink(tmp_path: Path) -> AnnotatedCopies:
    sink = AnnotatedCopies(tmp_path / "out" / "deep", MediaClock())
    sink.open()
    return sink


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out" / "deep").iterdir())


def test_every_kind_of_picture_that_can_be_read_has_a_kind_of_copy() -> None:
    assert set(COPIES) == SUFFIXES


def test_a_copy_has_the_boxes_and_the_pictures_name(sink: AnnotatedCopies, tmp_path: Path) -> None:
    sink.publish(result(0, file="in/photo.JPG", image=BLACK))
    sink.publish(result(1, file="in/plan.bmp", image=BLACK))
    sink.close()
    assert names(tmp_path) == ["photo.jpg", "plan.png"]
    for name in names(tmp_path):
        copy = cv2.imread(str(tmp_path / "out" / "deep" / name))
        assert copy.shape == BLACK.shape
        assert copy[8:41, 10:31].max() > 150
        assert not copy[100:, 100:].any()


def test_sources_of_one_name_get_copies_of_their_own(sink: AnnotatedCopies, tmp_path: Path) -> None:
    for file in ("a/photo.jpg", "b/photo.jpg", "c/photo.jpeg", "b/photo.png"):
        sink.publish(result(0, file=file))
    sink.close()
    assert names(tmp_path) == ["photo.jpg", "photo.png", "photo_2.jpg", "photo_3.jpg"]


def test_videos_become_videos_between_pictures(sink: AnnotatedCopies, tmp_path: Path) -> None:
    sink.publish(result(0, file="one.jpg"))
    for n in range(12):
        sink.publish(result(n, file="clip.webm", image=picture(n, 160, 120), detections=(PERSON,)))
    for n in range(5):
        sink.publish(result(n, file="clip.ts", image=picture(n, 160, 120)))
    sink.publish(result(0, file="two.jpg"))
    sink.close()
    sink.close()
    assert names(tmp_path) == ["clip.mp4", "clip.webm", "one.jpg", "two.jpg"]
    for name, count in (("clip.webm", 12), ("clip.mp4", 5)):
        video = cv2.VideoCapture(str(tmp_path / "out" / "deep" / name))
        frames = []
        while (got := video.read())[0]:
            frames.append(got[1])
        video.release()
        assert len(frames) == count
        assert abs(int(np.median(frames[2][50:90, 60:150])) - grey(2)) <= 8


def test_a_copy_never_replaces_its_source(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(b"precious")
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"precious too")
    sink = AnnotatedCopies(tmp_path, MediaClock())
    sink.open()
    for path in (source, clip):
        with pytest.raises(UsageError, match=rf"{path.name} would replace it; name another folder"):
            sink.publish(result(0, file=str(path)))
    sink.close()
    assert source.read_bytes() == b"precious"
    assert clip.read_bytes() == b"precious too"


def test_a_second_run_replaces_the_copies_of_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        sink = AnnotatedCopies(tmp_path, MediaClock())
        sink.open()
        sink.publish(result(0, file="elsewhere/photo.jpg"))
        sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file; annotated copies need a folder"):
        AnnotatedCopies(tmp_path / "file", MediaClock()).open()
    with pytest.raises(UsageError, match="a part of the path is a file"):
        AnnotatedCopies(tmp_path / "file" / "deeper", MediaClock()).open()


def test_a_copy_that_cannot_be_written(sink: AnnotatedCopies, tmp_path: Path) -> None:
    (tmp_path / "out" / "deep" / "photo.jpg").mkdir()
    with pytest.raises(EdgeError, match=r"photo\.jpg: is a folder"):
        sink.publish(result(0, file="photo.jpg"))
    assert [path.name for path in (tmp_path / "out" / "deep").iterdir()] == ["photo.jpg"]


def test_a_full_disk_leaves_no_half_picture(sink: AnnotatedCopies, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, hard))
    try:
        with pytest.raises(EdgeError, match=r"photo\.jpg: can't be written: File too large") as caught:
            sink.publish(result(0, file="photo.jpg"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.exit_code == 1
    assert list((tmp_path / "out" / "deep").iterdir()) == []
