"""Boxes as rows of arrays: centre and size, corners, overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.types import BoundingBox, Detection


def measured(detections: Sequence[Detection]) -> np.ndarray:
    """Return (n, 4) float64: centre x, centre y, width, height in pixels."""
    corners = np.array([detection.box for detection in detections], np.float64).reshape(-1, 4)
    low, high = corners[:, :2], corners[:, 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (n, m): intersection over union of each pair; 0 where both are empty.

    Args:
        a: (n, 4) centre x, centre y, width, height.
        b: (m, 4) likewise.
    """
    shared = _shared(a, b)
    union = (a[:, 2] * a[:, 3])[:, None] + b[:, 2] * b[:, 3] - shared
    ious: np.ndarray = shared / np.maximum(union, 1e-9)
    return ious


def covered(box: np.ndarray, others: np.ndarray) -> float:
    """Return how much of a box others cover, the same part counted once for each of them.

    Args:
        box: (4,) centre x, centre y, width, height.
        others: (n, 4) likewise.
    """
    return float(_shared(box[None], others).sum() / max(box[2] * box[3], 1e-9))


def _shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (n, m): the area that the boxes of each pair share."""
    (a_low, a_high), (b_low, b_high) = _corners(a), _corners(b)
    sides = np.minimum(a_high[:, :, None], b_high[:, None]) - np.maximum(a_low[:, :, None], b_low[:, None])
    width, height = np.maximum(sides, 0.0)
    areas: np.ndarray = width * height
    return areas


def _corners(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (2, n) each: x and y of the upper left corners, and of the lower right ones."""
    centres, halves = boxes.T[:2], boxes.T[2:] / 2
    return centres - halves, centres + halves


def to_box(values: Sequence[float]) -> BoundingBox:
    """Return the box of a centre x, centre y, width and height."""
    x, y, width, height = values
    return BoundingBox(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
