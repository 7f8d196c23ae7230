"""Reads one picture file, turned the way its camera was held."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_mbv2.cameras.exif import webp_orientation
from edge_mbv2.errors import MediaError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


def load_picture(path: Path) -> np.ndarray:
    """Return a picture as (height, width, 3) uint8, B, G, R, C-contiguous, in memory of its own.

    Grey, transparent and 16-bit pictures become that too; the EXIF orientation is applied.

    Args:
        path: of a JPEG, PNG, BMP, WebP or TIFF file (the first page).

    Raises:
        MediaError: the file is absent, unreadable, cut off, damaged, too large, or no such picture.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise MediaError(f"can't read picture {path}: {exc.strerror}") from exc
    if not data:
        raise MediaError(f"picture {path} is empty")
    if data.startswith(_JPEG_START) and not _has_jpeg_end(data):
        raise MediaError(f"picture {path} is cut off: the JPEG's end is missing")
    image = _decode(path, data)
    if image is None:
        raise MediaError(
            f"picture {path} can't be decoded: it is damaged, or not a JPEG, PNG, BMP, WebP or TIFF file"
        )
    return image


def _decode(path: Path, data: bytes) -> np.ndarray | None:
    import cv2

    orientation = webp_orientation(data)
    # OpenCV turns JPEG, PNG and TIFF by itself, WebP only in some versions.
    flags = cv2.IMREAD_COLOR | (cv2.IMREAD_IGNORE_ORIENTATION if orientation is not None else 0)
    try:
        image: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as exc:
        # imdecode answers None for what it can't decode; it raises for what it refuses to.
        raise MediaError(
            f"picture {path} is too large: OpenCV takes at most {1 << 20} pixels a side and {1 << 30} in all"
        ) from exc
    return image if image is None or orientation is None else orientation.apply(image)


_JPEG_START = b"\xff\xd8\xff"
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"


def _has_jpeg_end(data: bytes) -> bool:
    """Tell whether the end marker follows the first scan; OpenCV 4.6 decodes without it, in grey.

    The segments before the scan are stepped over, because a thumbnail among them has its own end.

    Source: ITU-T T.81, annex B (markers and segment lengths).
    """
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        if data[position + 1] == _START_OF_SCAN:
            return data.find(_END_OF_IMAGE, position) >= 0
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False
