"""Turns a picture into JPEG bytes."""

from __future__ import annotations

import numpy as np

from edge_mbv2.errors import MediaError

_LARGEST_SIDE_PX = 65500  # libjpeg's


def encode_jpeg(image: np.ndarray, quality: int = 80) -> bytes:
    """Return ``image`` as a JPEG file.

    Args:
        image: (height, width, 3) uint8, B, G, R; each side 1 to 65500 px.
        quality: 1 (small) to 100 (good).

    Raises:
        MediaError: the picture is empty or too large for the format.
    """
    import cv2

    height, width = image.shape[:2]
    if not 1 <= min(height, width) <= max(height, width) <= _LARGEST_SIDE_PX:
        raise MediaError(
            f"a picture of {width}x{height} pixels can't become a JPEG, "
            f"whose sides are 1 to {_LARGEST_SIDE_PX} pixels; save it as .png"
        )
    _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return data.tobytes()
