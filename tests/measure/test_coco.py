"""Average precision equals pycocotools'."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from edge_mbv2.measure import coco, expected, labelled
from edge_mbv2.measure.coco import Found, Truth


def judged(found: list[Found], truth: list[Truth]) -> list[float]:
    """Return AP, AP50 and AR100 by pycocotools."""
    annotations, results = [], []
    for picture, (f, t) in enumerate(zip(found, truth, strict=True), start=1):
        for box, crowd in zip(t.boxes.tolist(), t.crowd.tolist(), strict=True):
            annotations.append(
                {"id": len(annotations) + 1, "image_id": picture, "category_id": 1, "bbox": box}
                | {"area": box[2] * box[3], "iscrowd": int(crowd)}
            )
        results += [
            {"image_id": picture, "category_id": 1, "bbox": box, "score": score}
            for box, score in zip(f.boxes.tolist(), f.scores.tolist(), strict=True)
        ]
    judge = COCO()
    pictures = [{"id": number} for number in range(1, len(truth) + 1)]
    judge.dataset = {"info": {}, "images": pictures, "annotations": annotations, "categories": [{"id": 1}]}
    with contextlib.redirect_stdout(io.StringIO()):
        judge.createIndex()
        other = COCO()
        other.dataset = {**judge.dataset, "annotations": []}
        other.createIndex()
        evaluation = COCOeval(judge, judge.loadRes(results) if results else other, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(evaluation.stats[i]) for i in (0, 1, 8)]


def scene(seed: int, pictures: int, most: int, grid: int) -> tuple[list[Found], list[Truth]]:
    """Boxes around other boxes, some of them crowds; a coarse grid makes ties of scores and overlaps."""
    rng = np.random.default_rng(seed)
    found, truth = [], []
    for _ in range(pictures):
        count = rng.integers(0, 6)
        boxes = np.round(rng.uniform(1, 100, (count, 4)) * grid) / grid
        truth.append(Truth(boxes, rng.random(count) < 0.3))
        near = boxes[rng.integers(0, count, most)] if count else rng.uniform(1, 100, (most, 4))
        moved = near + np.round(rng.normal(0, rng.uniform(0.5, 12), near.shape) * grid) / grid
        keep = rng.random(most) < rng.uniform(0, 1)
        moved = np.maximum(moved, 1 / grid)[keep]
        found.append(Found(moved, np.round(rng.random(len(moved)) * grid * 4) / (grid * 4)))
    return found, truth


@settings(max_examples=80)
@given(
    seed=st.integers(0, 2**32),
    pictures=st.integers(1, 8),
    most=st.sampled_from([0, 1, 8, 40, 150]),
    grid=st.sampled_from([1, 2, 1000]),
)
@example(seed=1, pictures=8, most=150, grid=1)
def test_equals_pycocotools(seed: int, pictures: int, most: int, grid: int) -> None:
    found, truth = scene(seed, pictures, most, grid)
    ours = coco.evaluate(found, truth)
    assert [ours.ap, ours.ap50, ours.ar100] == pytest.approx(judged(found, truth), abs=1e-6)


def test_equals_pycocotools_on_the_pictures_that_come_along() -> None:
    truth = [picture.truth for picture in labelled.read(expected.folder()).pictures]
    assert sum(int(t.crowd.sum()) for t in truth) == 3
    rng = np.random.default_rng(0)
    found = []
    for t in truth:
        boxes = np.repeat(t.boxes, 3, axis=0)
        boxes = boxes + rng.normal(0, 3, boxes.shape)
        found.append(Found(np.maximum(boxes, 0.5), rng.random(len(boxes))))
    ours = coco.evaluate(found, truth)
    assert [ours.ap, ours.ap50, ours.ar100] == pytest.approx(judged(found, truth), abs=1e-6)
    assert 0.05 < ours.ap < 0.95


def test_what_is_all_found_is_one() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [50, 50, 20, 20]])
    truth = Truth(boxes, np.zeros(2, np.bool_))
    precision = coco.evaluate([Found(boxes, np.array([0.9, 0.8]))], [truth])
    assert (precision.ap, precision.ap50, precision.ar100) == (1.0, 1.0, 1.0)
