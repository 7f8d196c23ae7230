"""Sources of frames: devices, files, folders, and two that need neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from edge_mbv2.cameras.directory import DirectoryCamera
from edge_mbv2.cameras.discover import CameraInfo, discover
from edge_mbv2.cameras.file import DemoCamera, VideoFileCamera
from edge_mbv2.cameras.picamera2 import PiCamera
from edge_mbv2.cameras.picture import SUFFIXES, load_picture
from edge_mbv2.cameras.protocol import Camera, CameraSettings, Patience
from edge_mbv2.cameras.stream import StreamCamera
from edge_mbv2.cameras.synthetic import SyntheticCamera
from edge_mbv2.cameras.v4l2 import V4L2Camera
from edge_mbv2.cameras.v4l2_node import VideoMode
from edge_mbv2.clock import Clock
from edge_mbv2.config.secrets import masked
from edge_mbv2.errors import CameraError

__all__ = [
    "CAMERAS",
    "Camera",
    "CameraInfo",
    "CameraSettings",
    "Patience",
    "VideoMode",
    "create",
    "discover",
    "is_live",
    "load_picture",
    "patience",
]

SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")
"""Of network streams."""


class CameraFactory(Protocol):
    """Makes a camera that is not yet open."""

    def __call__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> Camera: ...


@dataclass(frozen=True, slots=True)
class CameraKind:
    """A sort of camera.

    Attributes:
        make: makes one for a target.
        accepts: which sources are its, in words.
        target: returns what a source means to it, None when the source isn't its.
        patience: with what is live, that is, shows what happens now, and is brought back when it fails;
            None for what has its own time and may end.
    """

    make: CameraFactory
    accepts: str
    target: Callable[[str], str | None]
    patience: Patience | None = None


def create(source: str, *, name: str, settings: CameraSettings, clock: Clock) -> Camera:
    """Make the camera that a ``--camera`` value means; nothing is opened yet.

    Args:
        source: one of what the kinds in `CAMERAS` accept.
        name: what its frames are labelled with.
        settings: how it is to deliver.
        clock: stamps what has no time of its own.

    Raises:
        CameraError: no kind accepts the source.
    """
    kind, target = _meaning(source)
    return kind.make(target, name=name, settings=settings, clock=clock)


def is_live(source: str) -> bool:
    """Tell whether a ``--camera`` value means something that shows what happens now.

    Raises:
        CameraError: no kind accepts the source.
    """
    return _meaning(source)[0].patience is not None


def patience(source: str, framerate: float | None) -> Patience | None:
    """Return how long to wait for what a ``--camera`` value means, None when it isn't live.

    Args:
        source: as for `create`.
        framerate: that is asked of it, because a slow camera's frames are far apart.

    Raises:
        CameraError: no kind accepts the source.
    """
    kind = _meaning(source)[0].patience
    if kind is None or framerate is None:
        return kind
    return replace(kind, open_s=kind.open_s + 2 / framerate, read_s=kind.read_s + 2 / framerate)


def _meaning(source: str) -> tuple[CameraKind, str]:
    for kind in CAMERAS.values():
        target = kind.target(source)
        if target is not None:
            return kind, target
    accepted = "; ".join(kind.accepts for kind in CAMERAS.values())
    problem = "a pipe, a socket or a device" if Path(source).exists() else "no file or folder that exists"
    raise CameraError(f"camera {masked(source)!r} is {problem}, and none of: {accepted}")


def _device(source: str) -> str | None:
    is_number = source.isascii() and source.isdecimal()
    return source if is_number or (source.startswith(("/dev/", "usb:")) and source != "usb:") else None


def _pi(source: str) -> str | None:
    target = source.removeprefix("pi:")
    return target if target != source and target.isascii() and target.isdecimal() else None


def _stream(source: str) -> str | None:
    return source if source.lower().startswith(SCHEMES) else None


def _file(source: str) -> str | None:
    path = source.removeprefix("file:")
    return path if path != source or Path(path).is_file() else None


def _pictures(source: str) -> str | None:
    if source.startswith("dir:"):
        return source.removeprefix("dir:")
    path = Path(source.removeprefix("file:"))
    if path.suffix.lower() in SUFFIXES and _file(source) is not None:
        return str(path)
    return str(path) if source and path.is_dir() else None


# In the order in which they are asked; a kind that comes first takes a source from those after it.
CAMERAS: dict[str, CameraKind] = {
    "demo": CameraKind(
        DemoCamera, "demo (a clip that comes along)", lambda source: source if source == "demo" else None
    ),
    "synthetic": CameraKind(
        SyntheticCamera,
        "synthetic (a test pattern)",
        lambda source: source if source == "synthetic" else None,
    ),
    "v4l2": CameraKind(
        V4L2Camera,
        "a V4L2 device (0, /dev/video0, /dev/v4l/by-id/NAME, usb:PART_OF_THAT_NAME)",
        _device,
        # Each of its formats may take four seconds to show that it is of no use.
        Patience(open_s=30, read_s=8, longest_wait_s=4),
    ),
    "picamera2": CameraKind(
        PiCamera, "a Raspberry Pi camera (pi:0)", _pi, Patience(open_s=20, read_s=8, longest_wait_s=4)
    ),
    "stream": CameraKind(
        StreamCamera,
        f"a network stream ({', '.join(f'{scheme}...' for scheme in SCHEMES)})",
        _stream,
        Patience(open_s=30, read_s=10, longest_wait_s=15),
    ),
    "directory": CameraKind(
        DirectoryCamera, "a folder of pictures or one picture (dir:PATH, file:PATH, or the path)", _pictures
    ),
    "file": CameraKind(VideoFileCamera, "a video (file:PATH or the path)", _file),
}
