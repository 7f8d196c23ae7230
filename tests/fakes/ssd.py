"""A small SSD for tests: its manifest, its tensors, and raw outputs that mean given boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from edge_mbv2.models.ssdlite import anchors
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.tensor import QuantParams, TensorSpec

BOXES, CLASSES = "raw/box_encodings", "raw/class_predictions"
INT8, UINT8, FLOAT32 = np.dtype(np.int8), np.dtype(np.uint8), np.dtype(np.float32)
CONTENT = b"a model, so to speak"


def document(**changes: Any) -> dict[str, Any]:
    """Return a manifest as YAML would give it; 57 anchors and two classes unless changed."""
    return {
        "schema": 1,
        "name": "tiny_ssd",
        "title": "Tiny SSD",
        "task": "detection",
        "family": "ssdlite",
        "file": "tiny_ssd.tflite",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size_bytes": len(CONTENT),
        "input": {
            "name": "image", "width": 40, "height": 30, "dtype": "uint8", "color": "rgb", "resize": "stretch"
        },
        "outputs": {"box_encodings": BOXES, "class_predictions": CLASSES},
        "anchors": {
            "type": "ssd",
            "min_scale": 0.2,
            "max_scale": 0.95,
            "feature_maps": [3, 2, 1],
            "aspect_ratios": [1.0, 2.0, 0.5, 3.0, 0.3333],
            "reduce_boxes_in_lowest_layer": True,
        },
        "box_coder": {"y_scale": 10.0, "x_scale": 10.0, "height_scale": 5.0, "width_scale": 5.0},
        "scores": {"activation": "sigmoid", "background": True},
        "labels": ["person", "cat"],
        "thresholds": {"score": 0.4, "nms_iou": 0.6, "max_detections": 100},
    } | changes  # fmt: skip


def write(folder: Path, values: Mapping[str, Any], name: str = "tiny_ssd.yaml") -> Path:
    """Write a manifest and, beside it, the file that `document` describes; return the manifest."""
    (folder / "tiny_ssd.tflite").write_bytes(CONTENT)
    path = folder / name
    path.write_text(yaml.safe_dump(dict(values), sort_keys=False))
    return path


def manifest(**changes: Any) -> SsdliteManifest:
    return SsdliteManifest.model_validate(document(**changes))


def quantized(
    name: str, shape: tuple[int, ...], dtype: np.dtype, scale: float, zero_point: int
) -> TensorSpec:
    params = QuantParams(np.array([scale], np.float32), np.array([zero_point], np.int32))
    return TensorSpec(name, shape, dtype, params)


def input_spec(config: SsdliteManifest) -> TensorSpec:
    return quantized(config.input.name, (1, config.input.height, config.input.width, 3), UINT8, 2 / 255, 127)


def output_specs(
    config: SsdliteManifest,
    dtype: np.dtype = INT8,
    boxes: tuple[float, int] = (0.06, 30),
    classes: tuple[float, int] = (0.04, 0),
) -> dict[str, TensorSpec]:
    """Return what an engine would say of the outputs; (scale, zero point) are ignored for floats."""
    count = len(anchors.generate(config.anchors))
    columns = len(config.labels) + config.scores.background
    shapes = {BOXES: (1, count, 4), CLASSES: (1, count, columns)}
    if dtype == FLOAT32:
        return {name: TensorSpec(name, shape, dtype) for name, shape in shapes.items()}
    params = {BOXES: boxes, CLASSES: classes}
    return {name: quantized(name, shape, dtype, *params[name]) for name, shape in shapes.items()}


def outputs_for(
    config: SsdliteManifest, found: Sequence[tuple[int, int, float, Sequence[float]]]
) -> dict[str, np.ndarray]:
    """Return float32 outputs that decode to the given objects and nothing else.

    Args:
        config: of the model.
        found: anchor, class, logit, and (y1, x1, y2, x2) as fractions of the input.
    """
    table = anchors.generate(config.anchors)
    boxes = np.zeros((1, len(table), 4), np.float32)
    classes = np.full((1, len(table), len(config.labels) + config.scores.background), -20, np.float32)
    for row, class_id, logit, (y1, x1, y2, x2) in found:
        cy, cx, height, width = table[row]
        boxes[0, row] = (
            10 * ((y1 + y2) / 2 - cy) / height,
            10 * ((x1 + x2) / 2 - cx) / width,
            5 * np.log((y2 - y1) / height),
            5 * np.log((x2 - x1) / width),
        )
        classes[0, row, class_id + config.scores.background] = logit
    return {BOXES: boxes, CLASSES: classes}
