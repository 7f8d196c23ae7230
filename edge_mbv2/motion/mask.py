"""From polygons to the pixels of a small picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.geometry import Polygon


def inside(polygons: Sequence[Polygon], height: int, width: int) -> np.ndarray:
    """Return which pixels lie in one of the polygons.

    Args:
        polygons: corners as fractions of the picture, x to the right and y down.
        height: of the picture.
        width: of the picture.

    Returns:
        (height, width) bool.
    """
    import cv2

    marked = np.zeros((height, width), np.uint8)
    scale = np.array((width, height), np.float64)
    for polygon in polygons:
        # Pixel (0, 0) has its middle at (0.5, 0.5).
        corners = np.round(np.asarray(polygon, np.float64) * scale - 0.5).astype(np.int32)
        cv2.fillPoly(marked, [corners], (1,))
    return marked.astype(np.bool_)
