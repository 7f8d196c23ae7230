"""Makes an area of pictures black, for good."""

from __future__ import annotations

import numpy as np

from edge_mbv2.geometry import Polygon


class Blank:
    """A privacy mask: no pixel that the area touches is left as it was.

    Args:
        corners: as fractions of the picture.
    """

    def __init__(self, corners: Polygon) -> None:
        self._corners = np.array(corners, np.float64)
        self._size: tuple[int, int] | None = None
        self._points = np.empty((0, 2), np.int32)

    def apply(self, image: np.ndarray) -> None:
        """Blank the area.

        Args:
            image: (height, width, 3) uint8, C-contiguous; changed in place.
        """
        import cv2

        height, width = image.shape[:2]
        if self._size != (width, height):
            self._size = width, height
            self._points = np.floor(self._corners * (width, height)).astype(np.int32)
        cv2.fillPoly(image, [self._points], (0, 0, 0))
        # The edge runs through pixels of which the filling leaves some.
        cv2.polylines(image, [self._points], True, (0, 0, 0), 3)
