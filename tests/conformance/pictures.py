"""The pictures on which whole models are compared."""

from __future__ import annotations

import numpy as np


def pictures(shape: tuple[int, ...]) -> list[np.ndarray]:
    """Return twenty uint8 pictures of a model's input shape: noise, ramps, edges, blobs, extremes."""
    rng = np.random.default_rng(5)
    _, height, width, channels = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    result = [
        rng.integers(0, 256, shape),
        np.linspace(0, 255, int(np.prod(shape))).reshape(shape),
        np.full(shape, 255),
        np.full(shape, 0),
        np.full(shape, 128),
        rng.choice([0, 255], shape),
        rng.normal(128, 20, shape),
        _colours((x + y) / (height + width - 2) * 255, channels),
        _colours(((x // 8 + y // 8) % 2) * 255, channels),
        _colours(((x // 64 + y // 64) % 2) * 200 + 20, channels),
    ]
    for _ in range(10):
        picture = np.zeros((height, width, channels))
        for _ in range(12):
            centre, size = rng.uniform(0, 1, 2) * (height, width), rng.uniform(0.03, 0.3) * height
            blob = np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * size**2))
            picture += blob[..., np.newaxis] * rng.uniform(-150, 250, channels)
        result.append((picture + rng.normal(90, 6, picture.shape))[np.newaxis])
    return [np.clip(np.rint(one), 0, 255).astype(np.uint8).reshape(shape) for one in result]


def _colours(grey: np.ndarray, channels: int) -> np.ndarray:
    return grey[..., np.newaxis] * np.linspace(1, 0.6, channels)
