"""The slow, true twin of the SSD decoder: plain Python numbers, one obvious loop after another."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.tensor import TensorSpec
from edge_mbv2.types import BoundingBox, Detection

# Where the picture lies in the tensor: top, left, bottom, right, as fractions.
Window = tuple[float, float, float, float]


def real(raw: float, spec: TensorSpec) -> float:
    if spec.quantization is None:
        return float(raw)
    return float(spec.quantization.scale[0]) * (int(raw) - int(spec.quantization.zero_point[0]))


def plain_anchors(config: SsdliteManifest) -> list[tuple[float, float, float, float]]:
    boxes = []
    maps = config.anchors.feature_maps
    lowest, highest = config.anchors.min_scale, config.anchors.max_scale
    for layer, cells in enumerate(maps):
        scale = lowest + (highest - lowest) * layer / (len(maps) - 1)
        following = (
            lowest + (highest - lowest) * (layer + 1) / (len(maps) - 1) if layer + 1 < len(maps) else 1.0
        )
        if layer == 0 and config.anchors.reduce_boxes_in_lowest_layer:
            kinds = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
        else:
            kinds = [(scale, ratio) for ratio in config.anchors.aspect_ratios]
            kinds += [(math.sqrt(scale * following), 1.0)]
        for row in range(cells):
            for column in range(cells):
                for size, ratio in kinds:
                    boxes.append(
                        (
                            (row + 0.5) / cells,
                            (column + 0.5) / cells,
                            size / math.sqrt(ratio),
                            size * math.sqrt(ratio),
                        )
                    )
    return boxes


def decode(
    config: SsdliteManifest,
    specs: Mapping[str, TensorSpec],
    outputs: Mapping[str, np.ndarray],
    window: Window,
    size_px: tuple[int, int],
) -> list[Detection]:
    """Decode everything, sort everything, compare every pair of one class, then clip."""
    names, coder = config.outputs, config.box_coder
    top, left, bottom, right = window
    height_px, width_px = size_px
    candidates = []
    for row, (cy, cx, height, width) in enumerate(plain_anchors(config)):
        ty, tx, th, tw = (
            real(value, specs[names.box_encodings]) for value in outputs[names.box_encodings][0, row]
        )
        y = cy + ty / coder.y_scale * height
        x = cx + tx / coder.x_scale * width
        h = math.exp(th / coder.height_scale) * height
        w = math.exp(tw / coder.width_scale) * width
        x1, x2 = ((edge - left) / (right - left) * width_px for edge in (x - w / 2, x + w / 2))
        y1, y2 = ((edge - top) / (bottom - top) * height_px for edge in (y - h / 2, y + h / 2))
        for class_id, label in enumerate(config.labels):
            raw = outputs[names.class_predictions][0, row, class_id + config.scores.background]
            score = 1 / (1 + math.exp(-real(raw, specs[names.class_predictions])))
            if score >= config.thresholds.score:
                candidates.append(Detection(label, class_id, score, BoundingBox(x1, y1, x2, y2)))
    chosen: list[Detection] = []
    for candidate in sorted(candidates, key=lambda detection: -detection.score):
        if all(
            other.class_id != candidate.class_id or iou(other.box, candidate.box) <= config.thresholds.nms_iou
            for other in chosen
        ):
            chosen.append(candidate)
    clipped = (clip(one, width_px, height_px) for one in chosen[: config.thresholds.max_detections])
    return [one for one in clipped if one.box.width > 0 and one.box.height > 0]


def clip(detection: Detection, width_px: int, height_px: int) -> Detection:
    box = detection.box
    xs = [min(max(x, 0), width_px) for x in (box.x1, box.x2)]
    ys = [min(max(y, 0), height_px) for y in (box.y1, box.y2)]
    return detection._replace(box=BoundingBox(xs[0], ys[0], xs[1], ys[1]))


def iou(a: BoundingBox, b: BoundingBox) -> float:
    width = max(0.0, min(a.x2, b.x2) - max(a.x1, b.x1))
    height = max(0.0, min(a.y2, b.y2) - max(a.y1, b.y1))
    return width * height / (a.width * a.height + b.width * b.height - width * height)
