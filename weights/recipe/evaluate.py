"""Measures how far a quantized detector strays from its float original."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from edge_mbv2.models.ssdlite.detector import SsdliteDetector
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.tensor import QuantParams, TensorSpec
from edge_mbv2.types import Detection

REFERENCE_SCORE = 0.3  # the float model's detections from here on are taken for the truth
LOWEST_SCORE = 0.05  # of the detections that are held against it

Picture = np.ndarray  # (height, width, 3) uint8, B, G, R


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """COCO's: over IoU 0.5 to 0.95, at 0.5, at 0.75."""

    ap: float
    ap50: float
    ap75: float


class Runner:
    """A detector's file, float or int8, ready to look at pictures."""

    def __init__(self, model: bytes, manifest: SsdliteManifest, score: float = LOWEST_SCORE) -> None:
        self._interpreter = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()
        thresholds = manifest.thresholds.model_copy(update={"score": score})
        specs = {detail["name"]: _spec(detail) for detail in self._outputs}
        self._detector = SsdliteDetector(manifest.model_copy(update={"thresholds": thresholds}), specs)

    def detect(self, picture: Picture) -> tuple[Detection, ...]:
        """Return the detections in ``picture``."""
        tensor, placement = self._detector.preprocess(picture)
        if self._input["dtype"] == np.float32:
            tensor = tensor.astype(np.float32) / np.float32(127.5) - np.float32(1)
        self._interpreter.set_tensor(self._input["index"], tensor)
        self._interpreter.invoke()
        raw = {detail["name"]: self._interpreter.get_tensor(detail["index"]) for detail in self._outputs}
        return self._detector.decode(raw, placement)


def compare(quantized: Runner, original: Runner, pictures: Iterable[Picture]) -> AveragePrecision:
    """Hold the detections of ``quantized`` against those of ``original`` that reach `REFERENCE_SCORE`."""
    pairs = [(original.detect(picture), quantized.detect(picture)) for picture in pictures]
    truths = [[d for d in truth if d.score >= REFERENCE_SCORE] for truth, _ in pairs]
    return average_precision(truths, [found for _, found in pairs])


def average_precision(
    truths: Sequence[Iterable[Detection]], found: Sequence[Iterable[Detection]]
) -> AveragePrecision:
    """Return the average precision over all classes that occur in ``truths``, one item per picture."""
    annotations = [_coco(d, picture) for picture, ds in enumerate(truths, 1) for d in ds]
    results = [_coco(d, picture) for picture, ds in enumerate(found, 1) for d in ds]
    for number, annotation in enumerate(annotations, 1):
        annotation |= {"id": number, "iscrowd": 0}
    classes = sorted({a["category_id"] for a in annotations + results})
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": picture} for picture in range(1, len(truths) + 1)],
        "annotations": annotations,
        "categories": [{"id": category} for category in classes],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return AveragePrecision(*(float(value) for value in judge.stats[:3]))


def _coco(detection: Detection, picture: int) -> dict[str, object]:
    box = detection.box
    return {
        "image_id": picture,
        "category_id": detection.class_id + 1,
        "bbox": [box.x1, box.y1, box.width, box.height],
        "area": box.width * box.height,
        "score": detection.score,
    }


def _spec(detail: dict[str, object]) -> TensorSpec:
    scale, zero_point = detail["quantization"]
    params = QuantParams(np.array([scale], "f4"), np.array([zero_point], "i4")) if scale else None
    return TensorSpec(detail["name"], tuple(detail["shape"].tolist()), np.dtype(detail["dtype"]), params)
