"""TFLite_Detection_PostProcess: box decoding and non-maximum suppression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_mbv2.engine.ir import DetectionPostProcess, Op, Tensor
from edge_mbv2.engine.kernels.base import Options
from edge_mbv2.engine.kernels.whole import WholeKernel


class DetectionPostProcessKernel(WholeKernel):
    """Boxes (ymin, xmin, ymax, xmax), classes, scores and their number, best first.

    Source: TensorFlow Lite, `detection_postprocess.cc`.
    """

    def __init__(self, op: Op, inputs: Sequence[Tensor], outputs: Sequence[Tensor], options: Options) -> None:
        assert isinstance(op, DetectionPostProcess)
        self._op = op
        self._encodings, self._scores = inputs[0], inputs[1]
        self._anchors = _real(np.asarray(inputs[2].data), inputs[2])

    def compute(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """See `WholeKernel.compute`."""
        boxes = self._decode(_real(inputs[0][0], self._encodings))
        scores = _real(inputs[1][0], self._scores)[:, -self._op.num_classes :]
        choose = self._regular if self._op.use_regular_nms else self._fast
        chosen = choose(boxes, scores)
        for output in outputs:
            output.fill(0)
        for at, (box, label, score) in enumerate(chosen):
            outputs[0][0, at], outputs[1][0, at], outputs[2][0, at] = boxes[box], label, score
        outputs[3][0] = len(chosen)

    def _decode(self, encodings: np.ndarray) -> np.ndarray:
        y_scale, x_scale, h_scale, w_scale = (np.float32(s) for s in self._op.scales)
        anchors = self._anchors
        y = encodings[:, 0] / y_scale * anchors[:, 2] + anchors[:, 0]
        x = encodings[:, 1] / x_scale * anchors[:, 3] + anchors[:, 1]
        half = np.float32(0.5)
        with np.errstate(over="ignore"):
            h = half * np.exp(encodings[:, 2] / h_scale) * anchors[:, 2]
            w = half * np.exp(encodings[:, 3] / w_scale) * anchors[:, 3]
        return np.stack([y - h, x - w, y + h, x + w], axis=1)

    def _fast(self, boxes: np.ndarray, scores: np.ndarray) -> list[tuple[int, int, float]]:
        count = min(self._op.max_classes_per_detection, self._op.num_classes)
        kept = self._suppress(boxes, scores.max(axis=1), self._op.max_detections)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        return [(box, int(label), float(scores[box, label])) for box in kept for label in best[box]]

    def _regular(self, boxes: np.ndarray, scores: np.ndarray) -> list[tuple[int, int, float]]:
        found: list[tuple[int, int, float]] = []
        for label in range(self._op.num_classes):
            kept = self._suppress(boxes, scores[:, label], self._op.detections_per_class)
            found += [(box, label, float(scores[box, label])) for box in kept]
            found = sorted(found, key=lambda one: -one[2])[: self._op.max_detections]
        return found

    def _suppress(self, boxes: np.ndarray, scores: np.ndarray, limit: int) -> list[int]:
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] >= np.float32(self._op.score_threshold)]
        kept: list[int] = []
        while order.size and len(kept) < limit:
            kept.append(int(order[0]))
            order = order[1:][
                _overlap(boxes[order[0]], boxes[order[1:]]) <= np.float32(self._op.iou_threshold)
            ]
        return kept


def _real(values: np.ndarray, tensor: Tensor) -> np.ndarray:
    if not tensor.is_quantized:
        return values
    return (values.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)


def _overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the intersection over union with each of ``others``; 0 where one has no area."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    size = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0)
    inner = size[:, 0] * size[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = inner / (area + areas - inner)
    return np.where((area <= 0) | (areas <= 0), np.float32(0), ratio)
