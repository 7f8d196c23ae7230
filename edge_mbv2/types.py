"""The values that travel through the pipeline: frozen, so any thread may hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a camera.

    Attributes:
        camera: the name of the camera.
        sequence: 0-based count of the frames this camera has delivered.
        timestamp_ns: when it was taken, nanoseconds on the run's `Clock`.
        image: (height, width, 3) uint8, B, G, R, C-contiguous and read-only; the frame owns it.
        file: the picture or video it came from, None for a device.
    """

    camera: str
    sequence: int
    timestamp_ns: int
    image: np.ndarray
    file: str | None = None


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A rectangle in pixels of the frame: x to the right, y down, the origin at the corner.

    ``0 <= x1 <= x2 <= width`` and ``0 <= y1 <= y2 <= height``; fractions of a pixel are kept.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1


@dataclass(frozen=True, slots=True)
class Detection:
    """An object found in one frame.

    Attributes:
        label: the class in words.
        class_id: 0-based index into the model's labels (the background is not counted).
        score: 0 to 1.
        box: in pixels of the frame.
    """

    label: str
    class_id: int
    score: float
    box: BoundingBox


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """What the analysis of one frame gave.

    Attributes:
        frame: the analysed frame.
        detections: best score first.
        rate_hz: frames analysed per second lately, for people to read.
        number: 0-based count of the frames that the run has analysed, whatever their camera.
    """

    frame: Frame
    detections: tuple[Detection, ...]
    rate_hz: float = 0.0
    number: int = 0
