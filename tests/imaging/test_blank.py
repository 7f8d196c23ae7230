"""Privacy masks: nothing of what they cover is left."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_mbv2.cameras.frames import FrameMaker
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.geometry import polygon_mistake
from edge_mbv2.imaging.blank import Blank

FINE = 8
fractions = st.integers(0, 40).map(lambda n: n / 40)


@given(
    st.lists(st.tuples(fractions, fractions), min_size=3, max_size=6, unique=True),
    st.integers(5, 60),
    st.integers(5, 60),
)
def test_no_pixel_that_an_area_touches_is_left(
    corners: list[tuple[float, float]], width: int, height: int
) -> None:
    assume(polygon_mistake(corners) is None)
    image = np.full((height, width, 3), 255, np.uint8)
    Blank(tuple(corners)).apply(image)
    fine = np.zeros((height * FINE, width * FINE), np.uint8)
    points = np.floor(np.array(corners) * (width * FINE, height * FINE)).astype(np.int32)
    cv2.fillPoly(fine, [points], (1,))
    touched = fine.reshape(height, FINE, width, FINE).any(axis=(1, 3))
    assert not image[touched].any()


def test_what_is_far_from_it_stays() -> None:
    image = np.full((100, 100, 3), 255, np.uint8)
    Blank(((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))).apply(image)
    assert image[55:].all()
    assert image[:, 55:].all()
    assert not image[:51, :51].any()


def test_it_follows_a_change_of_size() -> None:
    blank = Blank(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    for width, height in ((40, 30), (80, 60), (40, 30)):
        image = np.full((height, width, 3), 255, np.uint8)
        blank.apply(image)
        assert not image[:, width // 2 :].any()
        assert image[:, : width // 2 - 3].all()


def test_every_frame_is_blanked_after_it_is_turned() -> None:
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    frames = FrameMaker("yard", CameraSettings(hflip=True, privacy=(left,)))
    image = np.full((40, 60, 3), 255, np.uint8)
    image[:, :30] = 100
    frame = frames.make(image, 0)
    assert not frame.image[:, :31].any()
    assert (frame.image[:, 35:] == 100).all()
    assert not frame.image.flags.writeable
