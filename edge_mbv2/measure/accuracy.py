"""How well a model finds what is in the labelled pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.measure import coco
from edge_mbv2.measure.expected import ExpectedModel
from edge_mbv2.measure.labelled import LabelledSet
from edge_mbv2.measure.report import Verdict
from edge_mbv2.models.protocol import Detector
from edge_mbv2.types import Detection

LOWEST_SCORE = 0.01
"""Precision at every recall is wanted, so hardly anything is left out."""


def detections(
    backend: Backend,
    detector: Detector[Any],
    image: np.ndarray,
    change: Callable[[np.ndarray], np.ndarray] = lambda tensor: tensor,
) -> tuple[Detection, ...]:
    """Return what is found in a picture (height, width, 3) uint8, B, G, R.

    Args:
        backend: an opened model.
        detector: made for it.
        image: the picture.
        change: what is done to the input tensor first.
    """
    tensor, geometry = detector.preprocess(image)
    return detector.decode(backend.invoke(change(tensor)), geometry)


def class_of(labels: tuple[str, ...], label: str) -> int | None:
    """Return the class that a model calls like the set does, whatever the case; None if it has none."""
    return next((i for i, name in enumerate(labels) if name.lower() == label.lower()), None)


def measure(
    backend: Backend,
    detector: Detector[Any],
    labelled: LabelledSet,
    change: Callable[[np.ndarray], np.ndarray] = lambda tensor: tensor,
) -> coco.Precision | None:
    """Return the precision on all pictures; None for a model that does not have the set's class.

    Args:
        backend: an opened model.
        detector: made for it, with `LOWEST_SCORE`.
        labelled: the pictures.
        change: what is done to each input tensor first.

    Raises:
        MediaError: a picture can't be read.
        EngineError: the engine failed.
    """
    class_id = class_of(detector.labels, labelled.label)
    if class_id is None:
        return None
    found = [
        _found(detections(backend, detector, load_picture(picture.path), change), class_id)
        for picture in labelled.pictures
    ]
    return coco.evaluate(found, [picture.truth for picture in labelled.pictures])


def _found(detected: tuple[Detection, ...], class_id: int) -> coco.Found:
    ours = [d for d in detected if d.class_id == class_id]
    boxes = np.array([(d.box.x1, d.box.y1, d.box.width, d.box.height) for d in ours], np.float64)
    return coco.Found(boxes.reshape(-1, 4), np.array([d.score for d in ours], np.float64))


def judge(found: coco.Precision | None, expected: ExpectedModel | None, labelled: LabelledSet) -> Verdict:
    """Hold a model's precision against what was recorded of it, if anything was."""
    if found is None:
        return Verdict(None, f"not measured, the model does not know {labelled.label!r}")
    pictures = len(labelled.pictures)
    values = {"pictures": pictures, **asdict(found)}
    if expected is None:
        return Verdict(
            None, f"{pictures} pictures; there is no record of this model to hold it against", values
        )
    wanted, allowed = asdict(expected.accuracy), asdict(expected.tolerance)
    values |= {"expected": wanted, "tolerance": allowed}
    wrong = [
        f"{name.upper()} is {value:.3f}, expected {wanted[name]:.3f} within {allowed[name]:.3f}"
        for name, value in asdict(found).items()
        if not abs(value - wanted[name]) <= allowed[name]
    ]
    if wrong:
        return Verdict(False, "; ".join(wrong), values)
    return Verdict(True, f"as recorded, within the tolerance, on {pictures} pictures", values)
