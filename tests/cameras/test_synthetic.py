"""The test pattern."""

from __future__ import annotations

import numpy as np
import pytest
from fakes.camera_contract import take


def test_is_the_same_in_every_run() -> None:
    once, again = take("synthetic", 5), take("synthetic", 5)
    for a, b in zip(once, again, strict=True):
        assert np.array_equal(a.image, b.image)
        assert a.timestamp_ns == b.timestamp_ns


def test_moves_in_its_own_time() -> None:
    first, second, third = take("synthetic", framerate=4.0)
    assert not np.array_equal(first.image, second.image)
    assert [first.timestamp_ns, second.timestamp_ns, third.timestamp_ns] == [0, 250_000_000, 500_000_000]


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (1920, 1080)])
def test_has_any_size(size: tuple[int, int]) -> None:
    width, height = size
    frame = take("synthetic", 10, width=width, height=height)[-1]
    assert frame.image.shape == (height, width, 3)
    assert frame.image.std() > 10
