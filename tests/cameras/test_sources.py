"""What ``--camera`` values mean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_mbv2.cameras import CAMERAS, CameraSettings, create, patience
from edge_mbv2.cameras.directory import DirectoryCamera
from edge_mbv2.cameras.file import DemoCamera, VideoFileCamera
from edge_mbv2.cameras.picamera2 import PiCamera
from edge_mbv2.cameras.stream import StreamCamera
from edge_mbv2.cameras.synthetic import SyntheticCamera
from edge_mbv2.cameras.v4l2 import V4L2Camera
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError


def make(source: str) -> object:
    return create(source, name="front", settings=CameraSettings(), clock=SystemClock())


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("demo", DemoCamera),
        ("synthetic", SyntheticCamera),
        ("0", V4L2Camera),
        ("12", V4L2Camera),
        ("/dev/video3", V4L2Camera),
        ("/dev/v4l/by-id/usb-Some_Camera-video-index0", V4L2Camera),
        ("usb:Some_Camera", V4L2Camera),
        ("pi:0", PiCamera),
        ("rtsp://host/stream", StreamCamera),
        ("RTSPS://host/stream", StreamCamera),
        ("http://host/clip.mp4", StreamCamera),
        ("https://host/", StreamCamera),
        ("file:absent.mp4", VideoFileCamera),
        ("file:absent.JPG", DirectoryCamera),
        ("dir:absent", DirectoryCamera),
        ("clip.mp4", VideoFileCamera),
        ("photo.jpeg", DirectoryCamera),
        ("folder", DirectoryCamera),
        ("file:folder", DirectoryCamera),
        ("file:0", VideoFileCamera),
    ],
)
def test_a_source_means_one_kind(
    source: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "photo.jpeg", "0"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert type(make(source)) is kind


@pytest.mark.parametrize(
    "source", ["nonsense", "absent.mp4", "", "pi:", "pi:a", "usb:", "-1", "ftp://host/stream"]
)
def test_what_means_nothing_is_named_with_what_would(source: str) -> None:
    with pytest.raises(CameraError) as caught:
        make(source)
    message = str(caught.value)
    assert repr(source) in message
    assert all(kind.accepts in message for kind in CAMERAS.values())
    assert "demo" in message


def test_what_is_there_and_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CameraError, match="pipe' is a pipe, a socket or a device, and none of: "):
        make(str(tmp_path / "pipe"))


def test_a_wrong_source_is_told_without_its_password() -> None:
    with pytest.raises(CameraError, match=r"ftp://\*\*\*@host/stream") as caught:
        make("ftp://joe:secret@host/stream")
    assert "secret" not in str(caught.value)


def test_live_sources_are_waited_for_and_the_others_are_not() -> None:
    assert {kind for kind, each in CAMERAS.items() if each.patience} == {"v4l2", "picamera2", "stream"}
    local, network = patience("0", None), patience("rtsp://host/", None)
    assert local is not None
    assert network is not None
    assert (local.longest_wait_s, network.longest_wait_s) == (4, 15)
    assert patience("demo", 1.0) is None
    slow = patience("0", 0.1)
    assert slow is not None
    assert slow.read_s == local.read_s + 20  # whose frames are ten seconds apart
