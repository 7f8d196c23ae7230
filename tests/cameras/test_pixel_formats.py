"""Pictures from devices' bytes, and the order in which formats are tried."""

from __future__ import annotations

import numpy as np
import pytest
from fakes.v4l2 import encode

from edge_mbv2.cameras.pixel_formats import SUPPORTED, in_order, to_bgr

WIDTH, HEIGHT = 64, 48


def quarters() -> np.ndarray:
    """Return a picture in blue, green, red and grey: a swap of any two channels shows."""
    image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    image[: HEIGHT // 2, : WIDTH // 2] = (200, 20, 20)
    image[: HEIGHT // 2, WIDTH // 2 :] = (20, 200, 20)
    image[HEIGHT // 2 :, : WIDTH // 2] = (20, 20, 200)
    return image


@pytest.mark.parametrize("pixel_format", [code for code in SUPPORTED if code not in ("JPEG", "GREY")])
def test_colours_and_places_come_back(pixel_format: str) -> None:
    data = np.frombuffer(encode(quarters(), pixel_format), np.uint8)
    image = to_bgr(data, pixel_format, WIDTH, HEIGHT)
    assert image is not None
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    # Within the quarters: chroma is shared across their borders.
    error = np.abs(image.astype(int) - quarters()).reshape(HEIGHT // 8, 8, WIDTH // 8, 8, 3)
    assert np.median(error, axis=(1, 3)).max() <= 6


def test_grey_becomes_three_equal_channels() -> None:
    ramp = np.arange(WIDTH * HEIGHT, dtype=np.uint8)
    image = to_bgr(ramp, "GREY", WIDTH, HEIGHT)
    assert image is not None
    assert np.array_equal(image, ramp.reshape(HEIGHT, WIDTH, 1).repeat(3, axis=2))


@pytest.mark.parametrize("pixel_format", SUPPORTED)
def test_what_is_too_short_is_no_picture(pixel_format: str) -> None:
    whole = encode(quarters(), {"JPEG": "MJPG"}.get(pixel_format, pixel_format))
    for length in (0, 1, len(whole) // 2 if pixel_format not in ("MJPG", "JPEG") else 100):
        assert to_bgr(np.frombuffer(whole[:length], np.uint8), pixel_format, WIDTH, HEIGHT) is None


@pytest.mark.parametrize("pixel_format", ["YUYV", "NV12", "BGR3", "MJPG"])
def test_bytes_after_the_frame_do_no_harm(pixel_format: str) -> None:
    whole = encode(quarters(), pixel_format)
    expected = to_bgr(np.frombuffer(whole, np.uint8), pixel_format, WIDTH, HEIGHT)
    padded = to_bgr(np.frombuffer(whole + bytes(4096), np.uint8), pixel_format, WIDTH, HEIGHT)
    assert expected is not None
    assert padded is not None
    assert np.array_equal(expected, padded)


def test_a_jpeg_of_another_size_or_of_noise_is_no_picture() -> None:
    data = np.frombuffer(encode(quarters(), "MJPG"), np.uint8)
    assert to_bgr(data, "MJPG", WIDTH * 2, HEIGHT) is None
    assert to_bgr(np.full(5000, 0xA5, np.uint8), "MJPG", WIDTH, HEIGHT) is None


@pytest.mark.parametrize(
    ("width", "height", "framerate", "first"),
    [
        (640, 480, 30.0, "YUYV"),
        (1280, 720, 30.0, "MJPG"),
        (1280, 720, 10.0, "YUYV"),
        (1920, 1080, 30.0, "MJPG"),
        (640, 480, 60.0, "MJPG"),
    ],
)
def test_raw_frames_come_first_where_usb_2_carries_them(
    width: int, height: int, framerate: float, first: str
) -> None:
    order = in_order(width, height, framerate)
    assert order[0] == first
    assert sorted(order) == sorted(SUPPORTED)
