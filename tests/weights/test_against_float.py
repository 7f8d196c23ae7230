"""The shipped int8 detectors hold what their float originals find."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from edge_mbv2 import models, resources
from edge_mbv2.inference import choose
from edge_mbv2.models.ssdlite.detector import SsdliteDetector
from edge_mbv2.types import Detection

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PERSON, OIDV4 = "ssdlite_mobilenet_v2_person", "ssd_mobilenet_v2_oidv4"
REFERENCE_SCORE, LOWEST_SCORE = 0.3, 0.05

Row = Sequence[float]  # class, score, x1, y1, x2, y2


@pytest.fixture(scope="module")
def float_detections() -> dict[str, dict[str, list[list[Row]]]]:
    """By model and set: what the float model found in each picture, made by ``weights/golden.py``."""
    return json.loads(gzip.decompress((GOLDEN / "float_detections.json.gz").read_bytes()))


def photographs(folder: Path) -> list[np.ndarray]:
    return [cv2.imread(str(path)) for path in sorted((folder / "images").glob("*.jpg"))]


def demo() -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    while capture.grab():
        yield capture.retrieve()[1]
    capture.release()


class Model:
    """A ``.tflite`` of either detector's form, with that detector's manifest and another threshold."""

    def __init__(self, name: str, threshold: float | None = None, path: Path | None = None) -> None:
        loaded = models.load(name, threshold=threshold)
        self.backend = choose("litert", path or loaded.path, 2).backend
        if path is None:
            self.detector = loaded.make_detector(self.backend.input, self.backend.outputs)
        else:  # a file that calls its outputs otherwise
            roles = {
                role: n
                for n in self.backend.outputs
                for role in ("box_encodings", "class_predictions")
                if role in n
            }
            outputs = loaded.manifest.outputs.model_copy(update=roles)
            manifest = loaded.manifest.model_copy(update={"outputs": outputs})
            self.detector = SsdliteDetector(manifest, self.backend.outputs)

    def detect(self, picture: np.ndarray) -> tuple[Detection, ...]:
        tensor, geometry = self.detector.preprocess(picture)
        return self.detector.decode(self.backend.invoke(tensor), geometry)


def rows(detections: Iterable[Detection]) -> list[Row]:
    return [(d.class_id, d.score, d.box.x1, d.box.y1, d.box.x2, d.box.y2) for d in detections]


def average_precision(truths: list[list[Row]], found: list[list[Row]]) -> float:
    """Return COCO's AP of ``found``, the rows of ``truths`` with a score from 0.3 on being the truth."""

    def coco(picture: int, row: Row) -> dict[str, Any]:
        class_id, score, x1, y1, x2, y2 = row
        box = [x1, y1, x2 - x1, y2 - y1]
        area = box[2] * box[3]
        return {
            "image_id": picture,
            "category_id": int(class_id) + 1,
            "bbox": box,
            "area": area,
            "score": score,
        }

    truth = [coco(n, row) for n, picture in enumerate(truths) for row in picture if row[1] >= REFERENCE_SCORE]
    data = COCO()
    data.dataset = {
        "info": {},
        "images": [{"id": n} for n in range(len(truths))],
        "annotations": [entry | {"id": n, "iscrowd": 0} for n, entry in enumerate(truth, 1)],
        "categories": [{"id": n + 1} for n in range(23)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        data.createIndex()
        results = data.loadRes([coco(n, row) for n, picture in enumerate(found) for row in picture])
        judge = COCOeval(data, results, "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return float(judge.stats[0])


@pytest.mark.parametrize(
    ("name", "yardstick", "tolerance"),
    [(PERSON, "person_int8.tflite", 0.005), (OIDV4, "oidv4_int8.tflite", 0.01)],
)
@pytest.mark.parametrize("folder", ["labelled", "selftest"])
def test_as_near_to_float_as_the_yardstick(
    name: str, yardstick: str, tolerance: float, folder: str, shared: Path, float_detections: dict[str, Any]
) -> None:
    pictures = photographs(shared / folder)
    truths = float_detections[name][folder]
    ours, theirs = (
        average_precision(truths, [rows(model.detect(picture)) for picture in pictures])
        for model in (
            Model(name, LOWEST_SCORE),
            Model(name, LOWEST_SCORE, shared / "models" / yardstick),
        )
    )
    print(f"{name} on {folder}: AP {ours:.4f}, yardstick {theirs:.4f}")
    assert ours >= theirs - tolerance


def overlap(a: Row, b: Row) -> float:
    """Return the intersection over union of two rows' boxes."""
    width = min(a[4], b[4]) - max(a[2], b[2])
    height = min(a[5], b[5]) - max(a[3], b[3])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((row[4] - row[2]) * (row[5] - row[3]) for row in (a, b))
    return width * height / (areas - width * height)


def matched(people: list[Row], found: list[Row]) -> tuple[set[int], int]:
    """Return which people are found, each by one detection at most, and how many detections are left."""
    hits: set[int] = set()
    false = 0
    for row in found:
        best = max(
            (n for n in range(len(people)) if n not in hits),
            key=lambda n: overlap(people[n], row),
            default=None,
        )
        if best is not None and overlap(people[best], row) >= 0.5:
            hits.add(best)
        else:
            false += 1
    return hits, false


def test_the_demos_people_are_found_as_the_float_model_finds_them(
    shared: Path, float_detections: dict[str, Any]
) -> None:
    truth = json.loads((shared / "demo" / "demo_gt.json").read_text())
    frame_of = {image["id"]: image["frame_id"] for image in truth["images"]}
    people: list[list[Row]] = [[] for _ in frame_of]
    counted: list[list[bool]] = [[] for _ in frame_of]
    for entry in truth["annotations"]:
        x, y, width, height = entry["bbox"]
        frame = frame_of[entry["image_id"]]
        people[frame].append((0, 1.0, x, y, x + width, y + height))
        counted[frame].append(entry["visibility"] >= 0.5 and height >= 60)
    model = Model(PERSON)
    threshold = models.load(PERSON).manifest.thresholds.score
    by_float = by_both = false_int8 = false_float = 0
    for picture, frame_people, counts, reference in zip(
        demo(), people, counted, float_detections[PERSON]["demo"], strict=True
    ):
        int8_hits, false = matched(frame_people, rows(model.detect(picture)))
        false_int8 += false
        float_hits, false = matched(frame_people, [row for row in reference if row[1] >= threshold])
        false_float += false
        float_hits = {n for n in float_hits if counts[n]}
        by_float += len(float_hits)
        by_both += len(float_hits & int8_hits)
    print(
        f"{by_both} of {by_float} ({by_both / by_float:.4f}), false alarms {false_int8} against {false_float}"
    )
    assert by_both >= 0.97 * by_float
    assert false_int8 <= 1.05 * false_float
