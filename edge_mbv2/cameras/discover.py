"""Lists the cameras that there are."""

from __future__ import annotations

from dataclasses import dataclass

from edge_mbv2.cameras import picamera2_library, pixel_formats, v4l2_node
from edge_mbv2.cameras.v4l2_node import VideoMode
from edge_mbv2.errors import CameraError

# Parts of a Raspberry Pi's picture pipeline: they capture what libcamera feeds them.
_NOT_CAMERAS = frozenset({"bcm2835-isp", "bcm2835-codec", "pispbe", "rpi-hevc-dec"})


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be used, or could if its problem were solved.

    Attributes:
        source: what to give to ``--camera``.
        description: what it is, in words.
        stable_source: what to give to ``--camera`` so that it is found under another number too,
            None when it has no such name.
        modes: the formats, sizes and rates that it offers; empty when it scales freely.
        problem: why it can't be used now, None when nothing is known against it.
    """

    source: str
    description: str
    stable_source: str | None = None
    modes: tuple[VideoMode, ...] = ()
    problem: str | None = None


def discover() -> list[CameraInfo]:
    """Return the V4L2 cameras, in the order of their numbers, a Raspberry Pi's, then what needs no device."""
    return [
        *_v4l2_cameras(),
        *_pi_cameras(),
        CameraInfo("demo", "the demo clip: people in a yard, rendered, 640x480 at 10 fps"),
        CameraInfo("synthetic", "a moving test pattern"),
    ]


def what_is_there() -> str:
    """Return in words what could be used in place of a camera that isn't there."""
    cameras = [_in_words(camera) for camera in _v4l2_cameras()]
    there = f"found {', '.join(cameras)}" if cameras else "there is no V4L2 camera on this machine"
    return f"{there}; --camera demo needs none"


def _in_words(camera: CameraInfo) -> str:
    always = f", under any number {camera.stable_source}" if camera.stable_source else ""
    return f"{camera.source} ({camera.description}{always})"


def short_name(name: str) -> str:
    """Return what tells a name in ``/dev/v4l/by-id`` from the others."""
    return name.removeprefix("usb-").removesuffix("-video-index0")


def _pi_cameras() -> list[CameraInfo]:
    """Return what libcamera finds on the board's connectors; nothing where picamera2 isn't there."""
    try:
        found = picamera2_library.load().cameras()
    except CameraError:
        return []
    # USB cameras, which come last, are V4L2 devices already.
    return [
        CameraInfo(f"pi:{position}", f"{info.get('Model', 'a camera')} (Raspberry Pi camera)")
        for position, info in enumerate(found)
        if "/usb" not in info.get("Id", "")
    ]


def _v4l2_cameras() -> list[CameraInfo]:
    names = {path: name for name, path in reversed(v4l2_node.by_id().items())}
    cameras = []
    for path in v4l2_node.paths():
        try:
            node = v4l2_node.query(path)
            if node.driver in _NOT_CAMERAS or not set(node.pixel_formats) & set(pixel_formats.SUPPORTED):
                continue
            stable = f"usb:{short_name(names[path])}" if path in names else None
            problem = "in use by another program" if v4l2_node.is_busy(path) else None
            cameras.append(CameraInfo(path, node.card, stable, v4l2_node.modes(path), problem))
        except PermissionError:
            problem = "no permission (sudo usermod -aG video $USER, then log in again)"
            cameras.append(CameraInfo(path, "a V4L2 device", problem=problem))
        except OSError:
            continue  # gone since it was listed, or no V4L2 device at all
    return cameras
