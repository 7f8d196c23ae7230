"""Sources of frames: devices, files, folders, and two that need neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_mbv2.cameras.directory import DirectoryCamera
from edge_mbv2.cameras.discover import CameraInfo, discover
from edge_mbv2.cameras.file import DemoCamera, VideoFileCamera
from edge_mbv2.cameras.picture import SUFFIXES, load_picture
from edge_mbv2.cameras.protocol import Camera, CameraSettings
from edge_mbv2.cameras.synthetic import SyntheticCamera
from edge_mbv2.cameras.v4l2 import V4L2Camera
from edge_mbv2.cameras.v4l2_node import VideoMode
from edge_mbv2.clock import Clock
from edge_mbv2.errors import CameraError

__all__ = [
    "CAMERAS",
    "Camera",
    "CameraInfo",
    "CameraSettings",
    "VideoMode",
    "create",
    "discover",
    "is_live",
    "load_picture",
]


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
        live: it shows what happens now; the others replay what has its own time and may end.
    """

    make: CameraFactory
    accepts: str
    target: Callable[[str], str | None]
    live: bool = False


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
    return _meaning(source)[0].live


def _meaning(source: str) -> tuple[CameraKind, str]:
    for kind in CAMERAS.values():
        target = kind.target(source)
        if target is not None:
            return kind, target
    accepted = "; ".join(kind.accepts for kind in CAMERAS.values())
    raise CameraError(f"camera {source!r} is no file or folder that exists, and none of: {accepted}")


def _device(source: str) -> str | None:
    is_number = source.isascii() and source.isdecimal()
    return source if is_number or (source.startswith(("/dev/", "usb:")) and source != "usb:") else None


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
        live=True,
    ),
    "directory": CameraKind(
        DirectoryCamera, "a folder of pictures or one picture (dir:PATH, file:PATH, or the path)", _pictures
    ),
    "file": CameraKind(VideoFileCamera, "a video (file:PATH or the path)", _file),
}
