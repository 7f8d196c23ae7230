"""Suppression across blocks and classes, against every pair compared in turn."""

import numpy as np
import pytest
from fakes import plain_ssd

from edge_mbv2.models.ssdlite.nms import suppress
from edge_mbv2.types import BoundingBox


def scattered(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    starts = rng.random((2, count))
    return np.concatenate((starts, starts + rng.uniform(0.02, 0.3, (2, count))))


def greedy(boxes: np.ndarray, ids: np.ndarray, iou_threshold: float, limit: int) -> list[int]:
    chosen: list[int] = []
    rectangles = [BoundingBox(x1, y1, x2, y2) for y1, x1, y2, x2 in boxes.T.tolist()]
    for i, rectangle in enumerate(rectangles):
        rivals = [j for j in chosen if ids[j] == ids[i]]
        if all(plain_ssd.iou(rectangles[j], rectangle) <= iou_threshold for j in rivals):
            chosen.append(i)
    return chosen[:limit]


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 500])
@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("limit", [1, 20, 1000])
def test_it_equals_comparing_one_by_one(count: int, classes: int, limit: int) -> None:
    boxes = scattered(count, seed=count + classes)
    ids = np.random.default_rng(count).integers(0, classes, count)

    assert suppress(boxes, ids, 0.3, limit) == greedy(boxes, ids, 0.3, limit)


def test_only_one_of_many_equal_boxes_stays_in_each_class() -> None:
    boxes = np.repeat(np.array(((0.1,), (0.1,), (0.5,), (0.5,))), 300, axis=1)

    assert suppress(boxes, np.arange(300) % 2, 0.6, 100) == [0, 1]


def test_overlap_equal_to_the_threshold_is_allowed() -> None:
    # Intersection 0.5, union 1: both exact in binary.
    boxes = np.array(((0.0, 0.0), (0.0, 0.0), (1.0, 0.5), (1.0, 1.0)))

    assert suppress(boxes, np.zeros(2, int), 0.5, 10) == [0, 1]
    assert suppress(boxes, np.zeros(2, int), 0.49, 10) == [0]


def test_boxes_that_are_no_numbers_leave_the_others_alone() -> None:
    boxes = np.array(((0.1, np.nan, 0.1), (0.1, 0.1, 0.1), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)))

    assert suppress(boxes, np.zeros(3, int), 0.6, 10) == [0, 1]
