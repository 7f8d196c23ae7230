"""COCO's average precision and recall of one class, equal to pycocotools' and made of NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0.0, 1.0, 101)
_MOST_DETECTIONS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is to be found in one picture.

    Attributes:
        boxes: (n, 4) float64: x, y, width, height in pixels.
        crowd: (n,) bool: whoever finds these gains nothing, and may find one more than once.
    """

    boxes: np.ndarray
    crowd: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found in one picture.

    Attributes:
        boxes: (n, 4) float64: x, y, width, height in pixels.
        scores: (n,) float64.
    """

    boxes: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision and recall, 0 to 1; -1 where nothing is to be found, as in pycocotools.

    Attributes:
        ap: mean over the overlaps 0.50, 0.55 ... 0.95.
        ap50: at an overlap of 0.50.
        ar100: recall with at most 100 detections a picture, mean over the same overlaps.
    """

    ap: float
    ap50: float
    ar100: float


def evaluate(found: Sequence[Found], truth: Sequence[Truth]) -> Precision:
    """Hold detections against the truth, one item of each for every picture.

    Source: pycocotools 2.0 ``cocoeval.py`` (bbox, area "all"); Microsoft COCO (arXiv:1405.0312).
    """
    pictures = [_match(f, t) for f, t in zip(found, truth, strict=True)]
    wanted = sum(int(np.count_nonzero(~t.crowd)) for t in truth)
    if wanted == 0:
        return Precision(-1.0, -1.0, -1.0)
    scores = np.concatenate([p[0] for p in pictures])
    order = np.argsort(-scores, kind="stable")
    hits = np.concatenate([p[1] for p in pictures], axis=1)[:, order]
    ignored = np.concatenate([p[2] for p in pictures], axis=1)[:, order]
    curves = [_curve(h & ~i, ~h & ~i, wanted) for h, i in zip(hits, ignored, strict=True)]
    precisions, recalls = (np.array(values) for values in zip(*curves, strict=True))
    return Precision(float(precisions.mean()), float(precisions[0].mean()), float(recalls.mean()))


def _match(found: Found, truth: Truth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each detection, best first, the best box that is still free, at every threshold.

    Returns:
        Scores (n,), and (thresholds, n) each: whether it has a box, and whether that box is a crowd.
    """
    order = np.argsort(-found.scores, kind="stable")[:_MOST_DETECTIONS]
    truth_order = np.argsort(truth.crowd, kind="stable")  # crowds last
    crowd = truth.crowd[truth_order].tolist()
    overlaps = _overlaps(found.boxes[order], truth.boxes[truth_order], truth.crowd[truth_order])
    hits = np.zeros((len(IOU_THRESHOLDS), len(order)), np.bool_)
    ignored = np.zeros_like(hits)
    for number, threshold in enumerate(IOU_THRESHOLDS.tolist()):
        taken: set[int] = set()
        for detection, row in enumerate(overlaps.tolist()):
            best = _best(row, min(threshold, 1 - 1e-10), taken, crowd)
            if best is not None:
                taken.add(best)
                hits[number, detection], ignored[number, detection] = True, crowd[best]
    return found.scores[order], hits, ignored


def _best(overlaps: list[float], least: float, taken: set[int], crowd: list[bool]) -> int | None:
    """Return the box with the largest overlap, the last of equals; a crowd only where nothing else is."""
    best = None
    for box, overlap in enumerate(overlaps):
        if box in taken and not crowd[box]:
            continue
        if best is not None and crowd[box] and not crowd[best]:
            break
        if overlap >= least:
            best, least = box, overlap
    return best


def _overlaps(found: np.ndarray, truth: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Return intersection over union, over the detection's own area for crowds.

    Args:
        found: (n, 4) x, y, width, height.
        truth: (m, 4) likewise.
        crowd: (m,) bool.

    Returns:
        (n, m) float64.
    """
    low = np.maximum(found[:, None, :2], truth[None, :, :2])
    high = np.minimum(found[:, None, :2] + found[:, None, 2:], truth[None, :, :2] + truth[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    shared = sides[..., 0] * sides[..., 1]
    area = found[:, 2] * found[:, 3]
    union = np.where(crowd, area[:, None], area[:, None] + truth[:, 2] * truth[:, 3] - shared)
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0))


def _curve(hits: np.ndarray, misses: np.ndarray, wanted: int) -> tuple[np.ndarray, float]:
    """Return the precision at 101 recalls, made monotone, and the recall of all detections."""
    if not hits.size:
        return np.zeros(_RECALLS.size), 0.0
    right, wrong = hits.cumsum(dtype=np.float64), misses.cumsum(dtype=np.float64)
    recall, precision = right / wanted, right / (right + wrong + np.spacing(1))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _RECALLS, side="left")
    reached = np.append(precision, 0.0)[np.minimum(at, precision.size)]
    return reached, float(recall[-1])
