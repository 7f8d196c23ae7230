"""A V4L2 device that streams in one pixel format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge_mbv2.cameras import pixel_formats

if TYPE_CHECKING:
    import cv2

# The fewest with which the driver has one to fill while we copy the other: a reader that keeps up
# gets every frame, one that comes late finds two old ones at most. With a single buffer, cameras
# that stream without a pause lose every second frame.
_BUFFERS = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """A device that streams in one pixel format, as agreed with the driver."""

    capture: cv2.VideoCapture
    path: str
    pixel_format: str
    width: int
    height: int
    framerate: float

    @classmethod
    def start(
        cls, path: str, pixel_format: str, width: int, height: int, framerate: float | None
    ) -> Stream | None:
        """Agree on a format with the driver; None when it refuses."""
        import cv2

        capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
        # Raw bytes: what OpenCV makes of them differs between its versions (see pixel_formats).
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        code = cv2.VideoWriter.fourcc(*pixel_format)
        capture.set(cv2.CAP_PROP_FOURCC, code)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if framerate is not None:
            capture.set(cv2.CAP_PROP_FPS, max(1, round(framerate)))  # OpenCV knows whole rates only
        capture.set(cv2.CAP_PROP_BUFFERSIZE, _BUFFERS)
        if not capture.isOpened() or int(capture.get(cv2.CAP_PROP_FOURCC)) != code:
            capture.release()
            return None
        return cls(
            capture,
            path,
            pixel_format,
            int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            capture.get(cv2.CAP_PROP_FPS),
        )

    def grab(self) -> bool:
        """Wait at most a second for a frame."""
        return self.capture.grab()

    def retrieve(self) -> np.ndarray | None:
        """Return the grabbed frame as a picture of its own, None when it is broken."""
        complete, data = self.capture.retrieve()
        return pixel_formats.to_bgr(data, self.pixel_format, self.width, self.height) if complete else None

    def stop(self) -> None:
        self.capture.release()
