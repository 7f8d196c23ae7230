"""An SSD's raw outputs become detections in the frame's pixels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edge_mbv2.imaging.resize import Placement
from edge_mbv2.models.ssdlite import anchors
from edge_mbv2.models.ssdlite.box_coder import BoxDecoder
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.models.ssdlite.nms import suppress
from edge_mbv2.models.ssdlite.preprocess import Preprocessor
from edge_mbv2.models.ssdlite.quantization import sigmoid_scoring
from edge_mbv2.tensor import TensorSpec
from edge_mbv2.types import BoundingBox, Detection


class SsdliteDetector:
    """Implements `edge_mbv2.models.protocol.Detector`; one thread at a time uses it.

    Args:
        manifest: of the model.
        outputs: the opened model's outputs by tensor name; int8 or uint8 with one scale, or float32.
        faintest: the lowest score that is returned, where that is below the manifest's threshold.
    """

    def __init__(
        self,
        manifest: SsdliteManifest,
        outputs: Mapping[str, TensorSpec],
        faintest: float | None = None,
    ) -> None:
        self.labels = manifest.labels
        self.threshold = manifest.thresholds.score
        self._preprocessor = Preprocessor(manifest.input)
        self._thresholds = manifest.thresholds
        self._names = manifest.outputs
        self._background = int(manifest.scores.background)
        lowest = self.threshold if faintest is None else min(self.threshold, faintest)
        self._scoring = sigmoid_scoring(outputs[self._names.class_predictions], lowest)
        self._decode_boxes = BoxDecoder(
            anchors.generate(manifest.anchors), manifest.box_coder, outputs[self._names.box_encodings]
        )

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, Placement]:
        """Make the input tensor; see `Preprocessor`."""
        return self._preprocessor(image)

    def decode(self, outputs: Mapping[str, np.ndarray], geometry: Placement) -> tuple[Detection, ...]:
        """Turn raw outputs into detections, best score first, equal scores in the anchors' order.

        Suppression compares whole boxes and only then are they clipped to the picture, as in the
        networks' own post-processing; what lies wholly outside is dropped.

        Args:
            outputs: box encodings (1, n, 4) and class predictions (1, n, classes) by tensor name.
            geometry: what `preprocess` returned with this picture's tensor.
        """
        predictions = outputs[self._names.class_predictions][0, :, self._background :]
        # Looking through one dimension is many times faster than through two.
        (survivors,) = (predictions >= self._scoring.smallest).ravel().nonzero()
        if not survivors.size:
            return ()
        rows, class_ids = np.divmod(survivors, len(self.labels))
        scores = self._scoring.score(predictions[rows, class_ids])
        order = (-scores).argsort(kind="stable")
        rows, class_ids, scores = rows[order], class_ids[order], scores[order]
        boxes = self._decode_boxes(outputs[self._names.box_encodings][0, rows], rows)
        geometry.to_picture(boxes)
        chosen = suppress(boxes, class_ids, self._thresholds.nms_iou, self._thresholds.max_detections)
        boxes = boxes[:, chosen]
        geometry.clip(boxes)
        return tuple(
            [
                Detection(self.labels[class_id], class_id, score, BoundingBox(x1, y1, x2, y2))
                for class_id, score, (y1, x1, y2, x2) in zip(
                    class_ids[chosen].tolist(), scores[chosen].tolist(), boxes.T.tolist(), strict=True
                )
                if x2 > x1 and y2 > y1  # False for NaN as well
            ]
        )
