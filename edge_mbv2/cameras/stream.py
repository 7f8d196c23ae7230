"""A network stream: RTSP, or video over HTTP, decoded by OpenCV's FFmpeg."""

from __future__ import annotations

import math
import time
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from edge_mbv2.cameras.frames import FrameMaker, scale
from edge_mbv2.cameras.opencv import prepare
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.stream_probe import why_not
from edge_mbv2.clock import Clock
from edge_mbv2.config.secrets import masked
from edge_mbv2.errors import CameraError
from edge_mbv2.types import Frame

if TYPE_CHECKING:
    import cv2

# A server that says nothing is noticed after the first of these when it has delivered before; who is slow
# by nature (a picture to start from comes every ten seconds) gets longer from try to try.
_OPEN_LEAST_S, _OPEN_FIRST_S, _OPEN_MOST_S = 4.0, 8.0, 20.0
_READ_S = 5.0
_PROBE_S = 2.0


class StreamCamera:
    """A stream that is read as fast as it comes, so that no delay builds up.

    RTSP goes over TCP unless ``OPENCV_FFMPEG_CAPTURE_OPTIONS`` says otherwise. A stream's size and rate are
    the server's; `width`, `height` scale its pictures, `framerate` leaves some out.

    Args:
        target: address of the stream; user and password in it are never shown.
        name: what its frames are labelled with.
        settings: `realtime` and `loop` mean nothing here.
        clock: stamps each frame when it has been decoded.
    """

    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self.description = self._shown = masked(target)
        self._url = target
        self._settings = settings
        self._clock = clock
        self._frames = FrameMaker(name, settings)
        self._interrupted = Event()
        self._capture: cv2.VideoCapture | None = None
        self._open_s = _OPEN_FIRST_S
        self._slot = -1

    def open(self) -> None:
        self.close()
        if self._interrupted.is_set():
            return
        prepare()
        start_s = time.monotonic()
        self._capture = _opened(self._url, self._open_s)
        first = None if self._capture is None else self._picture()
        took_s = time.monotonic() - start_s
        if first is None:
            self.close()
            raise CameraError(f"camera {self._shown}: {self._reason(took_s)}")
        self._open_s = min(max(_OPEN_LEAST_S, 3 * took_s), _OPEN_MOST_S)
        self._describe(first)

    def read(self) -> Frame | None:
        while not self._interrupted.is_set():
            if self._capture is None:
                raise CameraError(f"camera {self._shown} is not open")
            start_s = time.monotonic()
            if not self._capture.grab():
                silent = time.monotonic() - start_s > _READ_S / 2
                what = f"no frame for {_READ_S:g} s" if silent else "the stream has ended"
                raise CameraError(f"camera {self._shown}: {what}")
            timestamp_ns = self._clock.now_ns()
            image = self._retrieved() if self._is_wanted(timestamp_ns) else None
            if image is not None:
                return self._frames.make(scale(image, self._settings), timestamp_ns)
        return None

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def interrupt(self) -> None:
        self._interrupted.set()

    def _picture(self) -> np.ndarray | None:
        assert self._capture is not None
        return self._retrieved() if self._capture.grab() else None

    def _retrieved(self) -> np.ndarray | None:
        """Return the grabbed frame as (height, width, 3) uint8, B, G, R, of its own; None if it is broken."""
        assert self._capture is not None
        complete, image = self._capture.retrieve()
        return image if complete and image.ndim == 3 else None

    def _is_wanted(self, now_ns: int) -> bool:
        """Tell whether a frame is the first in its slot of the rate asked for."""
        if self._settings.framerate is None:
            return True
        slot = math.floor(now_ns * self._settings.framerate / 1e9)
        if slot == self._slot:
            return False
        self._slot = slot
        return True

    def _reason(self, took_s: float) -> str:
        """Return why it did not open, and be more patient next time with one that says nothing."""
        if took_s < self._open_s * 0.9:
            return why_not(self._url, _PROBE_S)
        patience_s, self._open_s = self._open_s, min(self._open_s * 2, _OPEN_MOST_S)
        return f"no video within {patience_s:g} s"

    def _describe(self, first: np.ndarray) -> None:
        import cv2

        assert self._capture is not None
        height, width = first.shape[:2]
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        told = f", {rate:g} fps" if 0 < rate < 1000 else ""
        self.description = f"{self._shown}, {width}x{height}{told}"


def _opened(url: str, open_s: float) -> cv2.VideoCapture | None:
    import cv2

    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(open_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(_READ_S * 1000),
    ]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if capture.isOpened():
        return capture
    capture.release()
    return None
