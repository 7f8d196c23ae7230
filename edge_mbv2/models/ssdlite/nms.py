"""Non-maximum suppression: of boxes of one class that overlap, the best stays."""

from __future__ import annotations

import numpy as np

# Boxes compared with each other at once: enough that most frames are one block, few enough that a
# frame full of candidates stays in the cache.
_BLOCK = 128


def suppress(boxes: np.ndarray, class_ids: np.ndarray, iou_threshold: float, limit: int) -> list[int]:
    """Choose boxes greedily, best first; one pass serves all classes.

    A box falls when its intersection over union with a chosen box of its class exceeds the threshold,
    so the first ``limit`` chosen are those that suppression class by class would rank highest.

    Args:
        boxes: (4, n) float64: y1, x1, y2, x2, best first. A box with NaN neither falls nor fells another.
        class_ids: (n,) integers.
        iou_threshold: 0 to 1.
        limit: most boxes to choose, at least 1.

    Returns:
        The chosen columns, best first.
    """
    chosen: list[int] = []
    for start in range(0, boxes.shape[1], _BLOCK):
        block, ids = boxes[:, start : start + _BLOCK], class_ids[start : start + _BLOCK]
        free = np.ones(ids.size, np.bool_)
        if chosen:
            fallen = _overlaps(boxes[:, chosen], class_ids[chosen], block, ids, iou_threshold)
            free &= ~fallen.any(axis=0)
        clear = ~_overlaps(block, ids, block, ids, iou_threshold)
        for i in range(ids.size):
            if free[i]:
                chosen.append(start + i)
                if len(chosen) == limit:
                    return chosen
                free &= clear[i]
    return chosen


def _overlaps(
    a: np.ndarray, a_ids: np.ndarray, b: np.ndarray, b_ids: np.ndarray, iou_threshold: float
) -> np.ndarray:
    """Tell of each pair whether it is of one class and overlaps too much.

    Returns:
        (columns of a, columns of b) bool.
    """
    shared = np.minimum(a[2:, :, None], b[2:, None, :])
    shared -= np.maximum(a[:2, :, None], b[:2, None, :])
    np.maximum(shared, 0.0, out=shared)
    intersections = shared[0] * shared[1]
    unions = _areas(a)[:, None] + _areas(b) - intersections
    too_much: np.ndarray = (intersections > iou_threshold * unions) & (a_ids[:, None] == b_ids)
    return too_much


def _areas(boxes: np.ndarray) -> np.ndarray:
    areas: np.ndarray = (boxes[2] - boxes[0]) * (boxes[3] - boxes[1])
    return areas
