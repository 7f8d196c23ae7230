"""A V4L2 device, captured through OpenCV in a pixel format whose frames have been checked."""

from __future__ import annotations

import logging
from threading import Event

import numpy as np

from edge_mbv2.cameras import pixel_formats, v4l2_node
from edge_mbv2.cameras.frames import FrameMaker
from edge_mbv2.cameras.opencv import prepare
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.v4l2_lookup import find
from edge_mbv2.cameras.v4l2_stream import Stream
from edge_mbv2.clock import Clock
from edge_mbv2.errors import CameraError
from edge_mbv2.types import Frame

_log = logging.getLogger(__name__)

# A camera's first frame may take this long (exposure, a USB hub that wakes up), any other that long.
_FIRST_FRAME_NS = 4 * 10**9
_STALL_NS = 5 * 10**9

# What receives the raw pictures of a Raspberry Pi's own cameras.
_PI_RECEIVERS = ("unicam", "rp1-cfe")


class V4L2Camera:
    """A camera with a node in ``/dev``: USB, or whatever has a V4L2 driver.

    640x480 unless asked otherwise; the device may deliver another size than asked, which is logged.

    Args:
        target: number or path of the node, or ``usb:`` and a part of one name in ``/dev/v4l/by-id``, looked
            up at each `open`, so the camera may return under another number.
        name: what its frames are labelled with.
        settings: `realtime` and `loop` mean nothing here.
        clock: stamps each frame when it is taken out of the driver's queue.
    """

    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self.description = target
        self._target = target
        self._settings = settings
        self._clock = clock
        self._frames = FrameMaker(name, settings)
        self._interrupted = Event()
        self._stream: Stream | None = None

    def open(self) -> None:
        self.close()
        prepare()
        node = find(self._target)
        framerate = self._settings.framerate
        width, height = _size(self._settings)
        preferred = pixel_formats.in_order(width, height, framerate or 30.0)
        candidates = [code for code in preferred if code in node.pixel_formats]
        for pixel_format in candidates:
            self._stream = Stream.start(node.path, pixel_format, width, height, framerate)
            # What counts is a first frame that is what it should be; what drivers promise does not.
            if self._stream is not None and self._take(self._stream, _FIRST_FRAME_NS) is not None:
                self._describe(node, self._stream)
                return
            self.close()
            if self._interrupted.is_set():
                return
        raise CameraError(_nothing_usable(self._target, node, candidates))

    def read(self) -> Frame | None:
        if self._interrupted.is_set():
            return None
        if self._stream is None:
            raise CameraError(f"camera {self._target} is not open")
        taken = self._take(self._stream, _STALL_NS)
        if taken is not None:
            image, timestamp_ns = taken
            return self._frames.make(image, timestamp_ns)
        if self._interrupted.is_set():
            return None
        raise CameraError(
            f"camera {self._target}: no usable frame for {_STALL_NS // 10**9} s from {self._stream.path}; "
            "check its cable and its power"
        )

    def close(self) -> None:
        if self._stream is not None:
            self._stream.stop()
            self._stream = None

    def interrupt(self) -> None:
        self._interrupted.set()

    def _take(self, stream: Stream, patience_ns: int) -> tuple[np.ndarray, int] | None:
        """Return the next usable picture and when it was taken; None if interrupted or none comes.

        Raises:
            CameraError: the device is gone.
        """
        start_ns = self._clock.now_ns()
        while not self._interrupted.is_set() and self._clock.now_ns() - start_ns < patience_ns:
            if stream.grab():
                timestamp_ns = self._clock.now_ns()
                image = stream.retrieve()
                if image is not None:
                    return image, timestamp_ns
            else:
                self._check_present(stream.path)
                # A driver that fails at once is not asked in a tight loop.
                self._interrupted.wait(0.02)
        return None

    def _check_present(self, path: str) -> None:
        try:
            v4l2_node.query(path)
        except OSError as exc:
            raise CameraError(f"camera {self._target}: {path} was unplugged ({exc.strerror})") from exc

    def _describe(self, node: v4l2_node.Node, stream: Stream) -> None:
        delivered = f"{stream.width}x{stream.height} {stream.pixel_format}, {stream.framerate:g} fps"
        self.description = f"{node.path} ({node.card}), {delivered}"
        asked = self._settings
        pairs = {
            "width": (asked.width, stream.width),
            "height": (asked.height, stream.height),
            "framerate": (asked.framerate, stream.framerate),
        }
        # 29.97 is a fair answer to 30.
        refused = [
            f"{name} {want:g}"
            for name, (want, have) in pairs.items()
            if want is not None and abs(want - have) > 0.5
        ]
        if refused:
            _log.warning(
                "%s: %s can't do %s, it delivers %s", self.name, node.path, ", ".join(refused), delivered
            )


def _size(settings: CameraSettings) -> tuple[int, int]:
    """Return the size to ask for: 4:3 when only one side is given, which the driver may correct."""
    if settings.width and settings.height:
        return settings.width, settings.height
    if settings.width:
        return settings.width, settings.width * 3 // 4
    if settings.height:
        return settings.height * 4 // 3, settings.height
    return 640, 480


def _nothing_usable(target: str, node: v4l2_node.Node, tried: list[str]) -> str:
    if tried:
        return (
            f"camera {target} ({node.card}) delivers no usable frame in {', '.join(tried)}; "
            "check its cable and its power, or ask for a smaller --width and --height"
        )
    hint = "; a Raspberry Pi camera is --camera pi:0" if node.driver in _PI_RECEIVERS else ""
    return (
        f"camera {target} ({node.card}) offers only {', '.join(node.pixel_formats)}; "
        f"one of {', '.join(pixel_formats.SUPPORTED)} is needed{hint}"
    )
