"""Packed pictures: exactly what went in, or a clear refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2.errors import MediaError
from edge_mbv2.imaging.lossless import LosslessEncoder, decode_lossless


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(width: int, height: int) -> np.ndarray:
    ramp = np.arange(width * height, dtype=np.uint32).reshape(height, width) * 255 // (width * height)
    return np.stack([ramp, ramp[::-1], 255 - ramp], axis=-1).astype(np.uint8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=50)
def test_any_picture_comes_back(width: int, height: int, seed: int) -> None:
    image = noise(width, height, seed)
    back = decode_lossless(LosslessEncoder().encode(image), width, height)
    assert np.array_equal(back, image)
    assert back.flags.c_contiguous
    assert back.dtype == np.uint8


def test_one_encoder_takes_pictures_of_any_sizes() -> None:
    encoder = LosslessEncoder()
    images = [noise(64, 48), smooth(48, 64), noise(64, 48, 1), smooth(640, 480)]
    for image in images:
        before = image.copy()
        height, width = image.shape[:2]
        assert np.array_equal(decode_lossless(encoder.encode(image), width, height), image)
        assert np.array_equal(image, before)


def test_a_smooth_picture_becomes_small() -> None:
    assert len(LosslessEncoder().encode(smooth(640, 480))) < 640 * 480 * 3 / 20


def test_damage_is_told() -> None:
    data = LosslessEncoder().encode(noise(64, 48))
    with pytest.raises(MediaError, match="not of 64x49"):
        decode_lossless(data, 64, 49)
    with pytest.raises(MediaError, match="not of 64x47"):
        decode_lossless(data, 64, 47)
    with pytest.raises(MediaError, match="cut off"):
        decode_lossless(data[:-1], 64, 48)
    with pytest.raises(MediaError, match="damaged"):
        decode_lossless(bytes(len(data)), 64, 48)
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    with pytest.raises(MediaError):
        decode_lossless(bytes(flipped), 64, 48)
