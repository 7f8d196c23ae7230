"""Reads the EXIF orientation of WebP pictures, which OpenCV's decoder passes over."""

from __future__ import annotations

import struct

from edge_mbv2.cameras.frames import Orientation

_ORIENTATION_TAG = 0x0112

# EXIF's eight orientations as flips and the rotation after them.
_ORIENTATIONS = {
    1: Orientation(),
    2: Orientation(hflip=True),
    3: Orientation(rotation=180),
    4: Orientation(vflip=True),
    5: Orientation(hflip=True, rotation=270),
    6: Orientation(rotation=90),
    7: Orientation(hflip=True, rotation=90),
    8: Orientation(rotation=270),
}


def webp_orientation(data: bytes) -> Orientation | None:
    """Return how a WebP picture is to be turned, upright when it doesn't say; None for other files.

    Args:
        data: the whole file.

    Source: the WebP container specification (RIFF chunks) and EXIF 2.32, 4.6.4 A.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == b"EXIF":
            exif = data[position + 8 : position + 8 + size].removeprefix(b"Exif\0\0")
            return _ORIENTATIONS.get(_tag(exif), _ORIENTATIONS[1])
        position += 8 + size + size % 2
    return _ORIENTATIONS[1]


def _tag(exif: bytes) -> int:
    """Return the orientation in the first directory of a TIFF structure, 0 when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 0
    try:
        (directory,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, directory)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, directory + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return int(value)
    except struct.error:  # it points outside itself
        return 0
    return 0
