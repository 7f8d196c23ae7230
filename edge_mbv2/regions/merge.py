"""Brings together what was found in several overlapping parts of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge_mbv2.types import BoundingBox, Detection, Region

_SAME_IOU = 0.45
"""From how much overlap on boxes of two views are one object.

Views at different scales agree less on an object's edges than anchors of one view do.
"""
_CUT_SHARE = 0.007


class View(NamedTuple):
    """A part of a picture and what was found in it, in pixels of the picture."""

    region: Region
    detections: Sequence[Detection]


def in_picture(detections: Sequence[Detection], region: Region, width: int, height: int) -> list[Detection]:
    """Bring what was found in a region's pixels to the picture's, without what the region cuts.

    A box that reaches an edge of the region goes on beyond it, nobody knows how far, unless that edge
    is the picture's own.

    Args:
        detections: with boxes in pixels of the region.
        region: where it lies.
        width: of the picture.
        height: of the picture.
    """
    near = max(1.0, _CUT_SHARE * (region.x2 - region.x1))
    left, top = near if region.x1 > 0 else -1.0, near if region.y1 > 0 else -1.0
    right = region.x2 - region.x1 - (near if region.x2 < width else -1.0)
    bottom = region.y2 - region.y1 - (near if region.y2 < height else -1.0)
    return [
        Detection(
            each.label,
            each.class_id,
            each.score,
            BoundingBox(
                each.box.x1 + region.x1,
                each.box.y1 + region.y1,
                each.box.x2 + region.x1,
                each.box.y2 + region.y1,
            ),
        )
        for each in detections
        if left < each.box.x1 and each.box.x2 < right and top < each.box.y1 and each.box.y2 < bottom
    ]


def merge(views: Sequence[View]) -> tuple[Detection, ...]:
    """Make one list of what several views found: of boxes that are one object, one stays.

    It has the highest score that any view gave it, and the edges that the closest view saw, because
    there a pixel of the network is the smallest. Boxes of one view were told apart by the model's own
    suppression and are never merged with each other.

    Args:
        views: the order decides nothing but between equals.

    Returns:
        Best score first.
    """
    if len(views) == 1:
        return tuple(views[0].detections)
    found = [(each, number) for number, view in enumerate(views) for each in view.detections]
    found.sort(key=lambda pair: -pair[0].score)
    if not found:
        return ()
    numbers = np.array([number for _, number in found])
    areas_px = np.array([view.region.area_px for view in views])[numbers]
    classes = np.array([each.class_id for each, _ in found])
    boxes = np.array([(b.x1, b.y1, b.x2, b.y2) for b in (each.box for each, _ in found)])
    free = np.ones(len(found), np.bool_)
    merged = []
    for i, (each, number) in enumerate(found):
        if not free[i]:
            continue
        same = free & (classes == each.class_id) & (numbers != number)
        same &= _ious(boxes[i], boxes) > _SAME_IOU
        same[i] = True
        free &= ~same
        (group,) = same.nonzero()
        closest = int(group[areas_px[group].argmin()])
        box = found[closest][0].box
        merged.append(Detection(each.label, each.class_id, each.score, box))
    return tuple(merged)


def _ious(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the intersection over union of one box with each of (n, 4)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = np.maximum(sides, 0.0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    ious: np.ndarray = shared / np.maximum((box[2:] - box[:2]).prod() + areas - shared, 1e-9)
    return ious
