"""Makes B, G, R pictures of what devices deliver, one rule per V4L2 pixel format.

The rules are ours because OpenCV's own differ between its versions: 4.11 hands out BGR3 as one row
of bytes, 4.6 swaps red and blue of NV12, and both repeat the last picture for a JPEG that can't be
decoded.
"""

from __future__ import annotations

import numpy as np

# The most a camera can send over USB 2 (3 x 1024 bytes in each of 8000 microframes a second).
_USB2_BYTES_PER_S = 3 * 1024 * 8000

_RAW = ("YUYV", "UYVY", "NV12", "NV21", "YU12")
_JPEG = ("MJPG", "JPEG")
_LAST = ("BGR3", "RGB3", "GREY")

# What a raw frame looks like as an array (in heights and widths), and OpenCV's name for the way to B, G, R.
_LAYOUTS = {
    "YUYV": ((1, 1), 2, "COLOR_YUV2BGR_YUY2"),
    "UYVY": ((1, 1), 2, "COLOR_YUV2BGR_UYVY"),
    "NV12": ((3, 2), 1, "COLOR_YUV2BGR_NV12"),
    "NV21": ((3, 2), 1, "COLOR_YUV2BGR_NV21"),
    "YU12": ((3, 2), 1, "COLOR_YUV2BGR_I420"),
    "BGR3": ((1, 1), 3, None),
    "RGB3": ((1, 1), 3, "COLOR_RGB2BGR"),
    "GREY": ((1, 1), 1, "COLOR_GRAY2BGR"),
}

SUPPORTED = _RAW + _JPEG + _LAST


def in_order(width: int, height: int, framerate: float) -> tuple[str, ...]:
    """Return the supported formats, the most sensible first.

    Raw frames cost no decoding, so they come first where they fit through USB 2, and JPEG does
    where they don't.
    """
    raw_fits = width * height * 2 * framerate <= _USB2_BYTES_PER_S
    return (_RAW + _JPEG if raw_fits else _JPEG + _RAW) + _LAST


def to_bgr(data: np.ndarray, pixel_format: str, width: int, height: int) -> np.ndarray | None:
    """Make a picture of a frame's bytes.

    Args:
        data: uint8, any shape, C-contiguous: the frame as the device delivered it. With BGR3 the
            picture is a view of it.
        pixel_format: one of `SUPPORTED`.
        width: of the picture in pixels.
        height: of the picture in pixels.

    Returns:
        (height, width, 3) uint8, B, G, R, C-contiguous; None when ``data`` isn't such a frame (too
        short, not decodable, of another size).
    """
    data = data.reshape(-1)
    is_jpeg = pixel_format in _JPEG
    image = _decode_jpeg(data) if is_jpeg else _convert(data, pixel_format, width, height)
    return image if image is not None and image.shape == (height, width, 3) else None


def _decode_jpeg(data: np.ndarray) -> np.ndarray | None:
    import cv2

    if not data.size:
        return None
    # OpenCV 4.6 returns None or raises for the same broken frame, depending on where it is broken.
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None


def _convert(data: np.ndarray, pixel_format: str, width: int, height: int) -> np.ndarray | None:
    import cv2

    (numerator, denominator), channels, conversion = _LAYOUTS[pixel_format]
    rows = height * numerator // denominator
    size = rows * width * channels
    # Drivers may round the length up, never down.
    if data.size < size:
        return None
    packed = data[:size].reshape(rows, width, channels)
    return packed if conversion is None else cv2.cvtColor(packed, getattr(cv2, conversion))
