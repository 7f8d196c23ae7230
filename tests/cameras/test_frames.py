"""Flips, rotations and sizes of recorded pictures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from edge_mbv2.cameras.frames import FrameMaker, Orientation, scale
from edge_mbv2.cameras.protocol import CameraSettings

IMAGE = np.random.default_rng(7).integers(0, 256, (5, 8, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("hflip", "vflip", "rotation"), list(itertools.product((False, True), (False, True), (0, 90, 180, 270)))
)
def test_flips_come_before_the_clockwise_rotation(hflip: bool, vflip: bool, rotation: int) -> None:
    expected = IMAGE[:, ::-1] if hflip else IMAGE
    expected = expected[::-1] if vflip else expected
    expected = np.rot90(expected, -rotation // 90)
    turned = Orientation(hflip=hflip, vflip=vflip, rotation=rotation).apply(IMAGE.copy())
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_nothing_is_copied_that_need_not_be() -> None:
    image = IMAGE.copy()
    assert Orientation().apply(image) is image
    assert Orientation(hflip=True).apply(image) is image
    assert Orientation(rotation=180).apply(image) is image
    assert scale(image, CameraSettings()) is image
    assert scale(image, CameraSettings(width=8, height=5)) is image


def test_frames_are_numbered_and_sealed() -> None:
    maker = FrameMaker("yard", CameraSettings(rotation=90))
    first = maker.make(IMAGE.copy(), 10, file="a.jpg")
    second = maker.make(IMAGE.copy(), 20)
    assert (first.camera, first.sequence, first.timestamp_ns, first.file) == ("yard", 0, 10, "a.jpg")
    assert (second.sequence, second.timestamp_ns, second.file) == (1, 20, None)
    assert first.image.shape == (8, 5, 3)
    with pytest.raises(ValueError, match="read-only"):
        first.image[0, 0] = 0


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(16, None, (10, 16)), (None, 10, (10, 16)), (4, 4, (4, 4)), (1, None, (1, 1)), (None, None, (5, 8))],
)
def test_one_side_keeps_the_proportions(
    width: int | None, height: int | None, expected: tuple[int, int]
) -> None:
    assert scale(IMAGE, CameraSettings(width=width, height=height)).shape == (*expected, 3)
