"""Boxes as rows of arrays: centre and size, corners, overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.types import BoundingBox, Detection


def measured(detections: Sequence[Detection]) -> np.ndarray:
    """Return (n, 4) float64: centre x, centre y, width, height in pixels."""
    corners = np.array([(d.box.x1, d.box.y1, d.box.x2, d.box.y2) for d in detections], np.float64).reshape(
        -1, 4
    )
    return np.concatenate([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], axis=1)


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (n, m): intersection over union of each pair; 0 where both are empty.

    Args:
        a: (n, 4) centre x, centre y, width, height.
        b: (m, 4) likewise.
    """
    shared = _shared(a[:, None], b)
    union = a[:, None, 2:].prod(axis=2) + b[:, 2:].prod(axis=1) - shared
    ious: np.ndarray = shared / np.maximum(union, 1e-9)
    return ious


def covered(box: np.ndarray, others: np.ndarray) -> float:
    """Return how much of a box others cover, the same part counted once for each of them.

    Args:
        box: (4,) centre x, centre y, width, height.
        others: (n, 4) likewise.
    """
    return float(_shared(box, others).sum() / max(box[2:].prod(), 1e-9))


def _shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the area that the boxes of each pair share."""
    low = np.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    high = np.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    areas: np.ndarray = np.maximum(high - low, 0.0).prod(axis=-1)
    return areas


def to_box(values: Sequence[float]) -> BoundingBox:
    """Return the box of a centre x, centre y, width and height."""
    x, y, width, height = values
    return BoundingBox(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
