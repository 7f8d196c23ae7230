"""Turns, blanks, numbers and seals the pictures of one camera."""

from __future__ import annotations

import numpy as np

from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.imaging.blank import Blank
from edge_mbv2.types import Frame


class Orientation:
    """Flips, then a clockwise rotation, as at most one transposition and one flip.

    Args:
        hflip: mirror left and right.
        vflip: mirror top and bottom.
        rotation: 0, 90, 180 or 270 degrees clockwise, after the flips.
    """

    def __init__(self, *, hflip: bool = False, vflip: bool = False, rotation: int = 0) -> None:
        self._transpose = rotation in (90, 270)
        if self._transpose:
            # Transposing swaps what the flips mean; a quarter turn is a transposition and one flip.
            hflip, vflip = vflip != (rotation == 90), hflip != (rotation == 270)
        elif rotation == 180:
            hflip, vflip = not hflip, not vflip
        # OpenCV's codes: 0 top and bottom, 1 left and right, -1 both.
        self._flip = {(True, True): -1, (True, False): 1, (False, True): 0}.get((hflip, vflip))

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Return ``image`` turned.

        Args:
            image: (height, width, 3) uint8, C-contiguous; given up by the caller, turned in place
                where that is possible.
        """
        if not self._transpose and self._flip is None:
            return image
        import cv2

        if self._transpose:
            image = cv2.transpose(image)
        if self._flip is not None:
            cv2.flip(image, self._flip, dst=image)
        return image


class FrameMaker:
    """Makes one camera's frames.

    Args:
        camera: the camera's name.
        settings: the flips, the rotation and the privacy masks are taken from it.
    """

    def __init__(self, camera: str, settings: CameraSettings) -> None:
        self._camera = camera
        self._orientation = Orientation(
            hflip=settings.hflip, vflip=settings.vflip, rotation=settings.rotation
        )
        self._blanks = [Blank(area) for area in settings.privacy]
        self._sequence = 0

    def make(self, image: np.ndarray, timestamp_ns: int, file: str | None = None) -> Frame:
        """Return the next frame.

        Args:
            image: (height, width, 3) uint8, B, G, R, C-contiguous; it becomes the frame's.
            timestamp_ns: when it was taken.
            file: what it came from.
        """
        image = self._orientation.apply(image)
        for blank in self._blanks:
            blank.apply(image)
        image.flags.writeable = False
        frame = Frame(self._camera, self._sequence, timestamp_ns, image, file)
        self._sequence += 1
        return frame


def scale(image: np.ndarray, settings: CameraSettings) -> np.ndarray:
    """Return a recorded picture in the size asked for, itself when none was.

    Args:
        image: (height, width, 3) uint8.
        settings: ``width`` and ``height``; one of the two alone keeps the proportions.
    """
    height, width = image.shape[:2]
    target_width, target_height = settings.width, settings.height
    if target_width is None:
        target_width = width if target_height is None else max(1, round(width * target_height / height))
    if target_height is None:
        target_height = max(1, round(height * target_width / width))
    if (target_width, target_height) == (width, height):
        return image
    import cv2

    shrinks = target_width * target_height < width * height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (target_width, target_height), interpolation=method)
