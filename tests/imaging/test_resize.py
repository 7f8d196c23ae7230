"""Stretch, letterbox, and the way back to the picture's pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.imaging.resize import letterbox, stretch

SIZES = [(480, 640), (640, 480), (300, 300), (1, 1), (1, 4000), (1080, 1920), (299, 301)]
sides = st.integers(1, 400)


def picture(height: int, width: int) -> np.ndarray:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    image.flags.writeable = False
    return image


def corners(y1: float, x1: float, y2: float, x2: float) -> np.ndarray:
    return np.array(((y1,), (x1,), (y2,), (x2,)))


@pytest.mark.parametrize("size", SIZES)
def test_stretch_fills_out_as_bilinear_resizing_does(size: tuple[int, int]) -> None:
    out = np.zeros((300, 320, 3), np.uint8)

    stretch(picture(*size), out=out)

    np.testing.assert_array_equal(out, cv2.resize(picture(*size), (320, 300), interpolation=cv2.INTER_LINEAR))


@pytest.mark.parametrize(
    ("size", "content"),
    [
        ((480, 640), (slice(37, 262), slice(0, 300))),
        ((640, 480), (slice(0, 300), slice(37, 262))),
        ((300, 300), (slice(0, 300), slice(0, 300))),
        ((1, 1), (slice(0, 300), slice(0, 300))),
        ((1, 4000), (slice(149, 150), slice(0, 300))),
    ],
)
def test_letterbox_centres_the_picture_between_grey_bars(
    size: tuple[int, int], content: tuple[slice, slice]
) -> None:
    out = np.zeros((300, 300, 3), np.uint8)
    expected = np.full((300, 300, 3), 127, np.uint8)
    expected[content] = 255

    letterbox(np.full((*size, 3), 255, np.uint8), out=out)

    np.testing.assert_array_equal(out, expected)


def test_letterbox_scales_the_picture_as_stretch_does() -> None:
    out, inner = np.zeros((300, 300, 3), np.uint8), np.zeros((225, 300, 3), np.uint8)

    letterbox(picture(480, 640), out=out)
    stretch(picture(480, 640), out=inner)

    np.testing.assert_array_equal(out[37:262], inner)


@pytest.mark.parametrize("resize", [stretch, letterbox])
@given(height=sides, width=sides, out_height=sides, out_width=sides)
def test_the_picture_comes_back_whole(resize, height, width, out_height, out_width) -> None:
    out = np.zeros((out_height, out_width, 3), np.uint8)
    placement = resize(np.full((height, width, 3), 255, np.uint8), out=out)
    white = (out == 255).all(axis=2)
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    boxes = corners(
        rows[0] / out_height,
        columns[0] / out_width,
        (rows[-1] + 1) / out_height,
        (columns[-1] + 1) / out_width,
    )

    placement.to_picture(boxes)

    np.testing.assert_allclose(boxes, corners(0, 0, height, width), atol=1e-9 * max(height, width))


def test_a_point_comes_back_to_where_it_was() -> None:
    placement = letterbox(picture(480, 640), out=np.zeros((300, 300, 3), np.uint8))
    boxes = corners(0.5, 0.5, 187.25 / 300, 0.75)

    placement.to_picture(boxes)

    # 225 rows of content begin at row 37.
    np.testing.assert_allclose(boxes[:, 0], (113 / 225 * 480, 320, 150.25 / 225 * 480, 480))


@pytest.mark.parametrize("resize", [stretch, letterbox])
@given(st.lists(st.floats(width=32, allow_nan=True), min_size=4, max_size=4))
def test_boxes_never_leave_the_picture(resize, values: list[float]) -> None:
    placement = resize(picture(123, 457), out=np.zeros((300, 300, 3), np.uint8))
    boxes = np.array(values)[:, None]

    placement.clip(boxes)

    given_nan = np.isnan(values)
    np.testing.assert_array_equal(np.isnan(boxes[:, 0]), given_nan)
    inside = (boxes >= 0) & (boxes <= corners(123, 457, 123, 457))
    assert inside[~given_nan].all()


def test_one_size_is_worked_out_once() -> None:
    out = np.zeros((300, 300, 3), np.uint8)

    assert stretch(picture(48, 64), out=out) is stretch(picture(48, 64), out=out)
    assert stretch(picture(48, 64), out=out) is not stretch(picture(64, 48), out=out)
