"""Results as the analysis would give them, of pictures that tell one frame from another."""

from __future__ import annotations

import numpy as np

from edge_mbv2.types import BoundingBox, Detection, Frame, FrameResult

PERSON = Detection("person", 0, 0.876543, BoundingBox(10.127, 8.0, 30.5, 40.999))
CAR = Detection("car", 1, 0.5, BoundingBox(0.0, 0.0, 64.0, 48.0))


def picture(sequence: int, width: int = 64, height: int = 48) -> np.ndarray:
    """Return (height, width, 3) uint8, read-only, of one grey that follows from the sequence number."""
    image = np.full((height, width, 3), grey(sequence), np.uint8)
    image.setflags(write=False)
    return image


def grey(sequence: int) -> int:
    return 20 + sequence * 37 % 200


def result(
    sequence: int = 0,
    *,
    camera: str = "yard",
    timestamp_ns: int | None = None,
    file: str | None = None,
    image: np.ndarray | None = None,
    detections: tuple[Detection, ...] = (PERSON,),
    rate_hz: float = 9.5,
) -> FrameResult:
    """Return a result; without a timestamp frames are 100 ms apart."""
    stamp = sequence * 10**8 if timestamp_ns is None else timestamp_ns
    frame = Frame(camera, sequence, stamp, picture(sequence) if image is None else image, file)
    return FrameResult(frame, detections, rate_hz)
