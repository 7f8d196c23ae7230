"""A moving test pattern, the same in every run: proves the whole chain without a camera."""

from __future__ import annotations

from threading import Event

import numpy as np

from edge_mbv2.cameras.frames import FrameMaker
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.timeline import Timeline
from edge_mbv2.clock import Clock
from edge_mbv2.types import Frame

_BARS_BGR = (
    (255, 255, 255),
    (0, 255, 255),
    (255, 255, 0),
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (255, 0, 0),
)
_BOX_STEPS = 96


class SyntheticCamera:
    """Colour bars over a grey ramp, a box that circles, and the number of the frame.

    640x480 at 30 frames per second unless asked otherwise; it never ends.

    Args:
        target: not used: there is nothing to choose.
        name: what its frames are labelled with.
        settings: all are honoured; `loop` means nothing here.
        clock: stamps the frames in real time.
    """

    frame_count: int | None = None

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self._width = settings.width or 640
        self._height = settings.height or 480
        self._framerate = settings.framerate or 30.0
        self.description = f"test pattern, {self._width}x{self._height}, {self._framerate:g} fps"
        self._interrupted = Event()
        self._frames = FrameMaker(name, settings)
        self._timeline = Timeline(clock, realtime=settings.realtime, interrupted=self._interrupted)
        self._background = np.empty((0, 0, 3), np.uint8)
        self._count = 0

    @property
    def idle(self) -> str | None:
        return self._timeline.idle

    def open(self) -> None:
        self._background = _background(self._width, self._height)
        self._timeline.restart()
        self._count = 0

    def read(self) -> Frame | None:
        if self._interrupted.is_set():
            return None
        timestamp_ns = self._timeline.reach(round(self._count * 1e9 / self._framerate))
        if timestamp_ns is None:
            return None
        image = self._background.copy()
        _draw_box(image, self._count)
        _draw_count(image, self._count)
        self._count += 1
        return self._frames.make(image, timestamp_ns)

    def close(self) -> None:
        pass

    def interrupt(self) -> None:
        self._interrupted.set()


def _background(width: int, height: int) -> np.ndarray:
    """Return the (height, width, 3) uint8 picture that stands still."""
    columns = np.arange(width)
    ramp = (columns * 255 // max(1, width - 1)).astype(np.uint8)
    image = np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2)
    image[: height * 2 // 3] = np.array(_BARS_BGR, np.uint8)[columns * len(_BARS_BGR) // width]
    return image


def _draw_box(image: np.ndarray, count: int) -> None:
    """Draw the black box, a sixth of the picture in size, at its place on the circle."""
    height, width = image.shape[:2]
    angle = 2 * np.pi * (count % _BOX_STEPS) / _BOX_STEPS
    x = round(width * (5 + 4 * np.cos(angle)) / 12)
    y = round(height * (5 + 4 * np.sin(angle)) / 12)
    image[y : y + max(1, height // 6), x : x + max(1, width // 6)] = 0


def _draw_count(image: np.ndarray, count: int) -> None:
    """Write the number of the frame in the lower left corner, whatever the picture's size."""
    import cv2

    height = image.shape[0]
    scale, thickness = height / 400, max(1, height // 240)
    place = (height // 24, height - height // 24)
    for colour, width in (((0, 0, 0), thickness * 3), ((255, 255, 255), thickness)):
        cv2.putText(image, f"{count}", place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA)
