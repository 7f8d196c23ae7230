"""The overlay that tells where the analysis looked."""

import numpy as np
from fakes.results import picture, result

from edge_mbv2.imaging.attention import draw_attention
from edge_mbv2.types import FrameResult, Region

IMAGE = picture(0, 640, 480)


def drawn(**attributes: object) -> np.ndarray:
    shown = result(image=IMAGE)
    out = IMAGE.copy()
    draw_attention(out, FrameResult(shown.frame, shown.detections, **attributes))  # type: ignore[arg-type]
    return out


def test_regions_are_white_and_motion_is_yellow() -> None:
    out = drawn(regions=(Region(100, 100, 400, 400),), moving=(Region(150, 200, 200, 300),))
    assert out[100, 250].tolist() == [255, 255, 255]
    assert out[250, 399].tolist() == [255, 255, 255]
    assert out[200, 170].tolist() == [0, 210, 255]
    assert (out[220:280, 160:190] == IMAGE[220:280, 160:190]).all()


def test_it_says_how_often_it_looked_or_that_it_did_not() -> None:
    corner = slice(0, 30), slice(0, 300)
    once = drawn(regions=(Region(0, 0, 640, 480),))[corner]
    not_at_all = drawn(skipped="gate")[corner]
    assert (once != IMAGE[corner]).any()
    assert (once != not_at_all).any()


def test_a_picture_of_one_pixel() -> None:
    shown = result(image=picture(0, 1, 1))
    draw_attention(shown.frame.image.copy(), FrameResult(shown.frame, (), regions=(Region(0, 0, 1, 1),)))
