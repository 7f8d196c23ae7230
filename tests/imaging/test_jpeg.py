"""Pictures as JPEG bytes."""

import cv2
import numpy as np
import pytest

from edge_mbv2.errors import MediaError
from edge_mbv2.imaging.jpeg import encode_jpeg

GRADIENT = np.empty((120, 160, 3), np.uint8)
GRADIENT[...] = np.arange(160)[None, :, None]
GRADIENT[:, :, 2] = np.arange(120)[:, None]


def test_the_picture_comes_back_nearly_as_it_was() -> None:
    data = encode_jpeg(GRADIENT, quality=90)
    assert data[:3] == b"\xff\xd8\xff"
    assert data[-2:] == b"\xff\xd9"
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(back.astype(int) - GRADIENT).mean() < 3


def test_lower_quality_is_smaller() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert len(encode_jpeg(noise, quality=30)) < len(encode_jpeg(noise, quality=90))


def test_a_read_only_view_will_do() -> None:
    view = GRADIENT[10:50, 20:80]
    view.setflags(write=False)
    assert encode_jpeg(view) == encode_jpeg(view.copy())


@pytest.mark.parametrize("shape", [(0, 10, 3), (10, 0, 3), (1, 65501, 3)])
def test_sizes_that_the_format_lacks(shape: tuple[int, int, int]) -> None:
    with pytest.raises(MediaError, match=rf"{shape[1]}x{shape[0]} pixels .* 65500"):
        encode_jpeg(np.zeros(shape, np.uint8))
