"""Writes a model's manifest."""

from __future__ import annotations

import hashlib
from typing import Any

import yaml

from recipe.detectors import DetectorSource
from recipe.float_graph import INPUT, OUTPUTS

SIZE_PX = 300


def manifest(source: DetectorSource, data: bytes, original_sha256: str) -> dict[str, Any]:
    """Return the manifest of a quantized model, without what is measured with its help."""
    boxes, classes = OUTPUTS
    return {
        "schema": 1,
        "name": source.name,
        "title": source.title,
        "task": "detection",
        "family": "ssdlite",
        "file": f"{source.name}.tflite",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "input": {
            "name": INPUT,
            "width": SIZE_PX,
            "height": SIZE_PX,
            "dtype": "uint8",
            "color": "rgb",
            "resize": "stretch",
        },
        "outputs": {"box_encodings": boxes, "class_predictions": classes},
        "anchors": {
            "type": "ssd",
            "min_scale": 0.2,
            "max_scale": 0.95,
            "feature_maps": [19, 10, 5, 3, 2, 1],
            "aspect_ratios": [1.0, 2.0, 0.5, 3.0, 0.3333],
            "reduce_boxes_in_lowest_layer": True,
        },
        "box_coder": {"y_scale": 10.0, "x_scale": 10.0, "height_scale": 5.0, "width_scale": 5.0},
        "scores": {"activation": "sigmoid", "background": True},
        "labels": list(source.labels),
        "thresholds": {"score": source.score, "nms_iou": 0.6, "max_detections": 100},
        "licence": source.licence,
        "origin": {"package": str(source.package), "file": source.file, "sha256": original_sha256},
    }


def dump(values: dict[str, Any]) -> str:
    """Return a manifest as YAML."""
    head = "# Written by weights/build.py; edge_mbv2/models/manifest.py says what each key means.\n"
    return head + yaml.safe_dump(
        values, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )
