"""What looking closer finds, and what looking away saves.

    python benchmarks/attention.py [--labelled FOLDER] [--demo FOLDER] [--rounds 200]

Precision of tilings on labelled pictures (COCO's, all scores from 0.05 on, and from the shipped threshold
on) and false alarms in those without people; recall and inferences of a run on the demo clip with and
without regions; the price of the motion gate on a still scene with sensor noise, as a part of an
inference in the same round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_mbv2 import inference, models, resources
from edge_mbv2.app.attention import attention, tiling
from edge_mbv2.app.following import Following
from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.clock import MediaClock
from edge_mbv2.config.schema import Config
from edge_mbv2.measure import coco, labelled, machine
from edge_mbv2.motion.detector import MotionDetector
from edge_mbv2.motion.gate import Gate
from edge_mbv2.pipeline.look import Attention, Glance, Sight
from edge_mbv2.regions.tiles import FAINTEST
from edge_mbv2.types import Detection, Frame

MODEL = "ssdlite_mobilenet_v2_person"
SMALL_PX = 80
_SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Tiling:
    """What one tiling makes of the labelled pictures.

    Attributes:
        every: precision of all detections.
        counted: precision of those that count.
        false_alarms: detections that count in pictures without people.
        most: inferences for a picture.
    """

    every: coco.Precision
    counted: coco.Precision
    false_alarms: int
    most: int


@dataclass(frozen=True, slots=True)
class Recall:
    """What a run finds of the demo clip's people.

    Attributes:
        small: found and all people under 80 px.
        all: found and all people.
        false_alarms: detections that are nobody.
        inferences: a frame, on average.
    """

    small: tuple[int, int]
    all: tuple[int, int]
    false_alarms: int
    inferences: float


def sight(threads: int = 1) -> Sight:
    """Return the shipped person model on LiteRT, as a run opens it."""
    loaded = models.load(MODEL)
    backend = inference.choose("litert", loaded.path, threads).backend
    return Sight(backend, loaded.make_detector(backend.input, backend.outputs, FAINTEST))


def measure_tiling(look: Attention, seer: Sight, folder: Path) -> Tiling:
    """Look at every labelled picture."""
    pictures = labelled.read(folder).pictures
    glances = [look(Frame("files", 0, 0, load_picture(picture.path)), seer) for picture in pictures]
    truths = [picture.truth for picture in pictures]
    counted = [[d for d in glance.detections if d.score >= seer.threshold] for glance in glances]
    return Tiling(
        coco.evaluate([_found(glance.detections) for glance in glances], truths),
        coco.evaluate([_found(detections) for detections in counted], truths),
        sum(len(d) for d, truth in zip(counted, truths, strict=True) if not (~truth.crowd).any()),
        max(len(glance.regions) for glance in glances),
    )


def demo_frames(count: int = 240) -> list[Frame]:
    """Return the demo clip's first frames."""
    import cv2

    capture = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    images = [capture.read()[1] for _ in range(count)]
    capture.release()
    return [Frame("demo", number, number * 10**8, image) for number, image in enumerate(images)]


def demo_attention(*, regions: bool) -> Attention:
    """Return what attends to the demo clip in a run that analyses every frame; people are followed."""
    config = Config.model_validate(
        {
            "cameras": {"demo": {"source": "demo"}},
            "analysis": {"every_frame": True, "regions": regions},
        }
    )
    threshold = models.load(MODEL).manifest.thresholds.score
    following = Following(lambda: config, lambda: threshold, MediaClock())
    look = attention(lambda: config, following)

    def attend(frame: Frame, seer: Sight) -> Glance:
        glance = look(frame, seer)
        following.follow(frame, glance)
        return glance

    return attend


def measure_recall(look: Attention, seer: Sight, frames: Sequence[Frame], folder: Path) -> Recall:
    """Run over frames of the demo clip and hold what counts against its ground truth.

    Args:
        look: attends to it.
        seer: the model.
        frames: the clip's, from the first on.
        folder: of ``demo_gt.json``.
    """
    people: dict[int, list[dict[str, Any]]] = {}
    for each in json.loads((folder / "demo_gt.json").read_text())["annotations"]:
        people.setdefault(each["image_id"] - 1, []).append(each)
    found: list[tuple[float, bool]] = []
    false_alarms = inferences = 0
    for frame in frames:
        glance = look(frame, seer)
        inferences += len(glance.regions)
        counted = [d for d in glance.detections if d.score >= seer.threshold]
        hits, alarms = _match(counted, people.get(frame.sequence, []))
        found += hits
        false_alarms += alarms
    small = [hit for height, hit in found if height < SMALL_PX]
    return Recall(
        (sum(small), len(small)),
        (sum(hit for _, hit in found), len(found)),
        false_alarms,
        inferences / len(frames),
    )


def gate_cost(seer: Sight, size: tuple[int, int], rounds: int) -> float:
    """Return what the gate costs on a still scene with noise, as a part of an inference; medians of rounds.

    Args:
        seer: the model.
        size: width and height of the pictures.
        rounds: how many frames.
    """
    random = np.random.default_rng(0)
    scene = random.integers(40, 200, (size[1], size[0], 3)).astype(np.float32)
    pictures = [np.clip(scene + random.normal(0, 5, scene.shape), 0, 255).astype(np.uint8) for _ in range(20)]
    detector, gate = MotionDetector(), Gate(look_every_s=1e6)
    ratios, passed = [], 0
    for number in range(rounds):
        frame = Frame("still", number, number * 10**8, pictures[number % len(pictures)])

        def decide(frame: Frame = frame) -> bool:
            return gate.passes(detector(frame), frame.timestamp_ns, *size)

        passes, gate_s = _timed(decide)
        if passes:
            gate.looked(frame.timestamp_ns, ())
            passed += 1
        _, look_s = _timed(lambda frame=frame: seer.find(frame.image))
        ratios.append(gate_s / look_s)
    assert passed == 1, f"{passed} frames of a still scene passed"
    return statistics.median(ratios)


def main() -> None:
    """Measure what is there to be measured with."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labelled", type=Path, help="folder of annotations.json and images/")
    parser.add_argument("--demo", type=Path, help="folder of demo_gt.json")
    parser.add_argument("--rounds", type=int, default=200, help="frames for the price of the gate")
    arguments = parser.parse_args()
    seer = sight()
    print(f"{machine.read().cpu}; LiteRT, one thread")
    if arguments.labelled:
        for name in ("none", "2x2", "3x2", "auto"):
            print(f"tiles {name:5}", _tiling_words(measure_tiling(tiling(name), seer, arguments.labelled)))
    if arguments.demo:
        for regions in (False, True):
            recall = measure_recall(demo_attention(regions=regions), seer, demo_frames(), arguments.demo)
            print(f"demo, regions {'on ' if regions else 'off'}", _recall_words(recall))
    for size in ((640, 480), (1280, 720), (1920, 1080)):
        cost = gate_cost(seer, size, arguments.rounds)
        print(f"gate, still scene {size[0]}x{size[1]}: {cost:.3f} of an inference")


def _tiling_words(result: Tiling) -> str:
    every, counted = result.every, result.counted
    return (
        f"AP {every.ap:.3f} AP50 {every.ap50:.3f}; at the threshold {counted.ap:.3f} {counted.ap50:.3f}, "
        f"{result.false_alarms} false alarms; at most {result.most} inferences"
    )


def _recall_words(result: Recall) -> str:
    (small, smalls), (found, everybody) = result.small, result.all
    return (
        f"under {SMALL_PX} px {small}/{smalls}; all {found}/{everybody} = {found / everybody:.3f}; "
        f"{result.false_alarms} false alarms; {result.inferences:.2f} inferences a frame"
    )


def _found(detections: Sequence[Detection]) -> coco.Found:
    boxes = np.array([(d.box.x1, d.box.y1, d.box.width, d.box.height) for d in detections], np.float64)
    return coco.Found(boxes.reshape(-1, 4), np.array([d.score for d in detections], np.float64))


def _match(
    detections: Sequence[Detection], people: Sequence[dict[str, Any]]
) -> tuple[list[tuple[float, bool]], int]:
    """Give each detection, best first, the person it overlaps most.

    Returns:
        Height and whether found, of each person who is to be found; and how many detections are nobody.
    """
    free = {number: person for number, person in enumerate(people) if not person["iscrowd"]}
    hits: list[tuple[float, bool]] = []
    alarms = 0
    for detection in detections:
        overlaps = {number: _iou(detection, person["bbox"]) for number, person in free.items()}
        best = max(overlaps, key=lambda number: overlaps[number], default=None)
        if best is not None and overlaps[best] >= _SAME_IOU:
            hits.append((free.pop(best)["bbox"][3], True))
        else:
            hidden = [person for person in people if person["iscrowd"]]
            alarms += not any(_iou(detection, person["bbox"]) >= 0.3 for person in hidden)
    return hits + [(person["bbox"][3], False) for person in free.values()], alarms


def _iou(detection: Detection, bbox: Sequence[float]) -> float:
    box, (x, y, width, height) = detection.box, bbox
    shared_width = min(box.x2, x + width) - max(box.x1, x)
    shared_height = min(box.y2, y + height) - max(box.y1, y)
    if shared_width <= 0 or shared_height <= 0:
        return 0.0
    shared = shared_width * shared_height
    return shared / (box.width * box.height + width * height - shared)


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    start_s = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start_s


if __name__ == "__main__":
    main()
